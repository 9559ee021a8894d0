"""Streams over SOCKS5 from beginning to end (XEP-0065): offer hosts, connect, have a proxy begin; or take an offer."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import AsyncExitStack, ExitStack, suppress

import anyio

from xmppwire.im.bytestreams import (
    BytestreamError,
    StreamHost,
    StreamHostOffer,
    activate,
    destination_address,
    offer_streamhosts,
)
from xmppwire.jid import JID

from ..awaiting import AsyncClient
from ..blocking import Client
from ..errors import StreamClosedError
from .blocking import BlockingArrival, BlockingListener, BlockingSocksStream, dial_blocking
from .places import Allowed, anywhere, public
from .sockets import Arrival, Listener, SocksStream, dial

MOMENT = 5.0
"""Seconds for what should have happened already."""


async def open_bytestream(
    client: AsyncClient,
    target: JID | str,
    *,
    proxies: Iterable[StreamHost] = (),
    listener: Listener | None = None,
    hosts: Iterable[str] = (),
    sid: str | None = None,
    timeout: float = 60.0,
) -> SocksStream:
    """A stream to the target: over `listener`, which it reaches at one of `hosts` (addresses of this machine), or else over one
    of the `proxies` (see `find_streamhosts`).

    `sid` is the name of the stream, if one was agreed on. `timeout` is in seconds, for the answer of the target. Raises what
    `offer_streamhosts` and `activate` raise, DialError for a proxy that cannot be connected to, ValueError without any host.
    """
    peer, name = JID(target), sid or os.urandom(16).hex()
    destination = destination_address(name, client.jid, peer)
    async with AsyncExitStack() as stack:
        arrival: Arrival | None = None
        offered = list(proxies)
        if listener is not None:
            arrival = await stack.enter_async_context(listener.expecting(destination))
            offered = listener.streamhosts(client.jid, *hosts) + offered
        used = await client.run(offer_streamhosts(peer, name, offered), timeout=timeout)
        if used.jid == client.jid:
            return await _arrived(arrival)
        _, stream = await dial([used], destination, allowed=anywhere)
        try:
            await client.run(activate(used.jid, name, peer))
        except BaseException:
            with anyio.CancelScope(shield=True):
                await anyio.aclose_forcefully(stream)
            raise
        return stream


async def _arrived(arrival: Arrival | None) -> SocksStream:
    with anyio.move_on_after(MOMENT):
        if arrival is not None:
            return await arrival.wait()
    raise BytestreamError("the target says that it has connected to us, and has not")


async def accept_bytestream(
    client: AsyncClient, offer: StreamHostOffer, *, allowed: Allowed = public, timeout: float = 10.0
) -> SocksStream:
    """Connect to one of the hosts of an offer, and tell the requester. `allowed` says which addresses may be connected to; each
    host has `timeout` seconds. Raises DialError where none can be reached, which the requester is told too.

    Wait for what the requester sends before you send something: a proxy may lose what comes before it was told to begin.
    """
    try:
        used, stream = await dial(offer.hosts, offer.destination, allowed=allowed, timeout=timeout)
    except BaseException:  # also where we are cancelled: the requester waits for an answer
        with anyio.move_on_after(MOMENT, shield=True), suppress(StreamClosedError):
            await client.send(offer.unreachable())
        raise
    try:
        await client.send(offer.accept(used))
    except BaseException:
        with anyio.CancelScope(shield=True):
            await anyio.aclose_forcefully(stream)
        raise
    return stream


def open_bytestream_blocking(
    client: Client,
    target: JID | str,
    *,
    proxies: Iterable[StreamHost] = (),
    listener: BlockingListener | None = None,
    hosts: Iterable[str] = (),
    sid: str | None = None,
    timeout: float = 60.0,
) -> BlockingSocksStream:
    """`open_bytestream` in blocking code."""
    peer, name = JID(target), sid or os.urandom(16).hex()
    destination = destination_address(name, client.jid, peer)
    with ExitStack() as stack:
        arrival: BlockingArrival | None = None
        offered = list(proxies)
        if listener is not None:
            arrival = stack.enter_context(listener.expecting(destination))
            offered = listener.streamhosts(client.jid, *hosts) + offered
        used = client.run(offer_streamhosts(peer, name, offered), timeout=timeout)
        if used.jid == client.jid:
            try:
                if arrival is not None:
                    return arrival.wait(MOMENT)
            except TimeoutError:
                pass
            raise BytestreamError("the target says that it has connected to us, and has not")
        _, stream = dial_blocking([used], destination, allowed=anywhere)
        try:
            client.run(activate(used.jid, name, peer))
        except BaseException:
            stream.close()
            raise
        return stream


def accept_bytestream_blocking(
    client: Client, offer: StreamHostOffer, *, allowed: Allowed = public, timeout: float = 10.0
) -> BlockingSocksStream:
    """`accept_bytestream` in blocking code."""
    try:
        used, stream = dial_blocking(offer.hosts, offer.destination, allowed=allowed, timeout=timeout)
    except BaseException:
        with suppress(StreamClosedError):
            client.send(offer.unreachable())
        raise
    try:
        client.send(offer.accept(used))
    except BaseException:
        stream.close()
        raise
    return stream
