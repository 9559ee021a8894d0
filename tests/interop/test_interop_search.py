"""The directory of a real server (XEP-0055), over each adapter."""

from __future__ import annotations

import pytest

from tests.interop.harness import Connect, account, play
from tests.interop.servers import LISTED, Lab, Server
from xmppwire import JID, Iq
from xmppwire.im.disco import find_services
from xmppwire.im.search import fetch_search, search, search_fields
from xmppwire.operation import request
from xmppwire.protocol import jabber_search
from xmppwire.protocol.vcard_temp import Email, Name, VCardTemp


@pytest.mark.spec("XEP-0055", "2.1", "3")
def test_somebody_is_found(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "carol")) as carol:
            directories = await carol.run(find_services(carol.jid.domain, feature=jabber_search.NAMESPACE))
            if not directories:
                pytest.skip(f"{im_server.name} has no directory")
            directory = directories[0].jid
            listed = JID(f"dora@{carol.jid.domain}")
            if not im_server.name.startswith("prosody"):
                listed = carol.jid.bare
                name = Name(given=LISTED["first"], family=LISTED["last"])
                vcard = VCardTemp(name=name, nicknames=[LISTED["nick"]], emails=[Email(userid=LISTED["email"])])
                await carol.run(request(Iq("set", payload=vcard)))
            query = await carol.run(fetch_search(directory))
            assert {"first", "last", "nick", "email"} <= set(search_fields(query))
            # By all fields, since Prosody's directory wants an address as well, or it breaks down.
            (user,) = await carol.run(search(directory, LISTED, query=query))
            assert user.jid == listed
            assert (user.first, user.last, user.nick, user.email) == tuple(LISTED.values())
            assert len(await carol.run(search(directory, dict.fromkeys(LISTED, "nobody")))) == 0

    play(adapter, scenario)
