"""Reports about those who are blocked (XEP-0377), to real servers, over each adapter."""

from __future__ import annotations

import pytest

from tests.interop.harness import Connect, account, play, skip_without
from tests.interop.servers import Lab, Server
from xmppwire import JID
from xmppwire.im.blocking import block, fetch_blocked, unblock
from xmppwire.protocol.blocking_reports import NAMESPACE, Report, ReportReason

SPAMMER = JID("spammer@montague.example")


@pytest.mark.spec("XEP-0377", "3", "4")
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
