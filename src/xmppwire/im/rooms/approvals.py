"""Who is not allowed to speak asks for it, and moderators decide (XEP-0045 sections 7.13, 8.6 and 9.9)."""

from __future__ import annotations

from ...jid import JID
from ...protocol.data_forms import DataForm
from ...protocol.muc_forms import OccupantRole, RoomRegistration, VoiceRequest
from ...stanza import Message


def request_voice(room: JID | str) -> Message:
    """The message by which a visitor asks for voice. If it is granted, our role changes."""
    return Message(room, payloads=[VoiceRequest(role=OccupantRole.PARTICIPANT).to_form()])


def answer_request(room: JID | str, form: DataForm, *, allow: bool) -> Message:
    """The message by which a moderator decides about a request for voice (`VoiceRequested`), or an admin about one for
    membership (`RegistrationRequested`). Raises PayloadError for a form that is not from there."""
    known = RoomRegistration if form.form_type in RoomRegistration.form_types else VoiceRequest
    return Message(room, payloads=[known.answer(form, allow=allow)])
