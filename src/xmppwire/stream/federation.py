"""What a stream between servers knows: which domains may speak to which on it, and the dialback that goes on.

A pair is the sender's domain and the recipient's. What SASL or dialback (XEP-0220) has shown is kept as pairs, one set for
each direction: a stream is a street of one way, unless both ends agreed on two (XEP-0288).
"""

from __future__ import annotations

import hashlib
import hmac
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from ..jid import JID, JIDError
from .domain_policy import DialbackUse, DomainPolicies

if TYPE_CHECKING:
    from .events import Event
    from .questions import DialbackRequested, TLSInfo

Pair = tuple[str, str]
"""The domain of the sender, and that of the recipient."""

NAMESPACE = "jabber:server:dialback"
MIN_SECRET = 16
"""Bytes of a secret that nobody guesses, if they are drawn at random."""


def dialback_key(secret: str | bytes, *, receiving: str, originating: str, stream_id: str) -> str:
    """The key that `originating` shows to `receiving` on the stream with that id (XEP-0185 section 2)."""
    if isinstance(secret, str):
        secret = secret.encode()
    text = f"{receiving} {originating} {stream_id}"
    return hmac.new(hashlib.sha256(secret).hexdigest().encode(), text.encode(), hashlib.sha256).hexdigest()


def check_dialback_key(key: str, secret: str | bytes, *, receiving: str, originating: str, stream_id: str) -> bool:
    """Whether this is the key that `originating` made. Takes as long for a wrong key as for the right one."""
    right = dialback_key(secret, receiving=receiving, originating=originating, stream_id=stream_id)
    return hmac.compare_digest(right.encode(), key.encode("utf-8", "surrogatepass"))


def domains_of(names: Iterable[str]) -> Iterator[str]:
    """Those of the names in a certificate that are domains, with a wildcard or without."""
    for name in names:
        wildcard = "*." if name.startswith("*.") else ""
        try:
            jid = JID(name.removeprefix(wildcard))
        except JIDError:
            continue
        if jid.is_domain:
            yield wildcard + jid.domainpart


def covers(certified: Collection[str], domain: str) -> bool:
    """Whether the `domains_of` a certificate stand for this one. A wildcard is for one label (RFC 6120 section 13.7.1.2.1)."""
    _, _, parent = domain.partition(".")
    return domain in certified or ("." in parent and f"*.{parent}" in certified)


class Federation:
    """The state of one stream between servers, beside what every stream has."""

    __slots__ = (
        "accepted",
        "asked",
        "bidirectional",
        "certified",
        "checks",
        "errors_known",
        "external",
        "granted",
        "late",
        "login",
        "may_be_bidirectional",
        "policies",
        "remote",
        "requests",
        "require_tls",
        "secret",
        "secured",
        "served",
        "stream_id",
        "told",
    )

    def __init__(
        self,
        served: Iterable[str],
        remote: str | None,
        *,
        policies: DomainPolicies,
        require_tls: bool,
        secret: str | bytes | None,
        bidirectional: bool,
        login: bool = True,
        external: bool = True,
    ) -> None:
        self.served = frozenset(JID(domain).domainpart for domain in served)
        """The domains that are ours, on this stream."""
        self.remote = remote
        """The domain that we opened the stream to; None if the peer opened it."""
        self.policies = policies
        self.require_tls = require_tls
        self.secret = secret
        self.may_be_bidirectional = bidirectional
        self.login = login
        """Initiating server: whether stanzas shall flow, and `external` whether we have a certificate to show."""
        self.external = external
        self.accepted: set[Pair] = set()
        """What the peer may send."""
        self.granted: set[Pair] = set()
        """What we may send."""
        self.bidirectional = False
        self.stream_id: str | None = None
        """The id in the header of the receiving entity, of the present stream."""
        self.secured = False
        """Whether TLS protects the stream."""
        self.certified: frozenset[str] = frozenset()
        """The domains in the peer's certificate, which TLS verified."""
        self.errors_known = False
        """Whether the peer said that it takes dialback errors (XEP-0220 section 2.4.2)."""
        self.asked: dict[Pair, float | None] = {}
        """The pairs that we asked for, with the time at which we give up waiting."""
        self.requests: dict[Pair, tuple[DialbackRequested, float]] = {}
        """The pairs that the peer asks for, which the program looks into, likewise."""
        self.checks: dict[tuple[str, str, str], tuple[DialbackRequested, float]] = {}
        """The keys that we asked the authoritative server about, by sender, recipient and stream id of the answer."""
        self.late: deque[tuple[str, str, str]] = deque(maxlen=64)
        """What we gave up waiting for (without a stream id: a pair): an answer may come all the same."""
        self.told: deque[Event] = deque()
        """Events that wait to be pulled."""

    @property
    def dialback_left(self) -> bool:
        """Initiating server: whether dialback can do what a login by certificate would."""
        return self.login and self.secret is not None and (self.secured or not self.require_tls)

    def allow(self, sender: str, to: str) -> None:
        """The peer may send this from here on; where both do, we may answer."""
        self.accepted.add((sender, to))
        if self.bidirectional:
            self.granted.add((to, sender))

    def grant(self, sender: str, to: str) -> None:
        """We may send this from here on; where both do, the peer may answer."""
        self.granted.add((sender, to))
        if self.bidirectional and self.trusts(to):
            self.accepted.add((to, sender))

    def certifies(self, domain: str) -> bool:
        """Whether the peer's certificate names a domain."""
        return covers(self.certified, domain)

    def trusts(self, domain: str) -> bool:
        """Whether a domain that we reached is shown well enough to speak to us: by the DNS, or by its certificate."""
        policy = self.policies.of(domain)
        secured = self.secured or not policy.require_tls
        return not policy.refuse and secured and (policy.dialback is DialbackUse.ALLOWED or self.certifies(domain))

    def secure(self, info: TLSInfo) -> None:
        """TLS protects the stream: what was agreed in the clear was agreed with anybody."""
        self.secured = True
        self.bidirectional = False
        self.certified = frozenset(domains_of(info.peer_names))

    def deadline(self) -> float | None:
        """When the first of those that wait has waited long enough."""
        times = [when for _, when in self.requests.values()]
        times += [when for _, when in self.checks.values()]
        times += [when for when in self.asked.values() if when is not None]
        return min(times, default=None)
