"""Subscription states, seen from one user towards one contact (RFC 6121 section 3 and appendix A).

A state is four flags: `to` and `from_` are the subscriptions that exist, `ask` and `pending` the requests under way (out
and in). Nine of the sixteen combinations have a name in appendix A.1; the others cannot be reached. `approved` is the
pre-approval of section 3.4. The functions change a state in place and say what must happen to the stanza; nothing here
knows of accounts or connections.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SubscriptionType = Literal["subscribe", "subscribed", "unsubscribe", "unsubscribed"]


@dataclass(slots=True)
class SubscriptionState:
    """What is agreed between a user and a contact."""

    to: bool = False
    """The user is subscribed to the contact's presence."""
    from_: bool = False
    """The contact is subscribed to the user's presence."""
    ask: bool = False
    """The user asked for a subscription and has no answer yet ("pending out")."""
    pending: bool = False
    """The contact asked for a subscription and has no answer yet ("pending in"); no roster shows it."""
    approved: bool = False
    """The user approved a request of the contact before it came."""

    @property
    def subscription(self) -> Literal["none", "to", "from", "both"]:
        """The value of the roster item's attribute `subscription`."""
        if self.to:
            return "both" if self.from_ else "to"
        return "from" if self.from_ else "none"

    def __str__(self) -> str:
        """The name of the state in appendix A.1, which does not say whether it is approved."""
        pending = "Out" * self.ask + "+" * (self.ask and self.pending) + "In" * self.pending
        return self.subscription.capitalize() + (f" + Pending {pending}" if pending else "")


@dataclass(slots=True)
class Outcome:
    """What to do with a subscription stanza: `forward` it (route it, or deliver it), and `reply` for the user."""

    forward: bool
    reply: Literal["subscribed", "unsubscribed"] | None = None


def outbound(state: SubscriptionState, type_: SubscriptionType) -> Outcome:
    """The user sends a subscription stanza to the contact (appendix A.2)."""
    if type_ == "subscribe":
        state.ask = not state.to
        return Outcome(True)
    if type_ == "unsubscribe":
        state.ask = state.to = False
        return Outcome(True)
    if type_ == "subscribed":
        if state.pending:
            state.pending, state.from_ = False, True
            return Outcome(True)
        state.approved = state.approved or not state.from_
        return Outcome(False)
    known = state.pending or state.from_
    state.pending = state.from_ = state.approved = False
    return Outcome(known)


def inbound(state: SubscriptionState, type_: SubscriptionType) -> Outcome:
    """The contact sends a subscription stanza to the user (appendix A.3)."""
    if type_ == "subscribe":
        if state.from_ or state.approved:
            state.from_ = True
            return Outcome(False, "subscribed")
        fresh = not state.pending
        state.pending = True
        return Outcome(fresh)
    if type_ == "unsubscribe":
        known = state.pending or state.from_
        state.pending = state.from_ = False
        return Outcome(known, "unsubscribed" if known else None)
    if type_ == "subscribed":
        granted = state.ask
        state.to, state.ask = state.to or granted, False
        return Outcome(granted)
    known = state.ask or state.to
    state.ask = state.to = False
    return Outcome(known)
