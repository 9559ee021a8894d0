"""A conversation in a room, or with one occupant: who is who, and what only the room can tell."""

from __future__ import annotations

from typing import Any

import pytest

from tests.im.test_im_conversation import OWN, TABLET, at, kinds, refusal, texts
from xmppwire.im.archive import ArchivedMessage
from xmppwire.im.catch_up import Arrived
from xmppwire.im.conversation import (
    Change,
    Conversation,
    ConversationKind,
    Entry,
    EntryAdded,
    EntryConfirmed,
    EntryCorrected,
    EntryDisplayed,
    EntryLinked,
    EntryMoved,
    EntryReacted,
    EntryReceived,
    EntryRetracted,
    SendFailed,
    StateChanged,
)
from xmppwire.im.messages import Composer, MessageIds
from xmppwire.jid import JID
from xmppwire.payload import Payload
from xmppwire.protocol.chat_states import ChatState, ChatStateValue
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.displayed_markers import Displayed
from xmppwire.protocol.message_attaching import AttachTo
from xmppwire.protocol.message_correction import Replace
from xmppwire.protocol.message_fastening import ApplyTo
from xmppwire.protocol.message_moderation import Moderated
from xmppwire.protocol.message_retraction import Retract, Retracted
from xmppwire.protocol.muc_user import MucItem, MucStatus, MucUser
from xmppwire.protocol.occupant_id import OccupantId
from xmppwire.protocol.reactions import Reactions
from xmppwire.protocol.receipts import Receipt
from xmppwire.protocol.replies import Reply
from xmppwire.protocol.stanza_id import StanzaId
from xmppwire.stanza import Message, Presence, StanzaError
from xmppwire.xml import Element

ROOM = JID("verona@rooms.capulet.lit")
JULIET = ROOM.with_resource("juliet")
ROMEO = ROOM.with_resource("romeo")
NURSE = ROOM.with_resource("nurse")
SID = "urn:xmpp:sid:0"
OID = "urn:xmpp:occupant-id:0"
TOMBSTONES = "urn:xmpp:message-retract:1#tombstone"


def room(*features: str, **keywords: Any) -> Conversation:
    return Conversation(OWN, ROOM, room=True, **{"nick": "juliet", "features": features, **keywords})


def told(
    body: str | None,
    id: str | None,
    *payloads: Payload | Element,
    sender: JID = ROMEO,
    named: str | None = None,
    who: str | None = None,
) -> Message:
    """A message as the room sends it on; `named` by the room, `who` said it."""
    ids: list[Payload] = [] if named is None else [StanzaId(id=named, by=ROOM)]
    if who is not None:
        ids.append(OccupantId(id=who))
    return Message(OWN, body, sender=sender, id=id, type="groupchat", payloads=[*payloads, *ids])


def said(body: str | None, id: str, *payloads: Payload) -> Message:
    return Message(ROOM, body, id=id, type="groupchat", payloads=payloads)


def gone(who: JID, *codes: str, nick: str | None = None, kind: str = "unavailable") -> Presence:
    payload = MucUser(items=[MucItem(nick=nick)], statuses=[MucStatus(code=code) for code in codes])
    return Presence(OWN, sender=who, type=kind, payloads=[payload])


def there(who: JID, *codes: str, id: str | None = None, real: JID | None = None) -> Presence:
    payloads: list[Payload] = [MucUser(items=[MucItem(jid=real)], statuses=[MucStatus(code=code) for code in codes])]
    return Presence(OWN, sender=who, payloads=payloads if id is None else [*payloads, OccupantId(id=id)])


def last(conversation: Conversation) -> Entry:
    return conversation.entries[-1]


# Our own messages


