"""Several addresses, of which the first that answers is taken (RFC 8305 section 5, XEP-0495 section 4.4).

The next one is tried when the one before has failed, or has not answered for a moment; those before go on meanwhile. So a
family of addresses that leads nowhere costs a quarter of a second, and not the time that it takes to see that.

What a framework does itself is in its adapter, on top of `Race`; `connect` is for blocking code.
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

DELAY = 0.25
"""Seconds until the next address is tried beside the one before."""
AT_ONCE = 4
"""So many connections are under way together, at most. Who names the addresses is not to say how many sockets we open; two of
each family are enough where one family leads nowhere."""

Place = tuple[str, int]
"""An IP address and a port."""


@dataclass(slots=True)
class Race:
    """Connect to the first of the places that answers. Each has `timeout` seconds for that, and all have `total`, if that is
    given."""

    places: Sequence[Place]
    timeout: float
    total: float | None = None
    won: Place | None = field(default=None, init=False)
    """The place that answered."""
    lost: list[tuple[Place, OSError]] = field(default_factory=list[tuple[Place, OSError]], init=False)
    """Those that failed before, and why."""

    def failed(self, place: Place, error: OSError) -> None:
        """A place cannot be connected to."""
        self.lost.append((place, error))

    def seconds(self, passed: float) -> float:
        """What a place has that is tried now, so many seconds after the beginning."""
        return self.timeout if self.total is None else min(self.timeout, self.total - passed)

    def broken(self, error: OSError) -> None:
        """It ended with an error: there is no connection, whatever there was before."""
        if self.won is not None or not self.lost:
            self.failed(self.won or self.places[0], error)
            self.won = None

    def fault(self) -> OSError:
        """What to raise when no place is left."""
        if self.places and not self.lost:
            return TimeoutError("there was no time to connect")
        return self.lost[-1][1] if self.lost else OSError("no address to connect to")

    def rest(self) -> list[Place]:
        """The places that did neither fail nor answer first."""
        tried = {self.won, *(place for place, _ in self.lost)}
        return [place for place in self.places if place not in tried]


def open_socket(place: Place) -> tuple[socket.socket, tuple[object, ...]]:
    """A socket that does not block, and the address to connect it to. Raises OSError."""
    host, port = place
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
    )[0]
    sock = socket.socket(family, kind, protocol)
    sock.setblocking(False)
    return sock, address


def connect(race: Race) -> socket.socket:
    """The connected socket, with the timeout set. Raises OSError when all places have failed."""
    waiting = list(race.places)
    under_way: dict[socket.socket, tuple[Place, float]] = {}
    next_at = now = begin = time.monotonic()
    with selectors.DefaultSelector() as selector:
        try:
            while waiting or under_way:
                room = waiting and len(under_way) < AT_ONCE
                if room and (not under_way or now >= next_at):
                    seconds = race.seconds(now - begin)
                    if seconds <= 0:
                        waiting.clear()
                    elif _begin(race, waiting.pop(0), selector, under_way, now + seconds):
                        next_at = now + DELAY
                    continue
                due = [until for _, until in under_way.values()] + ([next_at] if room else [])
                ready = {key.fileobj for key, _ in selector.select(max(0.0, min(due) - now))}
                now = time.monotonic()
                for sock, (place, until) in list(under_way.items()):
                    if sock not in ready and now < until:
                        continue
                    fault = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) if sock in ready else errno.ETIMEDOUT
                    selector.unregister(sock)
                    del under_way[sock]
                    if not fault:
                        race.won = place
                        sock.settimeout(race.timeout)
                        return sock
                    sock.close()
                    race.failed(place, OSError(fault, os.strerror(fault)))
                    next_at = now
        finally:
            for sock in under_way:
                sock.close()
    raise race.fault()


def _begin(
    race: Race,
    place: Place,
    selector: selectors.BaseSelector,
    under_way: dict[socket.socket, tuple[Place, float]],
    until: float,
) -> bool:
    """Begin to connect to a place. Whether that is under way."""
    try:
        sock, address = open_socket(place)
    except OSError as error:
        race.failed(place, error)
        return False
    under_way[sock] = (place, until)
    fault = sock.connect_ex(address)
    if fault in (0, errno.EINPROGRESS, errno.EWOULDBLOCK):
        selector.register(sock, selectors.EVENT_WRITE)
        return True
    del under_way[sock]
    sock.close()
    race.failed(place, OSError(fault, os.strerror(fault)))
    return False
