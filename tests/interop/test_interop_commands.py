"""Ad-hoc commands (XEP-0050): of real servers, and between two clients over them, with each adapter."""

from __future__ import annotations

from typing import Any

import pytest

from tests.interop.harness import Connect, account, answering, play
from tests.interop.servers import Lab, Server
from tests.interop.test_interop_disco import meet
from xmppwire import JID
from xmppwire.im.commands import (
    CommandCall,
    CommandRefusedError,
    Commands,
    CommandSession,
    Completed,
    Stage,
    anybody,
    fetch_commands,
    only,
)
from xmppwire.im.disco import OwnInfo, find_services
from xmppwire.operation import IqError
from xmppwire.protocol.ad_hoc_commands import (
    NAMESPACE,
    CommandAction,
    CommandCondition,
    CommandStatus,
    Note,
    NoteType,
)
from xmppwire.protocol.data_forms import DataForm, DataFormType, Field, FieldType, Option
from xmppwire.stanza import ErrorCondition
from xmppwire_io.options import for_components

STATISTICS = "http://jabber.org/protocol/admin#user-stats"


async def administrator(server: Server, *clients: Any) -> Any:
    """Which of them the server has commands for that only administrators are offered; else the test is skipped."""
    for client in clients:
        try:
            found = await client.run(fetch_commands(client.jid.domain))
        except IqError as error:
            pytest.skip(f"{server.name} has no list of commands: {error}")
        assert all(item.name for item in found)
        if any(item.node == STATISTICS for item in found):
            return client
    pytest.skip(f"{server.name} does not offer {STATISTICS}")


@pytest.mark.spec("XEP-0050", "2.2", "2.4.2", "2.4.3")
@pytest.mark.spec("XEP-0133", "4.9")
def test_an_administrator_asks_about_somebody(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice", archived=True)) as alice,
            connect(**account(lab, im_server, "carol", archived=True)) as carol,
        ):
            chief = await administrator(im_server, carol, alice)
            domain = chief.jid.domain
            session = CommandSession(domain, STATISTICS)
            step = await chief.run(session.start())
            assert step.status is CommandStatus.EXECUTING
            assert step.form is not None
            assert CommandAction.COMPLETE in step.actions
            step = await chief.run(session.proceed({"accountjid": f"alice@{domain}"}))
            assert step.status is CommandStatus.COMPLETED
            assert step.form is not None
            assert {"rostersize", "onlineresources"} & set(step.form)
            session = CommandSession(domain, STATISTICS)
            await chief.run(session.start())
            step = await chief.run(session.cancel())
            assert step.status is CommandStatus.CANCELED

    play(adapter, scenario)


@pytest.mark.spec("XEP-0050", "2.2", "4.4")
def test_what_others_may_not_do(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice", archived=True)) as alice,
            connect(**account(lab, im_server, "bob", archived=True)) as bob,
            connect(**account(lab, im_server, "carol", archived=True)) as carol,
        ):
            chief = await administrator(im_server, carol, alice)
            domain = chief.jid.domain
            found = await bob.run(fetch_commands(domain))
            assert STATISTICS not in {item.node for item in found}
            with pytest.raises(CommandRefusedError) as caught:
                await bob.run(CommandSession(domain, STATISTICS).start())
            assert caught.value.error.condition in (ErrorCondition.FORBIDDEN, ErrorCondition.NOT_ALLOWED)
            with pytest.raises(CommandRefusedError) as caught:
                await chief.run(CommandSession(domain, "no such command").start())
            unavailable = ErrorCondition.SERVICE_UNAVAILABLE  # so Prosody
            assert caught.value.error.condition in (ErrorCondition.ITEM_NOT_FOUND, unavailable)
            if "uptime" in {item.node for item in found}:
                step = await bob.run(CommandSession(domain, "uptime").start())
                assert step.status is CommandStatus.COMPLETED
                assert step.notes[0].type is NoteType.INFO
                assert "running" in step.notes[0].text

    play(adapter, scenario)


