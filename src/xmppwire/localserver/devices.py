"""The installations of clients that log in by SASL2 (XEP-0388): the tokens that each has (XEP-0484), and the stream that it
bound last (XEP-0386), which ends when it binds another.

A password that changes takes all tokens of its account with it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..jid import JID
from ..protocol import carbons
from ..stream.errors import StreamErrorCondition
from ..stream.events import BindRequested, FastTokensChanged, FastTokensRequested
from ..stream.fast import DeviceTokens, FastPolicy
from ..stream.sasl2 import SASL2Offer

if TYPE_CHECKING:
    from .accounts import Accounts
    from .limits import LocalLimits
    from .link import Link


def offer(epoch: float | None, random: Callable[[int], bytes]) -> SASL2Offer:
    """What goes along with a login here. Without the date, no token could say when it expires."""
    fast = None if epoch is None else FastPolicy(epoch=epoch, token_secret=random(32))
    return SASL2Offer(fast=fast, upgrades=("SCRAM-SHA-512", "SCRAM-SHA-256"), bind_features=(carbons.NAMESPACE,))


class Devices:
    """The installations that were seen, by account and by the id of the user agent."""

    def __init__(self, accounts: Accounts, limits: LocalLimits) -> None:
        self._accounts = accounts
        self._limits = limits
        self._tokens: dict[JID, dict[str, DeviceTokens]] = {}

    def settle(self, question: FastTokensRequested | FastTokensChanged) -> DeviceTokens | bool | None:
        """The answer to a question about tokens."""
        if question.jid not in self._accounts:
            return None if isinstance(question, FastTokensRequested) else False
        known = self._tokens.setdefault(question.jid, {})
        stored = known.get(question.device)
        if isinstance(question, FastTokensRequested):
            return stored
        if (stored or DeviceTokens()) != question.previous:
            return False
        known.pop(question.device, None)  # the last one to log in is the last one to be forgotten
        known[question.device] = question.tokens
        while len(known) > self._limits.devices:
            del known[next(iter(known))]
        return True

    def forget(self, account: JID) -> None:
        """No token of this account is good any more."""
        self._tokens.pop(account, None)

    def bound(self, link: Link, question: BindRequested, now: float) -> None:
        """A client has bound a resource: what else it has open ends, since it is the same installation."""
        agent = question.user_agent
        account = self._accounts.get(question.jid)
        link.device = agent.id if agent is not None else None
        if account is None or link.device is None:
            return
        for other in list(account.resources.values()):
            if other is not link and other.device == link.device:
                other.drop(now, StreamErrorCondition.CONFLICT, "this client has opened another stream")
