"""How much the rooms of a local server keep: each limit with its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLimits:
    """Bounds of rooms, so that no client fills the memory of the server; what is beyond is refused."""

    rooms: int = 500
    """Rooms of the service. The next one is refused with `resource-constraint`."""

    rooms_of_one: int = 50
    """Rooms that one user owns. To make another one is `not-allowed` (XEP-0045 section 10.1.1)."""

    occupants: int = 200
    """Occupants of a room, whatever its configuration says. The next one is refused with `service-unavailable` (7.2.9)."""

    spare_occupants: int = 10
    """How many admins and owners may enter a room that is full."""

    sessions: int = 10
    """Clients of one user that share a nickname. The next one is refused with `resource-constraint`."""

    occupancies: int = 10_000
    """Clients in rooms, one counted for each room that it is in, else `resource-constraint`: each presence is kept."""

    presence_bytes: int = 8 * 1024
    """The size of an occupant's presence, else `policy-violation`: it is kept, and sent to whoever enters."""

    message_bytes: int = 64 * 1024
    """The size of a message as the room sends it, else `policy-violation`: it goes out once for each occupant."""

    nick: int = 100
    """Characters of a nickname, else `not-acceptable`: long ones are a way to speak without voice (section 13.6)."""

    name: int = 200
    """Characters of a room's name, its password and its language, else `not-acceptable`."""

    description: int = 2000
    """Characters of a room's description, else `not-acceptable`."""

    history_messages: int = 100
    """Messages that a room keeps for those who enter later."""

    history_bytes: int = 256 * 1024
    """Their size together."""

    archive_messages: int = 2000
    """Messages in the archive of a room (XEP-0313). The oldest go."""

    archive_bytes: int = 1024 * 1024
    """Their size together, in characters."""

    affiliations: int = 1000
    """Users and domains with an affiliation to one room, else `resource-constraint`."""

    affiliation_bytes: int = 160 * 1024
    """Their size together, as they stand in a list, so that one answer can hold all of them: more are refused with
    `resource-constraint`, and reasons are not kept where there is no room for them."""

    reason: int = 300
    """Characters of a reason that are kept along with an affiliation."""

    items: int = 100
    """Changes in one request, and entries of a list in a configuration, else `policy-violation`."""

    invitations: int = 100
    """Invitations of a room that may still be declined; the oldest one is forgotten."""

    invitees: int = 20
    """Users that are invited with one message, else `policy-violation`."""

    requests: int = 1000
    """IQs between occupants that wait for an answer; the oldest one is forgotten."""
