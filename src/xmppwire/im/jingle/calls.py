"""Calls (XEP-0167) over ICE (XEP-0176), as far as they are signalled: no audio or video goes through here.

    sessions = Sessions(from_contacts(roster))
    support_calls(sessions)
    sessions.attach(client.session.answers)

    call = Call(sessions.initiate(client.jid, romeo, call_contents([media])))    # or Call(session), of `take_incoming`
    call.ring()                                                                  # who is called
    call.accept([media])
    for event in call.take_events(): ...

Whoever has the media stack fills in descriptions and transports, and takes those of the peer to it: they are the payloads of
the standards, with feedback, header extensions, sources and fingerprints (XEP-0293, 0294, 0339, 0320) among their `payloads`;
groups (XEP-0338) go beside the contents. A candidate that comes before the call was accepted is held, and told after that. What
is to be sent waits in the session (`JingleSession.deliver`). Candidates tell the peer where we are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from ...payload import Payload
from ...protocol import jingle_dtls_srtp, jingle_ice_udp, jingle_rtp
from ...protocol.jingle import Content, Creator, Reason, ReasonCondition, Senders
from ...protocol.jingle_ice_udp import IceUdpTransport
from ...protocol.jingle_rtp import CallState, Media, Muting, PayloadType, RtpDescription, RtpInfo, RtpMuting
from ...xml import Element
from .contents import ContentKey, ContentRecord
from .events import JingleEvent, SessionInfo, TransportInfo
from .session import JingleSession
from .sessions import Sessions
from .state import SessionState

HELD: Final = 200
"""How many messages with candidates are held; later ones are dropped."""


def support_calls(sessions: Sessions, *media: Media) -> None:
    """Take calls from now on, and announce them: audio and video, or those kinds of media. To be called before `attach`."""
    kinds = {Media.AUDIO: jingle_rtp.AUDIO_FEATURE, Media.VIDEO: jingle_rtp.VIDEO_FEATURE}
    sessions.support(
        applications=[jingle_rtp.NAMESPACE],
        transports=[jingle_ice_udp.NAMESPACE],
        infos=(*RtpInfo.element_names, *RtpMuting.element_names),
        features=[*(kinds[one] for one in media or kinds), jingle_dtls_srtp.NAMESPACE],
    )


@dataclass(frozen=True, slots=True)
class CallMedia:
    """One kind of media of a call: how it is coded, how it travels, and who sends."""

    name: str
    description: RtpDescription
    transport: IceUdpTransport
    senders: Senders = Senders.BOTH


@dataclass(frozen=True, slots=True)
class CallInfo:
    """The peer tells how it is with the call: it rings, or we are on hold, or no more."""

    state: CallState


@dataclass(frozen=True, slots=True)
class CallMuting:
    """The peer sends nothing, or again, of one content; None: of all."""

    muting: Muting
    key: ContentKey | None


CallEvent: TypeAlias = CallInfo | CallMuting | JingleEvent
"""What `Call.take_events` returns. Candidates are `TransportInfo`."""


def call_contents(media: Iterable[CallMedia], creator: Creator = Creator.INITIATOR) -> list[Content]:
    """The contents of a session for these media, in the name of the one who has them first."""
    return [
        Content(creator=creator, name=one.name, senders=one.senders, payloads=[one.description, one.transport])
        for one in media
    ]


def common_payload_types(offered: RtpDescription, supported: Sequence[PayloadType]) -> list[PayloadType]:
    """The codecs that both parties have, in the order of `supported`, with the numbers and parameters of the offer (section 5).
    The answer has those; where there are none, the call ends with `failed-application`."""
    found: list[PayloadType] = []
    for ours in supported:
        found += [theirs for theirs in offered.payload_types if _same(theirs, ours) and theirs not in found]
    return found


def _same(one: PayloadType, other: PayloadType) -> bool:
    if one.name is None or other.name is None:
        return one.id == other.id and one.id < 96  # numbers below have one meaning for everybody
    same = one.name.casefold() == other.name.casefold() and one.channels == other.channels
    return same and (one.clockrate == other.clockrate or None in (one.clockrate, other.clockrate))


class Call:
    """A call over a session, of either party."""

    def __init__(self, session: JingleSession) -> None:
        self.session = session
        self._held: list[TransportInfo] = []

    @property
    def media(self) -> dict[ContentKey, CallMedia]:
        """What the peer has said about each kind of media: what it offers, or how it has accepted what we offered. Others than
        RTP over ICE are not there."""
        found: dict[ContentKey, CallMedia] = {}
        for key, record in self.session.contents.items():
            if (one := _told(record)) is not None:
                found[key] = one
        return found

    # --- what we do -------------------------------------------------------------------------------------------------

    def ring(self) -> None:
        """Say that the user is being asked (section 8.4)."""
        self.session.inform(RtpInfo(state=CallState.RINGING))

    def accept(self, media: Iterable[CallMedia], payloads: Sequence[Payload | Element] = ()) -> None:
        """Take the call, with these of the media that were offered, by their names, and our side of them. `payloads` go beside
        them. Raises ValueError for others."""
        self.session.accept(self._contents(media), payloads)

    def add(self, media: CallMedia) -> None:
        """Propose another kind of media. Raises ValueError as `JingleSession.add_contents`."""
        self.session.add_contents(*call_contents([media], self.session.role))

    def accept_added(self, media: Iterable[CallMedia]) -> None:
        """Take media that the peer has added (`ContentsAdded`)."""
        self.session.accept_contents(*self._contents(media))

    def hold(self, on: bool = True) -> None:
        """Put the peer on hold, or go on (section 8.2)."""
        self.session.inform(RtpInfo(state=CallState.HOLD if on else CallState.UNHOLD))

    def resume(self) -> None:
        """Say that we take part again, whatever was before (section 8.1)."""
        self.session.inform(RtpInfo(state=CallState.ACTIVE))

    def mute(self, key: ContentKey | None = None, on: bool = True) -> None:
        """Say that we send nothing of a content (None: of all), or again (section 8.3)."""
        creator = self.session.role if key is None else key.creator
        name = None if key is None else key.name
        self.session.inform(RtpMuting(muting=Muting.MUTE if on else Muting.UNMUTE, creator=creator, name=name))

    def send_candidates(self, key: ContentKey, transport: IceUdpTransport) -> None:
        """Tell the peer of further candidates as they are found, or of new credentials (XEP-0176 sections 5.5 and 5.9)."""
        self.session.send_transport_info(key, transport)

    def hang_up(self, reason: Reason | ReasonCondition = ReasonCondition.SUCCESS) -> None:
        """End the call, or do not take it (`BUSY`, `DECLINE`), or give it up (`CANCEL`)."""
        self.session.terminate(reason)

    def _contents(self, media: Iterable[CallMedia]) -> list[Content]:
        """The answer to what the peer has offered."""
        role = Creator.RESPONDER if self.session.role is Creator.INITIATOR else Creator.INITIATOR
        return call_contents(media, role)

    # --- what the peer does -----------------------------------------------------------------------------------------

    def take_events(self) -> list[CallEvent]:
        """What has happened since the last call."""
        found: list[CallEvent] = []
        for event in self.session.take_events():
            match event:
                case SessionInfo(payload=RtpInfo(state=state)):
                    found.append(CallInfo(state))
                case SessionInfo(payload=RtpMuting(muting=muting, creator=creator, name=name)):
                    found.append(CallMuting(muting, None if name is None else ContentKey(creator, name)))
                case TransportInfo():
                    if len(self._held) < HELD:
                        self._held.append(event)
                case _:
                    found.append(event)
        if self.session.state is not SessionState.PENDING:
            found += self._held
            self._held.clear()
        return found


def _told(record: ContentRecord) -> CallMedia | None:
    """What the peer has said about a content."""
    content = record.answer if record.ours else record.offer
    if content is None:
        return None
    description, transport = content.description, content.transport
    if not isinstance(description, RtpDescription) or not isinstance(transport, IceUdpTransport):
        return None
    return CallMedia(content.name, description, transport, record.senders)
