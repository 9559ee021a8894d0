"""The command `xmppwire` (also `python -m xmppwire_io`): one file a command, and what they share.

`arguments` reads the command line, `terminal` writes, `loops` lets one coroutine run on all kinds of I/O, `login` connects.
Exit codes: 0; 1 when a peer or the network refused, with a reason on standard error; 2 for a wrong command line.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import cast

from xmppwire.operation import OperationError
from xmppwire.payload import PayloadError
from xmppwire.stream.errors import LocalProtocolError

from ..errors import ConnectError, StreamClosedError
from .arguments import build_parser
from .terminal import Failure, Usage, note, one_line

_COMMANDS = {
    "demo": ("demo", "run"),
    "probe": ("probe", "run"),
    "ping": ("talk", "run_ping"),
    "send": ("talk", "run_send"),
    "listen": ("listen", "run"),
    "chat": ("chat.command", "run"),
    "roster": ("look", "run_roster"),
    "disco": ("look", "run_disco"),
    "archive": ("archive", "run"),
    "upload": ("upload", "run"),
    "component": ("component", "run"),
    "serve": ("serve", "run"),
    "replay": ("replay", "run"),
    "standards": ("standards", "run"),
}

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. `arguments` are those after the name of the program."""
    for stream in (sys.stdout, sys.stderr):
        if callable(reconfigure := getattr(stream, "reconfigure", None)):
            reconfigure(errors="replace")
    try:
        parsed = build_parser().parse_args(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 2
    try:
        return _command(parsed)(parsed)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whatever is still to be flushed
        return 1
    except BaseException as error:
        told = _judge(error)
        if told is None:
            raise
        code, reason = told
        if reason:
            note(f"xmppwire: {reason}")
        return code


def _command(parsed: argparse.Namespace) -> Callable[[argparse.Namespace], int]:
    module, function = _COMMANDS[parsed.command]
    run: Callable[[argparse.Namespace], int] = getattr(importlib.import_module(f"{__name__}.{module}"), function)
    return run


def _judge(error: BaseException) -> tuple[int, str] | None:
    """Exit code and reason for what a command raised; None for what is our own fault."""
    alone = list(_leaves(error))
    if any(isinstance(leaf, KeyboardInterrupt) for leaf in alone):
        return _INTERRUPTED, ""
    for leaf in alone:
        match leaf:
            case Usage() | LocalProtocolError():
                return 2, one_line(leaf)
            case TimeoutError():
                return 1, "no answer came in time"
            case Failure() | ConnectError() | StreamClosedError() | OperationError():
                return 1, one_line(leaf)
            case PayloadError():
                return 1, one_line(f"the answer cannot be read: {leaf}")
            case OSError():
                return 1, one_line(leaf.strerror or leaf)
            case _:
                pass
    return None


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for part in cast("BaseExceptionGroup[BaseException]", error).exceptions:
            yield from _leaves(part)
    else:
        yield error


__all__ = ["main"]
