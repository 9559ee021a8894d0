"""`xmppwire probe --s2s`: what a server offers to other servers.

A stream is opened as one of them does, and ends where it would have to show who it is, by a certificate or by dialback. Many
servers offer SASL EXTERNAL only to those who show a certificate that they trust: without one it is not seen.
"""

from __future__ import annotations

import argparse
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import closing

from xmppwire import Connection, Element, Limits
from xmppwire.stream.config import S2SOutgoingConfig
from xmppwire.stream.engine import Engine
from xmppwire.stream.events import Event

from .. import resolve
from ..dial import words
from ..driver import Driver
from ..errors import ConnectError, TLSError
from ..polling import Link, Loop, now
from ..resolve import ResolveError, Target, join
from ..tls import ClientTLS

PORTS = {False: 5269, True: 5270}
DIALBACK = ("urn:xmpp:features:dialback", "dialback")
BIDI = ("urn:xmpp:features:bidi", "bidi")
VISITOR = "probe.invalid"
"""Whom we say we are: a server wants a name, and this is nobody's (RFC 2606)."""
_CONNECT_SECONDS = 10.0


def visit(
    arguments: argparse.Namespace,
    context: ssl.SSLContext,
    limits: Limits,
    make: Callable[[S2SOutgoingConfig], Engine] = Connection,
) -> ConnectError:
    """Go as far as one gets without a name; how that ended is an error, as that of `connect` is."""
    attempts: list[tuple[str, str]] = []
    try:
        for target in _targets(arguments):
            for host, port in resolve.addresses(target.host, target.port):
                name = join(host, port) if resolve.is_address(target.host) else f"{target.host} ({join(host, port)})"
                try:
                    sock = socket.create_connection((host, port), _CONNECT_SECONDS)
                except OSError as error:
                    attempts.append((name, words(error)))
                    continue
                config = S2SOutgoingConfig(
                    local=VISITOR,
                    remote=arguments.domain,
                    limits=limits,
                    direct_tls=target.direct_tls,
                    require_tls=False,
                    external=False,
                )
                return _talk(make(config), ClientTLS(context), sock, name, attempts)
    except (ResolveError, ValueError) as error:
        attempts.append((arguments.domain, str(error)))
    reasons = "; ".join(f"{name}: {reason}" for name, reason in attempts) or "no address found"
    return ConnectError(f"cannot connect to {arguments.domain}: {reasons}", attempts)


def _targets(arguments: argparse.Namespace) -> Sequence[Target]:
    direct = bool(arguments.direct_tls)
    if arguments.host is not None or arguments.port is not None:
        host = (arguments.host or arguments.domain).strip("[]")
        return [Target(host, arguments.port or PORTS[direct], direct)]
    return resolve.lookup(arguments.domain, direct_tls=True if direct else None, service="server")


def _talk(
    engine: Engine, tls: ClientTLS, sock: socket.socket, name: str, attempts: list[tuple[str, str]]
) -> ConnectError:
    """Run the stream to its end."""
    events: list[Event] = []
    driver = Driver(engine, tls, on_event=events.append)
    with closing(Loop()) as loop:
        link = Link(driver, sock, loop)
        while driver.ended is None and not link.closed:
            loop.turn()
        driver.close(now())
        while not link.closed:
            loop.turn()
    ended = driver.ended
    reason = driver.tls_fault or (ended and (ended.text or str(ended.error or ended.reason.value))) or "no answer"
    kind = TLSError if driver.tls_fault else ConnectError
    return kind(
        f"cannot speak with {name}: {reason}",
        [*attempts, (name, reason)],
        error=ended.error if ended else None,
        events=events,
    )


def dialback_of(features: Sequence[Element]) -> str:
    """What the features say of dialback (XEP-0220)."""
    for feature in features:
        if feature.name == DIALBACK:
            return "offered, with errors" if feature.find((DIALBACK[0], "errors")) is not None else "offered"
    return "not offered"


def bidirectional(features: Sequence[Element]) -> bool:
    """Whether stanzas may flow in both directions on one stream (XEP-0288)."""
    return any(feature.name == BIDI for feature in features)