@pytest.mark.spec("XEP-0359", "2.2", "3")
def test_what_we_say_comes_back_from_the_room() -> None:
    conversation = room(SID)
    conversation.sent(said("hi", "s1"), at(0))
    assert (last(conversation).own, last(conversation).confirmed) == (True, False)
    (confirmed,) = conversation.feed(told("hi (checked)", "s1", sender=JULIET, named="n1"), at(1))
    assert isinstance(confirmed, EntryConfirmed)
    entry = last(conversation)
    assert (entry.text, entry.confirmed, entry.ids) == ("hi (checked)", True, MessageIds("s1", None, "n1"))
    assert conversation.feed(told("hi", "s1", sender=JULIET, named="n1"), at(2)) == []
    assert conversation.sent(said("hi", "s1"), at(3)) == []
    assert len(conversation.entries) == 1


def test_what_we_say_is_where_the_room_puts_it() -> None:
    conversation = room(SID)
    conversation.sent(said("second", "s1", Reactions(id="n1", reactions=["👋"])), at(0))
    conversation.feed(told("first", "r1", named="n1"), at(1))
    assert texts(conversation) == ["second", "first"]
    changes = conversation.feed(
        told("second", "s1", Reactions(id="n1", reactions=["👋"]), sender=JULIET, named="n2"), at(2)
    )
    assert kinds(changes) == [EntryReacted, EntryMoved, EntryConfirmed]
    assert texts(conversation) == ["first", "second"]


def test_an_occupant_who_takes_our_id_is_not_us() -> None:
    conversation = room(SID)
    conversation.sent(said("hi", "s1"), at(0))
    conversation.feed(told("hi", "s1", sender=ROMEO, named="n1"), at(1))
    assert texts(conversation) == ["hi", "hi"]
    assert [entry.own for entry in conversation.entries] == [True, False]
    assert [entry.confirmed for entry in conversation.entries] == [False, True]


def test_what_belongs_elsewhere_is_passed_over() -> None:
    conversation = room(SID)
    private = Message(OWN, "psst", sender=ROMEO, type="chat")
    for message in (
        private,
        told("hi", "r1", sender=JID("other@rooms.capulet.lit/romeo")),
        Message(OWN, "hi", sender=ROOM, type="normal"),
        Message(OWN, "hi", type="groupchat"),
    ):
        assert conversation.feed(message, at(0)) == []
    assert conversation.sent(Message(ROMEO, "psst", type="chat"), at(0)) == []
    assert conversation.entries == ()


def test_our_nickname_is_the_one_that_the_room_tells() -> None:
    conversation = room(SID, nick=None)
    conversation.feed(there(JULIET, "110"))
    conversation.feed(told("hi", "x1", sender=JULIET, named="n1"), at(0))
    assert last(conversation).own
    conversation.feed(gone(JULIET, "110", "303", nick="julia"))
    conversation.feed(told("I am Julia", "x2", sender=ROOM.with_resource("julia"), named="n2"), at(1))
    assert last(conversation).own
    conversation.feed(told("who took my name?", "x3", sender=JULIET, named="n3"), at(2))
    assert not last(conversation).own
    conversation.feed(there(JID("verona@evil.example/julia"), "110"))
    conversation.feed(told("still me", "x4", sender=ROOM.with_resource("julia"), named="n4"), at(3))
    assert last(conversation).own


# Who corrects whom


@pytest.mark.spec("XEP-0308", "4", "5")
@pytest.mark.spec("XEP-0424", "5")
def test_only_the_author_corrects_and_takes_back() -> None:
    conversation = room(SID)
    conversation.feed(told("airlock", "r1", named="n1"), at(0))
    for forged in (
        told("evil", "x1", Replace(id="r1"), sender=NURSE, named="n2"),
        told(None, "x2", Retract(id="n1"), sender=NURSE, named="n3"),
        told("evil", "x3", Replace(id="r1"), sender=ROOM),
    ):
        assert "by one who may not do it" in refusal(conversation.feed(forged, at(1)))
    assert kinds(conversation.feed(told("window", "r2", Replace(id="r1"), named="n4"), at(2))) == [EntryCorrected]
    assert kinds(conversation.feed(told(None, "r3", Retract(id="n1"), named="n5"), at(3))) == [EntryRetracted]


