"""Elements that hold anything: open and mixed content; several versions of a namespace; what is only read; the index."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.payload.xmltext import element
from xmppwire.jid import JID
from xmppwire.payload import Payload, PayloadError, Text, field, find, known
from xmppwire.payload.registry import add_index
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.ping import Ping
from xmppwire.protocol.receipts import Receipt
from xmppwire.stanza import Iq, write_stanza
from xmppwire.xml import Element, XMLCharacterError

NS = "urn:example:shelf"


class Slot(Payload, ns=NS, name="slot"):
    id: str | None = field.attribute(default=None)
    payload: Payload | Element | None = field.payload(default=None)


class Full(Payload, ns=NS, name="full"):
    payload: Payload | Element = field.payload()


class Shelf(Payload, ns=NS, name="shelf"):
    label: str | None = field.value(default=None)
    mood: str | None = field.tag(Text, default=None)
    payloads: list[Payload | Element] = field.payloads()


class Page(Payload, ns=NS, name="page"):
    number: int = field.attribute()
    content: list[Element | str] = field.content()


def round_trip(payload: Payload, text: str) -> None:
    """Both ways of writing say `text`, and it decodes to an equal instance."""
    out: list[str] = []
    payload.write(out)
    assert "".join(out) == text
    assert payload.to_element() == element(text)
    assert type(payload).from_element(element(text)) == payload


def test_one_child_of_a_known_class() -> None:
    text = f"<slot xmlns='{NS}' id='a'><ping xmlns='urn:xmpp:ping'/></slot>"
    round_trip(Slot(id="a", payload=Ping()), text)
    assert isinstance(Slot.from_element(element(text)).payload, Ping)
    round_trip(Slot(), f"<slot xmlns='{NS}'/>")


def test_one_child_of_no_known_class() -> None:
    odd = Element(("urn:example:odd", "odd"), {"a": "<"}, ["text"])
    round_trip(Slot(payload=odd), f"<slot xmlns='{NS}'><odd xmlns='urn:example:odd' a='&lt;'>text</odd></slot>")


def test_a_second_child_is_kept_apart() -> None:
    slot = Slot.from_element(element(f"<slot xmlns='{NS}'><ping xmlns='urn:xmpp:ping'/><b xmlns='urn:b'/></slot>"))
    assert isinstance(slot.payload, Ping)
    assert slot.unknown_children == [Element(("urn:b", "b"))]


def test_a_child_that_its_class_refuses_costs_nothing_else() -> None:
    slot = Slot.from_element(element(f"<slot xmlns='{NS}' id='a'><delay xmlns='urn:xmpp:delay' stamp='x'/></slot>"))
    assert slot.id == "a"
    assert isinstance(slot.payload, Element)
    with pytest.raises(PayloadError, match="delay@stamp"):
        Delay.from_element(slot.payload)
    assert slot.to_element().children == [slot.payload]


def test_a_required_child_of_any_name() -> None:
    assert isinstance(
        Full.from_element(element(f"<full xmlns='{NS}'><ping xmlns='urn:xmpp:ping'/></full>")).payload, Ping
    )
    with pytest.raises(PayloadError, match=r"full/\*: child missing"):
        Full.from_element(element(f"<full xmlns='{NS}'/>"))


def test_open_content_takes_what_no_other_field_claims() -> None:
    text = (
        f"<shelf xmlns='{NS}'><label>L</label><glad/><ping xmlns='urn:xmpp:ping'/>"
        "<received xmlns='urn:xmpp:receipts' id='x'/><odd xmlns='urn:example:odd'/></shelf>"
    )
    odd = Element(("urn:example:odd", "odd"))
    round_trip(Shelf(label="L", mood="glad", payloads=[Ping(), Receipt(id="x"), odd]), text)
    round_trip(Shelf(), f"<shelf xmlns='{NS}'/>")


def test_mixed_content_stays_in_its_order() -> None:
    text = f"<page xmlns='{NS}' number='1'>a &lt; <b xmlns='urn:b'>c</b> d<b xmlns='urn:b'/></page>"
    content = ["a < ", Element(("urn:b", "b"), {}, ["c"]), " d", Element(("urn:b", "b"))]
    round_trip(Page(number=1, content=content), text)
    assert Page(number=2).content == []
    with pytest.raises(XMLCharacterError):
        Page(number=1, content=["\x00"]).write([])


class Withdrawn(Payload, ns=NS, name="withdrawn", read_only=True):
    value: str = field.attribute()


def test_what_is_only_read_is_not_written() -> None:
    withdrawn = Withdrawn.from_element(element(f"<withdrawn xmlns='{NS}' value='1'/>"))
    assert withdrawn.value == "1"
    with pytest.raises(TypeError, match="Withdrawn is read, and not written"):
        withdrawn.to_element()
    with pytest.raises(TypeError, match="Withdrawn is read, and not written"):
        withdrawn.write([])


class Leaf(Payload, ns="urn:example:tree:1", name="leaf", also=("urn:example:tree:0",), nested=True):
    namespace: str = field.namespace()
    jid: JID = field.attribute()


class Tree(Payload, ns="urn:example:tree:1", name="tree", also=("urn:example:tree:0",)):
    namespace: str = field.namespace()
    leaf: Leaf | None = field.child(default=None)
    leaves: list[Leaf] = field.wrapped(field.children())
    names: list[str] = field.wrapped(field.values(name="name"))
    slot: Slot | None = field.child(default=None)


def test_another_version_of_a_namespace_reaches_what_is_inside() -> None:
    tree = Tree(leaf=Leaf(jid=JID("a@b")), leaves=[Leaf(jid=JID("c@d"))], names=["n"], slot=Slot(payload=Ping()))
    old = tree.in_namespace("urn:example:tree:0")
    round_trip(
        old,
        "<tree xmlns='urn:example:tree:0'><leaf jid='a@b'/><leaves><leaf jid='c@d'/></leaves><names><name>n</name></names>"
        f"<slot xmlns='{NS}'><ping xmlns='urn:xmpp:ping'/></slot></tree>",
    )
    assert tree.namespace == tree.leaves[0].namespace == "urn:example:tree:1"
    assert old.in_namespace("urn:example:tree:1") == tree
    assert old.in_namespace("urn:example:tree:0") is old
    with pytest.raises(ValueError, match="Tree is not defined in 'urn:other'"):
        tree.in_namespace("urn:other")


@pytest.mark.parametrize("as_payload", [True, False])
def test_a_request_is_answered_in_its_namespace(as_payload: bool) -> None:
    asked = Tree(namespace="urn:example:tree:0")
    request = Iq.get(asked if as_payload else asked.to_element(), "a@b", id="1")
    reply = request.result(Tree(names=["n"]))
    assert write_stanza(reply) == (
        "<iq from='a@b' id='1' type='result'><tree xmlns='urn:example:tree:0'><names><name>n</name></names></tree></iq>"
    )
    other = Iq.get(Ping(), "a@b", id="1").result(Tree(names=["n"])).get(Tree)
    assert other is not None
    assert other.namespace == "urn:example:tree:1"
    assert Iq.get(Tree(), "a@b", id="1").result(Ping()).get(Ping) is not None


def test_an_index_imports_the_module_that_defines_an_element(tmp_path_factory: pytest.TempPathFactory) -> None:
    """In a fresh interpreter, since imports cannot be undone."""
    folder = tmp_path_factory.mktemp("index")
    package = folder / "shelves"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from xmppwire.payload.registry import add_index\nadd_index(__name__, {'box': [('urn:box', 'box')], 'empty': []})\n"
    )
    (package / "box.py").write_text(
        "from xmppwire.payload import Payload\nclass Box(Payload, ns='urn:box', name='box'):\n    'A box.'\n"
    )
    program = """
import sys
import shelves
from xmppwire.payload import Payload, find, known
class Mine(Payload, ns="urn:box", name="box"):
    "Comes earlier, and yet the index decides."
assert "shelves.box" not in sys.modules
assert find(("urn:box", "lid")) is None
assert find(("urn:box", "box")).__module__ == "shelves.box"
assert known()[("urn:box", "box")].__name__ == "Box"
print("done")
"""
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert found.stdout == "done\n", found.stderr


def test_what_no_index_names_stays_with_the_first_definition() -> None:
    add_index("tests", {})
    assert find((NS, "slot")) is Slot
    assert known()[(NS, "shelf")] is Shelf
