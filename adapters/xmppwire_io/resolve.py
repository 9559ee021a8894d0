"""Where a domain's server is: SRV records (RFC 6120 section 3.2, RFC 2782, XEP-0368), and addresses for names.

These calls ask the network and wait for its answer: in an event loop they belong into a thread.
"""

from __future__ import annotations

import ipaddress
import random
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, zip_longest
from queue import Empty, SimpleQueue
from typing import Any

from xmppwire.idna import to_ascii_domain

from .race import Place

PORT, DIRECT_PORT = 5222, 5223
MAX_TARGETS = 10
"""How many SRV records of a domain are followed: who needs more has a load balancer, or wants to keep us busy."""
MAX_ADDRESSES = 20
"""How many addresses are tried. The DNS of a hostile domain can name any number, of others' machines too: one stanza is not to
have us knock at thousands of doors. An honest domain has a few places with an address of each family."""
PATIENCE = 0.05
"""Seconds for which answers of the DNS are waited for beside the first one (RFC 8305 section 3)."""
_PORTS = {"client": (PORT, DIRECT_PORT), "server": (5269, 5270)}


@dataclass(frozen=True, slots=True)
class Target:
    """A place to connect to. `direct_tls`: TLS from the first byte, else STARTTLS. `uri`: of the WebSocket there."""

    host: str
    port: int
    direct_tls: bool = False
    uri: str | None = None
    priority: int | None = field(default=None, compare=False)
    """What the DNS says of it."""

    def beside(self, other: Target) -> bool:
        """Whether `other` may be tried while this one does not answer: whoever does is spoken to alike."""
        alike = self.priority is not None and (self.priority, self.direct_tls) == (other.priority, other.direct_tls)
        return self is other or (alike and self.uri is other.uri is None)

    def __str__(self) -> str:
        return self.uri or join(self.host, self.port)


@dataclass(frozen=True, slots=True)
class Service:
    """One SRV record."""

    priority: int
    weight: int
    target: Target


class ResolveError(OSError):
    """The name does not lead to an address."""


Query = Callable[[str], Sequence[tuple[int, int, str, int]] | None]
"""Asks for the SRV records of a name: (priority, weight, target, port); None where there are none."""


