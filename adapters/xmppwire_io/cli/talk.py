"""`xmppwire ping` and `xmppwire send`: log in, say one thing, log out."""

from __future__ import annotations

import argparse
import secrets
import time

from xmppwire import JID, Message
from xmppwire.im.ping import check_alive, ping
from xmppwire.operation import IqError
from xmppwire.stanza import MessageType

from . import loops
from .login import login
from .loops import Client
from .terminal import Failure, Progress, one_line, say


def run_ping(arguments: argparse.Namespace) -> int:
    """Ask the target whether it is there."""
    io = loops.choose(arguments.io)
    target: JID = arguments.target

    async def command() -> None:
        async with login(io, arguments) as client:
            began = time.monotonic()
            own_server = target == client.jid.domain
            with Progress(f"waiting for {target}"):
                try:
                    await client.run(check_alive(target) if own_server else ping(target))
                except IqError as error:
                    raise Failure(f"{target} does not answer: {one_line(error)}") from None
            say(f"{target} answered in {(time.monotonic() - began) * 1000:.0f} ms")

    io.run(command)
    return 0


def run_send(arguments: argparse.Namespace) -> int:
    """Send a message, and see that the server took it."""
    io = loops.choose(arguments.io)

    async def command() -> None:
        async with login(io, arguments) as client:
            message = Message(arguments.to, arguments.body, type=MessageType.CHAT, id=secrets.token_hex(8))
            await client.send(message)
            with Progress("waiting for the server"):
                # Nothing confirms a message. But a server answers in order: what comes before the answer to a ping
                # includes the error, if it could tell at once that the message cannot be delivered.
                await client.run(check_alive(client.jid.domain))
            await _look_for_error(client, message)

    io.run(command)
    return 0


async def _look_for_error(client: Client, sent: Message) -> None:
    while client.session.backlog:
        match await anext(client):
            case Message(type=MessageType.ERROR, id=sent.id) as answer:
                raise Failure(f"{sent.to} cannot be reached: {one_line(answer.error or 'no reason given')}")
            case _:
                pass
