"""Transfers in blocking code. The client works, and peers get their answers, while one of these calls does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from typing import Any, BinaryIO, Self, TypeVar

from xmppwire.im.jingle import FileExchange, Sessions, TransferOptions
from xmppwire.im.jingle.steps import (
    Arrival,
    Close,
    Dial,
    Expect,
    ExpectInBand,
    InBand,
    Plan,
    Read,
    Receive,
    Run,
    Send,
    SendEnd,
    Skip,
    Step,
    Wait,
    Write,
)
from xmppwire.jid import JID
from xmppwire.operation import OperationError
from xmppwire.payload import PayloadError
from xmppwire.protocol.jingle_file_transfer import File, Range
from xmppwire.protocol.socks5_bytestreams import StreamHost

from .. import bytestreams
from ..blocking import Client
from ..bytestreams import Allowed, BlockingListener, anywhere, public
from ..errors import StreamClosedError
from .files import (
    IncomingFile,
    Progress,
    ReceivedFile,
    Sink,
    Source,
    TransfersBase,
    describe,
    open_sink,
    open_source,
    skip,
)

T = TypeVar("T")
MOMENT = 0.5
"""Seconds after which the client works again, while something else is waited for."""
EACH = 2.0
"""Seconds that a host of the peer has at least, where there are many."""
PARTING = 3.0
"""Seconds to tell peers that we are going, for each of them."""


class BlockingFileTransfers(TransfersBase):
    """`FileTransfers` in blocking code: a `with` block, and `next_incoming` in the place of iterating."""

    def __init__(
        self,
        client: Client,
        *,
        allowed: Callable[[JID], bool] | Sessions,
        options: TransferOptions | None = None,
        listener: BlockingListener | None = None,
        hosts: Iterable[str] = (),
        dialling: Allowed = public,
    ) -> None:
        super().__init__(client, allowed, options or TransferOptions(), hosts)
        self.client = client
        self.listener = listener
        self.dialling = dialling
        self.in_band = bytestreams.BlockingInBand(client, self.streams)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._leave()
            self._deliver(PARTING)
        finally:
            self._withdraw()

    def send(
        self,
        peer: JID | str,
        source: Source,
        *,
        name: str | None = None,
        media_type: str | None = None,
        file: File | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Offer a file, and send it: see `FileTransfers.send`."""
        if file is None:
            file = describe(source, name, media_type)
        with ExitStack() as stack:
            opened = open_source(source, stack)
            self._carry_out(self._exchange(progress).send(self.client.jid, JID(peer), file), opened)

    def receive(
        self,
        incoming: IncomingFile,
        sink: Sink,
        *,
        part: Range | None = None,
        limit: int | None = None,
        progress: Progress | None = None,
    ) -> ReceivedFile:
        """Take a file that was offered: see `FileTransfers.receive`."""
        exchange = self._exchange(progress, limit)
        return self._write(
            exchange.receive(incoming.session, part, seen=incoming.file if incoming.offered else None), sink, exchange
        )

    def request(
        self,
        peer: JID | str,
        file: File,
        sink: Sink,
        *,
        limit: int | None = None,
        progress: Progress | None = None,
    ) -> ReceivedFile:
        """Ask for a file: see `FileTransfers.request`."""
        exchange = self._exchange(progress, limit)
        plan = exchange.request(self.client.jid, JID(peer), file)
        return self._write(plan, sink, exchange)

    def serve(
        self, incoming: IncomingFile, source: Source, *, file: File | None = None, progress: Progress | None = None
    ) -> None:
        """Send a file that was asked for: see `FileTransfers.serve`."""
        if file is None:
            file = describe(source, incoming.file.name, incoming.file.media_type)
        with ExitStack() as stack:
            opened = open_source(source, stack)
            self._carry_out(
                self._exchange(progress).serve(
                    incoming.session, file, seen=None if incoming.offered else incoming.file
                ),
                opened,
            )

    def next_incoming(self, timeout: float | None = None) -> IncomingFile | None:
        """The next file that a peer offers or asks for; None where there is none within `timeout` seconds (None: no limit), and
        when the client is at its end."""
        until = None if timeout is None else time.monotonic() + timeout
        while (incoming := self._next_incoming()) is None:
            self._deliver()
            left = 1.0 if until is None else min(1.0, until - time.monotonic())
            if left <= 0 or self.client.session.ended is not None:
                return None
            self.client.wait(left)
        return incoming

    def _write(self, plan: Plan[File], sink: Sink, exchange: FileExchange) -> ReceivedFile:
        with ExitStack() as stack:
            file = self._carry_out(plan, open_sink(sink, stack))
        return ReceivedFile(file, exchange.verified, exchange.route)

    def _carry_out(self, plan: Plan[T], file: BinaryIO) -> T:
        with ExitStack() as stack:
            try:
                return self._take_steps(plan, _Steps(self, file, stack))
            finally:
                plan.close()
                self._deliver()  # before the streams are closed, so that the peer is told why

    def _take_steps(self, plan: Plan[T], steps: _Steps) -> T:
        result: Any = None
        error: Exception | None = None
        while True:
            try:
                step = plan.send(result) if error is None else plan.throw(error)
            except StopIteration as stop:
                return stop.value  # type: ignore[no-any-return]
            result = error = None
            self._deliver()
            try:
                result = steps.do(step)
            except (OSError, OperationError) as raised:
                error = raised
            except PayloadError as raised:
                error = OperationError(f"an answer that cannot be read: {raised}")
                error.__cause__ = raised

    def _deliver(self, timeout: float = 30.0) -> None:
        """Send what the sessions have to send."""
        for session in self.sessions.take_unsent():
            with suppress(OperationError, StreamClosedError):
                self.client.run(session.deliver(), timeout=timeout)

    def wait(self, ready: Callable[[], bool], seconds: float) -> None:
        """Let the client work until `ready()`, or for so many seconds. Raises StreamClosedError."""
        until = time.monotonic() + seconds
        while not ready() and (left := until - time.monotonic()) > 0:
            if self.client.session.ended is not None:
                raise StreamClosedError("the stream is over", self.client.session.ended)
            self._deliver()
            if not ready():
                self.client.wait(min(1.0, left))


