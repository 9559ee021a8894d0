"""Putting a file to the slot that a service gave (XEP-0363 section 7), by httpx: the extra `upload`.

    slot = await client.run(request_slot(service, path.name, path.stat().st_size, "image/jpeg"))
    await upload(slot, path, progress=lambda sent, total: print(f"{sent} of {total}"))

`upload` works on asyncio, trio and anyio, `upload_blocking` in blocking code. The file is read piece by piece; it must have
exactly the size that the slot is for. A redirection is not followed: it would take file and headers elsewhere. Any other HTTP
client does as well: a slot is plain data.
"""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from os import PathLike
from pathlib import Path
from typing import BinaryIO, Self, TypeAlias

import anyio.to_thread
import httpx

from xmppwire.im.upload import UploadSlot

from .tls import client_context

Source: TypeAlias = bytes | str | PathLike[str] | BinaryIO
"""What is uploaded: bytes, the path of a file, or a file open for reading bytes, from where it stands."""
Progress: TypeAlias = Callable[[int, int], object]
"""Is told how many bytes were handed over so far, and how many there are. What it raises ends the transfer."""

CHUNK = 64 * 1024
DONE = frozenset({200, 201, 204})
"""The answers that say that the file is there. The standard names 201; stores of objects answer with 200."""


class TransferError(Exception):
    """The file is not there, or nobody knows. `status` is the answer of the HTTP server, None where none came. Ask for another
    slot to try again."""

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text, status)
        self.text = text
        self.status = status

    def __str__(self) -> str:
        return self.text if self.status is None else f"{self.text} (HTTP {self.status})"


class _Body(httpx.AsyncByteStream, httpx.SyncByteStream):
    """The content of a request: a file in pieces. It iterates itself, since a generator that is not exhausted, where the server
    answers early, would be left to the garbage collector."""

    def __init__(self, slot: UploadSlot, source: Source, progress: Progress | None, stack: ExitStack) -> None:
        if isinstance(source, bytes):
            self._file: BinaryIO = io.BytesIO(source)
        elif isinstance(source, str | PathLike):
            self._file = stack.enter_context(Path(source).open("rb"))  # noqa: SIM115  # the stack closes it
        else:
            self._file = source
        self._total = slot.size
        self._progress = progress
        self._read = 0
        if self._file.seekable():
            start = self._file.tell()
            size = self._file.seek(0, io.SEEK_END) - start
            self._file.seek(start)
            if size != slot.size:
                raise TransferError(f"the file has {size} bytes, the slot is for {slot.size}")

    @property
    def complete(self) -> bool:
        """Whether all of it was read."""
        return self._read == self._total

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        self._tell()
        piece = self._piece()
        if not piece:
            raise StopIteration
        return piece

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        self._tell()
        piece = await anyio.to_thread.run_sync(self._piece)
        if not piece:
            raise StopAsyncIteration
        return piece

    def _tell(self) -> None:
        if self._progress is not None and self._read:
            self._progress(self._read, self._total)

    def _piece(self) -> bytes:
        """The next piece; empty at the end. A file that has changed since is not sent on."""
        piece = self._file.read(min(CHUNK, self._total - self._read) or 1)
        if self.complete:
            if piece:
                raise TransferError(f"the file has more than {self._total} bytes")
        elif not piece:
            raise TransferError(f"the file ends after {self._read} of {self._total} bytes")
        self._read += len(piece)
        return piece


class _Transfer:
    """What both ways of doing it share: the request, and what its outcome means."""

    def __init__(
        self, slot: UploadSlot, source: Source, progress: Progress | None, timeout: float, stack: ExitStack
    ) -> None:
        self._body = _Body(slot, source, progress, stack)
        try:
            url = httpx.URL(slot.url)
        except httpx.InvalidURL as error:
            raise TransferError(str(error)) from error
        # With a stream of our own nothing is added to the request, and so nothing that a client has for other servers.
        self.request = httpx.Request(
            slot.method,
            url,
            headers=[("Host", url.netloc.decode("ascii")), *slot.headers],
            stream=self._body,
            extensions={"timeout": httpx.Timeout(timeout).as_dict()},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, httpx.HTTPError):
            raise TransferError(_words(error)) from error

    def judge(self, response: httpx.Response) -> None:
        """Raises TransferError unless the file is there."""
        status = response.status_code
        if response.is_redirect:
            raise TransferError("the server wants the file elsewhere, where it is not taken", status)
        if status not in DONE:
            raise TransferError(f"the server does not take the file: {response.reason_phrase}", status)
        if not self._body.complete:
            raise TransferError("the server did not wait for the end of the file", status)


def _words(error: BaseException) -> str:
    """What went wrong. On trio it stands further back in the chain of causes."""
    cause: BaseException | None = error
    while cause is not None and not str(cause):
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__ if cause is None else f"{type(error).__name__}: {cause}"


async def upload(
    slot: UploadSlot,
    source: Source,
    *,
    progress: Progress | None = None,
    ca_file: str | PathLike[str] | None = None,
    timeout: float = 30.0,
    client: httpx.AsyncClient | None = None,
) -> None:
    """Put a file to its slot.

    `timeout` is in seconds, for each step: connecting, each piece that is sent, the answer. `ca_file` has the authorities to
    trust in the place of the system's. `client` makes the request, for instance through a proxy, and trusts whom it trusts;
    headers, cookies and credentials of its own stay away. Files are read in threads.

    Raises TransferError; OSError for a file that cannot be read; OSError and ssl.SSLError for a `ca_file` that cannot.
    """
    with ExitStack() as stack:
        transfer = await anyio.to_thread.run_sync(_Transfer, slot, source, progress, timeout, stack)
        if client is None:
            context = await anyio.to_thread.run_sync(client_context, ca_file)
            async with httpx.AsyncClient(verify=context) as own:
                await _put(transfer, own)
        else:
            await _put(transfer, client)


async def _put(transfer: _Transfer, client: httpx.AsyncClient) -> None:
    with transfer:
        response = await client.send(transfer.request, stream=True, auth=None, follow_redirects=False)
        await response.aclose()
    transfer.judge(response)


def upload_blocking(
    slot: UploadSlot,
    source: Source,
    *,
    progress: Progress | None = None,
    ca_file: str | PathLike[str] | None = None,
    timeout: float = 30.0,
    client: httpx.Client | None = None,
) -> None:
    """The same in blocking code. An XMPP client of this thread does nothing meanwhile, not even answer pings."""
    with ExitStack() as stack:
        transfer = _Transfer(slot, source, progress, timeout, stack)
        if client is None:
            client = stack.enter_context(httpx.Client(verify=client_context(ca_file)))
        with transfer:
            response = client.send(transfer.request, stream=True, auth=None, follow_redirects=False)
            response.close()
        transfer.judge(response)