def join(host: str, port: int) -> str:
    """`host:port`, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def lookup(
    domain: str,
    *,
    direct_tls: bool | None = None,
    query: Query | None = None,
    choose: Callable[[int], int] = random.randrange,
    service: str = "client",
) -> list[Target]:
    """The targets for `domain` of a client, or with `service` "server" of another server, in the order in which to try them.

    The records for TLS from the first byte and for STARTTLS are mixed by priority and weight, as XEP-0368 asks;
    `direct_tls` narrows it to one kind. Without any record, without dnspython, and for an IP address it is the domain
    itself. `query` replaces the DNS, `choose(n)` the random number below n. Of more than
    `MAX_TARGETS` records only the first are taken, and within a priority the heaviest. Raises ResolveError if the domain
    says that it has no such service, ValueError for what is no domain.
    """
    bare = domain.strip("[]")
    default = Target(bare, _PORTS[service][bool(direct_tls)], bool(direct_tls))
    if is_address(bare):
        return [default]
    name = to_ascii_domain(bare)
    query = query or dns_query()
    services: list[Service] = []
    known = False
    for kind, direct in ((f"_xmpps-{service}", True), (f"_xmpp-{service}", False)):
        if query is None or direct_tls not in (None, direct):
            continue
        for priority, weight, host, port in query(f"{kind}._tcp.{name}.") or ():
            known = True
            if host.rstrip("."):  # the target "." says that the service is not there
                services.append(Service(priority, weight, Target(host.rstrip("."), port, direct)))
    if known and not services:
        raise ResolveError(f"{domain} says in the DNS that it has no XMPP service for {service}s")
    if not services:
        return [Target(name, default.port, default.direct_tls)]
    if len(services) > MAX_TARGETS:
        services = sorted(services, key=lambda service: (service.priority, -service.weight))[:MAX_TARGETS]
    return [replace(service.target, priority=service.priority) for service in order(services, choose)]


def order(services: Iterable[Service], choose: Callable[[int], int] = random.randrange) -> list[Service]:
    """Services by priority; within one, drawn at random in proportion to their weights (RFC 2782, Usage rules)."""
    rest = sorted(services, key=lambda service: (service.priority, service.weight != 0))
    result: list[Service] = []
    while rest:
        group = [service for service in rest if service.priority == rest[0].priority]
        sums = list(accumulate(service.weight for service in group))
        mark = choose(sums[-1] + 1)  # those of weight 0 stand first: only a mark of 0 draws one before the others
        drawn = next(service for service, upto in zip(group, sums, strict=True) if upto >= mark)
        rest.remove(drawn)
        result.append(drawn)
    return result


def dns_query() -> Query | None:
    """Asks the system's DNS through dnspython (the extra `dns`); None where that is not installed."""
    try:
        import dns.exception
        import dns.resolver
    except ImportError:
        return None

    def query(name: str) -> list[tuple[int, int, str, int]] | None:
        try:
            answer: Any = dns.resolver.resolve(name, "SRV", lifetime=10.0, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return None
        except dns.exception.DNSException:
            return None  # no answer about SRV: the domain itself may still lead somewhere (RFC 6120 section 3.2.2)
        return [(item.priority, item.weight, str(item.target), item.port) for item in answer]

    return query


def addresses(host: str, port: int) -> list[Place]:
    """The IP addresses of a host, in the system's order of preference, but of both families in turn. Raises ResolveError."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise ResolveError(f"{host}: {reason or 'not a name that can be looked up'}") from error
    return list(dict.fromkeys((host, port) for host in interleave([_address(entry[4]) for entry in found])))


def _address(found: tuple[Any, ...]) -> str:
    """An address in text, with the scope of a link-local one (RFC 4007 section 11)."""
    scoped = len(found) == 4 and found[3] and "%" not in found[0]
    return f"{found[0]}%{found[3]}" if scoped else str(found[0])


def together(targets: Sequence[Target], patience: float = PATIENCE) -> list[list[Place] | ResolveError | None]:
    """The addresses of each target, or why there are none (XEP-0495 section 4.2). All are asked for at once.

    The first answer that helps is waited for, and `patience` seconds more for the others: None stands for one that did not
    come in time.
    """
    found: list[list[Place] | ResolveError | None] = [None] * len(targets)
    answers: SimpleQueue[int] = SimpleQueue()

    def ask(number: int) -> None:
        try:
            found[number] = addresses(targets[number].host, targets[number].port)
        except ResolveError as error:
            found[number] = error
        finally:
            answers.put(number)

    asked = 0
    for number in range(len(targets)):
        try:
            if len(targets) == 1:
                ask(number)
            else:
                threading.Thread(target=ask, args=(number,), name="xmppwire looks up", daemon=True).start()
        except RuntimeError:  # the system has no thread left
            if number:
                break
            ask(number)
        asked += 1
    until: float | None = None
    for _ in range(asked):
        try:
            number = answers.get(timeout=None if until is None else max(0.0, until - time.monotonic()))
        except Empty:
            break
        if until is None and isinstance(found[number], list):
            until = time.monotonic() + patience
    return found[:]  # what comes now is too late


def interleave(hosts: Sequence[str]) -> list[str]:
    """Addresses of both families in turn, in their order otherwise (RFC 8305 section 4): where one family is broken, the next
    attempt is of the other."""
    families = {True: [host for host in hosts if ":" in host], False: [host for host in hosts if ":" not in host]}
    first = bool(hosts) and ":" in hosts[0]
    pairs = zip_longest(families[first], families[not first])
    return [host for pair in pairs for host in pair if host is not None]


def is_address(host: str) -> bool:
    """Whether this is an IPv4 or IPv6 address, and no name."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
