"""A served theatre, and clients that know where it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.io.conformance.theatre import DOMAIN, PASSWORD, Theatre
from xmppwire import Message
from xmppwire_io.certs import Certificates


class House:
    """A theatre that is served, and clients that know where."""

    def __init__(self, io: Any, certs: Certificates, server: Any, theatre: Theatre) -> None:
        self.io, self.certs, self.server, self.theatre = io, certs, server, theatre

    def connect(self, name: str = "juliet", **options: Any) -> Any:
        options = {
            "password": PASSWORD,
            "host": "127.0.0.1",
            "port": self.server.port,
            "ca_file": self.certs.ca_file,
            "direct_tls": self.theatre.config.direct_tls,
            **options,
        }
        return self.io.connect(f"{name}@capulet.lit", **options)


def play(io: Any, certs: Certificates, scene: Callable[[House], Awaitable[None]], **theatre: Any) -> Theatre:
    """Serve a theatre and run a scene in it."""
    acceptor = Theatre(**theatre)

    async def scenario(io: Any) -> None:
        async with io.serve(acceptor, ssl_context=certs.tls()) as server:
            await scene(House(io, certs, server, acceptor))

    io.run(scenario)
    return acceptor


async def until(client: Any, kind: Any) -> Any:
    """The next event of a kind."""
    async for event in client:
        if isinstance(event, kind):
            return event
    raise AssertionError(f"the stream ended without {kind}")


async def order(client: Any, text: str) -> None:
    await client.send(Message(to=DOMAIN, body=text))
