"""`xmppwire listen`: be available, and print each message that arrives."""

from __future__ import annotations

import argparse
from typing import Any

from xmppwire import Message, Presence
from xmppwire.payload import PayloadError
from xmppwire.protocol.delay import Delay
from xmppwire.session import Disconnected, ReconnectPolicy
from xmppwire.stanza.wire import write_stanza
from xmppwire.stream.events import EndReason, Established, Resumed, StreamEnded

from . import loops
from .login import login
from .signals import interruptible
from .terminal import Failure, note, one_line, say, say_json

POLICY = ReconnectPolicy(first=5.0)
"""When to dial again: soon, since a person may be watching."""


def run(arguments: argparse.Namespace) -> int:
    """Print messages until there were enough, or somebody interrupts."""
    io = loops.choose(arguments.io)

    async def command() -> None:
        left: int | None = arguments.count
        policy = None if arguments.no_reconnect else POLICY
        async with login(io, arguments, reconnect=policy) as client:
            await client.send(Presence())
            note(f"listening as {client.jid}" + ("" if arguments.count else "; Ctrl-C ends it"))
            async for event in client:
                match event:
                    case Message():
                        say_json(as_json(event)) if arguments.json else say(as_text(event))
                        if left is not None and (left := left - 1) == 0:
                            return
                    case Disconnected(text=text):
                        note(f"no connection: {one_line(text)}; trying again")
                    case Resumed():
                        note("the stream goes on")
                    case Established(jid=jid):
                        note(f"a new stream, listening as {jid}")
                        await client.send(Presence())  # a new stream begins without
                    case StreamEnded(reason=reason) if reason is not EndReason.LOCAL_CLOSE:
                        raise Failure(f"the stream ended: {one_line(event.error or event.text or reason.value)}")
                    case _:
                        pass

    with interruptible():
        try:
            io.run(command)
        except* KeyboardInterrupt:
            pass
    return 0


def as_text(message: Message) -> str:
    """A message on one line."""
    kind = "" if message.type in ("chat", "normal") else f" ({message.type})"
    text = message.body
    if message.type == "error":
        text = str(_error(message) or "without a reason")
    elif text is None:
        text = message.subject or "(no body)"
    return one_line(f"{message.sender or 'the server'}{kind}: {text}")


def as_json(message: Message) -> dict[str, Any]:
    """A message as an object: what is there of its usual parts, and the whole as XML."""
    error = _error(message)
    delay = _delay(message)
    values: dict[str, Any] = {
        "kind": "message",
        "type": message.type.value,
        "from": message.sender and str(message.sender),
        "to": message.to and str(message.to),
        "id": message.id,
        "lang": message.lang or message.inherited_lang,
        "subject": message.subject,
        "body": message.body,
        "thread": _thread(message),
        "delayed": delay and delay.stamp.isoformat(),
        "error": error and {"condition": error.condition.value, "type": error.type.value, "text": error.text},
        "xml": write_stanza(message, "jabber:client"),
    }
    return {name: value for name, value in values.items() if value is not None}


def _error(message: Message) -> Any:
    try:
        return message.error
    except PayloadError:
        return None


def _delay(message: Message) -> Delay | None:
    try:
        return message.get(Delay)
    except PayloadError:
        return None


def _thread(message: Message) -> str | None:
    try:
        return message.thread
    except PayloadError:
        return None
