"""A login as the arguments of a command say: with its password, place, authorities, trace, and a sign of life."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TextIO

from xmppwire.stream.config import SessionConfig
from xmppwire.stream.engine import Engine
from xmppwire.trace import record

from .arguments import password
from .loops import IO, Client
from .terminal import Progress, Usage


class TraceFile:
    """Records the stream of each attempt to connect in one file; what stays is the last attempt."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None
        self._open()

    def _open(self) -> TextIO:
        self.close()
        try:
            self._file = self._path.open("w", encoding="utf-8")
        except OSError as error:
            raise Usage(f"cannot write {self._path}: {(error.strerror or str(error)).lower()}") from None
        return self._file

    def engine(self, config: SessionConfig) -> Engine:
        """A recorded engine for one attempt."""
        file = self._open()

        def write(line: str) -> None:
            with contextlib.suppress(OSError, ValueError):  # a full disk, or the end: it must not break the stream
                print(line, file=file, flush=True)

        return record(config, write, label=str(config.jid))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def place(arguments: argparse.Namespace) -> dict[str, Any]:
    """The options of `connect()` that say where, and whom to trust. Raises Usage."""
    if (arguments.websocket or arguments.bosh) is not None:
        if arguments.host is not None or arguments.port is not None or arguments.direct_tls:
            raise Usage("the URL says where to connect: neither --host, --port nor --direct-tls goes with it")
        if arguments.bosh is not None:
            if arguments.websocket is not None:
                raise Usage("it is either --websocket or --bosh")
            return {"bosh": arguments.bosh, "ca_file": arguments.ca_file}
        plain = isinstance(arguments.websocket, str) and arguments.websocket.lower().startswith("ws:")
        if plain:
            raise Usage("ws: is without TLS: give a wss: URL")
        return {"websocket": arguments.websocket, "ca_file": arguments.ca_file}
    return {
        "host": arguments.host,
        "port": arguments.port,
        "direct_tls": True if arguments.direct_tls else None,
        "ca_file": arguments.ca_file,
    }


@asynccontextmanager
async def login(io: IO, arguments: argparse.Namespace, **more: Any) -> AsyncGenerator[Client]:
    """A logged-in client, which is logged out in order afterwards. `more` are further options of `connect()`."""
    options = {**place(arguments), "compression": arguments.compression, **more}
    async with AsyncExitStack() as stack:
        if arguments.trace is not None:
            trace = TraceFile(arguments.trace)
            stack.callback(trace.close)
            options["trace"] = trace.engine
        with Progress(f"logging in as {arguments.jid.bare}"):
            secret = password(arguments)
            client = await stack.enter_async_context(io.connect(arguments.jid, password=secret, **options))
        yield client
