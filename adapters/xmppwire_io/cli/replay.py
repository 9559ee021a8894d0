"""`xmppwire replay`: draw a trace, and run it through the engine again."""

from __future__ import annotations

import argparse

from xmppwire.trace import TraceError, render_svg, replay

from .arguments import read_text, write_text
from .terminal import Failure, Usage, ladder, one_line, say


def run(arguments: argparse.Namespace) -> int:
    """Draw, repeat, compare."""
    lines = read_text(arguments.file).splitlines()
    draw = ladder()
    try:
        for line in lines:
            if line.strip():
                draw(line)
        if arguments.svg is not None:
            write_text(arguments.svg, render_svg(lines))
        result = replay(lines)
    except TraceError as error:
        raise Usage(f"{arguments.file}: {one_line(error)}") from None
    if not result.equal:
        more = f" (and {len(result.differences) - 1} more)" if len(result.differences) > 1 else ""
        raise Failure(f"the engine behaves differently now: {one_line(result.differences[0])}{more}")
    extent = "to the byte" if result.exact else "apart from the login, whose secrets are not in the trace"
    say(f"Replayed: {result.compared} events and pieces of output, all as recorded, {extent}.")
    return 0
