"""Contact addresses (XEP-0157) of a real server, over each adapter."""

from __future__ import annotations

import pytest

from tests.interop.harness import Connect, account, play
from tests.interop.servers import DOMAIN, Lab, Server
from xmppwire import JID
from xmppwire.im.contacts import fetch_contacts, jids


@pytest.mark.spec("XEP-0157", "3")
def test_whom_to_tell_of_abuse(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            contacts = await alice.run(fetch_contacts(alice.jid.domain))
            if not contacts.abuse:
                pytest.skip(f"{im_server.name} names nobody")
            assert f"mailto:abuse@{DOMAIN}" in contacts.abuse
            assert jids(contacts.abuse) == [JID(f"abuse@{DOMAIN}")]

    play(adapter, scenario)
