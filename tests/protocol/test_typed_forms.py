"""Typed forms: declared, read, written, filled in; and all of ours against the forms of the examples."""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess
import sys
import types
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.payload.xmltext import element
from tests.protocol.corpus import examples, parse
from tests.support import ROOT
from tests.tools import form_index
from xmppwire.jid import JID
from xmppwire.payload import Enumeration, PayloadError, Unknown, UnsignedInt
from xmppwire.protocol import form
from xmppwire.protocol._form_kinds import FormField, FormFields, FormMedia
from xmppwire.protocol.contact_addresses import ServerInfo
from xmppwire.protocol.data_forms import DataForm, DataFormType, Field, FieldType, Item, Option
from xmppwire.protocol.disco import DiscoInfo
from xmppwire.protocol.disco_extensions import get_extension, with_extension
from xmppwire.protocol.form import TypedForm, find_form, known_forms
from xmppwire.protocol.mam_forms import ArchiveFilter
from xmppwire.protocol.media_element import Media, MediaUri
from xmppwire.protocol.muc_forms import PrivateMessages, RoomConfig, RoomInfo
from xmppwire.protocol.pubsub_forms import AccessModel, NodeConfig, PublishOptionsForm
from xmppwire.protocol.push_forms import PushPublishOptions
from xmppwire.protocol.search_forms import Search
from xmppwire.protocol.service_administration import AddUser, AdminCommand, AdminForm, UserLists, command_form
from xmppwire.protocol.software_information import SoftwareInfo
from xmppwire.xml import Element

TYPE = "urn:example:meeting"


class Room(StrEnum):
    BALCONY = "balcony"
    ORCHARD = "orchard"


class Meeting(TypedForm, form_type=TYPE, also=(f"{TYPE}:old",)):
    start: datetime = form.field("start", label="When")
    host: JID | None = form.field("host", default=None)
    seats: int | Literal["any"] | None = form.field("seats", form.or_word(UnsignedInt, "any"), default=None)
    public: bool | None = form.field("public", default=None)
    room: Room | None = form.field("room", default=None)
    moods: list[Room | str] = form.fields("moods", Enumeration(Room, Unknown.KEEP))
    guests: list[JID] = form.fields("guests")
    helpers: list[JID] | None = form.fields("helpers", default=None)
    agenda: str | None = form.text("agenda", default=None)
    secret: str | None = form.field("secret", default=None, type=FieldType.TEXT_PRIVATE)
    picture: Media | None = form.media("picture", default=None)


START = datetime(2026, 6, 1, 20, tzinfo=UTC)
FULL = Meeting(
    start=START,
    host=JID("juliet@capulet.lit"),
    seats="any",
    public=False,
    room=Room.BALCONY,
    moods=[Room.ORCHARD, "gloomy"],
    guests=[JID("romeo@montague.lit")],
    helpers=[],
    agenda="one\n\nthree\n",
    secret="",
    picture=Media(uris=[MediaUri(type="image/png", uri="http://example.com/")]),
)


def submitted(**fields: str | list[str]) -> DataForm:
    form_type = Field(var="FORM_TYPE", values=[TYPE])
    others = [Field(var=var, values=[value] if isinstance(value, str) else value) for var, value in fields.items()]
    return DataForm(type=DataFormType.SUBMIT, fields=[form_type, *others])


def test_there_and_back() -> None:
    assert Meeting.from_form(FULL.to_form()) == FULL
    assert Meeting.from_form(DataForm.from_element(FULL.to_form(DataFormType.RESULT).to_element())) == FULL
    least = Meeting(start=START)
    assert Meeting.from_form(least.to_form()) == least
    assert [one.var for one in least.to_form().fields] == ["FORM_TYPE", "start"]


def test_what_is_written() -> None:
    written = {one.var: one.values for one in FULL.to_form().fields}
    assert written == {
        "FORM_TYPE": [TYPE],
        "start": ["2026-06-01T20:00:00Z"],
        "host": ["juliet@capulet.lit"],
        "seats": ["any"],
        "public": ["0"],
        "room": ["balcony"],
        "moods": ["orchard", "gloomy"],
        "guests": ["romeo@montague.lit"],
        "helpers": [],
        "agenda": ["one", "", "three", ""],
        "secret": [""],
        "picture": [],
    }
    assert [one.type for one in FULL.to_form().fields if one.type] == [FieldType.HIDDEN]


