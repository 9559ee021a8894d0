"""Calls as they are signalled, through real servers and our own: proposed by message (XEP-0353), and negotiated (XEP-0167).

One of the two runs on the adapter under test, the other one in a thread, in blocking code.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import pytest

import xmppwire_io.blocking
from tests.interop.harness import Connect, account, play, skip_without, until
from tests.interop.servers import Lab, Server
from tests.interop.test_interop_disco import skip_if_it_answers_itself
from xmppwire import JID, Message, Presence
from xmppwire.im.carbons import enable_carbons
from xmppwire.im.commands import anybody
from xmppwire.im.disco import fetch_info
from xmppwire.im.jingle import (
    Call,
    CallInfo,
    CallMedia,
    Change,
    ContentKey,
    Proposal,
    ProposalChange,
    Proposals,
    SessionAccepted,
    SessionEnded,
    Sessions,
    TransportInfo,
    call_contents,
    common_payload_types,
    support_calls,
)
from xmppwire.im.ping import ping
from xmppwire.protocol import carbons, jingle_rtp
from xmppwire.protocol.jingle import Creator, ReasonCondition
from xmppwire.protocol.jingle_ice_udp import CandidateType, IceCandidate, IceUdpTransport
from xmppwire.protocol.jingle_rtp import CallState, Media, PayloadType, RtpDescription

OPUS = PayloadType(id=111, name="opus", clockrate=48000, channels=2)
SPEEX = PayloadType(id=97, name="speex", clockrate=8000)
AUDIO = ContentKey(Creator.INITIATOR, "audio")


def ice(port: int) -> IceUdpTransport:
    found = IceCandidate(
        component=1,
        foundation="1",
        generation=0,
        id=f"c{port}",
        ip="192.0.2.1",
        port=port,
        priority=1,
        protocol="udp",
        type=CandidateType.HOST,
    )
    return IceUdpTransport(ufrag="8hhy", pwd="asd88fgpdd777uzjYhagZg", candidates=[found])


def audio(*types: PayloadType) -> CallMedia:
    return CallMedia("audio", RtpDescription(media=Media.AUDIO, payload_types=list(types)), ice(4000))


class Bob:
    """He takes the first call that is proposed to him, says that it rings, and hangs up when he is on hold."""

    def __init__(self, options: dict[str, Any], alice: JID) -> None:
        self._options = {key: value for key, value in options.items() if key != "tries"}
        self._alice = alice
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self.jid = JID(options["address"])
        self.heard: list[Any] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(20)

    def _run(self) -> None:
        try:
            with xmppwire_io.blocking.connect(**self._options) as client:
                client.send(Presence())
                client.send(Presence(self._alice))
                client.run(ping(client.jid.domain))
                self._ready.set()
                self._talk(client)
        except BaseException as error:
            self._error = error
        finally:
            self._ready.set()

    def _talk(self, client: xmppwire_io.blocking.Client) -> None:
        sessions, proposals = Sessions(anybody), Proposals(anybody)
        support_calls(sessions)
        sessions.attach(client.session.answers)
        proposal = self._proposed(client, proposals)
        client.send(proposals.ring(proposal))
        client.send(proposals.proceed(proposal))
        (session,) = _waited(client, sessions, sessions.take_incoming)
        assert session.sid == proposal.id
        call = Call(session)
        call.ring()
        offered = call.media[AUDIO]
        call.accept([audio(*common_payload_types(offered.description, [SPEEX]))])
        while not any(isinstance(one, CallInfo) and one.state is CallState.HOLD for one in self.heard):
            self.heard += _waited(client, sessions, call.take_events)
        call.hang_up(ReasonCondition.GONE)
        for each in sessions.take_unsent():
            client.run(each.deliver())
        client.send(proposals.finish(proposal))

    def _proposed(self, client: xmppwire_io.blocking.Client, proposals: Proposals) -> Proposal:
        while (event := client.next_event(10)) is not None:
            for news in proposals.feed(event, client.jid) if isinstance(event, Message) else []:
                if isinstance(news, ProposalChange) and news.change is Change.RECEIVED:
                    return news.proposal
        raise AssertionError("nobody calls")

    async def finished(self, adapter: str) -> None:
        if adapter == "blocking":
            self._thread.join(20)
        else:
            await anyio.to_thread.run_sync(self._thread.join, 20)
        if self._error is not None:
            raise self._error


def _waited(client: Any, sessions: Sessions, take: Callable[[], list[Any]]) -> list[Any]:
    """What there is to take, once there is something."""
    end = time.monotonic() + 10
    while not (found := take()):
        assert time.monotonic() < end
        for session in sessions.take_unsent():
            client.run(session.deliver())
        client.wait(0.2)
    return found


def _is_from(jid: JID, presence: Presence) -> bool:
    return presence.sender == jid


async def change(client: Any, proposals: Proposals, wanted: Change) -> ProposalChange:
    """The next news of this kind."""
    while True:
        message = await until(client, Message)
        for news in proposals.feed(message, client.jid):
            if isinstance(news, ProposalChange) and news.change is wanted:
                return news


async def events(client: Any, adapter: str, call: Call, kind: type[Any]) -> list[Any]:
    """What happens to a call, up to an event of this kind."""
    found: list[Any] = []
    end = time.monotonic() + 10
    while not any(isinstance(event, kind) for event in found):
        assert time.monotonic() < end
        await client.run(call.session.deliver())
        if adapter == "blocking":
            client.wait(0.2)
        else:
            await anyio.sleep(0.02)
        found += call.take_events()
    return found


@pytest.mark.spec("XEP-0353", "3.1", "3.2", "3.4", "3.7")
@pytest.mark.spec("XEP-0167", "5", "8.2", "8.4")
@pytest.mark.spec("XEP-0176", "5.5")
def test_a_call_is_proposed_taken_and_ended(lab: Lab, im_server: Server, adapter: str) -> None:
    skip_if_it_answers_itself(im_server)

    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            await alice.send(Presence())
            options = account(lab, im_server, "bob")
            bob = Bob(options, alice.jid)
            await alice.send(Presence(bob.jid))
            sessions, proposals = Sessions(anybody), Proposals(anybody)
            support_calls(sessions)
            sessions.attach(alice.session.answers)
            proposal, message = proposals.propose(bob.jid.bare, RtpDescription(media=Media.AUDIO))
            await alice.send(message)
            ringing = await change(alice, proposals, Change.RINGING)
            assert ringing.device == bob.jid
            taken = await change(alice, proposals, Change.TAKEN)
            assert taken.device == bob.jid
            info = await alice.run(fetch_info(bob.jid)) if adapter != "blocking" else None
            assert info is None or jingle_rtp.AUDIO_FEATURE in info.features
            call = Call(sessions.initiate(alice.jid, bob.jid, call_contents([audio(OPUS, SPEEX)]), proposal.id))
            call.send_candidates(AUDIO, ice(4001))
            seen = await events(alice, adapter, call, SessionAccepted)
            assert CallInfo(CallState.RINGING) in seen
            assert call.media[AUDIO].description.payload_types == [SPEEX]
            call.hold()
            ended = (await events(alice, adapter, call, SessionEnded))[-1]
            assert ended.by_peer
            assert ended.reason.condition is ReasonCondition.GONE
            await change(alice, proposals, Change.FINISHED)
            await bob.finished(adapter)
            assert TransportInfo(AUDIO, ice(4001)) in bob.heard

    play(adapter, scenario)


@pytest.mark.spec("XEP-0353", "3.4", "5")
def test_another_device_takes_it(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "bob")) as phone,
            connect(**account(lab, im_server, "bob")) as tablet,
        ):
            await skip_without(phone, im_server, carbons.NAMESPACE)
            both = {phone: Proposals(anybody), tablet: Proposals(anybody)}
            for client in both:
                await client.run(enable_carbons())
                await client.send(Presence())
                await until(client, Presence, partial(_is_from, client.jid))
            ours = Proposals(anybody)
            proposal, message = ours.propose(phone.jid.bare, RtpDescription(media=Media.AUDIO))
            await alice.send(message)
            theirs = [await change(client, proposals, Change.RECEIVED) for client, proposals in both.items()]
            assert {one.proposal.id for one in theirs} == {proposal.id}
            await phone.send(both[phone].proceed(theirs[0].proposal))
            elsewhere = await change(tablet, both[tablet], Change.TAKEN_ELSEWHERE)
            assert elsewhere.device == phone.jid
            assert (await change(alice, ours, Change.TAKEN)).device == phone.jid
            assert len(both[tablet]) == 0

    play(adapter, scenario)
