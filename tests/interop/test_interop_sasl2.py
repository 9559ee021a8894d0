"""SASL2, Bind 2, inline stream management and FAST with real servers: those of the lab, others are too old."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from tests.interop.harness import Connect, authenticated, play, reach
from tests.interop.servers import Lab, Server
from xmppwire.im.ping import ping
from xmppwire.stream import (
    SASL2,
    AuthenticationFailed,
    FastToken,
    FeaturesReceived,
    ManagementEnabled,
    ResourceBound,
    StreamManagement,
    TokenReceived,
    UserAgent,
)
from xmppwire.xml import Element

CARBONS = "urn:xmpp:carbons:2"


def of(client: Any, kind: type) -> list[Any]:
    return [event for event in client.negotiation if isinstance(event, kind)]


@pytest.fixture
def options(lab: Lab, server: Server) -> dict[str, Any]:
    """How to reach a server that has SASL2."""
    if server.name not in ("prosody13", "ejabberd24"):
        pytest.skip(f"{server.name} has no SASL2")
    return {**reach(lab, server), "management": StreamManagement()}


def along(**changes: Any) -> SASL2:
    given: dict[str, Any] = {"user_agent": UserAgent(id=str(uuid4()), software="tests"), "tag": "wire", **changes}
    return SASL2(**given)


@pytest.mark.spec("XEP-0388", "2")
@pytest.mark.spec("XEP-0386", "3.2")
@pytest.mark.spec("XEP-0198", "9.1")
def test_everything_along(lab: Lab, server: Server, adapter: str, options: dict[str, Any]) -> None:
    async def scenario(connect: Connect) -> None:
        sasl2 = along(inline=[Element((CARBONS, "enable"))])
        async with connect(f"alice@{server.domain}", password=lab.users["alice"], sasl2=sasl2, **options) as client:
            assert authenticated(client).mechanism.startswith("SCRAM-")
            (bound,) = of(client, ResourceBound)
            assert bound.jid == client.jid
            assert bound.features == [CARBONS]
            assert client.jid.resourcepart.startswith("wire")
            assert of(client, ManagementEnabled)[0].id
            await client.run(ping(server.domain))
        assert client.ended.clean, client.ended

    play(adapter, scenario)


@pytest.mark.spec("XEP-0388", "2")
def test_a_resource_of_ones_own(lab: Lab, server: Server, adapter: str, options: dict[str, Any]) -> None:
    full = f"bob@{server.domain}/{uuid4().hex}"

    async def scenario(connect: Connect) -> None:
        async with connect(full, password=lab.users["bob"], sasl2=along(), **options) as client:
            assert str(client.jid) == full
            assert not of(client, ResourceBound)
            assert of(client, ManagementEnabled)[0].id
            assert len(of(client, FeaturesReceived)) == 3  # before TLS, behind it, behind the login: no restart
            await client.run(ping(server.domain))

    play(adapter, scenario)


@pytest.mark.spec("XEP-0484", "3", "4")
def test_a_token(lab: Lab, server: Server, adapter: str, options: dict[str, Any]) -> None:
    """Asked for with a password, used without one, with and without remembered features, and ended."""
    address = f"carol@{server.domain}"
    agent = UserAgent(id=str(uuid4()))
    kept: list[FastToken] = []
    known: list[Any] = []

    async def log_in(connect: Connect, mechanism: str, password: str | None, **wanted: Any) -> None:
        sasl2 = along(user_agent=agent, **wanted)
        async with connect(address, password=password, sasl2=sasl2, **options) as client:
            assert authenticated(client).mechanism.startswith(mechanism)
            assert of(client, ResourceBound)
            kept.extend(event.token for event in of(client, TokenReceived))
            known[:] = of(client, FeaturesReceived)[1].features
            if wanted.get("token") is not None and password is not None:
                assert of(client, AuthenticationFailed)[0].mechanism.startswith("HT-")
            await client.run(ping(server.domain))

    async def scenario(connect: Connect) -> None:
        await log_in(connect, "SCRAM-", lab.users["carol"], request_token=True)
        assert kept[-1].expiry > datetime.now(UTC)
        await log_in(connect, "HT-SHA-256-", None, token=kept[-1])
        await log_in(connect, "HT-SHA-256-", None, token=kept[-1], known_features=tuple(known))
        await log_in(connect, "SCRAM-", lab.users["carol"], token=replace(kept[-1], token="wrong"))
        await log_in(connect, "HT-SHA-256-", None, token=kept[-1], invalidate_token=True)
        await log_in(connect, "SCRAM-", lab.users["carol"], token=kept[-1])

    play(adapter, scenario)
