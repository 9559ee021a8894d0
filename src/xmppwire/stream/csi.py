"""What a server can hold back from a client that nobody looks at (XEP-0352), as the notes on mobile devices advise (XEP-0286).

    held = HeldTraffic()                                  # one for each client
    for each in held.offer(stanza): connection.send(each, now)            # in place of connection.send(stanza, now)
    for each in held.set_active(event.active): connection.send(each, now)        # on ClientStateChanged

While the client is inactive, `offer` gives nothing back for a stanza that can wait. One that cannot brings along all that
waits, in order, since the radio of the client is awake then anyway; `release` does so at any other good moment, such as when
the client has sent something. What is outdated by the next one of its kind is replaced: of presence only the latest of each
sender is kept, of events of personal eventing the latest of each item. Messages that only tell who is typing are dropped.

`judge` says what can wait; give a function of your own for another policy. Nothing here knows of a connection or of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from ..protocol import (
    carbons,
    chat_states,
    delay,
    displayed_markers,
    forward,
    hints,
    muc_user,
    pubsub_event,
    receipts,
    stanza_id,
)
from ..stanza import Message, MessageType, Presence, PresenceType, Stanza, write_stanza
from ..stanza.content import CLIENT_NAMESPACE
from ..xml import Element, Name

EVENT: Name = (pubsub_event.NAMESPACE, "event")
MUC_USER: Name = muc_user.MucUser.element_names[0]
FORWARDED: Name = forward.Forwarded.element_names[0]
MESSAGE: Name = (CLIENT_NAMESPACE, "message")
CARBONS = (carbons.ReceivedCarbon.element_names[0], carbons.SentCarbon.element_names[0])
MARKERS = frozenset({receipts.Receipt.element_names[0], *displayed_markers.Displayed.element_names})
ABOUT = frozenset({hints.NAMESPACE, stanza_id.NAMESPACE, delay.NAMESPACE})
"""What says something about a message and is none itself."""

SINGLE_NODES = frozenset(
    {
        "http://jabber.org/protocol/activity",
        "http://jabber.org/protocol/geoloc",
        "http://jabber.org/protocol/mood",
        "http://jabber.org/protocol/nick",
        "http://jabber.org/protocol/tune",
        "urn:xmpp:avatar:metadata",
        "urn:xmpp:omemo:2:devices",
        "eu.siacs.conversations.axolotl.devicelist",
    }
)
"""Nodes that hold one item at a time, whatever its id: the latest event of such a node is all there is to know."""


class Urgency(Enum):
    """What becomes of a stanza for an inactive client."""

    NOW = "now"
    LATER = "later"
    NEVER = "never"


class Judgement(NamedTuple):
    """How urgent a stanza is. One that can wait takes the place of an earlier one with the same `key`, if it is not None."""

    urgency: Urgency
    key: Hashable = None


NOW = Judgement(Urgency.NOW)
LATER = Judgement(Urgency.LATER)
NEVER = Judgement(Urgency.NEVER)


def judge(stanza: Stanza) -> Judgement:
    """The usual policy. What it does not know is urgent: messages with a body or encrypted, IQs, errors, invitations,
    requests for a subscription, and all that was not thought of here."""
    if isinstance(stanza, Presence):
        return _judge_presence(stanza)
    return _judge_message(stanza) if isinstance(stanza, Message) else NOW


def _judge_presence(presence: Presence) -> Judgement:
    if presence.type not in (None, PresenceType.UNAVAILABLE):
        return NOW
    room = presence.find(MUC_USER)
    if room is not None and any(
        child.local == "destroy" or (child.local == "status" and child.get("code") == "110")
        for child in room.elements()
    ):
        return NOW  # about the client itself in a room
    return Judgement(Urgency.LATER, ("presence", presence.sender))


def _judge_message(message: Message) -> Judgement:
    if message.type is MessageType.ERROR:
        return NOW
    elements = message.elements()
    names = {element.name for element in elements}
    if (CLIENT_NAMESPACE, "body") in names:
        return NOW
    for element in elements:
        if element.name == EVENT:
            return _judge_event(message, element)
        if element.name in CARBONS:
            return _judge_carbon(element)
    names = {name for name in names if name[0] not in ABOUT and name != (CLIENT_NAMESPACE, "thread")}
    typing = {name for name in names if name[0] == chat_states.NAMESPACE}
    if names and names == typing:
        return NEVER
    return LATER if names and names - typing <= MARKERS else NOW


def _judge_event(message: Message, event: Element) -> Judgement:
    """An event of a node (XEP-0060 section 12.2, XEP-0163). Only events about items replace each other."""
    what = list(event.elements())
    if len(what) != 1 or what[0].local != "items":
        return LATER
    node = what[0].get("node")
    if node in SINGLE_NODES:
        return Judgement(Urgency.LATER, ("event", message.sender, node))
    ids = tuple(item.get("id") for item in what[0].elements())
    return LATER if None in ids else Judgement(Urgency.LATER, ("event", message.sender, node, ids))


def _judge_carbon(carbon: Element) -> Judgement:
    """What another client of the same user sent or got is as urgent as if this one had got it."""
    forwarded = carbon.find(FORWARDED)
    inner = None if forwarded is None else forwarded.find(MESSAGE)
    if inner is None:
        return NOW
    try:
        judgement = _judge_message(Message.from_element(inner))
    except ValueError:
        return NOW
    return judgement._replace(key=None)


class HeldTraffic:
    """What waits for one client, while it is inactive.

    Bounded: beyond `stanzas` or `size` (characters) of what waits, all of it goes out. `judge` decides about each stanza.
    """

    __slots__ = ("_held", "_judge", "_size", "_stanzas", "_waiting", "active")

    def __init__(
        self, *, stanzas: int = 500, size: int = 256 * 1024, judge: Callable[[Stanza], Judgement] = judge
    ) -> None:
        self.active = True
        """Whether somebody looks at the client, as far as we know."""
        self._stanzas = stanzas
        self._size = size
        self._judge = judge
        self._held: dict[Hashable, tuple[Stanza, int]] = {}
        self._waiting = 0

    def __len__(self) -> int:
        """The number of stanzas that wait."""
        return len(self._held)

    def __iter__(self) -> Iterator[Stanza]:
        """What waits, in order."""
        return (stanza for stanza, _ in self._held.values())

    def offer(self, stanza: Stanza) -> Sequence[Stanza]:
        """What to send now that there is this stanza for the client: nothing, or all that waited and the stanza itself."""
        if self.active:
            return (stanza,)
        urgency, key = self._judge(stanza)
        if urgency is Urgency.NEVER:
            return ()
        if urgency is Urgency.NOW:
            return [*self.release(), stanza]
        if key is None:
            key = object()
        elif (old := self._held.pop(key, None)) is not None:
            self._waiting -= old[1]
        size = len(write_stanza(stanza))
        self._held[key] = stanza, size
        self._waiting += size
        return self.release() if len(self._held) > self._stanzas or self._waiting > self._size else ()

    def set_active(self, active: bool) -> Sequence[Stanza]:
        """The client is active from now on, or inactive. What to send, which is all that waited."""
        self.active = active
        return self.release() if active else ()

    def release(self) -> Sequence[Stanza]:
        """All that waited, in order; nothing waits any more."""
        held, self._held, self._waiting = self._held, {}, 0
        return [stanza for stanza, _ in held.values()]
