"""Where a WebSocket is: by its URL, or as a domain's host-meta documents say (XEP-0156), fetched over HTTPS.

What fetches waits for the network: in an event loop it belongs into a thread. The document is what ties the endpoint, which
may be anybody's, to the domain (RFC 7395 section 4): so the certificate of whoever has the document is checked as always, a
redirect may not leave HTTPS, and what is read is bounded.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from threading import Timer
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from xmppwire.idna import to_ascii_domain
from xmppwire.protocol.host_meta import (
    MAXIMUM_LENGTH,
    WEBSOCKET,
    connection_urls,
    parse_host_meta,
    parse_host_meta_json,
)
from xmppwire.stream.limits import Limits

from . import race
from .resolve import MAX_ADDRESSES, ResolveError, Target, addresses

if TYPE_CHECKING:
    from .websocket import Endpoint, WebSocketLayer

_REDIRECTS = 3
_MOVED = frozenset({301, 302, 303, 307, 308})


def web_address(option: str | bool | None, domain: str) -> str | None:
    """The URL that the option `websocket` stands for: of the WebSocket, or of the document that says where it is; None if
    there is to be none. Raises ValueError."""
    if option is None or option is False:
        return None
    if option is True:
        _endpoint(f"wss://{to_ascii_domain(domain)}")  # that wsproto is missing is better said at once
        return f"https://{to_ascii_domain(domain)}/.well-known/host-meta"
    scheme, colon, rest = option.partition(":")
    uri = scheme.lower() + colon + rest
    if not uri.startswith("https:"):
        _endpoint(uri)
    return uri


def web_targets(uris: Iterable[str], secure: bool, refused: list[tuple[str, str]]) -> list[Target]:
    """Where to go for these URIs; those that are of no use, or not `secure` where they must be, are among the `refused`."""
    targets: list[Target] = []
    for uri in uris:
        try:
            endpoint = _endpoint(uri)
            if secure and not endpoint.secure:
                raise ValueError("it is less secure than where we come from")
            targets.append(Target(endpoint.host, endpoint.port, endpoint.secure, uri))
        except ValueError as error:
            refused.append((uri, str(error)))
    return targets


def web_layer(uri: str, limits: Limits) -> WebSocketLayer:
    """The client's end of the WebSocket at this URL. Raises ValueError."""
    from .websocket import client_layer

    return client_layer(_endpoint(uri), limits)


def _endpoint(uri: str) -> Endpoint:
    try:
        from .websocket import Endpoint
    except ImportError:
        raise ValueError("a WebSocket needs wsproto (the extra `websocket`)") from None
    return Endpoint.parse(uri)


def websocket_uris(uri: str, context: ssl.SSLContext, timeout: float = 10.0) -> list[str]:
    """The WebSockets that a host-meta document names: the one at `uri`, or in JSON beside it. Raises ResolveError.

    `timeout` is for each connection; all together may take three times as long.
    """
    reasons: list[str] = []
    until = time.monotonic() + 3 * timeout
    for place in dict.fromkeys((uri, uri if uri.endswith(".json") else f"{uri}.json")):
        try:
            document = _fetch(place, context, timeout, until)
            links = parse_host_meta_json(document) if place.endswith(".json") else parse_host_meta(document)
        except (OSError, ValueError, http.client.HTTPException) as error:
            reasons.append(f"{place}: {error or type(error).__name__}")
            continue
        if found := [link for link in connection_urls(links, WEBSOCKET) if link.isascii() and link.isprintable()]:
            return found
        reasons.append(f"{place}: it names no WebSocket")
    raise ResolveError("; ".join(reasons))


class _Connection(http.client.HTTPSConnection):
    """One that races addresses, and is bounded in time."""

    def __init__(self, host: str, port: int | None, *, timeout: float, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=timeout, context=context)
        self._tls = context
        self._seconds = timeout

    def connect(self) -> None:
        places = addresses(self.host, self.port)[:MAX_ADDRESSES]
        sock = race.connect(race.Race(places, self._seconds, self._seconds))
        try:
            self.sock = self._tls.wrap_socket(sock, server_hostname=self.host)
        except BaseException:
            sock.close()
            raise


def _fetch(uri: str, context: ssl.SSLContext, timeout: float, until: float) -> bytes:
    """The body of a GET. Raises OSError, ValueError, HTTPException."""
    for _ in range(_REDIRECTS + 1):
        if (left := until - time.monotonic()) <= 0:
            raise TimeoutError("it took too long")
        parts = urlsplit(uri)
        if parts.scheme != "https" or not parts.hostname:
            raise ValueError("not a place that is reached over HTTPS")
        timeout = min(timeout, left)
        connection = _Connection(parts.hostname, parts.port, timeout=timeout, context=context)
        end = Timer(left, lambda: None)
        try:
            connection.connect()
            # A timeout of a socket is for what comes next, and a byte now and then is enough for that.
            end = Timer(until - time.monotonic(), partial(_cut, connection.sock))
            end.daemon = True
            end.start()
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("GET", target, headers={"Accept": "*/*", "User-Agent": "xmppwire"})
            response = connection.getresponse()
            if response.status in _MOVED and (place := response.getheader("Location")) is not None:
                uri = urljoin(uri, place)
                continue
            if response.status != 200:
                raise ValueError(f"HTTP {response.status}")
            document = response.read(MAXIMUM_LENGTH + 1)
        except (OSError, http.client.HTTPException):
            if time.monotonic() < until:
                raise
            raise TimeoutError("it took too long") from None
        finally:
            end.cancel()
            connection.close()
        if time.monotonic() >= until:
            raise TimeoutError("it took too long")  # and may have been cut off
        if len(document) > MAXIMUM_LENGTH:
            raise ValueError(f"longer than {MAXIMUM_LENGTH} bytes")
        return document
    raise ValueError("too many redirects")


def _cut(sock: socket.socket) -> None:
    """Whoever reads there finds the end."""
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)  # the layer above belongs to the reader
