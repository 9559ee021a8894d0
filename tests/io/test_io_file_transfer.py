"""Files from client to client, at a server of ours: what goes wrong, and what is given up, on each kind of I/O."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest

import xmppwire_io.asyncio
import xmppwire_io.blocking
import xmppwire_io.trio
from tests.io.couple import CONNECT, frameworks, run, serving, two
from xmppwire import JID, Presence
from xmppwire.im.bytestreams import InBandStreams
from xmppwire.im.commands import anybody, only
from xmppwire.im.jingle import (
    NOT_AVAILABLE,
    JingleEvent,
    JingleSession,
    SessionAccepted,
    SessionEnded,
    Sessions,
    SessionState,
    call_contents,
    file_content,
    support_calls,
    support_files,
)
from xmppwire.im.jingle.calls import CallMedia
from xmppwire.im.ping import ping
from xmppwire.operation import IqError, OperationError
from xmppwire.protocol.hashes import Hash
from xmppwire.protocol.in_band_bytestreams import Open
from xmppwire.protocol.jingle import Action, Creator, Jingle, ReasonCondition
from xmppwire.protocol.jingle_file_transfer import File, Range
from xmppwire.protocol.jingle_ice_udp import IceUdpTransport
from xmppwire.protocol.jingle_in_band import InBandTransport
from xmppwire.protocol.jingle_rtp import Media, RtpDescription
from xmppwire.protocol.jingle_socks5 import Socks5Transport
from xmppwire.stanza import ErrorCondition, Iq, PresenceType
from xmppwire.xml import Element
from xmppwire_io.bytestreams import anywhere, listen, listen_blocking
from xmppwire_io.errors import StreamClosedError
from xmppwire_io.file_transfer import (
    BlockingFileTransfers,
    FileTransfers,
    IncomingFile,
    Route,
    TransferEndedError,
    TransferOptions,
)
from xmppwire_io.file_transfer.files import describe, skip

HERE = "127.0.0.1"
DATA = bytes(range(256)) * 200
QUICK = TransferOptions(proxies=False, answer=5, connect=2, settle=5, idle=5)
IN_BAND = replace(QUICK, socks5=False)


@pytest.fixture(scope="module")
def place() -> Generator[dict[str, Any]]:
    with serving() as place:
        yield place


@asynccontextmanager
async def sharing(
    framework: str, place: dict[str, Any], options: TransferOptions = IN_BAND, **keywords: Any
) -> AsyncGenerator[tuple[FileTransfers, FileTransfers]]:
    """What they have for files."""
    async with (
        two(framework, place) as (romeo, juliet),
        FileTransfers(romeo, allowed=anybody, options=options, **keywords) as ours,
        FileTransfers(juliet, allowed=anybody, options=options) as theirs,
    ):
        yield ours, theirs


@contextmanager
def blocking(
    place: dict[str, Any], work: Callable[[BlockingFileTransfers], None], **keywords: Any
) -> Generator[tuple[BlockingFileTransfers, JID]]:
    """What Romeo has for files, and the address of Juliet, who does `work` in a thread."""
    with xmppwire_io.blocking.connect("romeo@capulet.lit", **place) as romeo:
        ready = threading.Event()
        about: list[JID] = []
        failures: list[BaseException] = []

        def play() -> None:
            try:
                with xmppwire_io.blocking.connect("juliet@capulet.lit", **place) as juliet:
                    juliet.send(Presence(romeo.jid))
                    juliet.run(ping("capulet.lit"))
                    with BlockingFileTransfers(juliet, allowed=anybody, options=IN_BAND) as files:
                        about.append(juliet.jid)
                        ready.set()
                        work(files)
            except BaseException as error:
                failures.append(error)
            finally:
                ready.set()

        thread = threading.Thread(target=play)
        thread.start()
        assert ready.wait(10)
        romeo.send(Presence(about[0]))
        romeo.run(ping("capulet.lit"))
        options: dict[str, Any] = {"options": IN_BAND, **keywords}
        with BlockingFileTransfers(romeo, allowed=anybody, **options) as files:
            yield files, about[0]
        thread.join(10)
        assert not failures, failures


@frameworks
def test_a_file_that_is_there_already_is_not_written_over(
    framework: str, place: dict[str, Any], tmp_path: Path
) -> None:
    there, new = tmp_path / "there", tmp_path / "new"
    there.write_bytes(b"precious")

    async def scenario() -> None:
        async with sharing(framework, place) as (ours, theirs), anyio.create_task_group() as tasks:
            tasks.start_soon(ours.send, theirs.client.jid, DATA)
            incoming = await anext(theirs)
            with pytest.raises(FileExistsError):
                await theirs.receive(incoming, there)
            received = await theirs.receive(incoming, new)
            assert (received.verified, received.route) == (True, Route.IN_BAND)

    run(framework, scenario)
    assert there.read_bytes() == b"precious"
    assert new.read_bytes() == DATA


@frameworks
@pytest.mark.spec("XEP-0234", "6.6")
@pytest.mark.parametrize("sender", [True, False])
def test_who_is_cancelled_tells_the_other(framework: str, place: dict[str, Any], sender: bool) -> None:
    async def scenario() -> None:
        async with sharing(framework, place) as (ours, theirs):
            half = anyio.Event()
            other: list[BaseException] = []

            def progress(done: int, total: int | None) -> None:
                half.set()

            async def send() -> None:
                await ours.send(theirs.client.jid, DATA * 20, progress=progress if sender else None)

            async def receive() -> None:
                await theirs.receive(await anext(theirs), io.BytesIO(), progress=None if sender else progress)

            async def cancelled(scope: anyio.CancelScope) -> None:
                with scope:
                    await (send if sender else receive)()

            async def told() -> None:
                try:
                    await (receive if sender else send)()
                except TransferEndedError as error:
                    other.append(error)

            scope = anyio.CancelScope()
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(told)
                tasks.start_soon(cancelled, scope)
                await half.wait()
                scope.cancel()
            (error,) = other
            assert isinstance(error, TransferEndedError)
            assert "cancel" in str(error)

    run(framework, scenario)


@frameworks
def test_who_goes_tells_the_other(framework: str, place: dict[str, Any]) -> None:
    async def scenario() -> None:
        async with (
            two(framework, place) as (romeo, juliet),
            FileTransfers(romeo, allowed=anybody, options=IN_BAND) as ours,
            anyio.create_task_group() as tasks,
        ):

            async def send() -> None:
                with pytest.raises(TransferEndedError) as caught:
                    await ours.send(juliet.jid, DATA)
                assert caught.value.event is not None
                assert caught.value.event.reason is not None
                assert caught.value.event.reason.condition is ReasonCondition.GONE

            async with FileTransfers(juliet, allowed=anybody, options=IN_BAND) as theirs:
                tasks.start_soon(send)
                await anext(theirs)

    run(framework, scenario)


@frameworks
@pytest.mark.spec("XEP-0166", "6.3.2")
def test_who_is_not_allowed(framework: str, place: dict[str, Any]) -> None:
    async def scenario() -> None:
        async with (
            two(framework, place) as (romeo, juliet),
            FileTransfers(romeo, allowed=anybody, options=IN_BAND) as ours,
            FileTransfers(juliet, allowed=only("benvolio@capulet.lit"), options=IN_BAND),
        ):
            with pytest.raises(TransferEndedError) as caught:
                await ours.send(juliet.jid, DATA)
            event = caught.value.event
            assert event is not None
            assert event.error is not None
            assert event.error.condition is ErrorCondition.SERVICE_UNAVAILABLE

    run(framework, scenario)


@frameworks
@pytest.mark.spec("XEP-0260", "6.1")
def test_addresses_of_this_machine_are_not_tried_by_themselves(framework: str, place: dict[str, Any]) -> None:
    async def scenario() -> None:
        async with (
            two(framework, place) as (romeo, juliet),
            listen(HERE) as listener,
            FileTransfers(romeo, allowed=anybody, options=QUICK, listener=listener, hosts=[HERE]) as ours,
            FileTransfers(juliet, allowed=anybody, options=QUICK) as theirs,
            anyio.create_task_group() as tasks,
        ):
            for route in (Route.IN_BAND, Route.DIRECT):
                tasks.start_soon(ours.send, juliet.jid, DATA)
                sink = io.BytesIO()
                received = await theirs.receive(await anext(theirs), sink)
                assert received.route is route
                assert sink.getvalue() == DATA
                theirs.dialling = anywhere

    run(framework, scenario)


@frameworks
def test_files_are_asked_for(framework: str, place: dict[str, Any]) -> None:
    async def scenario() -> None:
        async with sharing(framework, place) as (ours, theirs):

            async def serve() -> None:
                first = await anext(ours)
                assert not first.offered
                with pytest.raises(ValueError, match="offers no file"):
                    await ours.receive(first, io.BytesIO())
                first.decline(NOT_AVAILABLE)
                with pytest.raises(TransferEndedError):
                    await ours.serve(first, DATA)
                await ours.serve(await anext(ours), DATA)
                await ours.serve(await anext(ours), DATA, file=File(size=len(DATA), hashes=[Hash.of(DATA)]))

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(serve)
                sink = io.BytesIO()
                with pytest.raises(TransferEndedError, match="failed-application"):
                    await theirs.request(ours.client.jid, File(name="x"), sink)
                await theirs.request(ours.client.jid, File(name="x", range=Range(offset=10, length=5)), sink)
                received = await theirs.request(ours.client.jid, File(hashes=[Hash.of(DATA)]), sink)
                assert received.verified
                assert sink.getvalue() == DATA[10:15] + DATA

    run(framework, scenario)


@frameworks
def test_a_client_that_ends(framework: str, place: dict[str, Any]) -> None:
    async def scenario() -> None:
        async with sharing(framework, place) as (ours, theirs):
            await theirs.client.aclose()
            assert [one async for one in theirs] == []
            with pytest.raises((TransferEndedError, StreamClosedError)):
                await theirs.send(ours.client.jid, DATA)
            with pytest.raises(TransferEndedError):
                await ours.send(theirs.client.jid, DATA)

    run(framework, scenario)


@frameworks
def test_sessions_about_something_else(framework: str, place: dict[str, Any]) -> None:
    media = CallMedia("audio", RtpDescription(media=Media.AUDIO), IceUdpTransport())

    async def answered(session: JingleSession) -> JingleEvent:
        while not (events := session.take_events()):
            await anyio.sleep(0.02)
        (event,) = events
        return event

    async def scenario() -> None:
        async with two(framework, place) as (romeo, juliet):
            calls = Sessions(anybody)
            support_calls(calls)
            calls.attach(romeo.session.answers)
            async with FileTransfers(juliet, allowed=anybody):
                session = calls.initiate(romeo.jid, juliet.jid, call_contents([media]))
                await romeo.run(session.deliver())
                event = await answered(session)
                assert isinstance(event, SessionEnded)
                assert event.reason is not None
                assert event.reason.condition is ReasonCondition.UNSUPPORTED_APPLICATIONS
            both = Sessions(anybody)
            support_calls(both)
            support_files(both)
            both.attach(juliet.session.answers)
            async with FileTransfers(juliet, allowed=both, options=IN_BAND):
                session = calls.initiate(romeo.jid, juliet.jid, call_contents([media]))
                await romeo.run(session.deliver())
                (theirs,) = both.take_incoming()
                theirs.accept([record.offer for record in theirs.contents.values()])
                assert isinstance(await answered(session), SessionAccepted)
            assert theirs.state is SessionState.ACTIVE  # what is not about files goes on

    run(framework, scenario)


@frameworks
def test_a_peer_that_is_gone(framework: str, place: dict[str, Any]) -> None:
    async def scenario() -> None:
        connect: Any = CONNECT[framework]
        async with sharing(framework, place) as (ours, theirs):
            async with connect("juliet@capulet.lit/tablet", **place) as tablet:
                await tablet.send(Presence(ours.client.jid))
                await until(ours, tablet.jid, None)
                sessions = Sessions(anybody)
                support_files(sessions)
                sessions.attach(tablet.session.answers)
                failures: list[TransferEndedError] = []

                async def send() -> None:
                    with pytest.raises(TransferEndedError) as caught:
                        await ours.send(tablet.jid, DATA)
                    failures.append(caught.value)

                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(send)
                    while not sessions.take_incoming():
                        await anyio.sleep(0.02)
                    await tablet.send(Presence(ours.client.jid, type="unavailable"))
                    await tablet.aclose()
                    await until(ours, tablet.jid, PresenceType.UNAVAILABLE)
            assert "service-unavailable" in str(failures[0])
            assert theirs.client.session.ended is None

    async def until(files: FileTransfers, sender: JID, type_: PresenceType | None) -> None:
        async for event in files.client:
            files.feed(event)
            if isinstance(event, Presence) and event.sender == sender and event.type == type_:
                return

    run(framework, scenario)


def test_in_blocking_code(place: dict[str, Any], tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(DATA)
    got: list[bytes] = []

    def juliet(files: BlockingFileTransfers) -> None:
        incoming = files.next_incoming(10)
        assert incoming is not None
        incoming.decline(ReasonCondition.BUSY)
        incoming = files.next_incoming(10)
        assert incoming is not None
        sink = io.BytesIO()
        files.receive(incoming, sink)
        got.append(sink.getvalue())
        incoming = files.next_incoming(10)
        assert incoming is not None
        files.serve(incoming, source)

    with blocking(place, juliet) as (ours, jid):
        with pytest.raises(TransferEndedError, match="busy"):
            ours.send(jid, source)
        ours.send(jid, source)
        received = ours.request(jid, File(name="source"), tmp_path / "again")
        assert received.verified
        assert ours.next_incoming(0.05) is None
    assert got == [DATA]
    assert (tmp_path / "again").read_bytes() == DATA


def test_blocking_code_that_ends(place: dict[str, Any]) -> None:
    ended: list[Any] = []

    def leave(files: BlockingFileTransfers) -> None:
        assert files.next_incoming(10) is not None

    with blocking(place, leave) as (ours, jid):
        with pytest.raises(TransferEndedError, match="gone"):
            ours.send(jid, DATA)
        ended.append(len(ours.sessions))
    assert ended == [0]


def test_direct_in_blocking_code(place: dict[str, Any]) -> None:
    routes: list[Route | None] = []

    def juliet(files: BlockingFileTransfers) -> None:
        files.options, files.dialling = QUICK, anywhere
        incoming = files.next_incoming(10)
        assert incoming is not None
        routes.append(files.receive(incoming, io.BytesIO()).route)

    with (
        listen_blocking(HERE) as listener,
        blocking(place, juliet, options=QUICK, listener=listener, hosts=[HERE]) as (ours, jid),
    ):
        ours.send(jid, DATA)
    assert routes == [Route.DIRECT]


class Asking(io.BytesIO):
    """A file that is read with a question between."""

    def __init__(self, data: bytes, ask: Callable[[], object]) -> None:
        super().__init__(data)
        self.ask = ask

    def read(self, size: int | None = -1) -> bytes:
        self.ask()
        return super().read(size)


def test_blocking_code_answers_while_it_waits_for_bytes(place: dict[str, Any]) -> None:
    taken = io.BytesIO()

    def juliet(files: BlockingFileTransfers) -> None:
        files.options, files.dialling = QUICK, anywhere
        incoming = files.next_incoming(10)
        assert incoming is not None
        files.receive(incoming, taken)

    with (
        listen_blocking(HERE) as listener,
        blocking(place, juliet, options=QUICK, listener=listener, hosts=[HERE]) as (ours, jid),
    ):
        ours.send(jid, Asking(DATA, lambda: ours.client.run(ping(jid), timeout=3)))
    assert taken.getvalue() == DATA


def test_the_patience_of_blocking_code(place: dict[str, Any]) -> None:
    """Juliet takes no longer than she says, over a connection that stays silent."""
    told: list[BaseException] = []

    def juliet(files: BlockingFileTransfers) -> None:
        files.options, files.dialling = replace(QUICK, idle=0.7), anywhere
        incoming = files.next_incoming(10)
        assert incoming is not None
        before = time.monotonic()
        with pytest.raises(TimeoutError) as caught:
            files.receive(incoming, io.BytesIO())
        assert time.monotonic() - before < 3
        told.append(caught.value)

    def stall() -> None:
        for _ in range(20):
            if not told:
                ours.client.wait(0.1)

    with (
        listen_blocking(HERE) as listener,
        blocking(place, juliet, options=QUICK, listener=listener, hosts=[HERE]) as (ours, jid),
        pytest.raises((TransferEndedError, OSError)),
    ):
        ours.send(jid, Asking(DATA, stall))
    assert told


class Unseekable(io.RawIOBase):
    """A file that can only be read from beginning to end."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._data.read(min(size, 7) if size >= 0 else -1)


