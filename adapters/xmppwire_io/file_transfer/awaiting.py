"""Transfers on asyncio, trio and anyio: the steps of plans, each carried out with `await`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from types import TracebackType
from typing import Any, BinaryIO, Self, TypeVar

import anyio
import anyio.to_thread
from anyio.abc import ByteStream, TaskGroup

from xmppwire.im.jingle import FileExchange, JingleSession, Sessions, TransferOptions
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
from ..awaiting import AsyncClient, single
from ..bytestreams import Allowed, Listener, anywhere, public
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
LOOK = 1.0
"""Seconds after which whoever waits looks whether the client is still there."""
PARTING = 3.0
"""Seconds to tell peers that we are going."""


class FileTransfers(TransfersBase):
    """The transfers of a client, while the `async with` block lasts. Iterate over it for what peers offer and ask for.

    `allowed` says who may do so (`from_contacts(roster)`, for instance). A program that has sessions about something else too
    gives its `Sessions` there, attached and with `support_files`; what these have to send is sent from here. The other
    options are said above and at `TransferOptions`.
    """

    def __init__(
        self,
        client: AsyncClient,
        *,
        allowed: Callable[[JID], bool] | Sessions,
        options: TransferOptions | None = None,
        listener: Listener | None = None,
        hosts: Iterable[str] = (),
        dialling: Allowed = public,
    ) -> None:
        super().__init__(client, allowed, options or TransferOptions(), hosts)
        self.client = client
        self.listener = listener
        self.dialling = dialling
        self.in_band = bytestreams.InBand(client, self.streams)
        self._news = anyio.Event()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._delivering())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        try:
            return await self._stack.__aexit__(kind, error, trace)
        finally:
            self._withdraw()

    # --- transfers --------------------------------------------------------------------------------------------------

    async def send(
        self,
        peer: JID | str,
        source: Source,
        *,
        name: str | None = None,
        media_type: str | None = None,
        file: File | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Offer a file to a client, by its full JID, and send it once that accepts. `file` is what is said about it, where that
        is not to be found out.

        Raises TransferEndedError where the peer does not want it, or it did not arrive; FileTransferError, OSError,
        OperationError; StreamClosedError when the client is at its end; ValueError for ourselves as the peer.
        """
        if file is None:
            file = await anyio.to_thread.run_sync(describe, source, name, media_type)
        with ExitStack() as stack:
            opened = await anyio.to_thread.run_sync(open_source, source, stack)
            plan = self._exchange(progress).send(self.client.jid, JID(peer), file)
            await self._carry_out(plan, opened)

    async def receive(
        self,
        incoming: IncomingFile,
        sink: Sink,
        *,
        part: Range | None = None,
        limit: int | None = None,
        progress: Progress | None = None,
    ) -> ReceivedFile:
        """Take a file that was offered, or a `part` of it. `limit` is how many bytes are taken at most, whatever the peer says.
        What was written stays where the transfer fails. Raises as `send`; ValueError where none is offered."""
        exchange = self._exchange(progress, limit)
        return await self._write(
            exchange.receive(incoming.session, part, seen=incoming.file if incoming.offered else None), sink, exchange
        )

    async def request(
        self,
        peer: JID | str,
        file: File,
        sink: Sink,
        *,
        limit: int | None = None,
        progress: Progress | None = None,
    ) -> ReceivedFile:
        """Ask a client for a file, by what is known of it: a digest, a name, a range. What comes is held against that. How long
        it is, is often for the peer to say: `limit` is how many bytes are taken. Raises as `send`."""
        exchange = self._exchange(progress, limit)
        plan = exchange.request(self.client.jid, JID(peer), file)
        return await self._write(plan, sink, exchange)

    async def serve(
        self, incoming: IncomingFile, source: Source, *, file: File | None = None, progress: Progress | None = None
    ) -> None:
        """Send a file that was asked for. Raises as `send`; ValueError where none is asked for."""
        if file is None:
            told = incoming.file
            file = await anyio.to_thread.run_sync(describe, source, told.name, told.media_type)
        with ExitStack() as stack:
            opened = await anyio.to_thread.run_sync(open_source, source, stack)
            await self._carry_out(
                self._exchange(progress).serve(
                    incoming.session, file, seen=None if incoming.offered else incoming.file
                ),
                opened,
            )

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> IncomingFile:
        while (incoming := self._next_incoming()) is None:
            if self.client.session.ended is not None:
                raise StopAsyncIteration
            await self.changes()
        return incoming

    # --- plans ------------------------------------------------------------------------------------------------------

    async def _write(self, plan: Plan[File], sink: Sink, exchange: FileExchange) -> ReceivedFile:
        with ExitStack() as stack:
            opened = await anyio.to_thread.run_sync(open_sink, sink, stack)
            file = await self._carry_out(plan, opened)
        return ReceivedFile(file, exchange.verified, exchange.route)

    async def _carry_out(self, plan: Plan[T], file: BinaryIO) -> T:
        async with AsyncExitStack() as stack:
            try:
                return await self._take_steps(plan, _Steps(self, file, stack))
            finally:
                plan.close()  # before the streams are, so that the peer is told why

    async def _take_steps(self, plan: Plan[T], steps: _Steps) -> T:
        result: Any = None
        error: Exception | None = None
        while True:
            try:
                step = plan.send(result) if error is None else plan.throw(error)
            except StopIteration as stop:
                return stop.value  # type: ignore[no-any-return]
            result = error = None
            try:
                result = await steps.do(step)
            except (OSError, OperationError) as raised:
                error = raised
            except PayloadError as raised:
                error = OperationError(f"an answer that cannot be read: {raised}")
                error.__cause__ = raised
            except anyio.BrokenResourceError as raised:
                error = ConnectionResetError("the stream broke")
                error.__cause__ = raised

    # --- sessions ---------------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        self._news.set()

    async def changes(self, until: float | None = None) -> None:
        """Wait until something may have changed; a moment, or until that time, at most."""
        if self._news.is_set():
            self._news = anyio.Event()
        left = LOOK if until is None else min(LOOK, until - anyio.current_time())
        with anyio.move_on_after(left):
            await self._news.wait()

    @asynccontextmanager
    async def _delivering(self) -> AsyncGenerator[None]:
        with single():
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._deliver, tasks)
                try:
                    yield
                finally:
                    with anyio.move_on_after(PARTING, shield=True):
                        self._leave()
                        async with anyio.create_task_group() as parting:
                            for session in self.sessions.take_unsent():
                                parting.start_soon(self._deliver_one, session)
                    tasks.cancel_scope.cancel()

    async def _deliver(self, tasks: TaskGroup) -> None:
        while True:
            for session in self.sessions.take_unsent():
                tasks.start_soon(self._deliver_one, session)
            await self.changes()

    async def _deliver_one(self, session: JingleSession) -> None:
        with suppress(OperationError, StreamClosedError):
            await self.client.run(session.deliver())


