"""Fixtures with the text that a value is to be written as, faults with their paths, and stanzas in stanzas."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.payload.xmltext import element
from xmppwire.jid import JID
from xmppwire.payload import Payload, PayloadError, find
from xmppwire.protocol.bind import Bind
from xmppwire.protocol.caps import Caps
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.disco import DiscoInfo, DiscoItem, DiscoItems, Identity
from xmppwire.protocol.forward import Forwarded
from xmppwire.protocol.mam import ArchiveFin, ArchiveResult
from xmppwire.protocol.ping import Ping
from xmppwire.protocol.receipts import Receipt, ReceiptRequest
from xmppwire.protocol.roster import Ask, Roster, RosterItem, Subscription
from xmppwire.protocol.session import Session
from xmppwire.protocol.stanza_id import OriginId, StanzaId
from xmppwire.protocol.version import Version
from xmppwire.stanza import Iq, IqType, Message, Presence, PresenceType, read_stanza

CLIENT = "xmlns='jabber:client'"
JULIET = JID("juliet@capulet.lit")
STAMP = datetime(2010, 7, 10, 23, 8, 25, tzinfo=UTC)

FIXTURES: list[tuple[Payload, str]] = [
    (Bind(), "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"),
    (Bind(resource="balcony"), "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>balcony</resource></bind>"),
    (
        Bind(jid=JID("juliet@capulet.lit/balcony")),
        "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>juliet@capulet.lit/balcony</jid></bind>",
    ),
    (Session(), "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>"),
    (Session(optional=True), "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session>"),
    (Ping(), "<ping xmlns='urn:xmpp:ping'/>"),
    (ReceiptRequest(), "<request xmlns='urn:xmpp:receipts'/>"),
    (Receipt(id="1"), "<received xmlns='urn:xmpp:receipts' id='1'/>"),
    (Receipt(), "<received xmlns='urn:xmpp:receipts'/>"),
    (
        Delay(stamp=STAMP, sender=JULIET, reason="Offline Storage"),
        "<delay xmlns='urn:xmpp:delay' stamp='2010-07-10T23:08:25Z' from='juliet@capulet.lit'>Offline Storage</delay>",
    ),
    (
        Caps(node="http://psi-im.org", ver="q07IKJEyjvHSyhy//CH0CxmKi8w=", hash="sha-1"),
        "<c xmlns='http://jabber.org/protocol/caps' node='http://psi-im.org' ver='q07IKJEyjvHSyhy//CH0CxmKi8w=' hash='sha-1'/>",
    ),
    (
        Caps(node="http://exodus.jabberstudio.org/caps", ver="0.9", ext="tins ftrans"),
        "<c xmlns='http://jabber.org/protocol/caps' node='http://exodus.jabberstudio.org/caps' ver='0.9' ext='tins ftrans'/>",
    ),
    (StanzaId(id="5", by=JULIET), "<stanza-id xmlns='urn:xmpp:sid:0' id='5' by='juliet@capulet.lit'/>"),
    (
        Version(software="Exodus", version="0.7", os="Windows"),
        "<query xmlns='jabber:iq:version'><name>Exodus</name><version>0.7</version><os>Windows</os></query>",
    ),
    (OriginId(id="5"), "<origin-id xmlns='urn:xmpp:sid:0' id='5'/>"),
    (
        Roster(
            ver="ver7",
            items=[
                RosterItem(jid=JID("nurse@capulet.lit"), groups=["Servants", "Friends"]),
                RosterItem(jid=JULIET, name="J", subscription=Subscription.FROM, ask=Ask.SUBSCRIBE, approved=True),
            ],
        ),
        "<query xmlns='jabber:iq:roster' ver='ver7'><item jid='nurse@capulet.lit' subscription='none'><group>Servants</group>"
        "<group>Friends</group></item>"
        "<item jid='juliet@capulet.lit' name='J' subscription='from' ask='subscribe' approved='true'/>"
        "</query>",
    ),
    (
        DiscoInfo(
            node="n",
            identities=[Identity(category="client", type="pc", name="Gabber", lang="en")],
            features=["urn:xmpp:ping", "jabber:iq:version"],
        ),
        "<query xmlns='http://jabber.org/protocol/disco#info' node='n'>"
        "<identity category='client' type='pc' name='Gabber' xml:lang='en'/>"
        "<feature var='urn:xmpp:ping'/><feature var='jabber:iq:version'/></query>",
    ),
    (
        DiscoItems(items=[DiscoItem(jid=JULIET, node="a", name="b"), DiscoItem(jid=JID("x.lit"))]),
        "<query xmlns='http://jabber.org/protocol/disco#items'><item jid='juliet@capulet.lit' node='a' name='b'/>"
        "<item jid='x.lit'/></query>",
    ),
    (
        ArchiveResult(
            id="7",
            queryid="f27",
            forwarded=Forwarded(
                delay=Delay(stamp=STAMP), stanza=Message(JULIET, "hi", type="chat", payloads=[OriginId(id="3")])
            ),
        ),
        "<result xmlns='urn:xmpp:mam:2' id='7' queryid='f27'><forwarded xmlns='urn:xmpp:forward:0'>"
        "<delay xmlns='urn:xmpp:delay' stamp='2010-07-10T23:08:25Z'/>"
        "<message xmlns='jabber:client' to='juliet@capulet.lit' type='chat'>"
        "<body>hi</body><origin-id xmlns='urn:xmpp:sid:0' id='3'/></message></forwarded></result>",
    ),
    (
        Forwarded(stanza=Presence(JULIET, type=PresenceType.UNAVAILABLE)),
        "<forwarded xmlns='urn:xmpp:forward:0'>"
        "<presence xmlns='jabber:client' to='juliet@capulet.lit' type='unavailable'/></forwarded>",
    ),
    (ArchiveFin(complete=True, stable=False), "<fin xmlns='urn:xmpp:mam:2' complete='true' stable='false'/>"),
    (ArchiveFin(namespace="urn:xmpp:mam:1"), "<fin xmlns='urn:xmpp:mam:1'/>"),
]


@pytest.mark.parametrize(("payload", "text"), FIXTURES, ids=[type(payload).__name__ for payload, _ in FIXTURES])
def test_fixtures_there_and_back(payload: Payload, text: str) -> None:
    out: list[str] = []
    payload.write(out)
    assert "".join(out) == text
    assert payload.to_element() == element(text)
    assert type(payload).from_element(element(text)) == payload
    assert find(element(text).name) is type(payload)


def test_a_forwarded_iq_and_a_faulty_one() -> None:
    text = (
        f"<forwarded xmlns='urn:xmpp:forward:0'><iq {CLIENT} id='1' type='get'><ping xmlns='urn:xmpp:ping'/>"
        "</iq></forwarded>"
    )
    inner = Forwarded.from_element(element(text)).stanza
    assert isinstance(inner, Iq)
    assert inner.type is IqType.GET
    assert inner.payload == Ping()
    with pytest.raises(PayloadError) as caught:
        Forwarded.from_element(element(text.replace("id='1'", "")))
    assert caught.value.path == "forwarded/iq"


def test_the_path_leads_through_everything() -> None:
    message = read_stanza(
        element(
            f"<message {CLIENT}><result xmlns='urn:xmpp:mam:2' id='1'><forwarded xmlns='urn:xmpp:forward:0'>"
            "<delay xmlns='urn:xmpp:delay' stamp='today'/></forwarded></result></message>"
        )
    )
    with pytest.raises(PayloadError) as caught:
        message.get(ArchiveResult)
    assert caught.value.path == "message/result/forwarded/delay@stamp"
    roster = read_stanza(
        element(
            f"<iq {CLIENT} id='1' type='result'><query xmlns='jabber:iq:roster'><item jid='a@b'/><item jid='@'/></query></iq>"
        )
    )
    with pytest.raises(PayloadError) as caught:
        roster.get(Roster)
    assert caught.value.path == "iq/query/item[2]@jid"


@pytest.mark.spec("RFC 6121", "2.1.2")
@pytest.mark.parametrize(
    ("item", "path"),
    [
        ("<item/>", "@jid"),
        ("<item jid='a@b' subscription='maybe'/>", "@subscription"),
        ("<item jid='a@b' ask='unsubscribe'/>", "@ask"),
        ("<item jid='a@b' approved='yes'/>", "@approved"),
    ],
)
def test_bad_roster_items(item: str, path: str) -> None:
    with pytest.raises(PayloadError) as caught:
        Roster.from_element(element(f"<query xmlns='jabber:iq:roster'>{item}</query>"))
    assert caught.value.path == "query/item[1]" + path
