"""Host Meta 2 - One Method To Rule Them All (XEP-0487): how to reach a server, from its `/.well-known/host-meta.json`.

The document is that of XEP-0156 with more in it: addresses, ports, names for TLS, pinned keys. It is fetched over HTTPS
only, with the certificate checked. One without the object `xmpp` is a document of XEP-0156 alone, and is refused here.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, cast

from xmppwire.protocol.standard import Standard, Status

STANDARD = Standard(
    "XEP-0487",
    "Host Meta 2 - One Method To Rule Them All",
    Status.EXPERIMENTAL,
    "0.1.0",
    note="Reading of the JSON document; no elements.",
)

MAXIMUM_LENGTH = 262_144
"""Longer documents are refused; in characters."""
MAXIMUM_LINKS = 256
"""What comes behind so many links is not looked at."""
MAXIMUM_TTL = 604_800
"""A week, in seconds: the longest time that the standard advises to believe pinned keys (section 5)."""


class ConnectionMethod(StrEnum):
    """The relations of links that are looked at (section 2.1); `S2S_` ones are for servers."""

    WEBSOCKET = "urn:xmpp:alt-connections:websocket"
    BOSH = "urn:xmpp:alt-connections:xbosh"
    TLS = "urn:xmpp:alt-connections:tls"
    QUIC = "urn:xmpp:alt-connections:quic"
    S2S_WEBSOCKET = "urn:xmpp:alt-connections:s2s-websocket"
    S2S_TLS = "urn:xmpp:alt-connections:s2s-tls"
    S2S_QUIC = "urn:xmpp:alt-connections:s2s-quic"


_SCHEMES = {
    ConnectionMethod.WEBSOCKET: "wss://",
    ConnectionMethod.S2S_WEBSOCKET: "wss://",
    ConnectionMethod.BOSH: "https://",
}
"""What the URLs of links begin with, where they have one: nothing is done without TLS (section 2.2)."""


@dataclass(frozen=True, slots=True)
class ConnectionLink:
    """A way to connect: a URL for WebSocket and BOSH, a port for the others; priority and weight as in SRV records.

    A link as XEP-0156 knows it has its method and URL alone. `ech` is the configuration for encrypted TLS hellos.
    """

    method: ConnectionMethod
    href: str | None = None
    port: int | None = None
    ips: tuple[IPv4Address | IPv6Address, ...] = ()
    priority: int | None = None
    weight: int | None = None
    sni: str | None = None
    ech: bytes | None = None


@dataclass(frozen=True, slots=True)
class HostMeta2:
    """A document: for how many seconds it is good, pinned keys (SHA-256 of public keys), and the links in their
    order."""

    ttl: int
    pins: tuple[bytes, ...] = ()
    links: tuple[ConnectionLink, ...] = ()


def parse_host_meta2(text: str | bytes) -> HostMeta2:
    """Read a document. Links of other relations, and those that make no sense, are left out: the rest may still lead to
    the server. Raises ValueError for what is no such document, and where its `ttl` or a pinned key makes no sense."""
    if len(text) > MAXIMUM_LENGTH:
        raise ValueError(f"longer than {MAXIMUM_LENGTH}")
    try:
        document = _object(json.loads(text))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    xmpp = _object(document.get("xmpp"))
    links: list[ConnectionLink] = []
    for link in _array(document.get("links", []))[:MAXIMUM_LINKS]:
        try:
            links.append(_link(_object(link)))
        except ValueError:
            continue
    pins = tuple(_base64(pin) for pin in _array(xmpp.get("public-key-pins-sha-256", [])))
    if any(len(pin) != 32 for pin in pins):
        raise ValueError("a pinned key is not a SHA-256 hash")
    return HostMeta2(ttl=min(_integer(xmpp.get("ttl")), MAXIMUM_TTL), pins=pins, links=tuple(links))


def _link(link: dict[str, Any]) -> ConnectionLink:
    method = ConnectionMethod(_text(link.get("rel")))
    href = port = None
    if method in _SCHEMES:
        href = _text(link.get("href"))
        if not href.lower().startswith(_SCHEMES[method]):
            raise ValueError("not a secure URL")
    else:
        port = _integer(link.get("port"), 65535)
    ech = link.get("ech")
    result = ConnectionLink(
        method=method,
        href=href,
        port=port,
        ips=tuple(ip_address(_text(ip)) for ip in _array(link.get("ips", []))),
        priority=_integer(link["priority"], 65535) if "priority" in link else None,
        weight=_integer(link["weight"], 65535) if "weight" in link else None,
        sni=_text(link["sni"]) if "sni" in link else None,
        ech=None if ech is None else _base64(ech),
    )
    if href is None and not (result.ips and result.sni):
        raise ValueError("neither an address to connect to nor a name to ask for")
    return result


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("no object where one belongs")
    return cast("dict[str, Any]", value)


def _array(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("no list where one belongs")
    return list(cast("Iterable[Any]", value))


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("no text where some belongs")
    return value


def _integer(value: Any, maximum: int | None = None) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0 or (maximum is not None and value > maximum):
        raise ValueError("no such number where one belongs")
    return value


def _base64(value: Any) -> bytes:
    try:
        return base64.b64decode(_text(value), validate=True)
    except binascii.Error as error:
        raise ValueError(f"not base64: {error}") from None