class _Steps:
    """The steps of one plan. Streams are closed with the stack."""

    def __init__(self, transfers: FileTransfers, file: BinaryIO, stack: AsyncExitStack) -> None:
        self._of = transfers
        self._file = file
        self._stack = stack
        self._arrivals: dict[str, bytestreams.Arrival] = {}

    async def do(self, step: Step) -> Any:
        """Carry out a step. Raises OSError, OperationError, anyio.BrokenResourceError."""
        match step:
            case Run(operation):
                return await self._of.client.run(operation)
            case Wait(ready, seconds):
                await self._wait(ready, seconds)
            case Expect() | Arrival() | Dial() | ExpectInBand() | InBand():
                return await self._connect(step)
            case Send(stream, data, seconds):
                with anyio.fail_after(seconds):
                    await stream.send(data)
            case Receive(stream, seconds):
                with anyio.fail_after(seconds), suppress(anyio.EndOfStream):
                    return await stream.receive()
                return b""
            case SendEnd(stream):
                await stream.send_eof()
            case Close(stream):
                await stream.aclose()
            case Skip(count):
                await anyio.to_thread.run_sync(skip, self._file, count)
            case Read(count):
                return await anyio.to_thread.run_sync(self._file.read, count)
            case Write(data):
                await anyio.to_thread.run_sync(self._file.write, data)
        return None

    async def _wait(self, ready: Callable[[], bool], seconds: float) -> None:
        until = anyio.current_time() + seconds
        while not ready() and anyio.current_time() < until:
            if self._of.client.session.ended is not None:
                raise StreamClosedError("the stream is over", self._of.client.session.ended)
            await self._of.changes(until)

    async def _connect(self, step: Expect | Arrival | Dial | ExpectInBand | InBand) -> Any:
        """The steps that lead to a stream."""
        match step:
            case Expect(destination):
                return await self._expect(destination)
            case Arrival(destination, seconds):
                with anyio.fail_after(seconds):
                    return self._keep(await self._arrivals[destination].wait())
            case Dial(hosts, destination, seconds, ours):
                allowed = anywhere if ours else self._of.dialling
                with anyio.fail_after(seconds):
                    host, stream = await bytestreams.dial(hosts, destination, allowed=allowed, timeout=seconds)
                return host, self._keep(stream)
            case ExpectInBand(peer, transport):
                agreed = (peer, transport.sid)
                self._of.agreed.add(agreed)
                self._stack.callback(self._of.over, agreed)
            case InBand(peer, transport, True):
                size, stanza = transport.block_size, transport.stanza
                in_band = self._of.in_band
                return self._keep(await in_band.open(peer, sid=transport.sid, block_size=size, stanza=stanza))
            case InBand(peer, transport, _, seconds):
                with anyio.fail_after(seconds):
                    accepted = self._keep(await self._of.in_band.accept(peer, transport.sid))
                self._of.over((peer, transport.sid))
                return accepted
        return None

    async def _expect(self, destination: str) -> list[StreamHost]:
        listener = self._of.listener
        if listener is None:
            return []
        try:
            self._arrivals[destination] = await self._stack.enter_async_context(listener.expecting(destination))
        except ValueError:  # a peer has given two streams the same name
            return []
        return listener.streamhosts(self._of.client.jid, *self._of.hosts)

    def _keep(self, stream: ByteStream) -> ByteStream:
        self._stack.push_async_callback(_drop, stream)
        return stream


async def _drop(stream: ByteStream) -> None:
    """Close a stream, whatever has become of it. A peer that does not answer does not hold us up."""
    with anyio.move_on_after(PARTING, shield=True), suppress(OSError, OperationError, anyio.BrokenResourceError):
        await stream.aclose()
