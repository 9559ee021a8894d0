"""The handshake of SOCKS5 (RFC 1928) as bytestreams use it (XEP-0065 section 5.3.2 and 6.3.2): bytes in, bytes out.

    handshake = Socks5Client(destination_address(sid, requester, target))
    while not handshake.done:
        sock.sendall(handshake.data_to_send())
        handshake.receive_data(sock.recv(4096))
    handshake.rest                             # bytes of the stream that came with the last ones

Nobody logs in, and the place to connect to is a host name that is none: a hash that only the two parties of the stream should
know. Bytes may be cut anywhere. The end of the input is b"". Whoever waits for the end of a handshake needs a deadline.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

VERSION = 5
NO_AUTHENTICATION = 0
NOTHING_ACCEPTABLE = 0xFF
CONNECT = 1
IPV4, DOMAIN_NAME, IPV6 = 1, 3, 4


class Socks5Reply(IntEnum):
    """What a server says of a request (RFC 1928 section 6)."""

    SUCCEEDED = 0
    GENERAL_FAILURE = 1
    NOT_ALLOWED = 2
    NETWORK_UNREACHABLE = 3
    HOST_UNREACHABLE = 4
    CONNECTION_REFUSED = 5
    TTL_EXPIRED = 6
    COMMAND_NOT_SUPPORTED = 7
    ADDRESS_TYPE_NOT_SUPPORTED = 8


class Socks5Error(Exception):
    """The handshake failed; the text says why. `reply` is the server's answer, None where it did not come so far."""

    def __init__(self, text: str, reply: int | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.reply = reply

    def __str__(self) -> str:
        return self.text


class Socks5Handshake:
    """What both halves have in common: messages are taken from the front of what was received, as soon as they are whole."""

    def __init__(self, expect: Callable[[], bool]) -> None:
        self._buffer = bytearray()
        self._output = bytearray()
        self._step = expect
        self._failed: Socks5Error | None = None
        self.done = False
        """Whether all that follows belongs to the stream."""

    @property
    def rest(self) -> bytes:
        """What was received beyond the handshake."""
        return bytes(self._buffer) if self.done else b""

    def data_to_send(self) -> bytes:
        """The bytes to send now, each once. There may be some after a failure: send them, then close."""
        data = bytes(self._output)
        self._output.clear()
        return data

    def receive_data(self, data: bytes) -> None:
        """Take what was received; b"" is the end. Raises Socks5Error."""
        if self._failed is not None:
            raise self._failed
        self._buffer += data
        try:
            while not self.done and self._step():
                pass
            if not data and not self.done:
                raise Socks5Error("the connection ended before the handshake did")
        except Socks5Error as error:
            self._failed = error
            self._buffer.clear()
            raise

    def _take(self, count: int) -> bytes | None:
        """The next message, of so many bytes, once it is there."""
        if len(self._buffer) < count:
            return None
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _starts_with_version(self) -> None:
        if self._buffer and self._buffer[0] != VERSION:
            raise Socks5Error("this is not SOCKS5")


class Socks5Client(Socks5Handshake):
    """The half of whoever has connected. `address` is what to ask for: `destination_address(...)`."""

    def __init__(self, address: str) -> None:
        super().__init__(self._method)
        name = address.encode("ascii")
        if not 0 < len(name) < 256:
            raise ValueError(f"not an address to ask for: {address!r}")
        self._request = bytes((VERSION, CONNECT, 0, DOMAIN_NAME, len(name))) + name + b"\0\0"
        self._output += bytes((VERSION, 1, NO_AUTHENTICATION))

    def _method(self) -> bool:
        self._starts_with_version()
        answer = self._take(2)
        if answer is None:
            return False
        if answer[1] != NO_AUTHENTICATION:
            raise Socks5Error("the server wants a login")
        self._output += self._request
        self._step = self._reply
        return True

    def _reply(self) -> bool:
        self._starts_with_version()
        if len(self._buffer) < 2:
            return False
        code = self._buffer[1]
        if code != Socks5Reply.SUCCEEDED:
            names = {reply.value: reply.name.replace("_", " ").lower() for reply in Socks5Reply}
            what = names.get(code, f"error {code}")
            raise Socks5Error(f"the server refuses: {what}", code)
        if len(self._buffer) < 5:
            return False
        length = _address_length(self._buffer)
        if length is None:
            raise Socks5Error("the server answers with an unknown type of address")
        self.done = self._take(4 + length + 2) is not None
        return self.done


class Socks5Server(Socks5Handshake):
    """The half of a listener. `expected` says whether an address is one that was agreed on; whoever names it is let in, and
    `address` says which it was. `expected` is asked once, and may take the address as used."""

    def __init__(self, expected: Callable[[str], bool]) -> None:
        super().__init__(self._greeting)
        self._expected = expected
        self.address: str | None = None

    def _greeting(self) -> bool:
        self._starts_with_version()
        if len(self._buffer) < 2:
            return False
        greeting = self._take(2 + self._buffer[1])
        if greeting is None:
            return False
        if NO_AUTHENTICATION not in greeting[2:]:
            self._output += bytes((VERSION, NOTHING_ACCEPTABLE))
            raise Socks5Error("the client does not come without a login")
        self._output += bytes((VERSION, NO_AUTHENTICATION))
        self._step = self._request
        return True

    def _request(self) -> bool:
        self._starts_with_version()
        if len(self._buffer) < 5:
            return False
        if self._buffer[1] != CONNECT:
            self._refuse(Socks5Reply.COMMAND_NOT_SUPPORTED, "the client does not ask for a connection")
        if self._buffer[3] != DOMAIN_NAME:
            self._refuse(Socks5Reply.ADDRESS_TYPE_NOT_SUPPORTED, "the client does not ask for a name")
        request = self._take(5 + self._buffer[4] + 2)
        if request is None:
            return False
        name = request[5:-2]
        address = name.decode("ascii", "replace")
        if not self._expected(address):
            self._refuse(Socks5Reply.NOT_ALLOWED, "the client asks for what nobody offered")
        self.address = address
        self._output += bytes((VERSION, Socks5Reply.SUCCEEDED, 0)) + request[3:]
        self.done = True
        return True

    def _refuse(self, reply: Socks5Reply, text: str) -> None:
        self._output += bytes((VERSION, reply, 0, IPV4)) + bytes(6)
        raise Socks5Error(text, reply)


def _address_length(reply: bytearray) -> int | None:
    """How long the address in a message is; None for an unknown type."""
    return {IPV4: 4, DOMAIN_NAME: 1 + reply[4], IPV6: 16}.get(reply[3])
