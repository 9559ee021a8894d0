"""Two clients at a server of ours, on the frameworks under anyio: what tests of streams between clients need."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import anyio
import pytest
import trio

import xmppwire_io.asyncio
import xmppwire_io.blocking
import xmppwire_io.trio
from xmppwire import Presence, ServerConfig
from xmppwire.im.ping import ping
from xmppwire.localserver import LocalServer

CONNECT = {"asyncio": xmppwire_io.asyncio.connect, "trio": xmppwire_io.trio.connect}
frameworks = pytest.mark.parametrize("framework", list(CONNECT))


@contextmanager
def serving() -> Generator[dict[str, Any]]:
    """A server without TLS, in blocking code; what Romeo and Juliet need to connect to it."""
    config = ServerConfig(domains=["capulet.lit"], offer_tls=False, require_tls=False, allow_plain_without_tls=True)
    accounts = {"juliet": "secret", "romeo": "secret"}
    with xmppwire_io.blocking.serve(LocalServer(["capulet.lit"], accounts, config=config, iterations=1)) as server:
        plain = {"require_tls": False, "allow_plain_without_tls": True, "mechanisms": ["PLAIN"]}
        yield {"password": "secret", "host": server.host, "port": server.port, **plain}


def run(framework: str, scenario: Callable[[], Awaitable[None]]) -> None:
    """Run it on one of them, with a limit."""

    async def limited() -> None:
        with anyio.fail_after(20):
            await scenario()

    if framework == "asyncio":
        asyncio.run(limited())
    else:
        trio.run(limited)


@asynccontextmanager
async def two(framework: str, place: dict[str, Any]) -> AsyncGenerator[tuple[Any, Any]]:
    """Romeo and Juliet, who may ask each other."""
    connect: Any = CONNECT[framework]
    async with connect("romeo@capulet.lit", **place) as romeo, connect("juliet@capulet.lit", **place) as juliet:
        for one, other in ((romeo, juliet), (juliet, romeo)):
            await one.send(Presence(other.jid))
            await one.run(ping("capulet.lit"))
        yield romeo, juliet
