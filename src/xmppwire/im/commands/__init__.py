"""Ad-hoc commands (XEP-0050): things that an entity can be told to do, step by step, mostly by forms.

    for item in await client.run(fetch_commands("montague.lit")):
        print(item.node, item.name)
    session = CommandSession("montague.lit", "config")
    step = await client.run(session.start())
    while step.status is CommandStatus.EXECUTING:
        step = await client.run(session.proceed(ask_somebody(step.form)))

The other way round, `Commands` are what we can be told, by those whom we allow it:

    def greet(call: CommandCall) -> Stage:
        return Stage(GREETING, lambda call: Completed(notes=[Note(text=f"hello {call.form['name']}")]))

    commands = Commands(OwnInfo(client.session.answers))
    commands.add("greet", "Say hello", greet, allowed=anybody)

A session of a command belongs to the one who began it, and ends when nobody goes on with it.
"""

from .requester import (
    CommandRefusedError,
    CommandResponseError,
    CommandSession,
    CommandStep,
    fetch_commands,
)
from .responder import Commands
from .steps import CommandCall, Completed, Stage, anybody, only

__all__ = [
    "CommandCall",
    "CommandRefusedError",
    "CommandResponseError",
    "CommandSession",
    "CommandStep",
    "Commands",
    "Completed",
    "Stage",
    "anybody",
    "fetch_commands",
    "only",
]
