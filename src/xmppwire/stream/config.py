"""The role that a `Connection` plays, and what it may use: one frozen record a role.

There is no subclass of `Connection`: a role is a config. `ClientConfig` opens a stream to a server, `ServerConfig` accepts
one from a client; `S2SOutgoingConfig` and `S2SIncomingConfig` are the two ends of a stream between servers. Which side speaks
first is a matter of the base class: `InitiatingConfig` or `ReceivingConfig`. `ComponentConfig` and `ComponentServerConfig` are
the two ends of the stream of a component (XEP-0114).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from ..jid import JID
from ..sasl import BindingPolicy, Credentials, Policy, ScramKeys
from .domain_policy import DomainPolicies
from .features.base import Feature
from .federation import MIN_SECRET, Federation
from .framing import Framing
from .header import is_language_tag
from .limits import CLIENT_LIMITS, Limits
from .management import Resumption, StreamManagement
from .registration import Registration
from .sasl2 import SASL2, SASL2Offer

RandomBytes = Callable[[int], bytes]
COMPONENT_NAMESPACE = "jabber:component:accept"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamConfig:
    """What all roles have. Times are in seconds."""

    limits: Limits = field(default_factory=Limits)
    random: RandomBytes = field(default=os.urandom, repr=False)
    """Where nonces and stream ids come from. Give a seeded source for a reproducible run."""
    lang: str = "en"
    """The default language of human-readable text that we send (`xml:lang` of our stream header)."""
    keepalive: float | None = 60.0
    """Send a blank after this much silence of ours, so that the path stays open (RFC 6120 section 4.6.1). None: never."""
    idle_timeout: float | None = None
    """Give up when nothing at all was received for so long. None: never; a client with `keepalive` on the other side is
    never silent for long."""
    direct_tls: bool = False
    """TLS was established from the first byte (XEP-0368): the stream begins with `tls_established`."""
    require_tls: bool = True
    """Refuse to go on without TLS (RFC 7590). False allows plaintext, for tests on loopback."""
    allow_plain_without_tls: bool = False
    """Let PLAIN and other mechanisms that show the secret run without TLS."""
    management: StreamManagement | None = None
    """Acknowledge stanzas, and let the stream be resumed after a loss (XEP-0198), where the peer can. None: do not."""
    framing: Framing = Framing.TCP
    """What carries the stream. With `Framing.WEBSOCKET`, which is for clients and their servers, TLS is there from the first
    byte (`direct_tls`), or not at all."""
    features: Sequence[Feature] | None = None
    """Stream features, in order of preference. None: all built-in ones."""
    elements: Collection[tuple[str, str]] = ()
    """First-level elements (namespace, local name) other than stanzas that the program handles itself: they become events."""

    def __post_init__(self) -> None:
        # Said here, where the mistake is: once a peer has connected it would be too late to raise.
        if not is_language_tag(self.lang):
            raise ValueError(f"{self.lang!r} is not a language tag")
        if self.framing is Framing.WEBSOCKET:
            if not isinstance(self, ClientConfig | ServerConfig):
                raise ValueError("WebSocket is for clients and their servers")
            if self.require_tls and not self.direct_tls:
                raise ValueError("over WebSocket there is TLS from the first byte, or not at all: set `direct_tls`")


@dataclass(frozen=True, slots=True, kw_only=True)
class InitiatingConfig(StreamConfig):
    """What initiating entities have in common: they open the stream, and log in."""

    content_namespace: ClassVar[str] = "jabber:client"

    starttls_unoffered: bool = True
    """Try STARTTLS also where it is not offered (RFC 7590 section 3.1)."""
    resume: Resumption | None = field(default=None, repr=False)
    """Go on with this stream, which was lost (XEP-0198 section 5); needs `management`. Where the server cannot, a new one is
    opened."""

    def __post_init__(self) -> None:
        StreamConfig.__post_init__(self)
        if self.resume is not None and self.management is None:
            raise ValueError("a stream is resumed with `management` only")

    @property
    def domain(self) -> str:
        """The domain that the stream is opened to; its certificate is what TLS checks."""
        raise NotImplementedError

    @property
    def address(self) -> str | None:
        """Who opens the stream, as its header says; None if that is not known yet."""
        raise NotImplementedError

    @property
    def account(self) -> JID | None:
        """What we are once the login succeeded; None if only the other side knows."""
        raise NotImplementedError

    @property
    def credentials(self) -> Credentials:
        """What there is to log in with."""
        raise NotImplementedError

    @property
    def policy(self) -> Policy:
        """Which ways to log in are acceptable."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivingConfig(StreamConfig):
    """What receiving entities have in common: they accept a stream, and decide who it is."""

    content_namespace: ClassVar[str] = "jabber:client"

    domains: Sequence[str]
    """The domains served; the first is named where the peer asked for none of them."""
    mechanisms: Sequence[str] = ()
    """The SASL mechanisms offered. Those with -PLUS appear where a channel binding is at hand, EXTERNAL where the peer
    presented a certificate, PLAIN inside TLS only (unless `allow_plain_without_tls`)."""
    offer_tls: bool = True
    """Advertise STARTTLS. Without it, and with `require_tls`, only direct TLS works."""
    advertise_limits: bool = False
    """Say how long an element may be, and a silence with `idle_timeout` (XEP-0478)."""
    decoy_secret: bytes | None = field(default=None, repr=False)
    """What the SCRAM challenges for accounts that do not exist are made from, so that nobody learns who exists. Give all
    streams of a server the same; None draws one a stream."""

    def __post_init__(self) -> None:
        StreamConfig.__post_init__(self)
        if not self.domains:
            raise ValueError("a server needs a domain")
        for domain in self.domains:
            if not JID(domain).is_domain:
                raise ValueError(f"{domain!r} is not a domain")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig(InitiatingConfig):
    """The initiating entity of a client-to-server stream.

    `jid` is the account's address; with a resourcepart, that resource is asked for. For an anonymous login give the domain
    alone. One of `password`, `keys`, `token`, `external` or `anonymous` says how to log in; without any, negotiation stops
    at authentication with `AUTHENTICATION_FAILED`, which is what a probe wants.
    """

    limits: Limits = CLIENT_LIMITS
    """Those of other roles, but for the length of what the own server sends after the login: rosters are long."""
    jid: JID
    password: str | None = field(default=None, repr=False)
    keys: Sequence[ScramKeys] = field(default=(), repr=False)
    """Keys kept from an earlier login: spare the derivation, and the password need not be known."""
    token: str | None = field(default=None, repr=False)
    """An OAuth 2.0 bearer token (RFC 7628)."""
    external: bool = False
    """Log in with the client certificate that the TLS layer presented. Where that names several accounts, `authzid` says which
    (XEP-0178 section 2)."""
    anonymous: bool = False
    authcid: str | None = None
    """The name to authenticate with, where it is not the JID's localpart (RFC 6120 section 6.3.7)."""
    authzid: JID | None = None
    """Act as this account, where that is not the one whose credentials are used (section 6.3.8)."""
    mechanisms: Collection[str] | None = None
    """Use only these SASL mechanisms. None: all that are safe here."""
    channel_binding: BindingPolicy = BindingPolicy.PREFER
    """What channel binding is worth: see `xmppwire.sasl.BindingPolicy`."""
    known_mechanisms: frozenset[str] = frozenset()
    """The mechanisms that led to a login at this server before (`Authenticated.mechanism`). A server that was once logged
    in to with SCRAM is never answered with PLAIN again."""
    known_bindings: frozenset[str] = frozenset()
    """The channel binding types that led to a login at this server before (`Authenticated.binding`)."""

    sasl2: SASL2 | None = field(default_factory=SASL2)
    """Log in by SASL2 (XEP-0388) where that is offered, inside TLS: with fewer round trips. None: never."""
    register: Registration | None = None
    """Make the account before the login (XEP-0077), with `password`. None: it is there."""
    active: bool = True
    """False: begin the stream in the inactive state, where the server can (XEP-0352); see `Connection.set_active`."""
    compression: bool = False
    """Compress the stream (XEP-0138) where the server offers that behind the login, which takes two round trips. It can give
    secrets away to those who see only how much is sent: leave it off unless every byte counts."""

    def __post_init__(self) -> None:
        InitiatingConfig.__post_init__(self)
        if self.resume is not None and not self.logs_in_as(self.resume.jid):
            raise ValueError(f"the stream to resume is one of {self.resume.jid.bare}")
        if self.register is not None and not (self.jid.localpart and self.password):
            raise ValueError("an account is made with a user name and a password")

    def logs_in_as(self, jid: JID) -> bool:
        """Whether this can be an address of ours."""
        return jid.bare == self.account if self.account is not None else jid.domainpart == self.domain

    @property
    def domain(self) -> str:
        return self.jid.domainpart

    @property
    def address(self) -> str | None:
        return str(self.jid.bare) if self.jid.localpart is not None else None

    @property
    def account(self) -> JID | None:
        return None if self.anonymous else self.authzid or self.jid.bare

    @property
    def credentials(self) -> Credentials:
        return Credentials(
            username=self.authcid or self.jid.localpart or "",
            password=self.password,
            keys=tuple(self.keys),
            certificate=self.external,
            token=self.token,
            anonymous=self.anonymous,
            authzid=str(self.authzid) if self.authzid is not None else None,
        )

    @property
    def policy(self) -> Policy:
        return Policy(
            allow_plain_without_tls=self.allow_plain_without_tls,
            mechanisms=self.mechanisms,
            channel_binding=self.channel_binding,
            known_mechanisms=self.known_mechanisms,
            known_bindings=self.known_bindings,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig(ReceivingConfig):
    """The receiving entity of a client-to-server stream, for one or more domains."""

    sasl2: SASL2Offer | None = None
    """Offer SASL2 (XEP-0388) inside TLS, with what this says. None: do not."""
    mechanisms: Sequence[str] = (
        "SCRAM-SHA-512-PLUS",
        "SCRAM-SHA-256-PLUS",
        "SCRAM-SHA-1-PLUS",
        "SCRAM-SHA-512",
        "SCRAM-SHA-256",
        "SCRAM-SHA-1",
        "PLAIN",
    )
    compression: bool = False
    """Offer compression (XEP-0138) behind the login. It can give secrets away to those who see only how much is sent, and
    costs about 300 KiB a stream."""
    registration: bool = False
    """Let strangers make an account before they log in (XEP-0077): `RegistrationFormRequested`, `RegistrationRequested`."""
    client_state: bool = False
    """Let clients say whether anybody looks at them (XEP-0352): `ClientStateChanged` tells. Offer it if you act upon it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class S2SOutgoingConfig(InitiatingConfig):
    """The initiating entity of a server-to-server stream (RFC 6120 section 9.2): stanzas flow from us only.

    We log in with the certificate that the TLS layer presented (EXTERNAL); where the peer does not offer that, or refuses
    it, by dialback.
    """

    content_namespace: ClassVar[str] = "jabber:server"

    local: str
    """Our domain, for which we send."""
    remote: str
    """The domain that we send to."""
    external: bool = True
    """Log in with our certificate where the peer offers EXTERNAL."""
    dialback_secret: str | bytes | None = field(default=None, repr=False)
    """What dialback keys are made from (XEP-0185): drawn once when the server starts (`secrets.token_bytes(32)`), and the same
    for all streams of its domains. None: no dialback."""
    verify_only: bool = False
    """Log in to nothing: the stream is for `Connection.verify_key`."""
    bidirectional: bool = False
    """Let stanzas flow in both directions where the peer can (XEP-0288)."""
    policies: DomainPolicies = field(default_factory=DomainPolicies)
    """What is asked of the peer where it shows us further domains, on a stream of two directions."""

    def __post_init__(self) -> None:
        InitiatingConfig.__post_init__(self)
        for domain in (self.local, self.remote):
            if not JID(domain).is_domain:
                raise ValueError(f"{domain!r} is not a domain")
        _check_secret(self.dialback_secret)
        if self.verify_only and self.dialback_secret is None:
            raise ValueError("a stream to verify keys on (`verify_only`) is for servers with a `dialback_secret`")

    def federation(self) -> Federation:
        """The state that a stream begins with."""
        return Federation(
            [self.local],
            self.domain,
            policies=self.policies,
            require_tls=self.require_tls,
            secret=self.dialback_secret,
            bidirectional=self.bidirectional,
            login=not self.verify_only,
            external=self.external,
        )

    @property
    def domain(self) -> str:
        return JID(self.remote).domainpart

    @property
    def address(self) -> str | None:
        return JID(self.local).domainpart

    @property
    def account(self) -> JID | None:
        return JID(self.local)

    @property
    def credentials(self) -> Credentials:
        return Credentials(certificate=self.external)

    @property
    def policy(self) -> Policy:
        return Policy(mechanisms=("EXTERNAL",))


@dataclass(frozen=True, slots=True, kw_only=True)
class S2SIncomingConfig(ReceivingConfig):
    """The receiving entity of a server-to-server stream: stanzas flow from the peer only.

    `ExternalRequested` asks the program whether the peer's certificate is good for the domain that it claims,
    `DialbackRequested` to have a dialback key verified by the domain's own server.
    """

    content_namespace: ClassVar[str] = "jabber:server"

    mechanisms: Sequence[str] = ("EXTERNAL",)
    """The SASL mechanisms offered to a peer with a certificate. Empty: only dialback is left."""
    dialback_secret: str | bytes | None = field(default=None, repr=False)
    """What our own dialback keys are made from: those that others ask about are checked against it. None: no dialback."""
    bidirectional: bool = False
    """Let stanzas flow in both directions where the peer wants it (XEP-0288)."""
    policies: DomainPolicies = field(default_factory=DomainPolicies)
    """What is asked of which domain before its stanzas are taken."""

    def __post_init__(self) -> None:
        ReceivingConfig.__post_init__(self)
        _check_secret(self.dialback_secret)

    def federation(self) -> Federation:
        """The state that a stream begins with."""
        return Federation(
            self.domains,
            None,
            policies=self.policies,
            require_tls=self.require_tls,
            secret=self.dialback_secret,
            bidirectional=self.bidirectional,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentConfig(InitiatingConfig):
    """A component: a program that speaks for a whole domain, lent to it by a server (XEP-0114).

    A stanza needs both addresses here: one that is sent without a sender goes out in the name of `jid`. There is no STARTTLS:
    without `direct_tls`, keep to loopback or a network that you trust.
    """

    content_namespace: ClassVar[str] = COMPONENT_NAMESPACE

    jid: JID
    """The domain that the component speaks for."""
    secret: str = field(repr=False)
    """What the server and the component know. It is proved, not shown; but who listens can try guesses, so make it long."""
    require_tls: bool = False
    """Refuse to go on without TLS, which for a component means `direct_tls`."""

    def __post_init__(self) -> None:
        InitiatingConfig.__post_init__(self)
        if not self.jid.is_domain:
            raise ValueError(f"{str(self.jid)!r} is not a domain")
        if not self.secret:
            raise ValueError("a component needs a secret")
        self.secret.encode()  # raises UnicodeEncodeError, a ValueError
        _check_component(self)

    @property
    def domain(self) -> str:
        return self.jid.domainpart

    @property
    def address(self) -> str | None:
        return None

    @property
    def account(self) -> JID | None:
        return self.jid

    @property
    def credentials(self) -> Credentials:
        return Credentials()

    @property
    def policy(self) -> Policy:
        return Policy(mechanisms=())


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentServerConfig(ReceivingConfig):
    """The server's end of a component's stream (XEP-0114). `domains` are those that components may speak for.

    `ComponentRequested` asks the program for the secret.
    """

    content_namespace: ClassVar[str] = COMPONENT_NAMESPACE

    require_tls: bool = False
    """Refuse to go on without TLS, which for a component means `direct_tls`."""

    def __post_init__(self) -> None:
        ReceivingConfig.__post_init__(self)
        _check_component(self)


def _check_secret(secret: str | bytes | None) -> None:
    if secret is not None and len(secret.encode() if isinstance(secret, str) else secret) < MIN_SECRET:
        raise ValueError(f"a dialback secret has at least {MIN_SECRET} bytes, drawn at random")


def _check_component(config: StreamConfig) -> None:
    if config.require_tls and not config.direct_tls:
        raise ValueError("a component's stream has TLS from the first byte, or not at all: set `direct_tls`")
    if config.management is not None:
        raise ValueError("a component's stream has no features: `management` is not for it")


Config = ClientConfig | ServerConfig | S2SOutgoingConfig | S2SIncomingConfig | ComponentConfig | ComponentServerConfig
"""The roles that a `Connection` can play."""

SessionConfig = ClientConfig | ComponentConfig
"""The roles that a `Session` can have."""
