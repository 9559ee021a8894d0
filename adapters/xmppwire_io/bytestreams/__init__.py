"""Sockets for streams of bytes between two clients (XEP-0065): the extra `transfer`.

    async with listen() as listener:                                       # or only through proxies: they need no listener
        async with listener.expecting(destination_address(sid, client.jid, target)) as arrival:
            used = await client.run(offer_streamhosts(target, sid, listener.streamhosts(client.jid, "192.0.2.7")))
            async with await arrival.wait() as stream:
                await stream.send(b"...")

`dial` and `listen` work on asyncio, trio and anyio; `dial_blocking` and `listen_blocking` in blocking code. What goes over
these streams is not encrypted.
"""

from .blocking import BlockingArrival, BlockingListener, BlockingSocksStream, dial_blocking, listen_blocking
from .places import Address, Allowed, DialError, anywhere, public
from .sockets import Arrival, Listener, SocksStream, dial, listen

__all__ = [
    "Address",
    "Allowed",
    "Arrival",
    "BlockingArrival",
    "BlockingListener",
    "BlockingSocksStream",
    "DialError",
    "Listener",
    "SocksStream",
    "anywhere",
    "dial",
    "dial_blocking",
    "listen",
    "listen_blocking",
    "public",
]
