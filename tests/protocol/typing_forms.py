"""What type checkers know about typed forms; never run by itself, checked by `test_typed_forms.py`."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, assert_type

from xmppwire.jid import JID
from xmppwire.payload import DateTime, Int
from xmppwire.protocol import form
from xmppwire.protocol.data_forms import DataForm, Field
from xmppwire.protocol.disco import DiscoInfo
from xmppwire.protocol.disco_extensions import get_extension
from xmppwire.protocol.form import TypedForm
from xmppwire.protocol.muc_forms import RoomConfig, RoomInfo


class Meeting(TypedForm, form_type="urn:example:typing"):
    start: datetime = form.field("start", DateTime)
    end: datetime | None = form.field("end", DateTime, default=None)
    seats: int = form.field("seats", Int, default=3)
    guests: list[JID] = form.fields("guests")
    agenda: str | None = form.text("agenda", default=None)


def typed(meeting: Meeting, received: DataForm, info: DiscoInfo, moment: datetime) -> None:
    assert_type(meeting.start, datetime)
    assert_type(meeting.end, datetime | None)
    assert_type(meeting.guests, list[JID])
    assert_type(meeting.form_type, str)
    assert_type(meeting.unknown_fields, list[Field])
    Meeting(start=moment, end=moment, seats=4, guests=[JID("a@b")], agenda="x")
    Meeting()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Meeting(start="x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Meeting(moment)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Meeting(start=moment, form_type="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    assert_type(Meeting.from_form(received), Meeting)
    assert_type(Meeting.rows(received), list[Meeting])
    assert_type(Meeting.answer(received, seats=4), DataForm)
    assert_type(meeting.to_form(), DataForm)
    assert_type(meeting.replace(seats=4), Meeting)
    assert_type(received.typed(), TypedForm | DataForm)
    assert_type(get_extension(info, RoomInfo), RoomInfo | None)
    assert_type(RoomConfig().max_users, int | Literal["none"] | None)
    assert_type(RoomConfig(public=True).admins, list[JID])
