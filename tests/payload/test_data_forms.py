"""Data forms: finding fields, filling in a form, and what may be submitted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.payload.xmltext import element, without_blanks
from xmppwire.jid import JID
from xmppwire.payload import PayloadError
from xmppwire.protocol.data_forms import DataForm, DataFormType, Field, FieldType, Option
from xmppwire.protocol.data_forms_layout import FieldRef, LayoutText, Page, Section
from xmppwire.protocol.data_forms_validation import Basic, ListRange, Open, Range, Regex, Validate
from xmppwire.protocol.media_element import Media
from xmppwire.protocol.rsm import ResultSet

BOT = """
<x xmlns='jabber:x:data' type='form'>
  <title>A bot</title><instructions>One.</instructions><instructions>Two.</instructions>
  <page xmlns='http://jabber.org/protocol/xdata-layout' label='All'>
    <text>Names</text><section label='Who'><fieldref var='name'/></section><fieldref var='public'/>
  </page>
  <field type='hidden' var='FORM_TYPE'><value>jabber:bot</value></field>
  <field type='fixed'><value>Part 1</value></field>
  <field type='text-single' var='name' label='Its name'><desc>As people see it</desc><required/></field>
  <field type='text-multi' var='description'/>
  <field type='boolean' var='public'><required/><value>0</value></field>
  <field type='list-multi' var='features'>
    <option label='Contests'><value>contests</value></option><option><value>news</value></option>
    <option><value>polls</value></option>
    <value>news</value>
  </field>
  <field type='list-single' var='maxsubs'>
    <value>20</value><option><value>10</value></option><option><value>20</value></option>
  </field>
  <field type='jid-multi' var='invite'/>
  <field type='jid-single' var='owner'/>
  <field var='colour'/>
