"""The contacts of an account (RFC 6121 section 2), as its server keeps them.

    roster = Roster()                             # or Roster.restore(...), what `export` gave last time
    roster.feed(client.negotiation[-1], client.jid)
    await client.run(roster.fetch())              # before initial presence is sent
    await client.send(Presence())
    async for event in client:
        match roster.feed(event, client.jid):
            case RosterChange(after=None, jid=jid): ...      # this contact is gone
            case RosterChange(after=item): ...               # this one is new, or otherwise than before
            case RefusedPush(reason=reason): ...             # somebody would like us to believe that, or nobody can read it
        if isinstance(event, Established):
            await client.run(roster.fetch())                 # a new stream: changes may have been missed

What the server tells counts, and nothing else: an operation that changes a contact comes back as a push like the changes
of other clients. Fetch the roster when `Established` was taken, and only then: what the server told before an answer, and still
waits to be taken, would otherwise come to count more than the answer.

A roster comes as one stanza. The limits of a client have room for about 20 000 contacts with a name and a group; for more,
raise `stanza_bytes` and `elements` of `after_login` in `CLIENT_LIMITS`, or the stream ends.

Who may see whose presence is a matter of `subscriptions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..jid import JID
from ..operation import Operation, request
from ..payload import PayloadError
from ..protocol.roster import NAMESPACE, RosterItem, RosterVersioning, Subscription
from ..protocol.roster import Roster as RosterQuery
from ..stanza import Iq, IqType
from ..stream.events import Established
from ..stream.management import from_text, to_text
from ..xml import Name, XMLError

LIMIT = 20_000
"""So many contacts are kept at most; further ones that the server pushes are refused."""

_QUERY: Name = (NAMESPACE, "query")
_ITEM: Name = (NAMESPACE, "item")
_VERSIONING: Name = RosterVersioning.element_names[0]
_SUBSCRIPTIONS = frozenset(Subscription)


# --- operations -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class RosterResult:
    """What the server said. `items` is None where the version asked about is still good, up to the pushes that follow.
    `unreadable`: how many items could not be read; they are not among the others."""

    items: list[RosterItem] | None
    version: str | None
    unreadable: int = 0


def fetch_roster(version: str | None = None) -> Operation[RosterResult]:
    """Fetch the roster. `version` is that of a roster kept earlier ("" to begin with versions): give it only where the
    server announces roster versioning (RFC 6121 section 2.6). Raises what `request` raises."""
    reply = yield from request(Iq("get", payload=RosterQuery(ver=version)))
    roster, unreadable = _read(reply)
    if roster is None:
        return RosterResult(None if version else [], version)
    for number, item in enumerate(roster.items):
        if item.subscription is Subscription.REMOVE:  # which says nothing in a result (section 2.1.2.5)
            roster.items[number] = item.replace(subscription=Subscription.NONE)
    return RosterResult(roster.items, roster.ver, unreadable)


def set_roster_item(jid: JID | str, name: str | None = None, groups: Iterable[str] = ()) -> Operation[None]:
    """Add a contact to the roster, or change name and groups of one (RFC 6121 sections 2.3 and 2.4): a contact that is there
    has this name and these groups afterwards, and no others. Raises what `request` raises."""
    item = RosterItem(jid=JID(jid), name=name, groups=list(dict.fromkeys(groups)))
    yield from request(Iq("set", payload=RosterQuery(items=[item])))


def remove_roster_item(jid: JID | str) -> Operation[None]:
    """Remove a contact from the roster, which also ends the subscriptions (RFC 6121 section 2.5). Raises what `request`
    raises."""
    item = RosterItem(jid=JID(jid), subscription=Subscription.REMOVE)
    yield from request(Iq("set", payload=RosterQuery(items=[item])))


# --- the tracker ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RosterChange:
    """What the server told about a contact: how it was, and how it is; None where it was not, or is no more, on the roster."""

    jid: JID
    before: RosterItem | None
    after: RosterItem | None

    @property
    def changed(self) -> bool:
        """Whether anything is otherwise than before. A server may say again what it said."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class RefusedPush:
    """A push that had no effect (section 2.1.6). `reason` says in words why."""

    sender: JID | None
    reason: str


