"""Ratios for stanzas and payloads, in one run: `python tests/bench/stanza_bench.py`.

Reading is compared with the plainest hand-written code for the same element, writing with f-strings whose every value
goes through `saxutils.escape` or `quoteattr`.
"""

from __future__ import annotations

import sys
import timeit
from collections.abc import Callable
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from xmppwire.jid import JID
from xmppwire.protocol.caps import Caps
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.forward import Forwarded
from xmppwire.protocol.mam import ArchiveResult
from xmppwire.protocol.receipts import ReceiptRequest
from xmppwire.protocol.roster import Roster, RosterItem, Subscription
from xmppwire.protocol.stanza_id import OriginId
from xmppwire.stanza import Iq, Message, MessageType, Presence, read_stanza, write_stanza
from xmppwire.xml import Element

ROMEO = JID("romeo@montague.lit/orchard")
JULIET = JID("juliet@capulet.lit/balcony")
BODY = "Wherefore art thou, Romeo? Deny thy father & refuse thy name."
CHAT = MessageType.CHAT

message = Message(
    ROMEO,
    BODY,
    sender=JULIET,
    id="ktx72v49",
    type=CHAT,
    thread="e0ffe42b28561960c6b12b944a092794b9683a38",
    payloads=[ReceiptRequest(), OriginId(id="de305d54-75b4-431b-adb2-eb6b9e546013")],
).to_element()
presence = Presence(
    sender=JULIET, payloads=[Caps(node="http://psi-im.org", ver="q07IKJEyjvHSyhy//CH0CxmKi8w=", hash="sha-1")]
).to_element()
archived = Message(
    ROMEO,
    sender=JULIET,
    payloads=[
        ArchiveResult(
            id="28482-98726-73623",
            queryid="f27",
            forwarded=Forwarded(
                delay=Delay(stamp=datetime(2010, 7, 10, 23, 8, 25, tzinfo=UTC)),
                stanza=Message(ROMEO, BODY, sender=JULIET, type=CHAT, id="a"),
            ),
        )
    ],
).to_element()
roster = Iq(
    "result",
    ROMEO,
    id="r1",
    payload=Roster(
        ver="v1",
        items=[
            RosterItem(
                jid=JID(f"c{n}@example.net"), name=f"Contact {n}", subscription=Subscription.BOTH, groups=["Friends"]
            )
            for n in range(20)
        ],
    ),
).to_element()


def best(function: Callable[[], object], number: int = 20000) -> float:
    """Microseconds a call."""
    return min(timeit.repeat(function, number=number, repeat=7)) / number * 1e6


def read_message() -> object:
    stanza = read_stanza(message)
    return stanza.to, stanza.sender, stanza.type, stanza.id, stanza.body, stanza.get(ReceiptRequest)  # type: ignore[attr-defined]


def read_presence() -> object:
    stanza = read_stanza(presence)
    caps = stanza.get(Caps)
    return stanza.sender, stanza.show, stanza.status, stanza.priority, caps.ver  # type: ignore[attr-defined,union-attr]


def read_archived() -> object:
    result = read_stanza(archived).get(ArchiveResult)
    assert result is not None
    inner = result.forwarded.stanza
    return inner.body, inner.sender, result.forwarded.delay.stamp  # type: ignore[union-attr]


def read_roster() -> object:
    query = read_stanza(roster).get(Roster)
    assert query is not None
    return [(item.jid, item.name, item.subscription, item.groups) for item in query.items]


def send() -> str:
    return write_stanza(Message(ROMEO, BODY, type=CHAT, id="ktx72v49", payloads=[ReceiptRequest()]))


def send_by_hand() -> str:
    return (
        f"<message to={quoteattr(str(ROMEO))} id={quoteattr('ktx72v49')} type={quoteattr('chat')}>"
        f"<body>{escape(BODY)}</body><request xmlns={quoteattr('urn:xmpp:receipts')}/></message>"
    )


delay_element = Delay(stamp=datetime(2010, 7, 10, 23, 8, 25, tzinfo=UTC), sender=ROMEO).to_element()
caps_element = next(presence.elements())


class HandCaps:
    """The plainest class for the element."""

    __slots__ = ("hash", "node", "ver")

    def __init__(self, node: str, ver: str, hash: str | None) -> None:
        self.node = node
        self.ver = ver
        self.hash = hash


def hand_read_caps(element: Element) -> HandCaps:
    attributes = element.attributes
    node, ver = attributes.get("node"), attributes.get("ver")
    if node is None or ver is None:
        raise ValueError
    return HandCaps(node, ver, attributes.get("hash"))


def hand_write_caps(caps: HandCaps) -> Element:
    attributes = {"node": caps.node, "ver": caps.ver}
    if caps.hash is not None:
        attributes["hash"] = caps.hash
    return Element(("http://jabber.org/protocol/caps", "c"), attributes)


def main() -> None:
    """Print one line a case."""
    hand = best(send_by_hand)
    ours = best(send)
    print(f"python {sys.version.split()[0]}")
    print(f"send a message          {ours:7.2f} us   f-strings {hand:6.2f} us   ratio {ours / hand:5.2f}")
    caps, hand_caps = Caps.from_element(caps_element), hand_read_caps(caps_element)
    pairs: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
        ("decode caps", lambda: Caps.from_element(caps_element), lambda: hand_read_caps(caps_element)),
        ("encode caps", caps.to_element, lambda: hand_write_caps(hand_caps)),
    ]
    for name, function, reference in pairs:
        ours, theirs = best(function), best(reference)
        print(f"{name:22}  {ours:7.2f} us   by hand   {theirs:6.2f} us   ratio {ours / theirs:5.2f}")
    for name, element in (("message", message), ("presence", presence), ("archived", archived), ("roster", roster)):
        print(f"read_stanza {name:10}  {best(lambda element=element: read_stanza(element)):7.2f} us")  # type: ignore[misc]
    for function in (read_message, read_presence, read_archived, read_roster):
        print(f"{function.__name__:22}  {best(function, 5000):7.2f} us with its fields")
    print(f"decode delay            {best(lambda: Delay.from_element(delay_element)):7.2f} us")


if __name__ == "__main__":
    main()
