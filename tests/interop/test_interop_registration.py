"""Accounts that are made, changed and ended in the stream (XEP-0077), at a real server, over each adapter."""

from __future__ import annotations

import uuid

import pytest

from tests.interop.harness import Connect, play, reach
from tests.interop.servers import DOMAIN, Lab, Server
from xmppwire.im.registration import change_password, fetch_registration, unregister
from xmppwire.stream import Established, Registered, Registration
from xmppwire_io.errors import AuthenticationError, RegistrationError


@pytest.mark.spec("XEP-0077", "3.1", "3.2", "3.3")
def test_an_account_comes_and_goes(lab: Lab, server: Server, adapter: str) -> None:
    if server.name != "prosody" or server.domain != DOMAIN:
        pytest.skip(f"{server.name} is not set up to make accounts")
    user = f"guest-{uuid.uuid4().hex[:12]}"
    address, options = f"{user}@{server.domain}", reach(lab, server)

    async def scenario(connect: Connect) -> None:
        async with connect(address, password="first", register=Registration(), **options) as client:
            assert isinstance(client.negotiation[-1], Established)
            assert any(isinstance(event, Registered) for event in client.negotiation)
            known = await client.run(fetch_registration())
            assert (known.registered, known.username) == (True, user)
            await client.run(change_password(user, "second", server.domain))
        with pytest.raises(RegistrationError) as taken:
            async with connect(address, password="other", register=Registration(), **options):
                pass
        assert taken.value.failure is not None
        assert taken.value.failure.condition == "conflict"
        async with connect(address, password="second", **options) as client:
            await client.run(unregister())
        with pytest.raises(AuthenticationError):
            async with connect(address, password="second", **options):
                pass

    play(adapter, scenario)
