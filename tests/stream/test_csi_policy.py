"""What can wait for an inactive client (XEP-0352), and in which order it goes out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from xmppwire.stanza import Iq, IqType, Message, Presence, Stanza
from xmppwire.stream.csi import LATER, NEVER, HeldTraffic, Judgement, Urgency, judge
from xmppwire.xml import StreamReader, XMLLimits

TYPING = "<composing xmlns='http://jabber.org/protocol/chatstates'/>"
GONE = "<gone xmlns='http://jabber.org/protocol/chatstates'/>"
DISPLAYED = "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>"
RECEIPT = "<received xmlns='urn:xmpp:receipts' id='1'/>"
HINTS = "<no-store xmlns='urn:xmpp:hints'/><thread>t</thread><origin-id xmlns='urn:xmpp:sid:0' id='o'/>"
ENCRYPTED = "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/></encrypted>"


def read(text: str) -> Stanza:
    """A stanza as it comes over the wire."""
    reader = StreamReader(XMLLimits())
    reader.feed(b"<stream xmlns='jabber:client'>" + text.encode())
    reader.next()
    element = reader.next()
    return Stanza.from_element(element)  # type: ignore[arg-type]


def event(inner: str, sender: str = "romeo@montague.lit") -> str:
    return (
        f"<message from='{sender}' type='headline'><event xmlns='http://jabber.org/protocol/pubsub#event'>"
        f"{inner}</event></message>"
    )


def items(node: str, *ids: str) -> str:
    return f"<items node='{node}'>" + "".join(f"<item id='{one}'><x xmlns='x'/></item>" for one in ids) + "</items>"


def carbon(inner: str, direction: str = "received") -> str:
    return (
        f"<message from='juliet@capulet.lit'><{direction} xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>"
        f"{inner}</forwarded></{direction}></message>"
    )


def muc(inner: str, type: str = "") -> str:
    return f"<presence {type} from='room@chat/me'><x xmlns='http://jabber.org/protocol/muc#user'>{inner}</x></presence>"


@pytest.mark.spec("XEP-0352", "3")
@pytest.mark.parametrize(
    "text",
    [
        "<message><body>hi</body></message>",
        f"<message><body>hi</body>{TYPING}</message>",
        "<message type='groupchat'><subject>news</subject></message>",
        f"<message>{ENCRYPTED}</message>",
        f"<message>{ENCRYPTED}{TYPING}{HINTS}</message>",
        f"<message type='error'>{TYPING}</message>",
        "<message><x xmlns='http://jabber.org/protocol/muc#user'><invite from='a@b'/></x></message>",
        "<message><x xmlns='jabber:x:conference' jid='room@chat'/></message>",
        "<message><propose xmlns='urn:xmpp:jingle-message:0' id='1'/></message>",
        "<message><result xmlns='urn:xmpp:mam:2' id='1'/></message>",
        f"<message>{HINTS}</message>",
        "<message/>",
        carbon("<message xmlns='jabber:client'><body>hi</body></message>"),
        carbon("<message xmlns='jabber:client'><body>hi</body></message>", "sent"),
        carbon(""),
        carbon("<message xmlns='jabber:client' from='@@'/>"),
        "<message><received xmlns='urn:xmpp:carbons:2'/></message>",
        "<presence type='subscribe'/>",
        "<presence type='unsubscribed'/>",
        "<presence type='error'/>",
        muc("<item affiliation='none'/><status code='110'/>"),
        muc("<item affiliation='none'/><destroy/>", "type='unavailable'"),
        "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>",
        "<iq type='result' id='1'/>",
    ],
)
def test_what_cannot_wait(text: str) -> None:
    assert judge(read(text)).urgency is Urgency.NOW


@pytest.mark.spec("XEP-0352", "3")
@pytest.mark.parametrize(
    "text",
    [
        f"<message type='chat'>{TYPING}</message>",
        f"<message type='chat'>{TYPING}{HINTS}</message>",
        f"<message type='groupchat'>{GONE}</message>",
        carbon(f"<message xmlns='jabber:client'>{TYPING}</message>"),
    ],
)
def test_what_never_matters(text: str) -> None:
    assert judge(read(text)) == NEVER


@pytest.mark.parametrize(
    "text",
    [
        f"<message>{DISPLAYED}</message>",
        f"<message>{RECEIPT}{HINTS}{TYPING}</message>",
        carbon(f"<message xmlns='jabber:client'>{DISPLAYED}</message>"),
        carbon(event(items("n", "1")).replace("<message", "<message xmlns='jabber:client'")),
        event("<purge node='n'/>"),
        event("<items node='n'><item><x xmlns='x'/></item></items>"),
        event(""),
    ],
)
def test_what_waits_and_stays(text: str) -> None:
    assert judge(read(text)) == LATER


def outcome(held: HeldTraffic, *stanzas: str) -> list[Stanza]:
    """What goes out for these, in order."""
    out: list[Stanza] = []
    for stanza in stanzas:
        out += held.offer(read(stanza))
    return out


def inactive(**settings: int) -> HeldTraffic:
    held = HeldTraffic(**settings)  # type: ignore[arg-type]
    assert held.set_active(False) == ()
    return held


def texts(stanzas: Sequence[Stanza]) -> list[str | None]:
    return [stanza.status if isinstance(stanza, Presence) else stanza.id for stanza in stanzas]


def presence(sender: str, status: str, type: str = "") -> str:
    return f"<presence from='{sender}' {type}><status>{status}</status></presence>"


def test_an_active_client_gets_all_at_once() -> None:
    held = HeldTraffic()
    stanza = Message(body="x")
    assert held.offer(stanza) == (stanza,)
    assert held.offer(stanza)[0] is stanza
    assert len(outcome(held, f"<message>{TYPING}</message>")) == 1


@pytest.mark.spec("XEP-0352", "3")
def test_the_latest_presence_of_each_sender() -> None:
    held = inactive()
    assert not outcome(
        held,
        presence("a@x/1", "a1"),
        presence("b@x/1", "b1"),
        presence("a@x/2", "other resource"),
        presence("a@x/1", "a2", "type='unavailable'"),
        presence("a@x/1", "a3"),
    )
    assert len(held) == 3
    assert texts(held.set_active(True)) == ["b1", "other resource", "a3"]
    assert len(held) == 0
    assert len(outcome(held, presence("a@x/1", "a4"))) == 1


@pytest.mark.spec("XEP-0286", "4")
def test_what_cannot_wait_brings_all_along_in_order() -> None:
    held = inactive()
    out = outcome(
        held,
        presence("a@x/1", "a1"),
        f"<message id='typing'>{TYPING}</message>",
        f"<message id='marker'>{DISPLAYED}</message>",
        "<message id='m'><body>hi</body></message>",
        presence("a@x/1", "a2"),
        "<iq type='get' id='i'><ping xmlns='urn:xmpp:ping'/></iq>",
    )
    assert texts(out) == ["a1", "marker", "m", "a2", "i"]
    assert len(held) == 0
    assert not held.active


def test_events_of_a_node() -> None:
    held = inactive()
    tune, bookmarks = "http://jabber.org/protocol/tune", "urn:xmpp:bookmarks:1"
    assert not outcome(
        held,
        event(items(tune, "r1")).replace("<message", "<message id='t1'"),
        event(items(tune, "r2")).replace("<message", "<message id='t2'"),
        event(items(tune, "r1"), "nurse@capulet.lit").replace("<message", "<message id='t3'"),
        event(items(bookmarks, "room1")).replace("<message", "<message id='b1'"),
        event(items(bookmarks, "room2")).replace("<message", "<message id='b2'"),
        event(f"<items node='{bookmarks}'><retract id='room1'/></items>").replace("<message", "<message id='b3'"),
        event(items(bookmarks, "room1", "room3")).replace("<message", "<message id='b4'"),
    )
    assert texts(held.release()) == ["t2", "t3", "b2", "b3", "b4"]


@pytest.mark.parametrize("settings", [{"stanzas": 10}, {"size": 560}])
def test_it_is_bounded(settings: dict[str, int]) -> None:
    held = inactive(**settings)
    for number in range(100):
        out = outcome(held, presence(f"a{number % 50}@x/1", f"{number:03}"))
        assert len(held) <= 10
        if out:
            assert texts(out) == [f"{each:03}" for each in range(number - len(out) + 1, number + 1)]


def test_what_is_replaced_takes_no_room() -> None:
    held = inactive(size=1000)
    for number in range(1000):
        assert not outcome(held, presence("a@x/1", f"{number:03}"))
    assert texts(held.release()) == ["999"]


def test_another_policy() -> None:
    """Whoever runs a server decides."""
    held = HeldTraffic(judge=lambda stanza: NEVER if isinstance(stanza, Presence) else Judgement(Urgency.LATER, 1))
    held.set_active(False)
    for stanza in (Presence(), Iq(IqType.RESULT, id="a"), Iq(IqType.RESULT, id="b")):
        assert not held.offer(stanza)
    assert texts(held.release()) == ["b"]
