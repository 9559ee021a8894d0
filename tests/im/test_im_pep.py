"""Personal eventing (XEP-0163): publications for some or for all, and whose events are believed."""

from __future__ import annotations

import pytest

from tests.im.service import ENTRY, answered, event, owner, published, query, refused, retracted
from tests.session.play import JULIET, Play
from xmppwire.im.pep import NotPrivateError, PepEvents, PepSupport, fetch_pep_support, publish_private, publish_public
from xmppwire.im.pubsub import ItemsPublished, ItemsRetracted, NodePurged, PreconditionNotMet, RefusedEvent
from xmppwire.jid import JID
from xmppwire.protocol.data_forms import DataFormType
from xmppwire.protocol.disco import DiscoInfo, Identity
from xmppwire.protocol.pubsub import Item, Publish
from xmppwire.protocol.pubsub_errors import PubsubCondition, PubsubError, PubsubFeature
from xmppwire.protocol.pubsub_event import EventItem, EventPurge
from xmppwire.protocol.pubsub_forms import AccessModel, NodeConfig, PublishOptionsForm
from xmppwire.protocol.pubsub_owner import OwnerConfigure, PubsubOwner
from xmppwire.stanza import ErrorCondition, Iq, Message, Presence
from xmppwire.xml import Element

OWN = JULIET.bare
ROMEO = JID("romeo@montague.lit")
TUNES = "http://jabber.org/protocol/tune"
SETTINGS = "urn:example:settings"
FULL = PepSupport(True, frozenset({"http://jabber.org/protocol/pubsub#publish-options"}))


def options_of(iq: Iq) -> PublishOptionsForm:
    options = query(iq).publish_options
    assert options is not None
    assert options.form is not None
    return PublishOptionsForm.from_form(options.form)


@pytest.mark.spec("XEP-0163", "6.1")
def test_what_an_account_offers() -> None:
    play = Play()
    features = [
        "http://jabber.org/protocol/pubsub#publish-options",
        "urn:xmpp:bookmarks:1#compat",
        "urn:xmpp:pep-vcard-conversion:0",
        "urn:xmpp:mds:server-assist:0",
    ]
    running = play.run(fetch_pep_support())
    iq = answered(play, DiscoInfo(identities=[Identity(category="pubsub", type="pep")], features=features))
    assert iq.to is None
    support = running.result()
    assert support.available
    assert support.publish_options
    assert support.converts_bookmarks
    assert support.converts_avatars
    assert support.assists_displayed
    assert support.has(PubsubFeature.PUBLISH_OPTIONS)
    assert not support.has(PubsubFeature.MULTI_ITEMS)

    running = play.run(fetch_pep_support(ROMEO))
    iq = answered(play, DiscoInfo(identities=[Identity(category="account", type="registered")], features=features[:1]))
    assert iq.to == ROMEO
    support = running.result()
    assert not support.available
    assert not support.publish_options
    assert not (support.converts_bookmarks or support.converts_avatars or support.assists_displayed)


@pytest.mark.spec("XEP-0223", "3")
def test_what_is_private_is_published_as_such() -> None:
    play = Play()
    running = play.run(publish_private(SETTINGS, ENTRY, support=FULL))
    iq = answered(play)
    assert iq.to is None
    assert query(iq).action == Publish(node=SETTINGS, items=[Item(id="current", payload=ENTRY)])
    options = options_of(iq)
    assert (options.access_model, options.persist_items, options.max_items) == (AccessModel.WHITELIST, True, 1)
    assert options.send_last_published_item == "never"
    assert running.result() is None
    play.run(publish_private(SETTINGS, ENTRY, id="a", max_items=None, support=FULL))
    assert options_of(answered(play)).max_items == "max"


@pytest.mark.spec("XEP-0223", "5")
@pytest.mark.parametrize("identities", [[], [Identity(category="pubsub", type="pep")]])
def test_nothing_private_is_given_to_a_server_that_would_show_it(identities: list[Identity]) -> None:
    play = Play()
    running = play.run(publish_private(SETTINGS, ENTRY))
    answered(play, DiscoInfo(identities=identities))
    with pytest.raises(NotPrivateError, match="publish-options"):
        running.result()
    assert play.server.take() == []


