"""The handshake of SOCKS5 (RFC 1928) for bytestreams (XEP-0065): both halves, bytes cut anywhere, and strangers at the door."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppwire.im.bytestreams import (
    Socks5Client,
    Socks5Error,
    Socks5Handshake,
    Socks5Reply,
    Socks5Server,
    destination_address,
)
from xmppwire.jid import JID

ADDRESS = destination_address("vxf9n471bn46", JID("requester@example.com/foo"), JID("target@example.org/bar"))
REQUEST = b"\x05\x01\x00\x03\x28" + ADDRESS.encode() + b"\0\0"
GREETING = b"\x05\x01\x00"


def expected(address: str) -> bool:
    return address == ADDRESS


def feed(machine: Socks5Handshake, data: bytes, step: int) -> bytes:
    """Hand the bytes in, some at a time; what the machine says to that."""
    for start in range(0, len(data), step):
        machine.receive_data(data[start : start + step])
    return machine.data_to_send()


@pytest.mark.spec("XEP-0065", "5.3.2", "12.2")
@pytest.mark.parametrize("step", [1, 2, 7, 100])
def test_both_halves_come_together_however_the_bytes_are_cut(step: int) -> None:
    client, server = Socks5Client(ADDRESS), Socks5Server(expected)
    assert client.data_to_send() == GREETING
    assert feed(server, GREETING, step) == b"\x05\x00"
    assert feed(client, b"\x05\x00", step) == REQUEST
    assert not server.done
    answer = feed(server, REQUEST, step)
    assert answer == b"\x05\x00\x00\x03\x28" + ADDRESS.encode() + b"\0\0"
    assert (server.done, server.address, server.rest) == (True, ADDRESS, b"")
    assert feed(client, answer, step) == b""
    assert (client.done, client.rest) == (True, b"")


def test_what_comes_behind_the_handshake_belongs_to_the_stream() -> None:
    client, server = Socks5Client(ADDRESS), Socks5Server(expected)
    server.receive_data(GREETING + REQUEST + b"first")  # a client in a hurry
    assert (server.done, server.rest) == (True, b"first")
    client.receive_data(server.data_to_send() + b"bytes")
    assert (client.done, client.rest) == (True, b"bytes")
    client.receive_data(b" more")
    assert client.rest == b"bytes more"


@pytest.mark.parametrize("bound", [b"\x01" + bytes(4), b"\x04" + bytes(16), b"\x03\x00", b"\x03\x02ab"])
def test_the_address_in_the_answer_may_be_of_each_type(bound: bytes) -> None:
    client = Socks5Client(ADDRESS)
    client.receive_data(b"\x05\x00\x05\x00\x00" + bound)
    client.receive_data(b"\0")
    assert not client.done
    client.receive_data(b"\0x")
    assert (client.done, client.rest) == (True, b"x")


@pytest.mark.parametrize(
    ("answer", "text", "reply"),
    [
        (b"HTTP/1.1 400 Bad Request", "not SOCKS5", None),
        (b"\x05\xff", "wants a login", None),
        (b"\x05\x02", "wants a login", None),
        (b"\x05\x00HTTP", "not SOCKS5", None),
        (b"\x05\x00\x05\x02", "not allowed", Socks5Reply.NOT_ALLOWED),
        (b"\x05\x00\x05\x63\x00\x01", "error 99", 99),
        (b"\x05\x00\x05\x00\x00\x09\x00", "unknown type of address", None),
    ],
)
def test_a_server_that_does_not_let_us_in(answer: bytes, text: str, reply: int | None) -> None:
    client = Socks5Client(ADDRESS)
    with pytest.raises(Socks5Error, match=text) as refused:
        client.receive_data(answer)
    assert refused.value.reply == reply
    assert not client.done
    assert client.rest == b""
    with pytest.raises(Socks5Error, match=text):
        client.receive_data(b"\x05\x00")


@pytest.mark.parametrize(
    ("request_", "text", "answer"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "not SOCKS5", b""),
        (b"\x04\x01", "not SOCKS5", b""),
        (b"\x05\x00", "without a login", b"\x05\xff"),
        (b"\x05\x02\x01\x02", "without a login", b"\x05\xff"),
        (GREETING + b"\x05\x02\x00\x03\x01a\0\0", "connection", b"\x05\x00\x05\x07\x00\x01" + bytes(6)),
        (GREETING + b"\x05\x01\x00\x01" + bytes(6), "name", b"\x05\x00\x05\x08\x00\x01" + bytes(6)),
        (GREETING + b"\x05\x01\x00\x03\x04evil\0\0", "nobody offered", b"\x05\x00\x05\x02\x00\x01" + bytes(6)),
        (GREETING + b"\x05\x01\x00\x03\x02\xff\xfe\0\0", "nobody offered", b"\x05\x00\x05\x02\x00\x01" + bytes(6)),
        (GREETING + b"\x04\x01\x00\x03", "not SOCKS5", b"\x05\x00"),
    ],
)
def test_strangers_are_not_let_in(request_: bytes, text: str, answer: bytes) -> None:
    server = Socks5Server(expected)
    with pytest.raises(Socks5Error, match=text):
        server.receive_data(request_)
    assert server.data_to_send() == answer
    assert server.data_to_send() == b""
    assert (server.done, server.address) == (False, None)
    with pytest.raises(Socks5Error, match=text):
        server.receive_data(REQUEST)


@pytest.mark.parametrize("before", [b"", b"\x05", GREETING, GREETING + REQUEST[:-1]])
def test_an_end_within_the_handshake(before: bytes) -> None:
    server = Socks5Server(expected)
    if before:
        server.receive_data(before)
    with pytest.raises(Socks5Error, match="ended"):
        server.receive_data(b"")


def test_the_end_behind_the_handshake_is_none_of_its() -> None:
    server = Socks5Server(expected)
    server.receive_data(GREETING + REQUEST)
    server.receive_data(b"")
    assert server.done


@pytest.mark.parametrize("address", ["", "a" * 256])
def test_an_address_has_room_in_a_request(address: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        Socks5Client(address)


PIECES = st.sampled_from(
    [b"", b"\x05", b"\x00", GREETING, REQUEST, b"\x05\x00", b"\x05\x00\x00\x01", bytes(6), b"\xff"]
)


def outcome(machine: Socks5Handshake, data: bytes, cuts: list[int]) -> tuple[Any, ...]:
    """What becomes of a machine that gets these bytes, cut at these places."""
    said, error = b"", None
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        if start == end:
            continue
        try:
            machine.receive_data(data[start:end])
        except Socks5Error as problem:
            error = str(problem)
        said += machine.data_to_send()
    return said, error, machine.done, machine.rest


@given(st.lists(PIECES | st.binary(max_size=8), max_size=6), st.data())
def test_whatever_comes_it_is_the_same_however_it_is_cut(pieces: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    assert outcome(Socks5Client(ADDRESS), stream, cuts) == outcome(Socks5Client(ADDRESS), stream, [])
    assert outcome(Socks5Server(expected), stream, cuts) == outcome(Socks5Server(expected), stream, [])