@pytest.mark.spec("XEP-0308", "5")
def test_who_comes_under_the_same_nickname_may_be_another() -> None:
    conversation = room(SID)
    conversation.feed(told("airlock", "r1", named="n1"), at(0))
    conversation.feed(gone(ROMEO))
    conversation.feed(there(ROMEO))
    evil = told("evil", "x1", Replace(id="r1"), named="n2")
    assert refusal(conversation.feed(evil, at(1))) == "a correction by one who may not do it"
    assert texts(conversation) == ["airlock"]


def test_a_new_nickname_is_the_same_person() -> None:
    conversation = room(SID)
    conversation.feed(told("airlock", "r1", named="n1"), at(0))
    conversation.feed(gone(ROMEO, "303", nick="montague"))
    renamed = ROOM.with_resource("montague")
    assert kinds(conversation.feed(told("window", "r2", Replace(id="r1"), sender=renamed), at(1))) == [EntryCorrected]
    conversation.feed(gone(renamed, "303", nick="\u0000"))
    again = conversation.feed(told("door", "r3", Replace(id="r1"), sender=renamed), at(2))
    assert refusal(again) == "a correction by one who may not do it"


@pytest.mark.spec("XEP-0333", "7")
@pytest.mark.spec("XEP-0308", "4")
def test_real_addresses_tell_where_the_room_shows_them() -> None:
    conversation = room(SID)
    conversation.feed(there(ROMEO, real=JID("romeo@montague.lit/orchard")))
    conversation.feed(told("airlock", "r1", named="n1"), at(0))
    conversation.feed(gone(ROMEO))
    conversation.feed(there(NURSE, real=JID("romeo@montague.lit/phone")))
    conversation.feed(there(ROMEO, real=JID("mallory@evil.example/x")))
    assert refusal(conversation.feed(told("evil", "x1", Replace(id="r1"), named="n2"), at(1)))
    conversation.feed(gone(NURSE, "303", nick="montague"))
    window = told("window", "r2", Replace(id="r1"), sender=ROOM.with_resource("montague"), named="n3")
    assert kinds(conversation.feed(window, at(2))) == [EntryCorrected]
    conversation.feed(there(NURSE, real=TABLET))
    conversation.feed(told("from my tablet", "t1", sender=NURSE, named="n4"), at(3))
    assert [entry.own for entry in conversation.entries] == [False, True]


def test_while_we_were_away_anybody_may_have_come() -> None:
    for announced in (True, False):
        conversation = room(SID)
        conversation.feed(told("airlock", "r1", named="n1"), at(0))
        if announced:
            conversation.feed(gone(JULIET, "110"))
        else:
            conversation.interrupted()
        evil = told("evil", "x1", Replace(id="r1"), named="n2")
        assert refusal(conversation.feed(evil, at(1))) == "a correction by one who may not do it"


def test_presence_that_is_none_of_the_rooms_changes_nothing() -> None:
    conversation = room(SID)
    conversation.feed(told("airlock", "r1", named="n1"), at(0))
    for presence in (
        gone(JID("verona@evil.example/romeo")),
        gone(ROOM),
        gone(ROMEO, kind="error"),
        Presence(OWN, type="unavailable"),
        there(ROMEO),
    ):
        assert conversation.feed(presence) == []
    assert kinds(conversation.feed(told("window", "r2", Replace(id="r1")), at(1))) == [EntryCorrected]
    broken = Presence(
        OWN,
        sender=ROMEO,
        type="unavailable",
        payloads=[
            Element((MucUser.element_names[0]), {}, [Element((MucUser.element_names[0][0], "item"), {"jid": "@"})])
        ],
    )
    conversation.feed(broken)
    assert refusal(conversation.feed(told("evil", "x1", Replace(id="r1")), at(2)))


