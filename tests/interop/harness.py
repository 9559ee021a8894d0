"""One scenario, written once with `await`, on any of the four adapters.

A scenario is a coroutine function that takes `connect`, which is used like the adapters' own. On the blocking adapter the
same coroutine runs without a loop: its client only looks asynchronous, and no call of it ever waits in the coroutine.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import threading
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, NoReturn

import anyio
import pytest
import trio

import xmppwire_io.anyio
import xmppwire_io.asyncio
import xmppwire_io.blocking
import xmppwire_io.trio
from tests.interop.servers import Lab, Server
from xmppwire import JID
from xmppwire.im.disco import fetch_info
from xmppwire.stream import Authenticated
from xmppwire_io.errors import ConnectError

ADAPTERS = ("asyncio", "trio", "anyio", "blocking")
SECONDS = 30.0
Connect = Callable[..., AbstractAsyncContextManager[Any]]
Scenario = Callable[[Connect], Awaitable[None]]


class _Unhurried:
    """A blocking client in the shape of an asynchronous one."""

    def __init__(self, client: xmppwire_io.blocking.Client) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def __aiter__(self) -> _Unhurried:
        return self

    async def __anext__(self) -> Any:
        event = self._client.next_event(SECONDS)
        if event is None:
            raise StopAsyncIteration
        return event

    async def send(self, item: Any) -> None:
        self._client.send(item)

    async def run(self, operation: Any, **options: Any) -> Any:
        return self._client.run(operation, **options)

    async def detach(self) -> bytes | None:
        return self._client.detach()

    async def aclose(self) -> None:
        self._client.close()


@asynccontextmanager
async def _connect_blocking(address: Any, **options: Any) -> AsyncIterator[_Unhurried]:
    with xmppwire_io.blocking.connect(address, **options) as client:
        yield _Unhurried(client)


def missing(what: str) -> NoReturn:
    """Skip, since something is not installed; fail if XMPPWIRE_REQUIRE_SERVERS=1 says that it must be."""
    if os.environ.get("XMPPWIRE_REQUIRE_SERVERS") == "1":
        pytest.fail(f"{what}, and XMPPWIRE_REQUIRE_SERVERS is set")
    pytest.skip(what)


def _patient(connect: Connect) -> Connect:
    """`connect`, for servers that need more than one try.

    jabberd2 answers now and then with internal-server-error, before it has read a byte, when another stream has just been
    closed (any client sees this). `tries` says how often to come back.
    """

    @asynccontextmanager
    async def patiently(address: Any, *, tries: int = 1, **options: Any) -> AsyncIterator[Any]:
        async with AsyncExitStack() as stack:
            while True:
                tries -= 1
                try:
                    client = await stack.enter_async_context(connect(address, **options))
                except ConnectError as error:
                    if error.error is None or error.error.condition != "internal-server-error" or not tries:
                        raise
                else:
                    break
            yield client

    return patiently


def play(adapter: str, scenario: Scenario, seconds: float = SECONDS) -> None:
    """Run the scenario on one adapter; TimeoutError if it takes longer than `seconds`."""
    match adapter:
        case "asyncio":

            async def on_asyncio() -> None:
                async with asyncio.timeout(seconds):
                    await scenario(_patient(xmppwire_io.asyncio.connect))

            asyncio.run(on_asyncio())
        case "trio":

            async def on_trio() -> None:
                with trio.fail_after(seconds):
                    await scenario(_patient(xmppwire_io.trio.connect))

            trio.run(on_trio)
        case "anyio":

            async def on_anyio() -> None:
                with anyio.fail_after(seconds):
                    await scenario(_patient(xmppwire_io.anyio.connect))

            anyio.run(on_anyio)
        case "blocking":
            try:
                scenario(_patient(_connect_blocking)).__await__().send(None)
            except StopIteration:
                return
            raise AssertionError("a blocking client waited in a coroutine")


def fails(adapter: str, address: str, **options: Any) -> ConnectError:
    """Connect, which must be refused, and return why."""
    found: list[ConnectError] = []

    async def scenario(connect: Connect) -> None:
        try:
            async with connect(address, **options) as client:
                raise AssertionError(f"logged in as {client.jid}")
        except ConnectError as error:
            found.append(error)

    play(adapter, scenario)
    return found[0]


def reach(lab: Lab, server: Server, *, direct: bool = False) -> dict[str, Any]:
    """The options that lead to a server, and to trust in it."""
    port = server.direct_tls if direct else server.c2s
    assert port is not None
    tries = 5 if server.legacy else 1
    return {"host": server.host, "port": port, "direct_tls": direct, "ca_file": lab.ca, "tries": tries}


def account(
    lab: Lab, server: Server, user: str, *, archived: bool = False, direct: bool = False, **more: Any
) -> dict[str, Any]:
    """The options of `connect` for one of the users, with a resource of its own.

    `archived`: in the domain whose messages are kept. Of a server that is started here it is only one, since it takes Prosody
    time with each message.
    """
    domain = server.hashed_domain if archived and server.hashed_domain else server.domain
    return {
        "address": f"{user}@{domain}/{uuid.uuid4().hex}",
        "password": lab.users[user],
        **reach(lab, server, direct=direct),
        **more,
    }


async def skip_without(client: Any, server: Server, feature: str, target: JID | None = None) -> None:
    """Skip where the server (or `target`) says by discovery that it does not have this."""
    info = await client.run(fetch_info(client.jid.domain if target is None else target))
    if feature not in info.features:
        pytest.skip(f"{server.name} does not offer {feature}")


def limited_to(version: ssl.TLSVersion, ca: Path) -> ssl.SSLContext:
    """A context that checks certificates and speaks this version of TLS only."""
    context = ssl.create_default_context(cafile=str(ca))
    context.minimum_version = context.maximum_version = version
    return context


def authenticated(client: Any) -> Authenticated:
    """How the client logged in."""
    return next(event for event in client.negotiation if isinstance(event, Authenticated))


async def until(client: Any, kind: type[Any], condition: Callable[[Any], bool] = lambda _: True) -> Any:
    """The next event of this kind that meets the condition; others are passed over."""
    async for event in client:
        if isinstance(event, kind) and condition(event):
            return event
    raise AssertionError(f"the stream ended: {client.ended}")


@contextmanager
def answering(client: Any) -> Generator[None]:
    """Let a client answer what others ask it. A blocking one moves inside its calls only, so here a thread makes them; the
    events that come meanwhile are lost."""
    if not isinstance(client, _Unhurried):
        yield
        return
    over = threading.Event()

    def move() -> None:
        while not over.is_set():
            client.next_event(0.01)

    thread = threading.Thread(target=move)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
