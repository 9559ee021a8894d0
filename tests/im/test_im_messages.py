"""Building messages, telling our chat state, and what is answered automatically: to whom it is due alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from xmppwire.im.archive import ArchivedMessage
from xmppwire.im.carbons import Carbon
from xmppwire.im.catch_up import Arrived
from xmppwire.im.messages import (
    Acknowledgements,
    ChatStates,
    Composer,
    Incoming,
    Mention,
    MessageIds,
    Source,
    UnnamedError,
    mentions_of,
    message_ids,
    peer_of,
    read_incoming,
    spoiler_of,
    state_of,
)
from xmppwire.jid import JID
from xmppwire.payload import Payload
from xmppwire.protocol.attention import Attention
from xmppwire.protocol.carbons import PrivateMessage, ReceivedCarbon, SentCarbon
from xmppwire.protocol.chat_states import ChatState, ChatStateValue
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.displayed_markers import Displayed, Markable
from xmppwire.protocol.fallback_indication import Fallback
from xmppwire.protocol.forward import Forwarded
from xmppwire.protocol.hints import NoCopy, Store
from xmppwire.protocol.me_command import action_of
from xmppwire.protocol.message_attaching import AttachTo
from xmppwire.protocol.message_correction import Replace
from xmppwire.protocol.message_moderation import Moderate
from xmppwire.protocol.message_retraction import retracted_id
from xmppwire.protocol.reactions import Reactions
from xmppwire.protocol.receipts import Receipt, ReceiptRequest
from xmppwire.protocol.references import Reference, ReferenceType
from xmppwire.protocol.replies import Reply, reply_body
from xmppwire.protocol.spoiler import Spoiler
from xmppwire.protocol.stanza_id import OriginId, StanzaId
from xmppwire.protocol.styling import Unstyled
from xmppwire.stanza import Message, MessageType
from xmppwire.xml import Element

OWN = JID("juliet@capulet.lit/balcony")
TABLET = JID("juliet@capulet.lit/tablet")
ROMEO = JID("romeo@montague.lit/orchard")
ROOM = JID("verona@rooms.capulet.lit")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def counted() -> Callable[[int], bytes]:
    numbers = iter(range(1, 100))
    return lambda size: next(numbers).to_bytes(size, "big")


def first() -> str:
    return "1".zfill(24)


def composer(to: JID = ROMEO.bare, room: bool = False) -> Composer:
    return Composer(to, room, counted())


def wrapped(inner: Message, kind: type[SentCarbon | ReceivedCarbon], sender: JID = OWN.bare) -> Message:
    return Message(OWN, sender=sender, type="chat", payloads=[kind(forwarded=Forwarded(stanza=inner))])


IDS = MessageIds("stanza", "origin", "room's")

# Names of messages


@pytest.mark.spec("XEP-0359", "3", "6")
def test_the_names_of_a_message() -> None:
    message = Message(
        OWN,
        "hi",
        id="a",
        payloads=[OriginId(id="b"), StanzaId(id="c", by=OWN.bare), StanzaId(id="d", by=ROMEO.bare)],
    )
    assert message_ids(message, OWN.bare) == MessageIds("a", "b", "c")
    assert message_ids(message) == MessageIds("a", "b", None)
    assert message_ids(message, ROOM) == MessageIds("a", "b", None)
    twice = message.with_(StanzaId(id="e", by=OWN.bare), OriginId(id="f"))
    assert message_ids(twice, OWN.bare) == MessageIds("a", None, None)
    broken = message.with_(Element(("urn:xmpp:sid:0", "stanza-id"), {"id": "x", "by": "@"}))
    assert message_ids(broken, OWN.bare) == MessageIds("a", "b", None)


@pytest.mark.spec("XEP-0444", "4.2")
@pytest.mark.spec("XEP-0461", "4.1")
@pytest.mark.spec("XEP-0367", "4.1")
def test_by_which_name_others_know_it() -> None:
    assert IDS.for_correction() == "stanza"
    assert IDS.for_reference(room=False) == "origin"
    assert IDS.for_reference(room=True) == "room's"
    assert MessageIds("stanza").for_reference(room=False) == "stanza"
    assert MessageIds("stanza", "origin").for_reference(room=True) is None


# Where messages come from


@pytest.mark.spec("XEP-0280", "7", "8", "11")
def test_how_a_message_came() -> None:
    heard = Message(TABLET, "heard", sender=ROMEO, type="chat")
    said = Message(ROMEO, "said", sender=TABLET, type="chat")
    assert read_incoming(heard, OWN) == Incoming(heard, Source.LIVE)
    assert read_incoming(wrapped(heard, ReceivedCarbon), OWN) == Incoming(heard, Source.CARBON)
    assert read_incoming(wrapped(said, SentCarbon), OWN) == Incoming(said, Source.CARBON, sent=True)
    assert read_incoming(Carbon(said, True, NOON), OWN) == Incoming(said, Source.CARBON, None, NOON, True)
    assert read_incoming(ArchivedMessage("a1", NOON, heard), OWN) == Incoming(heard, Source.ARCHIVE, "a1", NOON)
    assert read_incoming(Arrived(heard, "a1", NOON), OWN) == Incoming(heard, Source.ARCHIVE, "a1", NOON)
    assert read_incoming(Arrived(heard, "a1"), OWN) == Incoming(heard, Source.LIVE, "a1")
    assert read_incoming(Arrived(wrapped(said, SentCarbon), None), OWN) == Incoming(said, Source.CARBON, sent=True)
    for forged in (wrapped(said, SentCarbon, ROMEO), Arrived(wrapped(said, SentCarbon, ROMEO), "a1")):
        assert not isinstance(read_incoming(forged, OWN), Incoming)


def test_whose_conversation_it_is() -> None:
    heard = Message(OWN, "heard", sender=ROMEO, type="chat")
    said = Message(ROMEO, "said", sender=TABLET, type="chat")
    note = Message(OWN.bare, "note", sender=TABLET, type="chat")
    assert peer_of(heard, OWN) == ROMEO.bare
    assert peer_of(wrapped(heard, ReceivedCarbon), OWN) == ROMEO.bare
    assert peer_of(wrapped(said, SentCarbon), OWN) == ROMEO.bare
    assert peer_of(ArchivedMessage("a1", NOON, said), OWN) == ROMEO.bare
    assert peer_of(ArchivedMessage("a1", NOON, heard), OWN) == ROMEO.bare
    assert peer_of(note, OWN) == peer_of(ArchivedMessage("a1", NOON, note), OWN) == OWN.bare
    assert peer_of(Message(ROOM, "hi", sender=ROOM.with_resource("x"), type="groupchat"), OWN) == ROOM
    assert peer_of(wrapped(said, SentCarbon, ROMEO), OWN) is None
    assert peer_of(Message(OWN, "from the server"), OWN) is None


# Building


@pytest.mark.spec("XEP-0184", "5.1", "5.3")
@pytest.mark.spec("XEP-0333", "4.1")
@pytest.mark.spec("XEP-0382", "3")
@pytest.mark.spec("XEP-0393", "7")
@pytest.mark.spec("XEP-0359", "2.2")
def test_text_with_all_that_can_be_asked_for() -> None:
    message = composer().text("hi", receipt=True, markable=True, spoiler="the end", unstyled=True)
    assert (message.type, message.to, message.body, message.id) == (MessageType.CHAT, ROMEO.bare, "hi", first())
    assert message.get(OriginId) == OriginId(id=first())
    for kind in (ReceiptRequest, Markable, Unstyled):
        assert message.get(kind) is not None
    assert message.get(Spoiler) == Spoiler(hint="the end")
    plain = composer(ROOM, True).text("hi", payloads=[Spoiler()])
    assert (plain.type, plain.get(ReceiptRequest), plain.get(Markable)) == (MessageType.GROUPCHAT, None, None)
    assert plain.get(Spoiler) == Spoiler()
    with pytest.raises(ValueError, match="receipts"):
        composer(ROOM, True).text("hi", receipt=True)


@pytest.mark.spec("XEP-0372", "4.2")
def test_a_mention_is_a_range_of_the_body() -> None:
    message = composer().text("Hi 👋 Romeo", mentions=[(5, 10, ROMEO.bare)])
    assert message.get(Reference) == Reference(
        begin=5, end=10, type=ReferenceType.MENTION, uri="xmpp:romeo@montague.lit"
    )
    for begin, end in ((-1, 2), (2, 2), (3, 99)):
        with pytest.raises(ValueError, match="no range"):
            composer().text("Romeo", mentions=[(begin, end, ROMEO)])


@pytest.mark.spec("XEP-0280", "9")
@pytest.mark.spec("XEP-0334", "4.3")
def test_without_copies_goes_to_a_full_address_only() -> None:
    message = composer(ROMEO).text("for your eyes", private=True)
    assert message.get(PrivateMessage) is not None
    assert message.get(NoCopy) is not None
    with pytest.raises(ValueError, match="full JID"):
        composer().text("for all eyes", private=True)


@pytest.mark.spec("XEP-0245", "2")
@pytest.mark.spec("XEP-0224", "4")
def test_actions_and_nudges() -> None:
    assert action_of(composer().action("sighs").body or "") == "sighs"
    nudge = composer().attention()
    assert (nudge.type, nudge.body, nudge.get(Attention) is not None) == (MessageType.HEADLINE, None, True)


@pytest.mark.spec("XEP-0308", "3", "4")
@pytest.mark.spec("XEP-0424", "3", "5.1")
@pytest.mark.spec("XEP-0444", "3", "4.2")
@pytest.mark.spec("XEP-0333", "4.2", "4.3")
@pytest.mark.spec("XEP-0367", "3", "4.1")
@pytest.mark.parametrize(
    ("room", "names"), [(False, ("stanza", "stanza", "origin")), (True, ("stanza", "room's", "room's"))]
)
def test_what_refers_to_an_earlier_message(room: bool, names: tuple[str, str, str]) -> None:
    corrected, retracted, referred = names
    builder = composer(ROOM if room else ROMEO.bare, room)
    correction = builder.correction(IDS, "better", [Spoiler()])
    assert (correction.body, correction.get(Replace)) == ("better", Replace(id=corrected))
    assert correction.get(Spoiler) is not None
    retraction = builder.retraction(IDS)
    assert retracted_id(retraction) == retracted
    assert retraction.get(Store) is not None
    assert [one.for_ for one in retraction.get_all(Fallback)] == ["urn:xmpp:message-retract:1"]
    assert builder.reactions(IDS, ["👋", "🎉", "👋"]).get(Reactions) == Reactions(id=referred, reactions=["👋", "🎉"])
    assert builder.reactions(IDS, []).body is None
    assert builder.attachment(IDS, "see").get(AttachTo) == AttachTo(id=referred)
    assert builder.displayed(IDS).get(Displayed) == Displayed(id=retracted)
    kind = MessageType.GROUPCHAT if room else MessageType.CHAT
    assert {one.type for one in (correction, retraction, builder.displayed(IDS))} == {kind}


@pytest.mark.spec("XEP-0461", "3", "3.1")
@pytest.mark.spec("XEP-0428", "2.2")
def test_a_reply_has_a_quotation_for_others() -> None:
    reply = composer().reply(IDS, "Great idea!", author=ROMEO, quoted="A cake?\nOr two?", name="Romeo")
    assert reply.body == "> Romeo wrote:\n> A cake?\n> Or two?\nGreat idea!"
    assert reply_body(reply) == "Great idea!"
    assert reply.get(Reply) == Reply(to=ROMEO, id="origin")
    assert composer().reply(IDS, "Great idea!", author=ROMEO).get(Fallback) is None


@pytest.mark.spec("XEP-0425", "3")
def test_a_moderator_asks_the_room() -> None:
    iq = composer(ROOM, True).moderation(IDS, "spam")
    assert iq.to == ROOM
    asked = iq.get(Moderate)
    assert asked is not None
    assert (asked.id, asked.reason) == ("room's", "spam")


def test_what_has_no_name_cannot_be_referred_to() -> None:
    in_room = composer(ROOM, True)
    for build in (
        lambda: in_room.reactions(MessageIds("stanza"), ["👋"]),
        lambda: in_room.retraction(MessageIds("stanza")),
        lambda: in_room.reply(MessageIds("stanza"), "hi", author=ROOM),
        lambda: in_room.moderation(MessageIds("stanza")),
        lambda: composer().correction(MessageIds(), "hi"),
    ):
        with pytest.raises(UnnamedError):
            build()


# How to show it


@pytest.mark.spec("XEP-0372", "4.1", "4.2")
def test_who_is_mentioned() -> None:
    def mention(uri: str | None, begin: int | None = None, end: int | None = None, **more: str) -> Reference:
        return Reference(**{"type": ReferenceType.MENTION, "uri": uri, "begin": begin, "end": end, **more})  # type: ignore[arg-type]

    romeo, nurse = JID("romeo@montague.lit"), JID("verona@rooms.capulet.lit/the nurse")
    message = Message(
        OWN,
        "Hi 👋 Romeo",
        payloads=[
            mention("xmpp:romeo@montague.lit", 5, 10),
            mention("xmpp:verona@rooms.capulet.lit/the%20nurse"),
            mention("xmpp:romeo@montague.lit", 5, 99),
            mention("xmpp:romeo@montague.lit", 50, 99),
            mention("xmpp:romeo@montague.lit", 7, 5),
            mention("https://montague.lit/romeo"),
            mention("xmpp://guest@montague.lit"),
            mention(None),
            mention("xmpp:romeo@montague.lit", anchor="xmpp:x@montague.lit"),
            mention("xmpp:romeo@montague.lit", type="data"),
        ],
    )
    whole = Mention(romeo)
    named = Mention(romeo, 5, 10)
    assert mentions_of(message) == [named, Mention(nurse), named, whole, whole]
    assert mentions_of(Message(OWN, "hi")) == []
    broken = message.with_(Element(("urn:xmpp:reference:0", "reference"), {"begin": "x"}))
    assert mentions_of(broken) == []


@pytest.mark.spec("XEP-0382", "3")
def test_what_hides_the_body() -> None:
    spoilers = [Spoiler(hint="Ende", lang="de"), Spoiler(hint="the end", lang="en"), Spoiler(hint="again", lang="EN")]
    message = Message(OWN, "they die", payloads=spoilers)
    assert spoiler_of(message) == "Ende"
    assert spoiler_of(message, "fr", "en") == "the end"
    assert spoiler_of(Message(OWN, "they die", payloads=[Spoiler()]), "en") == ""
    assert spoiler_of(Message(OWN, "they die")) is None


# Chat states


def theirs(
    state: ChatStateValue | None = None, body: str | None = None, sender: JID = ROMEO, type: str = "chat"
) -> Message:
    payloads = [] if state is None else [ChatState(state=state)]
    return Message(OWN, body, sender=sender, type=type, payloads=payloads)


def told(message: Message | None) -> str | None:
    state = None if message is None else state_of(message)
    return None if state is None else state.value


@pytest.mark.spec("XEP-0085", "5.1")
def test_nobody_is_told_before_they_have_shown_that_they_understand() -> None:
    states = ChatStates(ROMEO.bare)
    assert states.composing(0) is None
    assert told(states.outgoing(Message(ROMEO, "hi"), 0)) == "active"
    assert states.composing(1) is None
    assert states.feed(theirs(ChatStateValue.ACTIVE, "ho")) is ChatStateValue.ACTIVE
    assert told(states.composing(2)) == "composing"
    assert states.feed(theirs(None, "ha")) is None
    assert states.active(3) is None
    assert told(states.outgoing(Message(ROMEO, "hi"), 3)) is None
    states.feed(theirs(ChatStateValue.COMPOSING))
    assert told(states.outgoing(Message(ROMEO, "hi"), 4)) == "active"


@pytest.mark.spec("XEP-0085", "4", "5.1", "5.2")
def test_discovery_and_the_user_decide() -> None:
    known = ChatStates(ROMEO.bare, supported=True)
    assert told(known.composing(0)) == "composing"
    known.feed(theirs(None, "ha"))
    assert told(known.outgoing(Message(ROMEO, "hi"), 0)) == "active"
    without = ChatStates(ROMEO.bare, supported=False)
    assert told(without.outgoing(Message(ROMEO, "hi"), 0)) is None
    assert without.composing(0) is None
    off = ChatStates(ROMEO.bare, supported=True, enabled=False)
    assert off.composing(0) is None
    assert told(off.outgoing(Message(ROMEO, "hi"), 0)) is None


@pytest.mark.spec("XEP-0085", "5.3", "5.6")
def test_no_state_comes_twice_in_a_row() -> None:
    states = ChatStates(ROMEO.bare, supported=True)
    assert states.active(0) is None
    assert states.close() is None  # there is nothing yet to end
    first = states.composing(0)
    assert first is not None
    assert (first.type, first.body, len(first.elements())) == (MessageType.CHAT, None, 1)
    assert states.composing(1) is None
    assert told(states.outgoing(Message(ROMEO, "hi"), 2)) == "active"
    assert states.active(3) is None
    assert told(states.composing(4)) == "composing"
    already = Message(ROMEO, "hi", payloads=[ChatState(state=ChatStateValue.PAUSED)])
    assert states.outgoing(already, 5) == already


@pytest.mark.spec("XEP-0085", "2", "3")
def test_time_goes_by() -> None:
    states = ChatStates(ROMEO.bare, supported=True)
    assert states.next_timeout() is None
    states.composing(100.0)
    states.composing(110.0)
    assert states.next_timeout() == 140.0
    assert states.handle_timeout(139.0) is None
    assert told(states.handle_timeout(140.0)) == "paused"
    assert states.next_timeout() == 230.0
    assert told(states.handle_timeout(230.0)) == "inactive"
    assert states.next_timeout() == 710.0
    assert told(states.handle_timeout(710.0)) == "gone"
    assert states.next_timeout() is None
    assert states.handle_timeout(9999.0) is None
    assert told(states.active(9999.0)) == "active"
    assert told(states.close()) == "gone"
    assert states.next_timeout() is None


@pytest.mark.spec("XEP-0085", "5.5")
def test_nobody_is_gone_from_a_room() -> None:
    states = ChatStates(ROOM, room=True)
    composing = states.composing(0.0)
    assert composing is not None
    assert (told(composing), composing.type) == ("composing", MessageType.GROUPCHAT)
    states.handle_timeout(30.0)
    assert told(states.handle_timeout(120.0)) == "inactive"
    assert states.next_timeout() is None
    assert states.close() is None
    sender = ROOM.with_resource("nurse")
    assert states.feed(theirs(ChatStateValue.GONE, sender=sender, type="groupchat")) is None
    assert states.feed(theirs(ChatStateValue.COMPOSING, sender=sender, type="groupchat")) is ChatStateValue.COMPOSING


@pytest.mark.spec("XEP-0085", "5.6")
def test_who_else_sends_a_state_teaches_nothing() -> None:
    states = ChatStates(ROMEO.bare)
    for message in (
        theirs(ChatStateValue.ACTIVE, sender=JID("mallory@evil.example")),
        theirs(ChatStateValue.ACTIVE, type="error"),
        theirs(ChatStateValue.ACTIVE).with_(ChatState(state=ChatStateValue.GONE)),
        theirs(ChatStateValue.ACTIVE, sender=ROOM),
    ):
        assert states.feed(message) is None
        assert states.composing(0) is None


# Automatic answers


def asking(*payloads: Payload | Element, **keywords: object) -> Message:
    options: dict[str, object] = {"sender": ROMEO, "type": "chat", "id": "m1", **keywords}
    return Message(OWN, "hi", payloads=[ReceiptRequest(), Markable(), *payloads], **options)  # type: ignore[arg-type]


def everybody() -> Acknowledgements:
    return Acknowledgements(OWN, to_strangers=True)


@pytest.mark.spec("XEP-0184", "5.4", "7")
@pytest.mark.parametrize("type", ["chat", "normal", "headline"])
def test_a_receipt_says_what_arrived_and_nothing_else(type: str) -> None:
    receipt = everybody().receipt(asking(type=type))
    assert receipt == Message(ROMEO, type=type, payloads=[Receipt(id="m1")])


@pytest.mark.spec("XEP-0184", "8")
@pytest.mark.spec("XEP-0333", "7")
def test_strangers_do_not_learn_that_we_are_there() -> None:
    strangers = Acknowledgements(OWN)
    assert strangers.receipt(asking()) is None
    assert strangers.marker(asking()) is None
    friends = Acknowledgements(OWN, lambda address: address.bare == ROMEO.bare)
    assert friends.receipt(asking()) is not None
    assert friends.marker(asking()) is not None
    assert friends.receipt(asking(sender=JID("mallory@evil.example/x"))) is None


@pytest.mark.spec("XEP-0184", "7")
@pytest.mark.spec("XEP-0333", "8")
def test_the_user_may_not_want_them() -> None:
    off = Acknowledgements(OWN, to_strangers=True, receipts=False, displayed=False)
    assert off.receipt(asking()) is None
    assert off.marker(asking()) is None


NEVER = [
    asking(type="error"),
    asking(sender=None),
    asking(sender=TABLET),
    asking(sender=OWN.bare),
    asking(id=None),
    asking(Forwarded(stanza=asking())),
    wrapped(asking(), ReceivedCarbon),
    wrapped(asking(sender=TABLET), SentCarbon),
    wrapped(asking(), ReceivedCarbon, ROMEO),
    asking(Element(("urn:xmpp:carbons:2", "received"), {})),
    asking(Element(("urn:xmpp:mam:2", "result"), {"id": "a1"})),
    Carbon(asking(), False),
    Carbon(asking(), True),
    ArchivedMessage("a1", NOON, asking()),
    Arrived(asking(), "a1", NOON),
    Arrived(wrapped(asking(), ReceivedCarbon), None),
]


@pytest.mark.spec("XEP-0184", "5.4", "5.5")
@pytest.mark.spec("XEP-0280", "10.3", "10.4")
@pytest.mark.parametrize("event", NEVER)
def test_what_is_never_answered(event: Message | Carbon | ArchivedMessage | Arrived) -> None:
    assert everybody().receipt(event) is None
    assert everybody().marker(event) is None


@pytest.mark.spec("XEP-0184", "5.3", "5.4")
def test_no_receipts_for_rooms_and_receipts() -> None:
    assert everybody().receipt(asking(type="groupchat", sender=ROOM.with_resource("nurse"))) is None
    assert everybody().receipt(asking(Receipt(id="m0"))) is None
    assert everybody().receipt(Message(OWN, "hi", sender=ROMEO, id="m1")) is None
    assert everybody().receipt(Arrived(asking(Delay(stamp=NOON)), "a1")) is not None


@pytest.mark.spec("XEP-0333", "4.2", "5")
def test_a_marker_for_who_asks() -> None:
    assert everybody().marker(asking()) == Message(ROMEO, type="chat", payloads=[Displayed(id="m1")])
    assert everybody().marker(Message(OWN, "hi", sender=ROMEO, id="m1")) is None
    assert everybody().marker(asking(Displayed(id="m0"))) is None
    assert everybody().marker(asking(Element(("urn:xmpp:chat-markers:0", "displayed")))) is None
    stored = ArchivedMessage("a1", NOON, asking())
    assert everybody().marker(stored, read_elsewhere=True) is not None
    assert everybody().marker(Carbon(asking(), False), read_elsewhere=True) is not None
    assert everybody().marker(Carbon(asking(sender=TABLET), True), read_elsewhere=True) is None
    assert everybody().marker(ArchivedMessage("a1", NOON, asking(sender=TABLET)), read_elsewhere=True) is None


@pytest.mark.spec("XEP-0333", "4.3")
def test_a_marker_in_a_room_names_what_the_room_named() -> None:
    nurse = ROOM.with_resource("nurse")
    message = Message(OWN, "hi", sender=nurse, type="groupchat", id="m1", payloads=[StanzaId(id="r1", by=ROOM)])
    assert everybody().marker(message, by=ROOM) == Message(ROOM, type="groupchat", payloads=[Displayed(id="r1")])
    assert everybody().marker(message) is None
    assert everybody().marker(message, by=JID("other@rooms.capulet.lit")) is None
    assert everybody().marker(message.replace(sender=ROOM), by=ROOM) is None
    assert everybody().marker(message.without(StanzaId), by=ROOM) is None
    stored = ArchivedMessage("r1", NOON, message.without(StanzaId))
    marker = everybody().marker(stored, read_elsewhere=True, by=ROOM)
    assert marker is not None
    assert marker.get(Displayed) == Displayed(id="r1")
