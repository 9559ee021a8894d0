"""Host Meta 2 (XEP-0487): documents as servers publish them, and those that are wrong or hostile."""

from __future__ import annotations

import json
from ipaddress import ip_address
from typing import Any

import pytest

from xmppwire.protocol.host_meta2 import (
    MAXIMUM_LENGTH,
    MAXIMUM_LINKS,
    MAXIMUM_TTL,
    ConnectionLink,
    ConnectionMethod,
    HostMeta2,
    parse_host_meta2,
)

PIN = "4/mggdlVx8A3pvHAWW5sD+qJyMtUHgiRuPjVC48N0XQ="
TLS: dict[str, Any] = {
    "rel": "urn:xmpp:alt-connections:tls",
    "port": 443,
    "ips": ["192.0.2.1", "2001:db8::1"],
    "priority": 10,
    "weight": 50,
    "sni": "example.org",
    "ech": "eG1wcC1jbGllbnQ=",
}
WEBSOCKET: dict[str, Any] = {"rel": "urn:xmpp:alt-connections:websocket", "href": "wss://web.example.org/xmpp"}


def document(*links: Any, ttl: Any = 3000, **more: Any) -> str:
    return json.dumps({"xmpp": {"ttl": ttl, **more}, "links": list(links)})


def links_of(*links: Any) -> list[ConnectionLink]:
    return list(parse_host_meta2(document(*links)).links)


def test_a_document() -> None:
    text = document(TLS, WEBSOCKET, **{"public-key-pins-sha-256": [PIN]})
    assert parse_host_meta2(text) == HostMeta2(
        ttl=3000,
        pins=(bytes.fromhex("e3f9a081d955c7c037a6f1c0596e6c0fea89c8cb541e0891b8f8d50b8f0dd174"),),
        links=(
            ConnectionLink(
                ConnectionMethod.TLS,
                port=443,
                ips=(ip_address("192.0.2.1"), ip_address("2001:db8::1")),
                priority=10,
                weight=50,
                sni="example.org",
                ech=b"xmpp-client",
            ),
            ConnectionLink(ConnectionMethod.WEBSOCKET, href="wss://web.example.org/xmpp"),
        ),
    )
    assert parse_host_meta2(text.encode()) == parse_host_meta2(text)


@pytest.mark.parametrize("method", list(ConnectionMethod))
def test_all_methods(method: ConnectionMethod) -> None:
    (link,) = links_of(
        {**TLS, "rel": str(method), "href": "https://x" if method is ConnectionMethod.BOSH else "wss://x"}
    )
    assert link.method is method
    assert (link.href is None) is (link.port is not None)


def test_links_that_make_no_sense_do_not_hide_the_others() -> None:
    bad: list[Any] = [
        7,
        {},
        {"rel": "lrdd", "href": "https://example.org/"},
        {"rel": ["urn:xmpp:alt-connections:tls"]},
        {**WEBSOCKET, "href": "ws://web.example.org/xmpp"},
        {**WEBSOCKET, "href": None},
        {**WEBSOCKET, "rel": "urn:xmpp:alt-connections:xbosh"},
        {**WEBSOCKET, "priority": -1},
        {**WEBSOCKET, "weight": True},
        {**WEBSOCKET, "ips": "192.0.2.1"},
        {**WEBSOCKET, "ips": ["192.0.2.256"]},
        {**WEBSOCKET, "ips": [16843009]},
        {**WEBSOCKET, "sni": ""},
        {**WEBSOCKET, "ech": "?"},
        {**TLS, "port": 65536},
        {**TLS, "port": "443"},
        {**TLS, "ips": []},
        {key: value for key, value in TLS.items() if key != "sni"},
    ]
    for one in bad:
        assert links_of(one, WEBSOCKET) == links_of(WEBSOCKET), one


def test_no_links_at_all() -> None:
    assert parse_host_meta2('{"xmpp": {"ttl": 0}}') == HostMeta2(ttl=0)


def test_what_is_believed_is_believed_for_a_week_at_most() -> None:
    assert parse_host_meta2(document(ttl=10**30)).ttl == MAXIMUM_TTL


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{",
        '{"links": []}',
        '{"xmpp": 1}',
        '{"xmpp": {}}',
        '{"xmpp": {"ttl": 1}, "links": {}}',
        document(ttl=-1),
        document(ttl=True),
        document(ttl=1.5),
        document(**{"public-key-pins-sha-256": ["AAAA"]}),
        document(**{"public-key-pins-sha-256": ["?"]}),
        document(**{"public-key-pins-sha-256": PIN}),
        "[" * 100_000,
        " " * (MAXIMUM_LENGTH + 1),
        '{"xmpp": {"ttl": ' + "1" * 10_000 + "}}",
    ],
)
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_host_meta2(text)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ValueError):
        parse_host_meta2(b"\xff\xfe\xfd")


def test_not_all_links_are_looked_at() -> None:
    assert len(links_of(*[WEBSOCKET] * (MAXIMUM_LINKS + 1))) == MAXIMUM_LINKS