@pytest.mark.spec("XEP-0421", "3.2", "4", "5")
def test_occupant_ids_tell_where_the_room_gives_them() -> None:
    conversation = room(SID, OID)
    conversation.feed(told("airlock", "r1", named="n1", who="o1"), at(0))
    conversation.feed(gone(ROMEO))
    renamed = ROOM.with_resource("montague")
    window = told("window", "r2", Replace(id="r1"), sender=renamed, named="n2", who="o1")
    assert kinds(conversation.feed(window, at(1))) == [EntryCorrected]
    for ids in ([], ["o2"], ["o1", "o1"], ["o2", "o1"]):
        evil = told("evil", "x1", Replace(id="r1"), *(OccupantId(id=one) for one in ids), named=f"x{ids}")
        assert refusal(conversation.feed(evil, at(2)))
    assert texts(conversation) == ["window"]
    believing = room(SID)  # whoever writes an id where the room gives none
    believing.feed(told("airlock", "r1", named="n1", who="o1"), at(0))
    evil = told("evil", "x1", Replace(id="r1"), sender=NURSE, named="n2", who="o1")
    assert refusal(believing.feed(evil, at(1)))


@pytest.mark.spec("XEP-0421", "4")
def test_we_are_known_by_our_occupant_id_from_another_client_too() -> None:
    conversation = room(SID, OID)
    conversation.feed(there(JULIET, "110", id="me"))
    conversation.feed(told("hi", "t1", sender=ROOM.with_resource("tablet"), named="n1", who="me"), at(0))
    conversation.feed(told("not me", "x1", sender=JULIET, named="n2", who="o2"), at(1))
    assert [entry.own for entry in conversation.entries] == [True, False]
    learning = room(SID, OID)
    learning.sent(said("hi", "s1"), at(0))
    assert kinds(learning.feed(told("hi", "s1", sender=JULIET, named="n1", who="me"), at(1))) == [EntryConfirmed]
    learning.feed(told("before", "t1", Delay(stamp=at(-9)), sender=ROMEO, named="n0", who="me"), at(2))
    assert [entry.own for entry in learning.entries] == [True, True]


@pytest.mark.spec("XEP-0308", "5")
@pytest.mark.spec("XEP-0444", "4.1")
def test_nobody_from_the_history_is_known_without_occupant_ids() -> None:
    late = Delay(stamp=at(-9), sender=ROOM)
    page = [
        ArchivedMessage("n1", at(1), told("airlock", "r1")),
        ArchivedMessage("n2", at(2), told("evil", "x1", Replace(id="r1"))),
        ArchivedMessage("n3", at(3), told(None, "x2", Reactions(id="n1", reactions=["👋"]))),
    ]
    conversation = room(SID)
    changes = [change for one in page for change in conversation.feed_page([one])]
    assert [refusal([change]) for change in changes[1:]] == ["the room does not tell who this is"] * 2
    conversation = room(SID)
    conversation.feed(told("airlock", "r1", late, named="n1"), at(0))
    evil = told("evil", "x1", Replace(id="r1"), named="n2")  # by one who is there now
    assert refusal(conversation.feed(evil, at(1))) == "a correction by one who may not do it"
    conversation = room(SID, trust_nicknames=True)
    assert kinds(conversation.feed_page(page)) == [EntryAdded, EntryCorrected, EntryReacted]
    page = [ArchivedMessage(one.id, one.stamp, one.message.with_(OccupantId(id="o1"))) for one in page]
    conversation = room(SID, OID)
    assert kinds(conversation.feed_page(page)) == [EntryAdded, EntryCorrected, EntryReacted]


def test_many_occupants_are_forgotten_rather_than_mixed_up() -> None:
    conversation = room(SID, limit=2000)
    conversation.feed(told("airlock", "r1", named="n1"), at(0))
    for number in range(1001):
        conversation.feed(told("spam", f"x{number}", sender=ROOM.with_resource(f"spam{number}")), at(1))
    assert refusal(conversation.feed(told("window", "r2", Replace(id="r1")), at(2)))


# By which names


