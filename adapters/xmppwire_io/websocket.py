"""XMPP over WebSocket (RFC 7395): the layer between TLS and an engine whose framing is `Framing.WEBSOCKET`. Pure.

    transport <-> TLS layer <-> WebSocketLayer (wsproto) <-> engine

The client's layer begins with the HTTP request, the server's answers it; from then on (`open`) each text message is one
element. Fragments are joined, up to the longest message that the engine may take. Pings are answered here, the last one only,
and the engine hears of them as a sign of life. No extension is used: compression would need bounds of its own, and can give
secrets away.

Needs wsproto (the extra `websocket`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Pong,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from xmppwire.idna import IDNAError, to_ascii_domain
from xmppwire.stream.limits import Limits

SUBPROTOCOL = "xmpp"
PATH = "/xmpp-websocket"
"""Where servers in common use have their endpoint."""

_SIGN_OF_LIFE = b" "
_BLANK = b"  "  # for the engine to refuse: one blank is a sign of life, and none the end
_BINARY = b"\xff"  # cannot begin a text
_ORDERLY = frozenset({1000, 1001})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a URI of a WebSocket says: wss or ws, where to connect, and what to ask for there."""

    secure: bool
    host: str
    port: int
    authority: str
    target: str

    @classmethod
    def parse(cls, uri: str) -> Endpoint:
        """Raises ValueError for what is no ws or wss URI."""
        try:
            parts = urlsplit(uri)
            secure = parts.scheme == "wss"
            if (
                not (secure or parts.scheme == "ws")
                or not parts.hostname
                or parts.username is not None
                or parts.fragment
            ):
                raise ValueError("it looks like wss://host/path")
            host = parts.hostname if ":" in parts.hostname else to_ascii_domain(parts.hostname)
            port = parts.port
        except (IDNAError, ValueError) as error:
            raise ValueError(f"{uri!r} is no URL of a WebSocket: {error}") from None
        default = 443 if secure else 80
        name = f"[{host}]" if ":" in host else host
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if not target.isascii() or not target.isprintable() or " " in target:
            raise ValueError(f"{uri!r} is no URL of a WebSocket: its path needs %-escapes")
        authority = name if port in (None, default) else f"{name}:{port}"
        return cls(secure, host, port or default, authority, target)


class WebSocketLayer:
    """The messages of one connection, as the engine takes and gives them. See `client_layer` and `ServerWebSocket`."""

    def __init__(self, kind: ConnectionType, limit: int, secure: bool) -> None:
        self.secure = secure
        """Whether TLS comes first: then not a byte is written before it."""
        self.open = False
        """Whether the handshake is complete: then messages may be written."""
        self.fault: str | None = None
        """What was wrong, in words, if it did not end in order."""
        self._connection = WSConnection(kind)
        self._limit = limit
        self._output: list[bytes] = []
        self._pong: Pong | None = None
        self._pieces: list[str] = []
        self._size = 0
        self._eof = self._over = self._told = False

    def receive_data(self, data: bytes) -> None:
        """Store what came through TLS; b"" is the end of it."""
        if not data:
            self._eof = True
        elif not self._over:
            try:
                self._connection.receive_data(data)
            except (RemoteProtocolError, UnicodeError, LocalProtocolError) as error:
                hint = getattr(error, "event_hint", None)
                self._refuse(hint if isinstance(hint, RejectConnection) else RejectConnection(), str(error))

    def read(self) -> bytes | None:
        """The next message, or a blank for a ping or pong; None if more bytes are needed; b"" at the end, once."""
        if self._told:
            return None
        if not self._over:
            for event in self._connection.events():
                message = self._take(event)
                if message is not None:
                    return message
                if self._over:
                    break
        if not self._over and not self._eof:
            return None
        self._told = self._over = True
        if not self.open:
            self.fault = self.fault or "the connection ended before there was a WebSocket"
        return b""

    def write(self, message: bytes) -> None:
        """Send a message of the engine."""
        if message == _SIGN_OF_LIFE:
            self._send(Ping())
        else:
            self._send(TextMessage(message.decode()))

    def data_to_send(self) -> bytes:
        """All bytes that wait."""
        if self._pong is not None:
            pong, self._pong = self._pong, None
            self._send(pong)
        data = b"".join(self._output)
        self._output.clear()
        return data

    def close(self) -> None:
        """Begin the closing handshake (RFC 6455 section 7), or answer it."""
        if self.open:
            self._send(CloseConnection(1000))
        self._over = True

    def _send(self, event: Event) -> None:
        try:
            self._output.append(self._connection.send(event))
        except LocalProtocolError:  # closed meanwhile: there is nobody who would read it
            self._over = True

    def _take(self, event: Event) -> bytes | None:
        """Handle what came. What is meant for the engine is returned."""
        if isinstance(event, TextMessage):
            return self._join(event)
        if isinstance(event, BytesMessage):
            return _BINARY
        if isinstance(event, Ping):
            self._pong = event.response()  # only the last one needs an answer (RFC 6455 section 5.5.3)
            return _SIGN_OF_LIFE
        if isinstance(event, Pong):
            return _SIGN_OF_LIFE
        if isinstance(event, CloseConnection):
            self._closed(event)
        else:
            self._shake_hands(event)
        return None

    def _join(self, event: TextMessage) -> bytes | None:
        self._pieces.append(event.data)
        self._size += len(event.data) or 1  # those without content are not for nothing
        if not event.message_finished and self._size <= self._limit:
            return None  # of what is too long, the engine needs to see no more than that
        data = "".join(self._pieces).encode()
        self._pieces.clear()
        self._size = 0
        return _BLANK if not data or data.isspace() else data

    def _closed(self, event: CloseConnection) -> None:
        """The peer closed, or broke the rules of WebSocket, which wsproto tells in the same way."""
        if event.code not in _ORDERLY:
            self.fault = " ".join(["the WebSocket was closed:", str(int(event.code)), event.reason or ""]).rstrip()
        self._send(event.response() if self._remote_closing else CloseConnection(event.code))
        self._over = True

    @property
    def _remote_closing(self) -> bool:
        return self._connection.state is ConnectionState.REMOTE_CLOSING

    def _shake_hands(self, event: Event) -> None:
        raise NotImplementedError

    def _refuse(self, answer: RejectConnection, reason: str) -> None:
        """The handshake of the peer is none."""
        raise NotImplementedError


