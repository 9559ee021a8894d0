"""Which reactions somebody takes (XEP-0444 section 2.2): read from discovery, kept to by us, and seen to in a conversation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from xmppwire.im.archive import ArchivedMessage
from xmppwire.im.conversation import Change, Conversation, EntryReacted, Refused
from xmppwire.im.messages import Composer, MessageIds, ReactionError, ReactionRules, reaction_rules
from xmppwire.im.messages.reaction_rules import MOST_ALLOWED
from xmppwire.jid import JID
from xmppwire.protocol.carbons import SentCarbon
from xmppwire.protocol.data_forms import DataForm, DataFormType, Field, FieldType
from xmppwire.protocol.disco import DiscoInfo
from xmppwire.protocol.forward import Forwarded
from xmppwire.protocol.occupant_id import OccupantId
from xmppwire.protocol.reactions import Reactions
from xmppwire.protocol.stanza_id import StanzaId
from xmppwire.stanza import ErrorCondition, Message

pytestmark = pytest.mark.spec("XEP-0444", "2.2")

OWN = JID("juliet@capulet.lit/balcony")
ROMEO = JID("romeo@montague.lit/orchard")
ROOM = JID("coven@chat.shakespeare.lit")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FORM_TYPE = "urn:xmpp:reactions:0:restrictions"
HEARTS = ReactionRules(1, frozenset("💘💜"))


def told(
    most: str | None = "1",
    allowed: list[str] | None = None,
    type: DataFormType = DataFormType.RESULT,
    hidden: FieldType = FieldType.HIDDEN,
) -> DiscoInfo:
    fields = [Field(var="FORM_TYPE", type=hidden, values=[FORM_TYPE])]
    if most is not None:
        fields.append(Field(var="max_reactions_per_user", values=[most]))
    if allowed is not None:
        fields.append(Field(var="allowlist", values=allowed))
    return DiscoInfo(forms=[DataForm(type=type, fields=fields)])


def at(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


def react(id: str, *emoji: str, sender: JID = ROMEO, to: JID = OWN) -> Message:
    return Message(to, sender=sender, id=id, type="chat", payloads=[Reactions(id="s1", reactions=list(emoji))])


def reasons(changes: list[Change]) -> list[str]:
    return [change.reason for change in changes if isinstance(change, Refused)]


def test_the_rules_are_read() -> None:
    assert reaction_rules(told("1", ["💘", "💜", "💘"])) == HEARTS
    assert reaction_rules(told("3")) == ReactionRules(3)
    assert reaction_rules(told(None, ["👋"])) == ReactionRules(None, frozenset("👋"))
    assert reaction_rules(told(None, [])) == reaction_rules(DiscoInfo()) == ReactionRules()


@pytest.mark.parametrize(
    "info",
    [
        told("many"),
        told("-1"),
        told(type=DataFormType.FORM),
        told(hidden=FieldType.TEXT_SINGLE),
        told(None, [str(number) for number in range(MOST_ALLOWED + 1)]),
    ],
)
def test_what_tells_no_rules_forbids_nothing(info: DiscoInfo) -> None:
    assert reaction_rules(info) == ReactionRules()


def test_what_the_others_do_not_take_is_not_written() -> None:
    composer = Composer(ROMEO.bare, reaction_rules=HEARTS)
    ids = MessageIds("s1")
    assert composer.reactions(ids, ["💘", "💘"]).get(Reactions) == Reactions(id="s1", reactions=["💘"])
    assert composer.reactions(ids, []).get(Reactions) == Reactions(id="s1")
    for wrong in (["💘", "💜"], ["👋"], ["💘\ufe0f"]):
        with pytest.raises(ReactionError):
            composer.reactions(ids, wrong)
    nothing = Composer(ROMEO.bare, reaction_rules=ReactionRules(0))
    with pytest.raises(ReactionError, match="at most 0"):
        nothing.reactions(ids, ["💘"])
    assert [emoji for emoji in "👋💜🎉💘" if HEARTS.problem([emoji]) is None] == ["💜", "💘"]


def test_ours_are_held_to_the_rules_of_the_other_side_and_theirs_are_not() -> None:
    conversation = Conversation(OWN, ROMEO.bare, reaction_rules=HEARTS)
    conversation.feed(Message(OWN, "hi", sender=ROMEO, id="s1", type="chat"), at(0))
    wrong = react("x1", "👋", sender=OWN, to=ROMEO.bare)
    assert reasons(conversation.sent(wrong, at(1))) == ["1 of the reactions are not among those that are taken"]
    tablet = react("x2", "💘", "💜", sender=OWN.bare.with_resource("tablet"), to=ROMEO.bare)
    copied = Message(OWN, sender=OWN.bare, type="chat", payloads=[SentCarbon(forwarded=Forwarded(stanza=tablet))])
    assert reasons(conversation.feed(copied, at(2))) == ["at most 1 reactions of one participant are taken"]
    (entry,) = conversation.entries
    assert entry.reactions == {}
    (reacted,) = conversation.sent(react("x3", "💜", sender=OWN, to=ROMEO.bare), at(3))
    assert isinstance(reacted, EntryReacted)
    (reacted,) = conversation.feed(react("r1", "👋", "🎉"), at(4))
    assert isinstance(reacted, EntryReacted)
    assert sorted(entry.reactions.values()) == [("👋", "🎉"), ("💜",)]


@pytest.mark.spec("XEP-0444", "3.3")
def test_theirs_are_held_to_our_rules_and_answered_by_the_program() -> None:
    conversation = Conversation(OWN, ROMEO.bare, own_reaction_rules=HEARTS)
    conversation.sent(Message(ROMEO.bare, "hi", id="s1", type="chat"), at(0))
    (refused,) = conversation.feed(react("r1", "💘", "💜"), at(1))
    assert isinstance(refused, Refused)
    answer = refused.message.error_reply(ErrorCondition.NOT_ACCEPTABLE, text=refused.reason)
    assert (answer.to, answer.id, answer.type) == (ROMEO, "r1", "error")
    (entry,) = conversation.entries
    assert entry.reactions == {}
    again = ArchivedMessage("a1", at(1), react("r1", "💘", "💜"))
    assert conversation.feed_page([again]) == [], "it is the same that was refused"
    assert entry.reactions == {}
    assert len(conversation.feed(react("r2", "💘"), at(2))) == 1


def test_in_a_room_its_rules_are_for_all_and_what_it_kept_it_took() -> None:
    features = ["urn:xmpp:sid:0", "urn:xmpp:occupant-id:0"]
    conversation = Conversation(
        OWN, ROOM, room=True, nick="Juliet", features=features, trust_nicknames=True, reaction_rules=HEARTS
    )

    def says(nick: str, id: str, *payloads: Any, body: str | None = None) -> Message:
        extra = [StanzaId(id=f"room-{id}", by=ROOM), OccupantId(id=f"id of {nick}"), *payloads]
        return Message(OWN, body, sender=ROOM.with_resource(nick), id=id, type="groupchat", payloads=extra)

    conversation.feed(says("Romeo", "1", body="hi"), at(0))
    reactions = Reactions(id="room-1", reactions=["👋"])
    (refused,) = conversation.feed(says("Tybalt", "2", reactions), at(1))
    assert isinstance(refused, Refused)
    ours = Message(ROOM, id="3", type="groupchat", payloads=[reactions])
    assert len(reasons(conversation.sent(ours, at(2)))) == 1
    old = ArchivedMessage("room-4", at(3), says("Paris", "4", reactions))
    (reacted,) = conversation.feed_page([old])
    assert isinstance(reacted, EntryReacted)