@pytest.mark.parametrize("text", ["1", "true"])
def test_both_spellings_of_a_boolean_are_read(text: str) -> None:
    assert Meeting.from_form(submitted(start="2026-06-01T20:00:00Z", public=text)).public is True


def test_an_empty_value_is_none_but_for_text() -> None:
    meeting = Meeting.from_form(
        submitted(start="2026-06-01T20:00:00Z", host="", seats="", public=[], room="", guests="", secret="", agenda="")
    )
    assert (meeting.host, meeting.seats, meeting.public, meeting.room) == (None, None, None, None)
    assert (meeting.guests, meeting.secret, meeting.agenda) == ([], "", "")


@pytest.mark.spec("XEP-0004", "3.3")
def test_an_address_counts_once() -> None:
    meeting = Meeting.from_form(submitted(start="2026-06-01T20:00:00Z", guests=["a@b", "A@b", "c@d"]))
    assert meeting.guests == [JID("a@b"), JID("c@d")]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({}, "x/field[start]"),
        ({"start": []}, "x/field[start]"),
        ({"start": ""}, "x/field[start]"),
        ({"start": "soon"}, "x/field[start]/value"),
        ({"start": ["2026-06-01T20:00:00Z"] * 2}, "x/field[start]/value[2]"),
        ({"host": "@"}, "x/field[host]/value"),
        ({"seats": "many"}, "x/field[seats]/value"),
        ({"seats": "-1"}, "x/field[seats]/value"),
        ({"public": "yes"}, "x/field[public]/value"),
        ({"room": "tomb"}, "x/field[room]/value"),
        ({"guests": ["a@b", "@"]}, "x/field[guests]/value[2]"),
    ],
)
def test_bad_values(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(PayloadError) as caught:
        Meeting.from_form(
            submitted(**({"start": "2026-06-01T20:00:00Z"} if fields and "start" not in fields else {}), **fields)
        )
    assert caught.value.path == path


def test_a_field_twice() -> None:
    twice = submitted(host="a@b")
    twice.fields += submitted(host="a@b").fields[1:]
    with pytest.raises(PayloadError) as caught:
        Meeting.from_form(twice)
    assert caught.value.path == "x/field[host]"


def test_another_kind_of_form() -> None:
    with pytest.raises(PayloadError) as caught:
        RoomInfo.from_form(FULL.to_form())
    assert caught.value.path == "x/field[FORM_TYPE]/value"
    nameless = FULL.to_form()
    del nameless.fields[0]
    assert Meeting.from_form(nameless) == FULL


def test_an_older_form_type_is_answered_in_kind() -> None:
    old = submitted(start="2026-06-01T20:00:00Z")
    old.fields[0].values = [f"{TYPE}:old"]
    meeting = Meeting.from_form(old)
    assert meeting != Meeting(start=START)
    assert meeting.to_form().form_type == f"{TYPE}:old"


def test_unknown_fields_are_kept_and_written_back() -> None:
    meeting = Meeting.from_form(submitted(start="2026-06-01T20:00:00Z", colour=["red", "blue"]))
    assert meeting.unknown_fields == [Field(var="colour", values=["red", "blue"])]
    assert meeting.to_form().values("colour") == ["red", "blue"]
    assert meeting.replace(public=True).unknown_fields == meeting.unknown_fields


@pytest.mark.parametrize(
    ("value", "path"),
    [({"host": 5}, "x/field[host]"), ({"seats": "lots"}, "x/field[seats]"), ({"agenda": 5}, "x/field[agenda]")],
)
def test_values_that_have_no_text(value: dict[str, Any], path: str) -> None:
    with pytest.raises(PayloadError) as caught:
        FULL.replace(**value).to_form()
    assert caught.value.path == path


def test_an_empty_form() -> None:
    blank = Meeting.blank(title="A meeting", instructions=["Fill in."])
    assert (blank.type, blank.title, blank.instructions, blank.form_type) == (
        DataFormType.FORM,
        "A meeting",
        ["Fill in."],
        TYPE,
    )
    assert {one.var: one.type for one in blank.fields[1:]} == {
        "start": FieldType.TEXT_SINGLE,
        "host": FieldType.JID_SINGLE,
        "seats": FieldType.TEXT_SINGLE,
        "public": FieldType.BOOLEAN,
        "room": FieldType.LIST_SINGLE,
        "moods": FieldType.LIST_MULTI,
        "guests": FieldType.JID_MULTI,
        "helpers": FieldType.JID_MULTI,
        "agenda": FieldType.TEXT_MULTI,
        "secret": FieldType.TEXT_PRIVATE,
        "picture": None,
    }
    assert [one.var for one in blank.fields if one.required] == ["start"]
    start, room = Meeting.field_of(blank, "start"), Meeting.field_of(blank, "room")
    assert start is not None and room is not None
    assert start.label == "When"
    assert room.options == [Option(value="balcony"), Option(value="orchard")]
    with pytest.raises(KeyError):
        Meeting.field_of(blank, "begin")


def test_a_form_with_proposals() -> None:
    proposal = FULL.to_form(DataFormType.FORM)
    assert proposal["room"] == "balcony"
    assert Meeting.from_form(proposal.submit()).room is Room.BALCONY


def test_answering() -> None:
    received = Meeting(start=START, room=Room.BALCONY, guests=[JID("a@b")]).to_form(DataFormType.FORM)
    received.fields.append(Field(var="colour", values=["red"]))
    answer = Meeting.answer(received, public=True, room=Room.ORCHARD, guests=[])
    assert {one.var: one.values for one in answer.fields} == {
        "FORM_TYPE": [TYPE],
        "start": ["2026-06-01T20:00:00Z"],
        "public": ["1"],
        "room": ["orchard"],
        "guests": [],
        "colour": ["red"],
    }
    with pytest.raises(TypeError, match="begin"):
        Meeting.answer(received, begin=START)
    with pytest.raises(PayloadError, match="required"):
        Meeting.answer(received, start=None)
    del received.fields[-1], received.fields[2]
    with pytest.raises(PayloadError, match="no such field"):
        Meeting.answer(received, host=JID("a@b"))


def test_a_proposal_that_does_not_decode_does_not_hinder_an_answer() -> None:
    received = RoomConfig.blank()
    received.fields.append(Field(var="muc#roomconfig_maxhistory", values=["lots"]))
    field = received.get_field("muc#roomconfig_maxusers")
    assert field is not None
    field.values = ["plenty"]
    assert RoomConfig.answer(received, room_name="Coven")["muc#roomconfig_roomname"] == "Coven"


def test_tables() -> None:
    found = [Search(first="Benvolio", jid=JID("benvolio@montague.lit")), Search(first="Romeo", nick="R")]
    table = Search.table(found)
    assert table.type is DataFormType.RESULT
    assert table.reported is not None and list(table.reported)[:2] == ["first", "last"]
    assert Search.rows(DataForm.from_element(table.to_element())) == found
    table.items.append(Item(fields=[Field(var="jid", values=["@"])]))
    with pytest.raises(PayloadError) as caught:
        Search.rows(table)
    assert caught.value.path == "x/item[3]/field[jid]/value"


def test_forms_find_their_classes() -> None:
    assert find_form(TYPE) is Meeting
    assert find_form("urn:example:nobody") is None
    assert submitted(start="2026-06-01T20:00:00Z").typed() == Meeting(start=START)
    unknown = DataForm(fields=[Field(var="FORM_TYPE", values=["urn:example:nobody"])])
    assert unknown.typed() is unknown
    with pytest.raises(PayloadError):
        submitted(start="soon").typed()


def test_a_form_type_of_ours_stays_ours() -> None:
    class Mine(TypedForm, form_type="http://jabber.org/protocol/muc#roominfo"):
        subject: str | None = form.field("muc#roominfo_subject", default=None)

    assert find_form(Mine.form_types[0]) is RoomInfo
    assert Mine.from_form(RoomInfo(subject="Spells").to_form(DataFormType.RESULT)).subject == "Spells"


def test_the_index_is_current() -> None:
    assert form_index.PATH.read_text(encoding="utf-8") == form_index.text()


def test_definitions_that_make_no_sense() -> None:
    with pytest.raises(TypeError, match="what kind of field"):

        class A(TypedForm, form_type="urn:example:a"):  # pyright: ignore[reportUnusedClass]
            x: str

    with pytest.raises(TypeError, match="taken"):

        class B(TypedForm, form_type="urn:example:a"):  # pyright: ignore[reportUnusedClass]
            rows: str = form.field("rows")  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]

    with pytest.raises(TypeError, match="keyword"):
        types.new_class("C", (TypedForm,), {"formtype": "urn:example:a"})

    class D(TypedForm, form_type="urn:example:d"):
        x: object = form.field("x", default=None)

    class E(TypedForm):
        note: ClassVar[str] = "no field"
        x: str | None = form.field("x", default=None)

    for cls in (D, E):
        with pytest.raises(TypeError, match=r"codec|FORM_TYPE"):
            cls()


