"""From the agreement of two parties on a transport to a stream of bytes (XEP-0260, XEP-0261), as a plan."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ...jid import JID
from ...operation import OperationError
from ...payload import Payload, PayloadError
from ...protocol.jingle import Action, Content, Creator, ReasonCondition
from ...protocol.jingle_in_band import InBandTransport
from ...protocol.jingle_socks5 import Socks5Candidate, Socks5CandidateType, Socks5Transport
from ...protocol.socks5_bytestreams import StreamHost
from ...xml import Element
from ..bytestreams import activate, find_streamhosts
from .contents import ContentKey
from .events import (
    ActionRefused,
    ContentsAdded,
    ContentsRejected,
    ContentsRemoved,
    JingleEvent,
    SendersModified,
    SessionAccepted,
    SessionEnded,
    SessionInfo,
    TransportAccepted,
    TransportInfo,
    TransportRejected,
    TransportReplacement,
)
from .session import JingleSession
from .state import SessionState
from .steps import Arrival, Close, Dial, Expect, ExpectInBand, InBand, Plan, Run, Wait
from .transports.in_band import BLOCK_SIZE, in_band_agreed, in_band_answer, in_band_offer
from .transports.socks5 import Nomination, Socks5Negotiation, candidate, host_of

INFOS = 50
"""How much of what the peer tells about a session is kept: two or three are of use."""


class Route(Enum):
    """How the bytes of a transfer travel."""

    DIRECT = "direct"
    PROXY = "proxy"
    IN_BAND = "in band"


class TransferEndedError(Exception):
    """The session ended before the transfer did. `event` says how; None where we gave it up ourselves."""

    def __init__(self, text: str, event: SessionEnded | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.event = event

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferOptions:
    """How a transfer is made. Times are in seconds."""

    socks5: bool = True
    """Try connections beside the stanzas first. They tell the peer, and its proxy, where we are."""
    proxies: bool = True
    """Offer the proxies of our server."""
    block_size: int = BLOCK_SIZE
    """The longest block in stanzas, in bytes."""
    answer: float = 300.0
    """How long the peer, maybe a person, may think about it."""
    connect: float = 10.0
    """How long to try to connect to the peer, and it to us."""
    settle: float = 30.0
    """How long each other step of the peer may take."""
    idle: float = 60.0
    """How long nothing may come or go."""


class Connecting:
    """One content of a session, until there is a stream. `finished` holds how the session ended."""

    def __init__(self, options: TransferOptions, random: Callable[[int], bytes] = os.urandom) -> None:
        self.options = options
        self.finished: SessionEnded | None = None
        self.infos: list[Payload | Element] = []
        """What the peer has told about the session, and nobody has taken."""
        self.accepted: Content | None = None
        """Our content, as the peer wants it."""
        self.route: Route | None = None
        """How the stream travels, once there is one."""
        self._random = random
        self._session: JingleSession | None = None
        self._key: ContentKey | None = None
        self._offered: Payload | None = None
        self._socks5: Socks5Negotiation | None = None
        self._replacement: Payload | Element | None = None
        self._replaced: InBandTransport | None = None
        self._stays = False

    @property
    def session(self) -> JingleSession:
        """The session, once there is one."""
        assert self._session is not None  # noqa: S101
        return self._session

    @property
    def key(self) -> ContentKey:
        """The content that it is about."""
        assert self._key is not None  # noqa: S101
        return self._key

    def begin(self, session: JingleSession, key: ContentKey) -> None:
        """From now on it is about this content."""
        self._session, self._key = session, key

    # --- transports -------------------------------------------------------------------------------------------------

    def prepare(self, own: JID, peer: JID) -> Plan[Payload]:
        """The transport to offer."""
        sid = self._random(16).hex()
        if self.options.socks5:
            self._socks5 = Socks5Negotiation(sid, Creator.INITIATOR, own, peer)
            self._offered = self._socks5.offer((yield from self._candidates(own)))
        else:
            self._offered = in_band_offer(sid, self.options.block_size)
        return self._offered

    def respond(self, own: JID, peer: JID, offered: Payload | Element | None) -> Plan[Payload]:
        """The transport that answers an offer. Raises ValueError for one that is none of ours."""
        if isinstance(offered, InBandTransport):
            answer = in_band_answer(offered, self.options.block_size)
            yield ExpectInBand(peer, answer)
            return answer
        if not isinstance(offered, Socks5Transport):
            raise ValueError("not a transport of files")
        self._socks5 = Socks5Negotiation(offered.sid, Creator.RESPONDER, own, peer)
        self._socks5.take(offered)
        if not self.options.socks5:
            return self._socks5.offer([])
        return self._socks5.offer((yield from self._candidates(own)))

    def _candidates(self, own: JID) -> Plan[list[Socks5Candidate]]:
        """Where we can be reached, and proxies of our server."""
        assert self._socks5 is not None  # noqa: S101
        direct: Sequence[StreamHost] = yield Expect(self._socks5.destination)
        proxies: Sequence[StreamHost] = []
        if self.options.proxies:
            with suppress(OperationError, PayloadError):
                proxies = yield Run(find_streamhosts(own.domain))
        kinds = [(host, Socks5CandidateType.DIRECT) for host in direct]
        kinds += [(host, Socks5CandidateType.PROXY) for host in proxies]
        return [
            candidate(self._random(8).hex(), host, kind, len(kinds) - number)
            for number, (host, kind) in enumerate(kinds)
        ]

    def connect(self) -> Plan[Any]:
        """The stream, over the transport that was agreed on, or over stanzas where nothing comes of that. Raises
        TransferEndedError, OSError, OperationError."""
        self.check()
        transport = self._agreed()
        opens = self.session.role is Creator.INITIATOR
        if isinstance(transport, Socks5Transport):
            stream = yield from self._connect_socks5(transport)
            if stream is not None:
                return stream
            transport = (yield from self._replace()) if opens else (yield from self._be_replaced())
        if not isinstance(transport, InBandTransport):
            raise self.give_up(ReasonCondition.FAILED_TRANSPORT, "the peer answers with another transport")
        self.route = Route.IN_BAND
        return (yield InBand(self.session.peer, transport, opens, self.options.settle))

    def _agreed(self) -> Payload | Element:
        """The transport that there is: as the peer has answered ours, or we its."""
        transport, offered = self.session.contents[self.key].transport, self._offered
        if offered is not None and type(transport) is not type(offered):
            raise self.give_up(ReasonCondition.FAILED_TRANSPORT, "the peer answers with another transport")
        if isinstance(offered, InBandTransport) and isinstance(transport, InBandTransport):
            return self._agreed_in_band(offered, transport)
        return transport

    def _agreed_in_band(self, offered: InBandTransport, answered: InBandTransport) -> InBandTransport:
        try:
            return in_band_agreed(offered, answered)
        except ValueError as error:
            raise self.give_up(ReasonCondition.FAILED_TRANSPORT, str(error)) from error

    # --- SOCKS5 (XEP-0260 section 2) --------------------------------------------------------------------------------

    def _connect_socks5(self, transport: Socks5Transport) -> Plan[Any]:
        socks5, session = self._socks5, self.session
        assert socks5 is not None  # noqa: S101  # it is our own offer, or was answered by us
        if session.role is Creator.INITIATOR:
            try:
                socks5.take(transport)
            except ValueError as error:
                raise self.give_up(ReasonCondition.FAILED_TRANSPORT, str(error)) from error
        stream = yield from self._reach(socks5)
        yield from self.wait(lambda: socks5.settled, self.options.connect + self.options.settle)
        nominated = socks5.nominated
        if nominated is not None:
            self.route = Route.PROXY if nominated.proxy else Route.DIRECT
        if nominated is not None and nominated.theirs:
            if nominated.proxy:
                yield from self.wait(lambda: socks5.activated or socks5.failed, self.options.settle)
            return None if socks5.failed else stream
        if stream is not None:
            yield Close(stream)
        return None if nominated is None else (yield from self._be_reached(socks5, nominated))

    def _reach(self, socks5: Socks5Negotiation) -> Plan[Any]:
        """Try the candidates of the peer, and tell it of the one that lets us in."""
        attempts: Sequence[Socks5Candidate] = socks5.attempts if self.options.socks5 else ()
        hosts = [host_of(one) for one in attempts]
        if hosts:
            try:
                reached, stream = yield Dial(hosts, socks5.their_destination, self.options.connect, ours=False)
            except OSError:
                pass
            else:
                number = next(number for number, host in enumerate(hosts) if host is reached)
                self._tell(socks5.used(attempts[number]))
                return stream
        self._tell(socks5.unreachable())
        return None

    def _be_reached(self, socks5: Socks5Negotiation, nominated: Nomination) -> Plan[Any]:
        """The peer uses one of our candidates."""
        if not nominated.proxy:
            try:
                return (yield Arrival(socks5.destination, self.options.connect))
            except OSError as error:
                raise self.give_up(ReasonCondition.CONNECTIVITY_ERROR, f"the peer did not connect: {error}") from error
        try:
            _, stream = yield Dial([nominated.host], socks5.destination, self.options.connect, ours=True)
        except OSError:
            self._tell(socks5.fail_proxy())
            return None
        try:
            yield Run(activate(nominated.candidate.jid, socks5.sid, self.session.peer))
        except (OperationError, PayloadError):
            yield Close(stream)
            self._tell(socks5.fail_proxy())
            return None
        self._tell(socks5.activate())
        return stream

    def _tell(self, transport: Socks5Transport) -> None:
        self.check()  # it may be over since the step before
        self.session.send_transport_info(self.key, transport)

    # --- the other transport (XEP-0260 section 3) -------------------------------------------------------------------

    def _replace(self) -> Plan[InBandTransport]:
        offered = in_band_offer(self._random(16).hex(), self.options.block_size)
        self.check()
        if self.session.contents[self.key].proposed is not None:
            self.session.reject_transport(self.key)  # ours counts
        self.session.replace_transport(self.key, offered)
        yield from self.wait(lambda: self._replaced is not None or self._stays, self.options.settle)
        if self._replaced is None:
            raise self.give_up(ReasonCondition.FAILED_TRANSPORT, "the peer does not want another transport")
        return self._agreed_in_band(offered, self._replaced)

    def _be_replaced(self) -> Plan[InBandTransport]:
        yield from self.wait(lambda: self._replacement is not None, self.options.settle)
        self.check()
        offered = self._replacement
        if not isinstance(offered, InBandTransport):
            self.session.reject_transport(self.key)
            raise self.give_up(ReasonCondition.FAILED_TRANSPORT, "the peer proposes a transport that is not supported")
        answer = in_band_answer(offered, self.options.block_size)
        yield ExpectInBand(self.session.peer, answer)
        self.session.accept_transport(self.key, answer)
        return answer

    # --- events -----------------------------------------------------------------------------------------------------

    def wait(self, ready: Callable[[], bool], seconds: float) -> Plan[None]:
        """Wait for something that the peer is to do. Raises TransferEndedError where the session ends before, or it takes too
        long."""
        if not (yield from self.pause(ready, seconds)):
            if self.finished is not None:
                raise TransferEndedError(words(self.finished), self.finished)
            raise self.give_up(ReasonCondition.TIMEOUT, "the peer does not go on")

    def pause(self, ready: Callable[[], bool], seconds: float) -> Plan[bool]:
        """Wait for something, but no longer than until the session ends; whether it is there."""

        def news() -> bool:
            self.absorb()
            return ready() or self.finished is not None

        if not news():
            yield Wait(news, seconds)
        return ready()

    def hear_out(self, seconds: float) -> Plan[None]:
        """Wait for the end of the session, which the peer should tell now."""
        yield from self.pause(lambda: False, seconds)

    def give_up(self, reason: ReasonCondition, text: str) -> TransferEndedError:
        """End the session for this reason; what is to be raised."""
        self.session.terminate(reason)
        return TransferEndedError(text)

    def check(self, unless: ReasonCondition | None = None) -> None:
        """Raise TransferEndedError where the session is over, but for this reason."""
        self.absorb()
        event = self.finished
        if event is not None and (unless is None or event.reason is None or event.reason.condition is not unless):
            raise TransferEndedError(words(event), event)

    def absorb(self) -> None:
        """Look at what has happened."""
        while events := self.session.take_events():
            for event in events:
                self._absorb(event)

    def _absorb(self, event: JingleEvent) -> None:
        match event:
            case SessionAccepted(contents=contents):
                self.accepted = next((one for one in contents if ContentKey.of(one) == self.key), None)
                if self.accepted is None:
                    self.session.terminate(ReasonCondition.FAILED_APPLICATION)
            case SessionEnded():
                self.finished = event
            case SessionInfo(payload=payload) if len(self.infos) < INFOS:
                self.infos.append(payload)
            case TransportInfo(key=self.key, transport=Socks5Transport() as transport) if self._socks5 is not None:
                with suppress(ValueError):
                    self._socks5.receive(transport)
            case TransportReplacement(key=self.key, transport=transport):
                self._replacement = transport
            case TransportAccepted(key=self.key, transport=transport):
                self._replaced = transport if isinstance(transport, InBandTransport) else None
                self._stays = self._replaced is None
            case TransportRejected(key=self.key) | ActionRefused(action=Action.TRANSPORT_REPLACE):
                self._stays = True
            case ContentsRemoved(keys=keys) | ContentsRejected(keys=keys) if self.key in keys:
                self.session.terminate(ReasonCondition.FAILED_APPLICATION)
            case SendersModified(key=self.key):
                self.session.terminate(ReasonCondition.FAILED_APPLICATION)  # a file goes one way
            case ContentsAdded(contents=contents) if self.session.state is not SessionState.ENDED:
                known = self.session.contents
                if added := [key for one in contents if (key := ContentKey.of(one)) in known]:
                    self.session.reject_contents(*added)
            case _:
                pass


def words(event: SessionEnded) -> str:
    """Why a session ended, for people."""
    if event.error is not None:
        return f"the peer refused: {event.error}"
    reason = None if event.reason is None else event.reason.condition or "another session"
    text = "" if event.reason is None or event.reason.text is None else f": {event.reason.text}"
    who = "the peer ended the session" if event.by_peer else "the session ended"
    return f"{who} ({reason}){text}" if reason else event.text or who
