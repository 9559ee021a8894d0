"""What the generated functions of definitions cost beside code written by hand: `python -m tests.bench.mapper [--json]`.

The hand-written side does what a careful author writes for the same element: a slotted class with a constructor, every
attribute decoded by the same codecs with an error that names the place, a second child of a kind refused, unknown attributes
and children kept. Both sides must give equal results before anything is timed. Bar: at most three times.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

from xmppwire.jid import JID, parse_jid
from xmppwire.payload import Payload, PayloadError
from xmppwire.payload.dates import format_datetime, parse_datetime
from xmppwire.protocol.caps import NAMESPACE as CAPS
from xmppwire.protocol.caps import Caps
from xmppwire.protocol.delay import NAMESPACE as DELAY
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.disco import INFO_NAMESPACE, DiscoInfo, Identity
from xmppwire.protocol.receipts import NAMESPACE as RECEIPTS
from xmppwire.protocol.receipts import Receipt
from xmppwire.protocol.roster import NAMESPACE as ROSTER
from xmppwire.protocol.roster import RosterItem, Subscription
from xmppwire.xml import XML_LANG, Element, escape_attribute, escape_text

BAR = 3.0
ROUNDS = 9
CALLS = 3000

ID = frozenset(("id",))
CAPS_ATTRIBUTES = frozenset(("node", "ver", "hash", "ext"))
DELAY_ATTRIBUTES = frozenset(("stamp", "from"))
ITEM_ATTRIBUTES = frozenset(("jid", "name", "subscription", "ask", "approved"))
IDENTITY_ATTRIBUTES = frozenset(("category", "type", "name", XML_LANG))
NODE = frozenset(("node",))


class Hand:
    """The base of the classes written by hand."""

    __slots__ = ("unknown_attributes", "unknown_children")
    unknown_attributes: dict[str, str] | None
    unknown_children: list[Element] | None


def required(attributes: dict[str, str], name: str, path: str) -> str:
    value = attributes.get(name)
    if value is None:
        raise PayloadError("attribute missing", f"{path}@{name}")
    return value


def others(attributes: dict[str, str], known: frozenset[str]) -> dict[str, str] | None:
    if attributes.keys() <= known:
        return None
    return {name: value for name, value in attributes.items() if name not in known}


def elements(element: Element) -> list[Element]:
    """The child elements of an element that has no text."""
    found: list[Element] = []
    for child in element.children:
        if isinstance(child, Element):
            found.append(child)
        elif child and not child.isspace():
            raise PayloadError("text where none belongs", element.local)
    return found


class HandReceipt(Hand):
    __slots__ = ("id",)

    def __init__(self, id: str | None) -> None:
        self.id = id

    @classmethod
    def from_element(cls, element: Element) -> HandReceipt:
        attributes = element.attributes
        made = cls(attributes.get("id"))
        made.unknown_attributes = others(attributes, ID)
        made.unknown_children = elements(element) or None if element.children else None
        return made

    def to_element(self) -> Element:
        attributes = dict(self.unknown_attributes or {})
        if self.id is not None:
            attributes["id"] = self.id
        return Element((RECEIPTS, "received"), attributes, list(self.unknown_children or []))

    def write(self, out: list[str]) -> None:
        text = f"<received xmlns='{RECEIPTS}'"
        if self.id is not None:
            text += f" id='{escape_attribute(self.id)}'"
        out.append(text + "/>")


class HandCaps(Hand):
    __slots__ = ("ext", "hash", "node", "ver")

    def __init__(self, node: str, ver: str, hash: str | None, ext: str | None) -> None:
        self.node = node
        self.ver = ver
        self.hash = hash
        self.ext = ext

    @classmethod
    def from_element(cls, element: Element) -> HandCaps:
        attributes = element.attributes
        made = cls(
            required(attributes, "node", "c"),
            required(attributes, "ver", "c"),
            attributes.get("hash"),
            attributes.get("ext"),
        )
        made.unknown_attributes = others(attributes, CAPS_ATTRIBUTES)
        made.unknown_children = elements(element) or None if element.children else None
        return made

    def to_element(self) -> Element:
        attributes = {**(self.unknown_attributes or {}), "node": self.node, "ver": self.ver}
        if self.hash is not None:
            attributes["hash"] = self.hash
        if self.ext is not None:
            attributes["ext"] = self.ext
        return Element((CAPS, "c"), attributes, list(self.unknown_children or []))

    def write(self, out: list[str]) -> None:
        text = f"<c xmlns='{CAPS}' node='{escape_attribute(self.node)}' ver='{escape_attribute(self.ver)}'"
        if self.hash is not None:
            text += f" hash='{escape_attribute(self.hash)}'"
        if self.ext is not None:
            text += f" ext='{escape_attribute(self.ext)}'"
        out.append(text + "/>")


class HandDelay(Hand):
    __slots__ = ("reason", "sender", "stamp")

    def __init__(self, stamp: datetime, sender: JID | None, reason: str) -> None:
        self.stamp = stamp
        self.sender = sender
        self.reason = reason

    @classmethod
    def from_element(cls, element: Element) -> HandDelay:
        attributes = element.attributes
        try:
            stamp = parse_datetime(required(attributes, "stamp", "delay"))
        except ValueError as error:
            raise PayloadError(str(error), "delay@stamp") from error
        sender = attributes.get("from")
        try:
            jid = None if sender is None else parse_jid(sender)
        except ValueError as error:
            raise PayloadError(str(error), "delay@from") from error
        made = cls(stamp, jid, "".join(child for child in element.children if isinstance(child, str)))
        made.unknown_attributes = others(attributes, DELAY_ATTRIBUTES)
        made.unknown_children = [child for child in element.children if isinstance(child, Element)] or None
        return made

    def to_element(self) -> Element:
        attributes = {**(self.unknown_attributes or {}), "stamp": format_datetime(self.stamp)}
        if self.sender is not None:
            attributes["from"] = str(self.sender)
        children: list[Element | str] = list(self.unknown_children or [])
        if self.reason:
            children.insert(0, self.reason)
        return Element((DELAY, "delay"), attributes, children)

    def write(self, out: list[str]) -> None:
        text = f"<delay xmlns='{DELAY}' stamp='{format_datetime(self.stamp)}'"
        if self.sender is not None:
            text += f" from='{escape_attribute(str(self.sender))}'"
        out.append(f"{text}>{escape_text(self.reason)}</delay>" if self.reason else text + "/>")


class HandItem(Hand):
    __slots__ = ("approved", "ask", "groups", "jid", "name", "subscription")

    def __init__(
        self, jid: JID, name: str | None, subscription: Subscription, ask: str | None, approved: bool, groups: list[str]
    ) -> None:
        self.jid = jid
        self.name = name
        self.subscription = subscription
        self.ask = ask
        self.approved = approved
        self.groups = groups

    @classmethod
    def from_element(cls, element: Element) -> HandItem:
        attributes = element.attributes
        try:
            jid = parse_jid(required(attributes, "jid", "item"))
        except ValueError as error:
            raise PayloadError(str(error), "item@jid") from error
        try:
            subscription = Subscription(attributes.get("subscription", "none"))
        except ValueError as error:
            raise PayloadError(str(error), "item@subscription") from error
        groups: list[str] = []
        unknown: list[Element] = []
        for child in elements(element):
            if child.name == (ROSTER, "group"):
                groups.append(child.text)
            else:
                unknown.append(child)
        approved = attributes.get("approved") in ("true", "1")
        made = cls(jid, attributes.get("name"), subscription, attributes.get("ask"), approved, groups)
        made.unknown_attributes = others(attributes, ITEM_ATTRIBUTES)
        made.unknown_children = unknown or None
        return made

    def to_element(self) -> Element:
        attributes = {**(self.unknown_attributes or {}), "jid": str(self.jid)}
        if self.name is not None:
            attributes["name"] = self.name
        if self.subscription is not Subscription.NONE:
            attributes["subscription"] = str(self.subscription)
        if self.ask is not None:
            attributes["ask"] = self.ask
        if self.approved:
            attributes["approved"] = "true"
        children: list[Element | str] = [Element((ROSTER, "group"), {}, [group]) for group in self.groups]
        return Element((ROSTER, "item"), attributes, children + list(self.unknown_children or []))

    def write(self, out: list[str]) -> None:
        text = f"<item xmlns='{ROSTER}' jid='{escape_attribute(str(self.jid))}'"
        if self.name is not None:
            text += f" name='{escape_attribute(self.name)}'"
        if self.subscription is not Subscription.NONE:
            text += f" subscription='{self.subscription}'"
        if self.ask is not None:
            text += f" ask='{escape_attribute(self.ask)}'"
        if self.approved:
            text += " approved='true'"
        out.append(text + ">")
        out += [f"<group>{escape_text(group)}</group>" for group in self.groups]
        out.append("</item>")


class HandIdentity(Hand):
    __slots__ = ("category", "lang", "name", "type")

    def __init__(self, category: str, type: str, name: str | None, lang: str | None) -> None:
        self.category = category
        self.type = type
        self.name = name
        self.lang = lang


class HandInfo(Hand):
    __slots__ = ("features", "identities", "node")

    def __init__(self, node: str | None, identities: list[HandIdentity], features: list[str]) -> None:
        self.node = node
        self.identities = identities
        self.features = features

    @classmethod
    def from_element(cls, element: Element) -> HandInfo:
        identities: list[HandIdentity] = []
        features: list[str] = []
        unknown: list[Element] = []
        for child in elements(element):
            attributes = child.attributes
            if child.name == (INFO_NAMESPACE, "identity"):
                one = HandIdentity(
                    required(attributes, "category", "query/identity"),
                    required(attributes, "type", "query/identity"),
                    attributes.get("name"),
                    attributes.get(XML_LANG),
                )
                one.unknown_attributes = others(attributes, IDENTITY_ATTRIBUTES)
                one.unknown_children = elements(child) or None if child.children else None
                identities.append(one)
            elif child.name == (INFO_NAMESPACE, "feature"):
                features.append(required(attributes, "var", "query/feature"))
            else:
                unknown.append(child)
        made = cls(element.attributes.get("node"), identities, features)
        made.unknown_attributes = others(element.attributes, NODE)
        made.unknown_children = unknown or None
        return made

    def to_element(self) -> Element:
        attributes = dict(self.unknown_attributes or {})
        if self.node is not None:
            attributes["node"] = self.node
        children: list[Element | str] = []
        for one in self.identities:
            inner = {**(one.unknown_attributes or {}), "category": one.category, "type": one.type}
            if one.name is not None:
                inner["name"] = one.name
            if one.lang is not None:
                inner[XML_LANG] = one.lang
            children.append(Element((INFO_NAMESPACE, "identity"), inner, list(one.unknown_children or [])))
        children += [Element((INFO_NAMESPACE, "feature"), {"var": feature}) for feature in self.features]
        return Element((INFO_NAMESPACE, "query"), attributes, children + list(self.unknown_children or []))

    def write(self, out: list[str]) -> None:
        text = f"<query xmlns='{INFO_NAMESPACE}'"
        if self.node is not None:
            text += f" node='{escape_attribute(self.node)}'"
        out.append(text + ">")
        for one in self.identities:
            text = f"<identity category='{escape_attribute(one.category)}' type='{escape_attribute(one.type)}'"
            if one.name is not None:
                text += f" name='{escape_attribute(one.name)}'"
            if one.lang is not None:
                text += f" xml:lang='{escape_attribute(one.lang)}'"
            out.append(text + "/>")
        out += [f"<feature var='{escape_attribute(feature)}'/>" for feature in self.features]
        out.append("</query>")


STAMP = datetime(2010, 7, 10, 23, 8, 25, tzinfo=UTC)
CASES: list[tuple[Payload, Any]] = [
    (Receipt(id="richard2-4.1.247"), HandReceipt),
    (Caps(node="http://psi-im.org", ver="q07IKJEyjvHSyhy//CH0CxmKi8w=", hash="sha-1"), HandCaps),
    (Delay(stamp=STAMP, sender=JID("capulet.com"), reason="Offline Storage"), HandDelay),
    (
        RosterItem(
            jid=JID("romeo@example.net"), name="Romeo", subscription=Subscription.BOTH, groups=["Friends", "Verona"]
        ),
        HandItem,
    ),
    (
        DiscoInfo(
            identities=[Identity(category="client", type="pc", name="Psi", lang="en")],
            features=["urn:xmpp:ping", "urn:xmpp:receipts", "jabber:iq:version", CAPS],
        ),
        HandInfo,
    ),
]


@dataclass(slots=True)
class Line:
    """One comparison; times in microseconds a call."""

    case: str
    python: str
    ours: float
    by_hand: float
    ratio: float
    bar: float

    @property
    def passed(self) -> bool:
        return self.ratio <= self.bar


def compare(case: str, ours: Callable[[], object], by_hand: Callable[[], object]) -> Line:
    """Both in turn, several times; the ratio is the median of those of the rounds."""
    rounds: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        pair: list[float] = []
        for function in (ours, by_hand):
            gc.collect()
            begin = time.process_time()
            for _ in range(CALLS):
                function()
            pair.append((time.process_time() - begin) / CALLS * 1e6)
        rounds.append((pair[0], pair[1]))
    ratio = median(first / second for first, second in rounds)
    best = [min(column) for column in zip(*rounds, strict=True)]
    return Line(case, platform.python_version(), round(best[0], 2), round(best[1], 2), round(ratio, 2), BAR)


def text_of(value: Any) -> str:
    out: list[str] = []
    value.write(out)
    return "".join(out)


def run() -> list[Line]:
    """Check that both sides agree, then time them."""
    lines: list[Line] = []
    for payload, hand in CASES:
        cls, element = type(payload), payload.to_element()
        written = hand.from_element(element)
        assert cls.from_element(element) == payload
        assert written.to_element() == element
        assert text_of(written) == text_of(payload)
        name = f"{cls.__name__}"
        decode, by_hand = cls.from_element, hand.from_element
        lines.append(compare(f"{name}, decode", lambda: decode(element), lambda: by_hand(element)))  # noqa: B023
        lines.append(compare(f"{name}, to an element", payload.to_element, written.to_element))
        lines.append(compare(f"{name}, to text", lambda: text_of(payload), lambda: text_of(written)))  # noqa: B023
    return lines


def main() -> None:
    """Print the table, or a JSON list. A missed bar is shown, and is no failure: machines differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    lines = run()
    if parser.parse_args().json:
        print(
            json.dumps(
                [{"case": one.case, "ratio": one.ratio, "bar": one.bar, "python": one.python} for one in lines],
                indent=2,
            )
        )
    else:
        print(f"Python {platform.python_version()}; microseconds a call, lower is better")
        print(f"{'case':28} {'ours':>8} {'by hand':>8} {'ratio':>6}  bar")
        for one in lines:
            verdict = "" if one.passed else "  MISSED"
            print(f"{one.case:28} {one.ours:8.2f} {one.by_hand:8.2f} {one.ratio:6.2f}  {one.bar:.1f}{verdict}")


if __name__ == "__main__":
    main()
