"""Negotiation of a stream (RFC 6120 section 4.3): what both sides know while it runs, and what features may do.

`Negotiation` is the view of the stream that a feature is given. The two scripts, one a side, are in `initiating` and
`receiving`; they read like the ladders of RFC 6120 section 9.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from typing import TYPE_CHECKING, Any

from ..jid import JID
from ..xml import Element, Name
from .config import ClientConfig, Config, InitiatingConfig, ReceivingConfig, ServerConfig
from .core import random_id
from .errors import StreamErrorCondition
from .events import Resumed, TLSInfo, TLSRequested
from .features.base import AWAIT, Feature, Step, ask
from .header import StreamFault, StreamHeader
from .management import Acks, Resumption, Sendable
from .phases import Cause

if TYPE_CHECKING:
    from .core import StreamCore
    from .federation import Federation

_MAX_DEFERRED = 100
"""Stanzas that a server may push before our negotiation is complete; they are delivered after `Established`."""


class Negotiation:
    """The state of a stream's negotiation. Features read it, and send and ask through it."""

    __slots__ = (
        "_core",
        "account",
        "anticipated",
        "bind_failures",
        "config",
        "content_namespace",
        "domain",
        "done",
        "features",
        "header",
        "jid",
        "known",
        "login_failed",
        "opening",
        "registered",
        "registrations",
        "restarts",
        "resume_failures",
        "sasl_failures",
        "tls",
        "to_seen",
    )

    def __init__(self, core: StreamCore, config: Config, known: Sequence[Feature]) -> None:
        self._core = core
        self.config = config
        self.known = known
        self.content_namespace = config.content_namespace
        self.domain = config.domain if isinstance(config, InitiatingConfig) else config.domains[0]
        self.done: set[str] = set()
        """Names of the features negotiated so far, over all restarts."""
        self.tls: TLSInfo | None = None
        self.account: JID | None = None
        """The bare JID that logged in."""
        self.jid: JID | None = None
        """The full JID, once a resource is bound."""
        self.header = StreamHeader(None, None, None, (0, 9), None)
        """The peer's stream header, of the present stream."""
        self.features: list[Element] = []
        """What the peer advertised last."""
        self.restarts = 0
        self.sasl_failures = 0
        self.bind_failures = 0
        self.resume_failures = 0
        self.registrations = 0
        """Requests to register so far."""
        self.registered = False
        """Whether one of them made an account."""
        self.login_failed = False
        """Initiating server: the peer does not take our certificate, and dialback is left."""
        self.to_seen: str | None = None
        self.anticipated: object = None
        """What a feature has sent before its turn (`Feature.anticipate`)."""
        self.opening: Resumed | None = None
        """What to tell in place of `Established`, if an earlier stream goes on."""

    @property
    def initiating(self) -> InitiatingConfig:
        """The config, where we are the initiating entity."""
        assert isinstance(self.config, InitiatingConfig)  # noqa: S101 - features ask in the initiating half only
        return self.config

    @property
    def client(self) -> ClientConfig:
        """The config, where we are a client."""
        assert isinstance(self.config, ClientConfig)  # noqa: S101 - asked for by what only clients negotiate
        return self.config

    @property
    def client_config(self) -> ClientConfig | None:
        """The config, if we are a client."""
        return self.config if isinstance(self.config, ClientConfig) else None

    @property
    def server_config(self) -> ServerConfig | None:
        """The config, if we are a server that clients connect to."""
        return self.config if isinstance(self.config, ServerConfig) else None

    @property
    def receiving(self) -> ReceivingConfig:
        """The config, where we are the receiving entity."""
        assert isinstance(self.config, ReceivingConfig)  # noqa: S101 - features ask in the receiving half only
        return self.config

    @property
    def between_servers(self) -> bool:
        """Whether the peer is a server too: then nobody binds a resource."""
        return self.content_namespace == "jabber:server"

    @property
    def complete(self) -> bool:
        """Whether nothing mandatory is left."""
        if self.between_servers:
            return self.account is not None or "dialback" in self.done
        return self.account is not None and self.jid is not None

    @property
    def core(self) -> StreamCore:
        """The moving parts, for features that outlive negotiation."""
        return self._core

    @property
    def federation(self) -> Federation:
        """Which domains may speak to which, between servers."""
        assert self._core.federation is not None  # noqa: S101 - features ask between servers only
        return self._core.federation

    @property
    def decoy_secret(self) -> bytes | None:
        """What makes the challenges for accounts that do not exist."""
        return self.receiving.decoy_secret

    @property
    def early(self) -> bool:
        """Whether what comes now may be early data, that somebody sends once more: until we have answered it."""
        return self.tls is not None and self.tls.early_data and self.sasl_failures == 0

    @property
    def now(self) -> float:
        """The time, on the engine's clock."""
        return self._core.now

    @property
    def has_rest(self) -> bool:
        """Whether bytes were received behind the element that is being handled."""
        return self._core.has_rest

    def offered(self, name: Name) -> Element | None:
        """The element of that name among the features that the peer advertised last."""
        return next((element for element in self.features if element.name == name), None)

    def send(self, element: Element) -> None:
        """Queue a first-level element."""
        self._core.write_element(element)

    def reject(self, element: Element, condition: str, text: str) -> None:
        """Answer a stanza with a stanza error."""
        self._core.reject(element, condition, text)

    def random_id(self) -> str:
        """A fresh identifier that nobody can guess."""
        return random_id(self.config.random)

    def request(self, kind: str, payload: Element) -> Generator[Step, Any, Element]:
        """Send an IQ and wait for its reply. Other stanzas that come first are kept for the program."""
        identifier = self.random_id()
        iq = (self.content_namespace, "iq")
        self.send(Element(iq, {"type": kind, "id": identifier}, [payload]))
        while True:
            element: Element = yield AWAIT
            if element.name == iq and element.get("id") == identifier and element.get("type") in ("result", "error"):
                if self._core.acks is not None:
                    self._core.acks.received()
                return element
            self._defer(element)

    def await_other(self, names: Collection[Name]) -> Generator[Step, Any, Element]:
        """Wait for an element that is no stanza. Stanzas that come first are kept for the program."""
        while True:
            element: Element = yield AWAIT
            if element.name in names:
                return element
            self._defer(element)

    def _defer(self, element: Element) -> None:
        if element.namespace != self.content_namespace:
            raise StreamFault(
                StreamErrorCondition.UNSUPPORTED_STANZA_TYPE, f"<{element.local}/> while a reply is awaited"
            )
        self._core.deferred.append(element)
        if len(self._core.deferred) > _MAX_DEFERRED:
            raise StreamFault(StreamErrorCondition.POLICY_VIOLATION, "too many stanzas before the stream is ready")

    def manage(self, acks: Acks) -> None:
        """Count stanzas from here on (XEP-0198). Those that were put off came before."""
        acks.skip = len(self._core.deferred)
        self._core.acks = acks

    def resume(self, acks: Acks, state: Resumption, confirmed: Sequence[Sendable]) -> None:
        """Go on with an earlier stream: nothing is bound, and what was not confirmed is sent again."""
        self._core.acks = acks
        self.jid = state.jid
        self.done |= {"bind", "session", "management"}
        self._core.untold = confirmed
        self.opening = Resumed(state.jid, confirmed, self._core.resend())

    def switch_to_compression(self) -> None:
        """From the next byte on, in both directions, a new stream is compressed (XEP-0138)."""
        self._core.compress()

    @property
    def asks_for_unoffered_tls(self) -> bool:
        """Whether the peer was asked for TLS although it does not offer any, and has not answered."""
        return self._core.tls_unoffered

    @asks_for_unoffered_tls.setter
    def asks_for_unoffered_tls(self, asks: bool) -> None:
        self._core.tls_unoffered = asks

    @property
    def client_active(self) -> bool:
        """What the client said last of its state (XEP-0352)."""
        return self._core.client_active

    @client_active.setter
    def client_active(self, active: bool) -> None:
        self._core.client_active = active

    def switch_to_tls(self) -> Generator[Step, Any, None]:
        """Hand the transport to TLS: from here on its bytes are TLS's, until the program reports the handshake."""
        core = self._core
        core.move(Cause.TLS_AGREED)
        server_side = isinstance(self.config, ReceivingConfig)
        info: TLSInfo = yield from ask(TLSRequested(server_side, self.domain))
        self.tls = info
        core.forget_input()
        if core.federation is not None:
            core.federation.secure(info)
            self.done.discard("bidi")
        core.move(Cause.TLS_DONE)