def test_constructors() -> None:
    with pytest.raises(TypeError, match="start"):
        Meeting()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    with pytest.raises(TypeError, match="begin"):
        Meeting(start=START, begin=START)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    assert Meeting(start=START).guests is not Meeting(start=START).guests
    assert Meeting(start=START) != Search()
    assert "host=None" in repr(Meeting(start=START))
    with pytest.raises(TypeError, match="begin"):
        FULL.replace(begin=START)


# The forms of the standards


def test_a_room_is_configured() -> None:
    """As a server asks, with options of its own."""
    received = DataForm.from_element(
        element(
            """<x xmlns='jabber:x:data' type='form'><title>Configuration</title><field type='hidden' var='FORM_TYPE'
            ><value>http://jabber.org/protocol/muc#roomconfig</value></field><field type='boolean' label='Public'
            var='muc#roomconfig_publicroom'><value>1</value></field><field type='list-single'
            var='muc#roomconfig_maxusers'><value>20</value><option><value>20</value></option><option label='None'
            ><value>none</value></option></field><field type='list-single' var='muc#roomconfig_allowpm'><value>anyone</value
            ><option><value>anyone</value></option></field><field type='jid-multi' var='muc#roomconfig_roomadmins'
            /><field type='boolean' var='{urn:example:house}candles'><value>1</value></field></x>"""
        )
    )
    config = received.typed()
    assert isinstance(config, RoomConfig)
    assert (config.public, config.max_users, config.private_messages) == (True, 20, PrivateMessages.ANYONE)
    answer = RoomConfig.answer(received, public=False, max_users="none", admins=[JID("hecate@shakespeare.lit")])
    assert answer["muc#roomconfig_publicroom"] == "0"
    assert answer["muc#roomconfig_maxusers"] == "none"
    assert answer["{urn:example:house}candles"] == "1"
    with pytest.raises(PayloadError, match="options"):
        RoomConfig.answer(received, private_messages=PrivateMessages.NONE)
    with pytest.raises(PayloadError, match="no such field"):
        RoomConfig.answer(received, members_only=True)


