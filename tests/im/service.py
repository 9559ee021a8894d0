"""A publish-subscribe service that the test plays."""

from __future__ import annotations

from tests.session.play import JULIET, Play
from xmppwire.jid import JID
from xmppwire.payload import Payload
from xmppwire.protocol.pubsub import Pubsub
from xmppwire.protocol.pubsub_event import EventItem, EventItems, EventRetract, PubsubEvent
from xmppwire.protocol.pubsub_owner import PubsubOwner
from xmppwire.protocol.user_nickname import Nick
from xmppwire.stanza import ErrorCondition, Iq, Message, StanzaError
from xmppwire.xml import Element

SERVICE = JID("pubsub.capulet.lit")
ENTRY = Nick(name="a thought")


def query(iq: Iq) -> Pubsub:
    """What was asked of a service."""
    found = iq.get(Pubsub)
    assert found is not None
    return found


def owner(iq: Iq) -> PubsubOwner:
    """What an owner asked of a service."""
    found = iq.get(PubsubOwner)
    assert found is not None
    return found


def answered(play: Play, payload: Payload | None = None) -> Iq:
    """Answer the one request that has come with a result; gives the request."""
    iq = play.asked()
    play.say(iq.result(payload).replace(sender=iq.to))
    return iq


def refused(
    play: Play, condition: ErrorCondition, reason: Payload | Element | None = None, text: str | None = None
) -> Iq:
    """Answer it with an error."""
    iq = play.asked()
    error = StanzaError(condition, text=text, application=reason)
    play.say(Iq("error", iq.sender, id=iq.id, sender=iq.to, error=error))
    return iq


def event(
    action: Payload | None, sender: JID | str | None = SERVICE, *more: Payload, type: str = "headline"
) -> Message:
    """A message that tells of an event."""
    told = PubsubEvent(action=action)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    return Message(JULIET, sender=sender, type=type, payloads=[told, *more])


def published(node: str, sender: JID | None, **payloads: Payload | Element) -> Message:
    """Items that were published, by their ids."""
    items = [EventItem(id=id_, payload=payload) for id_, payload in payloads.items()]
    return event(EventItems(node=node, items=items), sender)


def retracted(node: str, sender: JID | None, *ids: str) -> Message:
    """Items that were deleted."""
    return event(EventItems(node=node, retracts=[EventRetract(id=id_) for id_ in ids]), sender)
