"""Commands of the local server (XEP-0050): those of users, and those of administrators (XEP-0133)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.localserver.town import Client, Town, bodies
from xmppwire.im.commands import CommandRefusedError, CommandSession, CommandStep, fetch_commands
from xmppwire.im.disco import fetch_info, fetch_items
from xmppwire.jid import JID
from xmppwire.localserver import LocalLimits
from xmppwire.operation import IqError
from xmppwire.protocol.ad_hoc_commands import (
    NAMESPACE,
    Command,
    CommandAction,
    CommandCondition,
    CommandError,
    CommandStatus,
    NoteType,
)
from xmppwire.protocol.data_forms import DataForm, DataFormType, Field
from xmppwire.protocol.service_administration import AdminCommand, UserCounts, UserLists, UserStatistics
from xmppwire.stanza import ErrorCondition, Iq, MessageType, Presence
from xmppwire.stream import Registration
from xmppwire.stream.events import AuthenticationFailed, StreamErrorReceived
from xmppwire.stream.limits import AFTER_LOGIN, Limits
from xmppwire.stream.management import StreamManagement
from xmppwire.stream.phases import Phase
from xmppwire.xml import Element

JULIET, ROMEO, NURSE, SERVER = "juliet@capulet.lit", "romeo@capulet.lit", "nurse@capulet.lit", "capulet.lit"


def household(**keywords: Any) -> tuple[Town, Client]:
    """A town whose administrator is the nurse."""
    town = Town(administrators=["nurse"], **keywords)
    return town, town.login(f"{NURSE}/house")


def do(client: Client, node: str, values: dict[str, Any] | None = None) -> CommandStep:
    """Begin a command, and submit values if it asks for some."""
    session = CommandSession(SERVER, node)
    step = client.run(session.start())
    return step if values is None else client.run(session.proceed(values))


def refused(client: Client, node: str, values: dict[str, Any] | None = None) -> CommandRefusedError:
    with pytest.raises(CommandRefusedError) as caught:
        do(client, node, values)
    return caught.value


def nodes(client: Client) -> set[str | None]:
    return {item.node for item in client.run(fetch_commands(SERVER))}


# --- the protocol ---------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0050", "2.2")
def test_what_there_is_depends_on_who_asks() -> None:
    town, nurse = household()
    juliet = town.login(f"{JULIET}/balcony")
    assert NAMESPACE in juliet.run(fetch_info(SERVER)).features
    assert nodes(juliet) == {"uptime", "list-own-sessions", "end-own-sessions"}
    assert nodes(juliet) | {AdminCommand.ANNOUNCE, AdminCommand.DELETE_USER} <= nodes(nurse)
    (listed,) = juliet.run(fetch_info(SERVER, NAMESPACE)).identities
    assert (listed.category, listed.type) == ("automation", "command-list")
    (named,) = nurse.run(fetch_info(SERVER, AdminCommand.ADD_USER)).identities
    assert (named.type, named.name) == ("command-node", "Add user")
    for client, to, node in ((juliet, SERVER, AdminCommand.ADD_USER), (nurse, SERVER, "x"), (nurse, NURSE, NAMESPACE)):
        for fetch in (fetch_info, fetch_items):
            with pytest.raises(IqError) as caught:
                client.run(fetch(to, node))
            assert caught.value.error.condition is ErrorCondition.ITEM_NOT_FOUND


@pytest.mark.spec("XEP-0050", "2.4.2", "4.4")
def test_who_may_not_is_refused_and_so_is_what_there_is_not() -> None:
    town, nurse = household()
    juliet = town.login(f"{JULIET}/balcony")
    assert refused(juliet, AdminCommand.ANNOUNCE).error.condition is ErrorCondition.FORBIDDEN
    assert refused(nurse, "x").error.condition is ErrorCondition.ITEM_NOT_FOUND
    for to in (NURSE, JULIET, None):
        reply = nurse.ask(Iq("set", to, payload=Command(node="uptime")))
        assert reply.error is not None
        assert reply.error.condition is ErrorCondition.SERVICE_UNAVAILABLE


def step(client: Client, **attributes: Any) -> CommandCondition | None:
    """What is wrong with a step, whose attributes are written as they are."""
    command = Element(Command.element_names[0], attributes, [])
    reply = client.ask(Iq("set", SERVER, payload=command))
    if reply.error is None:
        return None
    assert reply.error.condition is ErrorCondition.BAD_REQUEST
    assert isinstance(reply.error.application, Element)
    return CommandError.from_element(reply.error.application).condition


@pytest.mark.spec("XEP-0050", "3.3", "4.1", "4.4")
def test_steps_that_make_no_sense() -> None:
    town, nurse = household()
    add = str(AdminCommand.ADD_USER)
    session = CommandSession(SERVER, add)
    nurse.run(session.start())
    reply = nurse.ask(Iq("set", SERVER, payload=Command(node=add)))
    command = reply.get(Command)
    assert command is not None
    assert command.sessionid is not None
    sid = command.sessionid
    assert step(nurse, node=add, action="dance") is CommandCondition.MALFORMED_ACTION
    assert step(nurse, node=add, action="complete") is CommandCondition.BAD_ACTION
    assert step(nurse, node=add, sessionid="x") is CommandCondition.BAD_SESSIONID
    assert step(nurse, node="uptime", sessionid=sid) is CommandCondition.BAD_SESSIONID
    assert step(nurse, node=add, sessionid=sid, action="next") is CommandCondition.BAD_ACTION
    assert step(nurse, node=add, sessionid=sid) is CommandCondition.BAD_PAYLOAD  # without a form
    tablet = town.login(f"{NURSE}/tablet")
    assert step(tablet, node=add, sessionid=sid) is CommandCondition.BAD_SESSIONID
    assert step(nurse, node=add, sessionid=sid, action="cancel", status="whatever") is None
    assert step(nurse, node=add, sessionid=sid, action="cancel") is CommandCondition.BAD_SESSIONID
    reply = nurse.ask(Iq("set", SERVER, payload=Element(Command.element_names[0])))
    assert reply.error is not None
    assert reply.error.condition is ErrorCondition.BAD_REQUEST


@pytest.mark.spec("XEP-0050", "2.4.3")
def test_a_command_is_cancelled_and_one_that_nobody_goes_on_with_ends() -> None:
    town, nurse = household()
    session = CommandSession(SERVER, AdminCommand.ADD_USER)
    asked = nurse.run(session.start())
    assert asked.status is CommandStatus.EXECUTING
    assert asked.actions == {CommandAction.COMPLETE}
    assert nurse.run(session.cancel()).status is CommandStatus.CANCELED
    for seconds in (599, 600):
        session = CommandSession(SERVER, AdminCommand.GET_ONLINE_USERS_LIST)
        nurse.run(session.start())
        town.world.advance(seconds)
        if seconds < 600:
            assert nurse.run(session.proceed({"max_items": "25"})).status is CommandStatus.COMPLETED
            continue
        with pytest.raises(CommandRefusedError) as caught:
            nurse.run(session.proceed({"max_items": "25"}))
        assert caught.value.condition is CommandCondition.BAD_SESSIONID


@pytest.mark.parametrize("begun", [2, 3])
def test_a_user_has_some_commands_under_way(begun: int) -> None:
    """At the limit all go on; one more ends the oldest."""
    _, nurse = household(limits=LocalLimits(command_sessions=2))
    sessions = [CommandSession(SERVER, AdminCommand.USER_STATS) for _ in range(begun)]
    for session in sessions:
        nurse.run(session.start())
    if begun > 2:
        with pytest.raises(CommandRefusedError) as caught:
            nurse.run(sessions.pop(0).proceed({"accountjid": NURSE}))
        assert caught.value.condition is CommandCondition.BAD_SESSIONID
    for session in sessions:
        assert nurse.run(session.proceed({"accountjid": NURSE})).status is CommandStatus.COMPLETED


# --- of every user --------------------------------------------------------------------------------------------------


def test_how_long_the_server_has_been_running() -> None:
    town = Town()
    juliet = town.login(f"{JULIET}/balcony")
    town.world.advance(90_061)
    juliet = town.login(f"{JULIET}/tablet")
    (note,) = do(juliet, "uptime").notes
    assert note.type is NoteType.INFO
    assert note.text.startswith("This server has been running for 1d 1h 1m ")


def test_own_sessions_are_listed_and_ended() -> None:
    town = Town()
    romeo = town.login(f"{ROMEO}/orchard")
    juliet = town.login(f"{JULIET}/balcony")
    (note,) = do(juliet, "end-own-sessions").notes
    assert note.text == "You have no other session"
    tablet, phone = town.login(f"{JULIET}/tablet", priority=None), town.login(f"{JULIET}/phone")
    phone.say(Presence(show="away"))
    listed = do(juliet, "list-own-sessions").form
    assert listed is not None
    assert listed.values("sessions") == ["balcony (available)", "tablet (not available)", "phone (away)"]
    asked = do(juliet, "end-own-sessions").form
    assert asked is not None
    (field,) = asked.fields
    assert [option.value for option in field.options] == ["tablet", "phone"]
    session = CommandSession(SERVER, "end-own-sessions")
    juliet.run(session.start())
    form = DataForm(type=DataFormType.SUBMIT, fields=[Field(var="resources", values=["phone", "balcony", "orchard"])])
    (note,) = juliet.run(session.complete(form)).notes
    assert note.text == "1 ended"
    assert phone.end.one(StreamErrorReceived).error.condition == "policy-violation"
    assert {client.session.phase for client in (juliet, tablet, romeo)} == {Phase.ESTABLISHED}


def test_a_session_whose_connection_is_lost_is_ended_too() -> None:
    town = Town()
    juliet = town.login(f"{JULIET}/balcony")
    lost = town.login(f"{JULIET}/train", management=StreamManagement())
    lost.wire.cut_off()
    town.world.settle()
    listed = do(juliet, "list-own-sessions").form
    assert listed is not None
    assert "train (connection lost)" in listed.values("sessions")
    do(juliet, "end-own-sessions", {"resources": ["train"]})
    assert town.server.suspended == []


# --- of administrators ----------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0133", "4.1", "4.2", "4.6")
def test_accounts_are_made_changed_and_removed() -> None:
    town, nurse = household()
    tybalt = {"accountjid": "tybalt@capulet.lit", "password": "cat", "password-verify": "cat"}
    assert do(nurse, AdminCommand.ADD_USER, tybalt).status is CommandStatus.COMPLETED
    town.passwords["tybalt"] = "cat"
    client = town.login("tybalt@capulet.lit/square")
    assert refused(nurse, AdminCommand.ADD_USER, tybalt).error.condition is ErrorCondition.CONFLICT
    do(nurse, AdminCommand.CHANGE_USER_PASSWORD, {"accountjid": "tybalt@capulet.lit", "password": "king"})
    assert town.connect("tybalt@capulet.lit/tomb").end.of(AuthenticationFailed)
    town.passwords["tybalt"] = "king"
    town.login("tybalt@capulet.lit/tomb")
    do(nurse, AdminCommand.DELETE_USER, {"accountjids": ["tybalt@capulet.lit", ROMEO]})
    assert client.end.one(StreamErrorReceived).error.condition == "not-authorized"
    assert len(town.server.hub.accounts) == 2


@pytest.mark.spec("XEP-0133", "4.1", "4.2", "4.6")
@pytest.mark.parametrize(
    ("node", "values", "condition"),
    [
        (AdminCommand.ADD_USER, {"accountjid": "a@x.lit", "password": "x", "password-verify": "x"}, "item-not-found"),
        (AdminCommand.ADD_USER, {"accountjid": "x.lit", "password": "x", "password-verify": "x"}, "item-not-found"),
        (AdminCommand.ADD_USER, {"accountjid": "a@capulet.lit", "password": "x", "password-verify": "y"}, None),
        (AdminCommand.ADD_USER, {"accountjid": "a@capulet.lit", "password": "\x7f", "password-verify": "\x7f"}, None),
        (AdminCommand.CHANGE_USER_PASSWORD, {"accountjid": "a@capulet.lit", "password": "x"}, "item-not-found"),
        (AdminCommand.DELETE_USER, {"accountjids": [ROMEO, "nobody@capulet.lit"]}, "item-not-found"),
        (AdminCommand.DELETE_USER, {"accountjids": [ROMEO, NURSE]}, "not-allowed"),
        (AdminCommand.DELETE_USER, {"accountjids": []}, None),
        (AdminCommand.ADD_USER, {"accountjid": "a@capulet.lit", "password": "", "password-verify": ""}, None),
        (AdminCommand.USER_STATS, {"accountjid": "a@capulet.lit"}, "item-not-found"),
        (AdminCommand.USER_STATS, {}, None),
        (AdminCommand.GET_ONLINE_USERS_LIST, {"max_items": "-1"}, None),
        (AdminCommand.ANNOUNCE, {"announcement": ""}, None),
    ],
)
def test_what_cannot_be_done_changes_nothing(node: str, values: dict[str, Any], condition: str | None) -> None:
    """Without a condition it is the form that does not fit."""
    town, nurse = household()
    session = CommandSession(SERVER, node)
    nurse.run(session.start())
    form = DataForm(type=DataFormType.SUBMIT)
    form.fields = [Field(var=var, values=[value] if isinstance(value, str) else value) for var, value in values.items()]
    with pytest.raises(CommandRefusedError) as caught:
        nurse.run(session.complete(form))
    if condition is None:
        assert caught.value.condition is CommandCondition.BAD_PAYLOAD
    else:
        assert caught.value.error.condition == condition
    assert {str(one.jid) for one in town.server.hub.accounts} == {JULIET, ROMEO, NURSE}


@pytest.mark.parametrize("most", [3, 4])
def test_the_limit_of_accounts_holds_for_administrators_too(most: int) -> None:
    town, nurse = household(limits=LocalLimits(accounts=most))
    tybalt = {"accountjid": "tybalt@capulet.lit", "password": "cat", "password-verify": "cat"}
    if most == 3:
        error = refused(nurse, AdminCommand.ADD_USER, tybalt).error
        assert error.condition is ErrorCondition.RESOURCE_CONSTRAINT
    else:
        do(nurse, AdminCommand.ADD_USER, tybalt)
    assert len(town.server.hub.accounts) == most


@pytest.mark.spec("XEP-0133", "4.4")
def test_sessions_of_others_are_ended() -> None:
    town, nurse = household()
    clients = {name: town.login(f"{ROMEO}/{name}") for name in ("orchard", "street")}
    juliet, window = town.login(f"{JULIET}/orchard"), town.login(f"{JULIET}/window")
    named = [f"{ROMEO}/orchard", JULIET, NURSE, f"{ROMEO}/nowhere"]
    (note,) = do(nurse, AdminCommand.END_USER_SESSION, {"accountjids": named}).notes
    assert note.text == "3 sessions ended"
    phases = [client.session.phase for client in (clients["orchard"], juliet, window)]
    assert phases == [Phase.CLOSED] * 3
    assert {clients["street"].session.phase, nurse.session.phase} == {Phase.ESTABLISHED}


@pytest.mark.spec("XEP-0133", "4.9", "4.12", "4.14", "4.17", "4.19")
def test_users_are_looked_at_counted_and_listed() -> None:
    town, nurse = household()
    town.befriend(JULIET, ROMEO)
    town.login(f"{ROMEO}/orchard")
    town.login(f"{JULIET}/balcony", priority=None)
    form = do(nurse, AdminCommand.USER_STATS, {"accountjid": ROMEO}).form
    assert form is not None
    statistics = UserStatistics.from_form(form)
    assert (statistics.roster_size, statistics.online_resources) == (1, ["orchard"])
    counts = [
        do(nurse, node).form for node in (AdminCommand.GET_REGISTERED_USERS_NUM, AdminCommand.GET_ONLINE_USERS_NUM)
    ]
    assert [UserCounts.from_form(one) for one in counts if one] == [UserCounts(registered=3), UserCounts(online=2)]
    step = do(nurse, AdminCommand.GET_ONLINE_USERS_LIST, {"max_items": "25"})
    assert step.form is not None
    assert set(UserLists.from_form(step.form).online) == {JID(ROMEO), JID(NURSE)}
    assert step.notes == []


@pytest.mark.spec("XEP-0133", "4.17")
@pytest.mark.parametrize(("users", "wanted", "listed"), [(25, "25", 25), (26, "25", 25), (26, "none", 26)])
def test_as_many_are_listed_as_are_wanted(users: int, wanted: str, listed: int) -> None:
    town, nurse = household()
    for number in range(users - 3):
        town.server.add_account(f"u{number}", None)
    step = do(nurse, AdminCommand.GET_REGISTERED_USERS_LIST, {"max_items": wanted})
    assert step.form is not None
    assert len(UserLists.from_form(step.form).registered) == listed
    assert [note.text for note in step.notes] == (["There are more."] if listed < users else [])


@pytest.mark.parametrize("users", [100, 500])
def test_a_list_is_never_longer_than_a_stanza(users: int) -> None:
    limits = Limits(after_login=replace(AFTER_LOGIN, stanza_bytes=20_000))
    town, nurse = household(limits=LocalLimits(stream=limits))
    for number in range(users):
        town.server.add_account(f"u{number:04}", None)
    step = do(nurse, AdminCommand.GET_REGISTERED_USERS_LIST, {"max_items": "none"})
    assert step.form is not None
    found = UserLists.from_form(step.form).registered
    assert (len(found) == users + 3) is (users == 100) is (step.notes == [])
    assert len(found) >= 100


@pytest.mark.spec("XEP-0133", "4.22")
def test_all_who_are_online_are_told() -> None:
    town, nurse = household()
    juliet, romeo = town.login(f"{JULIET}/balcony"), town.login(f"{ROMEO}/orchard", priority=None)
    (note,) = do(nurse, AdminCommand.ANNOUNCE, {"announcement": ["The feast begins.", "Come all."]}).notes
    assert note.text == "2 clients were told"
    (message,) = juliet.heard()
    assert (message.sender, message.type, message.body) == (
        JID(SERVER),
        MessageType.HEADLINE,
        "The feast begins.\nCome all.",
    )
    assert bodies(nurse.heard()) == ["The feast begins.\nCome all."]
    assert romeo.heard() == []


def test_nobody_becomes_an_administrator_by_registering() -> None:
    town = Town(administrators=["escalus"], registration=True)
    taken = town.connect("escalus@capulet.lit/court", password="x", register=Registration())
    assert taken.session.phase is not Phase.ESTABLISHED
    assert JID("escalus@capulet.lit") not in town.server.hub.accounts
    made = town.connect("benvolio@capulet.lit/court", password="x", register=Registration())
    assert made.session.phase is Phase.ESTABLISHED
    with pytest.raises(ValueError, match="is not a user of this server"):
        Town(administrators=["escalus@verona.lit"])
