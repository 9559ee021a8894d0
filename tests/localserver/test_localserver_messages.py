"""The delivery rules for messages: the table in section 8.5.4 of RFC 6121, cell by cell, and offline messages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.localserver.town import Town, bodies
from xmppwire.jid import JID
from xmppwire.localserver import LocalLimits
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.direct_muc_invitations import DirectInvitation
from xmppwire.protocol.stanza_id import StanzaId
from xmppwire.stanza import Message, MessageType, Presence, StanzaError
from xmppwire.xml import Element

JULIET = "juliet@capulet.lit"

NOBODY, OFFLINE, NEGATIVE, ONE, SEVERAL = "no account", "no resource", "negative", "one", "several"
BARE, MATCH, NO_MATCH = "bare", "full match", "full no match"

# O: kept; E: error; S: silence; D: to the resource; M: to the most available; A: to all non-negative
TABLE = {
    (NOBODY, BARE): "EEES",
    (NOBODY, NO_MATCH): "EEES",
    (OFFLINE, BARE): "OOES",
    (OFFLINE, NO_MATCH): "EOES",
    (NEGATIVE, BARE): "OOES",
    (NEGATIVE, MATCH): "DDDD",
    (NEGATIVE, NO_MATCH): "EOES",
    (ONE, BARE): "DDED",
    (ONE, MATCH): "DDDD",
    (ONE, NO_MATCH): "EDES",
    (SEVERAL, BARE): "MMEA",
    (SEVERAL, MATCH): "DDDD",
    (SEVERAL, NO_MATCH): "EMES",
}
TYPES = (MessageType.NORMAL, MessageType.CHAT, MessageType.GROUPCHAT, MessageType.HEADLINE)
CASES = [(where, to, type_, row[at]) for (where, to), row in TABLE.items() for at, type_ in enumerate(TYPES)]


@pytest.mark.spec("RFC 6121", "8.5", "8.5.1", "8.5.2.1.1", "8.5.2.2.1", "8.5.3.1", "8.5.3.2.1", "8.5.4")
@pytest.mark.spec("RFC 6120", "10.5.3", "10.5.4")
@pytest.mark.parametrize(("where", "to", "type_", "expected"), CASES)
def test_every_cell_of_the_table(where: str, to: str, type_: MessageType, expected: str) -> None:
    town = Town()
    romeo = town.login("romeo@capulet.lit/orchard")
    resources = {NEGATIVE: {"away": -1}, ONE: {"balcony": 0}, SEVERAL: {"balcony": 5, "chamber": 1, "away": -1}}.get(
        where, {}
    )
    juliets = {name: town.login(f"{JULIET}/{name}", priority=priority) for name, priority in resources.items()}
    user = "tybalt@capulet.lit" if where == NOBODY else JULIET
    named = {NEGATIVE: "away", SEVERAL: "chamber"}.get(where, "balcony")
    target = JID({BARE: user, MATCH: f"{user}/{named}", NO_MATCH: f"{user}/nowhere"}[to])
    message = Message(target, "O Romeo", type=type_, id="m1")
    romeo.say(message)
    got = {name for name, client in juliets.items() if client.heard() == [message.replace(sender=romeo.jid)]}
    replies = romeo.heard()
    account = town.server.hub.accounts.get(JID(JULIET))
    assert account is not None
    assert len(account.offline) == (1 if expected == "O" else 0)
    if expected == "E":
        (reply,) = replies
        assert (reply.type, reply.id, reply.sender, reply.to) == (MessageType.ERROR, "m1", target, romeo.jid)
        assert reply.error == StanzaError("service-unavailable")
    else:
        assert replies == []
    delivered = {
        "D": {named} if to == MATCH else {"balcony"},
        "M": {"balcony"},
        "A": {"balcony", "chamber"},
    }.get(expected, set())
    assert got == delivered


@pytest.mark.spec("RFC 6121", "8.5.1", "8.5.2.1.1", "8.5.3.2.1")
@pytest.mark.spec("RFC 6120", "8.3.1")
@pytest.mark.parametrize("to", ["tybalt@capulet.lit", JULIET, f"{JULIET}/nowhere", "verona.lit", "capulet.lit"])
def test_an_error_is_never_answered(to: str) -> None:
    town = Town()
    romeo = town.login("romeo@capulet.lit/orchard")
    juliet = town.login(f"{JULIET}/balcony")
    romeo.say(Message(to, type="error", error=StanzaError("item-not-found")))
    assert romeo.heard() == []
    assert juliet.heard() == []


@pytest.mark.spec("RFC 6121", "8.5.3.1")
def test_a_connected_resource_that_is_not_available_gets_what_is_sent_to_it() -> None:
    town = Town()
    romeo = town.login("romeo@capulet.lit/orchard")
    juliet = town.login(f"{JULIET}/balcony", priority=None)
    romeo.say(Message(f"{JULIET}/balcony", "here"), Message(JULIET, "kept"))
    assert bodies(juliet.heard()) == ["here"]


def test_resources_of_the_same_priority_all_get_the_message() -> None:
    town = Town()
    romeo = town.login("romeo@capulet.lit/orchard")
    juliets = [town.login(f"{JULIET}/{name}", priority=3) for name in ("balcony", "chamber")]
    romeo.say(Message(JULIET, "hi"))
    assert [bodies(juliet.heard()) for juliet in juliets] == [["hi"], ["hi"]]


@pytest.mark.spec("RFC 6120", "8.1.2.1", "10.3.1")
def test_the_sender_is_stamped_and_no_address_means_oneself() -> None:
    town = Town()
    juliet = town.login(f"{JULIET}/balcony")
    chamber = town.login(f"{JULIET}/chamber", priority=-1)
    chamber.say(Message(body="note to self"))
    (note,) = juliet.heard()
    assert (note.sender, note.to, note.body) == (chamber.jid, JID(JULIET), "note to self")


@pytest.mark.spec("RFC 6120", "10.4", "10.4.3")
def test_other_domains_are_not_found() -> None:
    town = Town()
    romeo = town.login("romeo@capulet.lit/orchard")
    romeo.say(Message("benvolio@montague.lit", "hi"))
    (reply,) = romeo.heard()
    assert reply.error == StanzaError("remote-server-not-found")


@pytest.mark.spec("RFC 6120", "10.5.1", "10.5.2")
@pytest.mark.parametrize("to", ["capulet.lit", "capulet.lit/admin"])
def test_the_server_reads_no_messages(to: str) -> None:
    town = Town()
    romeo = town.login("romeo@capulet.lit/orchard")
    romeo.say(Message(to, "hi"))
    (reply,) = romeo.heard()
    assert reply.error == StanzaError("service-unavailable")


def test_several_domains() -> None:
    town = Town({"juliet": "secret1", "romeo@montague.lit": "secret2"}, domains=("capulet.lit", "montague.lit"))
    town.passwords["romeo"] = "secret2"
    juliet, romeo = town.login(f"{JULIET}/balcony"), town.login("romeo@montague.lit/orchard")
    juliet.say(Message("romeo@montague.lit", "wherefore art thou"))
    assert bodies(romeo.heard()) == ["wherefore art thou"]


@pytest.mark.spec("RFC 6120", "8.1.5")
def test_the_language_of_a_stream_goes_with_its_stanzas() -> None:
    town = Town()
    romeo = town.login("romeo@capulet.lit/orchard", lang="it")
    juliet = town.login(f"{JULIET}/balcony")
    romeo.say(Message(JULIET, "ciao"), Message(JULIET, "hi", lang="en-GB"))
    juliet.say(Message("romeo@capulet.lit", "hello"))
    assert [message.effective_lang for message in juliet.heard()] == ["it", "en-GB"]
    assert [message.lang for message in romeo.heard()] == [None]


# --- offline messages -----------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0160", "2", "3")
@pytest.mark.spec("XEP-0203", "4")
def test_offline_messages_come_with_the_first_presence_that_wants_them() -> None:
    epoch = datetime(2026, 5, 1, tzinfo=UTC).timestamp() - 1000
    town = Town(epoch=epoch)
    romeo = town.login("romeo@capulet.lit/orchard")
    romeo.say(Message(JULIET, "first", type="chat"))
    town.world.advance(90.5)
    romeo.say(Message(JULIET, "second"))
    away = town.login(f"{JULIET}/away", priority=-1)
    assert away.heard() == []
    juliet = town.connect(f"{JULIET}/balcony")
    juliet.end.take()
    juliet.say(Presence(priority=1))
    got = [event for event in juliet.heard() if isinstance(event, Message)]
    assert bodies(got) == ["first", "second"]
    delays = [message.get(Delay) for message in got]
    assert [delay.stamp for delay in delays] == [
        datetime(2026, 5, 1, tzinfo=UTC),
        datetime(2026, 5, 1, 0, 1, 30, 500000, tzinfo=UTC),
    ]
    assert {str(delay.sender) for delay in delays} == {"capulet.lit"}
    assert got[0].without(Delay).without(StanzaId) == Message(JULIET, "first", type="chat", sender=romeo.jid)
    juliet.say(Presence(priority=2))
    assert bodies(juliet.heard()) == []  # once only


def test_a_resource_that_stops_being_negative_gets_them_too() -> None:
    town = Town()
    romeo = town.login("romeo@capulet.lit/orchard")
    juliet = town.login(f"{JULIET}/balcony", priority=-5)
    romeo.say(Message(JULIET, "waiting"))
    assert bodies(juliet.heard()) == []
    juliet.say(Presence(priority=0))
    (message,) = [event for event in juliet.heard() if isinstance(event, Message)]
    assert message.body == "waiting"
    assert message.get(Delay) is None  # nobody told the server what time it is


@pytest.mark.spec("XEP-0160", "3")
def test_chat_without_a_body_is_not_kept() -> None:
    town = Town()
    romeo = town.login("romeo@capulet.lit/orchard")
    composing = Element(("http://jabber.org/protocol/chatstates", "composing"))
    romeo.say(Message(JULIET, type="chat", payloads=[composing]))
    assert romeo.heard() == []
    juliet = town.connect(f"{JULIET}/balcony")
    juliet.say(Presence())
    assert [event for event in juliet.heard() if isinstance(event, Message)] == []


@pytest.mark.spec("XEP-0160", "2")
@pytest.mark.parametrize(
    ("limits", "kept"), [(LocalLimits(offline_messages=3), 3), (LocalLimits(offline_bytes=4 * 1000 + 700), 4)]
)
def test_the_room_for_offline_messages_is_bounded(limits: LocalLimits, kept: int) -> None:
    town = Town(limits=limits)
    romeo = town.login("romeo@capulet.lit/orchard")
    for number in range(kept):
        romeo.say(Message(JULIET, f"{number}" * 1000))
    assert romeo.heard() == []
    romeo.say(Message(JULIET, "x" * 1000, id="over"))
    (reply,) = romeo.heard()
    assert (reply.id, reply.error) == ("over", StanzaError("service-unavailable"))


@pytest.mark.spec("XEP-0249", "2")
def test_an_invitation_waits_for_who_is_away() -> None:
    """It has no body, and is none the less for a person."""
    town = Town()
    romeo = town.login("romeo@capulet.lit/orchard")
    invitation = DirectInvitation(jid=JID("cave@conference.capulet.lit"), reason="a masque")
    romeo.say(Message(JULIET, payloads=[invitation]))
    assert romeo.heard() == []
    juliet = town.login(f"{JULIET}/balcony", priority=None)
    juliet.say(Presence())
    (message,) = [stanza for stanza in juliet.heard() if isinstance(stanza, Message)]
    assert message.get(DirectInvitation) == invitation
