"""Push notifications (XEP-0357) of the local server, to a component."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localserver.town import Client, Town
from tests.pair import seeded
from xmppwire.im.disco import fetch_info
from xmppwire.im.push import PushDelivery, PushService, disable_push, enable_push
from xmppwire.jid import JID
from xmppwire.localserver import LocalLimits
from xmppwire.operation import IqError
from xmppwire.protocol.chat_states import ChatState, ChatStateValue
from xmppwire.protocol.data_forms import DataForm, DataFormType, Field
from xmppwire.protocol.pubsub import Pubsub
from xmppwire.protocol.push import EnablePush
from xmppwire.protocol.push_forms import PushPublishOptions
from xmppwire.session import Session
from xmppwire.stanza import ErrorCondition, Iq, Message, StanzaError
from xmppwire.stream import ComponentConfig

JULIET, PUSH = "juliet@capulet.lit", JID("push.capulet.lit")


class Place:
    """Romeo, and a push service with a node for Juliet, who was there and is away."""

    def __init__(self, **limits: Any) -> None:
        self.town = Town(components={str(PUSH): "secret"}, limits=LocalLimits(**limits))
        engine = Session(ComponentConfig(jid=PUSH, random=seeded(77), secret="secret"))
        self.component = Client(self.town, self.town.world.join(engine))
        self.town.world.settle()
        self.delivered: list[PushDelivery] = []
        self.service = PushService(self.delivered.append)
        self.service.attach(engine.answers)
        self.service.add("phone", JID("capulet.lit"), "s3cret")
        self.romeo = self.town.login("romeo@capulet.lit/orchard")
        self.juliet = self.town.login(f"{JULIET}/phone")

    def say(self, text: str | None = "wake up") -> int:
        """Romeo says something; how many notifications have come since the last time."""
        self.delivered.clear()
        self.romeo.say(Message(JULIET, text, type="chat", payloads=[ChatState(state=ChatStateValue.ACTIVE)]))
        return len(self.delivered)


@pytest.mark.spec("XEP-0357", "4.1", "5", "6", "7")
def test_a_service_is_told_of_what_waits() -> None:
    place = Place()
    assert "urn:xmpp:push:0" in place.juliet.run(fetch_info(JULIET)).features
    place.juliet.run(enable_push(PUSH, "phone", PushPublishOptions(secret="wrong")))
    place.juliet.run(enable_push(PUSH, "phone", PushPublishOptions(secret="s3cret")))  # the last one counts
    assert place.say() == 0  # she is there
    place.juliet.leave()
    assert place.say(None) == 0  # not worth waking anybody
    assert place.say("one") == place.say("two") == 1
    (delivery,) = place.delivered
    assert (delivery.node, delivery.sender) == ("phone", JID(JULIET))
    assert delivery.summary is not None
    assert (delivery.summary.message_count, delivery.summary.last_message_body) == (2, None)
    juliet = place.town.login(f"{JULIET}/phone", priority=None)
    juliet.run(disable_push(PUSH, "tablet"))
    assert place.say() == 1
    juliet.run(disable_push(PUSH))
    assert place.say() == 0


@pytest.mark.spec("XEP-0357", "7.1")
def test_a_service_that_refuses_is_told_no_more() -> None:
    place = Place()
    place.juliet.run(enable_push(PUSH, "phone"))  # without the secret
    place.juliet.run(enable_push(PUSH, "other"))
    account = place.town.server.hub.accounts.get(JID(JULIET))
    assert account is not None
    assert len(account.pushes) == 2
    place.juliet.leave()
    assert place.say() == 0
    assert account.pushes == {}


def test_nobody_else_answers_in_its_name() -> None:
    place = Place()
    place.component.session.answers.handle([Pubsub.element_names[0]])
    place.juliet.run(enable_push(PUSH, "phone"))
    place.juliet.leave()
    place.say()
    (asked,) = [one for one in place.component.heard() if isinstance(one, Iq)]
    refusal = asked.error_reply(ErrorCondition.FORBIDDEN)
    account = place.town.server.hub.accounts.get(JID(JULIET))
    assert account is not None
    place.romeo.say(refusal.replace(sender=None))
    assert len(account.pushes) == 1
    place.component.say(refusal)
    assert account.pushes == {}


def test_there_is_an_end_to_it() -> None:
    place = Place(pushes=2, push_options=200)
    long = DataForm(type=DataFormType.SUBMIT, fields=[Field(var="x", values=["x" * 300])])
    for service, node, options, condition in (
        (PUSH, "x" * 300, None, ErrorCondition.NOT_ACCEPTABLE),
        (PUSH, "n", long, ErrorCondition.NOT_ACCEPTABLE),
        (JID("capulet.lit"), "n", None, ErrorCondition.ITEM_NOT_FOUND),
        (JID("romeo@capulet.lit/orchard"), "n", None, ErrorCondition.ITEM_NOT_FOUND),
        (JID("nowhere.lit"), "n", None, ErrorCondition.ITEM_NOT_FOUND),
    ):
        with pytest.raises(IqError) as error:
            place.juliet.run(enable_push(service, node, options))
        assert error.value.error.condition is condition
    for node in ("a", "b", "a"):
        place.juliet.run(enable_push(PUSH, node))
    with pytest.raises(IqError) as error:
        place.juliet.run(enable_push(PUSH, "c"))
    assert error.value.error.condition is ErrorCondition.RESOURCE_CONSTRAINT
    reply = place.romeo.ask(Iq("set", JULIET, payload=EnablePush(jid=PUSH, node="spy")))
    assert reply.error == StanzaError(ErrorCondition.SERVICE_UNAVAILABLE)
