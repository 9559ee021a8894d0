"""Calls as they are signalled (XEP-0167, XEP-0176): offer and answer, news of a call, candidates that come early and late."""

from __future__ import annotations

import pytest

from tests.im.jingle_stage import JULIET, ROMEO, Stage, content, key
from xmppwire.im.jingle import (
    Call,
    CallInfo,
    CallMedia,
    CallMuting,
    ContentKey,
    ContentsAccepted,
    ContentsAdded,
    JingleSession,
    SessionAccepted,
    SessionEnded,
    SessionInfo,
    TransportInfo,
    call_contents,
    common_payload_types,
    support_calls,
)
from xmppwire.im.jingle.calls import HELD
from xmppwire.protocol import jingle_rtp
from xmppwire.protocol.hashes import HashAlgorithm
from xmppwire.protocol.jingle import Action, Creator, Jingle, ReasonCondition, Senders
from xmppwire.protocol.jingle_dtls_srtp import NAMESPACE as DTLS
from xmppwire.protocol.jingle_dtls_srtp import Fingerprint, Setup
from xmppwire.protocol.jingle_grouping import Group, GroupSemantics
from xmppwire.protocol.jingle_ice_udp import CandidateType, IceCandidate, IceUdpTransport
from xmppwire.protocol.jingle_rtp import CallState, Media, Muting, PayloadType, RtpDescription
from xmppwire.protocol.jingle_rtp_feedback import Feedback
from xmppwire.protocol.jingle_rtp_header_extensions import HeaderExtension
from xmppwire.protocol.jingle_source_attributes import Source, SourceParameter

OPUS = PayloadType(id=111, name="opus", clockrate=48000, channels=2)
SPEEX = PayloadType(id=97, name="speex", clockrate=8000)
PCMU = PayloadType(id=0)
AUDIO = key("audio")


def ice(number: int, ufrag: str | None = None, pwd: str | None = None) -> IceUdpTransport:
    one = IceCandidate(
        component=1,
        foundation="1",
        generation=0,
        id=f"c{number}",
        ip="192.0.2.1",
        port=4000 + number,
        priority=1,
        protocol="udp",
        type=CandidateType.HOST,
    )
    return IceUdpTransport(candidates=[one], ufrag=ufrag, pwd=pwd)


def media(name: str = "audio", *types: PayloadType, kind: Media = Media.AUDIO) -> CallMedia:
    description = RtpDescription(media=kind, payload_types=list(types or (OPUS, SPEEX)))
    return CallMedia(name, description, ice(1, ufrag="8hhy", pwd="asd88fgpdd777uzjYhagZg"))


class Phones(Stage):
    """Romeo and Juliet on the phone."""

    def __init__(self) -> None:
        super().__init__()
        for party in (self.romeo, self.juliet):
            support_calls(party.sessions)
            party.sessions.attach(party.answers)

    def call(self, *offered: CallMedia) -> tuple[Call, Call]:
        """Romeo calls; how both see it."""
        group = Group(semantics=GroupSemantics.BUNDLE, contents=["audio"])
        contents = call_contents(offered or [media()])
        ours = self.romeo.sessions.initiate(ROMEO, JULIET, contents, payloads=[group])
        self.settle()
        (theirs,) = self.juliet.sessions.take_incoming()
        assert theirs.payloads == [group]
        return Call(ours), Call(theirs)

    def talking(self) -> tuple[Call, Call]:
        ours, theirs = self.call()
        theirs.accept([media("audio", SPEEX)])
        self.settle()
        ours.take_events()
        return ours, theirs


def states(call: Call) -> list[CallState]:
    return [event.state for event in call.take_events() if isinstance(event, CallInfo)]


@pytest.mark.spec("XEP-0167", "5", "8.4", "10")
@pytest.mark.spec("XEP-0176", "5.2", "5.4")
def test_a_call() -> None:
    phones = Phones()
    features = set(phones.juliet.answers.info().features)
    assert {jingle_rtp.NAMESPACE, jingle_rtp.AUDIO_FEATURE, jingle_rtp.VIDEO_FEATURE, DTLS} <= features
    ours, theirs = phones.call()
    assert list(theirs.media) == [AUDIO]
    assert not ours.media  # the peer has said nothing so far
    assert theirs.media[AUDIO].transport.ufrag == "8hhy"
    theirs.ring()
    phones.settle()
    assert states(ours) == [CallState.RINGING]
    group = Group(semantics=GroupSemantics.BUNDLE, contents=["audio"])
    theirs.accept([media("audio", SPEEX)], [group])
    phones.settle()
    (accepted,) = ours.take_events()
    assert isinstance(accepted, SessionAccepted)
    assert ours.session.payloads == [group]
    assert ours.media[AUDIO].description.payload_types == [SPEEX]
    theirs.hang_up()
    phones.settle()
    (ended,) = ours.take_events()
    assert isinstance(ended, SessionEnded)


@pytest.mark.spec("XEP-0320", "1")
@pytest.mark.spec("XEP-0293", "3")
@pytest.mark.spec("XEP-0294", "3")
@pytest.mark.spec("XEP-0338", "2")
@pytest.mark.spec("XEP-0339", "2")
def test_what_a_browser_says_of_its_media() -> None:
    """Fingerprints, feedback, header extensions and sources travel with the offer, typed, and back."""
    nack = Feedback(type="nack", subtype="pli")
    extension = HeaderExtension(id=1, uri="urn:ietf:params:rtp-hdrext:ssrc-audio-level")
    source = Source(ssrc=3735928559, parameters=[SourceParameter(name="cname", value="romeo")])
    fingerprint = Fingerprint(hash=HashAlgorithm.SHA_256, setup=Setup.ACTPASS, fingerprint=bytes(range(32)))
    offered = media("audio", OPUS.replace(payloads=[nack]))
    offered.description.payloads.extend((extension, source))
    offered.transport.payloads.append(fingerprint)
    phones = Phones()
    ours, theirs = phones.call(offered)
    there = theirs.media[AUDIO]
    assert there.description.payload_types[0].payloads == [nack]
    assert there.description.payloads == [extension, source]
    assert there.transport.payloads == [fingerprint]
    answer = fingerprint.replace(setup=Setup.ACTIVE)
    answered = media("audio", OPUS)
    answered.transport.payloads.append(answer)
    theirs.accept([answered])
    phones.settle()
    assert ours.media[AUDIO].transport.payloads == [answer]


