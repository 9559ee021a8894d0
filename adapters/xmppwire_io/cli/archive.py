"""`xmppwire archive`: print what the archive of an account holds, the oldest message first."""

from __future__ import annotations

import argparse
from collections import deque
from typing import Any

from xmppwire.im.archive import ArchivedMessage, ArchiveReader
from xmppwire.protocol.mam_forms import ArchiveFilter

from . import loops
from .listen import as_json, as_text
from .login import login
from .terminal import Progress, say, say_json


def run(arguments: argparse.Namespace) -> int:
    """Print the messages, page by page as they come; with `--count` the newest ones."""
    io = loops.choose(arguments.io)
    wanted = ArchiveFilter(correspondent=arguments.correspondent, start=arguments.since)

    async def command() -> None:
        async with login(io, arguments) as client:
            left: int | None = arguments.count
            reader = ArchiveReader(wanted, backwards=left is not None)
            newest: deque[ArchivedMessage] = deque()
            while not reader.done and left != 0:
                with Progress("waiting for the archive"):
                    page = await client.run(reader.next_page())
                if left is None:
                    _print(page, arguments.json)
                    continue
                for archived in reversed(list(page)[-left:]):
                    newest.appendleft(archived)
                left = arguments.count - len(newest)
            _print(newest, arguments.json)

    io.run(command)
    return 0


def _print(messages: Any, json: bool) -> None:
    for archived in messages:
        stamp = None if archived.stamp is None else archived.stamp.isoformat()
        if json:
            say_json({"archive_id": archived.id, "archived": stamp, **as_json(archived.message)})
        else:
            say(f"{stamp or 'no date'}  {as_text(archived.message)}")
