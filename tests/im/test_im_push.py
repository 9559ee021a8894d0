"""Push notifications (XEP-0357): what a client asks of its server, and what a push service takes and from whom."""

from __future__ import annotations

from typing import Any

import pytest

from tests.session.play import Play
from xmppwire.im.push import PushDelivery, PushService, disable_push, enable_push, withdrawal
from xmppwire.jid import JID
from xmppwire.protocol.data_forms import DataForm, DataFormType, Field, FieldType
from xmppwire.protocol.disco import DiscoInfo, Identity
from xmppwire.protocol.pubsub import Affiliation, Item, Items, NodeAffiliation, Publish, PublishOptions, Pubsub
from xmppwire.protocol.pubsub_errors import PubsubCondition, PubsubError
from xmppwire.protocol.push import DisablePush, EnablePush, PushNotification
from xmppwire.protocol.push_forms import PushPublishOptions, PushSummary
from xmppwire.stanza import ErrorCondition, Iq, IqType, Message
from xmppwire.xml import Element

SERVICE = JID("push.balcony.example")
VERONA = JID("verona.lit")
NODE, SECRET = "yxs32uqsflafdk3iuqo", "eruio234vzxc2kla-91"
OPTIONS = PushPublishOptions(secret=SECRET)


@pytest.mark.spec("XEP-0357", "5")
def test_a_client_enables_and_disables() -> None:
    play = Play()
    running = play.run(enable_push(SERVICE, NODE, OPTIONS))
    iq = play.asked()
    assert (iq.type, iq.to) == (IqType.SET, None)
    assert iq.get(EnablePush) == EnablePush(jid=SERVICE, node=NODE, form=OPTIONS.to_form())
    play.say(iq.result().replace(sender=None))
    assert running.result() is None
    form = DataForm(fields=[Field(var="x-token", values=["t"])])
    play.run(enable_push(str(SERVICE), options=form))
    assert play.asked().get(EnablePush) == EnablePush(jid=SERVICE, form=form)
    play.run(enable_push(SERVICE, NODE))
    assert play.asked().get(EnablePush) == EnablePush(jid=SERVICE, node=NODE)


@pytest.mark.spec("XEP-0357", "6")
def test_a_client_disables_one_node_or_all() -> None:
    play = Play()
    play.run(disable_push(SERVICE, NODE))
    assert play.asked().get(DisablePush) == DisablePush(jid=SERVICE, node=NODE)
    play.run(disable_push(SERVICE))
    iq = play.asked()
    assert (iq.type, iq.get(DisablePush)) == (IqType.SET, DisablePush(jid=SERVICE))


class Stage:
    """A push service in a session."""

    def __init__(self) -> None:
        self.delivered: list[PushDelivery] = []
        self.service = PushService(self.delivered.append)
        self.service.add(NODE, "juliet@verona.lit/balcony", SECRET)
        self.play = Play()
        self.service.attach(self.play.session.answers)
        self.service.attach(self.play.session.answers)

    def ask(self, payload: Any, sender: JID | str | None = VERONA, type: str = "set") -> Iq:
        self.play.say(Iq(type, self.play.session.jid, payload=payload, id="n12", sender=sender))
        (answer,) = [event for event in self.play.server.take() if isinstance(event, Iq)]
        assert answer.id == "n12"
        return answer

    def refused(self, payload: Any, sender: JID | str | None = VERONA) -> ErrorCondition:
        error = self.ask(payload, sender).error
        assert error is not None
        assert self.delivered == []
        return error.condition


def publication(
    *items: Any, node: str = NODE, secret: str | None = SECRET, form_type: str = PushPublishOptions.form_types[0]
) -> Pubsub:
    fields = [Field(var="FORM_TYPE", values=[form_type]), Field(var="secret", values=[secret or ""])]
    options = None if secret is None else PublishOptions(form=DataForm(fields=fields))
    action = Publish(node=node, items=[Item(payload=item) for item in items or (PushNotification(),)])
    return Pubsub(action=action, publish_options=options)


@pytest.mark.spec("XEP-0357", "7")
def test_a_notification_is_taken() -> None:
    stage = Stage()
    summary = PushSummary(
        message_count=1, last_message_sender=JID("romeo@montague.lit/orchard"), last_message_body="Wherefore?"
    )
    more = Element(("http://example.com/custom", "additional"), {}, ["more"])
    notification = PushNotification(form=summary.to_form(), extensions=[more])
    answer = stage.ask(publication(notification))
    assert (answer.type, answer.to, answer.error) == (IqType.RESULT, VERONA, None)
    assert stage.delivered == [PushDelivery(NODE, VERONA, summary, [more])]
    assert stage.ask(publication(), "juliet@verona.lit").error is None  # some servers speak for the account
    assert stage.delivered[1:] == [PushDelivery(NODE, JID("juliet@verona.lit"))]


