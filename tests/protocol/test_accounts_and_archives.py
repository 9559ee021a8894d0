"""What the definitions of archives, publish-subscribe, commands and exports promise beyond their fields."""

from __future__ import annotations

import pytest

from tests.payload.xmltext import element
from xmppwire.jid import JID
from xmppwire.payload import find
from xmppwire.protocol.ad_hoc_commands import Command
from xmppwire.protocol.data_forms import DataForm, DataFormType
from xmppwire.protocol.external_service_discovery import Service, Services
from xmppwire.protocol.mam import ArchiveFin, ArchiveQuery
from xmppwire.protocol.mam_preferences import AlwaysArchive, ArchivePreferences, DefaultBehavior
from xmppwire.protocol.out_of_band_data import OutOfBand
from xmppwire.protocol.portable_export import User
from xmppwire.protocol.private_xml import PrivateQuery
from xmppwire.protocol.pubsub import Item, Items, Publish, Pubsub, Retract
from xmppwire.protocol.pubsub_errors import PubsubCondition, PubsubError
from xmppwire.protocol.user_mood import FeltMood, Mood, MoodValue
from xmppwire.protocol.user_nickname import Nick
from xmppwire.stanza import StanzaError
from xmppwire.xml import Element

ROMEO = JID("romeo@montague.lit")


def test_archives_speak_the_older_version_where_they_are_asked_to() -> None:
    preferences = ArchivePreferences(default=DefaultBehavior.NEVER, always=AlwaysArchive(jids=[ROMEO]))
    older = preferences.in_namespace("urn:xmpp:mam:1").to_element()
    assert {older.namespace, *(child.namespace for child in older.elements())} == {"urn:xmpp:mam:1"}
    assert older == element(
        "<prefs xmlns='urn:xmpp:mam:1' default='never'><always><jid>romeo@montague.lit</jid></always></prefs>"
    )
    assert ArchivePreferences.from_element(older).in_namespace("urn:xmpp:mam:2") == preferences
    for payload in (ArchiveQuery(queryid="q", flip_page=True), ArchiveFin(complete=True)):
        read = type(payload).from_element(payload.in_namespace("urn:xmpp:mam:1").to_element())
        assert read.namespace == "urn:xmpp:mam:1"
        assert read.replace(namespace="urn:xmpp:mam:2") == payload


def test_services_speak_the_older_version_as_well() -> None:
    services = Services(services=[Service(host="stun.capulet.lit", type="stun")]).in_namespace("urn:xmpp:extdisco:1")
    assert [child.name for child in services.to_element().elements()] == [("urn:xmpp:extdisco:1", "service")]


@pytest.mark.spec("XEP-0050", "3.5")
def test_the_payloads_of_a_command_keep_their_order_and_the_first_form_counts() -> None:
    form = DataForm(type=DataFormType.FORM, title="first")
    web = OutOfBand(url="http://montague.lit/")
    command = Command(node="config", payloads=[web, form, DataForm(type=DataFormType.FORM, title="second")])
    again = Command.from_element(command.to_element())
    assert again.payloads == command.payloads
    assert again.form == form
    assert Command(node="config").form is None


def test_an_item_has_the_payload_that_its_name_says_or_the_element() -> None:
    odd = Element(("urn:example:odd", "odd"))
    for payload in (Nick(name="Jule"), odd, None):
        pubsub = Pubsub(action=Publish(node="n", items=[Item(payload=payload)]))
        action = Pubsub.from_element(pubsub.to_element()).action
        assert isinstance(action, Publish)
        assert action.items[0].payload == payload


def test_a_request_has_one_action() -> None:
    two = Pubsub(action=Items(node="a")).to_element()
    two.children += Pubsub(action=Retract(node="a")).to_element().children
    with pytest.raises(ValueError, match="more than once"):
        Pubsub.from_element(two)


def test_why_a_service_refused() -> None:
    error = StanzaError.from_element(
        element(
            "<error xmlns='jabber:client' type='cancel'>"
            "<feature-not-implemented xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
            "<unsupported xmlns='http://jabber.org/protocol/pubsub#errors' feature='of-the-future'/></error>"
        )
    )
    assert isinstance(error.application, Element)
    assert find(error.application.name) is PubsubError
    assert PubsubError.from_element(error.application) == PubsubError(
        condition=PubsubCondition.UNSUPPORTED, feature="of-the-future"
    )


@pytest.mark.spec("XEP-0107", "2.1")
def test_a_finer_mood_is_kept_and_one_of_no_list_does_not_cost_the_rest() -> None:
    finer = Element(("urn:example:moods", "ecstatic"))
    mood = Mood.from_element(Mood(mood=FeltMood(value=MoodValue.HAPPY, detail=finer)).to_element())
    assert mood.mood == FeltMood(value=MoodValue.HAPPY, detail=finer)
    source = element("<mood xmlns='http://jabber.org/protocol/mood'><yellow/><text>Hm.</text></mood>")
    mood = Mood.from_element(source)
    assert (mood.mood, mood.texts) == (None, {"": "Hm."})
    assert mood.to_element() == source


def test_bad_data_of_a_user_does_not_cost_the_user() -> None:
    bad = "<query xmlns='jabber:iq:roster'><item jid='@'/></query>"
    user = User.from_element(
        element(f"<user xmlns='urn:xmpp:pie:0' name='juliet'>{bad}<query xmlns='jabber:iq:private'/></user>")
    )
    assert user.payloads == [element(bad), PrivateQuery()]
