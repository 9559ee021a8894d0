"""Questions of service discovery: info, items page by page (XEP-0059), and the services of a domain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ...jid import JID
from ...operation import IqError, Operation, OperationError, OperationTimeout, request
from ...payload import PayloadError
from ...protocol.disco import DiscoInfo, DiscoItem, DiscoItems
from ...protocol.rsm import ResultSet
from ...stanza import Iq

PAGE = 100
"""How many items a page has."""
ITEMS = 10_000
"""How many items are taken before an entity that pages on is refused."""
SERVICES = 20
"""How many items of a domain are asked what they are: long lists are not to be asked through (section 6.2)."""


class DiscoError(OperationError):
    """An entity pages without end. `items` is what it gave until then."""

    def __init__(self, text: str, items: Sequence[DiscoItem]) -> None:
        super().__init__(text)
        self.items = items


def fetch_info(target: JID | str | None = None, node: str | None = None) -> Operation[DiscoInfo]:
    """What `target` (None: the own account), or a node of it, is and can do. Raises what `request` raises."""
    reply = yield from request(Iq("get", target, payload=DiscoInfo(node=node)))
    return reply.get(DiscoInfo) or DiscoInfo(node=node)


@dataclass(slots=True)
class ItemsPage:
    """Some items of a list. `first` and `last` are where the page before and the page behind begin, None where the entity does
    not page; `count` is how many items there are in all, which may be an estimate."""

    items: list[DiscoItem]
    first: str | None = None
    last: str | None = None
    count: int | None = None


def fetch_items_page(
    target: JID | str | None = None, node: str | None = None, *, set: ResultSet | None = None
) -> Operation[ItemsPage]:
    """One page of what belongs to `target`, as `set` asks for it; None leaves it to the entity how much it gives. Entities that
    do not page give everything. Raises what `request` raises."""
    reply = yield from request(Iq("get", target, payload=DiscoItems(node=node, set=set)))
    found = reply.get(DiscoItems)
    if found is None:
        return ItemsPage([])
    if found.set is None:
        return ItemsPage(found.items)
    first = None if found.set.first is None else found.set.first.id
    return ItemsPage(found.items, first, found.set.last, found.set.count)


def fetch_items(
    target: JID | str | None = None, node: str | None = None, *, page: int | None = None, limit: int = ITEMS
) -> Operation[list[DiscoItem]]:
    """What belongs to `target`, or to a node of it: all pages, where the entity gives it in pages.

    `page` asks for pages of so many items from the beginning, which some services with long lists want. Raises what `request`
    raises, and DiscoError for an entity that gives the same page again, or goes on beyond `limit` items.
    """
    whose = target or "the account"
    items: list[DiscoItem] = []
    seen: set[tuple[JID, str | None]] = set()
    places: set[str] = set()
    asked = None if page is None else ResultSet(max=page)
    while True:
        got = yield from fetch_items_page(target, node, set=asked)
        keys = {(item.jid, item.node) for item in got.items}
        if keys and keys <= seen:
            raise DiscoError(f"{whose} gives the same items again", items)
        items += got.items
        seen |= keys
        if not got.items or got.last is None or (got.count is not None and len(items) >= got.count):
            return items
        if got.last in places:
            raise DiscoError(f"{whose} leads in a circle", items)
        if len(items) >= limit:
            raise DiscoError(f"{whose} has more than {limit} items", items)
        places.add(got.last)
        asked = ResultSet(after=got.last, max=page or PAGE)


@dataclass(frozen=True, slots=True)
class Service:
    """A domain, or something that belongs to it, and what it says of itself. `name` is what the domain calls it."""

    jid: JID
    info: DiscoInfo
    name: str | None = None

    def supports(self, feature: str) -> bool:
        """Whether it announces the feature."""
        return feature in self.info.features

    def is_a(self, category: str | None, type: str | None = None) -> bool:
        """Whether it has an identity of that category and type; None is any."""
        return any(category in (None, one.category) and type in (None, one.type) for one in self.info.identities)


@dataclass(slots=True)
class Services:
    """The services of a domain, itself in the first place.

    `failures` has those that did not say what they are, and why; `omitted` is how many were not asked.
    """

    found: list[Service] = field(default_factory=list[Service])
    failures: dict[JID, Exception] = field(default_factory=dict[JID, Exception])
    omitted: int = 0

    def __iter__(self) -> Iterator[Service]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)

    def find(
        self, *, feature: str | None = None, category: str | None = None, type: str | None = None
    ) -> list[Service]:
        """Those that announce the feature, and have an identity of that category and type; None is any."""
        return [
            one
            for one in self.found
            if (feature is None or one.supports(feature))
            and ((category is None and type is None) or one.is_a(category, type))
        ]


def fetch_services(domain: JID | str, *, limit: int = SERVICES, timeout: float = 5.0) -> Operation[Services]:
    """Ask a domain what belongs to it, and then it and each of these what it is (section 4.1), one after the other.

    Items that are nodes are no services. At most `limit` items are asked, each for at most `timeout` seconds. That one does not
    answer, or with an error, is noted and spoils nothing. Raises what `fetch_items` raises.
    """
    home = JID(domain)
    names: dict[JID, str | None] = {home: None}
    for item in (yield from fetch_items(home)):
        if item.node is None:
            names.setdefault(item.jid, item.name)
    services = Services(omitted=max(0, len(names) - 1 - limit))
    for jid, name in list(names.items())[: limit + 1]:
        try:
            reply = yield from request(Iq("get", jid, payload=DiscoInfo()), timeout)
            services.found.append(Service(jid, reply.get(DiscoInfo) or DiscoInfo(), name))
        except (IqError, OperationTimeout, PayloadError) as error:
            services.failures[jid] = error
    return services


def find_services(
    domain: JID | str, *, feature: str | None = None, category: str | None = None, type: str | None = None
) -> Operation[list[Service]]:
    """The services of a domain that announce a feature or have an identity, itself among them: `fetch_services`, and then
    `Services.find`."""
    services = yield from fetch_services(domain)
    return services.find(feature=feature, category=category, type=type)
