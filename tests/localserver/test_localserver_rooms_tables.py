"""Rooms of the local server: the tables of roles and affiliations, each cell of them (XEP-0045 section 5)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localserver.rooms_hall import HALL, Hall, address, condition, item_of, presences
from xmppwire.protocol.muc import MucAffiliation, MucRole
from xmppwire.protocol.muc_admin import MucAdminItem, MucAdminQuery
from xmppwire.protocol.muc_forms import Whois
from xmppwire.protocol.muc_owner import MucDestroy, MucOwnerQuery
from xmppwire.stanza import Iq, Presence

NONE, MEMBER, ADMIN, OWNER, OUTCAST = (
    MucAffiliation.NONE,
    MucAffiliation.MEMBER,
    MucAffiliation.ADMIN,
    MucAffiliation.OWNER,
    MucAffiliation.OUTCAST,
)
VISITOR, PARTICIPANT, MODERATOR, NOBODY = MucRole.VISITOR, MucRole.PARTICIPANT, MucRole.MODERATOR, MucRole.NONE

STANDINGS = (
    (NONE, VISITOR),
    (NONE, PARTICIPANT),
    (NONE, MODERATOR),
    (MEMBER, VISITOR),
    (MEMBER, PARTICIPANT),
    (MEMBER, MODERATOR),
    (ADMIN, MODERATOR),
    (OWNER, MODERATOR),
)
"""What somebody in a room can be. Admins and owners are moderators, and nobody can take that from them."""

OUTCOMES = {".": None, "f": "forbidden", "x": "not-allowed"}
ALL_FORBIDDEN = dict.fromkeys(MucRole, "ffffffff")
ROLE_CHANGES: dict[tuple[MucAffiliation, MucRole], dict[MucRole, str]] = {
    (NONE, VISITOR): ALL_FORBIDDEN,
    (NONE, PARTICIPANT): ALL_FORBIDDEN,
    (NONE, MODERATOR): {NOBODY: "..xxxxxx", VISITOR: "..f.xfxx", PARTICIPANT: "..f..fxx", MODERATOR: "ff.ff..."},
    (MEMBER, VISITOR): ALL_FORBIDDEN,
    (MEMBER, PARTICIPANT): ALL_FORBIDDEN,
    (MEMBER, MODERATOR): {NOBODY: "..x..xxx", VISITOR: "..f.xfxx", PARTICIPANT: "..f..fxx", MODERATOR: "ff.ff..."},
    (ADMIN, MODERATOR): {NOBODY: ".......x", VISITOR: "......xx", PARTICIPANT: "......xx", MODERATOR: "........"},
    (OWNER, MODERATOR): {NOBODY: "........", VISITOR: "......xx", PARTICIPANT: "......xx", MODERATOR: "........"},
}
"""Who changes it, to which role, and what comes of it for somebody who is each of `STANDINGS`."""


def stand(hall: Hall, name: str, affiliation: MucAffiliation, role: MucRole) -> None:
    """Put somebody into the (moderated) room as this."""
    hall.affiliate(name, NONE if affiliation is MEMBER else affiliation)
    if affiliation is MEMBER:
        hall.affiliate(name, MEMBER)
    hall.client(name).say(Presence(HALL.with_resource(name), type="unavailable"))
    (*_, own) = presences(hall.enter(name))
    if own.role is not role:
        hall.promote(name, role)
    hall.forget()


@pytest.mark.spec("XEP-0045", "5.1.1", "5.1.3", "8.2", "8.3", "8.4", "9.6", "9.7")
@pytest.mark.parametrize("actor", STANDINGS, ids=lambda one: f"{one[0]}-{one[1]}")
def test_who_may_change_whose_role(actor: tuple[MucAffiliation, MucRole]) -> None:
    hall = Hall()
    hall.open(moderated=True)
    stand(hall, "tybalt", *actor)
    for number, (affiliation, role) in enumerate(STANDINGS):
        for wanted, row in ROLE_CHANGES[actor].items():
            stand(hall, "romeo", affiliation, role)
            reply = hall.set("tybalt", MucAdminItem(nick="romeo", role=wanted))
            expected = OUTCOMES[row[number]]
            case = (actor, (affiliation, role), wanted)
            assert (condition(reply) if reply.type == "error" else None) == expected, case
            changes = [one.role for one in presences(hall.client("juliet").heard()) if one.nick == "romeo"]
            assert changes == ([wanted] if expected is None and wanted is not role else []), case


AFFILIATIONS = (OUTCAST, NONE, MEMBER, ADMIN, OWNER)
AFFILIATION_CHANGES = {
    OUTCAST: dict.fromkeys(AFFILIATIONS, "fffff"),
    NONE: dict.fromkeys(AFFILIATIONS, "fffff"),
    MEMBER: dict.fromkeys(AFFILIATIONS, "fffff"),
    ADMIN: {OUTCAST: "...ff", NONE: "...ff", MEMBER: "...ff", ADMIN: "xff.f", OWNER: "xfff."},
    OWNER: dict.fromkeys(AFFILIATIONS, "....."),
}
"""Who changes it, what the other one is, and what comes of changing that to each of `AFFILIATIONS`."""


@pytest.mark.spec("XEP-0045", "5.2.1", "5.2.2", "9.1", "9.3", "9.4", "10.3", "10.4", "10.6", "10.7")
@pytest.mark.parametrize("inside", [True, False], ids=["inside", "outside"])
@pytest.mark.parametrize("actor", AFFILIATIONS)
def test_who_may_change_whose_affiliation(actor: MucAffiliation, inside: bool) -> None:
    hall = Hall()
    hall.open()
    if inside and actor is not OUTCAST:
        hall.enter("tybalt")
    hall.affiliate("tybalt", actor)
    for old in AFFILIATIONS:
        for wanted, cell in zip(AFFILIATIONS, AFFILIATION_CHANGES[actor][old], strict=True):
            hall.affiliate("romeo", old)
            reply = hall.set("tybalt", MucAdminItem(jid=address("romeo"), affiliation=wanted))
            case = (actor, old, wanted)
            assert (condition(reply) if reply.type == "error" else None) == OUTCOMES[cell], case
            now = wanted if cell == "." else old
            for one in AFFILIATIONS:
                if one is not NONE:
                    query = hall.get("juliet", MucAdminItem(affiliation=one)).get(MucAdminQuery)
                    assert query is not None
                    listed = address("romeo") in [item.jid for item in query.items]
                    assert listed == (one is now), case


@pytest.mark.spec("XEP-0045", "5.1.2", "7.2.7", "7.2.6")
@pytest.mark.parametrize(
    ("config", "roles"),
    [
        ({"moderated": True}, (None, VISITOR, PARTICIPANT, MODERATOR, MODERATOR)),
        ({"moderated": False}, (None, PARTICIPANT, PARTICIPANT, MODERATOR, MODERATOR)),
        ({"members_only": True}, (None, None, PARTICIPANT, MODERATOR, MODERATOR)),
        ({"members_only": True, "moderated": True}, (None, None, PARTICIPANT, MODERATOR, MODERATOR)),
    ],
    ids=["moderated", "unmoderated", "members-only", "both"],
)
def test_the_role_with_which_somebody_enters(config: dict[str, Any], roles: tuple[MucRole | None, ...]) -> None:
    hall = Hall()
    hall.open(**config)
    for affiliation, role in zip(AFFILIATIONS, roles, strict=True):
        hall.affiliate("romeo", affiliation)
        stanzas = [one for one in hall.enter("romeo") if isinstance(one, Presence)]
        if role is None:
            (refusal,) = stanzas
            assert condition(refusal) == ("forbidden" if affiliation is OUTCAST else "registration-required")
        else:
            assert (item_of(stanzas[-1]).role, item_of(stanzas[-1]).affiliation) == (role, affiliation)
            hall.client("romeo").say(Presence(HALL.with_resource("romeo"), type="unavailable"))


@pytest.mark.spec("XEP-0045", "5.1.3", "7.10", "10.2")
@pytest.mark.parametrize(
    ("moderated", "old", "role", "new", "expected"),
    [
        (True, NONE, VISITOR, MEMBER, PARTICIPANT),
        (True, NONE, VISITOR, ADMIN, MODERATOR),
        (True, NONE, VISITOR, OWNER, MODERATOR),
        (True, NONE, MODERATOR, MEMBER, MODERATOR),
        (True, MEMBER, PARTICIPANT, NONE, PARTICIPANT),
        (True, MEMBER, MODERATOR, NONE, MODERATOR),
        (True, MEMBER, VISITOR, NONE, VISITOR),
        (True, ADMIN, MODERATOR, MEMBER, PARTICIPANT),
        (True, ADMIN, MODERATOR, NONE, VISITOR),
        (True, OWNER, MODERATOR, ADMIN, MODERATOR),
        (True, OWNER, MODERATOR, NONE, VISITOR),
        (False, OWNER, MODERATOR, MEMBER, PARTICIPANT),
        (False, ADMIN, MODERATOR, NONE, PARTICIPANT),
        (False, NONE, PARTICIPANT, OWNER, MODERATOR),
    ],
)
def test_the_role_that_comes_and_goes_with_an_affiliation(
    moderated: bool, old: MucAffiliation, role: MucRole, new: MucAffiliation, expected: MucRole
) -> None:
    hall = Hall()
    hall.open(moderated=moderated)
    stand(hall, "romeo", old, role)
    assert hall.set("juliet", MucAdminItem(jid=address("romeo"), affiliation=new)).type == "result"
    for name in ("juliet", "romeo"):
        told, *_ = presences(hall.client(name).heard())
        assert (told.nick, told.there, told.role, told.affiliation) == ("romeo", True, expected, new)


LISTS = {  # moderators, participants, visitors; owners, admins, members, outcasts
    (NONE, VISITOR): ("fff", "ffff", "ffff"),
    (NONE, PARTICIPANT): ("fff", "ffff", "ffff"),
    (NONE, MODERATOR): ("f..", "ffff", "ffff"),
    (MEMBER, PARTICIPANT): ("fff", "ffff", "...f"),
    (MEMBER, MODERATOR): ("f..", "ffff", "...f"),
    (MEMBER, NOBODY): ("fff", "ffff", "...f"),
    (ADMIN, MODERATOR): ("...", "ff..", "...."),
    (ADMIN, NOBODY): ("...", "ff..", "...."),
    (OWNER, MODERATOR): ("...", "....", "...."),
    (OWNER, NOBODY): ("...", "....", "...."),
}
"""Who asks (no role: from outside), and which lists of roles there are for that, which of affiliations in a semi-anonymous
room, and which in one that is not anonymous."""


@pytest.mark.spec("XEP-0045", "5.2.1", "8.5", "9.2", "9.5", "9.8", "10.5", "10.8")
@pytest.mark.parametrize("whois", list(Whois))
@pytest.mark.parametrize("asker", LISTS, ids=lambda one: f"{one[0]}-{one[1]}")
def test_who_may_have_which_list(asker: tuple[MucAffiliation, MucRole], whois: Whois) -> None:
    hall = Hall()
    hall.open(moderated=True, whois=whois)
    if asker[1] is NOBODY:
        hall.affiliate("tybalt", asker[0])
    else:
        stand(hall, "tybalt", *asker)
    of_roles, semi, non = LISTS[asker]
    for role, cell in zip((MODERATOR, PARTICIPANT, VISITOR), of_roles, strict=True):
        reply = hall.get("tybalt", MucAdminItem(role=role))
        assert (condition(reply) if reply.type == "error" else None) == OUTCOMES[cell], role
    cells = semi if whois is Whois.MODERATORS else non
    for affiliation, cell in zip((OWNER, ADMIN, MEMBER, OUTCAST), cells, strict=True):
        reply = hall.get("tybalt", MucAdminItem(affiliation=affiliation))
        assert (condition(reply) if reply.type == "error" else None) == OUTCOMES[cell], affiliation


@pytest.mark.spec("XEP-0045", "5.2.1", "10.1.3", "10.9")
@pytest.mark.parametrize("affiliation", [NONE, MEMBER, ADMIN])
def test_only_owners_configure_and_destroy(affiliation: MucAffiliation) -> None:
    hall = Hall()
    hall.open()
    hall.enter("romeo")
    hall.affiliate("romeo", affiliation)
    romeo = hall.client("romeo")
    assert condition(romeo.ask(Iq.get(MucOwnerQuery(), HALL, id="q1"))) == "forbidden"
    assert condition(hall.configure("romeo", public=False)) == "forbidden"
    destroy = Iq.set(MucOwnerQuery(destroy=MucDestroy()), HALL, id="q2")
    assert condition(romeo.ask(destroy)) == "forbidden"
    assert presences(romeo.heard()) == []


@pytest.mark.spec("XEP-0045", "8.2", "9.1", "9.2", "10.4")
def test_nobody_kicks_or_bans_himself_and_the_last_owner_stays() -> None:
    hall = Hall()
    hall.open()
    assert condition(hall.set("juliet", MucAdminItem(nick="juliet", role=NOBODY))) == "conflict"
    for jid in (address("juliet"), address("juliet").domain):
        assert condition(hall.set("juliet", MucAdminItem(jid=jid, affiliation=OUTCAST))) == "conflict"
    for affiliation in (NONE, MEMBER, ADMIN):
        assert condition(hall.set("juliet", MucAdminItem(jid=address("juliet"), affiliation=affiliation))) == "conflict"
    hall.affiliate("romeo", OWNER)
    assert hall.set("juliet", MucAdminItem(jid=address("juliet"), affiliation=ADMIN)).type == "result"
    assert condition(hall.set("juliet", MucAdminItem(jid=address("romeo"), affiliation=NONE))) == "forbidden"


@pytest.mark.spec("XEP-0045", "9.2")
def test_the_changes_of_one_request_are_all_made_or_none() -> None:
    hall = Hall()
    hall.open()
    hall.enter("romeo")
    hall.affiliate("tybalt", OWNER)
    hall.affiliate("nurse", ADMIN)
    reply = hall.set(
        "nurse",
        MucAdminItem(jid=address("romeo"), affiliation=OUTCAST),
        MucAdminItem(jid=address("tybalt"), affiliation=OUTCAST),
    )
    assert condition(reply) == "not-allowed"
    assert presences(hall.client("romeo").heard()) == []
    both = hall.set("juliet", MucAdminItem(nick="romeo", role=NOBODY), MucAdminItem(nick="nobody", role=VISITOR))
    assert condition(both) == "item-not-found"
    assert presences(hall.client("romeo").heard()) == []
    hall.set(
        "juliet",
        MucAdminItem(jid=address("tybalt"), affiliation=NONE),
        MucAdminItem(jid=address("romeo"), affiliation=MEMBER),
    )
    query = hall.get("juliet", MucAdminItem(affiliation=MEMBER)).get(MucAdminQuery)
    assert query is not None and [item.jid for item in query.items] == [address("romeo")]


@pytest.mark.spec("XEP-0045", "17.4")
@pytest.mark.parametrize(
    "item",
    [
        MucAdminItem(nick="romeo"),
        MucAdminItem(nick="romeo", role=VISITOR, affiliation=MEMBER, jid=address("romeo")),
        MucAdminItem(role=VISITOR),
        MucAdminItem(affiliation=MEMBER),
        MucAdminItem(affiliation=MEMBER, jid=address("romeo").domain),
    ],
)
def test_an_item_that_makes_no_sense(item: MucAdminItem) -> None:
    hall = Hall()
    hall.open()
    hall.enter("romeo")
    assert condition(hall.set("juliet", item)) == "bad-request"


@pytest.mark.spec("XEP-0045", "17.4")
def test_lists_that_make_no_sense() -> None:
    hall = Hall()
    hall.open()
    for items in ([], [MucAdminItem(affiliation=NONE)], [MucAdminItem(nick="x")], [MucAdminItem(role=VISITOR)] * 2):
        assert condition(hall.get("juliet", *items)) == "bad-request"