@pytest.mark.spec("XEP-0167", "8.1", "8.2", "8.3")
def test_news_of_a_call() -> None:
    phones = Phones()
    ours, theirs = phones.talking()
    theirs.hold()
    theirs.hold(False)
    theirs.resume()
    theirs.mute()
    theirs.mute(AUDIO)
    theirs.mute(AUDIO, on=False)
    assert phones.settle() == [None] * 6
    assert ours.take_events() == [
        CallInfo(CallState.HOLD),
        CallInfo(CallState.UNHOLD),
        CallInfo(CallState.ACTIVE),
        CallMuting(Muting.MUTE, None),
        CallMuting(Muting.MUTE, AUDIO),
        CallMuting(Muting.UNMUTE, AUDIO),
    ]


@pytest.mark.spec("XEP-0176", "5.5", "5.9")
def test_candidates_that_come_early_are_held() -> None:
    phones = Phones()
    ours, theirs = phones.call()
    ours.send_candidates(AUDIO, ice(2))
    theirs.send_candidates(AUDIO, ice(3))
    phones.settle()
    assert ours.take_events() == theirs.take_events() == []
    theirs.accept([media()])
    assert theirs.take_events() == [TransportInfo(AUDIO, ice(2))]
    phones.settle()
    accepted, held = ours.take_events()
    assert isinstance(accepted, SessionAccepted)
    assert held == TransportInfo(AUDIO, ice(3))
    restart = ice(4, ufrag="new", pwd="newnewnewnewnewnewnewn")
    ours.send_candidates(AUDIO, restart)
    phones.settle()
    assert theirs.take_events() == [TransportInfo(AUDIO, restart)]


def test_floods_of_candidates() -> None:
    phones = Phones()
    ours, theirs = phones.call()
    for number in range(HELD + 50):
        told = call_contents([CallMedia("audio", RtpDescription(media=Media.AUDIO), ice(number))])
        jingle = Jingle(action=Action.TRANSPORT_INFO, sid=ours.session.sid, contents=told)
        assert phones.juliet.gets(jingle, ROMEO) is None
        theirs.take_events()
    theirs.accept([media()])
    assert len(theirs.take_events()) == HELD


@pytest.mark.spec("XEP-0167", "5")
@pytest.mark.spec("XEP-0166", "7.2.2", "7.2.16")
def test_video_is_added_by_both_at_once() -> None:
    phones = Phones()
    ours, theirs = phones.talking()
    video = media("video", PayloadType(id=96, name="VP8", clockrate=90000), kind=Media.VIDEO)
    ours.add(video)
    theirs.add(video)
    ((session, from_ours),) = phones.sent_by(phones.romeo)
    ((other, from_theirs),) = phones.sent_by(phones.juliet)
    error = phones.carry(phones.juliet, from_theirs)
    assert error is not None
    assert error.condition == "conflict"
    phones.pass_on(phones.romeo, session, from_ours)
    other.replied(from_theirs, error)
    added, refused = theirs.take_events()
    assert isinstance(added, ContentsAdded)
    assert refused.tie_break  # type: ignore[union-attr]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    theirs.accept_added([video])
    phones.settle()
    assert [type(event) for event in ours.take_events()] == [ContentsAccepted]
    assert set(ours.media) == {AUDIO, ContentKey(Creator.INITIATOR, "video")}
    assert len(theirs.session.contents) == 2


@pytest.mark.spec("XEP-0167", "5")
def test_codecs_in_common() -> None:
    offered = RtpDescription(media=Media.AUDIO, payload_types=[OPUS, SPEEX, PCMU, PayloadType(id=96)])
    ours = [
        PayloadType(id=0, name=None),
        PayloadType(id=100, name="OPUS", clockrate=48000, channels=2),
        PayloadType(id=101, name="speex", clockrate=16000),
        PayloadType(id=96),
    ]
    assert common_payload_types(offered, ours) == [PCMU, OPUS]
    assert common_payload_types(offered, [PayloadType(id=9, name="opus", clockrate=48000)]) == []


@pytest.mark.spec("XEP-0167", "11.1")
def test_who_is_busy() -> None:
    phones = Phones()
    ours, theirs = phones.call()
    theirs.hang_up(ReasonCondition.BUSY)
    phones.settle()
    (ended,) = ours.take_events()
    assert isinstance(ended, SessionEnded)
    assert ended.reason is not None
    assert ended.reason.condition is ReasonCondition.BUSY
    with pytest.raises(ValueError, match="over"):
        ours.hold()


def test_what_is_no_call() -> None:
    stage = Phones()
    session: JingleSession
    session, theirs = stage.offered(content())
    assert not Call(theirs).media
    with pytest.raises(ValueError, match="no content"):
        Call(theirs).accept([media()])
    assert session.contents[key()].senders is Senders.INITIATOR
    session.inform()
    stage.settle()
    assert not [event for event in Call(theirs).take_events() if isinstance(event, SessionInfo)]
