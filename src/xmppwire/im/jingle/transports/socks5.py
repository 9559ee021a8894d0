"""SOCKS5 Bytestreams as a transport (XEP-0260): who is reached where, as a state machine without I/O.

Both parties name candidates (`offer`, `take`), and each tries those of the other, by `attempts`, and says which one it has
reached (`used`) or that there is none (`unreachable`). What the peer says goes to `receive`. From then on `nominated` is the
candidate that both use:

- `theirs`: we have connected to it. Where it is a proxy, what we send is lost until `activated`.
- otherwise the peer has connected to it: to us, or to a proxy of ours. There we connect too, have it `activate` the stream, and
  say so (`activate`), or that it fails (`fail_proxy`).

Where `failed`, another transport is needed.

Candidates of others are only what they say: whoever connects decides which addresses are good for that. Our own tell others
where we are (section 6.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ....jid import JID
from ....protocol.jingle import Creator
from ....protocol.jingle_socks5 import Socks5Candidate, Socks5CandidateType, Socks5Transport
from ....protocol.socks5_bytestreams import Mode, StreamHost, destination_address

CANDIDATES: Final = 20
"""How many candidates of the peer are looked at; the first ones count."""
DEFAULT_PORT: Final = 1080
PREFERENCES: Final = {
    Socks5CandidateType.DIRECT: 126,
    Socks5CandidateType.ASSISTED: 120,
    Socks5CandidateType.TUNNEL: 110,
    Socks5CandidateType.PROXY: 10,
}
_DESTINATION = re.compile(r"[0-9a-f]{40}\Z")


def candidate(cid: str, host: StreamHost, type: Socks5CandidateType, preference: int = 0) -> Socks5Candidate:
    """A candidate with the priority of its type (section 2.2); `preference`, up to 65535, rates those of one type."""
    priority = (PREFERENCES[type] << 16) + preference
    return Socks5Candidate(cid=cid, host=host.host, jid=host.jid, port=host.port, priority=priority, type=type)


@dataclass(frozen=True, slots=True)
class Nomination:
    """The candidate that is used. `theirs`: the peer has offered it, and we have connected to it."""

    candidate: Socks5Candidate
    theirs: bool

    @property
    def proxy(self) -> bool:
        """Whether somebody between us passes the bytes on, once told to."""
        return self.candidate.type is Socks5CandidateType.PROXY

    @property
    def host(self) -> StreamHost:
        """Where it is."""
        return host_of(self.candidate)


def host_of(candidate: Socks5Candidate) -> StreamHost:
    """Where a candidate is."""
    return StreamHost(jid=candidate.jid, host=candidate.host, port=candidate.port or DEFAULT_PORT)


class Socks5Negotiation:
    """The negotiation of one stream `sid` between `own` and `peer`; `role` is ours in the session."""

    def __init__(self, sid: str, role: Creator, own: JID, peer: JID) -> None:
        self.sid = sid
        self.role = role
        self.destination = destination_address(sid, own, peer)
        """What the peer asks for at our candidates."""
        self.their_destination = destination_address(sid, peer, own)
        """What we ask for at theirs."""
        self.activated = False
        """Whether the peer says that its proxy is ready."""
        self._ours: dict[str, Socks5Candidate] = {}
        self._theirs: dict[str, Socks5Candidate] = {}
        self._reached: Socks5Candidate | None = None
        self._told = False
        self._peer_reached: Socks5Candidate | None = None
        self._peer_told = False
        self._proxy_failed = False

    # --- candidates (section 2.2) -----------------------------------------------------------------------------------

    def offer(self, candidates: Iterable[Socks5Candidate]) -> Socks5Transport:
        """Our side of the transport. A responder leaves out what the initiator has offered already."""
        taken = [(one.host, one.port) for one in self._theirs.values() if self.role is Creator.RESPONDER]
        self._ours = {one.cid: one for one in candidates if (one.host, one.port) not in taken}
        proxies = any(one.type is Socks5CandidateType.PROXY for one in self._ours.values())
        return Socks5Transport(
            sid=self.sid, dstaddr=self.destination if proxies else None, candidates=list(self._ours.values())
        )

    def take(self, transport: Socks5Transport) -> None:
        """The side of the peer. Raises ValueError for another stream, and for one over UDP."""
        if transport.sid != self.sid or transport.mode is not Mode.TCP:
            raise ValueError("another stream, or not over TCP")
        if transport.dstaddr is not None and _DESTINATION.match(transport.dstaddr):
            self.their_destination = transport.dstaddr
        for one in transport.candidates:
            if len(self._theirs) < CANDIDATES and one.cid not in self._ours:
                self._theirs.setdefault(one.cid, one)

    @property
    def attempts(self) -> Sequence[Socks5Candidate]:
        """The candidates of the peer, the best first, but for those that lead nowhere."""
        usable = [one for one in self._theirs.values() if one.host and (one.port is None or one.port > 0)]
        return sorted(usable, key=lambda one: -one.priority)

    # --- what was reached (sections 2.3 and 2.4) --------------------------------------------------------------------

    def used(self, reached: Socks5Candidate) -> Socks5Transport:
        """We have connected to this candidate of the peer: what tells it so."""
        self._reached, self._told = reached, True
        return Socks5Transport(sid=self.sid, candidate_used=reached.cid)

    def unreachable(self) -> Socks5Transport:
        """We can connect to none of the candidates of the peer: what tells it so."""
        self._told = True
        return Socks5Transport(sid=self.sid, candidate_error=True)

    def activate(self) -> Socks5Transport:
        """Our proxy is ready: what tells the peer so."""
        nominated = self.nominated
        return Socks5Transport(sid=self.sid, activated="" if nominated is None else nominated.candidate.cid)

    def fail_proxy(self) -> Socks5Transport:
        """The proxy cannot be used: what tells the peer so."""
        self._proxy_failed = True
        return Socks5Transport(sid=self.sid, proxy_error=True)

    def receive(self, transport: Socks5Transport) -> None:
        """What the peer tells of this stream. What does not fit is passed over, but for a candidate of ours that it says it
        has reached, and that there is not: that is as none."""
        if transport.sid != self.sid:
            return
        if transport.candidates and not self._told:
            self.take(transport)
        if (transport.candidate_used is not None or transport.candidate_error) and not self._peer_told:
            self._peer_told = True
            self._peer_reached = self._ours.get(transport.candidate_used or "")
        if transport.activated is not None:
            nominated = self.nominated
            if nominated is not None and nominated.theirs and nominated.candidate.cid == transport.activated:
                self.activated = True
        if transport.proxy_error and self.nominated is not None and self.nominated.proxy:
            self._proxy_failed = True

    @property
    def settled(self) -> bool:
        """Whether both have said what they reached."""
        return self._told and self._peer_told

    @property
    def nominated(self) -> Nomination | None:
        """The candidate to use, once it is settled, and if there is one."""
        if not self.settled:
            return None
        mine, other = self._reached, self._peer_reached
        if other is None:
            return None if mine is None else Nomination(mine, theirs=True)
        if mine is None or mine.priority < other.priority:
            return Nomination(other, theirs=False)
        if mine.priority == other.priority and self.role is Creator.RESPONDER:
            return Nomination(other, theirs=False)  # the one that the initiator has reached
        return Nomination(mine, theirs=True)

    @property
    def failed(self) -> bool:
        """Whether there will be no stream."""
        return self._proxy_failed or (self.settled and self.nominated is None)
