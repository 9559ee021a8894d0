"""Ad-hoc commands (XEP-0050), the requester's side: steps, what may be done when, and responders that answer nonsense."""

from __future__ import annotations

from typing import Any

import pytest

from tests.session.play import Play
from xmppwire.im.commands import (
    CommandRefusedError,
    CommandResponseError,
    CommandSession,
    CommandStep,
    fetch_commands,
)
from xmppwire.jid import JID
from xmppwire.operation import IqError, Operation
from xmppwire.payload import PayloadError
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
from xmppwire.protocol.disco import DiscoItem, DiscoItems
from xmppwire.protocol.software_information import SoftwareInfo
from xmppwire.session import Running
from xmppwire.stanza import Iq, IqType, StanzaError
from xmppwire.xml import Element

SERVER = JID("montague.lit")
SERVICE = Field(
    var="service",
    type=FieldType.LIST_SINGLE,
    required=True,
    options=[Option(value="httpd"), Option(value="jabberd")],
)
FORM = DataForm(type=DataFormType.FORM, fields=[SERVICE, Field(var="level", values=["3"])])
RESULT = DataForm(type=DataFormType.RESULT, fields=[Field(var="x", values=["y"])])


def submitted(**values: str) -> DataForm:
    return DataForm(type=DataFormType.SUBMIT, fields=[Field(var=var, values=[value]) for var, value in values.items()])


def answer(
    status: CommandStatus | None = CommandStatus.EXECUTING,
    *payloads: Any,
    actions: Actions | None = None,
    sessionid: str | None = "s1",
    notes: list[Note] | None = None,
    node: str = "config",
) -> Command:
    return Command(
        node=node, sessionid=sessionid, status=status, actions=actions, notes=notes or [], payloads=list(payloads)
    )


def go(play: Play, operation: Operation[Any], reply: Command | StanzaError) -> tuple[Running[Any], Command]:
    """One step: what was asked, answered like this."""
    running = play.run(operation)
    iq = play.asked()
    assert (iq.type, iq.to) == (IqType.SET, SERVER)
    command = iq.get(Command)
    assert command is not None
    play.say(iq.error_reply(reply) if isinstance(reply, StanzaError) else iq.result(reply))
    return running, command


def begun(play: Play, *payloads: Any, actions: Actions | None = None) -> CommandSession:
    session = CommandSession(SERVER, "config")
    running, _ = go(play, session.start(), answer(CommandStatus.EXECUTING, *payloads, actions=actions))
    running.result()
    return session


@pytest.mark.spec("XEP-0050", "2.2", "5")
def test_only_its_own_commands_are_listed() -> None:
    play = Play()
    running = play.run(fetch_commands(SERVER))
    iq = play.asked()
    assert (iq.to, iq.get(DiscoItems)) == (SERVER, DiscoItems(node=NAMESPACE))
    config = DiscoItem(jid=SERVER, node="config", name="Configure")
    foreign = DiscoItem(jid=JID("capulet.lit"), node="config", name="Configure")
    play.say(iq.result(DiscoItems(node=NAMESPACE, items=[config, foreign, DiscoItem(jid=SERVER)])))
    assert running.result() == [config]
    running = play.run(fetch_commands(SERVER))
    play.say(play.asked().error_reply("item-not-found"))
    with pytest.raises(IqError):
        running.result()


@pytest.mark.spec("XEP-0050", "2.4.1", "3.7", "4.1", "4.3")
def test_a_command_in_one_step() -> None:
    play = Play()
    session = CommandSession(SERVER, "config", lang="it")
    running = play.run(session.start())
    iq = play.asked()
    assert iq.lang == "it"
    assert iq.get(Command) == Command(node="config", action=CommandAction.EXECUTE)
    note = Note(type=NoteType.WARN, text="slow")
    play.say(iq.result(answer(CommandStatus.COMPLETED, RESULT, sessionid=None, notes=[note])))
    step = running.result()
    assert step == CommandStep(CommandStatus.COMPLETED, RESULT, [note], [RESULT])
    assert session.step is step
    for operation in (session.start(), session.proceed(), session.next(), session.prev(), session.cancel()):
        with pytest.raises(ValueError):
            next(operation)
    assert play.server.take() == []


@pytest.mark.spec("XEP-0050", "2.4.2", "3.3", "3.5.1")
def test_steps_forth_and_back() -> None:
    play = Play()
    first = Actions(execute=CommandAction.NEXT, next=True)
    session = begun(play, FORM, actions=first)
    step = session.step
    assert step is not None
    assert (step.form, step.actions, step.default) == (FORM, {CommandAction.NEXT}, CommandAction.NEXT)
    second = Actions(execute=CommandAction.COMPLETE, prev=True, complete=True)
    running, asked = go(play, session.next({"service": "httpd"}), answer(actions=second))
    form = submitted(service="httpd", level="3")
    assert asked == Command(node="config", sessionid="s1", action=CommandAction.NEXT, payloads=[form])
    assert running.result().actions == {CommandAction.PREV, CommandAction.COMPLETE}
    _, asked = go(play, session.prev(), answer(CommandStatus.EXECUTING, FORM, actions=first))
    assert asked == Command(node="config", sessionid="s1", action=CommandAction.PREV)
    go(play, session.next(submitted(service="jabberd")), answer(actions=second, sessionid=None))
    running, asked = go(play, session.complete(), answer(CommandStatus.COMPLETED))
    assert asked == Command(node="config", sessionid="s1", action=CommandAction.COMPLETE)
    assert running.result().status is CommandStatus.COMPLETED


