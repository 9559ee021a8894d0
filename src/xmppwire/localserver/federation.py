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
from typing import TYPE_CHECKING, cast

from ..stanza import ErrorCondition, Iq, Message, Presence, Stanza, write_stanza
from ..stream.config import S2SIncomingConfig, S2SOutgoingConfig, ServerConfig
from ..stream.errors import StreamError, StreamErrorCondition
from .peers import FederationPolicy, Incoming, Outgoing, Peer

if TYPE_CHECKING:
    from .hub import Hub

PairKey = tuple[str, str]
Deliver = Callable[[Message | Presence | Iq, float], None]


@dataclass(slots=True, eq=False)
class Pair:
    """From a domain of ours to a remote one: the stream, or what waits for it."""

    stream: Outgoing | None = None
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

    def engine(self, *, direct_tls: bool = False) -> Outgoing:
        """The engine for one attempt. `direct_tls`: TLS from the first byte (XEP-0368)."""
        return self._federation.attempt(self, direct_tls)

    def failed(self, text: str, now: float, *, found: bool = True) -> None:
        """Nobody could be reached. `found`: at least the domain leads somewhere (RFC 6120 section 10.4)."""
        condition = ErrorCondition.REMOTE_SERVER_TIMEOUT if found else ErrorCondition.REMOTE_SERVER_NOT_FOUND
        self._federation.failed(self, condition, text, now)


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

    # --- for an adapter ---------------------------------------------------------------------------------------------

    def take_dials(self) -> list[Dial]:
        """Whom to connect to, each once."""
        dials, self._dials = self._dials, []
        return dials

    def accept(self, direct_tls: bool) -> Incoming:
        """The engine for a transport on which another server speaks first."""
        refusal = None
        if len(self.peers) >= self.hub.limits.peers:
            refusal = StreamError(StreamErrorCondition.RESOURCE_CONSTRAINT, "too many streams are open", "en")
        base = self._config
        config = S2SIncomingConfig(
            domains=(*base.domains, *self.hub.components.secrets),
            limits=base.limits,
            random=base.random,
            lang=base.lang,
            keepalive=base.keepalive,
            idle_timeout=base.idle_timeout,
            require_tls=self.policy.require_tls,
            direct_tls=direct_tls,
        )
        incoming = Incoming(self, config, refusal)
        self.peers[incoming] = None
        return incoming

    def attempt(self, dial: Dial, direct_tls: bool) -> Outgoing:
        """The engine for one attempt of a dial."""
        base = self._config
        config = S2SOutgoingConfig(
            local=dial.local,
            remote=dial.remote,
            limits=base.limits,
            random=base.random,
            lang=base.lang,
            keepalive=base.keepalive,
            idle_timeout=base.idle_timeout,
            require_tls=self.policy.require_tls,
            direct_tls=direct_tls,
        )
        return Outgoing(self, config)

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
        key = (stanza.sender.domainpart, stanza.to.domainpart)
        pair = self._pairs.get(key)
        if pair is None:
            if len(self._pairs) >= self.hub.limits.peers:
                self._bounce(stanza, ErrorCondition.RESOURCE_CONSTRAINT, "too many servers are spoken with", now)
                return False
            pair = self._pairs[key] = Pair()
            self._dials.append(Dial(self, *key))
        if pair.stream is not None:
            if not pair.stream.deliver(stanza, now):
                self._bounce(stanza, ErrorCondition.REMOTE_SERVER_TIMEOUT, "the other server does not read", now)
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
        if stanza.type_value not in ("error", "result"):
            reply = stanza.error_reply(condition, text=text)
            self._deliver(cast("Message | Presence | Iq", reply), now)

    # --- the course of streams --------------------------------------------------------------------------------------

    def opened(self, stream: Outgoing, now: float) -> None:
        """A stream is established: what waits goes out on it."""
        pair = self._pairs.setdefault(stream.pair, Pair())
        if pair.stream is not None:
            return
        self.peers[stream] = None
        pair.stream = stream
        waiting, pair.waiting, pair.size = pair.waiting, deque(), 0
        for stanza in waiting:
            self.queue(stanza, now)

    def closed(self, stream: Outgoing) -> None:
        """A stream is over, or about to be: the next stanza begins another."""
        pair = self._pairs.get(stream.pair)
        if pair is not None and pair.stream is stream:
            del self._pairs[stream.pair]

    def failed(self, dial: Dial, condition: ErrorCondition, text: str, now: float) -> None:
        """Nobody could be reached: what waits is answered."""
        pair = self._pairs.get((dial.local, dial.remote))
        if pair is None or pair.stream is not None:
            return
        del self._pairs[dial.local, dial.remote]
        for stanza in pair.waiting:
            self._bounce(stanza, condition, text, now)
