"""The WebSocket layer by itself: handshakes, frames and ends, against wsproto and against bytes written by hand."""

from __future__ import annotations

from typing import Any

import pytest

from xmppwire.stream import Connection, Framing, ServerConfig
from xmppwire.stream.limits import Limits
from xmppwire.xml import XMLLimits

pytest.importorskip("wsproto")

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Ping,
    Pong,
    RejectConnection,
    Request,
    TextMessage,
)

from xmppwire_io.driver import Driver
from xmppwire_io.websocket import Endpoint, ServerWebSocket, WebSocketLayer, client_layer

LIMITS = Limits(after_login=XMLLimits(stanza_bytes=20_000))
REQUEST = (
    b"GET /xmpp-websocket HTTP/1.1\r\nHost: capulet.lit\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat, xmpp\r\n"
)


def server(websocket: ServerWebSocket | None = None) -> WebSocketLayer:
    return (websocket or ServerWebSocket()).layer(LIMITS, secure=False)


def client(uri: str = "ws://capulet.lit/xmpp-websocket") -> WebSocketLayer:
    return client_layer(Endpoint.parse(uri), LIMITS)


def messages(layer: WebSocketLayer) -> list[bytes]:
    """All that is there, the end included."""
    found: list[bytes] = []
    while (message := layer.read()) is not None:
        found.append(message)
    return found


def joined() -> tuple[WebSocketLayer, WSConnection]:
    """An open layer of a server, and the peer as wsproto has it."""
    layer, peer = server(), WSConnection(ConnectionType.CLIENT)
    layer.receive_data(peer.send(Request(host="capulet.lit", target="/xmpp-websocket?x=1", subprotocols=["xmpp"])))
    assert messages(layer) == []
    peer.receive_data(layer.data_to_send())
    assert [type(event) for event in peer.events()] == [AcceptConnection]
    assert layer.open
    return layer, peer


def answer(uri: str = "ws://capulet.lit/xmpp-websocket", **reply: Any) -> WebSocketLayer:
    """A client's layer, and what it makes of a server's answer."""
    layer, peer = client(uri), WSConnection(ConnectionType.SERVER)
    peer.receive_data(layer.data_to_send())
    (request,) = peer.events()
    assert isinstance(request, Request) and request.subprotocols == ["xmpp"]
    reject = "status_code" in reply
    layer.receive_data(peer.send(RejectConnection(**reply) if reject else AcceptConnection(**reply)))
    return layer


@pytest.mark.spec("RFC 7395", "3.1")
def test_two_layers_carry_messages_and_close() -> None:
    one, two = client("wss://capulet.lit:5281/xmpp-websocket"), server()
    assert one.secure and not two.secure
    request = one.data_to_send()
    assert b"Host: capulet.lit:5281\r\n" in request and b"Sec-WebSocket-Protocol: xmpp\r\n" in request
    assert b"Sec-WebSocket-Extensions" not in request and b"Origin" not in request
    two.receive_data(request)
    assert messages(two) == []
    one.receive_data(two.data_to_send())
    assert messages(one) == [] and one.open and two.open
    one.write("<a>\u00e9</a>".encode())
    one.write(b" ")
    two.receive_data(one.data_to_send())
    assert messages(two) == ["<a>\u00e9</a>".encode(), b" "]
    one.receive_data(two.data_to_send())
    assert messages(one) == [b" "]  # the answer to the ping
    one.close()
    two.receive_data(one.data_to_send())
    assert messages(two) == [b""]
    one.receive_data(two.data_to_send())
    one.receive_data(b"")
    assert messages(one) == [b""] and messages(one) == []
    assert one.fault is two.fault is None
    two.write(b"<late/>")
    two.receive_data(b"what comes behind the end")
    assert two.data_to_send() == b""


def test_fragments_are_joined_in_any_pieces() -> None:
    layer, peer = joined()
    text = "<a>" + "\U0001f98a" * 100 + "</a>"
    data = b"".join(
        peer.send(event)
        for event in (
            TextMessage(text[:50], message_finished=False),
            Ping(b"between"),
            TextMessage(text[50:70], message_finished=False),
            TextMessage(text[70:]),
            TextMessage("<b/>"),
        )
    )
    found: list[bytes] = []
    for place in range(len(data)):
        layer.receive_data(data[place : place + 1])
        found += messages(layer)
    assert found == [b" ", text.encode(), b"<b/>"]
    peer.receive_data(layer.data_to_send())
    assert [event.payload for event in peer.events() if isinstance(event, Pong)] == [b"between"]


