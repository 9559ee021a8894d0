"""Streams of bytes between two clients, beside the stanzas: over SOCKS5 (XEP-0065).

hosts = await client.run(find_streamhosts(client.jid.domain))
used = await client.run(offer_streamhosts(target, sid, hosts))
"""

from ...protocol.socks5_bytestreams import destination_address
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
    "BytestreamError",
    "NoStreamHostError",
    "Socks5Client",
    "Socks5Error",
    "Socks5Handshake",
    "Socks5Reply",
    "Socks5Server",
    "StreamHostOffer",
    "StreamHostOffers",
    "activate",
    "destination_address",
    "fetch_streamhosts",
    "find_proxies",
    "find_streamhosts",
    "offer_streamhosts",
]
