"""Ad-hoc commands (XEP-0050), the responder's side: stages, sessions, and requesters who try what is not theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.pair import seeded
from tests.session.play import JULIET, Play
from xmppwire.im.commands import CommandCall, Commands, Completed, Stage, anybody, only
from xmppwire.im.commands.responder import STAGES
from xmppwire.im.commands.steps import Outcome
from xmppwire.im.disco import OwnInfo
from xmppwire.jid import JID
from xmppwire.payload import Payload
from xmppwire.protocol.ad_hoc_commands import (
    NAMESPACE,
    Actions,
    Command,
    CommandAction,
    CommandCondition,
    CommandError,
    CommandStatus,
    Note,
    NoteType,
)
from xmppwire.protocol.data_forms import DataForm, DataFormType, Field, FieldType, Option
from xmppwire.protocol.disco import DiscoInfo, DiscoItem, DiscoItems, Identity
from xmppwire.protocol.software_information import SoftwareInfo
from xmppwire.session import HandlerFailed
from xmppwire.stanza import ErrorCondition, ErrorType, Iq, StanzaError
from xmppwire.xml import Element

ROMEO = JID("romeo@montague.lit/orchard")
TYBALT = JID("tybalt@capulet.lit/yard")
NAME = DataForm(
    type=DataFormType.FORM,
    fields=[
        Field(var="FORM_TYPE", type=FieldType.HIDDEN, values=["urn:x"]),
        Field(type=FieldType.FIXED, values=["Who are you?"]),
        Field(var="name", type=FieldType.TEXT_SINGLE, required=True),
        Field(var="nick"),
    ],
)
HOW = DataForm(
    type=DataFormType.FORM,
    fields=[Field(var="how", type=FieldType.LIST_SINGLE, options=[Option(value="loud"), Option(value="low")])],
)
CANCEL, COMPLETE, EXECUTE, NEXT, PREV = (
    CommandAction.CANCEL,
    CommandAction.COMPLETE,
    CommandAction.EXECUTE,
    CommandAction.NEXT,
    CommandAction.PREV,
)


def greet(call: CommandCall) -> Outcome:
    """Ask for a name, then for a manner, and greet."""

    def named(call: CommandCall) -> Outcome:
        name = call.form["name"]
        if name == "nobody":
            return StanzaError("not-acceptable")
        if name == "again":
            return replace(first, again=True, notes=[Note(type=NoteType.WARN, text="who?")])
        if name == "bug":
            raise RuntimeError(name)
        if call.action is COMPLETE:
            return Completed(notes=[Note(text=f"hello {name}")])
        return Stage(HOW, lambda call: Completed(notes=[Note(text=f"hello {name}, {call.form.get('how')}")]))

    first = Stage(NAME, named, next=True)
    return first


class Desk:
    """A responder, and those who ask it."""

    def __init__(self, **keywords: Any) -> None:
        self.play = Play()
        self.commands = Commands(OwnInfo(self.play.session.answers), random=seeded(7), **keywords)
        self.commands.add("greet", "Say hello", greet, allowed=anybody)

    def ask(self, payload: Payload | Element, sender: JID = ROMEO, type: str = "set", **more: Any) -> Iq:
        self.play.say(Iq(type, JULIET, payload=payload, id="q", sender=sender, **more))
        return self.play.asked()

    def do(
        self,
        action: CommandAction | None = None,
        sessionid: str | None = None,
        values: dict[str, str] | None = None,
        *,
        node: str = "greet",
        sender: JID = ROMEO,
    ) -> Command:
        reply = self.ask(self.command(action, sessionid, values, node), sender)
        assert reply.error is None, reply.error
        command = reply.get(Command)
        assert command is not None
        assert command.node == node
        return command

    def refused(
        self,
        action: CommandAction | None = None,
        sessionid: str | None = None,
        values: dict[str, str] | None = None,
        *,
        node: str = "greet",
        sender: JID = ROMEO,
    ) -> StanzaError:
        error = self.ask(self.command(action, sessionid, values, node), sender).error
        assert error is not None
        return error

    @staticmethod
    def command(
        action: CommandAction | None, sessionid: str | None, values: dict[str, str] | None, node: str
    ) -> Command:
        fields = [Field(var=var, values=[value]) for var, value in (values or {}).items()]
        form = [] if values is None else [DataForm(type=DataFormType.SUBMIT, fields=fields)]
        return Command(node=node, action=action, sessionid=sessionid, payloads=list(form))

    def begin(self, sender: JID = ROMEO) -> str:
        sessionid = self.do(sender=sender).sessionid
        assert sessionid is not None
        return sessionid


def because(condition: CommandCondition, general: str = "bad-request", text: str | None = None) -> StanzaError:
    return StanzaError(general, text=text, application=CommandError(condition=condition))


@pytest.mark.spec("XEP-0050", "2.1", "2.2")
def test_commands_are_found() -> None:
    desk = Desk()
    desk.commands.add("shut", "Shut the door", greet, allowed=only(TYBALT.bare))
    info = desk.ask(DiscoInfo(), type="get").get(DiscoInfo)
    assert info is not None
    assert {NAMESPACE, "jabber:x:data"} <= set(info.features)
    info = desk.ask(DiscoInfo(node=NAMESPACE), type="get").get(DiscoInfo)
    assert info is not None
    assert info.identities == [Identity(category="automation", type="command-list")]
    info = desk.ask(DiscoInfo(node="greet"), type="get").get(DiscoInfo)
    assert info is not None
    assert info.identities == [Identity(category="automation", type="command-node", name="Say hello")]
    assert info.features == [NAMESPACE, "jabber:x:data"]
    greeting = DiscoItem(jid=JULIET, node="greet", name="Say hello")
    shutting = DiscoItem(jid=JULIET, node="shut", name="Shut the door")
    for sender, items in ((ROMEO, [greeting]), (TYBALT, [greeting, shutting])):
        found = desk.ask(DiscoItems(node=NAMESPACE), sender, "get").get(DiscoItems)
        assert found == DiscoItems(node=NAMESPACE, items=items)
    for payload in (DiscoInfo(node="shut"), DiscoItems(node="shut")):
        assert desk.ask(payload, type="get").error == StanzaError("forbidden", ErrorType.CANCEL)
        assert desk.ask(payload, TYBALT, "get").error is None
    for payload in (DiscoInfo(node="x"), DiscoItems(node="x")):
        assert desk.ask(payload, type="get").error == StanzaError(ErrorCondition.ITEM_NOT_FOUND)


@pytest.mark.spec("XEP-0050", "2.4.1", "2.4.2", "3.3", "3.4", "4.2")
def test_stages_forth_and_back() -> None:
    desk = Desk()
    first = desk.do()
    assert first.status is CommandStatus.EXECUTING
    assert first.actions == Actions(execute=NEXT, next=True, complete=True)
    assert first.form == NAME
    assert len(desk.commands) == 1
    second = desk.do(None, first.sessionid, {"name": "Romeo", "surname": "Montague"})
    assert second.sessionid == first.sessionid
    assert second.actions == Actions(execute=COMPLETE, prev=True, complete=True)
    assert second.form == HOW
    back = desk.do(PREV, first.sessionid)
    assert (back.form, back.actions) == (NAME, first.actions)
    desk.do(NEXT, first.sessionid, {"name": "Rosaline"})
    last = desk.do(EXECUTE, first.sessionid, {"how": "low"})
    assert (last.status, last.actions) == (CommandStatus.COMPLETED, None)
    assert last.notes == [Note(text="hello Rosaline, low")]
    assert len(desk.commands) == 0
    once = desk.begin()
    assert desk.do(COMPLETE, once, {"name": "Romeo"}).notes == [Note(text="hello Romeo")]


@pytest.mark.spec("XEP-0050", "2.4.1", "3.6")
def test_a_command_in_one_step_knows_who_asks() -> None:
    desk = Desk()
    seen: list[CommandCall] = []

    def look(call: CommandCall) -> Outcome:
        seen.append(call)
        return Completed(payloads=[DataForm(type=DataFormType.RESULT)], notes=[Note(type=NoteType.ERROR, text="no")])

    desk.commands.add("look", "Look", look, allowed=anybody)
    reply = desk.ask(Command(node="look"), lang="it").get(Command)
    assert reply is not None
    assert reply.status is CommandStatus.COMPLETED
    assert reply.sessionid
    assert reply.notes[0].type is NoteType.ERROR
    (call,) = seen
    assert (call.requester, call.node, call.action, call.lang) == (ROMEO, "look", EXECUTE, "it")
    assert call.now == desk.play.world.now
    assert call.form.fields == []
    assert len(desk.commands) == 0


@pytest.mark.spec("XEP-0050", "3.7")
def test_the_first_language_is_that_of_the_session() -> None:
    desk = Desk()
    seen: list[str | None] = []

    def say(call: CommandCall) -> Outcome:
        seen.append(call.lang)
        return Stage(DataForm(type=DataFormType.FORM), say)

    desk.commands.add("say", "Say", say, allowed=anybody)
    reply = desk.ask(Command(node="say", lang="it")).get(Command)
    assert reply is not None
    desk.ask(Command(node="say", sessionid=reply.sessionid), lang="de")
    assert seen == ["it", "it"]


@pytest.mark.spec("XEP-0050", "2.4.3", "3.3", "4.4")
def test_a_session_that_was_cancelled_is_over() -> None:
    desk = Desk()
    sessionid = desk.begin()
    reply = desk.do(CANCEL, sessionid)
    assert (reply.status, reply.sessionid, reply.payloads) == (CommandStatus.CANCELED, sessionid, [])
    for action in (NEXT, CANCEL, PREV):
        assert desk.refused(action, sessionid) == because(CommandCondition.SESSION_EXPIRED, "not-allowed")
    assert desk.refused(NEXT, sessionid, sender=TYBALT) == because(CommandCondition.BAD_SESSIONID)


@pytest.mark.spec("XEP-0050", "4.4")
def test_what_cannot_be_done_is_refused() -> None:
    desk = Desk()
    desk.commands.add("shut", "Shut the door", greet, allowed=only(TYBALT))
    for action in (NEXT, PREV, COMPLETE, CANCEL):
        assert desk.refused(action) == because(CommandCondition.BAD_ACTION)
    assert desk.refused(node="other") == StanzaError(ErrorCondition.ITEM_NOT_FOUND)
    assert desk.refused(node="shut") == StanzaError("forbidden", ErrorType.CANCEL)
    assert desk.refused(node="shut", sender=JID("tybalt@capulet.lit/x")) == StanzaError("forbidden", "cancel")
    assert desk.refused(NEXT, "invented") == because(CommandCondition.BAD_SESSIONID)
    sessionid = desk.begin()
    assert desk.refused(PREV, sessionid) == because(CommandCondition.BAD_ACTION)
    desk.do(NEXT, sessionid, {"name": "Romeo"})
    assert desk.refused(NEXT, sessionid) == because(CommandCondition.BAD_ACTION)
    assert desk.do(PREV, sessionid).form == NAME
    assert len(desk.commands) == 1


@pytest.mark.spec("XEP-0050", "4.1", "4.4")
def test_an_action_that_does_not_exist_and_a_status_that_does_not_matter() -> None:
    desk = Desk()
    error = desk.ask(Element((NAMESPACE, "command"), {"node": "greet", "action": "dance"})).error
    assert error == because(CommandCondition.MALFORMED_ACTION)
    reply = desk.ask(Element((NAMESPACE, "command"), {"node": "greet", "status": "execute"})).get(Command)
    assert reply is not None
    assert reply.status is CommandStatus.EXECUTING
    error = desk.ask(Element((NAMESPACE, "command"))).error
    assert error is not None
    assert (error.condition, error.application) == (ErrorCondition.BAD_REQUEST, None)
    assert desk.ask(Command(node="greet"), type="get").error == StanzaError(ErrorCondition.SERVICE_UNAVAILABLE)


@pytest.mark.spec("XEP-0050", "3.5.1", "4.4")
@pytest.mark.parametrize("values", [None, {}, {"nick": "x"}, {"name": ""}])
def test_a_form_that_does_not_fit_is_refused(values: dict[str, str] | None) -> None:
    desk = Desk()
    sessionid = desk.begin()
    error = desk.refused(NEXT, sessionid, values)
    assert error == because(CommandCondition.BAD_PAYLOAD, text=error.text)
    assert "name" in (error.text or "")
    desk.do(NEXT, sessionid, {"name": "Romeo"})
    error = desk.refused(COMPLETE, sessionid, {"how": "madly"})
    assert error == because(CommandCondition.BAD_PAYLOAD, text=error.text)
    assert desk.do(COMPLETE, sessionid, {"how": "loud"}).status is CommandStatus.COMPLETED


@pytest.mark.spec("XEP-0050", "3.5.1")
def test_only_what_was_asked_for_is_handed_on() -> None:
    desk = Desk()
    seen: list[DataForm] = []

    def ask(call: CommandCall) -> Outcome:
        return Stage(NAME, take)

    def take(call: CommandCall) -> Outcome:
        seen.append(call.form)
        return Completed()

    desk.commands.add("ask", "Ask", ask, allowed=anybody)
    sessionid = desk.do(node="ask").sessionid
    form = DataForm(
        type=DataFormType.CANCEL,
        fields=[
            Field(var="FORM_TYPE", values=["urn:other"]),
            Field(var="name", values=["Romeo"]),
            Field(var="admin", values=["1"]),
        ],
    )
    reply = desk.ask(Command(node="ask", sessionid=sessionid, payloads=[form]))
    assert reply.error is None
    (form,) = seen
    assert (list(form), form["name"], form.form_type) == (["FORM_TYPE", "name", "nick"], "Romeo", "urn:x")


def test_a_typed_form_that_does_not_decode_is_a_bad_payload() -> None:
    desk = Desk()

    def take(call: CommandCall) -> Outcome:
        return Completed(notes=[Note(text=call.read(SoftwareInfo).software or "")])

    def ask(call: CommandCall) -> Outcome:
        form = SoftwareInfo.blank() if call.lang != "x" else NAME
        return Stage(form, take)

    desk.commands.add("ask", "Ask", ask, allowed=anybody)
    sessionid = desk.do(node="ask").sessionid
    assert desk.do(None, sessionid, {"software": "Balcony"}, node="ask").notes == [Note(text="Balcony")]
    reply = desk.ask(Command(node="ask", lang="x")).get(Command)
    assert reply is not None
    error = desk.refused(None, reply.sessionid, {"name": "Romeo"}, node="ask")
    assert error == because(CommandCondition.BAD_PAYLOAD, text=error.text)


def test_a_handler_may_refuse_ask_again_or_fail() -> None:
    desk = Desk()
    sessionid = desk.begin()
    assert desk.refused(NEXT, sessionid, {"name": "nobody"}) == StanzaError("not-acceptable")
    again = desk.do(NEXT, sessionid, {"name": "again"})
    assert (again.form, again.notes[0].text) == (NAME, "who?")
    assert again.actions == Actions(execute=NEXT, next=True, complete=True)
    assert desk.refused(NEXT, sessionid, {"name": "bug"}) == StanzaError(ErrorCondition.INTERNAL_SERVER_ERROR)
    (failed,) = desk.play.client.take()
    assert isinstance(failed, HandlerFailed)
    assert str(failed.error) == "bug"
    assert desk.do(COMPLETE, sessionid, {"name": "Romeo"}).status is CommandStatus.COMPLETED


@pytest.mark.spec("XEP-0050", "3.3")
@pytest.mark.parametrize("thief", [TYBALT, ROMEO.bare, JID("romeo@montague.lit/hall")])
def test_a_session_is_for_the_one_who_began_it(thief: JID) -> None:
    desk = Desk()
    sessionid = desk.begin()
    for action in (NEXT, COMPLETE, CANCEL, None):
        assert desk.refused(action, sessionid, {"name": "x"}, sender=thief) == because(CommandCondition.BAD_SESSIONID)
    desk.commands.add("other", "Other", greet, allowed=anybody)
    assert desk.refused(NEXT, sessionid, node="other") == because(CommandCondition.BAD_SESSIONID)
    assert desk.do(COMPLETE, sessionid, {"name": "Romeo"}).status is CommandStatus.COMPLETED


def test_names_of_sessions_are_never_the_same() -> None:
    desk = Desk()
    names = {desk.begin() for _ in range(10)}
    assert len(names) == 10
    assert all(len(name) == 32 for name in names)


@pytest.mark.spec("XEP-0050", "3.3", "4.4")
def test_a_session_that_nobody_uses_is_over() -> None:
    desk = Desk(expiry=60.0)
    old = desk.begin()
    desk.play.world.now += 40.0
    young = desk.begin(TYBALT)
    desk.do(NEXT, old, {"name": "Romeo"})
    desk.play.world.now += 40.0
    assert desk.do(PREV, old).form == NAME
    desk.play.world.now += 20.0
    assert desk.refused(NEXT, young, sender=TYBALT) == because(CommandCondition.SESSION_EXPIRED, "not-allowed")
    assert len(desk.commands) == 1
    desk.play.world.now += 60.0
    assert desk.refused(NEXT, old) == because(CommandCondition.SESSION_EXPIRED, "not-allowed")
    assert len(desk.commands) == 0


def test_sessions_are_bounded() -> None:
    desk = Desk(each=3, limit=5)
    flood = [desk.begin() for _ in range(20)]
    assert len(desk.commands) == 3
    assert desk.refused(CANCEL, flood[16]) == because(CommandCondition.SESSION_EXPIRED, "not-allowed")
    assert desk.refused(CANCEL, flood[0]) == because(CommandCondition.BAD_SESSIONID)  # it is not remembered for ever
    others = [JID(f"user{number}@montague.lit/x") for number in range(3)]
    for jid in others[:2]:
        desk.begin(jid)
    assert desk.refused(sender=others[2]) == StanzaError(ErrorCondition.RESOURCE_CONSTRAINT)
    assert len(desk.commands) == 5
    desk.do(CANCEL, flood[-1])
    desk.begin(others[2])


def test_stages_are_bounded() -> None:
    desk = Desk()

    def on(call: CommandCall) -> Outcome:
        return Stage(DataForm(type=DataFormType.FORM), on, next=True)

    desk.commands.add("on", "On and on", on, allowed=anybody)
    sessionid = desk.do(node="on").sessionid
    for _ in range(STAGES * 2):
        desk.do(NEXT, sessionid, node="on")
    backs = 0
    while (actions := desk.do(PREV, sessionid, node="on").actions) is not None and actions.prev:
        backs += 1
    assert backs == STAGES - 1


def test_a_command_that_is_offered_no_more() -> None:
    desk = Desk()
    sessionid = desk.begin()
    desk.commands.remove("greet")
    assert len(desk.commands) == 0
    assert desk.refused(NEXT, sessionid) == StanzaError(ErrorCondition.ITEM_NOT_FOUND)


def test_a_stage_can_be_submitted_somehow() -> None:
    with pytest.raises(ValueError, match="submitted"):
        Stage(NAME, greet, complete=False)


@pytest.mark.spec("XEP-0050", "3.4")
def test_a_stage_may_have_no_way_back() -> None:
    desk = Desk()

    def begin(call: CommandCall) -> Outcome:
        return Stage(DataForm(type=DataFormType.FORM), lambda call: Stage(HOW, begin, back=False), next=True)

    desk.commands.add("way", "One way", begin, allowed=anybody)
    sessionid = desk.do(node="way").sessionid
    assert desk.do(NEXT, sessionid, node="way").actions == Actions(execute=COMPLETE, complete=True)
    assert desk.refused(PREV, sessionid, node="way") == because(CommandCondition.BAD_ACTION)
