"""Discovery, capabilities and commands between one of ours and a client of slixmpp, over real servers and over ours."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import uuid
from pathlib import Path

import pytest

from tests.interop.harness import Connect, account, missing, play, until
from tests.interop.servers import Lab, Server
from tests.interop.test_interop_clients import running
from tests.interop.test_interop_commands import configure
from xmppwire import JID, Presence
from xmppwire.im.caps import CapsCache, OwnCaps
from xmppwire.im.commands import Commands, CommandSession, anybody, fetch_commands
from xmppwire.im.disco import OwnInfo, fetch_info
from xmppwire.protocol.ad_hoc_commands import CommandStatus
from xmppwire.protocol.software_information import SoftwareInfo


@pytest.mark.spec("XEP-0030", "3.1", "4.1")
@pytest.mark.spec("XEP-0050", "2.2", "2.4.2")
@pytest.mark.spec("XEP-0115", "5.1", "5.4", "6.1", "6.2")
def test_each_finds_out_what_the_other_can_do(lab: Lab, im_server: Server) -> None:
    """Over asyncio only: both have to answer while they ask."""
    if importlib.util.find_spec("slixmpp") is None:
        missing("slixmpp is not installed")
    if im_server.legacy:
        pytest.skip(f"slixmpp wants more than {im_server.name} has")
    script = str(Path(__file__).parent / "clients" / "slixmpp_discovery.py")

    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            own = OwnInfo(alice.session.answers)
            own.set_form(SoftwareInfo(software="Balcony", os="Verona"))
            Commands(own).add("config", "Configure", configure, allowed=anybody)
            capabilities, cache = OwnCaps(own, "https://balcony.example"), CapsCache()
            theirs = JID(f"bob@{im_server.domain}/{uuid.uuid4().hex}")
            options = {
                "jid": str(theirs),
                "password": lab.users["bob"],
                "ca_file": str(lab.ca),
                "host": im_server.host,
                "port": im_server.c2s,
                "peer": str(alice.jid),
            }
            with running(script, json.dumps(options)) as lines:
                seen = await until(alice, Presence, lambda presence: presence.sender == theirs)
                assert cache.feed(seen, alice.jid) == theirs
                info = await alice.run(cache.fetch(theirs))
                assert cache.is_verified(theirs)
                assert cache.supports(theirs, "urn:xmpp:receipts")
                assert info == (await alice.run(fetch_info(theirs)))
                (item,) = await alice.run(fetch_commands(theirs))
                session = CommandSession(theirs, item.node or "")
                await alice.run(session.start())
                step = await alice.run(session.proceed({"name": "Alice"}))
                assert step.status is CommandStatus.COMPLETED
                assert [note.text for note in step.notes] == ["hello Alice"]
                await alice.send(capabilities.annotate(Presence(theirs)))
                # What they tell is waited for in a thread, since they ask us meanwhile.
                told = await asyncio.to_thread(lines.through, "steps")
                assert [line["verified"] for line in told if "verified" in line] == [own.info().features]
                assert told[-1]["steps"] == ["executing", "executing", "completed"]
                assert told[-1]["notes"] == ["httpd at 5"]
                await alice.send(Presence(theirs, type="unavailable"))
                assert await asyncio.to_thread(lines.until, "finished") == "done"

    play("asyncio", scenario)