@pytest.mark.spec("XEP-0050", "3.4")
@pytest.mark.parametrize(
    ("actions", "allowed", "default"),
    [
        (None, "complete", CommandAction.COMPLETE),
        (Actions(next=True), "next", CommandAction.NEXT),
        (Actions(next=True, complete=True, execute=CommandAction.COMPLETE), "complete next", CommandAction.COMPLETE),
        (Actions(complete=True), "complete", CommandAction.COMPLETE),
        (Actions(prev=True), "prev", None),
        (Actions(prev=True, execute=CommandAction.NEXT), "prev", None),
        (Actions(prev=True, execute=CommandAction.PREV), "prev", CommandAction.PREV),
        (Actions(complete=True, execute=CommandAction.CANCEL), "complete", None),
        (Actions(), "", None),
    ],
)
def test_what_is_offered_is_what_can_be_done(
    actions: Actions | None, allowed: str, default: CommandAction | None
) -> None:
    play = Play()
    session = begun(play, actions=actions)
    assert session.step is not None
    assert (session.step.actions, session.step.default) == (set(allowed.split()), default)
    ways = {"next": session.next, "complete": session.complete, "prev": session.prev}
    for name, way in ways.items():
        if name not in allowed:
            with pytest.raises(ValueError, match="take"):
                next(way())
    if default is None:
        with pytest.raises(ValueError, match="proposed"):
            next(session.proceed())
    else:
        _, asked = go(play, session.proceed(), answer(CommandStatus.COMPLETED))
        assert asked.action is default


@pytest.mark.spec("XEP-0050", "2.4.3")
def test_cancelling_submits_nothing() -> None:
    play = Play()
    session = begun(play, FORM)
    running, asked = go(play, session.cancel(), answer(CommandStatus.CANCELED))
    assert asked == Command(node="config", sessionid="s1", action=CommandAction.CANCEL)
    assert running.result().status is CommandStatus.CANCELED
    with pytest.raises(ValueError, match="not being executed"):
        next(session.complete())


def test_values_of_all_kinds_are_submitted_and_checked_first() -> None:
    play = Play()
    for wrong in ({}, {"service": "telnetd"}, {"service": "httpd", "other": "x"}):
        session = begun(play, FORM)
        with pytest.raises(PayloadError):
            next(session.complete(wrong))
    session = begun(play, FORM)
    _, asked = go(play, session.complete(SoftwareInfo(software="x")), answer(CommandStatus.COMPLETED))
    assert asked.payloads == [SoftwareInfo(software="x").to_form()]
    session = begun(play)
    with pytest.raises(ValueError, match="no form"):
        next(session.complete({"x": "y"}))
    session = begun(play, RESULT)
    _, asked = go(play, session.complete(), answer(CommandStatus.COMPLETED))
    assert asked.payloads == []


@pytest.mark.spec("XEP-0050", "4.4")
@pytest.mark.parametrize("condition", list(CommandCondition))
def test_a_refusal_says_why_and_leaves_the_session_where_it_was(condition: CommandCondition) -> None:
    play = Play()
    session = begun(play, FORM)
    step = session.step
    error = StanzaError("bad-request", application=CommandError(condition=condition))
    running, _ = go(play, session.complete({"service": "httpd"}), error)
    with pytest.raises(CommandRefusedError) as caught:
        running.result()
    assert caught.value.condition is condition
    assert caught.value.error.condition == "bad-request"
    assert session.step is step
    running, _ = go(play, session.complete({"service": "httpd"}), answer(CommandStatus.COMPLETED))
    assert running.result().status is CommandStatus.COMPLETED


@pytest.mark.parametrize(
    "error",
    [
        StanzaError("forbidden"),
        StanzaError("bad-request", application=Element((NAMESPACE, "x"))),
        StanzaError("bad-request", application=Element(("urn:x", "bad-action"))),
        StanzaError("bad-request", application=Element((NAMESPACE, "bad-action"), {}, ["a text where none belongs"])),
    ],
)
def test_a_refusal_without_a_condition(error: StanzaError) -> None:
    play = Play()
    running, _ = go(play, CommandSession(SERVER, "config").start(), error)
    with pytest.raises(CommandRefusedError) as caught:
        running.result()
    assert caught.value.condition is None


@pytest.mark.parametrize(
    "reply",
    [
        None,
        Element(("urn:x", "command")),
        answer(None),
        answer(node="other"),
        answer(sessionid=None),
        answer(sessionid=""),
    ],
)
def test_an_answer_that_is_none(reply: Command | Element | None) -> None:
    play = Play()
    session = CommandSession(SERVER, "config")
    running = play.run(session.start())
    play.say(play.asked().result(reply))
    with pytest.raises(CommandResponseError):
        running.result()
    assert session.step is None


def test_a_session_keeps_its_name() -> None:
    play = Play()
    session = begun(play)
    running, _ = go(play, session.complete(), answer(sessionid="s2"))
    with pytest.raises(CommandResponseError, match="another"):
        running.result()
    assert session.id == "s1"


def test_an_answer_that_cannot_be_read() -> None:
    play = Play()
    running = play.run(CommandSession(SERVER, "config").start())
    iq: Iq = play.asked()
    play.say(iq.result(Element((NAMESPACE, "command"), {"node": "config", "status": "dancing"})))
    with pytest.raises(PayloadError):
        running.result()
