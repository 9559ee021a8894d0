"""What the server keeps for an account and shows to nobody else (XEP-0049): one element for each name and namespace.

    bookmarks = await client.run(fetch_private(BookmarkStorage)) or BookmarkStorage(bookmarks=[])
    await client.run(store_private(bookmarks.replace(bookmarks=[...])))

There is no locking, and nobody is told of changes: of two clients that store at once one is lost. Programs now keep such things
in nodes of their own (XEP-0223); old bookmarks are still found here.
"""

from __future__ import annotations

from typing import TypeVar

from ..operation import Operation, request
from ..payload import Payload, PayloadError
from ..protocol.private_xml import NAMESPACE, PrivateQuery
from ..stanza import Iq
from ..stanza.content import CLIENT_NAMESPACE
from ..xml import Element, Name

P = TypeVar("P", bound=Payload)

QUERY: Name = PrivateQuery.element_names[0]


def fetch_private(cls: type[P]) -> Operation[P | None]:
    """What is stored under the name of a payload class; None where there is nothing, or an element without content, which the
    protocol does not tell apart. Raises what `request` raises, and `PayloadError` for what does not decode."""
    found = yield from fetch_private_element(cls.element_names[0])
    if found is None:
        return None
    try:
        return cls.from_element(found)
    except PayloadError as error:
        raise error.within("iq/query") from None


def fetch_private_element(name: Name) -> Operation[Element | None]:
    """The same for an element of any name (namespace, local name), as it stands.

    Raises what `request` raises, and `PayloadError` for an answer with something else than was asked for: taken for nothing,
    it would be lost with the next `store_private`. Raises ValueError for a name that cannot be stored.
    """
    reply = yield from request(Iq("get", payload=PrivateQuery(payloads=[Element(_checked(name))])))
    query = reply.find(QUERY)
    children = [] if query is None else list(query.elements())
    found = next((child for child in children if child.name == name), None)
    if found is None and children:
        raise PayloadError(f"not what was asked for: {children[0].local!r}", "iq/query")
    return None if found is None or not (found.attributes or found.children) else found


def store_private(payload: Payload | Element) -> Operation[None]:
    """Store a payload in the place of what was there under its name. Raises what `request` raises, and ValueError for a name
    that cannot be stored."""
    element = payload if isinstance(payload, Element) else payload.to_element()
    _checked(element.name)
    yield from request(Iq("set", payload=PrivateQuery(payloads=[payload])))


def clear_private(cls: type[Payload]) -> Operation[None]:
    """Store nothing under the name of a payload class. Raises what `request` raises."""
    yield from store_private(Element(cls.element_names[0]))


def _checked(name: Name) -> Name:
    """What is stored has a namespace of its own (section 2.3)."""
    if name[0] in ("", NAMESPACE, CLIENT_NAMESPACE):
        raise ValueError(f"an element in the namespace {name[0]!r} cannot be stored")
    return name
