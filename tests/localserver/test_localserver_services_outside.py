"""What the services of the local server are to others than its users: to a component here, and to other servers alike."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localserver.town import Client, Town, bodies
from tests.pair import seeded
from xmppwire.im.archive import fetch_archive_page
from xmppwire.im.blocking import block, unblock
from xmppwire.im.carbons import Carbon, enable_carbons, read_carbon
from xmppwire.im.pep import publish_public
from xmppwire.im.pubsub import fetch_items, publish, subscribe
from xmppwire.jid import JID
from xmppwire.protocol.blocking import Blocked, Unblock
from xmppwire.protocol.carbons import EnableCarbons
from xmppwire.protocol.http_upload import UploadRequest
from xmppwire.protocol.mam import ArchiveQuery
from xmppwire.protocol.ping import Ping
from xmppwire.protocol.private_xml import PrivateQuery
from xmppwire.protocol.push import EnablePush
from xmppwire.protocol.stanza_id import StanzaId
from xmppwire.protocol.user_nickname import Nick
from xmppwire.protocol.vcard_temp import VCardTemp
from xmppwire.session import Session
from xmppwire.stanza import ErrorCondition, Iq, IqType, Message, Presence, PresenceType, StanzaError
from xmppwire.stream import ComponentConfig
from xmppwire.xml import Element

JULIET, GATE, BOT = JID("juliet@capulet.lit"), JID("gate.capulet.lit"), JID("bot@gate.capulet.lit/x")
UNAVAILABLE = StanzaError(ErrorCondition.SERVICE_UNAVAILABLE)


class Place:
    """Juliet, and a component in whose domain somebody speaks with her."""

    def __init__(self) -> None:
        self.town = Town(components={str(GATE): "secret"}, epoch=1.7e9)
        engine = Session(ComponentConfig(jid=GATE, random=seeded(77), secret="secret"))
        engine.answers.unhandled = False
        self.gate = Client(self.town, self.town.world.join(engine))
        self.town.world.settle()
        self.juliet = self.town.login(f"{JULIET}/balcony")
        self.gate.heard()

    def contact(self) -> None:
        account = self.town.server.hub.accounts.get(JULIET)
        assert account is not None
        contact = account.roster.known(BOT.bare)
        contact.state.to = contact.state.from_ = True
        account.roster.changed(contact)


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.mark.spec("XEP-0191", "3.3", "3.4")
def test_who_is_outside_is_blocked_too(place: Place) -> None:
    place.contact()
    place.juliet.run(block(BOT.bare))
    (gone,) = place.gate.heard()
    assert (gone.type, gone.sender, gone.to) == (PresenceType.UNAVAILABLE, place.juliet.jid, BOT.bare)
    for type_ in (None, "subscribe", "unsubscribed", "probe", "unavailable"):
        place.gate.say(Presence(JULIET, sender=BOT, type=type_))
    assert place.gate.heard() == []
    place.gate.say(Message(JULIET, "hi", sender=BOT), Iq("get", place.juliet.jid, sender=BOT, id="1", payload=Ping()))
    assert [one.error for one in place.gate.heard()] == [UNAVAILABLE, UNAVAILABLE]
    place.juliet.say(Message(BOT, "hi"), Presence(show="away"))
    (refused,) = [one for one in place.juliet.heard() if isinstance(one, Message)]
    assert refused.error == StanzaError(ErrorCondition.NOT_ACCEPTABLE, application=Blocked())
    assert place.gate.heard() == []
    again = place.town.login(f"{JULIET}/tablet")
    assert [one for one in again.heard() if isinstance(one, Message)] == []
    assert place.gate.heard() == []  # she does not even ask whether he is there
    place.juliet.run(unblock(BOT.bare))
    back = [(one.sender, one.type) for one in place.gate.heard()]
    assert (place.juliet.jid, None) in back
    assert (JULIET, PresenceType.PROBE) in back


def test_conversations_with_others_are_archived_and_copied(place: Place) -> None:
    tablet = place.town.login(f"{JULIET}/tablet", priority=-1)
    tablet.run(enable_carbons())
    tablet.heard()
    forged = Element(("urn:xmpp:sid:0", "stanza-id"), {"by": str(JULIET), "id": "forged"})
    place.gate.say(Message(place.juliet.jid, "hi", sender=BOT, type="chat", payloads=[forged]))
    (heard,) = [one for one in place.juliet.heard() if isinstance(one, Message)]
    place.juliet.say(Message(BOT, "ho", type="chat"))
    (said,) = [one for one in place.gate.heard() if isinstance(one, Message)]
    assert said.get(StanzaId) is None
    page = place.juliet.run(fetch_archive_page())
    assert [(one.message.body, one.message.sender) for one in page] == [("hi", BOT), ("ho", place.juliet.jid)]
    named = heard.get(StanzaId)
    assert named is not None
    assert named.id == page.messages[0].id
    copies = [read_carbon(one, tablet.jid) for one in tablet.heard()]
    assert [copy.sent for copy in copies if isinstance(copy, Carbon)] == [False, True]


def test_only_users_are_served(place: Place) -> None:
    place.contact()
    payloads: list[Any] = [
        EnableCarbons(),
        Unblock(items=[]),
        EnablePush(jid=GATE, node="spy"),
        PrivateQuery(payloads=[Element(("urn:x", "x"))]),
        ArchiveQuery(),
        VCardTemp(full_name="Rosaline"),
    ]
    for payload in payloads:
        place.gate.say(Iq("set", JULIET, sender=BOT, id="1", payload=payload))
        (reply,) = place.gate.heard()
        assert reply.error in (UNAVAILABLE, StanzaError(ErrorCondition.FORBIDDEN))
    place.gate.say(Iq("get", "capulet.lit", sender=BOT, id="1", payload=UploadRequest(filename="a", size=1)))
    assert [one.error for one in place.gate.heard()] == [UNAVAILABLE]


@pytest.mark.spec("XEP-0163", "4.3.2")
def test_others_read_and_subscribe_to_what_is_open(place: Place) -> None:
    place.juliet.run(publish_public("urn:x:open", Nick(name="first")))
    place.juliet.run(publish("urn:x:friends", Nick(name="first")))

    def asks(operation: Any) -> Iq:
        request = next(operation)
        place.gate.say(request.iq.replace(sender=BOT, to=JULIET, id="1"))
        (reply,) = [one for one in place.gate.heard() if isinstance(one, Iq)]
        return reply

    assert asks(fetch_items("urn:x:open")).type is IqType.RESULT
    assert asks(fetch_items("urn:x:friends")).error == UNAVAILABLE
    assert asks(subscribe("urn:x:friends", BOT)).error == UNAVAILABLE
    assert asks(subscribe("urn:x:open", BOT)).type is IqType.RESULT
    place.juliet.run(publish("urn:x:open", Nick(name="second")))
    (event,) = place.gate.heard()
    assert (event.sender, event.to) == (JULIET, BOT)
    place.juliet.run(block(BOT.bare))
    place.gate.heard()
    place.juliet.run(publish("urn:x:open", Nick(name="third")))
    assert place.gate.heard() == []


def test_what_is_refused_goes_nowhere(place: Place) -> None:
    """A message to a resource that is not there is refused to the sender, and so it is in no archive and no copy."""
    tablet = place.town.login(f"{JULIET}/tablet", priority=-1)
    tablet.run(enable_carbons())
    tablet.heard()
    place.gate.say(Message(f"{JULIET}/nowhere", "hi", sender=BOT))
    assert [one.error for one in place.gate.heard()] == [UNAVAILABLE]
    assert bodies(tablet.heard()) == bodies(place.juliet.heard()) == []
    assert len(place.juliet.run(fetch_archive_page())) == 0