class _ClientLayer(WebSocketLayer):
    def __init__(self, endpoint: Endpoint, limit: int) -> None:
        super().__init__(ConnectionType.CLIENT, limit, endpoint.secure)
        self._send(Request(host=endpoint.authority, target=endpoint.target, subprotocols=[SUBPROTOCOL]))

    def _shake_hands(self, event: Event) -> None:
        if isinstance(event, AcceptConnection):
            self.open = True
            if event.subprotocol != SUBPROTOCOL:
                self.fault = "the WebSocket there is not for XMPP: the server did not choose the subprotocol 'xmpp'"
                self.close()
        elif isinstance(event, RejectConnection):
            self.fault = _explain(event)
            self._over = True

    def _refuse(self, answer: RejectConnection, reason: str) -> None:
        self.fault = self.fault or f"this is no WebSocket: {reason}"
        self._over = True


class _ServerLayer(WebSocketLayer):
    def __init__(self, path: str, origins: Collection[str] | None, limit: int, secure: bool) -> None:
        super().__init__(ConnectionType.SERVER, limit, secure)
        self._path = path
        self._origins = origins

    def _shake_hands(self, event: Event) -> None:
        if not isinstance(event, Request):
            return
        origin = _header(event.extra_headers, b"origin")
        if event.target.partition("?")[0] != self._path:
            self._refuse(RejectConnection(status_code=404), f"a request for another path than {self._path}")
        elif SUBPROTOCOL not in event.subprotocols:
            self._refuse(RejectConnection(status_code=400), "a request without the subprotocol 'xmpp'")
        elif self._origins is not None and origin is not None and origin not in self._origins:
            self._refuse(RejectConnection(status_code=403), "a request from a page that may not ask")
        else:
            self._send(AcceptConnection(subprotocol=SUBPROTOCOL))
            self.open = True

    def _refuse(self, answer: RejectConnection, reason: str) -> None:
        if not self.open:
            self._send(RejectConnection(answer.status_code, [*answer.headers, (b"connection", b"close")]))
        self.fault = self.fault or reason
        self._over = True


def client_layer(endpoint: Endpoint, limits: Limits) -> WebSocketLayer:
    """The client's end of a connection to that endpoint."""
    return _ClientLayer(endpoint, _longest(limits))


@dataclass(frozen=True, slots=True)
class ServerWebSocket:
    """What a server accepts: requests for `path`, and from web pages only those of `origins` ("https://chat.example"; None:
    all). A program that is no browser sends no origin, and is not kept out by that."""

    path: str = PATH
    origins: Collection[str] | None = None

    def __post_init__(self) -> None:
        if not self.path.startswith("/"):
            raise ValueError(f"{self.path!r} is no path: it begins with '/'")

    def layer(self, limits: Limits, *, secure: bool) -> WebSocketLayer:
        """The server's end of a connection, for an engine with these limits."""
        return _ServerLayer(self.path, self.origins, _longest(limits), secure)


def _longest(limits: Limits) -> int:
    return max(limits.before_login.stanza_bytes, limits.after_login.stanza_bytes)


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in headers if key.lower() == name), None)


def _explain(refusal: RejectConnection) -> str:
    """What a server that refuses the handshake says, as words."""
    code = refusal.status_code
    try:
        text = f"{code} ({HTTPStatus(code).phrase})"
    except ValueError:
        text = str(code)
    place = _header(refusal.headers, b"location")
    if 300 <= code < 400 and place is not None:
        shown = "".join(letter if letter.isprintable() else "?" for letter in place[:200])
        return f"the server answers HTTP {text} and points to {shown}, which is not followed"
    return f"the server answers HTTP {text}: there is no WebSocket at this address"
