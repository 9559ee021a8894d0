"""What the local server tells about itself and its accounts: capabilities, contacts, status pages, time, last activity."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.localserver.town import Client, Town
from xmppwire.im.about import fetch_last_activity, fetch_time, fetch_version
from xmppwire.im.caps import CapsCache
from xmppwire.im.contacts import fetch_contacts
from xmppwire.im.disco import fetch_info
from xmppwire.im.outage import fetch_outage_addresses
from xmppwire.jid import JID
from xmppwire.operation import IqError, Operation
from xmppwire.protocol import caps, caps2, entity_time, last_activity
from xmppwire.protocol.caps import Caps
from xmppwire.protocol.caps2 import Caps2
from xmppwire.protocol.contact_addresses import ServerInfo
from xmppwire.protocol.disco import DiscoInfo
from xmppwire.stanza import ErrorCondition, Iq, Presence
from xmppwire.stream.events import FeaturesReceived
from xmppwire.xml import Element

JULIET, ROMEO, SERVER = "juliet@capulet.lit", "romeo@capulet.lit", "capulet.lit"


def offered(client: Client) -> list[list[Element]]:
    """The hashes among the features of each stream that the client was shown."""
    kinds = (Caps.element_names[0], Caps2.element_names[0])
    seen = [event.features for event in client.end.events if isinstance(event, FeaturesReceived)]
    return [[one for one in features if one.name in kinds] for features in seen]


def refusal(client: Client, operation: Operation[object]) -> ErrorCondition:
    with pytest.raises(IqError) as caught:
        client.run(operation)
    condition = caught.value.error.condition
    assert isinstance(condition, ErrorCondition)
    return condition


# --- capabilities ---------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0115", "6.3")
@pytest.mark.spec("XEP-0390", "4.2", "4.3")
def test_the_server_announces_hashes_of_what_it_is_to_those_who_have_logged_in() -> None:
    town = Town(
        contacts=ServerInfo(abuse=["mailto:abuse@capulet.lit"]), status_pages=["https://status.lit/x"], epoch=0.0
    )
    juliet = town.connect(f"{JULIET}/balcony")
    *before, (old, new) = offered(juliet)
    assert before
    assert not any(before)
    plain = juliet.run(fetch_info(SERVER))
    assert {caps.NAMESPACE, caps2.NAMESPACE, entity_time.NAMESPACE} <= set(plain.features)
    assert len(plain.forms) == 2
    announced = Caps.from_element(old)
    reply = juliet.ask(Iq("get", SERVER, payload=DiscoInfo(node=announced.disco_node)))
    info = reply.get(DiscoInfo)
    assert info == plain.replace(node=announced.disco_node)
    assert caps.verify(announced, plain)
    for one in Caps2.from_element(new).hashes:
        found = juliet.ask(Iq("get", SERVER, payload=DiscoInfo(node=caps2.hash_node(one)))).get(DiscoInfo)
        assert found is not None
        assert caps2.verify(one, found, "de")  # whatever the language of the stream
    cache = CapsCache()
    cache.announce(JID(SERVER), announced, None)
    juliet.run(cache.fetch(JID(SERVER)))
    assert cache.is_verified(JID(SERVER))


@pytest.mark.spec("XEP-0115", "6.2")
def test_other_nodes_are_nobodys_and_accounts_have_no_hashes() -> None:
    town = Town()
    juliet = town.connect(f"{JULIET}/balcony")
    node = Caps.from_element(offered(juliet)[-1][0]).disco_node
    for to, asked in ((SERVER, f"{node}x"), (SERVER, node.partition("#")[0]), (JULIET, node)):
        reply = juliet.ask(Iq("get", to, payload=DiscoInfo(node=asked)))
        assert reply.error is not None
        assert reply.error.condition is ErrorCondition.ITEM_NOT_FOUND


# --- whom to ask ----------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0157", "3")
@pytest.mark.spec("XEP-0455", "2.1")
def test_contacts_and_status_pages() -> None:
    contacts = ServerInfo(abuse=["mailto:abuse@capulet.lit"], support=["xmpp:help@capulet.lit"])
    juliet = Town(contacts=contacts, status_pages=["https://status.lit/capulet.json"]).login(f"{JULIET}/balcony")
    assert juliet.run(fetch_contacts(SERVER)) == contacts
    assert juliet.run(fetch_outage_addresses(SERVER)) == ["https://status.lit/capulet.json"]
    plain = Town().login(f"{JULIET}/balcony")
    assert plain.run(fetch_info(SERVER)).forms == []


# --- time and activity ----------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0202", "3")
@pytest.mark.spec("XEP-0092", "3")
def test_the_clock_of_the_server() -> None:
    town = Town(epoch=1_000_000.0)
    juliet = town.login(f"{JULIET}/balcony")
    told = juliet.run(fetch_time(SERVER))
    assert told.utc == datetime.fromtimestamp(1_000_000.0 + town.world.now, UTC)
    assert told.tzo is not None
    assert told.tzo.utcoffset(None) == timedelta(0)
    assert juliet.run(fetch_version(SERVER)).software == "xmppwire local server"
    assert refusal(juliet, fetch_time(JULIET)) is ErrorCondition.SERVICE_UNAVAILABLE
    lost = Town().login(f"{JULIET}/balcony")
    assert refusal(lost, fetch_time(SERVER)) is ErrorCondition.SERVICE_UNAVAILABLE
    assert entity_time.NAMESPACE not in lost.run(fetch_info(SERVER)).features


@pytest.mark.spec("XEP-0012", "3", "5")
def test_since_when_somebody_is_away_and_the_server_is_there() -> None:
    town = Town()
    town.befriend(JULIET, ROMEO)
    juliet, romeo = town.login(f"{JULIET}/balcony"), town.login(f"{ROMEO}/orchard")
    assert last_activity.NAMESPACE in juliet.run(fetch_info(SERVER)).features
    began = juliet.run(fetch_last_activity(SERVER)).seconds
    assert began is not None
    town.world.advance(100)
    assert juliet.run(fetch_last_activity(SERVER)).seconds == began + 100
    assert juliet.run(fetch_last_activity(ROMEO)).seconds == 0
    romeo.say(Presence(type="unavailable", status="Heading home"))
    town.world.advance(903)
    told = juliet.run(fetch_last_activity(ROMEO))
    assert (told.seconds, told.status) == (903, "Heading home")
    romeo.say(Presence())
    romeo.leave()
    told = juliet.run(fetch_last_activity(ROMEO))
    assert (told.seconds, told.status) == (0, "")


@pytest.mark.spec("XEP-0012", "3")
def test_who_may_not_see_presence_does_not_learn_when_there_was_any() -> None:
    town = Town()
    juliet, nurse = town.login(f"{JULIET}/balcony"), town.login("nurse@capulet.lit/house")
    nurse.leave()
    assert refusal(juliet, fetch_last_activity("nurse@capulet.lit")) is ErrorCondition.FORBIDDEN
    assert refusal(juliet, fetch_last_activity("tybalt@capulet.lit")) is ErrorCondition.SERVICE_UNAVAILABLE
    juliet.say(Presence(type="unavailable"))
    town.world.advance(5)
    assert juliet.run(fetch_last_activity(JULIET)).seconds == 5
    town.befriend(JULIET, ROMEO)
    assert refusal(juliet, fetch_last_activity(ROMEO)) is ErrorCondition.ITEM_NOT_FOUND
