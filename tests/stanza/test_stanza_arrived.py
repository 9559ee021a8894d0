"""Stanzas that are still in the tree that arrived: the same values, the same errors, the same objects."""

from __future__ import annotations

import pytest

from xmppwire.payload import PayloadError
from xmppwire.protocol.caps import Caps
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.mam import ArchiveResult
from xmppwire.protocol.receipts import Receipt, ReceiptRequest
from xmppwire.protocol.roster import Roster
from xmppwire.stanza import Message, Presence, ShowValue, Stanza, StanzaSyntaxError, Thread, read_stanza
from xmppwire.xml import Element, StreamReader, XMLLimits

HEADER = b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
CLASSES = (ArchiveResult, Caps, Delay, Receipt, ReceiptRequest, Roster, Thread)


def element(text: str) -> Element:
    reader = StreamReader(XMLLimits(), stepping=False)
    reader.feed(HEADER + text.encode())
    assert reader.next() is not None
    found = reader.next()
    assert isinstance(found, Element)
    assert found.node is not None
    return found


def arrived(text: str) -> Stanza:
    return read_stanza(element(text))


def unpacked(text: str) -> Stanza:
    """The same from an ordinary element."""
    return read_stanza(element(text).copy())


def said(stanza: Stanza, cls: type[object]) -> object:
    try:
        return stanza.get(cls)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
    except PayloadError as error:
        return str(error)


DELAY = "<delay xmlns='urn:xmpp:delay' stamp='2002-09-10T23:08:25Z'"
ITEM = "<item jid='a@b' name='A' subscription='both'><group>x</group><group/></item>"
ROSTER = "<iq id='1' type='result'><query xmlns='jabber:iq:roster' ver='1'>%s</query></iq>"
RESULT = (
    "<message><result xmlns='urn:xmpp:mam:%s' id='1'><forwarded xmlns='urn:xmpp:forward:0'>%s"
    "<message xmlns='jabber:client' from='a@b'><body>x</body></message></forwarded></result></message>"
)
TEXTS = [
    "<message><request xmlns='urn:xmpp:receipts'/><received xmlns='urn:xmpp:receipts' id='1'/></message>",
    "<message><request xmlns='urn:xmpp:receipts' new='x'>  </request></message>",
    "<message><request xmlns='urn:xmpp:receipts'><new/></request></message>",
    "<message><request xmlns='urn:xmpp:receipts'>text</request></message>",
    f"<message>{DELAY}/></message>",
    f"<message>{DELAY} from='a@b'>because</delay></message>",
    f"<message>{DELAY} from='@'/></message>",
    f"<message>{DELAY}>one<new/>two</delay></message>",
    "<message><delay xmlns='urn:xmpp:delay' stamp='yesterday'/><thread parent='p'>t</thread></message>",
    "<message><delay xmlns='urn:xmpp:delay'/></message>",
    "<presence><c xmlns='http://jabber.org/protocol/caps' node='n' ver='v'/></presence>",
    "<presence><c xmlns='http://jabber.org/protocol/caps' node='n'/></presence>",
    ROSTER % (ITEM * 3),
    ROSTER % (ITEM + "<new xmlns='urn:example'/>" + ITEM),
    ROSTER % "<item jid='a@b' subscription='never'/>",
    ROSTER % "<item jid='a@b' subscription=' both ' approved='1'/>",
    ROSTER % "<item jid='a@b'><group>x<y/>z</group></item>",
    ROSTER % "<item/>",
    RESULT % (2, DELAY + "/>"),
    RESULT % (1, ""),
    RESULT % (2, DELAY + "/>" + DELAY + "/>"),
    RESULT % (2, "<message xmlns='jabber:client'/>"),
]


@pytest.mark.parametrize("text", TEXTS)
def test_payloads_are_the_same(text: str) -> None:
    for cls in CLASSES:
        expected = said(unpacked(text), cls)
        stanza = arrived(text)
        assert said(stanza, cls) == expected
        assert said(stanza, cls) == expected
        assert stanza == unpacked(text)
        assert said(stanza, cls) == expected


def test_a_payload_stays_the_same_object() -> None:
    stanza = arrived(TEXTS[0])
    request, receipt = stanza.get(ReceiptRequest), stanza.get(Receipt)
    assert request is not None
    assert stanza.get(ReceiptRequest) is request
    assert len(stanza.children) == 2
    assert stanza.get(ReceiptRequest) is request
    assert stanza.get(Receipt) is receipt
    assert stanza.get_all(Receipt) == [receipt]


def test_other_content_takes_the_place_of_what_arrived() -> None:
    stanza = arrived("<message><body>x</body></message>")
    assert stanza.with_(ReceiptRequest()).get(ReceiptRequest) is not None
    assert stanza.without(ReceiptRequest) == stanza
    stanza = arrived("<message><body>x</body></message>")
    stanza.children = [ReceiptRequest()]
    assert stanza.get(ReceiptRequest) is not None
    assert isinstance(stanza, Message)
    assert stanza.body is None


def test_bodies() -> None:
    for text, body in (
        ("<message/>", None),
        ("<message><body/></message>", ""),
        ("<message><body>x</body></message>", "x"),
        ("<message><body>x<y/>z</body></message>", "xz"),
        ("<message xml:lang='de'><body xml:lang='en'>x</body><body>y</body></message>", "y"),
    ):
        message = arrived(text)
        assert isinstance(message, Message)
        assert message.body == body
        assert message == unpacked(text)


def test_presence() -> None:
    presence = arrived("<presence><show>away</show><status>x</status><priority>5</priority></presence>")
    assert isinstance(presence, Presence)
    assert (presence.show, presence.status, presence.priority) == (ShowValue.AWAY, "x", 5)
    presence = arrived("<presence><show> </show><priority>x</priority></presence>")
    assert isinstance(presence, Presence)
    with pytest.raises(PayloadError, match="show"):
        presence.show  # noqa: B018
    with pytest.raises(PayloadError, match="priority"):
        presence.priority  # noqa: B018
    presence = arrived("<presence/>")
    assert isinstance(presence, Presence)
    assert (presence.show, presence.status, presence.priority) == (None, None, 0)


@pytest.mark.parametrize(
    "text", ["<iq type='get'/>", "<iq id='1' type='get'> </iq>", "<iq id='1' type='result'><a/><b/></iq>"]
)
def test_an_iq_has_the_right_number_of_children(text: str) -> None:
    for one in (element(text), element(text).copy()):
        with pytest.raises(StanzaSyntaxError):
            read_stanza(one)
