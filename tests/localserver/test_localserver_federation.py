"""Two local servers that federate: routing, one stream for each pair, what waits, what comes back, and who is believed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localserver.countries import CAPULET, MONTAGUE, Countries
from tests.localserver.town import bodies
from tests.pair import CUTS
from xmppwire.im.roster import fetch_roster
from xmppwire.jid import JID
from xmppwire.localserver import Dial, FederationPolicy, LocalLimits, LocalServer
from xmppwire.localserver.peers import certifies
from xmppwire.protocol.ping import Ping
from xmppwire.stanza import ErrorCondition, Iq, Message, Presence, PresenceType
from xmppwire.stream import (
    AuthenticationFailed,
    DialbackUse,
    DomainPolicies,
    DomainPolicy,
    EndReason,
    PairRefused,
    PairVerified,
    Signal,
    StreamEnded,
    StreamError,
    TLSInfo,
)
from xmppwire.stream.errors import StreamErrorCondition
from xmppwire.stream.phases import Phase

JULIET, ROMEO = "juliet@capulet.lit/balcony", "romeo@montague.lit/orchard"


@pytest.mark.spec("RFC 6120", "10.4")
@pytest.mark.parametrize("cut", CUTS)
def test_messages_go_to_and_fro_on_one_stream_each_way(cut: str) -> None:
    countries = Countries(cut=CUTS[cut]())
    juliet, romeo = countries.login(JULIET), countries.login(ROMEO)
    for word in ("one", "two", "three"):
        juliet.say(Message(romeo.jid, word, type="chat"))
        romeo.say(Message(juliet.jid, word.upper(), type="chat"))
    heard = romeo.heard()
    assert bodies(heard) == ["one", "two", "three"]
    assert {message.sender for message in heard} == {juliet.jid}
    assert bodies(juliet.heard()) == ["ONE", "TWO", "THREE"]
    assert [(dial.local, dial.remote) for dial in countries.dials] == [(CAPULET, MONTAGUE), (MONTAGUE, CAPULET)]
    assert {stream.server.engine.shown_by for stream in countries.streams} == {"EXTERNAL"}


@pytest.mark.spec("RFC 6120", "10.4")
def test_requests_are_answered_across_servers() -> None:
    countries = Countries()
    juliet = countries.login(JULIET)
    reply = juliet.run_iq(Iq.get(Ping(), to=MONTAGUE, id="1"))
    assert reply.type == "result"
    assert reply.sender == JID(MONTAGUE)
    reply = juliet.run_iq(Iq.get(Ping(), to="nobody@montague.lit", id="2"))
    assert reply.error is not None
    assert reply.error.condition is ErrorCondition.SERVICE_UNAVAILABLE


@pytest.mark.spec("RFC 6120", "10.4")
@pytest.mark.parametrize(
    ("road", "condition"),
    [(False, ErrorCondition.REMOTE_SERVER_NOT_FOUND), (True, ErrorCondition.REMOTE_SERVER_TIMEOUT)],
)
def test_what_cannot_be_delivered_comes_back(road: bool, condition: ErrorCondition) -> None:
    countries = Countries()
    juliet = countries.login(JULIET)
    if road:
        countries.certificates.clear()  # it is reached, and does not let us in
    else:
        del countries.roads[MONTAGUE]
    juliet.say(
        Message(ROMEO, "hello", type="chat", id="a"),
        Iq.get(Ping(), to=ROMEO, id="b"),
        Presence("romeo@montague.lit", type=PresenceType.SUBSCRIBE),
        Message(ROMEO, type="error", id="c"),
    )
    back = [stanza for stanza in juliet.heard() if stanza.type_value == "error"]
    assert [stanza.id for stanza in back if stanza.id in "abc"] == ["a", "b"]
    assert {stanza.error.condition for stanza in back} == {condition}
    assert countries.capulet.federation is not None
    juliet.say(Message(ROMEO, "again", type="chat", id="d"))
    assert [stanza.id for stanza in juliet.heard()] == ["d"]


def test_a_road_that_opens_later_is_taken() -> None:
    countries = Countries()
    juliet = countries.login(JULIET)
    montague = countries.roads.pop(MONTAGUE)
    juliet.say(Message(ROMEO, "lost", type="chat"))
    countries.roads[MONTAGUE] = montague
    romeo = countries.login(ROMEO)
    juliet.say(Message(ROMEO, "found", type="chat"))
    assert bodies(romeo.heard()) == ["found"]


def test_the_queue_of_a_pair_is_bounded() -> None:
    countries = Countries(limits=LocalLimits(peer_stanzas=3))
    romeo, juliet = countries.login(ROMEO), countries.login(JULIET)
    for number in range(5):
        juliet.session.send(Message(ROMEO, f"{number}", type="chat", id=f"{number}"), countries.world.now)
    countries.world.settle()
    errors = juliet.heard_before_dialling()
    assert [(error.id, error.error.condition) for error in errors] == [
        ("3", ErrorCondition.RESOURCE_CONSTRAINT),
        ("4", ErrorCondition.RESOURCE_CONSTRAINT),
    ]
    assert bodies(romeo.heard()) == ["0", "1", "2"]


def test_the_queue_of_a_pair_is_bounded_in_bytes_and_pairs_are() -> None:
    countries = Countries(limits=LocalLimits(queue_bytes=20_000, peers=2))
    juliet = countries.login(JULIET)
    for number in range(3):
        juliet.session.send(Message(ROMEO, "x" * 9000, type="chat", id=f"{number}"), countries.world.now)
    for name in "ab":
        juliet.session.send(Message(f"{name}.lit", "x", type="chat", id=name), countries.world.now)
    countries.world.settle()
    assert [error.id for error in juliet.heard_before_dialling()] == ["2", "b"]


def test_domains_that_wait_for_a_reply_leave_places_to_users() -> None:
    """A peer with many names asks, in each, for something that has to be answered: to all of them we would have to dial."""
    countries = Countries(limits=LocalLimits(peers=4))
    juliet, server = countries.login(JULIET), countries.capulet
    federation = server.federation
    assert federation is not None
    for number in range(5):
        request = Iq("get", CAPULET, payload=Ping(), id="v", sender=f"{number}.lit")
        federation.received(request, countries.world.now)
    assert [dial.remote for dial in server.take_dials()] == ["0.lit", "1.lit"]
    for name in "abc":
        juliet.session.send(Message(f"{name}.lit", "x", type="chat", id=name), countries.world.now)
    countries.world.settle()
    assert [dial.remote for dial in server.take_dials()] == ["a.lit", "b.lit"]
    assert [error.id for error in juliet.heard_before_dialling()] == ["c"]


def test_peers_that_have_not_shown_who_they_are_leave_places_to_others() -> None:
    countries = Countries(limits=LocalLimits(peers=4))
    now = countries.world.now
    silent = [countries.capulet.accept_peer(now) for _ in range(3)]
    for engine in silent:
        engine.start(now)
    assert [engine.phase is Phase.CLOSED for engine in silent].count(True) == 0
    assert [b"resource-constraint" in engine.data_to_send() for engine in silent] == [False, False, True]
    countries.login(JULIET).say(Message(ROMEO, "one", type="chat"))
    assert [peer.established for peer in countries.capulet.federation.peers].count(True) == 1  # type: ignore[union-attr]


def test_an_idle_stream_is_closed_and_opened_again() -> None:
    countries = Countries(policy=FederationPolicy(idle_seconds=100))
    juliet, romeo = countries.login(JULIET), countries.login(ROMEO)
    juliet.say(Message(ROMEO, "one", type="chat"))
    countries.world.advance(60)
    juliet.say(Message(ROMEO, "two", type="chat"))
    countries.world.advance(60)
    assert countries.streams[0].client.engine.phase is Phase.ESTABLISHED
    countries.world.advance(60)
    (wire,) = countries.streams
    assert wire.client.one(StreamEnded).reason is EndReason.LOCAL_CLOSE
    assert wire.server.one(StreamEnded).clean
    assert not countries.capulet.federation.peers  # type: ignore[union-attr]
    assert not countries.montague.federation.peers  # type: ignore[union-attr]
    juliet.say(Message(ROMEO, "three", type="chat"))
    assert bodies(romeo.heard()) == ["one", "two", "three"]
    assert len(countries.streams) == 2


def test_a_lost_stream_is_opened_again() -> None:
    countries = Countries()
    juliet, romeo = countries.login(JULIET), countries.login(ROMEO)
    juliet.say(Message(ROMEO, "one", type="chat"))
    countries.streams[0].cut_off()
    countries.settle()
    juliet.say(Message(ROMEO, "two", type="chat"))
    assert bodies(romeo.heard()) == ["one", "two"]


@pytest.mark.parametrize("half", [False, True], ids=["broken", "half closed"])
def test_what_did_not_leave_a_lost_stream_comes_back(half: bool) -> None:
    """And goes out no more: the peer may have closed its half only, and would read it."""
    countries = Countries()
    juliet, romeo = countries.login(JULIET), countries.login(ROMEO)
    juliet.say(Message(ROMEO, "one", type="chat"))
    (wire,) = countries.streams
    wire.server.frozen = True
    juliet.say(*(Message(ROMEO, f"{number}", type="chat", id=f"{number}") for number in range(3)))
    assert juliet.heard() == []
    wire.client.inbox.append(b"")
    assert [(error.id, error.error.condition) for error in juliet.heard()] == [
        (f"{number}", ErrorCondition.REMOTE_SERVER_TIMEOUT) for number in range(3)
    ]
    if not half:
        wire.server.inbox.append(b"")
    wire.server.frozen = False
    juliet.say(Message(ROMEO, "again", type="chat"))
    assert bodies(romeo.heard()) == ["one", "again"]


def test_what_a_silent_peer_did_not_take_comes_back() -> None:
    countries = Countries()
    juliet, romeo = countries.login(JULIET), countries.login(ROMEO)
    juliet.say(Message(ROMEO, "one", type="chat"))
    (wire,) = countries.streams
    wire.server.frozen = True
    juliet.say(Message(ROMEO, "two", type="chat", id="two"))
    error = StreamError(StreamErrorCondition.CONNECTION_TIMEOUT, "silence", "en")
    wire.client.engine.close(countries.world.now, error)
    countries.world.advance(60)
    assert [(error.id, error.error.condition) for error in juliet.heard()] == [
        ("two", ErrorCondition.REMOTE_SERVER_TIMEOUT)
    ]
    wire.server.frozen = False
    assert bodies(romeo.heard()) == ["one"]


@pytest.mark.spec("XEP-0175", "3")
def test_users_without_an_account_do_not_speak_first_to_others() -> None:
    countries = Countries(anonymous=True)
    guest, romeo = countries.login(CAPULET), countries.login(ROMEO)
    guest.say(Message(ROMEO, "hi", type="chat", id="a"))
    assert [(error.id, error.error.condition) for error in guest.heard()] == [("a", ErrorCondition.POLICY_VIOLATION)]
    assert romeo.run_iq(Iq.get(Ping(), to=guest.jid, id="1")).sender == guest.jid
    guest.say(Message(ROMEO, "hi", type="error", id="b"))
    assert romeo.heard() == []

    countries = Countries(anonymous=True, policy=FederationPolicy(anonymous_users=True))
    guest, romeo = countries.login(CAPULET), countries.login(ROMEO)
    guest.say(Message(ROMEO, "hi", type="chat"))
    assert bodies(romeo.heard()) == ["hi"]


@pytest.mark.spec("RFC 6121", "3.1")
def test_users_of_two_servers_subscribe_to_each_other() -> None:
    countries = Countries()
    juliet, romeo = countries.login(JULIET), countries.login(ROMEO)
    for client in (juliet, romeo):
        running = client.session.run(fetch_roster(), countries.world.now)
        countries.settle()
        assert running.done
        client.heard()
    juliet.say(Presence("romeo@montague.lit", type=PresenceType.SUBSCRIBE))
    assert [stanza.type for stanza in romeo.heard() if isinstance(stanza, Presence)] == [PresenceType.SUBSCRIBE]
    romeo.say(Presence("juliet@capulet.lit", type=PresenceType.SUBSCRIBED))
    shown = [stanza for stanza in juliet.heard() if isinstance(stanza, Presence)]
    assert [(stanza.sender, stanza.type) for stanza in shown] == [
        (JID("romeo@montague.lit"), PresenceType.SUBSCRIBED),
        (romeo.jid, None),
    ]
    romeo.say(Presence(type=PresenceType.UNAVAILABLE))
    assert [stanza.type for stanza in juliet.heard()] == [PresenceType.UNAVAILABLE]
    romeo.say(Presence())
    juliet.heard()
    again = countries.login("juliet@capulet.lit/chamber", available=False)
    again.say(Presence())  # the other server is probed
    assert romeo.jid in [stanza.sender for stanza in again.heard()]


def test_a_component_is_reached_from_another_server_and_reaches_it() -> None:
    countries = Countries(components={"echo.capulet.lit": "s"})
    romeo = countries.login(ROMEO)
    countries.roads["echo.capulet.lit"] = countries.capulet
    romeo.say(Message("echo.capulet.lit", "hello", type="chat", id="x"))
    assert romeo.heard()[0].error.condition is ErrorCondition.REMOTE_SERVER_TIMEOUT  # it has no certificate
    countries.certificates["echo.capulet.lit"] = ("*.capulet.lit",)
    romeo.say(Message("echo.capulet.lit", "hello", type="chat", id="y"))
    (back,) = romeo.heard()
    assert back.error.condition is ErrorCondition.SERVICE_UNAVAILABLE  # it is not connected


# --- who is believed ------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0178", "3")
def test_a_certificate_for_somebody_else_proves_nothing() -> None:
    countries = Countries()
    countries.certificates[CAPULET] = ("evil.lit",)
    juliet, romeo = countries.login(JULIET), countries.login(ROMEO)
    juliet.say(Message(ROMEO, "hello", type="chat", id="a"))
    assert [error.error.condition for error in juliet.heard()] == [ErrorCondition.REMOTE_SERVER_TIMEOUT]
    assert romeo.heard() == []
    assert countries.streams[0].client.one(AuthenticationFailed)
    assert countries.streams[0].client.one(StreamEnded).reason is EndReason.AUTHENTICATION_FAILED


def test_nobody_can_be_us() -> None:
    """A peer with a certificate for our own domain could speak in the name of our users."""
    countries = Countries()
    impostor = LocalServer((MONTAGUE, "evil.lit"), {"romeo": "x"}, federation=FederationPolicy())
    wire = countries.world.join(
        impostor.federation.attempt(_Dial(MONTAGUE, MONTAGUE), False),  # type: ignore[union-attr,arg-type]
        countries.montague.accept_peer(countries.world.now),
    )
    for name in ("client_tls", "server_tls"):
        setattr(countries.world, name, countries.shows(getattr(countries.world, name), MONTAGUE))
    countries.world.settle()
    assert wire.client.one(AuthenticationFailed)


class _Dial:
    def __init__(self, local: str, remote: str) -> None:
        self.local, self.remote = local, remote


# --- dialback -------------------------------------------------------------------------------------------------------

ANY = DomainPolicies(default=DomainPolicy(dialback=DialbackUse.ALLOWED))
BOTH = DomainPolicies(default=DomainPolicy(dialback=DialbackUse.WITH_CERTIFICATE))


def dialling_back(**policy: Any) -> Countries:
    """Two servers without certificates."""
    countries = Countries(policy=FederationPolicy(domains=ANY, **policy))
    countries.certificates.clear()
    return countries


@pytest.mark.spec("XEP-0220", "1.3")
def test_dialback_shows_who_a_server_is() -> None:
    countries = dialling_back()
    juliet, romeo = countries.login(JULIET), countries.login(ROMEO)
    for word in ("one", "two"):
        juliet.say(Message(ROMEO, word, type="chat"))
        romeo.say(Message(JULIET, word.upper(), type="chat"))
    assert bodies(romeo.heard()) == ["one", "two"]
    assert bodies(juliet.heard()) == ["ONE", "TWO"]
    ways = [(dial.local, dial.remote, type(dial).__name__) for dial in countries.dials]
    assert ways == [
        (CAPULET, MONTAGUE, "Dial"),
        (MONTAGUE, CAPULET, "Verification"),
        (MONTAGUE, CAPULET, "Dial"),  # its key is asked about on the stream that is there
    ]
    assert len(countries.streams[0].client.of(PairVerified)) == 1
    assert countries.streams[0].client.engine.shown_by == "dialback"


def test_a_certificate_that_is_refused_leaves_dialback() -> None:
    countries = Countries(policy=FederationPolicy(domains=ANY))
    countries.certificates[CAPULET] = ("evil.lit",)
    juliet, romeo = countries.login(JULIET), countries.login(ROMEO)
    juliet.say(Message(ROMEO, "hello", type="chat"))
    assert bodies(romeo.heard()) == ["hello"]
    (stream,) = [stream for stream in countries.streams if stream.client.of(PairVerified)]
    assert stream.client.one(AuthenticationFailed)
    assert stream.client.engine.shown_by == "dialback"


def test_where_the_stream_ends_with_the_certificate_there_is_another() -> None:
    """The other server wants certificates only, which we cannot know before."""
    countries = Countries(policy=FederationPolicy(domains=ANY))
    assert countries.montague.federation is not None
    countries.montague.federation.policy = FederationPolicy()
    countries.certificates[CAPULET] = ("evil.lit",)
    juliet = countries.login(JULIET)
    juliet.say(Message(ROMEO, "hello", type="chat"))
    first, second = (stream.client for stream in countries.streams)
    assert first.one(AuthenticationFailed)
    assert not second.of(AuthenticationFailed)  # it is not shown again
    assert [error.error.condition for error in juliet.heard()] == [ErrorCondition.REMOTE_SERVER_TIMEOUT]


def test_cve_2021_32919_dialback_is_refused_where_it_is_not_wanted() -> None:
    """prosody, CVE-2021-32919: a key was taken although dialback was off."""
    countries = Countries()
    prober = LocalServer(("evil.lit",), federation=FederationPolicy(domains=ANY))
    assert prober.federation is not None
    stream = prober.federation.attempt(Dial(prober.federation, "evil.lit", MONTAGUE), False, external=False)
    wire = countries.world.join(stream, countries.montague.accept_peer(countries.world.now))
    countries.settle()
    assert not stream.established
    assert countries.dials == []  # nobody was asked
    assert wire.client.one(StreamEnded).reason is EndReason.AUTHENTICATION_FAILED

    direct = countries.montague.accept_peer(countries.world.now)
    direct.start(countries.world.now)
    direct.receive_data(
        b"<stream:stream from='evil.lit' to='montague.lit' version='1.0' xmlns='jabber:server' "
        b"xmlns:db='jabber:server:dialback' xmlns:stream='http://etherx.jabber.org/streams'>"
        b"<db:result from='evil.lit' to='montague.lit'>key</db:result>"
        b"<message from='a@evil.lit' to='romeo@montague.lit'><body>hi</body></message>",
        countries.world.now,
    )
    events = list(iter(lambda: direct.next_event(countries.world.now), Signal.NEED_DATA))
    assert isinstance(events[-1], StreamEnded)
    assert not direct.established
    assert countries.montague.take_dials() == []


def test_keys_that_are_verified_at_once_are_bounded() -> None:
    countries = dialling_back()
    montague = countries.montague.federation
    assert montague is not None
    juliet = countries.login(JULIET)
    juliet.session.send(Message(ROMEO, "one", type="chat"), countries.world.now)
    countries.world.settle()
    (dial,) = countries.capulet.take_dials()
    wires = [countries.world.join(dial.engine(), montague.accept(False)) for _ in range(2)]
    countries.montague.hub.limits = LocalLimits(peers=1)
    countries.world.settle()
    assert [wire.client.of(PairRefused)[0].condition for wire in wires if wire.client.of(PairRefused)] == [
        "resource-constraint"
    ]


@pytest.mark.spec("XEP-0220", "2.1.1")
def test_whom_the_domain_does_not_know_is_not_let_in() -> None:
    """Somebody else says that it is capulet.lit, whose server has made no such key."""
    countries = dialling_back()
    impostor = LocalServer((CAPULET,), {"juliet": "one"}, iterations=4096, federation=FederationPolicy(domains=ANY))
    romeo = countries.login(ROMEO)
    dial = _Dial(CAPULET, MONTAGUE)
    stream = impostor.federation.attempt(dial, False)  # type: ignore[union-attr,arg-type]
    wire = countries.world.join(stream, countries.montague.accept_peer(countries.world.now))
    countries.settle()
    assert not stream.established
    assert wire.client.one(PairRefused).condition == "invalid"
    assert romeo.heard() == []


@pytest.mark.spec("XEP-0220", "2.4")
def test_a_domain_that_leads_nowhere_cannot_be_verified() -> None:
    countries = dialling_back()
    juliet = countries.login(JULIET)
    del countries.roads[CAPULET]
    juliet.say(Message(ROMEO, "hello", type="chat", id="a"))
    assert [error.error.condition for error in juliet.heard()] == [ErrorCondition.REMOTE_SERVER_TIMEOUT]
    assert countries.streams[0].client.one(PairRefused).condition == "remote-server-not-found"


def test_where_certificates_are_there_nobody_dials_back() -> None:
    countries = Countries(policy=FederationPolicy(domains=BOTH))
    juliet, romeo = countries.login(JULIET), countries.login(ROMEO)
    juliet.say(Message(ROMEO, "hello", type="chat"))
    assert bodies(romeo.heard()) == ["hello"]
    assert len(countries.dials) == 1


def test_without_a_certificate_a_policy_that_wants_one_is_not_content() -> None:
    countries = Countries(policy=FederationPolicy(domains=BOTH))
    countries.certificates.clear()
    juliet = countries.login(JULIET)
    juliet.say(Message(ROMEO, "hello", type="chat"))
    assert [error.error.condition for error in juliet.heard()] == [ErrorCondition.REMOTE_SERVER_TIMEOUT]


def test_a_domain_may_be_refused() -> None:
    refusing = DomainPolicies(domains={MONTAGUE: DomainPolicy(refuse=True)})
    countries = Countries(policy=FederationPolicy(domains=refusing))
    juliet = countries.login(JULIET)
    juliet.say(Message(ROMEO, "hello", type="chat"))
    assert [error.error.condition for error in juliet.heard()] == [ErrorCondition.POLICY_VIOLATION]
    assert countries.dials == []


@pytest.mark.spec("XEP-0288", "2.2")
@pytest.mark.parametrize("certified", [True, False])
def test_one_stream_for_both_directions(certified: bool) -> None:
    countries = Countries(policy=FederationPolicy(domains=ANY, bidirectional=True))
    if not certified:
        countries.certificates.clear()
    juliet, romeo = countries.login(JULIET), countries.login(ROMEO)
    juliet.say(Message(ROMEO, "one", type="chat"))
    romeo.say(Message(JULIET, "two", type="chat"))
    assert bodies(romeo.heard()) == ["one"]
    assert bodies(juliet.heard()) == ["two"]
    assert [type(dial).__name__ for dial in countries.dials] == ["Dial"] if certified else ["Dial", "Verification"]


@pytest.mark.spec("RFC 6120", "13.7.1.2")
@pytest.mark.parametrize(
    ("names", "domain", "good"),
    [
        (["capulet.lit"], "capulet.lit", True),
        (["CAPULET.lit"], "capulet.lit", True),
        (["xn--mller-kva.lit"], "m\u00fcller.lit", True),
        (["capulet.lit"], "a.capulet.lit", False),
        (["*.capulet.lit"], "a.capulet.lit", True),
        (["*.capulet.lit"], "capulet.lit", False),
        (["*.capulet.lit"], "a.b.capulet.lit", False),
        (["*.lit"], "capulet.lit", False),
        (["juliet@capulet.lit"], "capulet.lit", False),
        (["@@", "", "capulet.lit"], "capulet.lit", True),
        ([], "capulet.lit", False),
    ],
)
def test_which_names_stand_for_a_domain(names: list[str], domain: str, good: bool) -> None:
    assert certifies(TLSInfo("TLSv1.3", peer_names=names), JID(domain).domainpart) is good


def test_a_server_without_federation_says_so() -> None:
    server = LocalServer()
    assert server.federation is None
    assert server.take_dials() == []
    with pytest.raises(ValueError, match="does not speak"):
        server.accept_peer(0.0)


def test_too_many_peers_are_refused_and_all_end_with_the_server() -> None:
    countries = Countries(limits=LocalLimits(peers=1))
    juliet, romeo = countries.login(JULIET), countries.login(ROMEO)
    romeo.say(Message(JULIET, "one", type="chat"))
    assert bodies(juliet.heard()) == ["one"]
    wire = countries.world.join(
        countries.montague.federation.attempt(_Dial("other.lit", CAPULET), False),  # type: ignore[union-attr,arg-type]
        countries.capulet.accept_peer(countries.world.now),
    )
    countries.world.settle()
    assert wire.client.one(StreamEnded).error is not None
    countries.capulet.shutdown(countries.world.now)
    countries.settle()
    assert countries.streams[0].client.one(StreamEnded).error is not None


def test_a_text_that_grows_on_its_way_takes_nobody_elses_along() -> None:
    """What is one byte in CDATA, or a bare `>`, is four or five when it is written again."""
    countries = Countries()
    juliet, romeo = countries.login(JULIET), countries.login(ROMEO)
    long = f"<message to='{romeo.jid}' type='chat' id='long'><body>{'>' * 200_000}</body></message>"
    juliet.wire.server.inbox.append(long.encode())
    juliet.wire.server.pump()
    juliet.say(Message(romeo.jid, "short", type="chat"))
    assert bodies(romeo.heard()) == ["short"]
    (reply,) = juliet.heard()
    assert isinstance(reply, Message) and reply.id == "long" and reply.error is not None
    assert reply.error.condition is ErrorCondition.POLICY_VIOLATION


def test_where_a_certificate_is_wanted_nothing_goes_out_without_tls() -> None:
    domains = DomainPolicies(default=DomainPolicy(require_tls=False, dialback=DialbackUse.WITH_CERTIFICATE))
    countries = Countries(policy=FederationPolicy(domains=domains))
    juliet = countries.login(JULIET)
    juliet.session.send(Message(ROMEO, "secret", type="chat"), countries.world.now)
    countries.world.settle()
    (dial,) = countries.capulet.take_dials()
    assert dial.engine().connection.config.require_tls