@pytest.mark.spec("XEP-0444", "3.1", "4.2")
@pytest.mark.spec("XEP-0461", "4.1")
@pytest.mark.spec("XEP-0367", "4.1")
@pytest.mark.spec("XEP-0333", "4.3")
def test_what_refers_to_a_message_names_it_as_the_room_does() -> None:
    conversation = room(SID)
    conversation.feed(told("hi", "r1", named="n1"), at(0))
    for by_sender in (
        told(None, "x1", Reactions(id="r1", reactions=["👋"])),
        told(None, "x2", Displayed(id="r1")),
        told(None, "x3", Retract(id="r1")),
        told("reply", "x4", Reply(to=ROMEO, id="r1")),
        told("attached", "x5", AttachTo(id="r1")),
    ):
        assert set(kinds(conversation.feed(by_sender, at(1)))) <= {EntryAdded}
    assert [entry.text for entry in conversation.entries] == ["hi", "reply", "attached"]
    by_room: list[tuple[Message, type[Any]]] = [
        (told(None, "y1", Reactions(id="n1", reactions=["👋"]), sender=NURSE), EntryReacted),
        (told(None, "y2", Displayed(id="n1"), sender=NURSE), EntryDisplayed),
        (told("reply", "y3", Reply(to=NURSE, id="n1")), EntryLinked),
        (told("attached", "y4", AttachTo(id="n1")), EntryLinked),
        (told(None, "y5", Retract(id="n1")), EntryRetracted),
    ]
    for message, kind in by_room:
        assert kinds(conversation.feed(message, at(2)))[-1] is kind


@pytest.mark.spec("XEP-0359", "6")
@pytest.mark.spec("XEP-0444", "4.2")
def test_where_the_room_gives_no_ids_nothing_is_named() -> None:
    """Otherwise one occupant could give a message of theirs the name of another's."""
    conversation = room()
    conversation.feed(told("hi", "r1", named="n1"), at(0))
    for message in (
        told(None, "x1", Reactions(id="n1", reactions=["👋"])),
        told(None, "x2", Displayed(id="n1")),
    ):
        assert refusal(conversation.feed(message, at(1))) == "the room gives no ids to messages"
    conversation.feed(told("reply", "x3", Reply(to=ROMEO, id="n1")), at(1))
    assert (last(conversation).text, last(conversation).target) == ("reply", None)
    assert kinds(conversation.feed(told(None, "r2", Retract(id="r1")), at(2))) == [EntryRetracted]  # section 5.1
    conversation.feed(told("one", "r3", named="n3"), at(3))
    conversation.feed(told("two", "r4", named="n3"), at(3))
    assert texts(conversation)[-2:] == ["one", "two"]


def test_a_second_id_of_the_room_is_not_believed() -> None:
    conversation = room(SID)
    conversation.feed(told("spam", "r1", StanzaId(id="n2", by=ROOM), named="n1"), at(0))
    assert last(conversation).ids == MessageIds("r1")
    conversation.feed(told("important", "r2", sender=NURSE, named="n2"), at(1))
    assert texts(conversation) == ["spam", "important"]


def test_the_accounts_archive_does_not_name_messages_of_rooms() -> None:
    conversation = room(SID)
    conversation.feed(Arrived(told("hi", "r1", named="n1"), "a1"), at(0))
    assert last(conversation).ids.stanza_id == "n1"
    conversation.feed(Arrived(told("ho", "r2", named="n2"), "a2", at(0)))
    assert last(conversation).ids.stanza_id == "n2"
    conversation.feed(Arrived(told("hm", "r3"), "n1", at(0)))  # one id by chance
    assert texts(conversation) == ["hi", "ho", "hm"]
    conversation.feed_page([ArchivedMessage("n1", at(0), told("hi", "r1"))])
    assert len(conversation.entries) == 3


def test_history_that_comes_again_is_no_double_even_without_ids() -> None:
    conversation = room()
    conversation.feed(told("hi", "r1"), at(0))
    assert conversation.feed(told("hi", "r1", Delay(stamp=at(0), sender=ROOM)), at(9)) == []
    conversation.feed(told("ho", "r1", Delay(stamp=at(1), sender=ROOM)), at(9))
    assert [entry.time for entry in conversation.entries] == [at(0), at(1)]


