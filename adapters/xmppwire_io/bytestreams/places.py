"""Where a stream host leads, and whether we go there. A peer names the hosts: without a look at the addresses it could have us
knock at any door, those behind our firewall among them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from typing import TypeAlias

from xmppwire.protocol.socks5_bytestreams import StreamHost

from ..dial import words
from ..race import Place
from ..resolve import addresses, join

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Allowed: TypeAlias = Callable[[Address, int], bool]
"""Says whether a connection to this address and port may be made."""

PLACES = 4
"""How many addresses of a host are tried."""


class DialError(ConnectionError):
    """None of the stream hosts could be connected to. `attempts` has each of them, and why not."""

    def __init__(self, attempts: Sequence[tuple[StreamHost, str]]) -> None:
        self.attempts = tuple(attempts)
        super().__init__(
            "; ".join(f"{host.jid} at {join(host.host, host.port)}: {why}" for host, why in self.attempts)
            or "there is no stream host"
        )


def public(address: Address, port: int) -> bool:
    """Allows what everybody on the Internet can reach: no own machine, no local network."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None,))[-1] or _translated(address)
        if inner is not None:
            return public(inner, port)
        if address not in _UNICAST or address in _DOCUMENTATION:
            return False
    return address.is_global and not address.is_multicast


def anywhere(_address: Address, _port: int) -> bool:
    """Allows every address."""
    return True


def _translated(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The address for which a translator stands (RFC 6052)."""
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None


_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that was given out so far: what lies outside is old (site-local, IPv4 in the last bits), local, or nothing yet."""
_DOCUMENTATION = ipaddress.IPv6Network("3fff::/20")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def places(host: StreamHost, allowed: Allowed) -> list[Place]:
    """The addresses of a host that may be connected to. Asks the DNS, and waits for it. Raises OSError where there are none."""
    found = addresses(host.host, host.port)
    good = [place for place in found if allowed(ipaddress.ip_address(place[0]), place[1])]
    if not good:
        raise PermissionError("no address that may be connected to")
    return good[:PLACES]


def reason(error: Exception) -> str:
    """Why a host could not be connected to."""
    return (words(error) if isinstance(error, OSError) else str(error)) or type(error).__name__
