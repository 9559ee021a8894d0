"""What both ways of transferring files share: the sessions, and the files at this end."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from typing import BinaryIO, TypeAlias

from xmppwire.im.bytestreams import InBandStreams
from xmppwire.im.jingle import (
    FileExchange,
    JingleSession,
    Route,
    Sessions,
    SessionState,
    TransferOptions,
    offered_file,
    plain_name,
    requested_file,
    support_files,
)
from xmppwire.jid import JID
from xmppwire.protocol.jingle import Reason, ReasonCondition
from xmppwire.protocol.jingle_file_transfer import NAMESPACE as FILES
from xmppwire.protocol.jingle_file_transfer import File
from xmppwire.session import AutomaticAnswers, SessionEvent

from ..client import ClientBase

Source: TypeAlias = bytes | str | PathLike[str] | BinaryIO
"""What is sent: bytes, the path of a file, or a file open for reading bytes, from where it stands."""
Sink: TypeAlias = str | PathLike[str] | BinaryIO
"""Where to write: the path of a file that is not there yet, or a file open for writing bytes."""
Progress: TypeAlias = Callable[[int, int | None], object]
"""Is told how many bytes went or came so far, and how many there are (None: nobody knows). What it raises ends the transfer."""


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file that has come. `file` is what the peer says about it; `verified`: a digest has shown that it came as it was;
    `route` says how it came."""

    file: File
    verified: bool
    route: Route | None


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file that a peer offers (`offered`), or asks for; `file` is what it says about it."""

    session: JingleSession
    file: File
    offered: bool

    @property
    def peer(self) -> JID:
        """Who it is."""
        return self.session.peer

    @property
    def name(self) -> str:
        """A name for the file that stays in its folder, whatever the peer has called it."""
        return plain_name(self.file)

    def decline(self, reason: Reason | ReasonCondition = ReasonCondition.DECLINE) -> None:
        """Do not take it, or do not send it (`NOT_AVAILABLE` of `xmppwire.im.jingle`)."""
        self.session.terminate(reason)


class TransfersBase:
    """The sessions of a client, and what it announces."""

    def __init__(
        self,
        client: ClientBase,
        allowed: Callable[[JID], bool] | Sessions,
        options: TransferOptions,
        hosts: Iterable[str],
    ) -> None:
        self.options = options
        self.hosts = tuple(hosts)
        self.agreed: set[tuple[JID, str]] = set()
        answers = self._answers = client.session.answers
        handlers, features = dict(answers.handlers), set(answers.features)
        self.sessions = allowed if isinstance(allowed, Sessions) else _sessions(allowed, answers)
        self._others_changed = self.sessions.changed
        self.sessions.changed = self._pass_on
        self.streams = InBandStreams(answers, allowed=lambda peer, sid: (peer, sid) in self.agreed)
        self._incoming: list[IncomingFile] = []
        self._registered = {
            name: (call, handlers.get(name))
            for name, call in answers.handlers.items()
            if call is not handlers.get(name)
        }
        self._features = set(answers.features) - features

    def feed(self, event: SessionEvent) -> None:
        """Look at an event. Not needed; but then a peer that goes offline, and a stream of ours that begins anew, end transfers
        at once, and not when their time is over."""
        self.sessions.feed(event)
        self.streams.feed(event)

    def _pass_on(self) -> None:
        self._others_changed()
        self._changed()

    def _changed(self) -> None:
        """Something has happened to a session."""

    def _leave(self) -> None:
        """End what is under way."""
        self.sessions.changed = self._others_changed
        for session in self.sessions:
            if session.is_about(FILES):
                session.terminate(ReasonCondition.GONE)

    def _withdraw(self) -> None:
        """Answer no more: what peers send gets the answers that it got before."""
        answers = self._answers
        for name, (ours, before) in self._registered.items():
            if answers.handlers.get(name) is not ours:
                return  # somebody else has taken over
            del answers.handlers[name]
            if before is not None:
                answers.handlers[name] = before
        answers.features = [one for one in answers.features if one not in self._features]

    def over(self, agreed: tuple[JID, str]) -> None:
        """This stream is not to be opened any more. Drop it where a peer has opened it and nobody has taken it."""
        self.agreed.discard(agreed)
        while (stream := self.streams.take(*agreed)) is not None:
            stream.break_off("the transfer is over")

    def _next_incoming(self) -> IncomingFile | None:
        for session in self.sessions.take_incoming(FILES):
            for offered, found in ((True, offered_file(session)), (False, requested_file(session))):
                if found is not None:
                    self._incoming.append(IncomingFile(session, found[1], offered))
                    break
            else:
                session.terminate(ReasonCondition.INCOMPATIBLE_PARAMETERS)
        while self._incoming:
            incoming = self._incoming.pop(0)
            if incoming.session.state is not SessionState.ENDED:  # else it was withdrawn meanwhile
                return incoming
        return None

    def _exchange(self, progress: Progress | None, limit: int | None = None) -> FileExchange:
        return FileExchange(self.sessions, self.options, progress=progress, limit=limit)


def _sessions(allowed: Callable[[JID], bool], answers: AutomaticAnswers) -> Sessions:
    sessions = Sessions(allowed)
    support_files(sessions)
    sessions.attach(answers)
    return sessions


def open_source(source: Source, stack: ExitStack) -> BinaryIO:
    """A file to read from. Raises OSError."""
    if isinstance(source, bytes):
        return io.BytesIO(source)
    if isinstance(source, str | PathLike):
        return stack.enter_context(Path(source).open("rb"))
    return source


def open_sink(sink: Sink, stack: ExitStack) -> BinaryIO:
    """A file to write to. Raises OSError; FileExistsError where it is there already."""
    if isinstance(sink, str | PathLike):
        return stack.enter_context(Path(sink).open("xb"))
    return sink


def describe(source: Source, name: str | None, media_type: str | None) -> File:
    """What is said about a file. Raises OSError."""
    size, date = None, None
    if isinstance(source, bytes):
        size = len(source)
    elif isinstance(source, str | PathLike):
        path = Path(source)
        found = path.stat()
        size, date = found.st_size, datetime.fromtimestamp(int(found.st_mtime), UTC)
        name = path.name if name is None else name
    elif source.seekable():
        start = source.tell()
        size = source.seek(0, os.SEEK_END) - start
        source.seek(start)
    return File(name=name, size=size, media_type=media_type, date=date)


def skip(file: BinaryIO, count: int) -> None:
    """Pass over so many bytes of a file that is read. Raises OSError."""
    if file.seekable():
        try:
            file.seek(count, os.SEEK_CUR)
        except (OverflowError, ValueError) as error:  # what a peer wants may be far behind the end
            raise OSError(f"there is no place {count} bytes from here") from error
        return
    while count and (data := file.read(min(count, 65536))):
        count -= len(data)