def test_what_is_said_about_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"hello")
    told = describe(path, None, "text/plain")
    assert (told.name, told.size, told.media_type) == ("a.txt", 5, "text/plain")
    assert told.date is not None
    assert told.date.microsecond == 0
    assert describe(str(path), "b", None).name == "b"
    assert describe(b"hello", None, None) == File(size=5)
    with path.open("rb") as file:
        file.seek(2)
        assert describe(file, None, None).size == 3
        assert file.tell() == 2
        skip(file, 2)
        assert file.read() == b"o"
    stream: Any = Unseekable(b"0123456789" * 3)
    assert describe(stream, None, None).size is None
    skip(stream, 12)
    assert stream.read(3) == b"234"
    skip(stream, 1000)
    assert stream.read(3) == b""
    with path.open("rb") as file, pytest.raises(OSError, match="no place"):
        skip(file, 2**64 - 1)


# --- what is left behind ------------------------------------------------------------------------------------------------


@frameworks
def test_who_has_left_answers_as_before(framework: str, place: dict[str, Any]) -> None:
    async def scenario() -> None:
        async with two(framework, place) as (romeo, juliet):
            answers = juliet.session.answers
            handlers, features = dict(answers.handlers), list(answers.features)
            async with FileTransfers(juliet, allowed=anybody, options=IN_BAND):
                assert answers.features != features
            assert (answers.handlers, answers.features) == (handlers, features)
            async with FileTransfers(romeo, allowed=anybody, options=IN_BAND) as files:
                with pytest.raises(TransferEndedError, match="service-unavailable"):
                    await files.send(juliet.jid, DATA)

    run(framework, scenario)


