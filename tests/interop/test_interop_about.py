"""What real servers tell of their time, of how long they run, and of where to look when they are away, over each adapter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.interop.harness import Connect, account, play, skip_without
from tests.interop.servers import Lab, Server
from xmppwire import JID, ErrorCondition
from xmppwire.im.about import fetch_last_activity, fetch_time
from xmppwire.im.outage import fetch_outage_addresses
from xmppwire.operation import IqError
from xmppwire.protocol import entity_time, last_activity


@pytest.mark.spec("XEP-0202", "3")
def test_what_time_it_is(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            await skip_without(alice, im_server, entity_time.NAMESPACE)
            told = await alice.run(fetch_time(alice.jid.domain))
            assert told.utc is not None
            assert abs(datetime.now(UTC) - told.utc) < timedelta(minutes=1)
            assert told.local == told.utc

    play(adapter, scenario)


@pytest.mark.spec("XEP-0012", "3", "5")
def test_since_when_a_server_runs_and_somebody_is_away(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            await skip_without(alice, im_server, last_activity.NAMESPACE)
            told = await alice.run(fetch_last_activity(alice.jid.domain))
            assert told.seconds is not None
            assert told.seconds < 24 * 3600
            # Nobody else learns when she was there.
            with pytest.raises(IqError) as refused:
                await alice.run(fetch_last_activity(JID(f"erin@{alice.jid.domain}")))
            assert refused.value.error.condition in (
                ErrorCondition.FORBIDDEN,
                ErrorCondition.SERVICE_UNAVAILABLE,
                ErrorCondition.SUBSCRIPTION_REQUIRED,  # so ejabberd
            )

    play(adapter, scenario)


@pytest.mark.spec("XEP-0455", "2.1")
def test_where_to_look_when_it_is_away(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            addresses = await alice.run(fetch_outage_addresses(alice.jid.domain))
            if not addresses:
                pytest.skip(f"{im_server.name} names no status page")
            assert all(address.startswith("https://") for address in addresses)

    play(adapter, scenario)
