"""What a server asks of another domain before stanzas flow (RFC 7590, XEP-0220, XEP-0178): TLS, a certificate, dialback.

A certificate proves a domain by those who signed it; dialback proves it by the DNS, and is as strong as that is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from ..jid import JID


class DialbackUse(Enum):
    """When dialback may show who a domain is."""

    NEVER = "never"
    """Only a certificate may: SASL EXTERNAL."""
    WITH_CERTIFICATE = "with-certificate"
    """Dialback, if a certificate that TLS verified names the domain as well: for a further domain on a stream, or a peer
    without EXTERNAL."""
    ALLOWED = "allowed"
    """A certificate or dialback: whichever is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainPolicy:
    """What is asked of one domain."""

    require_tls: bool = True
    """Nothing counts before TLS. On a stream whose config has `require_tls` that is so for every domain."""
    dialback: DialbackUse = DialbackUse.ALLOWED
    """When dialback may show that the peer is this domain."""
    refuse: bool = False
    """Have nothing to do with this domain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainPolicies:
    """What is asked of whom: `domains` are those with a policy of their own."""

    default: DomainPolicy = field(default_factory=DomainPolicy)
    domains: Mapping[str, DomainPolicy] = field(default_factory=dict[str, DomainPolicy])

    def __post_init__(self) -> None:
        for domain in self.domains:
            if JID(domain).domainpart != domain:
                raise ValueError(f"{domain!r} is not a domain as it is compared: write {JID(domain).domainpart!r}")

    def of(self, domain: str) -> DomainPolicy:
        """The policy for a domain, given as the domainpart of a JID."""
        return self.domains.get(domain, self.default)
