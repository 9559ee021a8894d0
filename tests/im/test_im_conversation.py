"""A conversation with a contact as a history, whatever comes, and whoever tries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from xmppwire.im.archive import ArchivedMessage
from xmppwire.im.catch_up import Arrived
from xmppwire.im.conversation import (
    AttentionAsked,
    Change,
    Conversation,
    CorrectionWaits,
    Entry,
    EntryAdded,
    EntryConfirmed,
    EntryCorrected,
    EntryDisplayed,
    EntryDropped,
    EntryLinked,
    EntryMoved,
    EntryReacted,
    EntryReceived,
    EntryRetracted,
    Refused,
    SendFailed,
    StateChanged,
)
from xmppwire.im.messages import Acknowledgements, Composer, MessageIds
from xmppwire.jid import JID
from xmppwire.payload import Payload
from xmppwire.protocol.attention import Attention
from xmppwire.protocol.carbons import ReceivedCarbon, SentCarbon
from xmppwire.protocol.chat_states import ChatState, ChatStateValue
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.displayed_markers import Displayed, Markable
from xmppwire.protocol.fallback_indication import Fallback
from xmppwire.protocol.forward import Forwarded
from xmppwire.protocol.message_attaching import AttachTo
from xmppwire.protocol.message_correction import Replace
from xmppwire.protocol.message_moderation import Moderated
from xmppwire.protocol.message_retraction import Retract, Retracted
from xmppwire.protocol.out_of_band_data import OutOfBand
from xmppwire.protocol.reactions import Reactions
from xmppwire.protocol.receipts import Receipt
from xmppwire.protocol.replies import Reply, quotation
from xmppwire.protocol.stanza_id import OriginId, StanzaId
from xmppwire.protocol.styling import PlainBlock, PlainSpan, Unstyled, parse_styling
from xmppwire.stanza import Message, StanzaError
from xmppwire.xml import Element

OWN = JID("juliet@capulet.lit/balcony")
TABLET = JID("juliet@capulet.lit/tablet")
ROMEO = JID("romeo@montague.lit/orchard")
PHONE = JID("romeo@montague.lit/phone")
MALLORY = JID("mallory@evil.example/x")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FEATURES = ["urn:xmpp:sid:0", "urn:xmpp:message-retract:1#tombstone"]


def at(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


def talk(**keywords: Any) -> Conversation:
    return Conversation(OWN, ROMEO.bare, **{"features": FEATURES, **keywords})


def heard(
    body: str | None, id: str | None = None, *payloads: Payload | Element, sender: JID = ROMEO, **more: Any
) -> Message:
    return Message(OWN, body, sender=sender, id=id, payloads=payloads, **{"type": "chat", **more})


def said(body: str | None, id: str | None = None, *payloads: Payload | Element, **more: Any) -> Message:
    return Message(ROMEO.bare, body, id=id, payloads=payloads, **{"type": "chat", **more})


def sent_copy(message: Message, sender: JID = OWN.bare) -> Message:
    inner = message.replace(sender=TABLET)
    return Message(OWN, sender=sender, type="chat", payloads=[SentCarbon(forwarded=Forwarded(stanza=inner))])


def received_copy(message: Message, sender: JID = OWN.bare) -> Message:
    return Message(OWN, sender=sender, type="chat", payloads=[ReceivedCarbon(forwarded=Forwarded(stanza=message))])


def stored(number: int, message: Message, seconds: int | None = None) -> ArchivedMessage:
    """A message as the archive has it: number `number`, a second after the one before."""
    if message.sender is None:
        message = message.replace(sender=OWN)
    return ArchivedMessage(f"a{number}", at(number if seconds is None else seconds), message)


def texts(conversation: Conversation) -> list[str | None]:
    return [entry.text for entry in conversation.entries]


def kinds(changes: list[Change]) -> list[type[Any]]:
    return [type(change) for change in changes]


def refusal(changes: list[Change]) -> str:
    (change,) = [change for change in changes if isinstance(change, Refused)]
    return change.reason


def only(conversation: Conversation) -> Entry:
    (entry,) = conversation.entries
    return entry


# What is said


def test_both_sides_of_a_conversation() -> None:
    conversation = talk()
    (added,) = conversation.sent(said("hi", "s1"), at(0))
    assert isinstance(added, EntryAdded)
    assert (added.entry.text, added.entry.own, added.entry.confirmed, added.index) == ("hi", True, False, 0)
    (added,) = conversation.feed(heard("ho", "r1"), at(1))
    assert isinstance(added, EntryAdded)
    assert (added.entry.text, added.entry.own, added.entry.time, added.index) == ("ho", False, at(1), 1)
    assert added.entry.author.address == ROMEO.bare
    conversation.feed(sent_copy(said("from the tablet", "t1")), at(2))
    conversation.feed(received_copy(heard("to the tablet", "r2", sender=PHONE)), at(3))
    assert texts(conversation) == ["hi", "ho", "from the tablet", "to the tablet"]
    assert [entry.own for entry in conversation.entries] == [True, False, True, False]


def test_what_belongs_elsewhere_is_passed_over() -> None:
    conversation = talk()
    for event in (
        heard("hi", sender=MALLORY),
        heard("hi", type="groupchat"),
        heard("hi", sender=OWN),
        Message(OWN, "from the server", type="chat"),
        received_copy(heard("hi", sender=MALLORY)),
        sent_copy(Message(MALLORY, "hi", type="chat")),
        stored(1, heard("hi", sender=MALLORY)),
        stored(1, Message(MALLORY, "hi", sender=OWN, type="chat")),
    ):
        assert conversation.feed(event, NOON) == []
    assert conversation.sent(Message(MALLORY, "hi", type="chat"), NOON) == []
    assert conversation.feed(heard(None, "r1"), NOON) == []
    assert conversation.entries == ()


@pytest.mark.spec("XEP-0280", "11")
def test_cve_2017_5589_a_forged_copy_is_no_message() -> None:
    """The message of somebody else in a copy that the account did not make."""
    conversation = Conversation(OWN, MALLORY.bare)
    for forged in (sent_copy(said("I love you", "s1"), MALLORY), received_copy(heard("meet me tonight"), MALLORY)):
        assert refusal(conversation.feed(forged, NOON)) == "copies come from juliet@capulet.lit only"
        assert refusal(conversation.feed(Arrived(forged, "a1"), NOON)) == "copies come from juliet@capulet.lit only"
        assert talk().feed(forged, NOON) == []
    assert conversation.entries == ()


def test_what_we_say_to_ourselves_comes_back() -> None:
    conversation = Conversation(OWN, OWN.bare, features=FEATURES)
    note = Message(OWN.bare, "milk", id="n1", type="chat")
    conversation.sent(note, at(0))
    assert kinds(conversation.feed(note.replace(sender=OWN), at(0))) == [EntryConfirmed]
    conversation.feed(Message(OWN.bare, "eggs", sender=TABLET, id="n2", type="chat"), at(1))
    assert texts(conversation) == ["milk", "eggs"]
    assert all(entry.own for entry in conversation.entries)
    correction = Message(OWN.bare, "bread", sender=TABLET, id="n3", type="chat", payloads=[Replace(id="n1")])
    assert kinds(conversation.feed(correction, at(2))) == [EntryCorrected]


def test_a_file_needs_no_body() -> None:
    conversation = talk()
    conversation.feed(heard(None, "r1", OutOfBand(url="https://montague.lit/rose.png")), NOON)
    assert only(conversation).text is None
    assert only(conversation).message is not None


def test_the_time_is_from_those_whose_part_it_is() -> None:
    conversation = talk()
    conversation.feed(heard("a", "r1", Delay(stamp=at(-60), sender=JID("capulet.lit"))), at(0))
    conversation.feed(heard("b", "r2", Delay(stamp=at(-60), sender=ROMEO.bare)), at(1))
    conversation.feed(heard("c", "r3", Delay(stamp=at(999), sender=OWN.bare)), at(2))
    conversation.feed(heard("d", "r4", Element(("urn:xmpp:delay", "delay"), {"stamp": "x"})), at(3))
    assert [entry.time for entry in conversation.entries] == [at(-60), at(1), at(2), at(3)]
    assert texts(conversation) == ["a", "b", "c", "d"]


# Doubles


@pytest.mark.spec("XEP-0359", "3", "6")
def test_the_same_message_on_several_ways_is_one() -> None:
    conversation = talk()
    live = heard("hi", "r1", StanzaId(id="a1", by=OWN.bare))
    assert kinds(conversation.feed(live, at(1))) == [EntryAdded]
    assert conversation.feed(live, at(1)) == []
    assert conversation.feed(received_copy(live), at(1)) == []
    assert conversation.feed(Arrived(live, "a1"), at(1)) == []
    assert conversation.feed(stored(1, heard("hi", "r1")), at(2)) == []
    assert conversation.feed_page([stored(1, heard("hi", "r1"))]) == []
    assert only(conversation).ids == MessageIds("r1", None, "a1")


@pytest.mark.spec("XEP-0359", "2.2", "3")
def test_what_was_sent_is_known_again_in_the_archive() -> None:
    conversation = talk()
    conversation.sent(said("hi", "s1", OriginId(id="s1")), at(5))
    (confirmed,) = conversation.feed_page([stored(1, said("hi", "s1"))])
    assert isinstance(confirmed, EntryConfirmed)
    assert (confirmed.entry.ids.stanza_id, confirmed.entry.time) == ("a1", at(1))
    assert conversation.feed(sent_copy(said("hi", "s1")), at(6)) == []
    assert len(conversation.entries) == 1


def test_the_same_id_does_not_make_it_the_same_message() -> None:
    conversation = talk()
    conversation.feed(heard("hi", "1"), at(0))
    conversation.feed(heard("something else", "1"), at(1))
    conversation.sent(said("hi", "1"), at(2))
    conversation.feed(heard("ho", "2", StanzaId(id="a1", by=OWN.bare)), at(3))
    conversation.feed(heard("ho", "2", StanzaId(id="a2", by=OWN.bare)), at(4))
    conversation.feed(sent_copy(said("yes", "3")), at(5))
    conversation.feed(sent_copy(said("no", "3")), at(6))
    assert texts(conversation) == ["hi", "something else", "hi", "ho", "ho", "yes", "no"]


@pytest.mark.spec("XEP-0359", "6")
def test_ids_of_the_archive_are_believed_where_it_announces_them() -> None:
    """Otherwise anybody could write the id of a message that is to come, so that it is taken for a double."""
    conversation = talk(features=[])
    conversation.feed(heard("spam", "r1", StanzaId(id="a1", by=OWN.bare)), at(0))
    conversation.feed(heard("important", "r2", StanzaId(id="a1", by=OWN.bare)), at(1))
    assert texts(conversation) == ["spam", "important"]
    conversation = talk()
    conversation.feed(heard("spam", "r1", StanzaId(id="a1", by=ROMEO.bare)), at(0))
    conversation.feed(heard("important", "r2", StanzaId(id="a1", by=OWN.bare)), at(1))
    assert texts(conversation) == ["spam", "important"]


# How to show it


@pytest.mark.spec("XEP-0245", "2")
@pytest.mark.spec("XEP-0393", "6", "7")
def test_what_the_text_means() -> None:
    conversation = talk()
    conversation.feed(heard("/me is *here*", "r1"), at(0))
    conversation.feed(heard("*plain*", "r2", Unstyled()), at(1))
    conversation.feed(heard("gone", "r3"), at(2))
    conversation.feed(heard(None, "r4", Retract(id="r3")), at(3))
    action, plain, taken_back = conversation.entries
    assert (action.action, plain.action, taken_back.action) == ("is *here*", None, None)
    assert action.blocks == parse_styling("/me is *here*")
    assert plain.blocks == (PlainBlock(0, (PlainSpan(0, "*plain*"),)),)
    assert taken_back.blocks == ()


@pytest.mark.spec("XEP-0333", "4.2")
def test_which_entries_get_a_marker() -> None:
    conversation = talk()
    acknowledgements = Acknowledgements(OWN, to_strangers=True)
    conversation.sent(said("ours", "s1", Markable()), at(0))
    conversation.feed(sent_copy(said("ours too", "t1", Markable())), at(1))
    conversation.feed(heard("live", "r1", Markable()), at(2))
    conversation.feed(received_copy(heard("copy", "r2", Markable())), at(3))
    conversation.feed_page([stored(4, heard("stored", "r3", Markable())), stored(5, said("ours", "s2", Markable()))])
    conversation.feed(heard("gone", "r4", Markable()), at(6))
    conversation.feed(heard(None, "r5", Retract(id="r4")), at(7))
    for elsewhere, expected in ((False, ["live"]), (True, ["live", "copy", "stored"])):
        answered = [
            entry.text
            for entry in conversation.entries
            if (incoming := entry.incoming) is not None
            and acknowledgements.marker(incoming, read_elsewhere=elsewhere) is not None
        ]
        assert answered == expected


# Order


def test_pages_from_the_archive_are_put_in_their_place() -> None:
    conversation = talk()
    conversation.feed(heard("7", "r7"), at(7))
    conversation.feed_page(
        [stored(number, heard(str(number), f"r{number}"), 4) for number in (4, 5, 6)], backwards=True
    )
    conversation.feed_page(
        [stored(number, heard(str(number), f"r{number}"), 4) for number in (1, 2, 3)], backwards=True
    )
    changes = conversation.feed_page([stored(number, heard(str(number), f"r{number}")) for number in (8, 9)])
    assert [change.index for change in changes if isinstance(change, EntryAdded)] == [7, 8]
    conversation.feed(heard("10", "r10"))
    assert texts(conversation) == [str(number) for number in range(1, 11)]


def test_catching_up_is_behind_what_was_there_though_a_clock_is_wrong() -> None:
    conversation = talk()
    conversation.feed(heard("1", "r1"), at(100))
    conversation.feed(Arrived(heard("2", "r2"), "a2", at(2)))
    conversation.feed(Arrived(heard("3", "r3"), "a3"), at(3))
    assert texts(conversation) == ["1", "2", "3"]


def test_the_archive_says_where_our_message_belongs() -> None:
    conversation = talk()
    conversation.sent(said("sent", "s1"), at(0))
    conversation.feed_page([stored(1, heard("first", "r1"), 1)])
    assert texts(conversation) == ["sent", "first"]
    confirmed, moved = sorted(
        conversation.feed_page([stored(2, said("sent", "s1"), 2)]), key=lambda one: type(one).__name__
    )
    assert isinstance(confirmed, EntryConfirmed)
    assert isinstance(moved, EntryMoved)
    assert moved.index == 1
    assert texts(conversation) == ["first", "sent"]


def test_a_page_without_times_keeps_its_order() -> None:
    conversation = talk()
    page = [ArchivedMessage(f"a{number}", None, heard(str(number))) for number in range(3)]
    conversation.feed_page(page)
    assert texts(conversation) == ["0", "1", "2"]


# Corrections


@pytest.mark.spec("XEP-0308", "3", "4")
def test_a_correction_takes_the_place_of_what_was_said() -> None:
    conversation = talk()
    conversation.feed(heard("airlock", "r1"), at(0))
    (corrected,) = conversation.feed(heard("wimdow", "r2", Replace(id="r1"), sender=PHONE), at(1))
    assert isinstance(corrected, EntryCorrected)
    assert kinds(conversation.feed(heard("window", "r3", Replace(id="r1")), at(2))) == [EntryCorrected]
    entry = only(conversation)
    assert (entry.text, entry.corrected, entry.time) == ("window", True, at(0))
    assert [version.text for version in entry.versions] == ["airlock", "wimdow", "window"]
    assert entry.ids.id == "r1"


@pytest.mark.spec("XEP-0308", "4")
def test_nobody_corrects_others() -> None:
    conversation = talk()
    conversation.sent(said("no", "s1"), at(0))
    conversation.feed(heard("yes?", "r1"), at(1))
    for forged in (heard("yes", "x1", Replace(id="s1")), sent_copy(said("fine", "x2", Replace(id="r1")))):
        assert refusal(conversation.feed(forged, at(2))) == "a correction by one who may not do it"
    assert kinds(conversation.feed(heard("yes", sender=MALLORY, id="x3"), at(3))) == []
    assert texts(conversation) == ["no", "yes?"]


@pytest.mark.spec("XEP-0308", "4")
def test_our_own_corrections_from_any_client() -> None:
    conversation = talk()
    conversation.sent(said("airlock", "s1"), at(0))
    assert kinds(conversation.sent(said("wimdow", "s2", Replace(id="s1")), at(1))) == [EntryCorrected]
    assert kinds(conversation.feed(sent_copy(said("window", "t1", Replace(id="s1"))), at(2))) == [EntryCorrected]
    assert texts(conversation) == ["window"]


@pytest.mark.spec("XEP-0308", "3", "4")
def test_only_the_last_message_where_that_is_wanted() -> None:
    for older, expected in ((False, ["a", "b", "C"]), (True, ["A", "b", "C"])):
        conversation = talk(correct_older=older)
        conversation.feed(heard("a", "r1"), at(0))
        conversation.sent(said("b", "s1"), at(1))
        conversation.feed(heard("c", "r2"), at(2))
        changes = conversation.feed(heard("A", "r3", Replace(id="r1")), at(3))
        if not older:
            assert refusal(changes) == "only the last message can be corrected"
        conversation.feed(heard("C", "r4", Replace(id="r2")), at(4))
        assert texts(conversation) == expected


@pytest.mark.spec("XEP-0308", "4")
def test_a_correction_before_its_message_waits() -> None:
    conversation = talk()
    (waits,) = conversation.feed(heard("window", "r2", Replace(id="r1")), at(2))
    assert isinstance(waits, CorrectionWaits)
    assert waits.message.body == "window"
    assert conversation.entries == ()
    assert kinds(conversation.feed_page([stored(1, heard("airlock", "r1"))])) == [EntryAdded, EntryCorrected]
    assert texts(conversation) == ["window"]


def test_a_correction_is_not_done_twice() -> None:
    conversation = talk()
    correction = heard("window", "r2", Replace(id="r1"), StanzaId(id="a2", by=OWN.bare))
    conversation.feed(heard("airlock", "r1"), at(0))
    conversation.feed(correction, at(1))
    assert conversation.feed(correction, at(1)) == []
    assert conversation.feed_page([stored(2, correction.without(StanzaId))]) == []
    assert len(only(conversation).versions) == 2


def test_who_names_the_correction_means_the_message() -> None:
    conversation = talk()
    conversation.feed(heard("airlock", "r1"), at(0))
    conversation.feed(heard("wimdow", "r2", Replace(id="r1")), at(1))
    conversation.feed(heard("window", "r3", Replace(id="r2")), at(2))
    conversation.sent(said(None, "s1", Reactions(id="r3", reactions=["👋"])), at(3))
    assert texts(conversation) == ["window"]
    assert list(only(conversation).reactions.values()) == [("👋",)]


@pytest.mark.spec("XEP-0308", "3")
def test_corrections_that_are_none() -> None:
    conversation = talk()
    conversation.feed(heard("airlock", "r1"), at(0))
    assert refusal(conversation.feed(heard(None, "r2", Replace(id="r1")), at(1))) == "a correction without content"
    twice = heard("both", "r3", Replace(id="r1"), Replace(id="r0"))
    assert refusal(conversation.feed(twice, at(2))) == "more than one replace"
    nameless = heard("broken", "r4", Element(("urn:xmpp:message-correct:0", "replace")))
    assert "replace" in refusal(conversation.feed(nameless, at(3)))
    long = heard("long", "r5", Replace(id="x" * 2000))
    assert refusal(conversation.feed(long, at(4))) == "a correction without an id that can be one"
    assert texts(conversation) == ["airlock", "both", "broken"]


# Retractions


@pytest.mark.spec("XEP-0424", "3", "5")
def test_a_message_is_taken_back_by_its_author() -> None:
    conversation = talk()
    conversation.feed(heard("oops", "r1"), at(0))
    conversation.feed(heard("OOPS", "r2", Replace(id="r1")), at(1))
    retraction = heard("I took something back", "r3", Retract(id="r1"), Fallback(for_="urn:xmpp:message-retract:1"))
    (retracted,) = conversation.feed(retraction, at(2))
    assert isinstance(retracted, EntryRetracted)
    entry = only(conversation)
    assert (entry.text, entry.message, entry.versions) == (None, None, [])
    assert entry.retraction is not None
    assert (entry.retraction.by, entry.retraction.moderated, entry.retraction.time) == (ROMEO.bare, False, at(2))
    late = conversation.feed(heard("again", "r4", Replace(id="r1")), at(3))
    assert refusal(late) == "the message was taken back"
    late = conversation.sent(said(None, "s1", Reactions(id="r1", reactions=["👋"])), at(4))
    assert refusal(late) == "the message was taken back"
    assert conversation.feed(heard(None, "r5", Retract(id="r1")), at(5)) == []


@pytest.mark.spec("XEP-0424", "5", "6")
def test_nobody_takes_back_what_others_said() -> None:
    conversation = talk()
    conversation.sent(said("evidence", "s1"), at(0))
    for forged in (heard(None, "x1", Retract(id="s1")), sent_copy(said(None, "x2", Retract(id="nothing")))):
        conversation.feed(forged, at(1))
    assert texts(conversation) == ["evidence"]
    assert (
        refusal(conversation.feed(heard(None, "x3", Retract(id="s1")), at(2)))
        == "a retraction by one who may not do it"
    )


@pytest.mark.spec("XEP-0425", "5")
def test_outside_of_rooms_there_are_no_moderators() -> None:
    conversation = talk()
    conversation.sent(said("evidence", "s1"), at(0))
    forged = heard(None, "x1", Retract(id="s1", moderated=Moderated(by=ROMEO)))
    assert refusal(conversation.feed(forged, at(1))) == "only the room itself tells what moderators do"
    assert texts(conversation) == ["evidence"]


@pytest.mark.spec("XEP-0424", "3", "5")
def test_a_retraction_before_its_message_waits() -> None:
    conversation = talk()
    assert conversation.feed(heard(None, "r2", Retract(id="r1")), at(2)) == []
    assert kinds(conversation.feed_page([stored(1, heard("oops", "r1"))])) == [EntryAdded, EntryRetracted]
    assert texts(conversation) == [None]


@pytest.mark.spec("XEP-0424", "4")
def test_tombstones_are_the_archives_alone() -> None:
    tombstone = heard(None, "r1", Retracted(id="r2", stamp=at(9)))
    conversation = talk()
    assert conversation.feed(tombstone, at(0)) == []
    assert talk(features=["urn:xmpp:sid:0"]).feed_page([stored(1, tombstone)]) == []
    assert kinds(conversation.feed_page([stored(1, tombstone)])) == [EntryAdded]
    assert only(conversation).retraction is not None
    told = heard("not at all", "r3", Retracted(id="r2", moderated=Moderated(by=MALLORY)))
    conversation.feed_page([stored(2, told)])
    assert conversation.entries[1].retraction is None
    conversation = talk()
    conversation.feed(heard("oops", "r1", StanzaId(id="a1", by=OWN.bare)), at(0))
    assert EntryRetracted in kinds(conversation.feed_page([stored(1, tombstone)]))
    assert texts(conversation) == [None]


# Reactions


def react(id: str, *emoji: str, about: str = "s1") -> Message:
    return heard(None, id, Reactions(id=about, reactions=list(emoji)))


def under(conversation: Conversation) -> dict[str, tuple[str, ...]]:
    return {str(who.address): emoji for who, emoji in conversation.entries[0].reactions.items()}


@pytest.mark.spec("XEP-0444", "3.1", "3.2", "4")
def test_all_reactions_of_somebody_are_replaced() -> None:
    conversation = talk()
    conversation.sent(said("hi", "s1"), at(0))
    (reacted,) = conversation.feed(react("r1", "👋", "🎉", "👋"), at(1))
    assert isinstance(reacted, EntryReacted)
    assert under(conversation) == {"romeo@montague.lit": ("👋", "🎉")}
    conversation.sent(said(None, "s2", Reactions(id="s1", reactions=["🙄"])), at(2))
    conversation.feed(react("r2", "🎉").replace(sender=PHONE), at(3))
    assert under(conversation) == {"romeo@montague.lit": ("🎉",), "juliet@capulet.lit": ("🙄",)}
    assert conversation.feed(react("r3", "🎉"), at(4)) == []
    assert kinds(conversation.feed(react("r4"), at(5))) == [EntryReacted]
    assert under(conversation) == {"juliet@capulet.lit": ("🙄",)}
    assert len(conversation.entries) == 1


@pytest.mark.spec("XEP-0444", "4.1")
def test_an_older_reaction_that_comes_late_changes_nothing() -> None:
    conversation = talk()
    conversation.sent(said("hi", "s1"), at(0))
    conversation.feed(react("r2"), at(20))
    assert conversation.feed_page([stored(1, react("r1", "🎉"))], backwards=True) == []
    assert under(conversation) == {}


def test_a_reaction_with_words_is_both_or_only_one() -> None:
    conversation = talk()
    conversation.sent(said("hi", "s1"), at(0))
    reactions = Reactions(id="s1", reactions=["👋"])
    conversation.feed(heard("👋", "r1", reactions, Fallback(for_="urn:xmpp:reactions:0")), at(1))
    assert texts(conversation) == ["hi"]
    conversation.feed(heard("and more", "r2", reactions), at(2))
    conversation.feed(heard("hidden?", "r3", Fallback(for_="urn:xmpp:reactions:0")), at(3))
    assert texts(conversation) == ["hi", "and more", "hidden?"]


def test_of_two_messages_with_one_name_the_other_sides_is_meant() -> None:
    conversation = talk()
    conversation.sent(said("ours", "1"), at(0))
    conversation.feed(heard("theirs", "1"), at(1))
    conversation.feed(react("r1", "👋", about="1"), at(2))
    conversation.sent(said(None, "s2", Reactions(id="1", reactions=["🎉"])), at(3))
    first, second = (list(entry.reactions.values()) for entry in conversation.entries)
    assert (first, second) == ([("👋",)], [("🎉",)])


@pytest.mark.spec("XEP-0444", "4")
def test_too_many_and_too_long_reactions() -> None:
    conversation = talk()
    conversation.sent(said("hi", "s1"), at(0))
    assert (
        refusal(conversation.feed(react("r1", *(chr(0x1F600 + n) for n in range(33))), at(1)))
        == "more than 32 reactions"
    )
    conversation.feed(react("r2", "", "x" * 65, "👋"), at(2))
    assert under(conversation) == {"romeo@montague.lit": ("👋",)}
    twice = heard(None, "r3", Reactions(id="s1", reactions=[]), Reactions(id="s1", reactions=["🎉"]))
    assert refusal(conversation.feed(twice, at(3))) == "more than one reactions"
    assert under(conversation) == {"romeo@montague.lit": ("👋",)}


@pytest.mark.spec("XEP-0444", "3.3")
def test_a_reaction_that_is_not_accepted_is_undone() -> None:
    conversation = talk()
    conversation.feed(heard("hi", "r1"), at(0))
    conversation.sent(said(None, "s1", Reactions(id="r1", reactions=["👋"])), at(1))
    for number, emoji in enumerate("🎉🙄🤷", 2):
        conversation.sent(said(None, f"s{number}", Reactions(id="r1", reactions=[emoji])), at(number))
    reacted, failed = conversation.feed(error("s4", condition="not-acceptable"), at(5))
    assert isinstance(reacted, EntryReacted)
    assert isinstance(failed, SendFailed)
    assert failed.entry is only(conversation)
    assert under(conversation) == {"juliet@capulet.lit": ("🙄",)}
    assert kinds(conversation.feed(error("s2"), at(6))) == [SendFailed]  # something newer is there
    assert under(conversation) == {"juliet@capulet.lit": ("🙄",)}
    assert kinds(conversation.feed(error("s3"), at(7))) == [EntryReacted, SendFailed]
    assert under(conversation) == {}


# Receipts, markers


@pytest.mark.spec("XEP-0184", "7")
def test_a_receipt_says_that_it_arrived() -> None:
    conversation = talk()
    conversation.sent(said("hi", "s1"), at(0))
    (received,) = conversation.feed(heard(None, "r1", Receipt(id="s1")), at(1))
    assert isinstance(received, EntryReceived)
    assert [str(who.address) for who in received.entry.received_by] == ["romeo@montague.lit"]
    assert received.entry.confirmed
    assert conversation.feed(heard(None, "r2", Receipt(id="s1"), sender=PHONE), at(2)) == []
    assert len(conversation.entries) == 1


@pytest.mark.spec("XEP-0184", "7")
def test_receipts_of_the_wrong_side() -> None:
    conversation = talk()
    conversation.feed(heard("hi", "r1"), at(0))
    forged = conversation.feed(heard(None, "r2", Receipt(id="r1")), at(1))
    assert refusal(forged) == "a receipt by one who may not do it"
    assert conversation.feed(sent_copy(said(None, "t1", Receipt(id="r1"))), at(2)) == []
    assert only(conversation).received_by == []
    assert refusal(conversation.feed(heard(None, "r3", Receipt()), at(3))) == "a receipt without an id that can be one"


def test_a_receipt_before_the_copy_of_its_message_waits() -> None:
    conversation = talk()
    assert conversation.feed(received_copy(heard(None, "r1", Receipt(id="t1"))), at(0)) == []
    assert kinds(conversation.feed(sent_copy(said("hi", "t1")), at(1))) == [EntryAdded, EntryReceived]


@pytest.mark.spec("XEP-0333", "4.2", "5")
def test_markers_only_go_forward() -> None:
    conversation = talk()
    for number in range(4):
        conversation.sent(said(str(number), f"s{number}"), at(number))
    (displayed,) = conversation.feed(heard(None, "r1", Displayed(id="s2")), at(5))
    assert isinstance(displayed, EntryDisplayed)
    assert displayed.entry.text == "2"
    assert conversation.feed(heard(None, "r2", Displayed(id="s1")), at(6)) == []
    seen = [bool(conversation.displayed_by(entry)) for entry in conversation.entries]
    assert seen == [True, True, True, False]
    assert conversation.feed(heard(None, "r3", Displayed(id="nothing")), at(7)) == []


@pytest.mark.spec("XEP-0333", "4.2", "5")
def test_whose_markers_count() -> None:
    conversation = talk()
    conversation.sent(said("ours", "s1"), at(0))
    conversation.feed(heard("theirs", "r1"), at(1))
    forged = conversation.feed(heard(None, "r2", Displayed(id="r1")), at(2))
    assert refusal(forged) == "a marker by one who may not do it"
    (displayed,) = conversation.feed(sent_copy(said(None, "t1", Displayed(id="r1"))), at(3))
    assert isinstance(displayed, EntryDisplayed)
    assert displayed.by.own  # read on the tablet


# Replies, attachments


@pytest.mark.spec("XEP-0461", "3", "3.1")
@pytest.mark.spec("XEP-0428", "2.2")
def test_the_quotation_is_for_those_who_cannot_show_the_message() -> None:
    conversation = talk()
    quote, fallback = quotation("A cake?", "Juliet")
    reply = heard(f"{quote}Great!", "r1", Reply(to=OWN, id="s1"), fallback)
    conversation.feed(reply, at(1))
    assert texts(conversation) == ["> Juliet wrote:\n> A cake?\nGreat!"]
    assert kinds(conversation.feed_page([stored(0, said("A cake?", "s1"))])) == [EntryAdded, EntryLinked]
    assert texts(conversation) == ["A cake?", "Great!"]
    first, second = conversation.entries
    assert second.target is first


@pytest.mark.spec("XEP-0461", "3", "4")
def test_a_reply_is_to_what_its_author_says() -> None:
    conversation = talk()
    conversation.sent(said("ours", "1"), at(0))
    conversation.feed(heard("theirs", "1"), at(1))
    for number, to in enumerate((OWN, ROMEO, MALLORY, None), 2):
        conversation.feed(heard("reply", f"r{number}", Reply(to=to, id="1")), at(number))
    targets = [None if entry.target is None else entry.target.text for entry in conversation.entries[2:]]
    assert targets == ["ours", "theirs", None, "theirs"]
    conversation.feed(heard("to itself", "r9", Reply(id="r9")), at(9))
    assert conversation.entries[-1].target is None
    broken = heard("body", "r10", Element(("urn:xmpp:reply:0", "reply"), {"to": "@"}))
    assert refusal(conversation.feed(broken, at(10)))
    assert texts(conversation)[-1] == "body"


@pytest.mark.spec("XEP-0367", "3", "4.2", "4.3")
def test_an_attachment_is_an_entry_that_knows_where_it_belongs() -> None:
    conversation = talk()
    conversation.sent(said("look", "s1"), at(0))
    assert kinds(conversation.feed(heard("storm.png", "r1", AttachTo(id="s1")), at(1))) == [EntryAdded, EntryLinked]
    first, second = conversation.entries
    assert (second.attached_to, second.own) == (first, False)
    two = conversation.feed(heard("both", "r2", AttachTo(id="s1"), AttachTo(id="r1")), at(2))
    assert refusal(two) == "more than one attach-to"
    assert conversation.entries[2].attached_to is None


# Errors


def error(id: str | None, sender: JID = ROMEO.bare, condition: str = "service-unavailable", **more: Any) -> Message:
    return Message(OWN, sender=sender, id=id, type="error", error=StanzaError(condition), **more)


def test_an_error_finds_its_message() -> None:
    conversation = talk()
    conversation.sent(said("hi", "s1"), at(0))
    (failed,) = conversation.feed(error("s1"), at(1))
    assert isinstance(failed, SendFailed)
    assert failed.entry is only(conversation)
    assert failed.entry.error is not None
    assert failed.entry.error.condition == "service-unavailable"
    assert conversation.feed(error("s1"), at(2)) == []
    conversation.feed(sent_copy(said("ho", "t1")), at(3))
    assert kinds(conversation.feed(received_copy(error("t1")), at(4))) == [SendFailed]


def test_errors_of_others_and_about_others() -> None:
    conversation = talk()
    conversation.sent(said("hi", "s1"), at(0))
    conversation.feed(heard("ho", "r1"), at(1))
    for forged in (error("s1", MALLORY), error("r1"), error(None), error("nothing"), error("s1", JID("evil.example"))):
        assert conversation.feed(forged, at(2)) == []
    conversation.feed(heard(None, "r2", Receipt(id="s1")), at(3))
    assert conversation.feed(error("s1"), at(4)) == []  # one of their clients has it
    assert [entry.error for entry in conversation.entries] == [None, None]


def test_what_is_in_an_error_is_not_done() -> None:
    conversation = talk()
    conversation.feed(heard("hi", "r1"), at(0))
    bounced = error("r9", payloads=[Retract(id="r1"), ChatState(state=ChatStateValue.COMPOSING)])
    assert conversation.feed(bounced, at(1)) == []
    assert texts(conversation) == ["hi"]


def test_an_error_that_cannot_be_read_is_one() -> None:
    conversation = talk()
    conversation.sent(said("hi", "s1"), at(0))
    broken = Message(
        OWN, sender=ROMEO, id="s1", type="error", payloads=[Element(("jabber:client", "error"), {"by": "@"})]
    )
    (failed,) = conversation.feed(broken, at(1))
    assert isinstance(failed, SendFailed)
    assert failed.error.condition == "undefined-condition"


def test_what_came_back_is_undone() -> None:
    conversation = talk()
    conversation.sent(said("airlock", "s1"), at(0))
    conversation.sent(said("window", "s2", Replace(id="s1")), at(1))
    assert kinds(conversation.feed(error("s2"), at(2))) == [EntryCorrected, SendFailed]
    assert texts(conversation) == ["airlock"]
    conversation.sent(said(None, "s3", Retract(id="s1")), at(3))
    assert texts(conversation) == [None]
    assert kinds(conversation.feed(error("s3"), at(4))) == [EntryRetracted, SendFailed]
    assert texts(conversation) == ["airlock"]
    conversation.sent(said(None, "s4", Retract(id="later")), at(5))
    assert kinds(conversation.feed(error("s4"), at(6))) == [SendFailed]
    conversation.sent(said("not taken back", "later"), at(7))
    assert texts(conversation) == ["airlock", "not taken back"]


# Chat states, nudges


@pytest.mark.spec("XEP-0085", "5.6")
def test_whether_they_are_typing() -> None:
    conversation = talk()
    composing = heard(None, None, ChatState(state=ChatStateValue.COMPOSING))
    (changed,) = conversation.feed(composing, at(0))
    assert isinstance(changed, StateChanged)
    assert conversation.feed(composing, at(1)) == []
    assert list(conversation.states.values()) == [ChatStateValue.COMPOSING]
    assert kinds(conversation.feed(heard("hi", "r1"), at(2))) == [StateChanged, EntryAdded]
    assert list(conversation.states.values()) == [ChatStateValue.ACTIVE]
    for other in (
        sent_copy(said(None, None, ChatState(state=ChatStateValue.COMPOSING))),
        stored(1, composing),
        composing.with_(Delay(stamp=NOON)),
        composing.with_(ChatState(state=ChatStateValue.GONE)),
    ):
        assert conversation.feed(other, at(3)) == []


@pytest.mark.spec("XEP-0224", "4")
def test_a_nudge_is_for_now() -> None:
    conversation = talk()
    nudge = heard(None, None, Attention(), type="headline")
    assert kinds(conversation.feed(nudge, at(0))) == [AttentionAsked]
    for other in (
        nudge.with_(Delay(stamp=NOON)),
        stored(1, nudge),
        received_copy(nudge),
        nudge.replace(sender=MALLORY),
    ):
        assert conversation.feed(other, at(1)) == []


# Bad input


NAMESPACES: list[tuple[str, str, dict[str, str]]] = [
    ("urn:xmpp:receipts", "received", {"id": ""}),
    ("urn:xmpp:chat-markers:0", "displayed", {}),
    ("urn:xmpp:message-correct:0", "replace", {}),
    ("urn:xmpp:message-attaching:1", "attach-to", {}),
    ("urn:xmpp:reactions:0", "reactions", {}),
    ("urn:xmpp:reply:0", "reply", {}),
    ("urn:xmpp:fallback:0", "fallback", {}),
    ("urn:xmpp:fasten:0", "apply-to", {}),
    ("urn:xmpp:message-retract:1", "retract", {"id": "x" * 5000}),
    ("urn:xmpp:message-retract:1", "retracted", {"stamp": "yesterday"}),
    ("urn:xmpp:message-moderate:1", "moderated", {"by": "@"}),
    ("urn:xmpp:sid:0", "stanza-id", {"by": "@"}),
    ("urn:xmpp:sid:0", "origin-id", {}),
    ("urn:xmpp:delay", "delay", {"stamp": "99999-01-01T00:00:00Z"}),
    ("http://jabber.org/protocol/chatstates", "composing", {"x": "y"}),
    ("urn:xmpp:carbons:2", "sent", {}),
    ("urn:xmpp:occupant-id:0", "occupant-id", {}),
    ("urn:xmpp:attention:0", "attention", {}),
]


@pytest.mark.parametrize(("namespace", "name", "attributes"), NAMESPACES)
def test_what_does_not_decode_never_raises(namespace: str, name: str, attributes: dict[str, str]) -> None:
    conversation = talk()
    nested = Element(
        (namespace, name), attributes, [Element((namespace, "body"), {"start": "-1"}), Element(("x", "y"))]
    )
    for element in (Element((namespace, name), attributes), nested):
        message = heard("hi", "r1", element, element)
        conversation.feed(message, at(0))
        conversation.feed(Arrived(message, "a7", at(0)), at(0))
        conversation.feed_page([stored(1, message)])
        conversation.sent(said("hi", "s1", element), at(1))
        conversation.feed(error("s1", payloads=[element]), at(2))


@pytest.mark.parametrize("seed", range(5))
def test_whatever_comes_the_history_is_in_order_and_bounded(seed: int) -> None:
    random = Random(seed)
    conversation = talk(limit=20, correct_older=bool(seed % 2))
    last = "nothing"
    for number in range(400):
        about = random.choice([f"m{random.randrange(number + 1)}", last, "x", ""])
        acts: list[Payload | Element] = [
            Replace(id=about),
            Retract(id=about),
            Retract(id=about, moderated=Moderated(by=ROMEO)),
            Reactions(id=about, reactions=random.choices("👋🎉🙄", k=2)),
            Receipt(id=about),
            Displayed(id=about),
            Reply(id=about),
            AttachTo(id=about),
            Retracted(id=about),
            Element(("urn:xmpp:reactions:0", "reactions"), {}),
            Fallback(for_=random.choice(["urn:xmpp:reply:0", "urn:xmpp:reactions:0", None])),
            StanzaId(id=about or "y", by=random.choice([OWN.bare, ROMEO.bare])),
        ]
        body = random.choice(["text", "other text", None])
        last = f"m{number}"
        message = random.choice([heard, said])(body, last, *random.sample(acts, random.randrange(4)))
        live = message if message.sender else message.replace(sender=OWN)
        match random.randrange(6):
            case 0 if message.sender is None:
                conversation.sent(message, at(number))
            case 1:
                conversation.feed_page([stored(random.randrange(400), live)], backwards=random.random() < 0.5)
            case 2:
                conversation.feed(Arrived(live, f"a{number}", at(number)))
            case 3:
                conversation.feed(sent_copy(message) if message.sender is None else received_copy(message), at(number))
            case 4:
                conversation.feed(error(random.choice([about, last])), at(number))
            case _:
                conversation.feed(live, at(number))
        positions = [entry.position for entry in conversation.entries]
        assert positions == sorted(positions)
        assert len(positions) <= 20
        for entry in conversation.entries:
            assert entry.author.own or entry.error is None
            assert (entry.message is None) == (entry.retraction is not None)
            assert all(version.message.sender in (ROMEO, None, OWN, TABLET) for version in entry.versions)
            assert all((version.message.sender == ROMEO) != entry.own for version in entry.versions)
    assert conversation.entries


def test_a_message_is_shown_though_something_in_it_is_wrong() -> None:
    conversation = talk()
    broken = Element(("urn:xmpp:fasten:0", "apply-to"))
    changes = conversation.feed(heard("still there", "r1", broken), at(0))
    assert Refused in kinds(changes)
    assert texts(conversation) == ["still there"]
    fallback = Element(
        ("urn:xmpp:fallback:0", "fallback"), {}, [Element(("urn:xmpp:fallback:0", "body"), {"start": "x"})]
    )
    conversation.feed(heard("this too", "r2", fallback, Reply(id="r1")), at(1))
    assert texts(conversation) == ["still there", "this too"]


def test_times_need_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        talk().feed(heard("hi"), datetime(2026, 11, 23, 12))
    with pytest.raises(ValueError, match="one entry"):
        talk(limit=0)


# Bounds


def test_the_oldest_entries_are_dropped() -> None:
    conversation = talk(limit=3)
    conversation.feed(heard("0", "r0"), at(0))
    conversation.feed(heard("1", "r1", Reply(id="r0")), at(1))
    conversation.feed(heard("2", "r2", Reply(id="r1")), at(2))
    dropped, added, linked = conversation.feed(heard("3", "r3", Reply(id="r2")), at(3))
    assert isinstance(added, EntryAdded)
    assert isinstance(linked, EntryLinked)
    assert isinstance(dropped, EntryDropped)
    assert dropped.entry.text == "0"
    conversation.feed(heard("4", "r4"), at(4))
    first = conversation.entries[0]
    assert (first.text, first.target is not None) == ("2", True)
    assert first.target is not None
    assert first.target.target is None  # nothing keeps the whole past alive
    assert conversation.feed_page([stored(0, heard("0", "r0"), -5)], backwards=True) == []
    assert texts(conversation) == ["2", "3", "4"]


def test_a_flood_of_what_refers_to_nothing_is_forgotten() -> None:
    conversation = talk()
    conversation.sent(said(None, "s0", Reactions(id="late", reactions=["🎉"])), at(0))
    for number in range(1000):
        conversation.feed(react(f"x{number}", "👋", about=f"nothing{number}"), at(1))
    conversation.feed(heard("the first ones were given up", "nothing0"), at(2))
    conversation.feed(heard("the last ones wait", "nothing999"), at(3))
    conversation.feed(heard("nobody pushes out ours", "late"), at(4))
    assert [len(entry.reactions) for entry in conversation.entries] == [0, 1, 1]


def test_only_the_latest_of_our_own_acts_can_still_be_undone() -> None:
    conversation = talk()
    conversation.sent(said("0", "s0"), at(0))
    for number in range(1, 203):
        conversation.sent(said(str(number), f"s{number}", Replace(id="s0")), at(number))
    assert conversation.feed(error("s1"), at(999)) == []
    assert kinds(conversation.feed(error("s202"), at(999))) == [EntryCorrected, SendFailed]
    assert texts(conversation) == ["201"]
    assert kinds(conversation.feed(error("s10"), at(999))) == [SendFailed]  # that version was dropped
    assert texts(conversation) == ["201"]


def test_a_flood_of_corrections_keeps_the_first_and_the_newest() -> None:
    conversation = talk()
    conversation.feed(heard("0", "r0"), at(0))
    for number in range(1, 500):
        conversation.feed(heard(str(number), f"r{number}", Replace(id="r0")), at(number))
    versions = only(conversation).versions
    assert (versions[0].text, versions[-1].text, len(versions)) == ("0", "499", 20)


# The same history in whatever order it came


def story() -> list[ArchivedMessage]:
    quote, fallback = quotation("window")
    return [
        stored(number, message)
        for number, message in enumerate(
            [
                heard("airlock", "r1"),
                said("what?", "s1", Reply(to=ROMEO, id="r1")),
                heard("wimdow", "r2", Replace(id="r1")),
                heard("window", "r3", Replace(id="r1")),
                said(None, "s2", Reactions(id="r1", reactions=["🙄"])),
                said(None, "s3", Reactions(id="r2", reactions=["👋"])),
                heard(None, "r4", Receipt(id="s1")),
                said("oh!", "s4"),
                said(None, "s5", Retract(id="s4")),
                heard(f"{quote}the east", "r5", Reply(to=ROMEO, id="r1"), fallback),
                heard(None, "r6", Displayed(id="s1")),
                heard("evil", "r7", Replace(id="s1")),
                heard("sun", "r8", AttachTo(id="r5")),
            ]
        )
    ]


def told(conversation: Conversation) -> list[tuple[Any, ...]]:
    return [
        (
            entry.text,
            [version.text for version in entry.versions],
            {who.key: emoji for who, emoji in entry.reactions.items()},
            [who.key for who in entry.received_by],
            [who.key for who in conversation.displayed_by(entry)],
            entry.retraction is not None,
            entry.target is not None and entry.target.ids.id,
            entry.attached_to is not None and entry.attached_to.ids.id,
        )
        for entry in conversation.entries
    ]


def forwards(conversation: Conversation) -> None:
    conversation.feed_page(story())


def one_by_one(conversation: Conversation) -> None:
    for archived in story():
        conversation.feed(Arrived(archived.message, archived.id, archived.stamp))


def live(conversation: Conversation) -> None:
    for number, archived in enumerate(story()):
        message = archived.message
        if message.sender == OWN:
            conversation.sent(message.replace(sender=None), at(number))
        else:
            conversation.feed(message, at(number))


def live_and_again(conversation: Conversation) -> None:
    live(conversation)
    conversation.feed_page(story())


def backwards(conversation: Conversation) -> None:
    pages = story()
    while pages:
        page, pages = pages[-2:], pages[:-2]
        conversation.feed_page(page, backwards=True)


def upside_down(conversation: Conversation) -> None:
    for archived in reversed(story()):
        conversation.feed_page([archived], backwards=True)


def shuffled(seed: int) -> Callable[[Conversation], None]:
    def feed(conversation: Conversation) -> None:
        messages = story() * 2
        Random(seed).shuffle(messages)
        for archived in messages:
            conversation.feed_page([archived])

    return feed


WAYS = [one_by_one, live, live_and_again, backwards, upside_down, *map(shuffled, range(30))]


@pytest.mark.parametrize("way", WAYS)
def test_the_history_is_the_same_on_every_way(way: Callable[[Conversation], None]) -> None:
    expected = talk()
    forwards(expected)
    assert [line[0] for line in told(expected)] == ["window", "what?", None, "the east", "sun"]
    assert told(expected)[0][2] == {"": ("👋",)}
    conversation = talk()
    way(conversation)
    assert told(conversation) == told(expected)


def test_what_the_composer_makes_is_understood() -> None:
    composer = Composer(ROMEO.bare)
    conversation = talk()
    message = composer.text("airlock")
    conversation.sent(message, at(0))
    conversation.sent(composer.correction(only(conversation).ids, "window"), at(1))
    conversation.sent(composer.reactions(only(conversation).ids, ["👋"]), at(2))
    assert (only(conversation).text, list(only(conversation).reactions.values())) == ("window", [("👋",)])
    reply = composer.reply(only(conversation).ids, "yes", author=OWN.bare, quoted="window")
    conversation.sent(reply, at(3))
    assert texts(conversation) == ["window", "yes"]
    conversation.sent(composer.retraction(conversation.entries[0].ids), at(4))
    assert texts(conversation) == [None, "yes"]
