"""Accounts that are made, changed and ended in the stream (XEP-0077), at a real server, over each adapter; and registration
with a gateway, which is a component of ours there."""

from __future__ import annotations

import uuid

import pytest

from tests.interop import ours
from tests.interop.harness import Connect, account, play, reach
from tests.interop.servers import DOMAIN, Lab, Server
from xmppwire import JID
from xmppwire.im.registration import change_password, fetch_registration, fill_in, register, unregister, wanted_fields
from xmppwire.operation import IqError
from xmppwire.protocol.in_band_registration import RegistrationQuery
from xmppwire.session import Answer, IqRequest
from xmppwire.stanza import ErrorCondition, StanzaError
from xmppwire.stream import Established, Registered, Registration
from xmppwire_io.errors import AuthenticationError, RegistrationError
from xmppwire_io.options import for_components


@pytest.mark.spec("XEP-0077", "3.1", "3.2", "3.3")
def test_an_account_comes_and_goes(lab: Lab, im_server: Server, adapter: str) -> None:
    if im_server.name not in ("prosody", ours.NAME) or im_server.domain != DOMAIN:
        pytest.skip(f"{im_server.name} is not set up to make accounts")
    user = f"guest-{uuid.uuid4().hex[:12]}"
    address, options = f"{user}@{im_server.domain}", reach(lab, im_server)

    async def scenario(connect: Connect) -> None:
        async with connect(address, password="first", register=Registration(), **options) as client:
            assert isinstance(client.negotiation[-1], Established)
            assert any(isinstance(event, Registered) for event in client.negotiation)
            known = await client.run(fetch_registration())
            assert (known.registered, known.username) == (True, user)
            await client.run(change_password(user, "second", im_server.domain))
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


class Gateway:
    """A gateway that wants to know a nick."""

    def __init__(self) -> None:
        self.users: dict[JID, str] = {}

    def asked(self, request: IqRequest[RegistrationQuery]) -> Answer:
        assert request.sender is not None
        nick = self.users.get(request.sender.bare)
        return RegistrationQuery(registered=nick is not None, instructions="Choose a nick", nick=nick or "")

    def told(self, request: IqRequest[RegistrationQuery]) -> Answer:
        assert request.sender is not None
        user, query = request.sender.bare, request.payload
        if query.remove:
            known = self.users.pop(user, None)
            return None if known else StanzaError(ErrorCondition.REGISTRATION_REQUIRED)
        if not query.nick:
            return StanzaError(ErrorCondition.NOT_ACCEPTABLE)
        self.users[user] = query.nick
        return None


@pytest.mark.spec("XEP-0077", "3.1", "3.2")
def test_somebody_registers_with_a_gateway(lab: Lab, server: Server, adapter: str) -> None:
    if adapter == "blocking":
        pytest.skip("the gateway must answer while the client waits")
    if server.component_port is None:
        pytest.skip(f"{server.name} takes no components")
    where = {"host": server.host, "port": server.component_port}
    gateway = Gateway()

    async def scenario(connect: Connect) -> None:
        domain = JID(server.component)
        async with (
            for_components(connect)(domain, server.component_secret, **where) as component,
            connect(**account(lab, server, "alice")) as alice,
        ):
            component.session.answers.register("get", RegistrationQuery, gateway.asked)
            component.session.answers.register("set", RegistrationQuery, gateway.told)
            query = await alice.run(fetch_registration(domain))
            assert (query.registered, wanted_fields(query)) == (False, ["nick"])
            await alice.run(register(domain, fill_in(query, {"nick": "ali"})))
            assert gateway.users == {alice.jid.bare: "ali"}
            query = await alice.run(fetch_registration(domain))
            assert (query.registered, query.nick) == (True, "ali")
            await alice.run(unregister(domain))
            assert gateway.users == {}
            with pytest.raises(IqError) as refused:
                await alice.run(unregister(domain))
            assert refused.value.error.condition is ErrorCondition.REGISTRATION_REQUIRED

    play(adapter, scenario)
