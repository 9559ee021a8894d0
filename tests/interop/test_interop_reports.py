"""Reports about those who are blocked (XEP-0377), to real servers, over each adapter."""

from __future__ import annotations

import pytest

from tests.interop.harness import Connect, account, play, skip_without, until
from tests.interop.servers import Lab, Server
from xmppwire import JID, Message, Presence
from xmppwire.im.blocking import block, block_and_report, fetch_blocked, report_about, unblock
from xmppwire.im.disco import fetch_info
from xmppwire.im.ping import ping
from xmppwire.protocol import blocking, stanza_id
from xmppwire.protocol.blocking_reports import NAMESPACE, Report, ReportReason

SPAMMER = JID("spammer@montague.example")


@pytest.mark.spec("XEP-0377", "4", "6")
def test_somebody_is_blocked_with_a_report(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            await skip_without(alice, im_server, NAMESPACE)
            report = Report(reason=ReportReason.SPAM, texts={"en": "Never came trouble to my house like this."})
            await alice.run(block(SPAMMER, report=report))
            assert SPAMMER in await alice.run(fetch_blocked())
            await alice.run(unblock(SPAMMER))
            assert SPAMMER not in await alice.run(fetch_blocked())

    play(adapter, scenario)


@pytest.mark.spec("XEP-0377", "3", "4", "6")
def test_messages_are_reported_where_reports_are_taken_and_blocked_everywhere(
    lab: Lab, im_server: Server, adapter: str
) -> None:
    if im_server.legacy:
        pytest.skip(f"{im_server.name} has a session manager that dies of block lists")

    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice", archived=True)) as alice,
            connect(**account(lab, im_server, "bob", archived=True)) as bob,
        ):
            await skip_without(alice, im_server, blocking.NAMESPACE)
            ids = stanza_id.NAMESPACE in (await alice.run(fetch_info(alice.jid.bare))).features
            for client in (alice, bob):
                await client.send(Presence())
                await client.run(ping())
            await bob.send(Message(alice.jid, "Buy more!", type="chat"))
            message = await until(alice, Message, lambda one: one.sender == bob.jid)
            archive = alice.jid.bare if ids else None
            report = report_about(bob.jid.bare, ReportReason.SPAM, [message], archive=archive, text="unasked")
            assert len(report.stanza_ids) == ids
            offered = NAMESPACE in (await alice.run(fetch_info(alice.jid.domain))).features
            assert await alice.run(block_and_report(bob.jid.bare, report, alice.jid.domain)) is offered
            assert bob.jid in await alice.run(fetch_blocked())
            await alice.run(unblock(bob.jid.bare))

    play(adapter, scenario)
