"""One user's roster (RFC 6121 section 2), with its versions (section 2.6) and the states of the subscriptions.

A contact may be known without being listed: somebody who asked for a subscription and has no answer yet is on no roster
(section 3.1.3). Every change that a push tells about gets the next version.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..jid import JID
from ..protocol.roster import Ask, RosterItem, Subscription
from ..protocol.roster import Roster as RosterQuery
from ..stanza import ErrorCondition, Presence
from ..stanza.subscriptions import SubscriptionState
from .service import RequestError

if TYPE_CHECKING:
    from .limits import LocalLimits

REMOVED_KEPT = 200
"""Removals that are remembered for clients which come back with an old version; before them, the whole roster is sent."""


@dataclass(slots=True)
class Contact:
    """What a user's account knows of a contact."""

    jid: JID
    state: SubscriptionState = field(default_factory=SubscriptionState)
    name: str = ""
    groups: tuple[str, ...] = ()
    listed: bool = False
    """Whether it is on the roster."""
    request: Presence | None = None
    """The contact's subscription request, whole, while it waits for an answer (section 3.1.3)."""
    version: int = 0
    size: int = 0
    """How much of the roster it is, in characters."""

    def item(self) -> RosterItem:
        """The contact as a roster item."""
        return RosterItem(
            jid=self.jid,
            name=self.name or None,
            subscription=Subscription(self.state.subscription),
            ask=Ask.SUBSCRIBE if self.state.ask else None,
            approved=self.state.approved,
            groups=list(self.groups),
        )


class Roster:
    """The contacts of one account."""

    def __init__(self, limits: LocalLimits, instance: str) -> None:
        self._limits = limits
        self._instance = instance
        self._contacts: dict[JID, Contact] = {}
        self._version = 0
        self._size = 0
        self._removed: dict[JID, int] = {}
        self._horizon = 0

    @property
    def version(self) -> str:
        """The version of the whole roster. It means nothing outside this run of the server."""
        return f"{self._instance}-{self._version}"

    def contacts(self) -> list[Contact]:
        """Everybody known, listed or not."""
        return list(self._contacts.values())

    def items(self) -> list[RosterItem]:
        """The roster."""
        return [contact.item() for contact in self._contacts.values() if contact.listed]

    def get(self, jid: JID) -> Contact | None:
        """What is known of the contact with this bare JID."""
        return self._contacts.get(jid)

    def requests(self) -> list[Presence]:
        """The subscription requests that wait for the user."""
        return [contact.request for contact in self._contacts.values() if contact.request is not None]

    def shares_presence_with(self, jid: JID) -> bool:
        """Whether the contact with this bare JID is subscribed to the user's presence."""
        contact = self._contacts.get(jid)
        return contact is not None and contact.state.from_

    def has_room(self) -> bool:
        """Whether another contact may be listed."""
        listed = sum(contact.listed for contact in self._contacts.values())
        return listed < self._limits.roster_items and self._size < self._limits.roster_bytes

    def known(self, jid: JID) -> Contact:
        """The contact with this bare JID, made up if it was unknown."""
        contact = self._contacts.get(jid)
        if contact is None:
            contact = self._contacts[jid] = Contact(jid)
        return contact

    def tidy(self, contact: Contact) -> None:
        """Forget a contact of whom nothing is left to know."""
        if contact.state == SubscriptionState() and not contact.listed:
            self._contacts.pop(contact.jid, None)

    def changed(self, contact: Contact) -> RosterItem:
        """List the contact, count the change, and give the item to push."""
        contact.listed = True
        self._weigh(contact)
        self._version += 1
        contact.version = self._version
        self._removed.pop(contact.jid, None)
        return contact.item()

    def put(self, wanted: RosterItem) -> Contact:
        """Carry out a roster set: add or update an item (sections 2.3 and 2.4). Raises `RequestError`."""
        longest = self._limits.roster_name
        if len(wanted.name or "") > longest:
            raise RequestError(ErrorCondition.NOT_ACCEPTABLE, f"a name has at most {longest} characters")
        if any(not group or len(group) > longest for group in wanted.groups):
            raise RequestError(ErrorCondition.NOT_ACCEPTABLE, f"the name of a group has 1 to {longest} characters")
        if len(set(wanted.groups)) < len(wanted.groups):
            raise RequestError(ErrorCondition.BAD_REQUEST, "a group is named twice")
        if len(wanted.groups) > self._limits.roster_groups:
            raise RequestError(
                ErrorCondition.NOT_ACCEPTABLE, f"an item has at most {self._limits.roster_groups} groups"
            )
        contact = self._contacts.get(wanted.jid.bare)
        if (contact is None or not contact.listed) and not self.has_room():
            raise RequestError(ErrorCondition.NOT_ALLOWED, "the roster is full")
        others = self._size - (0 if contact is None else contact.size)
        if others + _size(wanted.jid.bare, wanted.name or "", wanted.groups) > self._limits.roster_bytes:
            raise RequestError(ErrorCondition.NOT_ALLOWED, "the roster is full")
        contact = self.known(wanted.jid.bare)
        contact.name = wanted.name or ""
        contact.groups = tuple(wanted.groups)
        return contact

    def remove(self, contact: Contact) -> RosterItem:
        """Take a contact off the roster (section 2.5), and give the item to push. A request of theirs stays."""
        contact.state.approved = contact.listed = False
        contact.name, contact.groups = "", ()
        self._weigh(contact)
        self._version += 1
        self._removed[contact.jid] = self._version
        if len(self._removed) > REMOVED_KEPT:
            oldest = next(iter(self._removed))
            self._horizon = self._removed.pop(oldest)
        self.tidy(contact)
        return RosterItem(jid=contact.jid, subscription=Subscription.REMOVE)

    def _weigh(self, contact: Contact) -> None:
        """Count how long the roster is with what a contact is now."""
        self._size -= contact.size
        contact.size = _size(contact.jid, contact.name, contact.groups) if contact.listed else 0
        self._size += contact.size

    def since(self, version: str) -> list[RosterQuery] | None:
        """The pushes that bring a client from `version` to the present one, or None: then it needs the whole roster."""
        instance, _, number = version.rpartition("-")
        if instance != self._instance or not number.isascii() or not number.isdigit() or len(number) > 18:
            return None
        start = int(number)
        if not self._horizon <= start <= self._version:
            return None
        changes = [(contact.version, contact.item()) for contact in self._contacts.values() if contact.listed]
        changes += [(at, RosterItem(jid=jid, subscription=Subscription.REMOVE)) for jid, at in self._removed.items()]
        changes.sort(key=lambda change: change[0])
        return [RosterQuery(ver=f"{instance}-{at}", items=[item]) for at, item in changes if at > start]


def _size(jid: JID, name: str, groups: Sequence[str]) -> int:
    """How long an item is in the roster, with what is around its values."""
    return 100 + len(str(jid)) + len(name) + sum(50 + len(group) for group in groups)
