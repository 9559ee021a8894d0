"""Discovering Alternative XMPP Connection Methods (XEP-0156): where a domain can be reached over WebSocket and BOSH.

The domain says so in `https://DOMAIN/.well-known/host-meta` (XML) and `host-meta.json`, with links. They are fetched
over HTTPS only, with the certificate checked, and only after the ways of RFC 6120 were tried. `parse_host_meta` and
`parse_host_meta_json` read the documents, `make_host_meta` and `make_host_meta_json` make them. `host_meta2` (XEP-0487)
reads what newer ones say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from xmppwire.payload import Payload, field
from xmppwire.protocol._document import read_document
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element, write_element

NAMESPACE = "http://docs.oasis-open.org/ns/xri/xrd-1.0"
"""Of the XML document (RFC 6415, XRD 1.0)."""
WEBSOCKET = "urn:xmpp:alt-connections:websocket"
"""The relation of links to WebSocket endpoints (RFC 7395)."""
BOSH = "urn:xmpp:alt-connections:xbosh"
"""The relation of links to BOSH endpoints (XEP-0206)."""

STANDARD = Standard(
    "XEP-0156",
    "Discovering Alternative XMPP Connection Methods",
    Status.STABLE,
    "1.4.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER),
    note="Reading and writing of host-meta documents, in XML and JSON.",
)

MAXIMUM_LENGTH = 262_144
"""Longer documents are refused; in bytes or characters."""
MAXIMUM_LINKS = 256
"""What comes behind so many links is not looked at."""

_SCHEMES = {WEBSOCKET: "wss://", BOSH: "https://"}
"""Nothing is done without TLS (section 2.2)."""


class XrdTitle(Payload, ns=NAMESPACE, name="Title", nested=True):
    """What a link is called, in one language."""

    title: str = field.text(default="")
    lang: str | None = field.language()


class XrdProperty(Payload, ns=NAMESPACE, name="Property", nested=True):
    """Something that is said of the subject or a link; `type` is the URI that says what."""

    type: str = field.attribute()
    nil: bool | None = field.attribute(name="{http://www.w3.org/2001/XMLSchema-instance}nil", default=None)
    value: str = field.text(default="")


class XrdLink(Payload, ns=NAMESPACE, name="Link", nested=True):
    """A link: to a resource, or by a template that the URI of a resource is put into."""

    rel: str | None = field.attribute(default=None)
    type: str | None = field.attribute(default=None)
    href: str | None = field.attribute(default=None)
    template: str | None = field.attribute(default=None)
    titles: list[XrdTitle] = field.children()
    properties: list[XrdProperty] = field.children()


class Xrd(Payload, ns=NAMESPACE, name="XRD"):
    """A description of a resource; a host-meta document describes a host. `extensions` is what others add."""

    id: str | None = field.attribute(name="{http://www.w3.org/XML/1998/namespace}id", default=None)
    expires: datetime | None = field.value(name="Expires", default=None)
    subject: str | None = field.value(name="Subject", default=None)
    aliases: list[str] = field.values(name="Alias")
    properties: list[XrdProperty] = field.children()
    links: list[XrdLink] = field.children()
    extensions: list[Payload | Element] = field.payloads()


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a host-meta document: its relation, `WEBSOCKET` and `BOSH` among others, and a URL."""

    rel: str
    href: str


def parse_host_meta(document: str | bytes) -> list[Link]:
    """The links of an XML document, in their order; those without a URL are left out. Raises ValueError."""
    if len(document) > MAXIMUM_LENGTH:
        raise ValueError(f"longer than {MAXIMUM_LENGTH}")
    root = read_document(document)
    if root.name not in Xrd.element_names:
        raise ValueError("not a host-meta document")
    links = [child for child in root.elements() if child.name in XrdLink.element_names]
    return _links((child.get("rel"), child.get("href")) for child in links)


def parse_host_meta_json(document: str | bytes) -> list[Link]:
    """The links of a JSON document, likewise. Raises ValueError."""
    if len(document) > MAXIMUM_LENGTH:
        raise ValueError(f"longer than {MAXIMUM_LENGTH}")
    try:
        root: Any = json.loads(document)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    found: Any = cast("dict[str, Any]", root).get("links", []) if isinstance(root, dict) else None
    if not isinstance(found, list):
        raise ValueError("not a host-meta document")
    links = (cast("dict[str, Any]", link) for link in cast("Iterable[Any]", found) if isinstance(link, dict))
    return _links((link.get("rel"), link.get("href")) for link in links)


def connection_urls(links: Iterable[Link], rel: str = WEBSOCKET) -> list[str]:
    """The URLs for one way to connect, `WEBSOCKET` or `BOSH`; without those that do not use TLS, as they must not be
    used.

    The order of links means nothing (section 2.2).
    """
    return [link.href for link in links if link.rel == rel and _is_secure(link)]


def make_host_meta(links: Iterable[Link]) -> str:
    """The XML document with these links. Raises ValueError for a way to connect that does not use TLS."""
    xrd = Xrd(links=[XrdLink(rel=link.rel, href=link.href) for link in _checked(links)])
    return "<?xml version='1.0' encoding='UTF-8'?>\n" + write_element(xrd.to_element(), "", {})


def make_host_meta_json(links: Iterable[Link]) -> str:
    """The JSON document with these links. Raises ValueError for a way to connect that does not use TLS."""
    return json.dumps({"links": [{"rel": link.rel, "href": link.href} for link in _checked(links)]})


def _links(pairs: Iterable[tuple[Any, Any]]) -> list[Link]:
    found: list[Link] = []
    for rel, href in pairs:
        if isinstance(rel, str) and isinstance(href, str) and href:
            found.append(Link(rel, href))
            if len(found) == MAXIMUM_LINKS:
                break
    return found


def _is_secure(link: Link) -> bool:
    scheme = _SCHEMES.get(link.rel, "")
    return link.href.lower().startswith(scheme) and len(link.href) > len(scheme)


def _checked(links: Iterable[Link]) -> list[Link]:
    links = list(links)
    for link in links:
        if not _is_secure(link):
            raise ValueError(f"{link.rel} needs a URL with {_SCHEMES.get(link.rel, '')!r}: {link.href[:80]!r}")
    return links
