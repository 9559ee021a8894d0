"""Streams with other servers, as engines for an adapter: `Outgoing` ones, on which we send, and `Incoming` ones (RFC 6120
section 4.5: stanzas flow in one direction on each).

A peer is believed to be the domain that its certificate is for (SASL EXTERNAL, XEP-0178), or the one whose own server says so
(dialback, XEP-0220), as far as the policy has it. A stream on which no stanza came or went for a while is closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..jid import JID, JIDError
from ..stanza import Iq, Message, Presence, Stanza
from ..stream.config import S2SIncomingConfig, S2SOutgoingConfig
from ..stream.connection import Connection
from ..stream.domain_policy import DialbackUse, DomainPolicies, DomainPolicy
from ..stream.errors import LocalProtocolError, StreamError, StreamErrorCondition
from ..stream.events import (
    Authenticated,
    AuthenticationFailed,
    AuthorizationRequested,
    DialbackRequested,
    EndReason,
    Established,
    Event,
    ExternalRequested,
    KeyVerified,
    PairVerified,
    PeerClosed,
    Question,
    Signal,
    StreamEnded,
    StreamErrorReceived,
    StreamErrorSent,
    StreamOpened,
    TLSInfo,
)
from ..stream.federation import covers, domains_of
from ..stream.phases import Phase
from ..xml import Element

if TYPE_CHECKING:
    from .federation import Federation

CERTIFICATES = DomainPolicies(default=DomainPolicy(dialback=DialbackUse.NEVER))


@dataclass(frozen=True, slots=True, kw_only=True)
class FederationPolicy:
    """How a local server speaks with other servers."""

    domains: DomainPolicies = CERTIFICATES
    """What is asked of which domain. By itself: TLS, and a certificate."""
    bidirectional: bool = False
    """Let stanzas flow in both directions on a stream where the peer can (XEP-0288)."""
    idle_seconds: float = 600.0
    """Close a stream after so long without a stanza. It is opened again when there is something to say."""
    anonymous_users: bool = False
    """Let users without an account speak to other servers (XEP-0175 section 3). By themselves they only answer requests."""


_DEAF = frozenset({EndReason.CONNECTION_LOST, EndReason.STREAM_ERROR_RECEIVED})
"""Ends behind which the peer hears nothing more."""


class Peer:
    """One stream with another server. Made by the local server; move its bytes as you move a `Connection`'s."""

    def __init__(self, federation: Federation, config: S2SOutgoingConfig | S2SIncomingConfig) -> None:
        self.connection = Connection(config)
        self._federation = federation
        self._idle = federation.policy.idle_seconds
        self.established = False
        """Whether it could carry stanzas, at some time."""
        self.shown_by: str | None = None
        """How the server that opened the stream has shown who it is: "EXTERNAL" or "dialback"."""
        self._used: float | None = None
        """When a stanza came or went last, once the stream can carry any."""
        self._unwritten: list[Stanza] = []
        """What waits in `data_to_send`."""
        self._broken = False
        """What waits there is not to be written any more: it was given back."""

    # --- the surface of an engine -----------------------------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        """Where the stream stands."""
        return self.connection.phase

    @property
    def wants_read(self) -> bool:
        """Whether to read from the transport."""
        return self.connection.wants_read

    @property
    def output_size(self) -> int:
        """Bytes that wait in `data_to_send`."""
        return 0 if self._broken else self.connection.output_size

    def start(self, now: float) -> None:
        """The transport is connected."""
        self.connection.start(now)

    def receive_data(self, data: bytes, now: float) -> None:
        """Take input; `b""` is the end of file."""
        self.connection.receive_data(data, now)

    def next_event(self, now: float) -> Event | Signal:
        """The next event that concerns the driver, or a `Signal`. Stanzas are handled on the way."""
        hub = self._federation.hub
        hub.active = self
        try:
            while True:
                event = self.connection.next_event(now)
                if isinstance(event, Message | Presence | Iq):
                    self._used = now
                    self._received(event, now)
                elif isinstance(event, Question):
                    if not self._settle(event, now):
                        return event
                else:
                    self._follow(event, now)
                    return event
        finally:
            hub.active = None

    def data_to_send(self) -> bytes:
        """All output since the last call."""
        self._unwritten.clear()
        data = self.connection.data_to_send()
        return b"" if self._broken else data

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is due."""
        due = self.connection.next_timeout()
        if self._used is None or self.phase is not Phase.ESTABLISHED:
            return due
        idle = self._used + self._idle
        return idle if due is None else min(idle, due)

    def handle_timeout(self, now: float) -> None:
        """Do what is due."""
        self.connection.handle_timeout(now)
        if self._used is not None and self.phase is Phase.ESTABLISHED and now >= self._used + self._idle:
            self.close(now)

    def send(self, item: Stanza | Element, now: float) -> None:
        """Send something on this stream, whoever it is for."""
        self.connection.send(item, now)
        self._federation.hub.wake(self)

    def close(self, now: float, error: StreamError | None = None) -> None:
        """Begin to close the stream."""
        self._over(now)
        self.connection.close(now, error)
        self._federation.hub.wake(self)

    def tls_established(self, info: TLSInfo, now: float) -> None:
        """TLS is in place."""
        self.connection.tls_established(info, now)

    def tls_failed(self, reason: str, now: float) -> None:
        """TLS could not be had."""
        self.connection.tls_failed(reason, now)

    def answer(self, question: Question, value: object, now: float) -> None:
        """Answer a question that `next_event` returned."""
        self.connection.answer(question, value, now)

    def refuse(self, question: Question, condition: str, now: float, text: str | None = None) -> None:
        """Refuse a question that `next_event` returned."""
        self.connection.refuse(question, condition, now, text)

    # --- the stream's course ----------------------------------------------------------------------------------------

    def deliver(self, stanza: Stanza, now: float) -> bool:
        """Send a stanza; False if the stream cannot take it."""
        if self.phase is not Phase.ESTABLISHED or self.output_size > self._federation.hub.limits.queue_bytes:
            return False
        try:
            self.connection.send(stanza, now)
        except LocalProtocolError:
            return False
        self._used = now
        self._unwritten.append(stanza)
        self._federation.hub.wake(self)
        return True

    def _received(self, stanza: Message | Presence | Iq, now: float) -> None:
        self._federation.received(stanza, now)

    def _follow(self, event: Event | Signal, now: float) -> None:
        match event:
            case Authenticated(mechanism=mechanism):
                self.shown_by = mechanism
            case PairVerified():
                self.shown_by = self.shown_by or "dialback"
            case Established():
                self.established = True
                self._used = now
            case PeerClosed() | StreamErrorReceived() | StreamErrorSent():
                self._over(now)
            case StreamEnded(reason=reason, error=error):
                self._over(now)
                self._federation.peers.pop(self, None)
                silent = error is not None and error.condition is StreamErrorCondition.CONNECTION_TIMEOUT
                if self._unwritten and (silent or reason in _DEAF):
                    lost, self._unwritten, self._broken = self._unwritten, [], True
                    self._federation.lost(lost, now)
            case _:
                pass

    def _over(self, now: float) -> None:
        """The stream carries nothing more."""
        self._federation.closed(self)

    def _settle(self, question: Question, now: float) -> bool:
        """Answer what the server can answer. False for what only the driver can."""
        if not isinstance(question, DialbackRequested):
            return False
        if self._federation.hub.is_ours(question.sender):
            self.connection.answer(question, False, now)
        elif question.certified:
            self.connection.answer(question, True, now)  # its certificate says it: nobody need be asked
        else:
            self._federation.verify(self, question, now)
        return True


class Outgoing(Peer):
    """A stream that we opened, from one of our domains to another server's."""

    def __init__(self, federation: Federation, config: S2SOutgoingConfig) -> None:
        super().__init__(federation, config)
        self.pair = (config.address or "", config.domain)
        self.refused = False
        """The peer has refused our certificate."""

    def tls_established(self, info: TLSInfo, now: float) -> None:
        """TLS is in place. Where dialback alone does not do, the peer's certificate must be good for it."""
        use = self._federation.policy.domains.of(self.pair[1]).dialback
        if use is DialbackUse.ALLOWED or certifies(info, self.pair[1]):
            super().tls_established(info, now)
        else:
            self.connection.tls_failed(f"the peer has shown no certificate for {self.pair[1]}", now)

    def _follow(self, event: Event | Signal, now: float) -> None:
        super()._follow(event, now)
        if isinstance(event, Established):
            self._federation.opened(self, self.pair, now)
        elif isinstance(event, KeyVerified):
            self._federation.verified(event, now)
        elif isinstance(event, AuthenticationFailed):
            self.refused = True