# Moderation


@pytest.mark.spec("XEP-0425", "3.1", "5")
@pytest.mark.parametrize("older", [False, True])
def test_a_moderator_takes_back_through_the_room_alone(older: bool) -> None:
    def moderation(sender: JID, about: str = "n1") -> Message:
        if older:
            inner = Moderated(
                namespace="urn:xmpp:message-moderate:0",
                by=NURSE,
                retract=Retract(namespace="urn:xmpp:message-retract:0"),
                reason="spam",
            )
            return told(None, "m1", ApplyTo(id=about, payloads=[inner]), sender=sender)
        return told(None, "m1", Retract(id=about, moderated=Moderated(by=NURSE), reason="spam"), sender=sender)

    conversation = room(SID)
    conversation.feed(told("buy!", "r1", named="n1"), at(0))
    for forger in (NURSE, ROMEO, JULIET):
        forged = conversation.feed(moderation(forger), at(1))
        assert refusal(forged) == "only the room itself tells what moderators do"
    assert conversation.feed(moderation(ROOM, "r1"), at(2)) == []  # not a name that the room gave
    assert kinds(conversation.feed(moderation(ROOM), at(3))) == [EntryRetracted]
    found = last(conversation).retraction
    assert found is not None
    assert (found.moderated, found.by, found.reason) == (True, NURSE, "spam")


@pytest.mark.spec("XEP-0425", "4")
def test_a_tombstone_says_who_moderated() -> None:
    conversation = room(SID, TOMBSTONES)
    stone = told(None, "r1", Retracted(moderated=Moderated(by=NURSE), reason="spam", stamp=at(9)))
    conversation.feed_page([ArchivedMessage("n1", at(1), stone)])
    found = last(conversation).retraction
    assert found is not None
    assert (found.moderated, found.by, found.reason, found.time) == (True, NURSE, "spam", at(9))


# The rest


@pytest.mark.spec("XEP-0444", "3.3")
def test_in_a_room_nothing_changes_before_the_room_says_so() -> None:
    conversation = room(SID)
    composer = Composer(ROOM, room=True)
    conversation.feed(told("hi", "r1", named="n1"), at(0))
    refused = composer.reactions(last(conversation).ids, ["💩"])
    assert conversation.sent(refused, at(1)) == []
    failure = Message(OWN, sender=ROOM, id=refused.id, type="error", error=StanzaError("not-acceptable"))
    (failed,) = conversation.feed(failure, at(2))
    assert isinstance(failed, SendFailed)
    assert (failed.message_id, failed.entry) == (refused.id, None)
    accepted = composer.reactions(last(conversation).ids, ["👋"])
    conversation.sent(accepted, at(3))
    assert kinds(conversation.feed(accepted.replace(sender=JULIET, to=OWN), at(4))) == [EntryReacted]
    assert list(last(conversation).reactions.values()) == [("👋",)]


def test_an_occupant_cannot_make_our_message_fail() -> None:
    conversation = room(SID)
    conversation.sent(said("hi", "s1"), at(0))

    def error(sender: JID) -> list[Change]:
        return conversation.feed(Message(OWN, sender=sender, id="s1", type="error", error=StanzaError("gone")), at(1))

    assert error(ROMEO) == error(JULIET) == error(ROOM.domain) == []
    assert last(conversation).error is None
    assert kinds(error(ROOM)) == [SendFailed]


@pytest.mark.spec("XEP-0085", "5.5")
def test_states_of_occupants() -> None:
    conversation = room(SID)
    assert kinds(conversation.feed(told(None, "c1", ChatState(state=ChatStateValue.COMPOSING)), at(0))) == [
        StateChanged
    ]
    assert conversation.feed(told(None, "c2", ChatState(state=ChatStateValue.GONE)), at(1)) == []
    assert conversation.feed(told(None, "c3", ChatState(state=ChatStateValue.COMPOSING), sender=JULIET), at(2)) == []
    for number in range(500):
        composing = ChatState(state=ChatStateValue.COMPOSING)
        conversation.feed(told(None, "c4", composing, sender=ROOM.with_resource(f"spam{number}")), at(3))
    assert len(conversation.states) == 200


