"""Streams of bytes between two clients, with `send` and `receive`: the extra `transfer`.

Over SOCKS5 (XEP-0065), directly or through a proxy:

    proxies = await client.run(find_streamhosts(client.jid.domain))
    async with await open_bytestream(client, juliet, proxies=proxies) as stream:
        await stream.send(b"...")

    async with await accept_bytestream(client, offer) as stream:     # from StreamHostOffers
        data = await stream.receive()

In band (XEP-0047), through the servers: see `InBand`. These work on asyncio, trio and anyio, as streams of anyio. In blocking
code there are `open_bytestream_blocking`, `accept_bytestream_blocking` and `BlockingInBand`. All that is made of `dial` and
`listen`, which are there for other negotiations as well. What goes over these streams is not encrypted from end to end.
"""

from .blocking import BlockingArrival, BlockingListener, BlockingSocksStream, dial_blocking, listen_blocking
from .in_band import InBand, InBandByteStream
from .in_band_blocking import BlockingInBand, BlockingInBandStream
from .negotiation import (
    accept_bytestream,
    accept_bytestream_blocking,
    open_bytestream,
    open_bytestream_blocking,
)
from .places import Address, Allowed, DialError, anywhere, public
from .sockets import Arrival, Listener, SocksStream, dial, listen

__all__ = [
    "Address",
    "Allowed",
    "Arrival",
    "BlockingArrival",
    "BlockingInBand",
    "BlockingInBandStream",
    "BlockingListener",
    "BlockingSocksStream",
    "DialError",
    "InBand",
    "InBandByteStream",
    "Listener",
    "SocksStream",
    "accept_bytestream",
    "accept_bytestream_blocking",
    "anywhere",
    "dial",
    "dial_blocking",
    "listen",
    "listen_blocking",
    "open_bytestream",
    "open_bytestream_blocking",
    "public",
]
