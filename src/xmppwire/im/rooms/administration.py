"""For moderators, admins and owners: who may do what in a room (XEP-0045 sections 8, 9 and 10).

Two things make up what somebody may do. The role lasts until the occupant leaves, and goes by nickname; the affiliation
lasts, and goes by the address of the account:

    await client.run(set_role(room, "pistol", MucRole.PARTICIPANT))                     # may speak (section 8.3)
    await client.run(set_role(room, "pistol", MucRole.VISITOR))                         # may not (8.4)
    await client.run(set_role(room, "pistol", MucRole.MODERATOR))                       # 9.6, and 9.7 the other way
    await client.run(set_affiliation(room, "p@falstaff.lit", MucAffiliation.MEMBER))    # 9.3
    await client.run(set_affiliation(room, "p@falstaff.lit", MucAffiliation.NONE))      # no member (9.4), or banned no more
    await client.run(set_affiliation(room, "p@falstaff.lit", MucAffiliation.ADMIN))     # 10.6
    await client.run(set_affiliation(room, "p@falstaff.lit", MucAffiliation.OWNER))     # 10.3

All raise what `request` raises: an `IqError` with `forbidden` where we may not do that, `not-allowed` where it is about
somebody who is above us, `conflict` where it is about ourselves and nobody else would be left.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...jid import JID
from ...operation import Operation, request
from ...protocol.muc import MucAffiliation, MucRole
from ...protocol.muc_admin import MucAdminItem, MucAdminQuery
from ...stanza import Iq


def set_role(room: JID | str, nick: str, role: MucRole, reason: str | None = None) -> Operation[None]:
    """Change the role of an occupant."""
    yield from _change(room, [MucAdminItem(nick=nick, role=role, reason=reason)])


def set_roles(room: JID | str, roles: Mapping[str, MucRole]) -> Operation[None]:
    """Change the roles of several occupants at once (sections 8.5 and 9.8). Raises ValueError without any."""
    yield from _change(room, [MucAdminItem(nick=nick, role=role) for nick, role in roles.items()])


def kick(room: JID | str, nick: str, reason: str | None = None) -> Operation[None]:
    """Remove an occupant, who may come back (section 8.2)."""
    yield from set_role(room, nick, MucRole.NONE, reason)


def set_affiliation(
    room: JID | str, jid: JID | str, affiliation: MucAffiliation, reason: str | None = None, *, nick: str | None = None
) -> Operation[None]:
    """Change the affiliation of an account, of which only the bare address counts. `nick` is to be kept for it, where the
    room does that."""
    item = MucAdminItem(jid=JID(jid).bare, affiliation=affiliation, reason=reason, nick=nick)
    yield from _change(room, [item])


def set_affiliations(room: JID | str, affiliations: Mapping[JID, MucAffiliation]) -> Operation[None]:
    """Change several affiliations at once (sections 9.2, 9.5, 10.5 and 10.8). Raises ValueError without any."""
    items = [MucAdminItem(jid=jid.bare, affiliation=affiliation) for jid, affiliation in affiliations.items()]
    yield from _change(room, items)


def ban(room: JID | str, jid: JID | str, reason: str | None = None) -> Operation[None]:
    """Keep an account out of the room from now on (section 9.1)."""
    yield from set_affiliation(room, jid, MucAffiliation.OUTCAST, reason)


def fetch_affiliated(room: JID | str, affiliation: MucAffiliation) -> Operation[list[MucAdminItem]]:
    """All accounts with this affiliation, each with `jid`, and perhaps `nick` and `reason` (sections 9.2, 9.5, 10.5 and
    10.8). What the answer has beside them is left out."""
    items = yield from _fetch(room, MucAdminItem(affiliation=affiliation))
    return [item for item in items if item.jid is not None and item.affiliation in (None, affiliation)]


def fetch_occupants(room: JID | str, role: MucRole) -> Operation[list[MucAdminItem]]:
    """All occupants with this role, each with `nick` (sections 8.5 and 9.8). What the answer has beside them is left out."""
    items = yield from _fetch(room, MucAdminItem(role=role))
    return [item for item in items if item.nick is not None and item.role in (None, role)]


def _fetch(room: JID | str, item: MucAdminItem) -> Operation[list[MucAdminItem]]:
    reply = yield from request(Iq("get", room, payload=MucAdminQuery(items=[item])))
    found = reply.get(MucAdminQuery)
    return [] if found is None else found.items


def _change(room: JID | str, items: list[MucAdminItem]) -> Operation[None]:
    if not items:
        raise ValueError("nobody is named")
    yield from request(Iq("set", room, payload=MucAdminQuery(items=items)))
