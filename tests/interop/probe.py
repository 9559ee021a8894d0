"""What a server offers, found out with a bare socket: the tests' own eyes, apart from the engine."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

STARTTLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"


@dataclass(frozen=True, slots=True)
class Offer:
    """The features of a server: SASL mechanisms, channel-binding types (None: no list), and whether STARTTLS."""

    mechanisms: frozenset[str]
    bindings: frozenset[str] | None
    starttls: bool


def before_tls(host: str, port: int, domain: str) -> Offer:
    """What is offered in the clear."""
    with socket.create_connection((host, port), 10) as sock:
        return _features(sock, domain)


def after_tls(host: str, port: int, domain: str, ca: Path, version: ssl.TLSVersion) -> Offer:
    """What is offered once STARTTLS is done with this version of TLS."""
    context = ssl.create_default_context(cafile=str(ca))
    context.minimum_version = context.maximum_version = version
    for _ in range(4):  # see `_patient` in harness
        with contextlib.suppress(EOFError):
            return _secured(host, port, domain, context)
    return _secured(host, port, domain, context)


def _secured(host: str, port: int, domain: str, context: ssl.SSLContext) -> Offer:
    with socket.create_connection((host, port), 10) as sock:
        _features(sock, domain)
        sock.sendall(STARTTLS)
        _read(sock, b"<proceed")
        with context.wrap_socket(sock, server_hostname=domain) as secure:
            return _features(secure, domain)


def _features(sock: socket.socket, domain: str) -> Offer:
    sock.sendall(
        f"<stream:stream to='{domain}' version='1.0' xmlns='jabber:client' "
        "xmlns:stream='http://etherx.jabber.org/streams'>".encode()
    )
    data = _read(sock, b"</stream:features>")
    bindings = re.findall(rb"<channel-binding [^>]*type=['\"]([^'\"]+)", data)
    return Offer(
        frozenset(name.decode() for name in re.findall(rb"<mechanism[^>s]*>([^<]+)", data)),
        frozenset(name.decode() for name in bindings) if bindings else None,
        b"urn:ietf:params:xml:ns:xmpp-tls" in data,
    )


def _read(sock: socket.socket, end: bytes) -> bytes:
    data = b""
    while end not in data:
        piece = sock.recv(65536)
        if not piece:
            raise EOFError(data.decode(errors="replace"))
        data += piece
    return data
