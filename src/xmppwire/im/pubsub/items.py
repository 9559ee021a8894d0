"""Items (XEP-0060 sections 6.5, 7 and 8.5): published, fetched, retracted.

    id = await client.run(publish("musings", entry, id="today", service=service))
    reader = ItemReader("musings", service=service)
    while not reader.done:
        for item in await client.run(reader.next_page()):
            print(item.id, payload_of(item, Entry))
    await client.run(retract("musings", "today", service=service))

`options` of a publication say how the node has to be configured. A service that announces `publish-options` makes the node like
that where there is none, and refuses to publish where it is otherwise. One that does not announce it may ignore them: never
trust options with what is private before discovery was asked (`pep.publish_private` does that).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ...jid import JID
from ...operation import Operation
from ...payload import Payload, PayloadError
from ...protocol.pubsub import Item, Items, Publish, PublishOptions, Pubsub, Retract
from ...protocol.pubsub_event import EventItem
from ...protocol.pubsub_forms import NodeConfig, PublishOptionsForm
from ...protocol.pubsub_owner import OwnerPurge, PubsubOwner
from ...protocol.rsm import ResultSet
from ...stanza import ErrorCondition, Iq
from ...xml import Element
from .._circle import Circle
from .errors import PreconditionNotMet, PubsubAnswerError, PubsubIqError, answer_of, ask
from .nodes import configure_node, create_node, fetch_node_form

PAGE = 50
"""How many items are asked for at once."""

_NOT_UNDERSTOOD = frozenset(
    {
        ErrorCondition.BAD_REQUEST,
        ErrorCondition.FEATURE_NOT_IMPLEMENTED,
        ErrorCondition.NOT_ACCEPTABLE,
        ErrorCondition.RESOURCE_CONSTRAINT,  # of ejabberd 23.01, which knows no pubsub#max_items here
    }
)
"""How services refuse options that they do not know."""

P = TypeVar("P", bound=Payload)


def publish(
    node: str,
    payload: Payload | Element | None = None,
    *,
    id: str | None = None,
    options: PublishOptionsForm | None = None,
    reconfigure: bool = False,
    service: JID | str | None = None,
    timeout: float | None = None,
) -> Operation[str | None]:
    """Publish an item, and return its id: the given one, the one that the service chose, or None if it does not tell
    (section 7.1). An item with the same id is replaced.

    Where the node is configured otherwise than `options` say, this raises PreconditionNotMet; with `reconfigure`, which only
    owners may, the node is changed first. That holds for all that is in it already. The same is done for a service that does
    not know some of the options; those about access still guard the publication. Raises PubsubIqError for all else that the
    service refuses.
    """

    def attempt(options: PublishOptionsForm | None) -> Operation[Iq]:
        precondition = None if options is None else PublishOptions(form=options.to_form())
        query = Pubsub(action=Publish(node=node, items=[Item(id=id, payload=payload)]), publish_options=precondition)
        return ask(Iq("set", service, payload=query), timeout)

    try:
        reply = yield from attempt(options)
    except PubsubIqError as error:
        unmet = isinstance(error, PreconditionNotMet)
        unknown = error.condition is None and error.error.condition in _NOT_UNDERSTOOD
        if options is None or not reconfigure or not (unmet or unknown):
            raise
        yield from _adapt(node, options, service, timeout)
        if not unmet:
            options = PublishOptionsForm(access_model=options.access_model, persist_items=options.persist_items)
        reply = yield from attempt(options)
    action = answer_of(reply).action
    told = action.items[0].id if isinstance(action, Publish) and action.items else None
    return told or id


def _adapt(node: str, options: PublishOptionsForm, service: JID | str | None, timeout: float | None) -> Operation[None]:
    """Configure a node as the options say, as far as the service has these settings; make it where there is none."""
    given: dict[str, Any] = {one.name: getattr(options, one.name) for one in PublishOptionsForm.form_fields}
    wanted = {name: value for name, value in given.items() if value not in (None, [])}
    try:
        form = yield from fetch_node_form(node, service=service, timeout=timeout)
    except PubsubIqError as error:
        if error.error.condition is not ErrorCondition.ITEM_NOT_FOUND:
            raise
        yield from create_node(node, NodeConfig(**wanted), service=service, timeout=timeout)
        return
    changes = {name: value for name, value in wanted.items() if NodeConfig.field_of(form, name) is not None}
    yield from configure_node(node, NodeConfig.answer(form, **changes), service=service, timeout=timeout)


def retract(
    node: str,
    *ids: str,
    notify: bool | None = True,
    service: JID | str | None = None,
    timeout: float | None = None,
) -> Operation[None]:
    """Delete items (section 7.2). `notify` False keeps it from the subscribers, None leaves that to the service. Raises
    PubsubIqError (`item-not-found` for an id that is not there), and ValueError without an id: see `purge`."""
    if not ids:
        raise ValueError("no items to retract")
    query = Pubsub(action=Retract(node=node, notify=notify, items=[Item(id=id_) for id_ in ids]))
    yield from ask(Iq("set", service, payload=query), timeout)


def purge(node: str, *, service: JID | str | None = None, timeout: float | None = None) -> Operation[None]:
    """Delete all items of a node, as its owner (section 8.5). Raises PubsubIqError."""
    yield from ask(Iq("set", service, payload=PubsubOwner(action=OwnerPurge(node=node))), timeout)


@dataclass(slots=True)
class ItemPage:
    """Some items of a node, in the order of the service. `complete`: there are none behind them. `last` is where the next page
    begins, `count` how many items there are in all, perhaps an estimate; both None where the service does not page."""

    items: list[Item]
    complete: bool
    last: str | None = None
    count: int | None = None

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


def fetch_items(
    node: str,
    *ids: str,
    newest: int | None = None,
    subid: str | None = None,
    service: JID | str | None = None,
    timeout: float | None = None,
) -> Operation[list[Item]]:
    """Fetch items of a node: those with these ids, the `newest` ones, or what the service gives at once (section 6.5). It may
    give fewer than there are; `ItemReader` goes on. Raises PubsubIqError (`item-not-found` for a node that is not there)."""
    query = Items(node=node, subid=subid, max_items=newest, items=[Item(id=id_) for id_ in ids])
    reply = yield from ask(Iq("get", service, payload=Pubsub(action=query)), timeout)
    items = _items(reply, node)
    return items if newest is None else items[:newest]


def fetch_item(
    node: str, id: str, *, service: JID | str | None = None, timeout: float | None = None
) -> Operation[Item | None]:
    """Fetch one item by its id (section 6.5.8); None where there is none. Raises PubsubIqError."""
    items = yield from fetch_items(node, id, service=service, timeout=timeout)
    return next((item for item in items if item.id == id), None)


@dataclass(slots=True)
class ItemReader:
    """A way through the items of a node, page by page (section 6.5.4, XEP-0059).

    `limit` is how many to ask for at once. `position` is where the next page begins; give one to go on where another reader
    was. `done`: there is no further page. A service without paging gives all it wants to give at once.
    """

    node: str
    service: JID | str | None = None
    limit: int = PAGE
    position: str | None = None
    done: bool = field(default=False, init=False)
    _circle: Circle = field(default_factory=Circle, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise ValueError("a page has one item at least")

    def next_page(self, timeout: float | None = None) -> Operation[ItemPage]:
        """Fetch the next page; an empty one if there is none.

        Raises PubsubIqError, the reader is then where it was; PubsubAnswerError for a service that pages and gives more than
        was asked for, or that leads in a circle.
        """
        if self.done:
            return ItemPage([], True)
        paging = ResultSet(after=self.position, max=self.limit)
        query = Pubsub(action=Items(node=self.node), set=paging)
        reply = yield from ask(Iq("get", self.service, payload=query), timeout)
        page = ItemPage(_items(reply, self.node), True)
        result = answer_of(reply).set
        if result is not None:
            if len(page) > self.limit:
                raise PubsubAnswerError(f"the service gives more than the {self.limit} items that were asked for")
            page.last, page.count = result.last, result.count
            page.complete = not page.items or result.last is None or _is_last(result, len(page))
            if not page.complete and page.last == self.position:
                raise PubsubAnswerError("the service gives the same page again")
            if not page.complete and page.last is not None and self._circle.is_closed_by(page.last):
                raise PubsubAnswerError("the service leads in a circle")
        self.done = page.complete
        self.position = page.last or self.position
        return page


def fetch_all_items(
    node: str, *, maximum: int, service: JID | str | None = None, timeout: float | None = None
) -> Operation[list[Item]]:
    """Fetch page after page until there is none, or until there are `maximum` items: what is beyond is left out."""
    reader = ItemReader(node, service, min(PAGE, maximum))
    items: list[Item] = []
    while not reader.done and len(items) < maximum:
        page = yield from reader.next_page(timeout)
        items += page.items
    return items[:maximum]


def payload_of(item: Item | EventItem, cls: type[P]) -> P | None:
    """The payload of an item as a `cls`; None where it has none, another one, or one that does not decode."""
    payload = item.payload
    if isinstance(payload, cls):
        return payload
    if isinstance(payload, Element) and payload.name in cls.element_names:
        try:
            return cls.from_element(payload)
        except PayloadError:
            return None
    return None


def _is_last(result: ResultSet, size: int) -> bool:
    """Whether the service says that nothing is behind a page; without a count and an index only an empty page says so."""
    if result.count is None or result.first is None or result.first.index is None:
        return False
    return result.first.index + size >= result.count


def _items(reply: Iq, node: str) -> list[Item]:
    action = answer_of(reply).action
    if not isinstance(action, Items) or action.node != node:
        raise PubsubAnswerError(f"the service gives no items of {node!r}")
    return action.items
