"""xmppwire without a framework, in blocking calls: `connect()` for clients, `connect_component()`, `serve()` for servers.

    with connect("juliet@capulet.lit", password="r0m30") as client:
        client.send(Message(to="romeo@montague.lit", body="Art thou not Romeo?"))
        for event in client:
            ...

A client does its work inside calls only: pings are answered, keepalives sent and deadlines kept while one of its methods
runs, and not between. A client belongs to one thread. A server runs in a thread of its own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from contextlib import contextmanager
from typing import Self, TypeVar, Unpack

from xmppwire.jid import JID
from xmppwire.operation import Operation
from xmppwire.session import SessionEvent
from xmppwire.stanza import Stanza
from xmppwire.xml import Element

from .client import ClientBase, Conversation
from .dial import dial
from .errands import Errands, soonest
from .options import ConnectOptions, for_components
from .polling import Link, Loop, now
from .server import Acceptor, Hub, ServeOptions
from .threaded import Server

T = TypeVar("T")


class Client(ClientBase):
    """A logged-in client. Iterate over it for what happens; the last event is `StreamEnded`."""

    def __init__(self, conversation: Conversation, link: Link, loop: Loop) -> None:
        super().__init__(conversation, now)
        self._link = link
        self._loop = loop
        self._errands = Errands(conversation.errand, loop, self._reattach)

    def send(self, item: Stanza | Element) -> None:
        """Send a stanza, and wait while too much is unsent. Raises StreamClosedError, LocalProtocolError.

        With a full backlog nothing is read meanwhile: take events now and then where much is sent and received.
        """
        self._queue(item, now())
        self._turn(0)
        while self._congested:
            self._turn()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> SessionEvent:
        event = self.next_event()
        if event is None:
            raise StopIteration
        return event

    def next_event(self, timeout: float | None = None) -> SessionEvent | None:
        """The next event; None after `timeout` seconds without one (None: no limit), and after the last one."""
        until = None if timeout is None else now() + timeout
        while not self._exhausted:
            if (event := self._take(now())) is not None:
                return event
            left = None if until is None else max(0.0, until - now())
            self._turn(left)
            if left == 0.0:
                return None if self._exhausted else self._take(now())
        return None

    def wait(self, timeout: float) -> None:
        """Work until something has come in, or went out, and take no event; at most `timeout` seconds. For programs that wait
        for what is no event. With a full backlog nothing comes in."""
        if not self._exhausted:
            self._turn(timeout)

    def run(self, operation: Operation[T], *, timeout: float | None = 30.0) -> T:
        """Run an operation and return its result. Raises what it raises; OperationTimeout after `timeout` seconds."""
        running = self._run(operation, now(), timeout)
        try:
            while not running.done:
                self._turn()
        finally:
            running.cancel()
        return running.result()

    def close(self) -> None:
        """Close the stream in order, and the connection. Done by leaving the `with` block. Events are dropped."""
        self._errands.close()
        self._leave(now())
        while not (self._link.closed and self._driver.gone):
            self._loop.turn()

    def detach(self) -> bytes | None:
        """Close the connection and not the stream, which another process can resume: `connect(..., state=...)`. Returns its
        state, in which the event taken last counts as dealt with; None, and nothing happens, if it cannot be resumed."""
        state = self._detach(now())
        while state is not None and not (self._link.closed and self._driver.gone):
            self._loop.turn()
        return state

    def _turn(self, timeout: float | None = None) -> None:
        """Let the loop do what is due, and dial again where it is time."""
        timeout = 0.0 if self._errands.advance() else timeout  # there may be news
        self._loop.turn(soonest(self._due(self._errands.until), None if timeout is None else now() + timeout))
        self._overdue(now())

    def _reattach(self, conversation: Conversation, link: Link) -> None:
        self._attach(conversation)
        self._link = link


@contextmanager
def connect(address: JID | str, **options: Unpack[ConnectOptions]) -> Generator[Client]:
    """Log in as `address`; the options are those of `options.ConnectOptions`.

    Raises ConnectError, and of its kinds TLSError and AuthenticationError; JIDError.
    """
    with contextlib.closing(Loop()) as loop:
        client = _establish(address, options, loop)
        try:
            yield client
        finally:
            client.close()


connect_component = for_components(connect)


def _establish(address: JID | str, options: ConnectOptions, loop: Loop) -> Client:
    with contextlib.closing(Errands(dial(address, options, now), loop)) as errands:
        while not errands.over:
            if not errands.advance():
                loop.turn()
        assert errands.link is not None  # noqa: S101
        return Client(errands.result, errands.link, loop)


@contextmanager
def serve(
    acceptor: Acceptor, host: str = "127.0.0.1", port: int = 0, **options: Unpack[ServeOptions]
) -> Generator[Server]:
    """Accept connections for `acceptor` (a `LocalServer`, for instance). Raises OSError.

    The acceptor is used in the server's thread only.
    """
    server = Server(Hub(acceptor, **options), host, port)
    try:
        yield server
    finally:
        server.close()
