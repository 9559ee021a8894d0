"""What is said in a room: history and live, ours and that of others (XEP-0045 sections 7.2.13 to 7.5, 8.1 and 10.2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from ...jid import JID
from ...payload import PayloadError
from ...protocol.data_forms import DataForm, DataFormType
from ...protocol.muc_forms import RoomRegistration, VoiceRequest
from ...protocol.muc_user import MucStatusCode, MucUser
from ...protocol.stanza_id import OriginId
from ...stanza import ErrorCondition, Message, StanzaError
from .events import (
    AffiliationNotice,
    ConfigurationChanged,
    InvitationDeclined,
    Occupant,
    RegistrationRequested,
    RoomError,
    RoomEvent,
    RoomMessage,
    SubjectChanged,
    VoiceRequested,
)
from .reading import read_extension, read_stamp, read_stanza_id

_REMEMBERED = 1000
"""So many messages of ours that did not come back, and so many that were said, are remembered."""

_CONFIGURATION = frozenset(
    (
        MucStatusCode.SHOWS_UNAVAILABLE,
        MucStatusCode.HIDES_UNAVAILABLE,
        MucStatusCode.CONFIGURATION_CHANGED,
        MucStatusCode.LOGGING_ENABLED,
        MucStatusCode.LOGGING_DISABLED,
        MucStatusCode.NON_ANONYMOUS,
        MucStatusCode.SEMI_ANONYMOUS,
    )
)

K = TypeVar("K")


class Conversation:
    """The messages of one room, for its `Room`."""

    def __init__(self, room: JID) -> None:
        self.room = room
        self.live = False
        self.subject: str | None = None
        self.last: datetime | None = None
        self._sent: dict[str, None] = {}
        self._known: dict[int, None] = {}

    def begin(self) -> None:
        """We enter: what was said before comes first."""
        self.live = False

    def sent(self, id_: str) -> None:
        """A message of ours is on its way."""
        _remember(self._sent, id_)

    def error(self, message: Message, error: StanzaError, nick: str | None) -> RoomEvent:
        """A message of ours was not taken."""
        if nick is None:  # an occupant may write what looks like an error, too
            self._sent.pop(message.id or "", None)
        absent = nick is None and error.condition is ErrorCondition.NOT_ACCEPTABLE
        return RoomError(error, message.id, nick, absent)

    def notice(self, message: Message) -> RoomEvent | None:
        """A message from the room itself to us alone."""
        extension = read_extension(message)
        if extension.decline is not None:
            return InvitationDeclined(extension.decline.sender, extension.decline.reason)
        if (news := _news(extension)) is not None:
            return news
        form = message.get(DataForm)
        if form is None or form.type is not DataFormType.FORM:
            return None
        if form.form_type in VoiceRequest.form_types:
            return VoiceRequested(VoiceRequest.from_form(form), form)
        if form.form_type in RoomRegistration.form_types:
            return RegistrationRequested(RoomRegistration.from_form(form), form)
        return None

    def said(
        self,
        message: Message,
        nick: str | None,
        occupants: Mapping[str, Occupant],
        own: Occupant | None,
        occupant_id: str | None,
        stanza_ids: bool,
        now: datetime | None,
    ) -> RoomEvent:
        """A message to all: `own` are we, and `occupant_id` and `stanza_ids` what the room may be believed."""
        stamp = None if self.live else read_stamp(message, self.room)
        body = message.body
        if body is None:
            if (subject := message.subject) is not None:
                initial = not self.live and own is not None
                self.live, self.subject = self.live or initial, subject
                return SubjectChanged(subject, message.subjects, nick, initial, stamp)
            if nick is None and (news := _news(read_extension(message))) is not None:
                return news
        history = stamp is not None
        id_ = read_stanza_id(message, self.room) if stanza_ids else None
        ours = own is not None and nick == own.nick
        occupant = None if nick is None else occupants.get(nick)
        if history:
            known = occupant is not None and occupant.id is not None and occupant.id == occupant_id
            occupant = occupant if known else None
            ours = ours and (known or occupant_id is None)
        key = None
        if id_ is not None or message.id is not None:  # only hashes are kept, whatever others make of ids and bodies
            key = hash(id_ if id_ is not None else (nick, message.id, body))
        repeated = history and key in self._known
        if key is not None:
            _remember(self._known, key)
        self._note(stamp if history else now)
        return RoomMessage(
            message,
            nick,
            occupant,
            occupant_id,
            id_,
            ours,
            self._reflected(message) if ours else None,
            history,
            stamp,
            repeated,
        )

    def _reflected(self, message: Message) -> str | None:
        """The id of our message that this is; each comes back once."""
        ids = [message.id]
        try:
            origin = message.get(OriginId)
        except PayloadError:
            origin = None
        if origin is not None:
            ids.append(origin.id)
        for id_ in ids:
            if id_ is not None and id_ in self._sent:
                del self._sent[id_]
                return id_
        return None

    def _note(self, when: datetime | None) -> None:
        if when is not None and (self.last is None or when > self.last):
            self.last = when


def _news(extension: MucUser) -> ConfigurationChanged | AffiliationNotice | None:
    """What the room itself tells about itself."""
    if codes := extension.codes & _CONFIGURATION:
        return ConfigurationChanged(codes)
    item = extension.items[0] if extension.items else None
    if item is None or item.affiliation is None or item.jid is None:
        return None
    return AffiliationNotice(
        item.jid, item.affiliation, item.reason, MucStatusCode.AFFILIATION_CHANGED in extension.codes
    )


def _remember(table: dict[K, None], key: K) -> None:
    """Keep a key, and drop the oldest if there are too many."""
    table[key] = None
    if len(table) > _REMEMBERED:
        del table[next(iter(table))]