@pytest.mark.spec("XEP-0357", "7")
@pytest.mark.parametrize(
    ("form_type", "type", "count", "read"),
    [
        ("urn:xmpp:push:summary", DataFormType.SUBMIT, "3", True),
        ("urn:xmpp:push:summary", DataFormType.RESULT, "3", True),
        ("urn:xmpp:push:summary", DataFormType.RESULT, "many", False),
        ("urn:xmpp:other", DataFormType.SUBMIT, "3", False),
    ],
)
def test_a_summary_that_cannot_be_read_is_none(form_type: str, type: DataFormType, count: str, read: bool) -> None:
    stage = Stage()
    fields = [
        Field(var="FORM_TYPE", type=FieldType.HIDDEN, values=[form_type]),
        Field(var="message-count", values=[count]),
    ]
    stage.ask(publication(PushNotification(form=DataForm(type=type, fields=fields))))
    (delivery,) = stage.delivered
    assert delivery.summary == (PushSummary(message_count=3) if read else None)


@pytest.mark.spec("XEP-0357", "7")
@pytest.mark.parametrize("sender", ["evil.example", "juliet@verona.lit.evil.example", "sub.verona.lit", None])
def test_other_servers_publish_nothing(sender: str | None) -> None:
    assert Stage().refused(publication(), sender) is ErrorCondition.ITEM_NOT_FOUND
    assert Stage().refused(publication(node="another"), VERONA) is ErrorCondition.ITEM_NOT_FOUND


@pytest.mark.spec("XEP-0060", "7.1.5")
@pytest.mark.parametrize(
    "given", [{"secret": None}, {"secret": ""}, {"secret": "guess"}, {"form_type": "urn:xmpp:other"}]
)
def test_nothing_is_published_without_the_secret(given: dict[str, Any]) -> None:
    stage = Stage()
    error = stage.ask(publication(**given)).error
    assert error is not None
    assert error.condition is ErrorCondition.CONFLICT
    assert isinstance(error.application, Element)
    assert PubsubError.from_element(error.application).condition is PubsubCondition.PRECONDITION_NOT_MET
    assert stage.delivered == []
    stage.service.add(NODE, VERONA)
    assert stage.ask(publication(**given)).error is None  # this node has no secret


@pytest.mark.spec("XEP-0357", "7")
def test_requests_that_publish_no_notification() -> None:
    other = Element(("urn:xmpp:other", "notification"))
    nothing = Publish(node=NODE, items=[])
    options = publication().publish_options
    for payload in (
        publication(other),
        publication(PushNotification(), PushNotification()),
        Pubsub(action=nothing, publish_options=options),
    ):
        assert Stage().refused(payload) is ErrorCondition.BAD_REQUEST
    assert Stage().refused(Pubsub(action=Items(node=NODE))) is ErrorCondition.FEATURE_NOT_IMPLEMENTED
    broken = Element(Pubsub.element_names[0], {}, [Element((Pubsub.element_names[0][0], "publish"))])
    assert Stage().refused(broken) is ErrorCondition.BAD_REQUEST


@pytest.mark.spec("XEP-0357", "7.1", "8")
def test_a_node_that_is_no_more() -> None:
    stage = Stage()
    assert NODE in stage.service
    stage.service.remove(NODE)
    assert len(stage.service) == 0
    assert stage.refused(publication()) is ErrorCondition.ITEM_NOT_FOUND
    with pytest.raises(KeyError):
        stage.service.remove(NODE)
    message = withdrawal(NODE, "juliet@verona.lit/balcony")
    assert message.to == JID("juliet@verona.lit")
    gone = Affiliation(jid=JID("juliet@verona.lit"), affiliation=NodeAffiliation.NONE)
    assert Message.from_element(message.to_element()).get(Pubsub) == Pubsub(node=NODE, action=gone)


@pytest.mark.spec("XEP-0357", "4.2")
def test_the_service_is_announced() -> None:
    stage = Stage()
    info = stage.ask(DiscoInfo(), type="get").get(DiscoInfo)
    assert info is not None
    assert info.identities.count(Identity(category="pubsub", type="push")) == 1
    assert info.features.count("urn:xmpp:push:0") == 1
