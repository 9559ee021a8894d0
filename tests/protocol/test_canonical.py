"""The comparison itself: what it lets pass, what it sees, and what counts as left untyped."""

from __future__ import annotations

import pytest

from tests.payload.xmltext import element
from tests.protocol.canonical import canonical, difference
from tests.protocol.corpus import Example, problems
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.disco import DiscoInfo
from xmppwire.protocol.roster import Roster

DELAY = "<delay xmlns='urn:xmpp:delay' stamp='2002-09-10T23:08:25Z'{}>{}</delay>"
ROSTER = "<query xmlns='jabber:iq:roster'>{}</query>"


@pytest.mark.parametrize(
    ("cls", "one", "other"),
    [
        (Delay, DELAY.format("", ""), DELAY.format("", "").replace("23:08:25Z", "19:08:25.000-04:00")),
        (Delay, DELAY.format(" from='A@B.lit'", ""), DELAY.format(" from='a@b.lit'", "")),
        (Roster, ROSTER.format("<item jid='a@b' approved='1'/>"), ROSTER.format("\n<item approved='true' jid='a@b'/>")),
        (Roster, ROSTER.format("<item jid='a@b'/>"), ROSTER.format("<item jid='a@b' subscription='none'/>")),
    ],
)
def test_the_same(cls: type, one: str, other: str) -> None:
    assert difference(canonical(element(one), cls), canonical(element(other), cls)) is None
    assert difference(canonical(element(one)), canonical(element(other))) is not None


@pytest.mark.parametrize(
    ("cls", "one", "other", "where"),
    [
        (Delay, DELAY.format("", "a"), DELAY.format("", "a "), "delay: 'a' became 'a '"),
        (Delay, DELAY.format("", ""), DELAY.format(" odd=''", ""), "delay@odd: nothing became ''"),
        (Delay, DELAY.format("", ""), DELAY.format("", "").replace("25Z", "26Z"), "delay@stamp"),
        (
            Roster,
            ROSTER.format("<item jid='a@b'/><item jid='c@d'/>"),
            ROSTER.format("<item jid='a@b'/>"),
            "query: <item",
        ),
        (
            Roster,
            ROSTER.format("<item jid='a@b'><group>x</group></item>"),
            ROSTER.format("<item jid='a@b'><group odd='1'>x</group></item>"),
            "query/item/group@odd",
        ),
        (
            DiscoInfo,
            "<query xmlns='http://jabber.org/protocol/disco#info'><feature var='a'>x</feature></query>",
            "<query xmlns='http://jabber.org/protocol/disco#info'><feature var='a'/></query>",
            "query/feature",
        ),
    ],
)
def test_not_the_same(cls: type, one: str, other: str, where: str) -> None:
    found = difference(canonical(element(one), cls), canonical(element(other), cls))
    assert found is not None and found.startswith(where)


@pytest.mark.parametrize(
    ("xml", "problem"),
    [
        ("<message><delay xmlns='urn:xmpp:delay'/></message>", "message/delay@stamp: attribute missing"),
        ("<message><x xmlns='urn:xmpp:delay'/></message>", "message/x: no class for it"),
        ("<message><x/></message>", "message/x: no class for it in 'jabber:client'"),
        ("<message>" + DELAY.format(" odd='1'", "") + "</message>", "message/delay@odd: no field for it"),
        ("<message>" + DELAY.format("", "<x/>") + "</message>", "message/delay/x: no field for it"),
        (
            "<message><result xmlns='urn:xmpp:mam:2' id='1'><forwarded xmlns='urn:xmpp:forward:0'>"
            "<message xmlns='jabber:client'><ping xmlns='urn:xmpp:ping' odd=''/></message></forwarded></result></message>",
            "message/result/forwarded/message/ping@odd: no field for it",
        ),
        (
            "<iq id='1' type='error'><error type='cancel'><delay xmlns='urn:xmpp:delay' stamp='x'/></error></iq>",
            "iq/error/delay@stamp",
        ),
        (
            "<presence><c xmlns='http://jabber.org/protocol/caps' node='n' ver='v'>text</c></presence>",
            "presence/c/text()",
        ),
    ],
)
def test_what_is_wrong_with_an_example(xml: str, problem: str) -> None:
    found = problems(Example("0203", "1", "", xml))
    assert len(found) == 1 and found[0].startswith(problem), found


def test_what_is_no_problem() -> None:
    """Dots between elements, namespaces that nobody types, a comment, an IQ without an id."""
    xml = f"<?xml version='1.0'?><!-- --><iq type='set'><x xmlns='urn:example:odd'><odd/></x></iq><message>...{DELAY}</message>"
    assert problems(Example("0203", "1", "", xml.format("", ""))) == []
