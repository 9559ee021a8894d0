"""Files from client to client (XEP-0234): offered, taken, asked for; the extra `transfer`.

    async with FileTransfers(client, allowed=from_contacts(roster)) as files:
        await files.send("romeo@montague.lit/orchard", "photo.jpg", progress=lambda done, total: print(done))

        async for incoming in files:                     # what peers offer, or ask for
            if incoming.offered and (incoming.file.size or 0) < 1_000_000:
                await files.receive(incoming, folder / incoming.name, limit=1_000_000)
            else:
                incoming.decline()

`FileTransfers` works on asyncio, trio and anyio, `BlockingFileTransfers` in blocking code. The bytes go over a connection of
their own where there is a way, and else through the servers. Nothing of it is encrypted from end to end. To take a file, or to
offer one, tells the peer where we are, unless `TransferOptions(socks5=False)` says that everything goes through the servers.

Others can connect to us only where there is a `listener` (see `xmppwire_io.bytestreams`), at the addresses `hosts` of this
machine. Which addresses of peers we connect to is said by `dialling`; only those of the Internet, if nothing is said.
"""

from xmppwire.im.jingle import Route, TransferEndedError, TransferOptions

from .awaiting import FileTransfers
from .blocking import BlockingFileTransfers
from .files import IncomingFile, Progress, ReceivedFile, Sink, Source

__all__ = [
    "BlockingFileTransfers",
    "FileTransfers",
    "IncomingFile",
    "Progress",
    "ReceivedFile",
    "Route",
    "Sink",
    "Source",
    "TransferEndedError",
    "TransferOptions",
]