@pytest.mark.spec("XEP-0223", "3")
@pytest.mark.spec("XEP-0060", "7.1.5")
def test_a_node_that_others_may_read_is_closed_before_something_private_gets_there() -> None:
    play = Play()
    running = play.run(publish_private(SETTINGS, ENTRY, support=FULL))
    precondition = PubsubError(condition=PubsubCondition.PRECONDITION_NOT_MET)
    refused(play, ErrorCondition.CONFLICT, precondition)
    form = NodeConfig(access_model=AccessModel.OPEN).to_form(DataFormType.FORM)
    answered(play, PubsubOwner(action=OwnerConfigure(node=SETTINGS, form=form)))
    action = owner(answered(play)).action
    assert isinstance(action, OwnerConfigure)
    assert action.form is not None
    assert NodeConfig.from_form(action.form).access_model is AccessModel.WHITELIST
    refused(play, ErrorCondition.CONFLICT, precondition)
    with pytest.raises(PreconditionNotMet):
        running.result()


@pytest.mark.spec("XEP-0222", "3")
def test_what_is_public_is_published_as_such() -> None:
    play = Play()
    running = play.run(publish_public(SETTINGS, ENTRY))
    options = options_of(answered(play))
    assert (options.access_model, options.persist_items) == (AccessModel.OPEN, True)
    assert running.result() is None


@pytest.mark.spec("XEP-0163", "4.2")
def test_interests_are_announced() -> None:
    events = PepEvents([TUNES, SETTINGS], [SETTINGS])
    assert events.features == [f"{TUNES}+notify", f"{SETTINGS}+notify"]
    assert PepEvents().features == []


@pytest.mark.spec("XEP-0163", "4.3.1")
def test_contacts_are_believed_about_themselves() -> None:
    play = Play()
    events = PepEvents([TUNES], [SETTINGS])
    full, reason = JID("romeo@montague.lit/orchard"), "a full JID does not speak for an account"
    play.say(
        published(TUNES, ROMEO, a=ENTRY),
        published(TUNES, OWN, a=ENTRY),
        retracted(TUNES, ROMEO, "a"),
        published(TUNES, full, a=ENTRY),
        published("urn:example:other", ROMEO, a=ENTRY),
        Presence(JULIET, sender=ROMEO),
    )
    item = EventItem(id="a", payload=ENTRY)
    assert [one for happened in play.client.take() for one in events.feed(happened, JULIET)] == [
        ItemsPublished(ROMEO, TUNES, (item,)),
        ItemsPublished(OWN, TUNES, (item,)),
        ItemsRetracted(ROMEO, TUNES, ("a",)),
        RefusedEvent(full, TUNES, reason),
    ]


@pytest.mark.spec("XEP-0163", "4.3.1")
@pytest.mark.parametrize(
    "sender", [ROMEO, JULIET, JID("capulet.lit"), JID("juliet@capulet.lit.evil.example"), JID("juliet@montague.lit")]
)
def test_nobody_else_speaks_for_the_own_account(sender: JID) -> None:
    play = Play()
    events = PepEvents([SETTINGS], [SETTINGS])
    reason = f"{SETTINGS} is believed from {OWN} only"
    play.say(published(SETTINGS, sender, a=ENTRY), event(EventPurge(node=SETTINGS), sender))
    seen = [one for happened in play.client.take() for one in events.feed(happened, JULIET)]
    assert seen == [RefusedEvent(sender, SETTINGS, reason)] * 2
    assert events.feed(event(EventPurge(node=SETTINGS), OWN), JULIET) == [NodePurged(OWN, SETTINGS)]


def test_what_is_no_event_or_a_broken_one_is_nothing() -> None:
    events = PepEvents([TUNES])
    broken = Element(("http://jabber.org/protocol/pubsub#event", "event"), {}, [Element(("", "x"))])
    namespace = "http://jabber.org/protocol/pubsub#event"
    nameless = Element((namespace, "event"), {}, [Element((namespace, "items"))])
    for payload in (broken, nameless):
        assert events.feed(Message(JULIET, sender=ROMEO, payloads=[payload]), JULIET) == []
    assert events.feed("something else", JULIET) == []