class Roster:
    """The contacts of an account.

    `items` and `version` are those that were kept from an earlier stream, if any; `limit` is how many contacts there may be.
    `version` is the version of what is kept here, None where the server has none. `fetched`: it was fetched on this stream.
    `versioning`: the server offers versions, as `Established` said when it was fed. The items are not to be changed.
    """

    def __init__(self, items: Iterable[RosterItem] = (), version: str | None = None, *, limit: int = LIMIT) -> None:
        self._items = {item.jid: item for item in items}
        self._limit = limit
        self.version = version
        self.fetched = False
        self.versioning = False

    def __iter__(self) -> Iterator[RosterItem]:
        return iter(list(self._items.values()))

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, jid: JID) -> bool:
        return self.get(jid) is not None

    def get(self, jid: JID) -> RosterItem | None:
        """The contact with this address, or with its bare form; None for somebody who is not on the roster."""
        return self._items.get(jid) or self._items.get(jid.bare)

    def __getitem__(self, jid: JID) -> RosterItem:
        item = self.get(jid)
        if item is None:
            raise KeyError(jid)
        return item

    @property
    def groups(self) -> dict[str, list[RosterItem]]:
        """The groups by name, each with its contacts. A contact may be in several, or in none."""
        found: dict[str, list[RosterItem]] = {}
        for item in self._items.values():
            for group in dict.fromkeys(item.groups):
                found.setdefault(group, []).append(item)
        return found

    def export(self) -> bytes:
        """The contacts and their version, to be stored; `restore` reads it."""
        query = RosterQuery(ver=self.version, items=list(self._items.values()))
        return to_text(Iq("result", payload=query, id="roster")).encode()

    @classmethod
    def restore(cls, stored: bytes) -> Roster:
        """The roster that was exported. Raises ValueError for anything else."""
        try:
            iq = from_text(stored.decode())
            query = iq.get(RosterQuery) if isinstance(iq, Iq) else None
        except (ValueError, XMLError) as error:
            raise ValueError(f"no stored roster: {error}") from error
        if query is None:
            raise ValueError("no stored roster")
        return cls(query.items, query.ver)

    # --- what the server tells --------------------------------------------------------------------------------------

    def fetch(self) -> Operation[list[RosterChange]]:
        """Fetch the roster, or what changed since it was fetched last, where the server offers versions (section 2.6). What is
        otherwise than before; further changes follow as pushes. Raises what `request` raises; nothing is changed then."""
        asked = (self.version or "") if self.versioning else None
        found = yield from fetch_roster(asked)
        self.fetched = True
        if found.items is None:
            return []
        before, self.version = self._items, found.version
        self._items = {item.jid: item for item in found.items}
        gone = [RosterChange(jid, item, None) for jid, item in before.items() if jid not in self._items]
        there = [RosterChange(jid, before.get(jid), item) for jid, item in self._items.items()]
        return gone + [change for change in there if change.changed]

    def feed(self, event: object, own: JID) -> RosterChange | RefusedPush | None:
        """Take an event of the client with the full JID `own`. What it says about a contact; None for an event that is no push.

        Only the account itself, or nobody, pushes (section 2.1.6): a session hands on nothing else, but others might.
        """
        if isinstance(event, Established):
            self.fetched = False
            self.versioning = any(element.name == _VERSIONING for element in event.features)
        if not isinstance(event, Iq) or event.type is not IqType.SET or event.find(_QUERY) is None:
            return None
        if event.sender not in (None, own.bare):
            return RefusedPush(event.sender, f"rosters are told by {own.bare} only")
        query, unreadable = _read(event)
        if query is None or unreadable:
            return RefusedPush(event.sender, "the contact cannot be read")
        if len(query.items) != 1:
            return RefusedPush(event.sender, f"a push has one contact, not {len(query.items)}")
        (item,) = query.items
        return self._apply(item, query.ver, event.sender)

    def _apply(self, item: RosterItem, version: str | None, sender: JID | None) -> RosterChange | RefusedPush:
        before = self._items.get(item.jid)
        if item.subscription is Subscription.REMOVE:
            self._items.pop(item.jid, None)
            change = RosterChange(item.jid, before, None)
        elif before is None and len(self._items) >= self._limit:
            return RefusedPush(sender, f"there are {self._limit} contacts already")
        else:
            self._items[item.jid] = item
            change = RosterChange(item.jid, before, item)
        if self.fetched and version is not None:  # else what changed before this push was missed
            self.version = version
        return change

    # --- changes ----------------------------------------------------------------------------------------------------

    def rename(self, jid: JID | str, name: str | None) -> Operation[None]:
        """Give a contact another name, or none; the groups stay. Raises what `request` raises, and KeyError for somebody who is
        not on the roster."""
        item = self[JID(jid)]
        yield from set_roster_item(item.jid, name, item.groups)

    def regroup(self, jid: JID | str, groups: Iterable[str]) -> Operation[None]:
        """Put a contact into these groups, and out of all others; the name stays. Raises as `rename`."""
        item = self[JID(jid)]
        yield from set_roster_item(item.jid, item.name, groups)

    def rename_group(self, old: str, new: str) -> Operation[None]:
        """Give a group another name, contact by contact, for a server knows of no groups. If the other is there already, they
        become one. Raises what `request` raises; some contacts may have been moved then."""
        for item in self.groups.get(old, []):
            yield from set_roster_item(item.jid, item.name, [new if group == old else group for group in item.groups])


def _read(iq: Iq) -> tuple[RosterQuery | None, int]:
    """The query, and how many of its items cannot be read: one of them does not cost the others."""
    try:
        return iq.get(RosterQuery), 0
    except PayloadError:
        query = iq.find(_QUERY)
    assert query is not None  # noqa: S101 - or there had been nothing to refuse
    items: list[RosterItem] = []
    elements = query.find_all(_ITEM)
    for element in elements:
        plain = element.copy()
        if plain.get("subscription") not in _SUBSCRIPTIONS:  # values to be ignored (section 2.1.2.5)
            plain.attributes.pop("subscription", None)
        try:
            items.append(RosterItem.from_element(plain))
        except PayloadError:
            continue
    return RosterQuery(ver=query.get("ver"), items=items), len(elements) - len(items)