def test_a_flood_of_reactions_and_markers_is_bounded() -> None:
    conversation = room(SID, OID)
    conversation.feed(told("hi", "r1", named="n1", who="o"), at(0))
    refused = 0
    for number in range(600):
        for payload in (Reactions(id="n1", reactions=["👋"]), Displayed(id="n1")):
            changes = conversation.feed(told(None, f"x{number}", payload, sender=NURSE, who=f"o{number}"), at(1))
            refused += kinds(changes) not in ([EntryReacted], [EntryDisplayed])
    assert len(last(conversation).reactions) == 500
    assert len(conversation.displayed_by(last(conversation))) == 500
    assert refused == 200


def test_what_waits_is_bounded_for_all_together() -> None:
    conversation = room(SID, OID)
    for number in range(600):
        reactions = Reactions(id=f"n{number}", reactions=["👋"])
        conversation.feed(told(None, f"x{number}", reactions, sender=NURSE, who=f"o{number}"), at(0))
    for number in (0, 99, 100, 599):
        conversation.feed(told("late", f"r{number}", named=f"n{number}", who="o"), at(1))
    assert [len(entry.reactions) for entry in conversation.entries] == [0, 0, 1, 1]


def test_an_occupant_id_that_cannot_be_read_is_none() -> None:
    conversation = room(SID, OID)
    conversation.feed(told("airlock", "r1", named="n1", who="o1"), at(0))
    broken = told(
        "evil", "x1", Replace(id="r1"), Element(("urn:xmpp:occupant-id:0", "occupant-id")), named="n2", who="o1"
    )
    assert refusal(conversation.feed(broken, at(1))) == "the room does not tell who this is"


def test_subjects_are_no_entries() -> None:
    conversation = room(SID)
    subject = Message(OWN, subject="The feud", sender=ROMEO, type="groupchat", id="r1")
    assert conversation.feed(subject, at(0)) == []


# One occupant, in private


def psst(body: str | None, id: str, *payloads: Payload, sender: JID = ROMEO) -> Message:
    return Message(OWN, body, sender=sender, id=id, type="chat", payloads=payloads)


@pytest.mark.spec("XEP-0308", "4")
@pytest.mark.spec("XEP-0045", "7.5")
def test_an_occupant_in_private() -> None:
    conversation = Conversation(OWN, ROMEO, nick="juliet", features=[SID])
    assert conversation.kind is ConversationKind.OCCUPANT
    conversation.feed(psst("airlock", "r1"), at(0))
    conversation.sent(Message(ROMEO, "what?", id="s1", type="chat"), at(1))
    for other in (psst("hi", "x1", sender=NURSE), told("hi", "x2"), psst("hi", "x3", sender=ROOM)):
        assert conversation.feed(other, at(2)) == []
    assert kinds(conversation.feed(psst("window", "r2", Replace(id="r1")), at(3))) == [EntryCorrected]
    assert kinds(conversation.feed(psst(None, "r3", Receipt(id="s1")), at(4))) == [EntryReceived]
    conversation.feed(gone(ROMEO))
    assert refusal(conversation.feed(psst("evil", "x4", Replace(id="r1")), at(5)))
    assert texts(conversation) == ["window", "what?"]
    stored = Message(ROMEO, "from the tablet", sender=TABLET, id="t1", type="chat")
    conversation.feed_page([ArchivedMessage("a1", at(9), stored)])
    assert last(conversation).own
    failure = Message(OWN, sender=ROMEO, id="s1", type="error", error=StanzaError("item-not-found"))
    assert conversation.feed(failure, at(6)) == []
    conversation.sent(Message(ROMEO, "still there?", id="s2", type="chat"), at(10))
    assert kinds(conversation.feed(failure.replace(id="s2"), at(11))) == [SendFailed]
