"""Who can be reached where for a stream over SOCKS5 (XEP-0065): proxies, offers of stream hosts, and their answers.

The requester offers hosts, learns which one the target has connected to, connects there too if it is a proxy, and has the
proxy begin:

    hosts = await client.run(find_streamhosts(client.jid.domain))
    used = await client.run(offer_streamhosts(target, sid, hosts))
    ...                                        # connect there: see Socks5Client
    await client.run(activate(used.jid, sid, target))

The target has `StreamHostOffers`, connects to one of the hosts of an offer, and says so: `client.send(offer.accept(host))`.
`xmppwire_io.bytestreams` does both.

Only TCP is supported, and what is sent is not encrypted. Offers tell the other side where we are; to connect to what it offers
tells it too, and may be a trick to make us knock somewhere: whoever connects decides which addresses are good for that.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ...jid import JID
from ...operation import IqError, Operation, OperationError, OperationTimeout, request
from ...payload import PayloadError
from ...protocol.socks5_bytestreams import (
    NAMESPACE,
    Bytestreams,
    Mode,
    StreamHost,
    StreamHostUsed,
    destination_address,
)
from ...session import LATER, Answer, AutomaticAnswers, IqRequest
from ...stanza import ErrorCondition, ErrorType, Iq, StanzaError
from ..disco import find_services

MAX_HOSTS = 10
"""How many hosts are taken of an offer, and of the answer of a proxy."""
_DESTINATION = re.compile(r"[0-9a-f]{40}\Z")


class BytestreamError(OperationError):
    """There is no stream; the text says why."""


class NoStreamHostError(BytestreamError):
    """The target cannot connect to any of the hosts that it was offered."""


# --- proxies (sections 4 and 6) ---------------------------------------------------------------------------------------


def find_proxies(domain: JID | str) -> Operation[list[JID]]:
    """The proxies for bytestreams that a domain has (mostly the own server). Raises what `fetch_services` raises."""
    services = yield from find_services(domain, category="proxy", type="bytestreams")
    return [service.jid for service in services]


def fetch_streamhosts(proxy: JID | str, timeout: float | None = None) -> Operation[list[StreamHost]]:
    """Ask a proxy where it can be reached. Hosts that it names and that are not itself, or a resource of it, are left out.
    Raises what `request` raises, such as an IqError `forbidden` where the proxy does not work for us; PayloadError."""
    asked = JID(proxy)
    reply = yield from request(Iq("get", asked, payload=Bytestreams()), timeout)
    found = reply.get(Bytestreams)
    hosts = [] if found is None else found.streamhosts
    return [host for host in hosts if host.jid.bare == asked.bare and host.host and host.port][:MAX_HOSTS]


def find_streamhosts(domain: JID | str, *, timeout: float = 5.0) -> Operation[list[StreamHost]]:
    """The proxies of a domain and where they can be reached: `find_proxies`, then `fetch_streamhosts` of each, which has
    `timeout` seconds for its answer. A proxy that does not answer is left out."""
    hosts: list[StreamHost] = []
    for proxy in (yield from find_proxies(domain)):
        try:
            hosts += yield from fetch_streamhosts(proxy, timeout)
        except (IqError, OperationTimeout, PayloadError):
            continue
    return hosts


def activate(proxy: JID | str, sid: str, target: JID | str) -> Operation[None]:
    """Tell a proxy, to which both sides are connected, to begin (section 6.3.5). What reaches it before is lost. Raises what
    `request` raises."""
    yield from request(Iq("set", proxy, payload=Bytestreams(sid=sid, activate=JID(target))))


# --- the requester's side (section 5.3.1) -----------------------------------------------------------------------------


def offer_streamhosts(
    target: JID | str,
    sid: str,
    hosts: Iterable[StreamHost],
    *,
    destination: str | None = None,
    timeout: float | None = None,
) -> Operation[StreamHost]:
    """Offer hosts to the target, best first, and learn which one it has connected to. It may need a while: the
    `timeout`, in seconds, is for its answer.

    The `destination` is named where the target cannot compute it, since it does not know our address (section 7): in a room
    it is `destination_address(sid, client.jid, target)`.

    Raises NoStreamHostError where it could connect to none, BytestreamError where it names one that was not offered; IqError
    `not-acceptable` where it does not want, and all else that `request` raises; PayloadError; ValueError without a host.
    """
    offered = list(hosts)
    if not offered:
        raise ValueError("an offer needs a host")
    query = Bytestreams(sid=sid, streamhosts=offered, dstaddr=destination)
    try:
        reply = yield from request(Iq("set", target, payload=query), timeout)
    except IqError as error:
        if error.error.condition is ErrorCondition.ITEM_NOT_FOUND:
            raise NoStreamHostError(f"{target} reaches none of the hosts") from error
        raise
    answer = reply.get(Bytestreams)
    used = None if answer is None or answer.streamhost_used is None else answer.streamhost_used.jid
    for host in offered:
        if host.jid == used:
            return host
    raise BytestreamError(f"{target} has connected to {used}, which was not offered" if used else "no host was used")


# --- the target's side (section 5.3.3) --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StreamHostOffer:
    """Somebody wants a stream: connect to one of the hosts, in this order, asking for `destination`, and answer. Exactly one of
    the three answers is to be sent."""

    iq: Iq
    requester: JID
    sid: str
    hosts: tuple[StreamHost, ...]
    destination: str

    def accept(self, host: StreamHost) -> Iq:
        """The answer that we are connected to this host."""
        return self.iq.result(Bytestreams(sid=self.sid, streamhost_used=StreamHostUsed(jid=host.jid)))

    def refuse(self) -> Iq:
        """The answer that we do not want it."""
        return self.iq.error_reply(_refusal())

    def unreachable(self) -> Iq:
        """The answer that we cannot connect to any of the hosts."""
        return self.iq.error_reply(StanzaError(ErrorCondition.ITEM_NOT_FOUND, ErrorType.CANCEL))


class StreamHostOffers:
    """Offers of hosts as they come in, from those for whom `allowed` is true; all others are refused. It gets the address of
    the requester and the name of the stream, which mostly was agreed on before.

        offers = StreamHostOffers(client.session.answers, allowed=lambda requester, sid: sid in agreed)
        ...
        while (offer := offers.take()) is not None:
            ...

    At most `limit` offers wait to be taken. `on_offer` is called when there is one more.
    """

    def __init__(
        self,
        answers: AutomaticAnswers,
        *,
        allowed: Callable[[JID, str], bool],
        limit: int = 20,
        on_offer: Callable[[], object] | None = None,
    ) -> None:
        self._allowed = allowed
        self._limit = limit
        self._waiting: deque[StreamHostOffer] = deque()
        self.on_offer = on_offer
        answers.register("set", Bytestreams, self._answer, features=[NAMESPACE])

    def __len__(self) -> int:
        """How many offers wait."""
        return len(self._waiting)

    def take(self) -> StreamHostOffer | None:
        """The oldest offer that was not taken yet, if there is one."""
        return self._waiting.popleft() if self._waiting else None

    def _answer(self, request: IqRequest[Bytestreams]) -> Answer:
        query, requester = request.payload, request.sender
        target = request.iq.to or request.own
        if not query.sid or not query.streamhosts or requester is None or target is None:
            return StanzaError(ErrorCondition.BAD_REQUEST)
        if query.dstaddr is not None and _DESTINATION.match(query.dstaddr) is None:
            return StanzaError(ErrorCondition.BAD_REQUEST, text="dstaddr is no hash")
        if query.mode is not Mode.TCP or not self._allowed(requester, query.sid):
            return _refusal()
        if any((one.requester, one.sid) == (requester, query.sid) for one in self._waiting):
            return _refusal()
        if len(self._waiting) >= self._limit:
            return StanzaError(ErrorCondition.RESOURCE_CONSTRAINT)
        destination = query.dstaddr or destination_address(query.sid, requester, target)
        hosts = tuple(host for host in query.streamhosts if host.host and host.port)[:MAX_HOSTS]
        self._waiting.append(StreamHostOffer(request.iq, requester, query.sid, hosts, destination))
        if self.on_offer is not None:
            self.on_offer()
        return LATER


def _refusal() -> StanzaError:
    return StanzaError(ErrorCondition.NOT_ACCEPTABLE, ErrorType.MODIFY)
