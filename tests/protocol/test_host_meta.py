"""host-meta documents with ways to connect (XEP-0156), in XML and JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppwire.protocol._document import MAXIMUM_DEPTH, MAXIMUM_ELEMENTS
from xmppwire.protocol.host_meta import (
    BOSH,
    MAXIMUM_LENGTH,
    MAXIMUM_LINKS,
    WEBSOCKET,
    Link,
    connection_urls,
    make_host_meta,
    make_host_meta_json,
    parse_host_meta,
    parse_host_meta_json,
)

LINKS = [
    Link(BOSH, "https://web.example.com:5280/bosh"),
    Link(WEBSOCKET, "wss://web.example.com:443/ws"),
    Link("lrdd", "http://example.com/describe"),
]
XML = """<?xml version='1.0' encoding='utf-8'?>
<!-- as served -->
<?xml-stylesheet href='style.xsl'?>
<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0' xmlns:hm='http://host-meta.net/xrd/1.0'>
  <hm:Host>example.com</hm:Host>
  <Link rel="urn:xmpp:alt-connections:xbosh" href="https://web.example.com:5280/bosh" />
  <Link rel="urn:xmpp:alt-connections:websocket"
        href="wss://web.example.com:443/ws"><Title>WebSocket</Title></Link>
  <Link rel="lrdd" href="http://example.com/describe"/>
  <Link rel="lrdd" template="https://example.com/describe?uri={uri}"/>
  <Link href="https://example.com/"/>
  <Link rel="empty" href=""/>
  <Link xmlns="urn:example:other" rel="foreign" href="https://example.com/"/>
</XRD>"""
JSON = {
    "subject": "https://example.com/",
    "links": [
        {"rel": BOSH, "href": "https://web.example.com:5280/bosh"},
        {"rel": WEBSOCKET, "href": "wss://web.example.com:443/ws", "titles": {"default": "WebSocket"}},
        {"rel": "lrdd", "href": "http://example.com/describe"},
        {"rel": "lrdd", "template": "https://example.com/describe?uri={uri}"},
        {"rel": 5, "href": "https://example.com/"},
        {"rel": "number", "href": 5},
        {"rel": "empty", "href": ""},
        "link",
        None,
    ],
}


@pytest.mark.parametrize("document", [XML, XML.encode(), XML.replace("utf-8", "utf-16").encode("utf-16")])
def test_xml(document: str | bytes) -> None:
    assert parse_host_meta(document) == LINKS


@pytest.mark.parametrize("document", [json.dumps(JSON), json.dumps(JSON).encode("utf-16")])
def test_json(document: str | bytes) -> None:
    assert parse_host_meta_json(document) == LINKS


def test_a_document_without_links() -> None:
    assert parse_host_meta("<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'/>") == []
    assert parse_host_meta_json("{}") == []


def test_only_urls_with_tls_are_for_connecting() -> None:
    links = [
        *LINKS,
        Link(WEBSOCKET, "ws://example.com/ws"),
        Link(WEBSOCKET, "https://example.com/ws"),
        Link(WEBSOCKET, "wss://"),
        Link(WEBSOCKET, "WSS://EXAMPLE.COM/ws"),
        Link(BOSH, "http://example.com/bosh"),
    ]
    assert connection_urls(links) == ["wss://web.example.com:443/ws", "WSS://EXAMPLE.COM/ws"]
    assert connection_urls(links, BOSH) == ["https://web.example.com:5280/bosh"]


def test_made_documents() -> None:
    assert parse_host_meta(make_host_meta(LINKS)) == LINKS
    assert parse_host_meta_json(make_host_meta_json(LINKS)) == LINKS
    awkward = [Link("<&'\">", "https://example.com/?a=<&'\">&b=\u00fc")]
    assert parse_host_meta(make_host_meta(awkward)) == awkward
    assert parse_host_meta_json(make_host_meta_json(awkward)) == awkward


@pytest.mark.parametrize("make", [make_host_meta, make_host_meta_json])
@pytest.mark.parametrize(
    "link", [Link(WEBSOCKET, "ws://example.com/ws"), Link(BOSH, "http://example.com/"), Link("lrdd", "")]
)
def test_what_must_not_be_announced(make: object, link: Link) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match="needs a URL"):
        make([link])


@pytest.mark.parametrize(
    "document",
    [
        "",
        "{}",
        "<XRD/>",
        "<XRD xmlns='urn:example:other'/>",
        "<Link xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'/>",
        "<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>",
        "<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'/><XRD/>",
        "<!DOCTYPE XRD [<!ENTITY a 'b'>]><XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>&a;</XRD>",
        "<!DOCTYPE XRD SYSTEM 'file:///etc/hostname'><XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'/>",
        "<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>\ud800</XRD>",
        b"<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>\xff</XRD>",
        b"<?xml version='1.0' encoding='x-none'?><XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'/>",
    ],
)
def test_what_is_no_xml_document(document: str | bytes) -> None:
    with pytest.raises(ValueError):
        parse_host_meta(document)


@pytest.mark.parametrize(
    "document",
    [
        "",
        "[]",
        "1",
        "null",
        '{"links": {}}',
        '{"links": null}',
        '{"links": [',
        "[" * 100_000,
        b"\xff\xfe\x00",
        "1" * 5000,
    ],
)
def test_what_is_no_json_document(document: str | bytes) -> None:
    with pytest.raises(ValueError):
        parse_host_meta_json(document)


def test_limits() -> None:
    link = "<Link rel='a' href='b'/>"

    def document(inside: str) -> str:
        return f"<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>{inside}</XRD>"

    assert len(parse_host_meta(document(link * (MAXIMUM_LINKS + 1)))) == MAXIMUM_LINKS
    many = json.dumps({"links": [{"rel": "a", "href": "b"}] * (MAXIMUM_LINKS + 1)})
    assert len(parse_host_meta_json(many)) == MAXIMUM_LINKS
    assert parse_host_meta(document(" " * (MAXIMUM_LENGTH - len(document(""))))) == []
    with pytest.raises(ValueError, match="longer than"):
        parse_host_meta(document(" " * (MAXIMUM_LENGTH - len(document("")) + 1)))
    with pytest.raises(ValueError, match="longer than"):
        parse_host_meta_json(" " * (MAXIMUM_LENGTH - 1) + "{}")
    deep = MAXIMUM_DEPTH - 1
    assert parse_host_meta(document("<a>" * deep + "</a>" * deep)) == []
    with pytest.raises(ValueError, match="too deep"):
        parse_host_meta(document("<a>" * (deep + 1) + "</a>" * (deep + 1)))
    assert parse_host_meta(document("<a/>" * (MAXIMUM_ELEMENTS - 1))) == []
    with pytest.raises(ValueError, match="too many elements"):
        parse_host_meta(document("<a/>" * MAXIMUM_ELEMENTS))


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_anything_is_links_or_a_value_error(document: str | bytes) -> None:
    for parse in (parse_host_meta, parse_host_meta_json):
        try:
            parse(document)
        except ValueError:
            continue