def test_publish_options_are_settings_of_the_node() -> None:
    options = PublishOptionsForm(persist_items=True, access_model=AccessModel.WHITELIST, max_items="max")
    sent = options.to_form()
    assert sent.form_type == "http://jabber.org/protocol/pubsub#publish-options"
    assert sent.typed() == options
    assert NodeConfig(max_items=5).to_form().typed() == NodeConfig(max_items=5)
    assert PushPublishOptions(secret="s").to_form()["secret"] == "s"


def test_an_archive_is_asked_in_its_own_version() -> None:
    query = ArchiveFilter(correspondent=JID("juliet@capulet.lit"), start=START, ids=["a", "b"])
    query.form_type = "urn:xmpp:mam:1"
    assert query.to_form().form_type == "urn:xmpp:mam:1"
    assert query.to_form().typed() == query


@pytest.mark.spec("XEP-0128", "2")
def test_forms_in_answers_of_service_discovery() -> None:
    info = with_extension(DiscoInfo(features=["urn:xmpp:ping"]), ServerInfo(abuse=["mailto:abuse@shakespeare.lit"]))
    info = with_extension(info, SoftwareInfo(software="xmppwire"))
    info = with_extension(info, ServerInfo(admin=["xmpp:admin@shakespeare.lit"]))
    assert [one.type for one in info.forms] == [DataFormType.RESULT] * 2
    there = DiscoInfo.from_element(info.to_element())
    assert get_extension(there, ServerInfo) == ServerInfo(admin=["xmpp:admin@shakespeare.lit"])
    assert get_extension(there, SoftwareInfo) == SoftwareInfo(software="xmppwire")
    assert get_extension(there, RoomInfo) is None


@pytest.mark.spec("XEP-0133", "4")
def test_forms_of_commands_are_found_by_node() -> None:
    assert command_form("http://jabber.org/protocol/admin#add-user") is AddUser
    assert command_form(AdminCommand.GET_IDLE_USERS) is UserLists
    assert {one for one in AdminCommand if command_form(one) is None} == {
        AdminCommand.DELETE_MOTD,
        AdminCommand.DELETE_WELCOME,
    }
    assert find_form(AdminForm.form_types[0]) is None


# All of them


def all_forms() -> list[type[TypedForm]]:
    known_forms()
    found: list[type[TypedForm]] = []
    waiting = [TypedForm]
    while waiting:
        for cls in waiting.pop().__subclasses__():
            waiting.append(cls)
            if cls.__module__.startswith("xmppwire.") and hasattr(cls, "form_types"):
                found.append(cls)
    return sorted(found, key=lambda cls: (cls.__module__, cls.__qualname__))


