"""A file over Jingle from beginning to end (XEP-0234), as a plan that an adapter carries out: see `steps`.

    plan = FileExchange(sessions, options).send(own, peer, file)       # offer a file
    plan = FileExchange(sessions, options).request(own, peer, file)    # ask for one
    plan = FileExchange(sessions, options).receive(session)            # take one that was offered
    plan = FileExchange(sessions, options).serve(session, file)        # send one that was asked for

`xmppwire_io.file_transfer` has them as calls. One file goes in a session; others that a peer puts beside it are left out.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from ...jid import JID
from ...operation import OperationError
from ...payload import Payload
from ...protocol import hashes, jingle_file_transfer, jingle_in_band, jingle_socks5
from ...protocol.hashes import PREFERENCE, HashUsed
from ...protocol.jingle import Content, Creator, ReasonCondition, Senders
from ...protocol.jingle_file_transfer import File, FileChecksum, FileReceived, FileTransferDescription, Range
from ...xml import Element
from .applications.file_transfer import (
    UNDERSTOOD,
    FileCheck,
    FileDigest,
    FileIncompleteError,
    FileTransferError,
    file_content,
    file_of,
    part_of,
)
from .connecting import Connecting, Route, TransferEndedError, TransferOptions, words
from .contents import ContentKey
from .session import JingleSession
from .sessions import Sessions
from .state import SessionState
from .steps import Plan, Read, Receive, Send, SendEnd, Skip, Write

T = TypeVar("T")
CHUNK: Final = 64 * 1024
CHECKSUM: Final = 10.0
"""How many seconds a digest may come after the file."""
PARTING: Final = 2.0
"""How many seconds the peer, which is done with the stream, may take to end the session."""


def support_files(sessions: Sessions) -> None:
    """Take sessions about files from now on, over connections and over stanzas, and announce them, and the digests that are
    understood (XEP-0300 section 5). To be called before `attach`."""
    digests = [hashes.FEATURE_PREFIX + name for name in PREFERENCE]
    sessions.support(
        applications=[jingle_file_transfer.NAMESPACE],
        transports=[jingle_socks5.NAMESPACE, jingle_in_band.NAMESPACE],
        infos=UNDERSTOOD,
        features=[hashes.NAMESPACE, *digests],
    )


def offered_file(session: JingleSession) -> tuple[ContentKey, File] | None:
    """The file that a peer offers with a session; None where it offers none."""
    return _file(session, Senders.INITIATOR)


def requested_file(session: JingleSession) -> tuple[ContentKey, File] | None:
    """The file that a peer asks for with a session, as far as it says which; None where it asks for none."""
    return _file(session, Senders.RESPONDER)


def _file(session: JingleSession, senders: Senders) -> tuple[ContentKey, File] | None:
    for key, record in session.contents.items():
        file = file_of(record.offer)
        if file is not None and record.offer.senders is senders and not record.ours:
            return key, file
    return None


class FileExchange:
    """One transfer. `progress` is told how many bytes have gone or come, and how many there are (None: nobody knows); what it
    raises ends the transfer. `limit` is how many bytes are taken: more are refused, or taken no further."""

    def __init__(
        self,
        sessions: Sessions,
        options: TransferOptions | None = None,
        *,
        progress: Callable[[int, int | None], object] | None = None,
        limit: int | None = None,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._sessions = sessions
        self._progress = progress
        self._limit = limit
        self._line = Connecting(options or TransferOptions(), random)
        self.verified = False
        """Whether a digest has shown that what came is the file that was meant."""

    @property
    def route(self) -> Route | None:
        """How the bytes travel, once that is known."""
        return self._line.route

    # --- the four ways ----------------------------------------------------------------------------------------------

    def send(self, own: JID, peer: JID, file: File) -> Plan[None]:
        """Offer a file, and send it as soon as the peer accepts. Raises TransferEndedError, FileTransferError, OSError,
        OperationError."""
        digest = None if file.hashes else FileDigest()
        if digest is not None:
            file = file.replace(hashes_used=[digest.used()])
        yield from self._initiate(own, peer, file, offer=True)
        yield from self._guarded(self._send(file, self._part_wanted(), digest))

    def request(self, own: JID, peer: JID, file: File) -> Plan[File]:
        """Ask for a file, by what is known of it, and write what comes. Returns what the peer says about it, but for digest,
        size and range, if they were known; raises as `send`."""
        yield from self._initiate(own, peer, file, offer=False)
        accepted = self._line.accepted
        told = None if accepted is None else file_of(accepted)
        whole = file if told is None else _asked_for(file, told)
        yield from self._guarded(self._receive(whole, whole.range))
        return whole

    def receive(self, session: JingleSession, part: Range | None = None, *, seen: File | None = None) -> Plan[File]:
        """Accept the file that a session offers, or this part of it, and write it. Returns what the peer says about it. `seen`
        is what it has said before, when somebody looked at it: another file is not taken. Raises ValueError where there is
        none, and as `send`."""
        key, file = _agreed(session, offered_file(session), seen, "this session offers no file")
        yield from self._accept(session, key, file if part is None else file.replace(range=part))
        yield from self._guarded(self._receive(file, file.range if part is None else part))
        return file

    def serve(self, session: JingleSession, file: File, *, seen: File | None = None) -> Plan[None]:
        """Send the file that a session asks for; `file` says what it is. `seen` is what was asked for when somebody looked at
        it: for nothing else is it sent. Raises ValueError where it asks for none, and as `send`."""
        key, wanted = _agreed(session, requested_file(session), seen, "this session asks for no file")
        part = wanted.range
        digest = None if file.hashes else FileDigest()
        used: list[HashUsed] = [] if digest is None else [digest.used()]
        yield from self._accept(session, key, file.replace(range=part, hashes_used=used))
        yield from self._guarded(self._send(file, part, digest))

    # --- negotiation ------------------------------------------------------------------------------------------------

    def _initiate(self, own: JID, peer: JID, file: File, *, offer: bool) -> Plan[None]:
        line = self._line
        transport = yield from line.prepare(own, peer)
        content = file_content("file", file, transport, Creator.INITIATOR, offer=offer)
        session = self._sessions.initiate(own, peer, [content])
        line.begin(session, ContentKey.of(content))
        yield from self._guarded(line.wait(lambda: line.accepted is not None, line.options.answer))

    def _accept(self, session: JingleSession, key: ContentKey, file: File) -> Plan[None]:
        self._line.begin(session, key)
        yield from self._guarded(self._answer(session, key, file))

    def _answer(self, session: JingleSession, key: ContentKey, file: File) -> Plan[None]:
        line, record = self._line, session.contents[key]
        try:
            transport = yield from line.respond(session.own, session.peer, record.transport)
        except ValueError as error:
            raise line.give_up(ReasonCondition.FAILED_TRANSPORT, str(error)) from error
        line.check()
        payloads: list[Payload | Element] = [FileTransferDescription(file=file), transport]
        session.accept([Content(creator=key.creator, name=key.name, senders=record.senders, payloads=payloads)])

    def _part_wanted(self) -> Range | None:
        """The part that the peer wants, as its answer says."""
        file = None if self._line.accepted is None else file_of(self._line.accepted)
        return None if file is None else file.range

    def _guarded(self, plan: Plan[T]) -> Plan[T]:
        """Whatever goes wrong, the peer is told."""
        session = self._line.session
        try:
            return (yield from plan)
        except FileTransferError as error:
            session.terminate(error.reason)
            raise
        except (OSError, OperationError) as error:
            if isinstance(error, ConnectionError | OperationError):
                yield from self._line.hear_out(PARTING)  # who closes the stream may have said why, a moment later
            self._line.check()
            session.terminate(ReasonCondition.CONNECTIVITY_ERROR)
            raise
        except BaseException:
            session.terminate(ReasonCondition.CANCEL)
            raise

    # --- bytes ------------------------------------------------------------------------------------------------------

    def _send(self, file: File, part: Range | None, digest: FileDigest | None) -> Plan[None]:
        line = self._line
        stream = yield from line.connect()
        offset, total = part_of(file.replace(range=part))
        if file.size is not None and offset > file.size:
            raise FileIncompleteError(f"the part that is wanted begins at {offset} of {file.size} bytes")
        if offset:
            yield Skip(offset)
        sent = 0
        while total is None or sent < total:
            data: bytes = yield Read(CHUNK if total is None else min(CHUNK, total - sent))
            if not data:
                break
            if digest is not None:
                digest.feed(data)
            yield Send(stream, data, line.options.idle)
            line.check(unless=ReasonCondition.SUCCESS)  # which may be faster than the last answer
            sent += len(data)
            self._tell(sent, total)
        if total is not None and sent < total:
            raise FileIncompleteError(f"the file ends after {sent} of {total} bytes")
        with suppress(OSError, OperationError):  # the peer may have closed it, and tells whether it has all
            yield SendEnd(stream)  # before anything that needs an answer: a proxy may keep the last bytes until then
        line.check(unless=ReasonCondition.SUCCESS)
        if digest is not None and line.finished is None:
            line.session.inform(digest.checksum(line.key, part))
        yield from self._confirmed()

    def _confirmed(self) -> Plan[None]:
        """Wait until the peer has it: it says so, or ends the session as successful."""
        line = self._line

        def confirmed() -> bool:
            return line.finished is not None or any(_is_receipt(one, line.key) for one in line.infos)

        yield from line.wait(confirmed, line.options.settle)
        yield from line.hear_out(PARTING)
        finished = line.finished
        if finished is None:
            line.session.terminate(ReasonCondition.SUCCESS)
        elif finished.reason is None or finished.reason.condition is not ReasonCondition.SUCCESS:
            raise TransferEndedError(words(finished), finished)

    def _receive(self, file: File, part: Range | None) -> Plan[None]:
        line = self._line
        check = FileCheck(file, part, limit=self._limit)
        stream = yield from line.connect()
        while not check.complete:
            data: bytes = yield Receive(stream, line.options.idle)
            if not data:
                if check.expected is not None:
                    yield from line.hear_out(PARTING)
                    line.check(unless=ReasonCondition.SUCCESS)
                break
            line.check(unless=ReasonCondition.SUCCESS)  # which may be faster than the last bytes
            check.feed(data)
            yield Write(data)
            self._tell(check.received, check.expected)
        yield from self._await_digest(file, check)
        self.verified = check.finish()
        if line.session.state is not SessionState.ENDED:
            line.session.inform(FileReceived(creator=line.key.creator, name=line.key.name))
            line.session.terminate(ReasonCondition.SUCCESS)

    def _await_digest(self, file: File, check: FileCheck) -> Plan[None]:
        """A digest that was promised may come behind the file (section 8.2)."""
        line = self._line

        def known() -> bool:
            for payload in line.infos:
                if isinstance(payload, FileChecksum) and payload.name in (None, line.key.name):
                    check.take_checksum(payload)
            return not check.waits_for_digest

        line.absorb()
        if not known() and file.hashes_used:
            yield from line.pause(known, CHECKSUM)

    def _tell(self, done: int, total: int | None) -> None:
        if self._progress is not None:
            self._progress(done, total)


def _agreed(
    session: JingleSession, found: tuple[ContentKey, File] | None, seen: File | None, fault: str
) -> tuple[ContentKey, File]:
    """The file that a session is about. Raises TransferEndedError where a peer has taken it back, or has another one in its
    place than was `seen`; ValueError where there was none."""
    if found is not None and seen in (None, found[1]):
        return found
    if seen is not None or session.state is SessionState.ENDED:
        session.terminate(ReasonCondition.FAILED_APPLICATION)
        raise TransferEndedError("the file is not there any more")
    raise ValueError(fault)


def _asked_for(file: File, told: File) -> File:
    """What the peer says about a file that we know something of: what comes is to be what was asked for."""
    part = file.range
    if part is not None and not part.hashes and told.range is not None:
        part = part.replace(hashes=told.range.hashes)
    size = told.size if file.size is None else file.size
    return told.replace(range=part, size=size, hashes=file.hashes or told.hashes)


def _is_receipt(payload: object, key: ContentKey) -> bool:
    """Whether the peer says that it has got this file."""
    if not isinstance(payload, FileReceived):
        return False
    return payload.name in (None, key.name) and payload.creator in (None, key.creator)
