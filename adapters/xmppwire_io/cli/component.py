"""`xmppwire component`: speak for a domain, and print each message that arrives for anybody in it."""

from __future__ import annotations

import argparse
from contextlib import AsyncExitStack

from xmppwire import Message
from xmppwire.session import Disconnected, ReconnectPolicy
from xmppwire.stanza import MessageType
from xmppwire.stream.events import EndReason, StreamEnded

from . import loops
from .arguments import first_line
from .listen import as_json, as_text
from .login import TraceFile
from .signals import interruptible
from .terminal import Failure, Progress, note, one_line, say, say_json


def run(arguments: argparse.Namespace) -> int:
    """Print messages, and echo them if told to, until there were enough, or somebody interrupts."""
    io = loops.choose(arguments.io)
    secret = first_line(arguments.secret_file, "secret")
    options = {
        "host": arguments.host,
        "port": arguments.port,
        "direct_tls": arguments.direct_tls,
        "ca_file": arguments.ca_file,
        "reconnect": None if arguments.no_reconnect else ReconnectPolicy(),
    }

    async def command() -> None:
        left: int | None = arguments.count
        async with AsyncExitStack() as stack:
            if arguments.trace is not None:
                trace = TraceFile(arguments.trace)
                stack.callback(trace.close)
                options["trace"] = trace.engine
            with Progress(f"connecting as {arguments.name}"):
                component = await stack.enter_async_context(io.connect_component(arguments.name, secret, **options))
            note(f"speaking for {component.jid}" + ("" if arguments.count else "; Ctrl-C ends it"))
            async for event in component:
                match event:
                    case Message():
                        say_json(as_json(event)) if arguments.json else say(
                            one_line(f"to {event.to}: {as_text(event)}")
                        )
                        if arguments.echo and event.body is not None and event.type is not MessageType.ERROR:
                            await component.send(Message(event.sender, event.body, type=event.type, sender=event.to))
                        if left is not None and (left := left - 1) == 0:
                            return
                    case Disconnected():
                        note("the connection is lost; trying again")
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