</x>"""


def form(text: str = BOT) -> DataForm:
    return DataForm.from_element(without_blanks(element(text)))


def one_field(kind: str, *, options: tuple[str, ...] = (), validate: Validate | None = None, **more: Any) -> DataForm:
    field = Field(var="a", type=kind, options=[Option(value=value) for value in options], validate=validate, **more)
    return DataForm(type=DataFormType.FORM, fields=[field])


def submitted(kind: str, value: object, **more: Any) -> list[str]:
    return one_field(kind, **more).submit({"a": value}).values("a")


def test_fields_are_found_by_name() -> None:
    bot = form()
    assert bot["maxsubs"] == "20"
    assert bot.get("name") is None
    assert bot.values("features") == ["news"]
    assert bot.values("nothing") == []
    assert "public" in bot
    assert "private" not in bot
    assert list(bot)[:3] == ["FORM_TYPE", "name", "description"]
    field = bot.get_field("name")
    assert field is not None and (field.label, field.desc, field.required) == ("Its name", "As people see it", True)
    with pytest.raises(KeyError):
        bot["name"]


def test_everything_is_read() -> None:
    bot = form()
    assert (bot.title, bot.instructions) == ("A bot", ["One.", "Two."])
    assert bot.pages == [
        Page(
            label="All",
            parts=[
                LayoutText(text="Names"),
                Section(label="Who", parts=[FieldRef(var="name")]),
                FieldRef(var="public"),
            ],
        )
    ]
    assert bot.unknown_children is None
    assert DataForm.from_element(bot.to_element()) == bot


def test_a_table() -> None:
    table = form(
        """<x xmlns='jabber:x:data' type='result'><reported><field var='name'/></reported>
        <item><field var='name'><value>a</value></field></item><item><field var='name'><value>b</value></field></item></x>"""
    )
    assert table.reported is not None and list(table.reported) == ["name"]
    assert [item["name"] for item in table.items] == ["a", "b"]


@pytest.mark.parametrize(
    ("type_", "field_type", "expected"),
    [
        ("form", "hidden", "urn:example:a"),
        ("form", None, None),
        ("form", "text-single", None),
        ("result", "hidden", "urn:example:a"),
        ("result", None, None),
        ("submit", None, "urn:example:a"),
        ("submit", "hidden", "urn:example:a"),
    ],
)
@pytest.mark.spec("XEP-0068", "4.1", "4.2", "4.3")
def test_form_type(type_: str, field_type: str | None, expected: str | None) -> None:
    field = Field(var="FORM_TYPE", type=field_type, values=["urn:example:a"])
    assert DataForm(type=DataFormType(type_), fields=[field]).form_type == expected


@pytest.mark.spec("XEP-0004", "3.1", "3.2")
def test_what_is_not_given_goes_back_as_proposed() -> None:
    answer = form().submit({"name": "Joogle", "public": True, "owner": JID("a@b")})
    assert answer.type is DataFormType.SUBMIT
    assert answer.form_type == "jabber:bot"
    assert [(one.var, one.values) for one in answer.fields] == [
        ("FORM_TYPE", ["jabber:bot"]),
        ("name", ["Joogle"]),
        ("public", ["1"]),
        ("features", ["news"]),
        ("maxsubs", ["20"]),
        ("owner", ["a@b"]),
    ]
    assert all(one.label is None and not one.options and not one.required for one in answer.fields)


def test_no_value_empties_a_field() -> None:
    answer = form().submit({"name": "Joogle", "features": None, "maxsubs": []})
    assert answer.get_field("features") == Field(var="features")
    assert answer.get_field("maxsubs") == Field(var="maxsubs")


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({}, "x/field[name]/value"),
        ({"name": ""}, "x/field[name]/value"),
        ({"name": ["a", "b"]}, "x/field[name]/value"),
        ({"name": object()}, "x/field[name]/value"),
        ({"name": "a", "public": "perhaps"}, "x/field[public]/value"),
        ({"name": "a", "public": None}, "x/field[public]/value"),
        ({"name": "a", "features": ["weather"]}, "x/field[features]/value"),
        ({"name": "a", "maxsubs": 11}, "x/field[maxsubs]/value"),
        ({"name": "a", "maxsubs": [10, 20]}, "x/field[maxsubs]/value"),
        ({"name": "a", "invite": ["a@b", "@"]}, "x/field[invite]/value"),
        ({"name": "a", "owner": "@"}, "x/field[owner]/value"),
        ({"name": "a", "nmae": "a"}, "x/field[nmae]"),
    ],
)
@pytest.mark.spec("XEP-0004", "3.2", "3.3")
def test_what_does_not_fit_is_refused(values: dict[str, object], path: str) -> None:
    with pytest.raises(PayloadError) as caught:
        form().submit(values)
    assert caught.value.path == path


def test_a_field_that_the_form_does_not_have_may_be_let_through() -> None:
    assert form().submit({"name": "a", "more": [1, 2]}, extra=True).values("more") == ["1", "2"]


def test_only_a_form_is_filled_in() -> None:
    with pytest.raises(PayloadError, match="filled in"):
        DataForm(type=DataFormType.RESULT).submit()
    assert form().cancel() == DataForm(type=DataFormType.CANCEL)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("text", "text"),
        (True, "1"),
        (False, "0"),
        (12, "12"),
        (1.5, "1.5"),
        (JID("a@b/c"), "a@b/c"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05Z"),
        (datetime(2026, 1, 2, tzinfo=UTC).date(), "2026-01-02"),
        (FieldType.HIDDEN, "hidden"),
    ],
)
def test_values_become_text(value: object, text: str) -> None:
    assert submitted("text-single", value) == [text]


@pytest.mark.spec("XEP-0004", "3.3")
def test_lines_addresses_and_options() -> None:
    assert submitted("text-multi", "a\r\nb\n\nc") == ["a", "b", "", "c"]
    assert submitted("text-multi", ["a", "b"]) == ["a", "b"]
    assert submitted("text-single", "a\nb") == ["a\nb"]
    assert submitted("jid-multi", ["A@b", "c@d", "a@B"]) == ["a@b", "c@d"]
    assert submitted("list-multi", ["c", "a"], options=("a", "b", "c")) == ["a", "c"]


OPEN = Validate(method=Open())


@pytest.mark.parametrize(
    ("kind", "value", "validate", "fits"),
    [
        ("list-single", "x", Validate(method=Basic()), False),
        ("list-single", "x", OPEN, True),
        ("list-multi", ["x", "a"], OPEN, True),
        ("list-single", "x", Validate(method=Regex(pattern="[a-z]")), True),
        ("text-single", "12", Validate(datatype="xs:integer"), True),
        ("text-single", "twelve", Validate(datatype="xs:integer"), False),
        ("text-single", "300", Validate(datatype="xs:unsignedByte"), False),
        ("text-single", "anything", Validate(datatype="x:unheard"), True),
        ("text-single", "5", Validate(datatype="xs:int", method=Range(min="1", max="5")), True),
        ("text-single", "6", Validate(datatype="xs:int", method=Range(min="1", max="5")), False),
        ("text-single", "0", Validate(datatype="xs:int", method=Range(min="1")), False),
        ("text-single", "6", Validate(datatype="xs:int", method=Range(max="five")), True),
        (
            "text-single",
            "2003-10-25T00:00:00Z",
            Validate(datatype="xs:dateTime", method=Range(max="2003-10-24T23:59:59-07:00")),
            True,
        ),
        (
            "text-single",
            "2003-10-26T00:00:00Z",
            Validate(datatype="xs:dateTime", method=Range(max="2003-10-25T00:00:00Z")),
            False,
        ),
        ("list-multi", ["a"], Validate(list_range=ListRange(min=2)), False),
        ("list-multi", ["a", "b"], Validate(list_range=ListRange(min=2, max=2)), True),
        ("list-multi", ["a", "b"], Validate(list_range=ListRange(max=1)), False),
        ("text-multi", ["a", "b"], Validate(list_range=ListRange(max=1)), True),
    ],
)
@pytest.mark.spec("XEP-0122", "3.1", "3.2", "3.3", "4.1")
def test_validation(kind: str, value: object, validate: Validate, fits: bool) -> None:
    asked = one_field(kind, options=("a", "b"), validate=validate)
    if fits:
        assert len(asked.submit({"a": value}).values("a")) >= 1
    else:
        with pytest.raises(PayloadError):
            asked.submit({"a": value})


def test_a_pattern_of_the_other_side_is_not_run() -> None:
    """It could take forever, and is no Python regular expression anyway."""
    evil = Validate(method=Regex(pattern="(a+)+$"))
    assert submitted("text-single", "a" * 200 + "!", validate=evil) == ["a" * 200 + "!"]


def test_one_method_of_validation() -> None:
    text = "<validate xmlns='http://jabber.org/protocol/xdata-validate'><basic/><open/></validate>"
    with pytest.raises(PayloadError, match="more than once"):
        Validate.from_element(element(text))


def test_what_is_unknown_is_kept() -> None:
    text = """<x xmlns='jabber:x:data' type='form'><field var='a' type='colour'><other xmlns='urn:example:o'/></field>
    <other xmlns='urn:example:o'/></x>"""
    unusual = form(text)
    assert unusual.fields[0].type == "colour"
    assert DataForm.from_element(unusual.to_element()) == unusual
    assert unusual.submit({"a": "x"}).values("a") == ["x"]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("<x xmlns='jabber:x:data' type='error'/>", "x@type"),
        ("<x xmlns='jabber:x:data' type='form'>text</x>", "x/text()"),
        ("<x xmlns='jabber:x:data' type='form'><title/><title/></x>", "x/title"),
        (
            "<x xmlns='jabber:x:data' type='form'><field var='a'/><field><option/></field></x>",
            "x/field[2]/option[1]/value",
        ),
        (
            "<x xmlns='jabber:x:data' type='form'><field><media xmlns='urn:xmpp:media-element' height='x'/></field></x>",
            "x/field[1]/media@height",
        ),
    ],
)
def test_bad_forms(text: str, path: str) -> None:
    with pytest.raises(PayloadError) as caught:
        DataForm.from_element(element(text))
    assert caught.value.path == path


def test_media_of_a_field() -> None:
    asked = form(
        """<x xmlns='jabber:x:data' type='form'><field var='ocr'><media xmlns='urn:xmpp:media-element' height='80' width='290'>
        <uri type='image/jpeg'> http://www.victim.example/ocr.jpeg </uri></media></field></x>"""
    )
    field = asked.get_field("ocr")
    assert field is not None and isinstance(field.media, Media)
    assert (field.media.height, [uri.uri for uri in field.media.uris]) == (80, ["http://www.victim.example/ocr.jpeg"])


@pytest.mark.spec("XEP-0059", "2.5", "2.7")
def test_an_empty_before_is_not_none() -> None:
    last = ResultSet.from_element(element("<set xmlns='http://jabber.org/protocol/rsm'><max>0</max><before/></set>"))
    assert (last.before, last.max, last.after) == ("", 0, None)
    assert ResultSet.from_element(last.to_element()) == last
