"""The form of a challenge (XEP-0158): questions that people answer and programs hardly can.

The questions are labels and media of the fields that `TypedForm.field_of` gives; the values are answers.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import UnsignedInt
from xmppwire.protocol import form
from xmppwire.protocol.data_forms import FieldType
from xmppwire.protocol.form import TypedForm

PART_OF = "XEP-0158"


class ChallengeFields(TypedForm):
    """Answers to a challenge. `answers` says how many are wanted, the first three fields are sent back as they came."""

    challenge: str | None = form.field("challenge", default=None, type=FieldType.HIDDEN)
    sid: str | None = form.field("sid", default=None, type=FieldType.HIDDEN)
    answers: int | None = form.field("answers", UnsignedInt, default=None, type=FieldType.HIDDEN)
    audio_recog: str | None = form.field("audio_recog", default=None)
    ocr: str | None = form.field("ocr", default=None)
    picture_q: str | None = form.field("picture_q", default=None)
    picture_recog: str | None = form.field("picture_recog", default=None)
    qa: str | None = form.field("qa", default=None)
    sha_256: str | None = form.field("SHA-256", default=None)
    speech_q: str | None = form.field("speech_q", default=None)
    speech_recog: str | None = form.field("speech_recog", default=None)
    video_q: str | None = form.field("video_q", default=None)
    video_recog: str | None = form.field("video_recog", default=None)


class ChallengeForm(ChallengeFields, form_type="urn:xmpp:captcha"):
    """A challenge because of a stanza: of the one with the identifier `sid`, to the address `sender`."""

    sender: JID | None = form.field("from", default=None, type=FieldType.HIDDEN)
