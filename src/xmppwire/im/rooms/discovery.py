"""Which services have rooms, which rooms there are, and what they say about themselves (XEP-0045 section 6)."""

from __future__ import annotations

from dataclasses import dataclass

from ...jid import JID
from ...operation import IqError, Operation, OperationError
from ...payload import PayloadError
from ...protocol.disco import DiscoInfo, DiscoItem
from ...protocol.muc import NAMESPACE, MucRoomFeature
from ...protocol.muc_forms import RoomInfo, RoomRegistration
from ...stanza import ErrorCondition
from ..disco import fetch_info, fetch_items, fetch_services
from ..registration import fetch_registration, register

PAGE = 100
"""How many rooms are asked for at once, of a service that gives pages."""

_NICK_NODE = "x-roomuser-item"
_NO_NICKS = frozenset(
    (ErrorCondition.FEATURE_NOT_IMPLEMENTED, ErrorCondition.SERVICE_UNAVAILABLE, ErrorCondition.ITEM_NOT_FOUND)
)


@dataclass(frozen=True, slots=True)
class RoomDetails:
    """What a room says about itself: its name, the namespaces and words among its `features` (`MucRoomFeature` has the words of
    this protocol), and more in `form`, where it has one that can be read."""

    name: str | None
    features: frozenset[str]
    form: RoomInfo | None

    def __contains__(self, feature: MucRoomFeature | str) -> bool:
        return feature in self.features


def is_room_jid(jid: JID) -> bool:
    """Whether an address can be that of a room: `room@service`."""
    return jid.localpart is not None and jid.is_bare


def is_room_info(info: DiscoInfo) -> bool:
    """Whether an entity says that it is a room, or a service that has rooms (sections 6.1 and 6.4)."""
    return NAMESPACE in info.features and any(one.category == "conference" for one in info.identities)


def find_room_services(server: JID | str) -> Operation[list[JID]]:
    """The services of a server that have rooms (section 6.1). Raises what `fetch_services` raises."""
    services = yield from fetch_services(server)
    return [one.jid for one in services if one.jid.is_domain and is_room_info(one.info)]


def fetch_rooms(service: JID | str) -> Operation[list[DiscoItem]]:
    """The public rooms of a service, with their names (section 6.3). Only rooms of this very service are listed. Raises what
    `fetch_items` raises."""
    service = JID(service)
    items = yield from fetch_items(service, page=PAGE)
    return [item for item in items if item.node is None and is_room_jid(item.jid) and item.jid.domain == service]


def fetch_room_info(room: JID | str) -> Operation[RoomDetails]:
    """What a room says about itself (section 6.4). Raises what `request` raises (`item-not-found`: there is no such room), and
    OperationError where it is no room that answers."""
    info = yield from fetch_info(room)
    if not is_room_info(info):
        raise OperationError(f"{room} does not say that it is a room")
    found = info.get_form(RoomInfo.form_types[0])
    try:
        form = None if found is None else RoomInfo.from_form(found)
    except PayloadError:
        form = None
    name = next((one.name for one in info.identities if one.category == "conference"), None)
    return RoomDetails(name, frozenset(info.features), form)


def fetch_reserved_nick(room: JID | str) -> Operation[str | None]:
    """The nickname that a room keeps for us (section 7.12); None where it has none, or knows no such thing. Raises what
    `request` raises."""
    try:
        info = yield from fetch_info(room, _NICK_NODE)
    except IqError as error:
        if error.error.condition in _NO_NICKS:
            return None
        raise
    return next((one.name for one in info.identities if one.category == "conference" and one.name), None)


def register_nick(room: JID | str, nick: str, **more: object) -> Operation[None]:
    """Register with a room, which makes us a member and keeps the nickname for us (section 7.10); `more` are further values of
    `muc_forms.RoomRegistration`. `im.registration` has the parts of this, and `unregister`.

    Raises what `request` raises (`conflict`: the nickname is somebody else's; `not-allowed`), OperationError where the room
    gives no form, and PayloadError for a value that its form does not take.
    """
    asked = yield from fetch_registration(room)
    if asked.form is None:
        raise OperationError("registered already" if asked.registered else "the room gives no form to register with")
    yield from register(room, RoomRegistration.answer(asked.form, nick=nick, **more))
