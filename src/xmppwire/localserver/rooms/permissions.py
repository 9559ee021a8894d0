"""Who may do what in a room: the tables of XEP-0045 section 5, and the rules of sections 8 to 10 that go with them.

Pure functions. Those that judge a change give the condition that refuses it, or None.
"""

from __future__ import annotations

from ...protocol.muc import MucAffiliation, MucRole
from ...stanza import ErrorCondition

_RANKS = {
    MucAffiliation.OUTCAST: -1,
    MucAffiliation.NONE: 0,
    MucAffiliation.MEMBER: 1,
    MucAffiliation.ADMIN: 2,
    MucAffiliation.OWNER: 3,
}


def rank(affiliation: MucAffiliation) -> int:
    """The place of an affiliation in the hierarchy (section 5.2.1); "none" is 0."""
    return _RANKS[affiliation]


def is_admin(affiliation: MucAffiliation) -> bool:
    """Whether this is an admin or an owner."""
    return rank(affiliation) >= rank(MucAffiliation.ADMIN)


def is_member(affiliation: MucAffiliation) -> bool:
    """Whether this is a member, or more."""
    return rank(affiliation) >= rank(MucAffiliation.MEMBER)


def initial_role(affiliation: MucAffiliation, *, moderated: bool, members_only: bool) -> MucRole:
    """The role with which somebody enters (section 5.1.2); `MucRole.NONE` where that is not permitted."""
    if affiliation is MucAffiliation.OUTCAST or (members_only and not is_member(affiliation)):
        return MucRole.NONE
    if is_admin(affiliation):
        return MucRole.MODERATOR
    if moderated and affiliation is MucAffiliation.NONE:
        return MucRole.VISITOR
    return MucRole.PARTICIPANT


def role_after(
    old: MucAffiliation, new: MucAffiliation, role: MucRole, *, moderated: bool, members_only: bool
) -> MucRole:
    """The role of an occupant whose affiliation changes (section 5.1.3): what an affiliation implies is gained with it; who
    is no admin any more is no moderator either; otherwise the role stays. `MucRole.NONE`: out of the room."""
    start = initial_role(new, moderated=moderated, members_only=members_only)
    if start in (MucRole.NONE, MucRole.MODERATOR) or is_admin(old):
        return start
    if role is MucRole.VISITOR and rank(new) > rank(old):
        return start
    return role


def refuse_role(
    actor_role: MucRole,
    actor: MucAffiliation,
    target_role: MucRole,
    target: MucAffiliation,
    wanted: MucRole,
) -> ErrorCondition | None:
    """Whether an occupant's role may be changed (sections 5.1.1, 5.1.3, 8.2 to 8.5, 9.6 to 9.8), by somebody who has a role
    (`MucRole.NONE` outside of the room) and an affiliation."""
    admin = is_admin(actor)
    if not admin and actor_role is not MucRole.MODERATOR:
        return ErrorCondition.FORBIDDEN
    if wanted is MucRole.NONE:
        protected = rank(target) > rank(actor) or (target_role is MucRole.MODERATOR and not admin)
        return ErrorCondition.NOT_ALLOWED if protected else None
    if wanted is target_role:
        return None
    if wanted is MucRole.MODERATOR:
        return None if admin else ErrorCondition.FORBIDDEN
    if target_role is MucRole.MODERATOR:
        if is_admin(target):
            return ErrorCondition.NOT_ALLOWED
        return None if admin else ErrorCondition.FORBIDDEN
    if wanted is MucRole.VISITOR and is_member(target) and rank(target) >= rank(actor):
        return ErrorCondition.NOT_ALLOWED
    return None


def refuse_affiliation(actor: MucAffiliation, target: MucAffiliation, wanted: MucAffiliation) -> ErrorCondition | None:
    """Whether somebody's affiliation may be changed (sections 5.2.2, 9.1 to 9.5, 10.3 to 10.8). Who it is, and whether that
    is the last owner, is for the caller to see."""
    if not is_admin(actor):
        return ErrorCondition.FORBIDDEN
    if actor is MucAffiliation.OWNER or wanted is target:
        return None
    if is_admin(target) and wanted is MucAffiliation.OUTCAST:
        return ErrorCondition.NOT_ALLOWED
    return ErrorCondition.FORBIDDEN if is_admin(target) or is_admin(wanted) else None


def may_list_role(role: MucRole, affiliation: MucAffiliation, asked: MucRole) -> bool:
    """Whether somebody may get the list of those with a role: moderators that of voices, admins all (sections 8.5, 9.8)."""
    return is_admin(affiliation) or (role is MucRole.MODERATOR and asked is not MucRole.MODERATOR)


def may_list_affiliation(
    affiliation: MucAffiliation, asked: MucAffiliation, *, non_anonymous: bool, role_may: bool
) -> bool:
    """Whether somebody may get the list of those with an affiliation (sections 5.2.1, 9.2, 9.5, 10.5, 10.8).

    Where everybody sees the addresses anyway, members may have all lists but that of the banned, unless the configuration keeps
    their role from it (`role_may`).
    """
    if affiliation is MucAffiliation.OWNER:
        return True
    if affiliation is MucAffiliation.ADMIN and not is_admin(asked):
        return True
    return non_anonymous and role_may and is_member(affiliation) and asked is not MucAffiliation.OUTCAST
