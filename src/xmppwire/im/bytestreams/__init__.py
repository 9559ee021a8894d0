"""Streams of bytes between two clients: over SOCKS5, beside the stanzas (XEP-0065), and in band, in stanzas (XEP-0047).

    hosts = await client.run(find_streamhosts(client.jid.domain))
    used = await client.run(offer_streamhosts(target, sid, hosts))

    streams = InBandStreams(client.session.answers, allowed=lambda peer, sid: False)
    stream = await client.run(streams.open(target))
    stream.write(b"...")
    await client.run(stream.send_blocks())

The parties agree before on what a stream is for; neither is encrypted from end to end. Sockets for the one, and streams with
`send` and `receive` for the other, are in `xmppwire_io.bytestreams`.
"""

from ...protocol.in_band_bytestreams import BlockStanza
from ...protocol.socks5_bytestreams import StreamHost, destination_address
from .in_band import InBandStreams
from .in_band_stream import InBandError, InBandState, InBandStream
from .socks5 import Socks5Client, Socks5Error, Socks5Handshake, Socks5Reply, Socks5Server
from .streamhosts import (
    BytestreamError,
    NoStreamHostError,
    StreamHostOffer,
    StreamHostOffers,
    activate,
    fetch_streamhosts,
    find_proxies,
    find_streamhosts,
    offer_streamhosts,
)

__all__ = [
    "BlockStanza",
    "BytestreamError",
    "InBandError",
    "InBandState",
    "InBandStream",
    "InBandStreams",
    "NoStreamHostError",
    "Socks5Client",
    "Socks5Error",
    "Socks5Handshake",
    "Socks5Reply",
    "Socks5Server",
    "StreamHost",
    "StreamHostOffer",
    "StreamHostOffers",
    "activate",
    "destination_address",
    "fetch_streamhosts",
    "find_proxies",
    "find_streamhosts",
    "offer_streamhosts",
]
