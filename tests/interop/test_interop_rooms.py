"""Rooms (XEP-0045) of real servers, over each adapter."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.interop.harness import Connect, account, play, until
from tests.interop.servers import Lab, Server
from xmppwire import JID, ErrorCondition, Message, Presence
from xmppwire.im.archive import fetch_archive_page
from xmppwire.im.rooms import (
    ConfigurationChanged,
    Departure,
    DepartureCause,
    Invitation,
    InvitationDeclined,
    Joined,
    JoinFailed,
    JoinProblem,
    Left,
    NickChanged,
    NickRefused,
    OccupantChanged,
    OccupantJoined,
    OccupantLeft,
    PrivateMessage,
    Room,
    RoomError,
    RoomEvent,
    RoomMessage,
    RoomState,
    SubjectChanged,
    VoiceRequested,
    accept_defaults,
    answer_request,
    ban,
    cancel_configuration,
    configure,
    decline,
    destroy,
    fetch_affiliated,
    fetch_configuration,
    fetch_occupants,
    fetch_reserved_nick,
    fetch_room_info,
    fetch_rooms,
    find_room_services,
    invite,
    invite_directly,
    kick,
    leads_to_room,
    read_invitation,
    register_nick,
    request_voice,
    set_affiliation,
    set_role,
    set_roles,
)
from xmppwire.operation import IqError, OperationError
from xmppwire.protocol import mam
from xmppwire.protocol.muc import MucAffiliation, MucHistory, MucRole, MucRoomFeature
from xmppwire.protocol.muc_forms import RoomConfig
from xmppwire.protocol.muc_self_ping import SelfPingResult
from xmppwire.stanza import ShowValue
from xmppwire.stream import Established


async def room_service(client: Any, server: Server) -> JID:
    """The service of the server that has rooms; a skip where there is none."""
    services: list[JID] = await client.run(find_room_services(client.jid.domain))
    if not services:
        pytest.skip(f"{server.name} offers no rooms")
    return services[0]


async def await_event(
    client: Any, room: Room, kind: type[Any] | tuple[type[Any], ...], condition: Callable[[Any], bool] = lambda _: True
) -> Any:
    """The next thing of this kind that a room tells; what comes before it is only fed to the room."""
    async for event in client:
        told: RoomEvent | None = room.feed(event)
        if isinstance(told, kind) and condition(told):
            return told
    raise AssertionError(f"the stream ended: {client.ended}")


async def new_room(client: Any, server: Server, nick: str) -> Room:
    """A room of our own, open, with us in it."""
    service = await room_service(client, server)
    room = Room(f"{uuid.uuid4().hex}@{service}", nick)
    await client.send(room.join())
    joined: Joined = await await_event(client, room, Joined)
    assert joined.created
    await client.run(accept_defaults(room.jid))
    await await_event(client, room, SubjectChanged)
    return room


@pytest.mark.spec("XEP-0045", "6.1", "7.1", "7.2.2", "7.4", "10.1.2", "10.9")
def test_a_room_is_made_and_used(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            room = await new_room(alice, im_server, "thirdwitch")
            assert room.live
            sent = room.message("Thrice the brinded cat hath mew'd.")
            await alice.send(sent)
            said: RoomMessage = await await_event(alice, room, RoomMessage)
            assert (said.own, said.reflects, said.history) == (True, sent.id, False)
            await alice.run(destroy(room.jid))

    play(adapter, scenario)


@pytest.mark.spec("XEP-0045", "7.1", "7.2.2", "7.2.13", "7.2.14", "7.4", "7.5", "7.6", "7.7", "7.14", "8.1")
def test_two_in_a_room(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "bob")) as bob,
        ):
            hers = await new_room(alice, im_server, "firstwitch")
            for text in ("one", "two", "three"):
                await alice.send(hers.message(text))
            await alice.send(hers.change_subject("Fire Burn"))
            await await_event(alice, hers, SubjectChanged)

            his = Room(hers.jid, "secondwitch")
            await bob.send(his.join(MucHistory(max_stanzas=2), status="stirring"))
            joined: Joined = await await_event(bob, his, Joined)
            assert (joined.own.nick, joined.created) == ("secondwitch", False)
            assert his.occupants["firstwitch"].affiliation is MucAffiliation.OWNER
            assert his.occupants["firstwitch"].role is MucRole.MODERATOR
            past = [await await_event(bob, his, RoomMessage) for _ in range(2)]
            assert [(one.message.body, one.nick, one.history) for one in past] == [
                ("two", "firstwitch", True),
                ("three", "firstwitch", True),
            ]
            assert past[0].stamp is not None
            subject: SubjectChanged = await await_event(bob, his, SubjectChanged)
            assert (subject.subject, subject.initial, his.live) == ("Fire Burn", True, True)
            came: OccupantJoined = await await_event(alice, hers, OccupantJoined)
            assert (came.occupant.nick, came.occupant.status, came.initial) == ("secondwitch", "stirring", False)

            await bob.send(his.private_message("firstwitch", "psst"))
            private: PrivateMessage = await await_event(alice, hers, PrivateMessage)
            assert (private.message.body, private.nick) == ("psst", "secondwitch")
            await bob.send(his.private_message("nobody", "psst"))
            error: RoomError = await await_event(bob, his, RoomError)
            assert error.error.condition is ErrorCondition.ITEM_NOT_FOUND

            await bob.send(his.availability("away", "asleep"))
            changed: OccupantChanged = await await_event(alice, hers, OccupantChanged)
            assert (changed.occupant.show, changed.occupant.status) == (ShowValue.AWAY, "asleep")

            await bob.send(his.change_nick("firstwitch"))
            refused: NickRefused = await await_event(bob, his, NickRefused)
            assert (refused.problem, his.nick) == (JoinProblem.NICK_CONFLICT, "secondwitch")
            await bob.send(his.change_nick("graymalkin"))
            renamed: NickChanged = await await_event(bob, his, NickChanged)
            assert renamed.own and his.nick == "graymalkin"
            renamed = await await_event(alice, hers, NickChanged)
            assert (renamed.before.nick, renamed.occupant.nick, renamed.own) == ("secondwitch", "graymalkin", False)

            await bob.send(his.message("from the cat"))
            said: RoomMessage = await await_event(alice, hers, RoomMessage, lambda one: not one.own)
            assert (said.message.body, said.nick) == ("from the cat", "graymalkin")
            await bob.send(his.leave("I come"))
            left: Left = await await_event(bob, his, Left)
            assert (left.departure.cause, his.lost) == (DepartureCause.LEFT, False)
            gone: OccupantLeft = await await_event(alice, hers, OccupantLeft)
            assert (gone.occupant.nick, gone.departure.cause) == ("graymalkin", DepartureCause.LEFT)
            assert list(hers.occupants) == ["firstwitch"]
            await alice.run(destroy(hers.jid))

    play(adapter, scenario)


@pytest.mark.spec("XEP-0045", "7.2.5", "7.2.6", "7.2.7", "7.2.8", "7.2.10", "7.8.2", "9.1", "9.2", "9.3", "9.5", "10.2")
def test_who_is_not_let_in(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "bob")) as bob,
        ):
            service = await room_service(alice, im_server)
            hers = Room(f"{uuid.uuid4().hex}@{service}", "firstwitch")
            await alice.send(hers.join())
            await await_event(alice, hers, Joined)
            his = Room(hers.jid, "secondwitch")

            async def refused(nick: str | None = None) -> JoinProblem:
                await bob.send(his.join(nick=nick))
                failed: JoinFailed = await await_event(bob, his, JoinFailed)
                return failed.problem

            if not im_server.name.startswith("ejabberd"):  # it opens new rooms at once
                assert await refused() is JoinProblem.LOCKED
            form = await alice.run(fetch_configuration(hers.jid))
            switch = [] if RoomConfig.field_of(form, "password_protected") is None else ["password_protected"]
            changes = {"room_name": "The coven", "secret": "cauldronburn", **dict.fromkeys(switch, True)}
            await alice.run(configure(hers.jid, **changes))
            assert await refused() is JoinProblem.PASSWORD
            his.password = "cauldronburn"
            assert await refused("firstwitch") is JoinProblem.NICK_CONFLICT

            await alice.run(configure(hers.jid, secret="", members_only=True, **dict.fromkeys(switch, False)))
            details = await alice.run(fetch_room_info(hers.jid))
            assert details.name == "The coven" and MucRoomFeature.MEMBERS_ONLY in details
            assert await refused("secondwitch") is JoinProblem.MEMBERS_ONLY
            await alice.run(configure(hers.jid, members_only=False))
            await alice.run(ban(hers.jid, bob.jid))
            assert await refused() is JoinProblem.BANNED
            await alice.run(set_affiliation(hers.jid, bob.jid, MucAffiliation.MEMBER))
            members = await alice.run(fetch_affiliated(hers.jid, MucAffiliation.MEMBER))
            assert [item.jid for item in members] == [bob.jid.bare]
            await bob.send(his.join())
            await await_event(bob, his, Joined)
            moderators = await alice.run(fetch_occupants(hers.jid, MucRole.MODERATOR))
            assert [item.nick for item in moderators] == ["firstwitch"]

            await alice.run(ban(hers.jid, bob.jid, "Treason"))
            left: Left = await await_event(bob, his, Left)
            assert (left.departure.cause, left.departure.reason) == (DepartureCause.BANNED, "Treason")
            gone: OccupantLeft = await await_event(alice, hers, OccupantLeft)
            assert gone.departure.cause is DepartureCause.BANNED
            banned = await alice.run(fetch_affiliated(hers.jid, MucAffiliation.OUTCAST))
            assert [item.jid for item in banned] == [bob.jid.bare]
            await alice.run(destroy(hers.jid))

    play(adapter, scenario)


@pytest.mark.spec("XEP-0045", "7.13", "8.2", "8.3", "8.4", "8.6", "9.4", "9.6", "10.2.1", "10.9")
def test_moderation(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "bob")) as bob,
        ):
            hers = await new_room(alice, im_server, "firstwitch")
            his = Room(hers.jid, "secondwitch")
            await bob.send(his.join())
            await await_event(bob, his, SubjectChanged)

            await alice.run(configure(hers.jid, moderated=True, room_name="The coven"))
            await await_event(bob, his, ConfigurationChanged)
            await alice.run(set_role(hers.jid, "secondwitch", MucRole.VISITOR))
            await await_event(bob, his, OccupantChanged, lambda one: one.occupant.role is MucRole.VISITOR)
            await bob.send(his.message("may I?"))
            error: RoomError = await await_event(bob, his, RoomError)
            assert (error.error.condition, error.suspicious) == (ErrorCondition.FORBIDDEN, False)
            await bob.send(request_voice(his.jid))
            asked: VoiceRequested = await await_event(alice, hers, VoiceRequested)
            assert asked.request.nick == "secondwitch"
            await alice.send(answer_request(hers.jid, asked.form, allow=True))
            await await_event(bob, his, OccupantChanged, lambda one: one.occupant.role is MucRole.PARTICIPANT)
            await alice.run(set_role(hers.jid, "secondwitch", MucRole.MODERATOR))
            await await_event(bob, his, OccupantChanged, lambda one: one.occupant.role is MucRole.MODERATOR)
            with pytest.raises(IqError):
                await bob.run(kick(his.jid, "firstwitch"))
            await alice.run(set_roles(hers.jid, {"secondwitch": MucRole.PARTICIPANT}))
            await await_event(bob, his, OccupantChanged, lambda one: one.occupant.role is MucRole.PARTICIPANT)

            await alice.run(kick(hers.jid, "secondwitch", "Avaunt!"))
            left: Left = await await_event(bob, his, Left)
            assert (left.departure.cause, left.departure.reason, his.lost) == (DepartureCause.KICKED, "Avaunt!", False)
            await bob.send(his.join())
            await await_event(bob, his, SubjectChanged)
            elsewhere = hers.jid.with_resource(None)
            await alice.run(destroy(hers.jid, "Macbeth doth come.", alternate=elsewhere))
            left = await await_event(bob, his, Left)
            assert left.departure.cause is DepartureCause.DESTROYED
            assert (left.departure.reason, left.departure.alternate) == ("Macbeth doth come.", elsewhere)
            left = await await_event(alice, hers, Left)
            assert left.departure.cause is DepartureCause.DESTROYED

    play(adapter, scenario)


@pytest.mark.spec("XEP-0045", "7.8.1", "7.8.2")
@pytest.mark.spec("XEP-0249", "2")
def test_invitations(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "bob")) as bob,
        ):
            await bob.send(Presence())  # so that messages to the account reach this client
            hers = await new_room(alice, im_server, "firstwitch")
            for message, mediated in (
                (invite(hers.jid, bob.jid.bare, reason="all good witches"), True),
                (invite_directly(bob.jid.bare, hers.jid, reason="all good witches"), False),
            ):
                await alice.send(message)
                invitation = read_invitation(await until(bob, Message))
                assert isinstance(invitation, Invitation)
                assert (invitation.room, invitation.mediated) == (hers.jid, mediated)
                assert invitation.reason == "all good witches"
                assert invitation.inviter is not None
                assert await bob.run(leads_to_room(invitation))
                if mediated:
                    await bob.send(decline(invitation, "too busy"))
                    declined: InvitationDeclined = await await_event(alice, hers, InvitationDeclined)
                    assert declined.sender is not None
                    assert (declined.sender.bare, declined.reason) == (bob.jid.bare, "too busy")
            assert not await bob.run(leads_to_room(Invitation(alice.jid.bare, None, True)))
            await alice.run(destroy(hers.jid))

    play(adapter, scenario)


@pytest.mark.spec("XEP-0410", "3.2")
@pytest.mark.spec("XEP-0045", "7.2.1", "7.2.18", "17.3")
def test_losing_the_room(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "bob")) as bob,
        ):
            hers = await new_room(alice, im_server, "firstwitch")
            his = Room(hers.jid, "secondwitch")
            await bob.send(his.join())
            await await_event(bob, his, SubjectChanged)
            await bob.send(his.message("one"))
            said: RoomMessage = await await_event(bob, his, RoomMessage)
            assert await bob.run(his.self_ping(5.0)) is SelfPingResult.JOINED

            # The room forgets us, and we do not hear of it.
            await bob.send(Presence(his.occupant_jid, type="unavailable"))
            await until(bob, Presence, lambda presence: presence.sender == his.occupant_jid)
            await await_event(alice, hers, OccupantLeft)
            await alice.send(hers.message("two"))
            await await_event(alice, hers, RoomMessage, lambda one: one.own)
            assert not his.lost
            assert await bob.run(his.self_ping(5.0)) is SelfPingResult.NOT_JOINED
            assert his.lost and his.state is RoomState.OUTSIDE

            await bob.send(his.join())
            await await_event(bob, his, Joined)
            again: RoomMessage = await await_event(bob, his, RoomMessage)
            assert (again.message.body, again.repeated) == (said.message.body, True)
            missed: RoomMessage = await await_event(bob, his, RoomMessage)
            assert (missed.message.body, missed.repeated) == ("two", False)
            await await_event(bob, his, SubjectChanged)

            # Once more without having left: the room tells all again.
            await bob.send(his.join(MucHistory(max_chars=0)))
            await await_event(bob, his, Joined)
            assert set(his.occupants) == {"firstwitch", "secondwitch"}
            await alice.run(destroy(hers.jid))

    play(adapter, scenario)


@pytest.mark.spec("XEP-0045", "7.2.8", "7.6", "7.14")
def test_two_devices_under_one_nickname(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as phone,
            connect(**account(lab, im_server, "alice")) as tablet,
        ):
            first = await new_room(phone, im_server, "firstwitch")
            second = Room(first.jid, "firstwitch")
            await tablet.send(second.join())
            entered = await await_event(tablet, second, (Joined, JoinFailed))
            if isinstance(entered, JoinFailed):
                assert entered.problem is JoinProblem.NICK_CONFLICT
                pytest.skip(f"{im_server.name} has one device under a nickname")
            await await_event(tablet, second, SubjectChanged)
            await tablet.send(second.message("from the tablet"))
            said: RoomMessage = await await_event(phone, first, RoomMessage)
            assert (said.own, said.reflects) == (True, None)
            await phone.send(first.leave())
            await await_event(phone, first, Left)
            sent = second.message("still here")
            await tablet.send(sent)
            said = await await_event(tablet, second, RoomMessage, lambda one: one.message.body == "still here")
            assert (said.own, said.reflects, second.state) == (True, sent.id, RoomState.INSIDE)
            await tablet.run(destroy(second.jid))

    play(adapter, scenario)


@pytest.mark.spec("XEP-0045", "7.2.14")
def test_a_new_stream(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            hers = await new_room(alice, im_server, "firstwitch")
            his = Room(hers.jid, "secondwitch")
            async with connect(**account(lab, im_server, "bob")) as bob:
                await bob.send(his.join())
                await await_event(bob, his, SubjectChanged)
                await alice.send(hers.message("one"))
                await await_event(bob, his, RoomMessage)
            await await_event(alice, hers, OccupantLeft)
            await alice.send(hers.message("two"))
            await await_event(alice, hers, RoomMessage, lambda one: one.message.body == "two")
            async with connect(**account(lab, im_server, "bob")) as bob:
                told = his.feed(next(event for event in bob.negotiation if isinstance(event, Established)))
                assert told == Left(Departure(DepartureCause.NEW_STREAM))
                assert his.lost
                await bob.send(his.join())
                past = [await await_event(bob, his, RoomMessage) for _ in range(2)]
                assert [(one.message.body, one.repeated) for one in past] == [("one", True), ("two", False)]
            await alice.run(destroy(hers.jid))

    play(adapter, scenario)


@pytest.mark.spec("XEP-0045", "6.2", "6.3", "6.4", "7.10", "7.12")
@pytest.mark.spec("XEP-0421", "2", "3.2")
def test_what_rooms_say_of_themselves(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            room = await new_room(alice, im_server, "firstwitch")
            await alice.run(configure(room.jid, room_name="A Dark Cave", public=True, description="for witches"))
            rooms = await alice.run(fetch_rooms(room.jid.domain))
            assert room.jid in [item.jid for item in rooms]
            details = await alice.run(fetch_room_info(room.jid))
            assert details.name == "A Dark Cave"
            assert {MucRoomFeature.PUBLIC, MucRoomFeature.OPEN} <= details.features
            assert details.form is not None and details.form.description == "for witches"
            form = await alice.run(fetch_configuration(room.jid))
            assert form is not None
            assert RoomConfig.from_form(form).room_name == "A Dark Cave"
            with pytest.raises(IqError):
                await alice.run(fetch_room_info(f"{uuid.uuid4().hex}@{room.jid.domain}"))

            room.learn(details)
            await alice.send(room.join())
            joined: Joined = await await_event(alice, room, Joined)
            assert (joined.own.id is not None) is room.occupant_ids
            await alice.send(room.message("boo"))
            said: RoomMessage = await await_event(alice, room, RoomMessage, lambda one: not one.history)
            assert said.occupant_id == joined.own.id
            assert (said.id is not None) is room.stanza_ids
            if mam.NAMESPACE in details:
                page = await alice.run(fetch_archive_page(archive=room.jid))
                assert [(one.id, one.message.body) for one in page if one.message.body] == [(said.id, "boo")]

            assert await alice.run(fetch_reserved_nick(room.jid)) is None
            try:
                await alice.run(register_nick(room.jid, "hag"))
            except (IqError, OperationError):
                pass  # not for owners, or not here
            else:
                assert await alice.run(fetch_reserved_nick(room.jid)) in ("hag", None)
            await alice.run(destroy(room.jid))

    play(adapter, scenario)


@pytest.mark.spec("XEP-0045", "10.1.1", "10.1.3")
def test_a_new_room_is_given_up(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            service = await room_service(alice, im_server)
            room = Room(f"{uuid.uuid4().hex}@{service}", "firstwitch")
            await alice.send(room.join())
            joined: Joined = await await_event(alice, room, Joined)
            assert joined.created
            await alice.run(cancel_configuration(room.jid))
            await alice.send(room.leave())  # some servers leave us in it
            left: Left = await await_event(alice, room, Left)
            assert left.departure.cause in (DepartureCause.DESTROYED, DepartureCause.LEFT)

    play(adapter, scenario)
