"""`xmppwire upload`: put a file where others can fetch it, and print its address."""

from __future__ import annotations

import argparse
import mimetypes
import secrets
from pathlib import Path

from xmppwire.im.ping import check_alive
from xmppwire.im.upload import UploadError, UploadSlot, file_message, find_upload_service, request_slot
from xmppwire.protocol.file_metadata import FileMetadata

from . import loops
from .login import login
from .terminal import Failure, Progress, Usage, note, one_line, say


def run(arguments: argparse.Namespace) -> int:
    """Upload the file, and perhaps send the address to somebody."""
    try:
        from .. import upload as transfer
    except ImportError:
        raise Usage("uploads need httpx: pip install 'xmppwire[upload]'") from None
    io = loops.choose(arguments.io)
    file: Path = arguments.file
    size = file.stat().st_size
    if not size:
        raise Usage(f"{file} is empty: nobody takes empty files")
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"

    async def put(slot: UploadSlot) -> None:
        with Progress(f"sending {size} bytes"):
            if arguments.io == "blocking":
                transfer.upload_blocking(slot, file, ca_file=arguments.ca_file)
            else:
                await transfer.upload(slot, file, ca_file=arguments.ca_file)

    async def command() -> None:
        async with login(io, arguments) as client:
            with Progress("looking for a place"):
                service = await client.run(find_upload_service(client.jid.domain))
            if service is None:
                raise Failure(f"{client.jid.domain} has no place for files")
            try:
                slot = await client.run(request_slot(service, file.name, size, kind))
                await put(slot)
            except (UploadError, transfer.TransferError) as error:
                raise Failure(f"the file was not taken: {one_line(error)}") from None
            say(slot.get_url)
            if arguments.to is not None:
                about = FileMetadata(media_type=kind, name=file.name, size=size)
                message = file_message(arguments.to, slot.get_url, about)
                message.id = secrets.token_hex(8)
                await client.send(message)
                await client.run(check_alive(client.jid.domain))
                note(f"sent to {arguments.to}")

    io.run(command)
    return 0
