"""Proxies, offers of stream hosts, and their answers (XEP-0065): both sides, and peers who offer what they should not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.session.play import JULIET, Play
from xmppwire.im.bytestreams import (
    BytestreamError,
    NoStreamHostError,
    StreamHost,
    StreamHostOffer,
    StreamHostOffers,
    activate,
    destination_address,
    fetch_streamhosts,
    find_proxies,
    find_streamhosts,
    offer_streamhosts,
)
from xmppwire.im.bytestreams.streamhosts import MAX_HOSTS
from xmppwire.jid import JID
from xmppwire.operation import IqError, OperationTimeout
from xmppwire.payload import Payload
from xmppwire.protocol.disco import DiscoInfo, DiscoItem, DiscoItems, Identity
from xmppwire.protocol.socks5_bytestreams import NAMESPACE, Bytestreams, Mode, StreamHostUsed
from xmppwire.stanza import ErrorCondition, ErrorType, Iq, StanzaError
from xmppwire.xml import Element

ROMEO = JID("romeo@montague.lit/orchard")
TYBALT = JID("tybalt@capulet.lit/yard")
PROXY, OTHER, BROKEN = JID("proxy.capulet.lit"), JID("relay.capulet.lit"), JID("broken.capulet.lit")
IS_PROXY = DiscoInfo(identities=[Identity(category="proxy", type="bytestreams")], features=[NAMESPACE])


def host(jid: JID = PROXY, where: str = "192.0.2.1", port: int = 7777) -> StreamHost:
    return StreamHost(jid=jid, host=where, port=port)


def answer(play: Play, payload: Payload | Element | StanzaError | None = None) -> Iq:
    """Answer the one request that has come; gives the request."""
    iq = play.asked()
    asked = iq.replace(sender=JULIET)
    reply = asked.error_reply(payload) if isinstance(payload, StanzaError) else asked.result(payload)
    play.say(reply.replace(sender=iq.to))
    return iq


def query(iq: Iq) -> Bytestreams:
    found = iq.get(Bytestreams)
    assert found is not None
    return found


# --- proxies ----------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0065", "4.1", "4.2", "6.1")
def test_the_proxies_of_a_server_and_where_they_are() -> None:
    play = Play()
    running = play.run(find_streamhosts("capulet.lit"))
    names = [PROXY, BROKEN, OTHER, JID("muc.capulet.lit")]
    answer(play, DiscoItems(items=[DiscoItem(jid=name) for name in names]))
    for info in (DiscoInfo(), IS_PROXY, IS_PROXY, IS_PROXY, DiscoInfo()):
        answer(play, info)
    asked = answer(play, Bytestreams(streamhosts=[host(), host(port=7778)]))
    assert (asked.to, query(asked)) == (PROXY, Bytestreams())
    answer(play, StanzaError("forbidden"))
    answer(play, Element((NAMESPACE, "query"), children=[Element((NAMESPACE, "streamhost"), {"jid": "a@@"})]))
    assert running.result() == [host(), host(port=7778)]


def test_a_proxy_that_says_nothing_holds_nobody_up() -> None:
    play = Play()
    running = play.run(find_streamhosts("capulet.lit", timeout=3))
    answer(play, DiscoItems(items=[DiscoItem(jid=PROXY)]))
    answer(play, DiscoInfo())
    answer(play, IS_PROXY)
    play.asked()
    play.world.advance(4)
    assert running.result() == []


def test_the_proxies_alone() -> None:
    play = Play()
    running = play.run(find_proxies("capulet.lit"))
    answer(play, DiscoItems(items=[DiscoItem(jid=PROXY)]))
    answer(play, DiscoInfo())
    answer(play, IS_PROXY)
    assert running.result() == [PROXY]


@pytest.mark.spec("XEP-0065", "4.2")
@pytest.mark.parametrize(
    ("told", "taken"),
    [
        (None, []),
        (Bytestreams(), []),
        (Bytestreams(streamhosts=[host(TYBALT), host(where=""), host(port=0), host()]), [host()]),
        (Bytestreams(streamhosts=[host(JID("proxy.capulet.lit/1"))]), [host(JID("proxy.capulet.lit/1"))]),  # ejabberd
        (Bytestreams(streamhosts=[host(port=n + 1) for n in range(100)]), [host(port=n + 1) for n in range(MAX_HOSTS)]),
    ],
)
def test_of_what_a_proxy_says_only_its_own_hosts_are_taken(told: Payload | None, taken: list[StreamHost]) -> None:
    play = Play()
    running = play.run(fetch_streamhosts(PROXY))
    answer(play, told)
    assert running.result() == taken


@pytest.mark.spec("XEP-0065", "6.3.5")
def test_a_proxy_is_told_to_begin() -> None:
    play = Play()
    running = play.run(activate(PROXY, "s", ROMEO))
    asked = answer(play)
    assert (asked.type, asked.to, query(asked)) == ("set", PROXY, Bytestreams(sid="s", activate=ROMEO))
    assert running.result() is None
    running = play.run(activate(PROXY, "s", ROMEO))
    answer(play, StanzaError("not-allowed"))
    with pytest.raises(IqError):
        running.result()


# --- the requester ----------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0065", "5.3.1", "5.3.3", "6.3.3")
def test_hosts_are_offered_and_one_is_used() -> None:
    play = Play()
    hosts = [host(JULIET, "192.0.2.9", 1), host()]
    running = play.run(offer_streamhosts(ROMEO, "s", hosts))
    asked = answer(play, Bytestreams(sid="s", streamhost_used=StreamHostUsed(jid=PROXY)))
    assert (asked.to, query(asked)) == (ROMEO, Bytestreams(sid="s", streamhosts=hosts))
    assert running.result() == hosts[1]


@pytest.mark.spec("XEP-0065", "7")
def test_in_a_room_the_destination_is_named() -> None:
    play = Play()
    occupant = JID("verona@rooms.montague.lit/Tget")
    there = destination_address("s", JULIET, occupant)
    play.run(offer_streamhosts(occupant, "s", [host()], destination=there))
    assert query(play.asked()).dstaddr == there


@pytest.mark.parametrize(
    ("told", "error", "text"),
    [
        (StanzaError("item-not-found"), NoStreamHostError, "reaches none"),
        (StanzaError("not-acceptable"), IqError, "not-acceptable"),
        (None, BytestreamError, "no host was used"),
        (Bytestreams(sid="s"), BytestreamError, "no host was used"),
        (Bytestreams(sid="s", streamhost_used=StreamHostUsed(jid=TYBALT)), BytestreamError, "not offered"),
    ],
)
def test_a_target_that_uses_none_of_them(told: Any, error: type[Exception], text: str) -> None:
    play = Play()
    running = play.run(offer_streamhosts(ROMEO, "s", [host()]))
    answer(play, told)
    with pytest.raises(error, match=text):
        running.result()


def test_an_offer_has_its_time_and_a_host() -> None:
    play = Play()
    with pytest.raises(ValueError, match="needs a host"):
        next(offer_streamhosts(ROMEO, "s", []))
    running = play.run(offer_streamhosts(ROMEO, "s", [host()], timeout=3))
    play.world.advance(4)
    with pytest.raises(OperationTimeout):
        running.result()


# --- the target -------------------------------------------------------------------------------------------------------


def everybody(requester: JID, sid: str) -> bool:
    return True


class Desk:
    """A target, and requesters whom the test plays."""

    def __init__(self, allowed: Callable[[JID, str], bool] = everybody, **keywords: Any) -> None:
        self.play = Play()
        self.offers = StreamHostOffers(self.play.session.answers, allowed=allowed, **keywords)

    def offer(self, payload: Payload | Element | None = None, sender: JID = ROMEO) -> None:
        payload = payload or Bytestreams(sid="s", streamhosts=[host()])
        self.play.say(Iq("set", JULIET, payload=payload, id="q", sender=sender))

    def taken(self) -> StreamHostOffer:
        offer = self.offers.take()
        assert offer is not None
        assert self.play.server.take() == []
        return offer

    def refused(self, payload: Payload | Element | None = None, sender: JID = ROMEO) -> ErrorCondition:
        self.offer(payload, sender)
        error = self.play.asked().error
        assert error is not None
        return error.condition

    def reply(self, iq: Iq) -> Iq:
        self.play.session.send(iq, self.play.world.now)
        self.play.world.settle()
        reply = self.play.asked()
        assert (reply.to, reply.id) == (ROMEO, "q")
        return reply


@pytest.mark.spec("XEP-0065", "5.3.1", "5.3.2", "5.3.3")
def test_an_offer_and_its_answers() -> None:
    told: list[int] = []
    desk = Desk(on_offer=lambda: told.append(1))
    desk.offer(Bytestreams(sid="s", streamhosts=[host(), host(OTHER)]))
    assert (len(desk.offers), told) == (1, [1])
    offer = desk.taken()
    assert (offer.requester, offer.sid, offer.hosts) == (ROMEO, "s", (host(), host(OTHER)))
    assert offer.destination == destination_address("s", ROMEO, JULIET)
    used = query(desk.reply(offer.accept(offer.hosts[1])))
    assert used == Bytestreams(sid="s", streamhost_used=StreamHostUsed(jid=OTHER))
    assert desk.reply(offer.refuse()).error == StanzaError("not-acceptable", ErrorType.MODIFY)
    assert desk.reply(offer.unreachable()).error == StanzaError("item-not-found", ErrorType.CANCEL)
    assert desk.offers.take() is None


@pytest.mark.spec("XEP-0065", "5.3.1")
def test_offers_of_strangers_and_of_other_kinds() -> None:
    def agreed(requester: JID, sid: str) -> bool:
        return (requester, sid) == (ROMEO, "s")

    desk = Desk(agreed)
    assert desk.refused(sender=TYBALT) == "not-acceptable"
    assert desk.refused(Bytestreams(sid="t", streamhosts=[host()])) == "not-acceptable"
    assert desk.refused(Bytestreams(sid="s", streamhosts=[host()], mode=Mode.UDP)) == "not-acceptable"
    assert desk.refused(Bytestreams(streamhosts=[host()])) == "bad-request"
    assert desk.refused(Bytestreams(sid="", streamhosts=[host()])) == "bad-request"
    assert desk.refused(Bytestreams(sid="s")) == "bad-request"
    assert desk.refused(Element((NAMESPACE, "query"), {"sid": "s", "mode": "pigeon"})) == "bad-request"
    bad = Element((NAMESPACE, "streamhost"), {"jid": "proxy", "host": "a", "port": "99999"})
    assert desk.refused(Element((NAMESPACE, "query"), {"sid": "s"}, [bad])) == "bad-request"
    assert len(desk.offers) == 0


@pytest.mark.spec("XEP-0065", "7")
def test_a_destination_is_taken_where_it_is_a_hash() -> None:
    desk = Desk()
    for bad in ("", "example.com", "A" * 40, "a" * 39, "a" * 41, "a" * 40 + "\n"):
        assert desk.refused(Bytestreams(sid="s", streamhosts=[host()], dstaddr=bad)) == "bad-request"
    desk.offer(Bytestreams(sid="s", streamhosts=[host()], dstaddr="0a" * 20))
    assert desk.taken().destination == "0a" * 20


def test_offers_that_wait_are_bounded_and_so_are_their_hosts() -> None:
    desk = Desk(limit=3)
    for number in range(3):
        desk.offer(Bytestreams(sid=f"s{number}", streamhosts=[host()]))
    assert desk.refused(Bytestreams(sid="s3", streamhosts=[host()])) == "resource-constraint"
    assert len(desk.offers) == 3
    desk = Desk()
    desk.offer(Bytestreams(sid="s", streamhosts=[host(where=""), *(host(port=n) for n in range(100))]))
    assert desk.refused() == "not-acceptable"  # once more
    assert [one.port for one in desk.taken().hosts] == list(range(1, MAX_HOSTS + 1))
