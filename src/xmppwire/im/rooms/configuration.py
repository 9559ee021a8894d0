"""For owners: a room is made, configured and ended (XEP-0045 section 10).

Who enters a room that does not exist makes it, and finds it closed to others (`Joined.created`) until one of these was done:

    await client.run(accept_defaults(room))                                         # an instant room
    await client.run(configure(room, members_only=True, room_name="The coven"))     # as `muc_forms.RoomConfig` calls the fields
    await client.run(cancel_configuration(room))                                    # no room after all

All raise what `request` raises: an `IqError` with `forbidden` for those who are no owners.
"""

from __future__ import annotations

from ...jid import JID
from ...operation import Operation, OperationError, request
from ...protocol.data_forms import DataForm, DataFormType
from ...protocol.muc_forms import RoomConfig
from ...protocol.muc_owner import MucDestroy, MucOwnerQuery
from ...stanza import Iq


def fetch_configuration(room: JID | str) -> Operation[DataForm | None]:
    """The form with the configuration as it is (section 10.2); None where there is nothing to configure. `RoomConfig.from_form`
    reads it."""
    reply = yield from request(Iq("get", room, payload=MucOwnerQuery()))
    query = reply.get(MucOwnerQuery)
    return None if query is None else query.form


def submit_configuration(room: JID | str, form: DataForm) -> Operation[None]:
    """Send the form back, filled in: with `RoomConfig.answer(form, members_only=True)`, or `form.submit(...)` for what only
    this service has."""
    yield from request(Iq("set", room, payload=MucOwnerQuery(form=form)))


def configure(room: JID | str, **changes: object) -> Operation[None]:
    """Change some of the configuration and leave the rest as it is (sections 10.1.3 and 10.2). The names are those of
    `RoomConfig`.

    Raises TypeError for a name that it does not have, PayloadError for a field or a value that this room does not offer, and
    OperationError where there is nothing to configure.
    """
    form = yield from fetch_configuration(room)
    if form is None:
        raise OperationError("there is nothing to configure")
    yield from submit_configuration(room, RoomConfig.answer(form, **changes))


def accept_defaults(room: JID | str) -> Operation[None]:
    """Open a new room as the service makes them: an instant room (section 10.1.2)."""
    yield from submit_configuration(room, DataForm(type=DataFormType.SUBMIT))


def cancel_configuration(room: JID | str) -> Operation[None]:
    """Give a new room up, which ends it (section 10.1.3); of another room the configuration stays as it is."""
    yield from submit_configuration(room, DataForm(type=DataFormType.CANCEL))


def destroy(
    room: JID | str, reason: str | None = None, *, alternate: JID | str | None = None, password: str | None = None
) -> Operation[None]:
    """End a room for good (section 10.9). `alternate` is where to go instead, with this password."""
    instead = None if alternate is None else JID(alternate)
    query = MucOwnerQuery(destroy=MucDestroy(jid=instead, password=password, reason=reason))
    yield from request(Iq("set", room, payload=query))
