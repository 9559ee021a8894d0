"""The mapper through the classes that people write: every kind of field, there and back."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime
from enum import Enum, StrEnum
from typing import ClassVar

import pytest

from tests.payload.xmltext import element
from xmppwire.jid import JID
from xmppwire.payload import (
    Base64,
    DateTime,
    Enumeration,
    Integer,
    Payload,
    PayloadError,
    Text,
    Unknown,
    field,
    find,
    known,
)
from xmppwire.xml import Element, XMLCharacterError, write_element

NS = "urn:example:house"


class Colour(Enum):
    RED = "red"
    GREEN = "green"


class Delay(Payload, ns="urn:example:delay", name="delay"):
    """Delayed delivery."""

    stamp: datetime = field.attribute(DateTime)
    sender: JID | None = field.attribute(name="from", default=None)
    reason: str = field.text(default="")


class Window(Payload, ns=NS, name="window", nested=True):
    width: int = field.attribute(Integer(1, 100))
    colour: Colour = field.attribute(default=Colour.RED)


class Door(Payload, ns=NS, name="door", nested=True):
    open: bool = field.attribute(default=False, always=True)


class House(Payload, ns=NS, name="house"):
    number: int | None = field.attribute(default=None)
    max_guests: int = field.attribute(default=4)
    marked: str | None = field.attribute(name="{urn:example:marks}mark", default=None)
    noted: str | None = field.attribute(name="{urn:example:notes}mark", default=None)
    lang: str | None = field.language()
    door: Door | None = field.child(default=None)
    windows: list[Window] = field.children()
    empty: bool = field.flag()
    owner: JID | None = field.value(default=None)
    photo: bytes = field.value(default=b"", name="photo")
    rooms: list[str] = field.values(name="room")
    doors_of: list[int] = field.values(name="stairs", attribute="steps")
    names: dict[str, str] = field.language_map(name="name")
    keys: list[str] = field.wrapped(field.values(name="key"))
    annexes: list[House] = field.wrapped(field.children(), name="annexes")
    delay: Delay | None = field.child(default=None)


class Parcel(Payload, ns=NS, name="parcel"):
    content: Door | Window = field.child()
    wrapping: list[Element] = field.rest()


class Mood(Payload, ns=NS, name="mood"):
    mood: Colour = field.tag()
    text: str | None = field.value(default=None)


class State(Payload, ns=NS, names=("on", "off", "dim"), also=("urn:example:old",)):
    namespace: str = field.namespace()
    state: str = field.name(Text)
    levels: list[int] = field.values(name="level")


class Bare(Payload, ns=NS, name="bare"):
    """No fields at all."""


class Strict(Payload, ns=NS, name="strict", unknown=Unknown.REFUSE):
    number: int = field.attribute()


class Careless(Payload, ns=NS, name="careless", unknown=Unknown.IGNORE):
    number: int = field.attribute()


class Tree(Payload, ns=NS, name="tree"):
    label: str = field.attribute()
    trees: list[Tree] = field.children()


def text_of(payload: Payload, default_namespace: str = "") -> str:
    out: list[str] = []
    payload.write(out, default_namespace)
    return "".join(out)


def same_both_ways(payload: Payload) -> str:
    """Written as an element and as text it is the same, and both decode to an equal payload."""
    encoded = payload.to_element()
    text = text_of(payload)
    assert type(payload).from_element(encoded) == payload
    assert element(text) == encoded
    assert type(payload).from_element(element(text)) == payload
    inside = f"<outer xmlns='{encoded.namespace}'>{text_of(payload, encoded.namespace)}</outer>"
    assert element(inside).children == [encoded]
    return text


STAMP = datetime(2002, 9, 10, 23, 8, 25, tzinfo=UTC)
FULL_HOUSE = House(
    number=7,
    max_guests=5,
    marked="x",
    noted="y & z",
    lang="de",
    door=Door(open=True),
    windows=[Window(width=3), Window(width=100, colour=Colour.GREEN)],
    empty=True,
    owner=JID("juliet@capulet.lit/bal'cony<"),
    photo=b"\x00\xff",
    rooms=["hall", "", "<attic>"],
    doors_of=[1, 2],
    names={"": "Home", "de": "Haus"},
    keys=["a", "b"],
    annexes=[House(number=8), House(windows=[Window(width=1)])],
    delay=Delay(stamp=STAMP, sender=JID("a@b"), reason="rain"),
)


def test_every_kind_of_field_there_and_back() -> None:
    same_both_ways(FULL_HOUSE)


def test_the_text_is_what_the_definition_says() -> None:
    delay = Delay(stamp=STAMP, sender=JID("capulet.lit"), reason="Offline <storage>")
    assert text_of(delay) == (
        "<delay xmlns='urn:example:delay' stamp='2002-09-10T23:08:25Z' from='capulet.lit'>Offline &lt;storage&gt;</delay>"
    )
    assert text_of(delay, "urn:example:delay").startswith("<delay stamp=")
    assert text_of(Delay(stamp=STAMP)) == "<delay xmlns='urn:example:delay' stamp='2002-09-10T23:08:25Z'/>"
    assert text_of(Bare()) == f"<bare xmlns='{NS}'/>"
    assert text_of(Bare(), NS) == "<bare/>"


def test_defaults() -> None:
    house = House.from_element(element(f"<house xmlns='{NS}'/>"))
    assert house == House()
    assert (house.number, house.max_guests, house.empty, house.photo, house.windows, house.names) == (
        None,
        4,
        False,
        b"",
        [],
        {},
    )
    assert text_of(house) == f"<house xmlns='{NS}'/>"
    assert text_of(Door()) == f"<door xmlns='{NS}' open='false'/>"  # always
    assert House().windows is not House().windows
    assert House().names is not House().names


def test_a_default_of_none_is_never_written() -> None:
    class Loud(Payload, ns=NS, name="loud", nested=True):
        volume: int | None = field.attribute(default=None, always=True)

    assert text_of(Loud()) == f"<loud xmlns='{NS}'/>"
    assert text_of(Loud(volume=0)) == f"<loud xmlns='{NS}' volume='0'/>"


def test_a_value_equal_to_its_default_is_not_written_and_an_empty_one_is() -> None:
    assert text_of(House(max_guests=4, photo=b"")) == f"<house xmlns='{NS}'/>"
    assert text_of(Mood(mood=Colour.RED, text="")) == f"<mood xmlns='{NS}'><red/><text></text></mood>"
    assert Mood.from_element(Mood(mood=Colour.RED, text="").to_element()).text == ""


def test_choice_and_rest() -> None:
    parcel = Parcel.from_element(
        element(f"<parcel xmlns='{NS}'><p xmlns='urn:x'>a<b/></p><window width='2'/></parcel>")
    )
    assert parcel.content == Window(width=2)
    assert [paper.name for paper in parcel.wrapping] == [("urn:x", "p")]
    assert parcel.unknown_children is None
    same_both_ways(Parcel(content=Door(), wrapping=[Element(("urn:y", "q"), {"{urn:z}a": "1"}, ["<"])]))
    with pytest.raises(PayloadError, match="parcel/door: child missing"):
        Parcel.from_element(element(f"<parcel xmlns='{NS}'/>"))
    with pytest.raises(PayloadError, match="parcel/window: occurs more than once"):
        Parcel.from_element(element(f"<parcel xmlns='{NS}'><door/><window width='2'/></parcel>"))


def test_the_name_of_a_child_as_a_value() -> None:
    assert Mood.from_element(element(f"<mood xmlns='{NS}'><text>t</text><green/></mood>")).mood is Colour.GREEN
    same_both_ways(Mood(mood=Colour.RED, text="well"))
    with pytest.raises(PayloadError, match=r"mood/blue: not a value of Colour: 'blue'"):
        Mood.from_element(element(f"<mood xmlns='{NS}'><blue/></mood>"))


def test_a_value_never_writes_markup_as_a_name() -> None:
    class Free(Payload, ns=NS, name="free", nested=True):
        tag: str = field.tag(Text)

    for bad in ("a b", "a><b/", "", "a:b"):
        with pytest.raises(ValueError):
            text_of(Free(tag=bad))


def test_several_names_and_namespaces() -> None:
    old = State.from_element(element("<dim xmlns='urn:example:old'><level>3</level></dim>"))
    assert (old.namespace, old.state, old.levels) == ("urn:example:old", "dim", [3])
    assert same_both_ways(old) == "<dim xmlns='urn:example:old'><level>3</level></dim>"
    assert same_both_ways(State(state="on", levels=[1])) == f"<on xmlns='{NS}'><level>1</level></on>"
    assert find(("urn:example:old", "off")) is State
    mixed = State.from_element(element(f"<on xmlns='{NS}'><level xmlns='urn:example:old'>3</level></on>"))
    assert mixed.levels == []
    with pytest.raises(PayloadError, match="State cannot be"):
        text_of(State(state="flashing"))


def test_a_class_within_itself() -> None:
    same_both_ways(Tree(label="a", trees=[Tree(label="b"), Tree(label="c", trees=[Tree(label="d")])]))


# What the definition does not name


def test_unknown_attributes_and_children_are_kept_and_written_back() -> None:
    source = element(
        "<delay xmlns='urn:example:delay' stamp='2002-09-10T23:08:25Z' new='1' xmlns:o='urn:o' o:p='2' xml:lang='en'>"
        "why<more xmlns='urn:more' a='1'>deep<er/></more><bare xmlns=''/></delay>"
    )
    delay = Delay.from_element(source)
    assert delay.unknown_attributes == {"new": "1", "{urn:o}p": "2", "{http://www.w3.org/XML/1998/namespace}lang": "en"}
    assert [child.local for child in delay.unknown_children or ()] == ["more", "bare"]
    assert delay.reason == "why"
    assert delay.to_element() == source
    assert element(text_of(delay)) == source
    assert delay != Delay(stamp=STAMP, reason="why")
    assert "unknown_children" in repr(delay)
    bare = element(f"<bare xmlns='{NS}'><x/></bare>")
    assert element(text_of(Bare.from_element(bare))) == bare


def test_children_keep_the_order_in_which_they_came() -> None:
    source = element(
        f"<house xmlns='{NS}'><room>a</room><x/><window width='1'/><room>b</room><empty/><window width='2'/>"
        f"<door open='false'/></house>"
    )
    house = House.from_element(source)
    assert (house.rooms, [window.width for window in house.windows]) == (["a", "b"], [1, 2])
    assert house.to_element() == source
    assert element(text_of(house)) == source
    changed = house.replace(rooms=["a"], owner=JID("x@y"))
    assert [child.local for child in changed.to_element().elements()] == [
        "room",
        "x",
        "window",
        "empty",
        "window",
        "door",
        "owner",
    ]
    assert House.from_element(changed.to_element()) == changed


def test_rest_keeps_its_place_among_the_others() -> None:
    source = element(f"<parcel xmlns='{NS}'><p xmlns='urn:x'/><door open='true'/><q xmlns='urn:x'/></parcel>")
    assert Parcel.from_element(source).to_element() == source


def test_policies_for_the_unknown() -> None:
    assert Strict.from_element(element(f"<strict xmlns='{NS}' number='1'/>")) == Strict(number=1)
    with pytest.raises(PayloadError) as caught:
        Strict.from_element(element(f"<strict xmlns='{NS}' number='1' more='2'/>"))
    assert caught.value.path == "strict@more"
    with pytest.raises(PayloadError) as caught:
        Strict.from_element(element(f"<strict xmlns='{NS}' number='1'><more/></strict>"))
    assert caught.value.path == "strict/more"
    careless = Careless.from_element(element(f"<careless xmlns='{NS}' number='1' more='2'><more/></careless>"))
    assert text_of(careless) == f"<careless xmlns='{NS}' number='1'/>"


# Bad input: one error, with the path


@pytest.mark.parametrize(
    ("text", "path", "problem"),
    [
        ("<house number='x'/>", "house@number", "not an integer"),
        ("<house><window/></house>", "house/window[1]@width", "missing"),
        (
            "<house><window width='1'/><window width='101'/></house>",
            "house/window[2]@width",
            "101 is not between 1 and 100",
        ),
        ("<house><window width='1' colour='blue'/></house>", "house/window[1]@colour", "not a value of Colour"),
        ("<house><door/><door/></house>", "house/door", "more than once"),
        ("<house><empty/><empty/></house>", "house/empty", "more than once"),
        ("<house><owner>a@@b@</owner></house>", "house/owner/text()", ""),
        ("<house><photo>A A=</photo></house>", "house/photo/text()", "not base64"),
        ("<house><stairs steps='1'/><stairs/></house>", "house/stairs[2]@steps", "missing"),
        ("<house><stairs steps='1'/><stairs steps='many'/></house>", "house/stairs[2]@steps", "not an integer"),
        ("<house><name>a</name><name>b</name></house>", "house/name", "more than once"),
        ("<house><keys/><keys/></house>", "house/keys", "more than once"),
        ("<house>text</house>", "house/text()", "text where none belongs"),
        (
            "<house><annexes><house/><house><door open='?'/></house></annexes></house>",
            "house/annexes/house[2]/door@open",
            "boolean",
        ),
        (
            "<house><delay xmlns='urn:example:delay' stamp='99999-01-01T00:00:00Z'/></house>",
            "house/delay@stamp",
            "not a date",
        ),
        ("<house><delay xmlns='urn:example:delay'/></house>", "house/delay@stamp", "missing"),
    ],
)
def test_errors_name_the_path(text: str, path: str, problem: str) -> None:
    with pytest.raises(PayloadError) as caught:
        House.from_element(element(text.replace("<house", f"<house xmlns='{NS}'", 1)))
    assert caught.value.path == path
    assert problem in caught.value.problem
    assert str(caught.value) == f"{path}: {caught.value.problem}"
    assert caught.value.args == (caught.value.problem, path)


def test_ten_thousand_children() -> None:
    source = Element((NS, "house"), {}, [Element((NS, "window"), {"width": "1"}) for _ in range(10_000)])
    assert len(House.from_element(source).windows) == 10_000


# What cannot be written


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        (Delay(stamp="yesterday"), "delay@stamp"),  # type: ignore[arg-type]
        (Delay(stamp=datetime(2002, 9, 10)), "delay@stamp"),
        (Delay(stamp=STAMP, reason=5), "delay/reason"),  # type: ignore[arg-type]
        (House(windows=[Window(width=101)]), "house/window@width"),
        (House(rooms=["a", None]), "house/rooms"),  # type: ignore[list-item]
        (House(door="door"), "house/door"),  # type: ignore[arg-type]
        (House(names={"de": 1}), "house/names"),  # type: ignore[dict-item]
        (Mood(mood="red"), "mood/mood"),  # type: ignore[arg-type]
        (Window(width=1, colour="red"), "window@colour"),  # type: ignore[arg-type]
    ],
)
def test_a_value_without_a_text_names_its_field(payload: Payload, path: str) -> None:
    with pytest.raises(PayloadError) as caught:
        text_of(payload)
    assert caught.value.path == path
    with pytest.raises(PayloadError):
        # The tree refuses what the text refuses.
        write_element(payload.to_element())


def test_forbidden_characters_are_refused() -> None:
    for payload in (Delay(stamp=STAMP, reason="\x00"), House(rooms=["\ud800"]), Tree(label="\x0b")):
        with pytest.raises(XMLCharacterError):
            text_of(payload)


# Values and classes


def test_payloads_are_values() -> None:
    one = Delay(stamp=STAMP, reason="r")
    assert one == Delay(stamp=STAMP, reason="r")
    assert one != Delay(stamp=STAMP)
    assert one != "delay"
    assert one.replace(reason="q") == Delay(stamp=STAMP, reason="q")
    assert one.reason == "r"
    assert repr(Door()) == "Door(open=False)"
    assert copy.deepcopy(one) == one
    assert pickle.loads(pickle.dumps(one)) == one
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)
    with pytest.raises(TypeError, match="no field 'colour'"):
        one.replace(colour=1)
    with pytest.raises(TypeError):
        Delay()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Delay(STAMP)  # type: ignore[misc]
    with pytest.raises(AttributeError):
        one.other = 1  # type: ignore[attr-defined]


def test_match_on_fields() -> None:
    match House(number=3, door=Door(open=True)):
        case House(number=3, door=Door(open=True)):
            pass
        case _:
            pytest.fail("did not match")


def test_inheritance() -> None:
    class Base(Payload):
        label: str = field.attribute()
        counted: ClassVar[int] = 3

        def shout(self) -> str:
            return self.label.upper()

    class Derived(Base, ns=NS, name="derived", nested=True):
        extra: int | None = field.attribute(Integer(), default=None)

    class Further(Derived, ns=NS, name="further", nested=True):
        pass

    assert Base.element_names == ()
    with pytest.raises(TypeError, match="no element of its own"):
        Base(label="x")
    assert text_of(Derived(label="x", extra=1)) == f"<derived xmlns='{NS}' label='x' extra='1'/>"
    assert Further.from_element(element(f"<further xmlns='{NS}' label='x' extra='1'/>")).shout() == "X"
    assert Further(label="x") != Derived(label="x")
    assert Further.counted == 3


def test_the_registry_comes_from_the_definitions() -> None:
    assert find((NS, "house")) is House
    assert find((NS, "window")) is None  # nested
    assert known()[NS, "tree"] is Tree
    assert find((NS, "nothing")) is None

    first = House

    class Other(Payload, ns=NS, name="house"):
        """Of the same name, but not the first."""

    assert find((NS, "house")) is first
    assert Other.from_element(element(f"<house xmlns='{NS}'/>")) == Other()


def test_definitions_that_make_no_sense() -> None:
    with pytest.raises(TypeError, match="ns is missing"):

        class NoNamespace(Payload, name="x"):
            pass

    with pytest.raises(TypeError, match="unknown class keyword 'nmae'"):

        class Misspelt(Payload, ns=NS, nmae="x"):
            pass

    with pytest.raises(TypeError, match=r"NoKind\.x: say what kind of field it is"):

        class NoKind(Payload, ns=NS, name="x"):
            x: int

    with pytest.raises(TypeError, match=r"field\.wrapped takes"):
        field.wrapped(field.flag())

    class NoCodec(Payload, ns=NS, name="x", nested=True):
        x: complex = field.attribute()

    with pytest.raises(TypeError, match="no codec is known"):
        NoCodec(x=1j)

    class NoClass(Payload, ns=NS, name="x", nested=True):
        x: int = field.child()

    with pytest.raises(TypeError, match="is no class with an element"):
        NoClass(x=1)

    class Twice(Payload, ns=NS, name="x", nested=True):
        door: Door | None = field.child(Door, default=None)
        doors: list[str] = field.values(Text, name="door")

    with pytest.raises(TypeError, match=r"two fields of .*Twice read"):
        Twice()

    with pytest.raises(TypeError, match="taken by Payload itself"):

        class Taken(Payload, ns=NS, name="x", nested=True):
            write: str = field.attribute()

    class NoAnnotation(Payload, ns=NS, name="x", nested=True):
        x = field.attribute()

    with pytest.raises(TypeError, match="has no annotation"):
        NoAnnotation(x=1)  # type: ignore[call-arg]


def test_fields_that_need_no_annotation_are_not_evaluated() -> None:
    class Local(Payload, ns=NS, name="local", nested=True):
        inner: Nowhere = field.child(Door)  # type: ignore[name-defined]  # noqa: F821
        data: Nowhere = field.attribute(Base64, default=b"")  # type: ignore[name-defined]  # noqa: F821
        kind: Nowhere = field.attribute(Enumeration(Colour, unknown=Unknown.KEEP), default=None)  # type: ignore[name-defined]  # noqa: F821
        more: list[Nowhere] = field.children(Window, Mood)  # type: ignore[name-defined]  # noqa: F821
        one: Nowhere = field.choice(Bare, default=None)  # type: ignore[name-defined]  # noqa: F821

    same_both_ways(
        Local(
            inner=Door(),
            data=b"x",
            kind="pale",
            more=[Window(width=1), Mood(mood=Colour.RED), Window(width=2)],
            one=Bare(),
        )
    )


class Labelled(Payload, ns=NS, name="labelled"):
    own: str = field.text()
    inner: str | None = field.value(default=None)


def test_the_text_of_a_child_is_not_that_of_the_element() -> None:
    labelled = Labelled.from_element(element(f"<labelled xmlns='{NS}'>a<inner>x</inner>b</labelled>"))
    assert (labelled.own, labelled.inner) == ("ab", "x")


class Kind(StrEnum):
    CAT = "cat"
    DOG = "dog"


class Pet(Payload, ns=NS, names=tuple(Kind)):
    kind: Kind = field.name()


def test_names_may_be_members_of_an_enumeration() -> None:
    pet = Pet.from_element(Element((NS, "dog")))
    assert pet.kind is Kind.DOG
    assert pet.to_element().name == (NS, "dog")
    with pytest.raises(PayloadError, match=r"^dog/text\(\): text where none belongs"):
        Pet.from_element(Element((NS, "dog"), {}, ["text"]))
