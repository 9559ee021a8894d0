"""What type checkers know about definitions and stanzas; never run by itself, checked by `test_payload_typing.py`."""

from __future__ import annotations

from datetime import datetime
from typing import assert_type

from xmppwire.jid import JID
from xmppwire.payload import DateTime, Int, Payload, field
from xmppwire.protocol.forward import Forwarded
from xmppwire.protocol.roster import Roster, RosterItem, Subscription
from xmppwire.stanza import Iq, Message, MessageType, Presence, ShowValue, Stanza, StanzaError, read_stanza
from xmppwire.xml import Element


class Delay(Payload, ns="urn:example:delay", name="delay"):
    stamp: datetime = field.attribute(DateTime)
    sender: JID | None = field.attribute(name="from", default=None)
    count: int = field.attribute(Int, default=3)
    reason: str = field.text(default="")
    tags: list[str] = field.values(name="tag")
    urgent: bool = field.flag()


def fields(delay: Delay, moment: datetime, jid: JID) -> None:
    assert_type(delay.stamp, datetime)
    assert_type(delay.sender, JID | None)
    assert_type(delay.tags, list[str])
    assert_type(Delay(stamp=moment), Delay)
    Delay(stamp=moment, sender=jid, count=4, reason="x", tags=["a"], urgent=True)
    Delay()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Delay(stamp="x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Delay(moment)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Delay(stamp=moment, unknown_attributes={})  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    assert_type(Delay.from_element(Element(("a", "b"))), Delay)
    assert_type(delay.replace(reason="y"), Delay)
    assert_type(delay.to_element(), Element)


def stanzas(element: Element, roster: Roster) -> None:
    stanza = read_stanza(element)
    assert_type(stanza, Message | Presence | Iq)
    assert_type(stanza.to, JID | None)
    assert_type(stanza.get(Delay), Delay | None)
    assert_type(stanza.get_all(Delay), list[Delay])
    assert_type(stanza.error, StanzaError | None)
    message = Message("a@b", "c", payloads=[roster])
    assert_type(message.body, str | None)
    assert_type(message.type, MessageType)
    assert_type(message.with_(roster), Message)
    assert_type(message.error_reply("gone"), Message)
    assert_type(Presence().show, ShowValue | None)
    iq = Iq.get(roster, to="a@b")
    assert_type(iq, Iq)
    assert_type(Iq.set(roster), Iq)
    assert_type(iq.get(Roster), Roster | None)
    assert_type(iq.payload, Payload | Element | None)
    assert_type(iq.result(), Iq)
    assert_type(roster.items, list[RosterItem])
    assert_type(roster.items[0].subscription, Subscription)
    forwarded = message.get(Forwarded)
    if forwarded is not None:
        assert_type(forwarded.stanza, Stanza | None)
