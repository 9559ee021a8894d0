"""`xmppwire demo`: a local server and two clients, over real sockets, with every element on the way drawn as it goes.

Romeo logs in, then Juliet. She sends him a message and asks for a receipt, he sends it, she pings the server, both leave.
"""

from __future__ import annotations

import argparse
import json
import secrets
import time
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from xmppwire import JID, Message, Presence
from xmppwire.im.ping import ping
from xmppwire.im.roster import fetch_roster
from xmppwire.localserver import LocalServer
from xmppwire.protocol.receipts import Receipt, ReceiptRequest
from xmppwire.stanza import MessageType
from xmppwire.stream.config import SessionConfig
from xmppwire.stream.engine import Engine
from xmppwire.stream.events import Authenticated
from xmppwire.trace import record, render_svg

from . import loops
from .arguments import write_text
from .loops import IO, Client
from .serve import throwaway
from .terminal import Failure, Progress, ladder, say

DOMAIN = "localhost"
JULIET, ROMEO = JID(f"juliet@{DOMAIN}/balcony"), JID(f"romeo@{DOMAIN}/orchard")

PATIENCE = 20.0
"""Seconds for each thing that has to arrive. On loopback it takes milliseconds."""

T = TypeVar("T")


def run(arguments: argparse.Namespace) -> int:
    """Show the whole session."""
    demo = Demo(loops.choose(arguments.io), arguments.io)
    if arguments.svg is not None:
        write_text(arguments.svg, "")  # better to know now that it cannot be written
    demo.io.run(demo.play)
    if arguments.svg is not None:
        title = f"The session of {JULIET.bare} ({arguments.io})"
        write_text(arguments.svg, render_svg(demo.traces[JULIET], title=title))
        say(f"The session of juliet is drawn in {arguments.svg}")
    return 0


class Demo:
    """The play. `traces` has what was recorded of each client."""

    def __init__(self, io: IO, name: str) -> None:
        self.io = io
        self._name = name
        self.traces: dict[JID, list[str]] = {}
        self._began: float | None = None

    async def play(self) -> None:
        """Every scene of it."""
        passwords = {JULIET: secrets.token_urlsafe(12), ROMEO: secrets.token_urlsafe(12)}
        accounts = {str(jid.localpart): password for jid, password in passwords.items()}
        server = LocalServer((DOMAIN,), accounts, epoch=time.time() - time.monotonic())
        async with AsyncExitStack() as stack:
            with Progress("making a certificate"):
                made = stack.enter_context(throwaway([DOMAIN, "127.0.0.1"]))
            running = await stack.enter_async_context(self.io.serve(server, ssl_context=made.tls()))
            say(f"A server for {DOMAIN} accepts clients on {running.host}:{running.port} ({self._name}).")
            began = time.monotonic()
            place = {"host": running.host, "port": running.port, "ca_file": made.ca_file}
            async with self._enter(ROMEO, passwords[ROMEO], place) as romeo:
                await self._appear(romeo)
                async with self._enter(JULIET, passwords[JULIET], place) as juliet:
                    await self._appear(juliet)
                    await self._talk(juliet, romeo)
            self._check_end(juliet, romeo)
            self._sum_up(juliet, time.monotonic() - began)

    def _enter(self, jid: JID, password: str, place: dict[str, Any]) -> Any:
        """The login of one client; its ladder is drawn from now on."""
        say(f"\n{jid.localpart} logs in:")
        lines = self.traces[jid] = []
        draw = ladder(f"{jid.localpart:7}")
        if self._began is not None:
            draw(json.dumps({"call": "start", "at": self._began}))  # both ladders count from the same moment

        def sink(line: str) -> None:
            lines.append(line)
            if self._began is None:
                self._began = json.loads(line).get("at")
            draw(line)

        def engine(config: SessionConfig) -> Engine:
            return record(config, sink, label=str(jid.bare))

        return self.io.connect(jid, password=password, trace=engine, **place)

    async def _appear(self, client: Client) -> None:
        async with self.io.patience(PATIENCE):
            await client.run(fetch_roster())
            await client.send(Presence())
            await self._next(client, Presence)

    async def _talk(self, juliet: Client, romeo: Client) -> None:
        say("\njuliet asks, and wants to know that it arrived:")
        question = Message(
            ROMEO.bare, "Art thou not Romeo?", type=MessageType.CHAT, id="question", payloads=[ReceiptRequest()]
        )
        async with self.io.patience(PATIENCE):
            await juliet.send(question)
            heard = await self._next(romeo, Message)
            if heard.get(ReceiptRequest) is None:
                raise Failure("the message arrived without its request for a receipt")
            await romeo.send(Message(heard.sender, type=MessageType.CHAT, payloads=[Receipt(id=heard.id)]))
            receipt = (await self._next(juliet, Message)).get(Receipt)
            if receipt is None or receipt.id != "question":
                raise Failure("the receipt is for another message")
            await juliet.run(ping(DOMAIN))
        say("\nBoth leave:")

    async def _next(self, client: Client, kind: type[T]) -> T:
        async for event in client:
            if isinstance(event, kind):
                return event
        raise Failure(f"the stream of {client.jid} ended too early")

    def _check_end(self, *clients: Client) -> None:
        for client in clients:
            if client.ended is None or not client.ended.clean:
                raise Failure(f"the stream of {client.jid} did not close in order")

    def _sum_up(self, juliet: Client, seconds: float) -> None:
        login = next(event for event in juliet.negotiation if isinstance(event, Authenticated))
        version = juliet.tls.version if juliet.tls is not None else "no TLS"
        bound = f" bound to TLS ({login.binding})" if login.binding else ""
        say(f"\nDone in {seconds:.2f} s: {version}, {login.mechanism}{bound},")
        say("a message, its receipt, a ping, and both streams closed in order.")
