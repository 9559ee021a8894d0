"""One conversation of a logged-in client: its history, what is said in it, and what is answered by itself."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TypeVar

from xmppwire import JID, Message, Presence
from xmppwire.im.archive import ArchiveReader
from xmppwire.im.carbons import enable_carbons
from xmppwire.im.conversation import Conversation, Entry, EntryAdded, Refused, SendFailed
from xmppwire.im.disco import fetch_info
from xmppwire.im.messages import Acknowledgements, ChatStates, Composer
from xmppwire.im.rooms import Joined, JoinFailed, Left, Room, accept_defaults
from xmppwire.operation import Operation, OperationError
from xmppwire.payload import PayloadError
from xmppwire.protocol import mam
from xmppwire.protocol.chat_states import ChatStateValue
from xmppwire.protocol.mam_forms import ArchiveFilter
from xmppwire.session import Disconnected, SessionEvent
from xmppwire.stanza import PresenceType
from xmppwire.stream.events import Established, Resumed

from ..loops import Client
from ..terminal import one_line

T = TypeVar("T")

_PAGE = 50
_MOST_PAGES = 50
"""So many pages are fetched of what was missed: rooms have archives of their own, which may go on for ever."""


class Talk:
    """What is said with `peer`, a contact or (as discovery tells, or `room`) a room, where we are called `nick`."""

    def __init__(self, client: Client, peer: JID, nick: str, *, room: bool = False) -> None:
        self.peer = peer.bare
        self.conversation = Conversation(client.jid, self.peer)
        self.notes: list[tuple[int, str]] = []
        self.online = True
        self.left_by_server = False
        """The stream is over, and not because we wanted it so."""
        self.room: Room | None = None
        self._client = client
        self._nick = nick
        self._is_room = room
        self._archive = ArchiveReader(backwards=True)
        self._newest: str | None = None

    # --- the way in -------------------------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Find out with whom we speak, and fetch what was said last."""
        client, peer = self._client, self.peer
        there = await self._ask(fetch_info(peer))
        own = await self._ask(fetch_info(client.jid.bare))
        self._is_room = self._is_room or (
            there is not None and any(one.category == "conference" for one in there.identities)
        )
        known = there if self._is_room else own
        features = [] if known is None else known.features
        self.conversation = Conversation(
            client.jid, peer, room=self._is_room, nick=self._nick if self._is_room else None, features=features
        )
        self._composer = Composer(peer, room=self._is_room)
        self._states = ChatStates(peer, room=self._is_room)
        # Who opens a conversation with somebody by name does not hide from them.
        self._answers = Acknowledgements(client.jid, lambda jid: jid.bare == peer)
        archive = mam.NAMESPACE in features
        of = ArchiveFilter() if self._is_room else ArchiveFilter(correspondent=peer)
        self._archive = ArchiveReader(of, archive=peer if self._is_room else None, backwards=True, limit=_PAGE)
        self._archive.done = not archive
        await client.send(Presence())
        await self._ask(enable_carbons())
        if self._is_room:
            self.room = Room(peer, self._nick)
            if there is not None:
                self.room.learn(there)
            await client.send(self.room.join())
        await self.older()

    async def older(self) -> bool:
        """Fetch what was said before all that is here. Whether there was anything."""
        if self._archive.done:
            return False
        page = await self._ask(self._archive.next_page())
        if page is None:
            self._archive.done = True
            return False
        added = self.conversation.feed_page(page, backwards=True)
        fresh = sum(isinstance(change, EntryAdded) for change in added)
        self.notes = [(place + fresh, text) for place, text in self.notes]
        if self._newest is None and page.messages:
            self._newest = page.messages[-1].id
        return fresh > 0

    async def _again(self) -> None:
        """There is a new stream: fetch what was missed, and be there again."""
        client = self._client
        await client.send(Presence())
        await self._ask(enable_carbons())
        self.conversation.interrupted()
        if self.room is not None:
            await client.send(self.room.join())
        if self._newest is None:
            return
        missed = ArchiveReader(self._archive.filter, archive=self._archive.archive, position=self._newest)
        for _ in range(_MOST_PAGES):
            page = await self._ask(missed.next_page())
            if page is None:
                return
            self.conversation.feed_page(page)
            self._newest = missed.position or self._newest
            if missed.done:
                return
        self.note("more was said than is shown")

    # --- what happens -----------------------------------------------------------------------------------------------

    async def handle(self, event: SessionEvent) -> None:
        """Take an event of the client."""
        match event:
            case Message():
                await self._heard(event)
            case Presence(type=None | PresenceType.UNAVAILABLE):
                self.conversation.feed(event)
            case Disconnected(text=text):
                self.online = False
                self.note(f"no connection: {one_line(text)}; trying again")
            case Resumed():
                self.online = True
                self.note("the stream goes on")
            case Established():
                self.online = True
                self.note("there is a new stream")
                if self.room is not None:
                    self.room.feed(event)  # before we enter again: it ends the visit
                await self._again()
                return
            case _:
                pass
        if self.room is not None:
            match self.room.feed(event):
                case Joined(created=True):
                    await self._ask(accept_defaults(self.peer))
                    self.note("the room is new")
                case JoinFailed(problem=problem):
                    self.note(f"the room does not let us in: {problem.name.lower().replace('_', ' ')}")
                case Left(departure=departure):
                    reason = f": {one_line(departure.reason)}" if departure.reason else ""
                    self.note(f"we are not in the room any more ({departure.cause.name.lower()}{reason})")
                case _:
                    pass

    async def _heard(self, message: Message) -> None:
        for change in self.conversation.feed(message, datetime.now(UTC)):
            match change:
                case EntryAdded(entry=entry):
                    self._newest = entry.ids.stanza_id or self._newest
                case SendFailed(error=error, entry=None):
                    self.note(f"not delivered: {one_line(error)}")
                case Refused(reason=reason):
                    self.note(f"ignored: {one_line(reason)}")
                case _:
                    pass
        if self.room is None:
            self._states.feed(message)
            for answer in (self._answers.receipt(message), self._answers.marker(message)):
                if answer is not None:
                    await self._client.send(answer)

    def note(self, text: str) -> None:
        """Say something that nobody wrote."""
        self.notes = [*self.notes[-99:], (len(self.conversation.entries), text)]

    @property
    def status(self) -> str:
        """How things are, in a line."""
        if not self.online:
            return "no connection"
        typing = [
            who.address.resourcepart or str(who.address)
            for who, state in self.conversation.states.items()
            if state is ChatStateValue.COMPOSING and not who.own
        ]
        if typing:
            return f"{', '.join(typing)} is typing" if len(typing) == 1 else f"{', '.join(typing)} are typing"
        if self.room is not None:
            return f"{len(self.room.occupants)} in the room"
        return ""

    # --- what we do -------------------------------------------------------------------------------------------------

    async def say(self, text: str) -> None:
        """Send a message."""
        plain = self.room is None
        await self._send(self._composer.text(text, receipt=plain, markable=plain))

    async def correct(self, entry: Entry, text: str) -> None:
        """Put another text in the place of one of ours."""
        await self._send(self._composer.correction(entry.ids, text))

    async def _send(self, message: Message) -> None:
        message = self._states.outgoing(message, time.monotonic())
        self.conversation.sent(message, datetime.now(UTC))
        await self._client.send(message)

    async def typed(self, text: str) -> None:
        """The text that is written is another one: the others may be told."""
        now = time.monotonic()
        await self._tell(self._states.composing(now) if text else self._states.active(now))

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is due, by `time.monotonic`."""
        return self._states.next_timeout()

    async def handle_timeout(self) -> None:
        """Nothing was typed for a while."""
        await self._tell(self._states.handle_timeout(time.monotonic()))

    async def _tell(self, state: Message | None) -> None:
        if state is not None and self.online:
            await self._client.send(state)

    def last_own(self) -> Entry | None:
        """The newest message of ours that can be corrected."""
        entries = reversed(self.conversation.entries)
        return next((one for one in entries if one.own and one.retraction is None and one.error is None), None)

    async def _ask(self, operation: Operation[T]) -> T | None:
        """What the operation gives; None where that was refused, did not come, or cannot be read."""
        try:
            return await self._client.run(operation, timeout=10)
        except (OperationError, PayloadError):
            return None
