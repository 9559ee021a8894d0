"""`xmppwire standards`: the standards that the library supports, as a table or as JSON."""

from __future__ import annotations

import argparse
import json

from xmppwire.protocol import Standard, standards

from .terminal import Usage, say


def run(arguments: argparse.Namespace) -> int:
    """Print the records: all of them, or those whose numbers are given."""
    wanted: list[str] = arguments.number
    found = standards()
    if wanted:
        known = {key: one for one in found for key in (one.number.lower(), one.number[-4:])}
        for number in wanted:
            if number.lower() not in known:
                raise Usage(f"{number} is not supported, or no number of a standard (as XEP-0030, 0030 or 'RFC 6120')")
        found = tuple({known[number.lower()].number: known[number.lower()] for number in wanted}.values())
    if arguments.json:
        say(json.dumps([one.as_json() for one in found], indent=2))
        return 0
    for line in table(found):
        say(line)
    return 0


def table(found: tuple[Standard, ...]) -> list[str]:
    """A line for each record, under a heading, and one that counts them."""
    rows = [("Number", "Status", "Version", "Classes", "Name")]
    rows += [(one.number, str(one.status), one.version, str(len(one.classes) or "-"), one.name) for one in found]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    typed = sum(1 for one in found if one.classes)
    classes = len({cls for one in found for cls in one.classes})
    return [*lines, "", f"{len(found)} standards, {typed} of them with {classes} payload classes"]