def test_of_many_pings_the_last_one_is_answered() -> None:
    layer, peer = joined()
    layer.receive_data(b"".join(peer.send(Ping(bytes([number]))) for number in range(50)))
    assert messages(layer) == [b" "] * 50
    peer.receive_data(layer.data_to_send())
    assert [event.payload for event in peer.events() if isinstance(event, Pong)] == [bytes([49])]


@pytest.mark.parametrize(
    ("event", "given"),
    [
        (TextMessage(""), b"  "),
        (TextMessage(" "), b"  "),
        (TextMessage("\n"), b"  "),
        (TextMessage(" <a/>"), b" <a/>"),
        (BytesMessage(b"<a/>"), b"\xff"),
        (BytesMessage(b""), b"\xff"),
    ],
)
def test_what_is_no_message_is_handed_on_to_be_refused(event: Any, given: bytes) -> None:
    layer, peer = joined()
    layer.receive_data(peer.send(event))
    assert messages(layer) == [given]


def test_what_is_too_long_is_not_kept() -> None:
    layer, peer = joined()
    frame = peer.send(TextMessage("<a>" + "x" * 100_000, message_finished=False))
    found: list[bytes] = []
    for place in range(0, len(frame), 1000):
        layer.receive_data(frame[place : place + 1000])
        found += messages(layer)
    assert len(found) == 4 and all(20_000 < len(message) <= 21_000 for message in found)


def test_fragments_without_content_are_counted() -> None:
    layer, peer = joined()
    layer.receive_data(peer.send(TextMessage("<a>", message_finished=False)))
    empty = peer.send(TextMessage("", message_finished=False)) * 1000
    found: list[bytes] = []
    for _ in range(21):
        layer.receive_data(empty)
        found += messages(layer)
    assert found == [b"<a>"]  # with which the message is over, as any that is too long


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x05hello", 1002),  # not masked
        (b"\xf1\x80\0\0\0\0", 1002),  # reserved bits
        (b"\x81\x82\0\0\0\0\xff\xfe", 1007),  # not UTF-8
        (b"\x89\xfe\x01\x00\0\0\0\0", 1002),  # a ping that is too long
    ],
)
def test_frames_that_break_the_rules(data: bytes, code: int) -> None:
    layer, peer = joined()
    layer.receive_data(data)
    assert messages(layer) == [b""]
    assert layer.fault is not None and str(code) in layer.fault
    peer.receive_data(layer.data_to_send())
    assert [event.code for event in peer.events() if isinstance(event, CloseConnection)] == [code]


@pytest.mark.parametrize(
    ("request_", "code", "fault"),
    [
        (REQUEST.replace(b"/xmpp-websocket", b"/other") + b"\r\n", 404, "another path"),
        (REQUEST.replace(b"chat, xmpp", b"chat") + b"\r\n", 400, "subprotocol"),
        (REQUEST.replace(b"13\r\n", b"8\r\n") + b"\r\n", 426, "Version"),
        (REQUEST.replace(b"Upgrade: websocket\r\n", b"") + b"\r\n", 400, "Upgrade"),
        (REQUEST.replace(b"GET", b"POST") + b"\r\n", 400, "GET"),
        (b"<?xml version='1.0'?><stream:stream to='capulet.lit'>\r\n\r\n", 400, "HTTP"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "HTTP"),
        (REQUEST + b"X: " + b"x" * 100_000, 400, "HTTP"),
        (REQUEST.replace(b"Host: capulet.lit", b"Host: \xff\xff") + b"\r\n", 400, ""),
    ],
)
def test_requests_that_are_refused(request_: bytes, code: int, fault: str) -> None:
    layer = server()
    layer.receive_data(request_)
    assert messages(layer) == [b""]
    assert not layer.open
    assert layer.fault is not None and fault in layer.fault
    assert layer.data_to_send().startswith(f"HTTP/1.1 {code} ".encode())
    layer.close()
    assert layer.data_to_send() == b""