def test_who_has_left_answers_as_before_in_blocking_code(place: dict[str, Any]) -> None:
    with xmppwire_io.blocking.connect("romeo@capulet.lit", **place) as romeo:
        answers = romeo.session.answers
        handlers, features = dict(answers.handlers), list(answers.features)
        with BlockingFileTransfers(romeo, allowed=anybody):
            assert answers.features != features
        assert (answers.handlers, answers.features) == (handlers, features)


@frameworks
def test_peers_that_do_not_answer_do_not_keep_others_from_being_told(
    framework: str, place: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xmppwire_io.file_transfer.awaiting.PARTING", 0.5)

    async def scenario() -> None:
        told: list[Action] = []

        async def hear(juliet: Any) -> None:
            async for event in juliet:
                if isinstance(event, Iq) and (jingle := event.get(Jingle)) is not None:
                    told.append(jingle.action)  # noqa: PERF401  # and no answer

        async def send(files: FileTransfers, to: JID) -> None:
            with suppress(TransferEndedError):
                await files.send(to, DATA)

        async with two(framework, place) as (romeo, juliet), anyio.create_task_group() as tasks:
            juliet.session.answers.handle(Jingle.element_names)
            tasks.start_soon(hear, juliet)
            async with FileTransfers(romeo, allowed=anybody, options=IN_BAND) as files:
                for _ in range(3):
                    tasks.start_soon(send, files, juliet.jid)
                while len(told) < 3:
                    await anyio.sleep(0.01)
            assert told.count(Action.SESSION_TERMINATE) == 3
            tasks.cancel_scope.cancel()

    run(framework, scenario)


@frameworks
def test_a_stream_of_a_transfer_is_opened_once(framework: str, place: dict[str, Any]) -> None:
    async def scenario() -> None:
        async with (
            two(framework, place) as (romeo, juliet),
            FileTransfers(juliet, allowed=anybody, options=IN_BAND) as files,
            anyio.create_task_group() as tasks,
        ):
            sessions = Sessions(anybody)
            support_files(sessions)
            sessions.attach(romeo.session.answers)
            streams = InBandStreams(romeo.session.answers, allowed=lambda _peer, _sid: False)
            transport = InBandTransport(sid="s", block_size=100)
            content = file_content("file", File(name="a", size=100), transport, Creator.INITIATOR, offer=True)
            session = sessions.initiate(romeo.jid, juliet.jid, [content])
            await romeo.run(session.deliver())

            async def take() -> None:
                with pytest.raises(TransferEndedError):
                    await files.receive(await anext(files), io.BytesIO())

            tasks.start_soon(take)
            while session.state is not SessionState.ACTIVE:
                await anyio.sleep(0.01)
            stream = await romeo.run(streams.open(juliet.jid, sid="s", block_size=100))
            await romeo.run(stream.close())
            with pytest.raises(IqError, match="not-acceptable"):
                await romeo.run(streams.open(juliet.jid, sid="s", block_size=100))
            session.terminate(ReasonCondition.CANCEL)
            await romeo.run(session.deliver())
            tasks.cancel_scope.deadline = anyio.current_time() + 5
        assert not files.agreed
        assert files.streams.take() is None

    run(framework, scenario)


@frameworks
def test_answers_that_nobody_can_read(framework: str, place: dict[str, Any]) -> None:
    """Each request of a transfer but the first is answered so."""

    async def scenario() -> None:
        async with two(framework, place) as (romeo, juliet), anyio.create_task_group() as tasks:
            sessions = Sessions(anybody)
            support_files(sessions)
            sessions.attach(juliet.session.answers)
            juliet.session.answers.handle(Open.element_names)

            async def unreadable() -> None:
                async for event in juliet:
                    if isinstance(event, Iq) and event.get(Open) is not None:
                        error = Element(("jabber:client", "error"), {"type": "cancel", "by": "@"})
                        await juliet.send(Iq("error", romeo.jid, payload=error, id=event.id))

            async def accept() -> None:
                while not (found := sessions.take_incoming()):
                    await anyio.sleep(0.01)
                found[0].accept([record.offer for record in found[0].contents.values()])
                await juliet.run(found[0].deliver())

            tasks.start_soon(unreadable)
            tasks.start_soon(accept)
            async with FileTransfers(romeo, allowed=anybody, options=IN_BAND) as files:
                with pytest.raises((OperationError, TransferEndedError)):
                    await files.send(juliet.jid, DATA)
            tasks.cancel_scope.cancel()

    run(framework, scenario)


@frameworks
def test_two_streams_of_one_name(framework: str, place: dict[str, Any]) -> None:
    """The peer names both, and so where they are expected."""

    async def scenario() -> None:
        errors: list[Exception] = []
        async with (
            two(framework, place) as (romeo, juliet),
            listen(HERE) as listener,
            FileTransfers(juliet, allowed=anybody, options=QUICK, listener=listener, hosts=[HERE]) as files,
        ):
            sessions = Sessions(anybody)
            support_files(sessions)
            sessions.attach(romeo.session.answers)
            transport = Socks5Transport(sid="same")
            content = file_content("file", File(name="a", size=100), transport, Creator.INITIATOR, offer=True)
            offered = [sessions.initiate(romeo.jid, juliet.jid, [content]) for _ in range(2)]

            async def take(incoming: IncomingFile) -> None:
                try:
                    await files.receive(incoming, io.BytesIO())
                except Exception as error:
                    errors.append(error)

            async with anyio.create_task_group() as tasks:
                for session in offered:
                    await romeo.run(session.deliver())
                    tasks.start_soon(take, await anext(files))
                while any(session.state is not SessionState.ACTIVE for session in offered):
                    await anyio.sleep(0.01)
                for session in offered:
                    session.terminate(ReasonCondition.CANCEL)
                    await romeo.run(session.deliver())
        assert [type(error) for error in errors] == [TransferEndedError] * 2

    run(framework, scenario)