class _Steps:
    """The steps of one plan. Streams are closed with the stack."""

    def __init__(self, transfers: BlockingFileTransfers, file: BinaryIO, stack: ExitStack) -> None:
        self._of = transfers
        self._file = file
        self._stack = stack
        self._arrivals: dict[str, bytestreams.BlockingArrival] = {}

    def do(self, step: Step) -> Any:
        """Carry out a step. Raises OSError, OperationError."""
        match step:
            case Run(operation):
                return self._of.client.run(operation)
            case Wait(ready, seconds):
                self._of.wait(ready, seconds)
            case Expect() | Arrival() | Dial() | ExpectInBand() | InBand():
                return self._connect(step)
            case Send(stream, data, seconds):
                stream.timeout = seconds
                stream.send(data)
                self._of.client.wait(0.0)  # a stream over SOCKS5 has nothing to do with the client
            case Receive(stream, seconds):
                return self._receive(stream, seconds)
            case SendEnd(bytestreams.BlockingSocksStream() as stream):
                stream.send_eof()
            case SendEnd(stream) | Close(stream):
                stream.close()
            case Skip(count):
                skip(self._file, count)
            case Read(count):
                return self._file.read(count)
            case Write(data):
                self._file.write(data)
        return None

    def _receive(self, stream: Any, seconds: float) -> bytes:
        def receive(timeout: float) -> bytes:
            stream.timeout = timeout
            data: bytes = stream.receive()
            return data

        if not isinstance(stream, bytestreams.BlockingSocksStream):
            return receive(seconds)
        data = self._beside(receive, seconds)
        self._of.client.wait(0.0)
        return data

    def _beside(self, call: Callable[[float], T], seconds: float) -> T:
        """Wait for what the client has no part in, and let it work now and then. Raises TimeoutError, and what the call
        raises."""
        until = time.monotonic() + seconds
        while True:
            left = until - time.monotonic()
            try:
                return call(max(0.001, min(MOMENT, left)))
            except TimeoutError:
                if left <= MOMENT:
                    raise
            self._of.client.wait(0.0)

    def _connect(self, step: Expect | Arrival | Dial | ExpectInBand | InBand) -> Any:
        """The steps that lead to a stream."""
        match step:
            case Expect(destination):
                return self._expect(destination)
            case Arrival(destination, seconds):
                return self._keep(self._beside(self._arrivals[destination].wait, seconds))
            case Dial(hosts, destination, seconds, ours):
                allowed = anywhere if ours else self._of.dialling
                each = max(seconds / len(hosts), min(seconds, EACH))
                host, stream = bytestreams.dial_blocking(
                    hosts, destination, allowed=allowed, timeout=each, total=seconds
                )
                return host, self._keep(stream)
            case ExpectInBand(peer, transport):
                agreed = (peer, transport.sid)
                self._of.agreed.add(agreed)
                self._stack.callback(self._of.over, agreed)
            case InBand(peer, transport, True):
                size, stanza = transport.block_size, transport.stanza
                in_band = self._of.in_band
                return self._keep(in_band.open(peer, sid=transport.sid, block_size=size, stanza=stanza))
            case InBand(peer, transport, _, seconds):
                accepted = self._keep(self._of.in_band.accept(peer, transport.sid, timeout=seconds))
                self._of.over((peer, transport.sid))
                return accepted
        return None

    def _expect(self, destination: str) -> list[StreamHost]:
        listener = self._of.listener
        if listener is None:
            return []
        try:
            self._arrivals[destination] = self._stack.enter_context(listener.expecting(destination))
        except ValueError:  # a peer has given two streams the same name
            return []
        return listener.streamhosts(self._of.client.jid, *self._of.hosts)

    def _keep(self, stream: Any) -> Any:
        self._stack.callback(_drop, stream)
        return stream


def _drop(stream: Any) -> None:
    """Close a stream, whatever has become of it."""
    with suppress(OSError, OperationError):
        stream.close()