class Verifying(Outgoing):
    """A stream to ask the authoritative server about the key that somebody has shown us (XEP-0220 section 2.3)."""

    def __init__(self, federation: Federation, config: S2SOutgoingConfig, request: DialbackRequested) -> None:
        super().__init__(federation, config)
        self._request = request

    def _follow(self, event: Event | Signal, now: float) -> None:
        Peer._follow(self, event, now)
        if isinstance(event, Established):
            self._federation.peers[self] = None
            self.connection.verify_key(self._request, now)
        elif isinstance(event, KeyVerified):
            self._federation.verified(event, now)
            self.close(now)


class Incoming(Peer):
    """A stream that another server opened."""

    def __init__(self, federation: Federation, config: S2SIncomingConfig, refusal: StreamError | None) -> None:
        super().__init__(federation, config)
        self._refusal = refusal
        self._claimed: JID | None = None
        """Who the peer says it is."""
        self._asked: JID | None = None
        """Which of our domains it wants to speak with."""

    def start(self, now: float) -> None:
        """The transport is connected."""
        super().start(now)
        if self._refusal is not None:
            self.close(now, self._refusal)

    def _follow(self, event: Event | Signal, now: float) -> None:
        super()._follow(event, now)
        match event:
            case StreamOpened(sender=sender, to=to):
                self._claimed, self._asked = sender, to
            case Established(jid=jid) if self._asked is not None and self.connection.bidirectional:
                self._both_ways(self._asked, jid, now)
            case PairVerified(sender=sender, to=to) if self.connection.bidirectional:
                self._both_ways(to, sender, now)
            case _:
                pass

    def _both_ways(self, local: JID, remote: JID, now: float) -> None:
        """What we have to say goes out on this stream too (XEP-0288)."""
        if self.connection.may_send(local.domainpart, remote.domainpart):
            self._federation.opened(self, (local.domainpart, remote.domainpart), now)

    def _settle(self, question: Question, now: float) -> bool:
        if isinstance(question, ExternalRequested):
            self.connection.answer(question, self._proved(question), now)
        elif isinstance(question, AuthorizationRequested):
            self.connection.answer(question, False, now)
        else:
            return super()._settle(question, now)
        return True

    def _proved(self, question: ExternalRequested) -> str | None:
        """The domain that the peer claims, if its certificate is good for it (XEP-0178 section 3)."""
        try:
            claimed = JID(question.authzid) if question.authzid else self._claimed
        except JIDError:
            return None
        if claimed is None or not claimed.is_domain or self._federation.hub.is_ours(claimed):
            return None
        return str(claimed) if certifies(question.tls, claimed.domainpart) else None


def certifies(info: TLSInfo, domain: str) -> bool:
    """Whether the peer's certificate is good for the domain."""
    return covers(frozenset(domains_of(info.peer_names)), domain)
