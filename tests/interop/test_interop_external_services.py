"""Services outside of XMPP (XEP-0215) that real servers tell of, over each adapter."""

from __future__ import annotations

import pytest

from tests.interop.harness import Connect, account, play, skip_without
from tests.interop.servers import Lab, Server
from xmppwire import Iq
from xmppwire.operation import request
from xmppwire.protocol.external_service_discovery import NAMESPACE, Credentials, Service, Services


@pytest.mark.spec("XEP-0215", "3.1", "3.2", "3.3")
def test_where_stun_and_turn_are(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            domain = alice.jid.domain
            await skip_without(alice, im_server, NAMESPACE)
            told = (await alice.run(request(Iq("get", domain, payload=Services())))).get(Services)
            assert told is not None
            assert {"turn"} <= {one.type for one in told.services} <= {"stun", "turn"}
            told = (await alice.run(request(Iq("get", domain, payload=Services(type="turn"))))).get(Services)
            assert told is not None
            turn = told.services[0]
            asked = Credentials(services=[Service(type="turn", host=turn.host, port=turn.port)])
            reply = await alice.run(request(Iq("get", domain, payload=asked)))
            given = reply.get(Credentials) or reply.get(Services)  # which ejabberd answers with
            assert given is not None, reply.children
            assert given.services[0].username
            assert given.services[0].password

    play(adapter, scenario)