def _text_for(kind: FormField) -> str:
    """A text that the field reads, and writes as it is."""
    members = next(iter(kind.codec.table or ()), "")
    for text in ("a@b", "xmpp:a@b", "7.5", "7", "1", "2026-06-01T20:00:00Z", members):
        with contextlib.suppress(ValueError):
            kind.codec.decode(text)
            return text
    raise AssertionError(f"nothing for {kind.var}")


@pytest.mark.parametrize("cls", all_forms(), ids=lambda cls: cls.__name__)
def test_every_field_of_every_form(cls: type[TypedForm]) -> None:
    """A value for each field, as its type has it, comes back, and the empty form has the fields."""
    fields = [Field(var="FORM_TYPE", type=FieldType.HIDDEN, values=[cls.form_types[0]])]
    for var, kind in cls.bound_fields().items():
        if not isinstance(kind, FormMedia):
            several = isinstance(kind, FormFields) and kind.type is not FieldType.JID_MULTI
            fields.append(Field(var=var, values=[_text_for(kind)] * (2 if several else 1)))
    filled = DataForm(type=DataFormType.RESULT, fields=fields)
    decoded = cls.from_form(filled)
    assert decoded.unknown_fields == []
    assert decoded.to_form(DataFormType.RESULT) == filled
    assert cls.from_form(decoded.to_form()) == decoded
    assert [one.var for one in cls.blank().fields] == ["FORM_TYPE", *cls.bound_fields()]
    assert len(cls.bound_fields()) == len(cls.form_fields)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_whatever_comes_is_read_or_refused(data: st.DataObject) -> None:
    """Nothing but a `PayloadError`; and what was read is the same when it was written."""
    cls = data.draw(st.sampled_from(all_forms()))
    names = st.sampled_from([*cls.bound_fields(), "odd"])
    texts = st.sampled_from(["", "1", "true", "-5", "none", "a@b", "@", "2026-06-01T20:00:00Z", "xmpp:a@b", "x\ny"])
    fields = data.draw(
        st.lists(st.tuples(names, st.lists(texts, max_size=3)), max_size=4, unique_by=lambda pair: pair[0])
    )
    form_ = DataForm(type=DataFormType.RESULT, fields=[Field(var=var, values=values) for var, values in fields])
    try:
        typed = cls.from_form(form_)
    except PayloadError as error:
        path = error.path
    else:
        path = "x/field["
        assert cls.from_form(typed.to_form(DataFormType.RESULT)) == typed
    assert path.startswith("x/field[")


def _forms_of(element: Element) -> Iterator[DataForm]:
    for child in element.elements():
        if child.name == ("jabber:x:data", "x"):
            try:
                found = DataForm.from_element(child)
            except PayloadError:
                continue  # the test of the examples says what is wrong with it
            if found.form_type is not None and find_form(found.form_type) is not None:
                yield found
        else:
            yield from _forms_of(child)


FORMS = [
    pytest.param(found, id=f"{example.id}-{place}")
    for example in examples()
    for top in parse(example.xml)
    for place, found in enumerate(_forms_of(Element(("", ""), {}, [top])), 1)
]


@pytest.mark.parametrize("found", FORMS)
def test_forms_of_the_examples(found: DataForm) -> None:
    """Each is read, and has the same values when it is written, but for the spelling of booleans."""
    typed = found.typed()
    assert isinstance(typed, TypedForm)
    again = typed.to_form(found.type)
    kinds = type(typed).bound_fields()
    for one in found.fields:
        if one.values and one.var is not None:
            kind = kinds.get(one.var)
            spelled = again.values(one.var)
            if kind is not None and kind.type is FieldType.BOOLEAN:
                assert [kind.codec.decode(text) for text in spelled] == [kind.codec.decode(text) for text in one.values]
            else:
                assert spelled == one.values
    assert type(typed).from_form(again) == typed


@pytest.mark.parametrize("checker", [["mypy", "--strict"], ["pyright"]], ids=["mypy", "pyright"])
def test_type_checkers_know_fields_and_constructors(checker: list[str]) -> None:
    if importlib.util.find_spec(checker[0]) is None:
        pytest.skip(f"{checker[0]} is not installed")
    subject = Path(__file__).with_name("typing_forms.py")
    done = subprocess.run(
        [sys.executable, "-m", *checker, str(subject)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