SERVICES = DataForm(
    type=DataFormType.FORM,
    fields=[
        Field(
            var="service",
            type=FieldType.LIST_SINGLE,
            required=True,
            options=[Option(value="httpd"), Option(value="jabberd")],
        )
    ],
)
LEVEL = DataForm(type=DataFormType.FORM, fields=[Field(var="level", type=FieldType.TEXT_SINGLE, values=["3"])])


def configure(call: CommandCall) -> Stage:
    """Two questions, and a result."""

    def chosen(call: CommandCall) -> Stage:
        service = call.form["service"]
        return Stage(LEVEL, lambda call: Completed(notes=[Note(text=f"{service} at {call.form['level']}")]))

    return Stage(SERVICES, chosen, next=True, complete=False)


@pytest.mark.spec("XEP-0050", "2.1", "2.2", "2.4.2", "2.4.3", "3.3", "4.4", "5")
def test_one_of_us_tells_another_what_to_do(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "bob")) as bob,
        ):
            await meet(bob, alice)
            commands = Commands(OwnInfo(bob.session.answers))
            commands.add("config", "Configure", configure, allowed=anybody)
            commands.add("secret", "Secret", configure, allowed=only("carol@localhost"))
            with answering(bob):
                found = await alice.run(fetch_commands(bob.jid))
                if not im_server.legacy:  # it answers this in place of its users' clients: they have nothing
                    assert [(item.node, item.name) for item in found] == [("config", "Configure")]
                session = CommandSession(bob.jid, "config")
                first = await alice.run(session.start())
                assert (first.form, first.actions) == (SERVICES, {CommandAction.NEXT})
                second = await alice.run(session.next({"service": "jabberd"}))
                assert second.actions == {CommandAction.PREV, CommandAction.COMPLETE}
                assert (await alice.run(session.prev())).form == SERVICES
                await alice.run(session.proceed({"service": "httpd"}))
                last = await alice.run(session.proceed({"level": 5}))
                assert last.status is CommandStatus.COMPLETED
                assert [note.text for note in last.notes] == ["httpd at 5"]
                session = CommandSession(bob.jid, "config")
                await alice.run(session.start())
                with pytest.raises(CommandRefusedError) as caught:
                    await alice.run(session.next(DataForm()))
                assert caught.value.condition is CommandCondition.BAD_PAYLOAD
                assert (await alice.run(session.cancel())).status is CommandStatus.CANCELED
                with pytest.raises(CommandRefusedError) as caught:
                    await alice.run(CommandSession(bob.jid, "secret").start())
                assert caught.value.error.condition is ErrorCondition.FORBIDDEN
            assert len(commands) == 0

    play(adapter, scenario)


@pytest.mark.spec("XEP-0050", "2.2", "2.4.2")
@pytest.mark.spec("XEP-0030", "4.1")
def test_a_component_offers_commands_at_its_address(lab: Lab, server: Server, adapter: str) -> None:
    if server.component_port is None:
        pytest.skip(f"{server.name} takes no components")

    async def scenario(connect: Connect) -> None:
        where = {"host": server.host, "port": server.component_port}
        async with (
            for_components(connect)(server.component, server.component_secret, **where) as component,
            connect(**account(lab, server, "alice")) as alice,
        ):
            commands = Commands(OwnInfo(component.session.answers))
            commands.add("config", "Configure", configure, allowed=only(alice.jid.bare))
            with answering(component):
                found = await alice.run(find_services(server.component, feature=NAMESPACE))
                assert [service.jid for service in found] == [JID(server.component)]
                (item,) = await alice.run(fetch_commands(server.component))
                session = CommandSession(item.jid, "config")
                await alice.run(session.start())
                await alice.run(session.proceed({"service": "httpd"}))
                assert (await alice.run(session.proceed())).notes == [Note(text="httpd at 3")]

    play(adapter, scenario)
