"""Federation of the local server: what is for other domains goes out on streams to their servers, and what comes in on theirs
is delivered (RFC 6120 section 10.4).

There is one outgoing stream for each pair of a domain of ours and one of somebody else, used again for as long as it lives.
Where there is none, stanzas wait in a bounded queue while the adapter, which asks with `take_dials`, resolves the domain and
connects. If nothing comes of that, they are answered with an error.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from ..stanza import ErrorCondition, Iq, Message, Presence, Stanza, write_stanza
from ..stream.config import S2SIncomingConfig, S2SOutgoingConfig, ServerConfig
from ..stream.domain_policy import DialbackUse
from ..stream.errors import LocalProtocolError, StreamError, StreamErrorCondition
from ..stream.events import DialbackRequested, KeyVerified
from .limits import narrowed
from .peers import FederationPolicy, Incoming, Outgoing, Peer, Verifying

if TYPE_CHECKING:
    from .hub import Hub

PairKey = tuple[str, str]
_TEXT = 500
"""Characters of the text of an error that are passed on."""
Deliver = Callable[[Message | Presence | Iq, float], None]


@dataclass(slots=True, eq=False)
class Pair:
    """From a domain of ours to a remote one: the stream, or what waits for it."""

    stream: Peer | None = None
    waiting: deque[Stanza] = field(default_factory=deque[Stanza])
    size: int = 0
    """Characters of what waits."""


class Dial:
    """A request to an adapter: connect to the server of `remote`, for `local`.

    Make an `engine` for each attempt, until one of them is established; `failed` says that none was.
    """

    def __init__(self, federation: Federation, local: str, remote: str) -> None:
        self.local, self.remote = local, remote
        self._federation = federation
        self._last: Outgoing | None = None
        self._uncertified = False
        """Our certificate was refused, and the stream ended with that."""

    def engine(self, *, direct_tls: bool = False) -> Outgoing:
        """The engine for one attempt. `direct_tls`: TLS from the first byte (XEP-0368)."""
        self._last = self._federation.attempt(self, direct_tls, external=not self._uncertified)
        return self._last

    def again(self) -> bool:
        """Whether to try the same place once more, because there is another way to log in."""
        if self._uncertified or self._last is None or not self._last.refused:
            return False
        self._uncertified = self._federation.may_dial_back(self.remote)
        return self._uncertified

    def failed(self, text: str, now: float, *, found: bool = True) -> None:
        """Nobody could be reached. `found`: at least the domain leads somewhere (RFC 6120 section 10.4)."""
        condition = ErrorCondition.REMOTE_SERVER_TIMEOUT if found else ErrorCondition.REMOTE_SERVER_NOT_FOUND
        self._federation.failed(self, condition, text, now)


class Verification(Dial):
    """A request to an adapter as any other; what it is for is to ask about a dialback key."""

    def __init__(self, federation: Federation, request: DialbackRequested) -> None:
        super().__init__(federation, request.to.domainpart, request.sender.domainpart)
        self._request = request

    def engine(self, *, direct_tls: bool = False) -> Outgoing:
        """The engine for one attempt."""
        return self._federation.inquire(self, self._request, direct_tls)

    def again(self) -> bool:
        """Whether to try the same place once more: nobody logs in here."""
        return False

    def failed(self, text: str, now: float, *, found: bool = True) -> None:
        """The authoritative server could not be asked."""
        condition = "remote-connection-failed" if found else "remote-server-not-found"
        # What the dial met is no business of a peer that has shown nothing yet: it may have chosen where it led.
        self._federation.unverified(self._request, condition, now)


def _answers(stanza: Stanza) -> bool:
    """Whether a stanza is the answer to another one."""
    return stanza.type_value in ("error", "result")


class Federation:
    """The streams of a local server with others. It takes stanzas as a client's link does: `queue` finds the way."""

    account = None
    component = None

    def __init__(self, hub: Hub, config: ServerConfig, policy: FederationPolicy, deliver: Deliver) -> None:
        self.hub = hub
        self.policy = policy
        self.peers: dict[Peer, None] = {}
        """All streams that are open, in both directions."""
        self._config = config
        self._deliver = deliver
        self._pairs: dict[PairKey, Pair] = {}
        self._dials: list[Dial] = []
        self._requests: dict[DialbackRequested, Peer] = {}
        """Keys that are being verified, and who showed them."""
        self._secret = hub.random(32)

    # --- for an adapter ---------------------------------------------------------------------------------------------

    def take_dials(self) -> list[Dial]:
        """Whom to connect to, each once."""
        dials, self._dials = self._dials, []
        return dials

    def accept(self, direct_tls: bool) -> Incoming:
        """The engine for a transport on which another server speaks first."""
        refusal = None
        strangers = sum(not peer.established for peer in self.peers)
        if len(self.peers) >= self.hub.limits.peers or strangers >= self.hub.limits.strangers:
            refusal = StreamError(StreamErrorCondition.RESOURCE_CONSTRAINT, "too many streams are open", "en")
        default = self.policy.domains.default
        config = S2SIncomingConfig(
            **self._common(),
            domains=(*self._config.domains, *self.hub.components.secrets, *self._houses()),
            require_tls=default.require_tls,
            direct_tls=direct_tls,
            dialback_secret=self._secret,
        )
        incoming = Incoming(self, config, refusal)
        self.peers[incoming] = None
        return incoming

    def attempt(self, dial: Dial, direct_tls: bool, *, external: bool = True) -> Outgoing:
        """The engine for one attempt of a dial."""
        return Outgoing(self, self._outgoing(dial, direct_tls, external=external))

    def inquire(self, dial: Dial, request: DialbackRequested, direct_tls: bool) -> Verifying:
        """The engine for one attempt to ask about a key."""
        return Verifying(self, self._outgoing(dial, direct_tls, verify_only=True), request)

    def _outgoing(
        self, dial: Dial, direct_tls: bool, *, external: bool = True, verify_only: bool = False
    ) -> S2SOutgoingConfig:
        policy = self.policy.domains.of(dial.remote)  # where a certificate must be shown, there must be TLS to show it
        return S2SOutgoingConfig(
            **self._common(),
            local=dial.local,
            remote=dial.remote,
            require_tls=policy.require_tls or policy.dialback is not DialbackUse.ALLOWED,
            direct_tls=direct_tls,
            external=external,
            verify_only=verify_only,
            dialback_secret=self._secret if verify_only or self.may_dial_back(dial.remote) else None,
        )

    def _houses(self) -> list[str]:
        return [jid.domainpart for house in self.hub.houses for jid in house.addresses]

    def _common(self) -> dict[str, Any]:
        base = self._config
        return {
            "limits": narrowed(self.hub.limits.stream, 16),
            "random": base.random,
            "lang": base.lang,
            "keepalive": base.keepalive,
            "idle_timeout": base.idle_timeout,
            "bidirectional": self.policy.bidirectional,
            "policies": self.policy.domains,
        }

    def may_dial_back(self, remote: str) -> bool:
        """Whether dialback may be a way to know that domain."""
        return self.policy.domains.of(remote).dialback is not DialbackUse.NEVER

    def shutdown(self, now: float) -> None:
        """End all streams."""
        for peer in list(self.peers):
            peer.close(now, StreamError(StreamErrorCondition.SYSTEM_SHUTDOWN, "the server goes down", "en"))

    # --- stanzas ----------------------------------------------------------------------------------------------------

    def queue(self, stanza: Stanza, now: float) -> bool:
        """Send a stanza to the server of the domain that it is for. False: nobody will tell what became of it."""
        if stanza.to is None:
            return False
        if stanza.sender is None:
            stanza.sender = self.hub.domains[0]
        if not self.hub.is_ours(stanza.sender):
            return False  # nothing is relayed from one server to another
        account = self.hub.accounts.get(stanza.sender)
        restricted = account is not None and account.temporary and not self.policy.anonymous_users
        if restricted and not (isinstance(stanza, Iq) and _answers(stanza)):
            text = "users without an account speak with users of this server only"
            self._bounce(stanza, ErrorCondition.POLICY_VIOLATION, text, now)
            return False
        key = (stanza.sender.domainpart, stanza.to.domainpart)
        pair = self._pairs.get(key)
        if pair is None:
            if self.policy.domains.of(key[1]).refuse:
                self._bounce(stanza, ErrorCondition.POLICY_VIOLATION, "that domain is not spoken with", now)
                return False
            room = self.hub.limits.strangers if _answers(stanza) else self.hub.limits.peers
            if len(self._pairs) >= room:
                self._bounce(stanza, ErrorCondition.RESOURCE_CONSTRAINT, "too many servers are spoken with", now)
                return False
            pair = self._pairs[key] = Pair()
            self._dials.append(Dial(self, *key))
        if pair.stream is not None:
            if not pair.stream.deliver(stanza, now):
                self._bounce(
                    stanza, ErrorCondition.REMOTE_SERVER_TIMEOUT, "the stream to that server does not take it", now
                )
            return False
        size = len(write_stanza(stanza))
        limits = self.hub.limits
        if len(pair.waiting) >= limits.peer_stanzas or pair.size + size > limits.queue_bytes:
            self._bounce(stanza, ErrorCondition.RESOURCE_CONSTRAINT, "too much waits for that server", now)
            return False
        pair.waiting.append(stanza)
        pair.size += size
        return False

    def received(self, stanza: Message | Presence | Iq, now: float) -> None:
        """Another server has sent a stanza; the engine has seen to both addresses."""
        self._deliver(stanza, now)

    def _bounce(self, stanza: Stanza, condition: ErrorCondition, text: str, now: float) -> None:
        """Answer in the name of whom it was for, unless the stanza is an answer itself (RFC 6120 section 8.3.1)."""
        if not _answers(stanza):
            reply = stanza.error_reply(condition, text=text[:_TEXT])  # others may have written it
            self._deliver(cast("Message | Presence | Iq", reply), now)

    # --- the course of streams --------------------------------------------------------------------------------------

    def opened(self, stream: Peer, key: PairKey, now: float) -> None:
        """A stream can carry the stanzas of a pair: what waits goes out on it."""
        self.peers[stream] = None
        pair = self._pairs.setdefault(key, Pair())
        if pair.stream is not None:
            return
        pair.stream = stream
        waiting, pair.waiting, pair.size = pair.waiting, deque(), 0
        for stanza in waiting:
            self.queue(stanza, now)

    def closed(self, stream: Peer) -> None:
        """A stream is over, or about to be: the next stanza begins another."""
        for key in [key for key, pair in self._pairs.items() if pair.stream is stream]:
            del self._pairs[key]

    def failed(self, dial: Dial, condition: ErrorCondition, text: str, now: float) -> None:
        """Nobody could be reached: what waits is answered."""
        pair = self._pairs.get((dial.local, dial.remote))
        if pair is None or pair.stream is not None:
            return
        del self._pairs[dial.local, dial.remote]
        for stanza in pair.waiting:
            self._bounce(stanza, condition, text, now)

    def lost(self, stanzas: list[Stanza], now: float) -> None:
        """These were to go out on a stream that broke off: none of them has left."""
        for stanza in stanzas:
            self._bounce(stanza, ErrorCondition.REMOTE_SERVER_TIMEOUT, "the stream to that server broke off", now)

    # --- keys that others show us (XEP-0220) ------------------------------------------------------------------------

    def verify(self, peer: Peer, request: DialbackRequested, now: float) -> None:
        """Ask the authoritative server: on the stream that we have to it, or on one for this purpose."""
        if len(self._requests) >= self.hub.limits.peers:
            peer.connection.refuse(request, "resource-constraint", now, "too many keys are being verified")
            return
        self._requests[request] = peer
        pair = self._pairs.get((request.to.domainpart, request.sender.domainpart))
        if pair is not None and isinstance(pair.stream, Outgoing) and pair.stream is not peer:
            try:
                pair.stream.connection.verify_key(request, now)
            except LocalProtocolError:
                pass
            else:
                self.hub.wake(pair.stream)
                return
        self._dials.append(Verification(self, request))

    def verified(self, event: KeyVerified, now: float) -> None:
        """The authoritative server has spoken."""
        if event.condition is not None:
            self.unverified(event.request, event.condition, now)
        elif (peer := self._requests.pop(event.request, None)) is not None:
            peer.connection.answer(event.request, event.valid, now)
            self.hub.wake(peer)

    def unverified(self, request: DialbackRequested, condition: str, now: float) -> None:
        """It could not be asked, or did not know."""
        if (peer := self._requests.pop(request, None)) is not None:
            peer.connection.refuse(request, condition, now)
            self.hub.wake(peer)