@pytest.mark.parametrize(
    ("origin", "code"), [(None, 101), ("https://chat.example", 101), ("https://evil.example", 403), ("null", 403)]
)
def test_pages_of_which_origin_may_connect(origin: str | None, code: int) -> None:
    layer = server(ServerWebSocket(origins=["https://chat.example"]))
    layer.receive_data(REQUEST + (b"" if origin is None else f"Origin: {origin}\r\n".encode()) + b"\r\n")
    messages(layer)
    assert layer.data_to_send().startswith(f"HTTP/1.1 {code} ".encode())


def test_nobody_waits_for_a_handshake_for_ever() -> None:
    config = ServerConfig(domains=["capulet.lit"], require_tls=False, framing=Framing.WEBSOCKET)
    driver = Driver(Connection(config), websocket=server())
    driver.start(0.0)
    driver.receive_data(REQUEST, 1.0)
    assert driver.data_to_send() is None and driver.next_timeout() == 60.0
    driver.handle_timeout(60.0)
    assert driver.over and driver.data_to_send() == b""


def test_a_path_begins_with_a_slash() -> None:
    with pytest.raises(ValueError, match="no path"):
        ServerWebSocket("ws")


@pytest.mark.spec("RFC 7395", "3.1")
def test_a_server_that_does_not_choose_the_subprotocol() -> None:
    layer = answer(subprotocol=None)
    assert messages(layer) == [b""]
    assert layer.fault is not None and "subprotocol" in layer.fault
    assert layer.data_to_send()[:1] == b"\x88"


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ({"status_code": 404}, "HTTP 404 (Not Found): there is no WebSocket"),
        ({"status_code": 599}, "HTTP 599: there"),
        (
            {"status_code": 301, "headers": [(b"location", b"https://other.example/\x1b")]},
            "HTTP 301 (Moved Permanently) and points to https://other.example/",
        ),
    ],
)
def test_refusals_in_words(reply: dict[str, Any], text: str) -> None:
    if "headers" in reply:
        layer = client()
        layer.data_to_send()
        layer.receive_data(b"HTTP/1.1 301 x\r\nLocation: https://other.example/\r\nContent-Length: 0\r\n\r\n")
    else:
        layer = answer(**reply)
    assert messages(layer) == [b""]
    assert layer.fault is not None and text in layer.fault


def test_an_answer_that_is_no_http() -> None:
    layer = client()
    layer.data_to_send()
    layer.receive_data(b"SSH-2.0-OpenSSH\r\n\r\n")
    assert messages(layer) == [b""]
    assert layer.fault == "this is no WebSocket: Bad HTTP message"


def test_the_peer_goes_away_for_a_reason() -> None:
    layer, peer = joined()
    layer.receive_data(peer.send(TextMessage("<a/>")) + peer.send(CloseConnection(1013, "come back later")))
    assert messages(layer) == [b"<a/>", b""]
    assert layer.fault == "the WebSocket was closed: 1013 come back later"


@pytest.mark.parametrize(
    ("uri", "parts"),
    [
        ("wss://capulet.lit/ws", (True, "capulet.lit", 443, "capulet.lit", "/ws")),
        ("ws://capulet.lit", (False, "capulet.lit", 80, "capulet.lit", "/")),
        ("WSS://Capulet.LIT:443/a?b=c", (True, "capulet.lit", 443, "capulet.lit", "/a?b=c")),
        ("wss://[::1]:5281/ws", (True, "::1", 5281, "[::1]:5281", "/ws")),
        ("wss://b\u00fccher.example/", (True, "xn--bcher-kva.example", 443, "xn--bcher-kva.example", "/")),
    ],
)
def test_urls(uri: str, parts: tuple[Any, ...]) -> None:
    endpoint = Endpoint.parse(uri)
    assert (endpoint.secure, endpoint.host, endpoint.port, endpoint.authority, endpoint.target) == parts


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "capulet.lit",
        "https://capulet.lit/",
        "wss://",
        "wss://a b/",
        "wss://capulet.lit:x/",
        "wss://u@capulet.lit/",
        "wss://capulet.lit/#x",
        "wss://capulet.lit/a b",
        "wss://capulet.lit/\u00e9",
        "wss://[::1/",
        "wss://a:99999/",
    ],
)
def test_what_is_no_url(uri: str) -> None:
    with pytest.raises(ValueError, match="is no URL of a WebSocket"):
        Endpoint.parse(uri)
