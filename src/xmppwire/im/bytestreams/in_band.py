"""Bytes between two clients in stanzas (XEP-0047), for what is small, or where nothing better gets through.

    streams = InBandStreams(client.session.answers, allowed=lambda peer, sid: (peer, sid) in agreed)

    stream = await client.run(streams.open(juliet))         # we open one
    stream.write(b"...")
    await client.run(stream.send_blocks())
    await client.run(stream.close())

    stream = streams.take()                                 # somebody has opened one
    data = stream.read()                                    # what is there by now; `on_change` tells when there is more
    for iq in streams.take_due():
        await client.send(iq)

`InBand` of `xmppwire_io.bytestreams` makes a stream with `send` and `receive` of that. Servers see all that is sent, and may
slow it down. A program that wants to know when a peer goes offline hands all events to `feed`. It must do so, and send what is
due then, if it lets peers send their blocks in messages.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterator

from ...jid import JID
from ...operation import IqError, Operation, request
from ...payload import Payload, PayloadError
from ...protocol.in_band_bytestreams import NAMESPACE, BlockStanza, Close, Data, Open
from ...session import LATER, Answer, AutomaticAnswers, IqRequest, SessionEvent
from ...stanza import ErrorCondition, ErrorType, Iq, IqType, Message, MessageType, Presence, PresenceType, StanzaError
from ...stream.events import Established, StreamEnded
from .in_band_stream import InBandStream

BLOCK_SIZE = 4096
"""The size of blocks that the standard recommends (section 5)."""
SMALLEST = 256
"""How small the blocks become at most, when a peer wants smaller ones."""
_NAME = re.compile(r"[\w.:-]+")


class InBandStreams:
    """The streams of a client or component, by peer and name.

    Others may open one where `allowed` is true; it gets their address and the name of the stream, which mostly was agreed on
    before. They are told to make their blocks no larger than `max_block_size` bytes; they may send them in messages only with
    `messages`, since then all events must be handed to `feed`. Where there are `limit` streams they are refused. `window` and
    `buffer` are said at `InBandStream`. `random` gives random bytes, for names. `on_stream` is called when somebody has opened
    a stream.
    """

    def __init__(
        self,
        answers: AutomaticAnswers,
        *,
        allowed: Callable[[JID, str], bool],
        messages: bool = False,
        max_block_size: int = 8192,
        limit: int = 20,
        window: int = 4,
        buffer: int = 256 * 1024,
        random: Callable[[int], bytes] = os.urandom,
        on_stream: Callable[[], object] | None = None,
    ) -> None:
        self._allowed = allowed
        self._messages = messages
        self._max_block_size = max_block_size
        self._limit = limit
        self._window = window
        self._buffer = buffer
        self._random = random
        self.on_stream = on_stream
        self._streams: dict[tuple[JID, str], InBandStream] = {}
        self._new: deque[InBandStream] = deque()
        self._due: list[Iq] = []
        answers.register("set", Open, self._answer_open, features=[NAMESPACE])
        answers.register("set", Data, self._answer_data)
        if messages:  # a stream is not to be closed before the messages in front of that are looked at
            answers.handle(Close.element_names)
        else:
            answers.register("set", Close, self._answer_close)

    def __len__(self) -> int:
        """How many streams there are that did not end."""
        return len(self._streams)

    def __iter__(self) -> Iterator[InBandStream]:
        """The streams that did not end."""
        return iter(list(self._streams.values()))

    def take(self, peer: JID | None = None, sid: str | None = None) -> InBandStream | None:
        """The oldest stream that somebody (this peer, by this name, if they are given) has opened and that was not taken yet,
        if there is one."""
        for stream in self._new:
            if peer in (None, stream.peer) and sid in (None, stream.sid):
                self._new.remove(stream)
                return stream
        return None

    def take_due(self) -> list[Iq]:
        """Answers that are to be sent now, after something was read. Each is given once."""
        due = self._due.copy()
        self._due.clear()
        return due

    def open(
        self,
        peer: JID | str,
        *,
        sid: str | None = None,
        block_size: int = BLOCK_SIZE,
        stanza: BlockStanza | str = BlockStanza.IQ,
        timeout: float | None = None,
    ) -> Operation[InBandStream]:
        """Open a stream (section 2.1). Where the peer wants smaller blocks, they become smaller by halves.

        Raises IqError `not-acceptable` where the peer does not want it, and all else that `request` raises; ValueError for a
        name that there is already or that is none, and for sizes that no block has.
        """
        name = self._random(16).hex() if sid is None else sid
        target = JID(peer)
        if _NAME.fullmatch(name) is None or (target, name) in self._streams:
            raise ValueError(f"not a new name for a stream: {name!r}")
        if not 0 < block_size < 65536:
            raise ValueError(f"a block of {block_size} bytes")
        stream = self._add(target, name, block_size, BlockStanza(stanza))
        opened = False
        try:
            while not opened:
                query = Open(sid=name, block_size=stream.block_size, stanza=stream.stanza)
                try:
                    yield from request(Iq("set", target, payload=query), timeout)
                    opened = True
                except IqError as error:
                    small = stream.block_size <= SMALLEST
                    if small or error.error.condition is not ErrorCondition.RESOURCE_CONSTRAINT:
                        raise
                    stream.block_size = max(SMALLEST, stream.block_size // 2)
        finally:
            if not opened:
                self._streams.pop((target, name), None)
        return stream

    def feed(self, event: SessionEvent) -> bool:
        """Look at an event: blocks in messages, with `messages` also the end of a stream, a peer that goes offline, the end of
        the session. Whether it was about a stream, and so concerns nobody else. Afterwards there may be answers due."""
        match event:
            case Message():
                return self._message(event)
            case Iq(type=IqType.SET) if self._messages and event.payload_name in Close.element_names:
                self._due.append(event.result() if self._close(event, event.sender) else event.error_reply(_unknown()))
                return True
            case Presence(type=PresenceType.UNAVAILABLE, sender=JID() as peer):
                self._break_all("the peer is offline", peer)
            case Established() | StreamEnded():
                self._break_all("the connection was lost")
            case _:
                pass
        return False

    # --- what others do -----------------------------------------------------------------------------------------------

    def _answer_open(self, request: IqRequest[Open]) -> Answer:
        asked, peer = request.payload, request.sender
        if peer is None or not asked.sid or not asked.block_size:
            return StanzaError(ErrorCondition.BAD_REQUEST)
        by_message = asked.stanza is BlockStanza.MESSAGE
        if not self._allowed(peer, asked.sid) or (by_message and not self._messages):
            return StanzaError(ErrorCondition.NOT_ACCEPTABLE, ErrorType.CANCEL)
        waits = any((one.peer, one.sid) == (peer, asked.sid) for one in self._new)  # it may be closed already
        if waits or (peer, asked.sid) in self._streams or max(len(self._streams), len(self._new)) >= self._limit:
            return StanzaError(ErrorCondition.NOT_ACCEPTABLE, ErrorType.CANCEL)
        if asked.block_size > self._max_block_size:
            return StanzaError(ErrorCondition.RESOURCE_CONSTRAINT, ErrorType.MODIFY)
        self._new.append(self._add(peer, asked.sid, asked.block_size, asked.stanza))
        if self.on_stream is not None:
            self.on_stream()
        return None

    def _answer_data(self, request: IqRequest[Data]) -> Answer:
        stream = self._find(request.iq, request.sender, Data)
        if stream is None:
            return _unknown()
        try:
            block = request.payload
        except PayloadError as error:
            stream.break_off(f"a block that cannot be read: {error}")
            return StanzaError(ErrorCondition.BAD_REQUEST, ErrorType.CANCEL)
        refused = stream.receive(block)
        if refused is None and stream.full:
            stream.hold(request.iq)
            return LATER
        return refused

    def _answer_close(self, request: IqRequest[Close]) -> Answer:
        return None if self._close(request.iq, request.sender) else _unknown()

    def _close(self, iq: Iq, peer: JID | None) -> bool:
        """Close the stream that a request is about. Whether there is one."""
        stream = self._find(iq, peer, Close)
        if stream is not None:
            stream.end()
        return stream is not None

    def _message(self, message: Message) -> bool:
        stream = self._find(message, message.sender, Data)
        if stream is None or stream.stanza is not BlockStanza.MESSAGE:
            return stream is not None
        if message.type is MessageType.ERROR:
            stream.break_off(f"a block did not arrive: {message.error}")
            return True
        try:
            block = message.get(Data)
        except PayloadError as error:
            stream.break_off(f"a block that cannot be read: {error}")
            return True
        assert block is not None  # noqa: S101 - or there would be no stream for it
        stream.receive(block)
        return True

    # --- the table ----------------------------------------------------------------------------------------------------

    def _add(self, peer: JID, sid: str, block_size: int, stanza: BlockStanza) -> InBandStream:
        stream = InBandStream(
            peer,
            sid,
            block_size,
            stanza,
            window=self._window,
            buffer=self._buffer,
            due=self._due,
            on_end=self._forget,
        )
        self._streams[peer, sid] = stream
        return stream

    def _find(self, stanza: Iq | Message, peer: JID | None, kind: type[Payload]) -> InBandStream | None:
        """The stream that a stanza is about; whether the rest of it can be read does not matter."""
        element = stanza.find(kind.element_names[0])
        sid = None if element is None else element.get("sid")
        return None if peer is None or sid is None else self._streams.get((peer, sid))

    def _forget(self, stream: InBandStream) -> None:
        self._streams.pop((stream.peer, stream.sid), None)

    def _break_all(self, fault: str, peer: JID | None = None) -> None:
        """Break the streams with this peer; None: all."""
        for stream in self:
            if peer is None or stream.peer == peer:
                stream.break_off(fault)


def _unknown() -> StanzaError:
    return StanzaError(ErrorCondition.ITEM_NOT_FOUND, ErrorType.CANCEL)
