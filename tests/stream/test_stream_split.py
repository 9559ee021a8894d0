"""However the bytes are cut: the same events, the same output. Here each single place is tried, and the end of file at each.

The tests of the other files run under six ways of cutting as well; see `conftest`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tests.stream.streams as streams
from tests.pair import CUTS, Cut, End, World
from tests.stream.recut import Recut, shown
from tests.stream.streams import (
    AUTH_PLAIN,
    BIND,
    CLIENT_HEADER,
    HEADER,
    JULIET,
    PROCEED,
    SASL,
    STARTTLS,
    SUCCESS,
    Solo,
    client_at_binding,
    client_config,
    client_in_tls,
    established_client,
    established_server,
    features,
    last_id,
    mechanisms,
    obliging,
    obliging_server,
    pair,
    plain,
    server_config,
    server_in_tls,
    server_logged_in,
)
from xmppwire.jid import JID
from xmppwire.sasl import ChannelBinding
from xmppwire.stanza import Message
from xmppwire.stream import (
    BindRequested,
    EndReason,
    Established,
    Limits,
    Phase,
    Signal,
    StreamError,
    StreamErrorCondition,
    TLSInfo,
)
from xmppwire.xml import XMLLimits

ERRORS = "urn:ietf:params:xml:ns:xmpp-streams"
BIND_SET = (
    "<iq type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>balcony</resource></bind></iq>"
)
SESSION = "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>"

# --- scenarios with one engine --------------------------------------------------------------------------------------


def client_session() -> None:
    solo = established_client()
    solo.feed(
        "<message from='romeo@montague.lit/orchard' type='chat'><body>It is &lt;the> east</body></message>"
        "<presence from='nurse@capulet.lit'/> \n<iq type='get' id='q' from='capulet.lit'><ping xmlns='urn:xmpp:ping'/></iq>"
        "<message from='a@b'><body><![CDATA[<juliet/> ]] > is]]> the \u00a0sun \U0001f31e</body></message>"
    )
    solo.engine.send(Message(to=JID("romeo@montague.lit"), body="Ay me!"), solo.now)
    solo.feed("<iq type='get' from='a@b'/>", "</stream:stream>")


def client_login_in_one_piece() -> None:
    """The whole of the server's side of a stream, pipelined behind TLS."""
    solo = client_in_tls()
    solo.feed(HEADER + features(mechanisms("PLAIN")) + SUCCESS + HEADER + features(BIND) + "<message from='a@b'/>")
    solo.feed(
        f"<iq type='result' id='{last_id(solo.sent())}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
        f"<jid>{JULIET}</jid></bind></iq><message from='c@d'/></stream:stream>"
    )


def client_session_request() -> None:
    solo = client_in_tls()
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS, HEADER + features(BIND, SESSION))
    bound = f"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{JULIET}</jid></bind>"
    solo.feed(f"<iq type='result' id='{last_id(solo.sent())}'>{bound}</iq>")
    solo.feed(f"<iq type='result' id='{last_id(solo.sent())}'/><presence/>")


def bind_conflict() -> None:
    solo, identifier = client_at_binding()
    conflict = "<error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    solo.feed(f"<iq type='error' id='{identifier}'>{conflict}</iq>")
    solo.feed(f"<iq type='error' id='{last_id(solo.sent())}'>{conflict}</iq></stream:stream>")


def starttls_refused() -> None:
    solo = Solo(client_config())
    solo.feed(HEADER + features(STARTTLS) + "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>")


def wrong_password() -> None:
    solo = client_in_tls()
    failure = f"<failure xmlns='{SASL}'><not-authorized/><text>no</text></failure>"
    solo.feed(HEADER + features(mechanisms("PLAIN")) + failure + "</stream:stream>")


def direct_tls_client() -> None:
    solo = Solo(client_config(direct_tls=True))
    solo.tls()
    solo.feed(HEADER + features(mechanisms("PLAIN")) + SUCCESS)


def tls_failed() -> None:
    solo = Solo(client_config())
    solo.feed(HEADER + features(STARTTLS) + PROCEED)
    solo.engine.tls_failed("bad certificate", solo.now)
    solo.pull()


def stream_error_from_the_peer() -> None:
    solo = established_client()
    solo.feed(
        f"<message from='a@b'/><stream:error><see-other-host xmlns='{ERRORS}'>[::1]:9</see-other-host>"
        f"<text xmlns='{ERRORS}' xml:lang='en'>go</text></stream:error>ignored"
    )


def we_close_first() -> None:
    solo = established_client()
    solo.engine.close(solo.now)
    solo.feed("<message from='a@b'/><iq/><foo xmlns='x'/><stream:features/></stream:stream>behind")


def we_close_with_an_error() -> None:
    solo = established_server()
    solo.engine.close(solo.now, StreamError(StreamErrorCondition.CONFLICT, "replaced"))
    solo.feed("<message/><message from='not@me'/><presence/></stream:stream>")


def server_login() -> None:
    solo = Solo(server_config(**plain(), domains=["capulet.lit"], offer_tls=False))
    solo.on_event = obliging
    solo.feed(
        CLIENT_HEADER + AUTH_PLAIN + "<?xml version='1.0'?>\n" + CLIENT_HEADER.split("?>")[1] + BIND_SET + "<presence/>"
    )
    solo.feed(" <message to='romeo@montague.lit'><body>a</body></message>\n</stream:stream>")


def server_login_failures() -> None:
    solo = server_in_tls()
    wrong = f"<auth xmlns='{SASL}' mechanism='PLAIN'>AGp1bGlldAB3cm9uZw==</auth>"
    solo.feed(CLIENT_HEADER + wrong + f"<abort xmlns='{SASL}'/>" + wrong + "more")


def server_with_answers_from_elsewhere() -> None:
    """Questions are answered late: what comes meanwhile waits."""
    solo = server_logged_in()
    solo.on_event = None
    solo.feed(CLIENT_HEADER + BIND_SET + "<presence/><message to='a@b'/>")
    for event in solo.events[:]:
        if isinstance(event, BindRequested):
            solo.engine.answer(event, "elsewhere", solo.now)
    solo.pull()


def stanza_before_binding() -> None:
    server_logged_in().feed(
        CLIENT_HEADER + "<message id='1'/><iq type='get' id='2' to='capulet.lit'/><message to='x@y'/>"
    )


def fault(*data: str | bytes, limits: XMLLimits | None = None) -> Callable[[], None]:
    def scenario() -> None:
        more = {"limits": Limits(after_login=limits)} if limits is not None else {}
        solo = established_client(**more)
        solo.feed(*data)

    return scenario


def injected() -> None:
    solo = Solo(server_config())
    solo.feed(CLIENT_HEADER, STARTTLS + AUTH_PLAIN)


SCENARIOS: dict[str, Callable[[], None]] = {
    function.__name__: function
    for function in (
        client_session,
        client_login_in_one_piece,
        client_session_request,
        bind_conflict,
        starttls_refused,
        wrong_password,
        direct_tls_client,
        tls_failed,
        stream_error_from_the_peer,
        we_close_first,
        we_close_with_an_error,
        server_login,
        server_login_failures,
        server_with_answers_from_elsewhere,
        stanza_before_binding,
        injected,
    )
} | {
    "fault: not well-formed": fault("<message from='a@b'/><a></b><message/>"),
    "fault: undeclared prefix": fault("<message/><x:a/>"),
    "fault: duplicate attribute": fault("<presence/><message a='1' a='2'/>"),
    "fault: text between stanzas": fault("<presence/>text<presence/>"),
    "fault: not UTF-8": fault(b"<presence/><message><body>\xc3\x28</body></message>"),
    "fault: overlong UTF-8": fault(b"<presence/><message><body>\xc0\xaf</body></message>"),
    "fault: a surrogate": fault(b"<presence/><message><body>\xed\xa0\x80</body></message>"),
    "fault: UTF-8 cut short": fault(b"<presence/>\xc3"),
    "fault: a comment": fault("<message/><!-- x --><presence/>"),
    "fault: a comment inside": fault("<presence/><message><!-- x --></message>"),
    "fault: a processing instruction": fault("<message/><?php x?>"),
    "fault: an entity": fault("<presence/><message><body>&bomb;</body></message>"),
    "fault: a character that is none": fault("<presence/><message><body>&#0;</body></message>"),
    "fault: a doctype": fault("<presence/><!DOCTYPE x [<!ENTITY a 'b'>]><message/>"),
    "fault: unknown element": fault("<presence/><foo xmlns='bar'><baz/></foo><message/>"),
    "fault: a CDATA section outside": fault("<presence/><![CDATA[x]]><message/>"),
    "fault: wrong closing tag": fault("<presence/></stream>"),
    "fault: HTTP": lambda: Solo(server_config()).feed("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    "fault: UTF-16": lambda: Solo(server_config()).feed("\ufeff<stream/>".encode("utf-16-le")),
    "fault: another content namespace": lambda: Solo(server_config()).feed(
        CLIENT_HEADER.replace("jabber:client", "jabber:server")
    ),
    "fault: a stanza too long": fault(
        f"<presence/><message><body>{'x' * 300}</body></message><presence/>", limits=XMLLimits(stanza_bytes=300)
    ),
    "fault: too deep": fault(
        "<message><a><b/></a></message><message><a><b><c/></b></a></message>", limits=XMLLimits(depth=3)
    ),
    "fault: too many elements": fault(
        "<message><a/></message><message><a/><b/><c/></message>", limits=XMLLimits(elements=3)
    ),
    "fault: too many attributes": fault(
        "<presence/><message a='' b='' c='' d='' e=''/>", limits=XMLLimits(attributes=4)
    ),
    "fault: a long name": fault("<presence/><message><abcdefghi/></message>", limits=XMLLimits(name_bytes=8)),
    "fault: a long namespace": fault(
        f"<presence/><message><a xmlns='urn:{'x' * 40}'/></message>", limits=XMLLimits(namespace_bytes=40)
    ),
}


class Ends(Exception):
    """The bytes that a scenario may have are used up."""


def outcome(scenario: Callable[[], None], make_cut: Callable[[], Cut]) -> list[tuple[Any, bytes]]:
    pieces = Recut(make_cut)
    with pytest.MonkeyPatch.context() as patch:
        pieces.install(patch)
        scenario()
    return pieces.outcome()


def once_at(place: int) -> Callable[[], Cut]:
    """One cut, at this place of all that is fed."""

    def make() -> Cut:
        fed = 0

        def cut(data: bytes) -> Iterator[bytes]:
            nonlocal fed
            at = place - fed
            fed += len(data)
            if 0 < at < len(data):
                yield data[:at]
                yield data[at:]
            else:
                yield data

        return cut

    return make


def size_of(scenario: Callable[[], None]) -> int:
    """How many bytes a scenario feeds."""
    total = 0

    def cut(data: bytes) -> Iterator[bytes]:
        nonlocal total
        total += len(data)
        yield data

    pieces = Recut(lambda: cut)
    with pytest.MonkeyPatch.context() as patch:
        pieces.install(patch)
        patch.setattr(streams, "Connection", streams.Connection)
        patch.setattr("tests.stream.recut.Watched.receive_data", _untouched)
        scenario()
    return total


def _untouched(self: Any, data: bytes, now: float) -> None:
    super(type(self), self).receive_data(data, now)


LAST = 60
LOGINS = frozenset({"client_login_in_one_piece", "server_login"})


def places(name: str) -> range:
    """Where to cut: in what a scenario feeds last, since most begin with the same login."""
    size = size_of(SCENARIOS[name])
    return range(1 if name in LOGINS else max(1, size - LAST), size)


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_named_cuts(name: str, cut: str) -> None:
    assert outcome(SCENARIOS[name], CUTS[cut]) == outcome(SCENARIOS[name], CUTS["whole"])


@pytest.mark.parametrize("name", SCENARIOS)
def test_one_cut_at_each_place(name: str) -> None:
    scenario = SCENARIOS[name]
    expected = outcome(scenario, CUTS["whole"])
    for place in places(name):
        assert outcome(scenario, once_at(place)) == expected, f"cut at {place}"


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_end_of_file_at_each_place(name: str) -> None:
    """What came before it is delivered, then `StreamEnded`, and nothing behind that."""
    scenario = SCENARIOS[name]
    expected = outcome(scenario, CUTS["whole"])[-1][0]
    for place in [0, *places(name)]:
        engine = _ended_at(scenario, place)
        seen = engine.seen
        assert seen[-1][0] == "StreamEnded", f"at {place}: {seen}"
        assert engine.phase is Phase.CLOSED
        assert engine.next_timeout() is None
        assert not engine.wants_read
        common = 0
        while common < min(len(seen), len(expected)) and seen[common] == expected[common]:
            common += 1
        added = [event[0] for event in seen[common:]]
        assert added[-1:] in (["StreamEnded"], []), f"at {place}: {added}"
        allowed = ["StreamErrorSent", "TLSRequested", "Established"]
        assert set(added[:-1]) <= set(allowed) and len(added) <= 2, f"at {place}: {added}"


def _ended_at(scenario: Callable[[], None], place: int) -> Any:
    fed = 0

    def cut(data: bytes) -> Iterator[bytes]:
        nonlocal fed
        room = place - fed
        fed += len(data)
        if room >= len(data):
            yield data
            return
        if room > 0:
            yield data[:room]
        raise Ends

    pieces = Recut(lambda: cut)
    with pytest.MonkeyPatch.context() as patch:
        pieces.install(patch)
        patch.setattr("tests.stream.recut.Watched.receive_data", _untouched)
        patch.setattr(streams.Solo, "feed", _feed_until(cut))
        with contextlib.suppress(Ends):
            scenario()
    engine = pieces.engines[-1]
    engine.receive_data(b"", 0)
    if isinstance(engine.last, BindRequested) and engine.phase is not Phase.CLOSED:
        engine.answer(engine.last, "elsewhere", 0)
    while not isinstance(engine.next_event(0), Signal):
        pass
    return engine


def _feed_until(cut: Cut) -> Callable[..., None]:
    def feed(solo: Solo, *data: str | bytes) -> None:
        for item in data:
            for piece in cut(item.encode() if isinstance(item, str) else item):
                solo.engine.receive_data(piece, solo.now)
                solo.pull()

    return feed


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(SCENARIOS)), st.lists(st.integers(1, 60), min_size=1, max_size=30))
def test_random_cuts(name: str, sizes: list[int]) -> None:
    assert outcome(SCENARIOS[name], pieces_like(sizes)) == outcome(SCENARIOS[name], CUTS["whole"])


def pieces_like(sizes: list[int]) -> Callable[[], Cut]:
    """Pieces of these sizes, over and over."""

    def make() -> Cut:
        turn = 0

        def cut(data: bytes) -> Iterator[bytes]:
            nonlocal turn
            start = 0
            while start < len(data):
                size = sizes[turn % len(sizes)]
                turn += 1
                yield data[start : start + size]
                start += size

        return cut

    return make


# --- scenarios with two engines -------------------------------------------------------------------------------------

PLUS = ("SCRAM-SHA-512-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS")
BARE = ("SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN")


def login(client: dict[str, Any], server: dict[str, Any], **world: Any) -> Callable[[Cut], list[Any]]:
    """Log in, exchange stanzas, close from both ends in turn."""

    def play(cut: Cut) -> list[Any]:
        place = World()
        for name, value in world.items():
            setattr(place, name, value)
        place, wire = pair(client_config(**client), server_config(**server), cut=cut, world=place)
        place.settle()
        for end, other in ((wire.client, "romeo@montague.lit"), (wire.server, "juliet@capulet.lit")):
            if end.engine.phase is Phase.ESTABLISHED:
                for number in range(5):
                    end.engine.send(Message(to=JID(other), body=f"{number} < {'x' * number * 50}"), place.now)
        place.settle()
        place.advance(70)
        if wire.client.engine.phase is Phase.ESTABLISHED:
            wire.client.engine.close(place.now)
        place.settle()
        place.advance(10)
        return [[shown(event) for event in end.events] + [bytes(end.sent)] for end in (wire.client, wire.server)]

    return play


CERTIFIED = TLSInfo(version="TLSv1.3", peer_certificate=b"der", peer_names=("juliet@capulet.lit",))
PAIRS: dict[str, Callable[[Cut], list[Any]]] = {
    **{name: login({"mechanisms": [name]}, {"mechanisms": [name]}) for name in PLUS},
    **{name: login({"mechanisms": [name]}, {"mechanisms": [name]}, bindings=()) for name in BARE},
    "OAUTHBEARER": login({"password": None, "token": "good-token"}, {"mechanisms": ["OAUTHBEARER"]}),
    "stale token": login({"password": None, "token": "stale"}, {"mechanisms": ["OAUTHBEARER"]}),
    "ANONYMOUS": login({"password": None, "anonymous": True, "jid": JID("capulet.lit")}, {"mechanisms": ["ANONYMOUS"]}),
    "EXTERNAL": login({"password": None, "external": True}, {"mechanisms": ["EXTERNAL"]}, server_tls=CERTIFIED),
    "wrong password": login({"password": "wrong"}, {}),
    "no password": login({"password": None}, {}),
    "direct TLS": login({"direct_tls": True}, {"direct_tls": True}),
    "tls-server-end-point": login({}, {}, bindings=(ChannelBinding("tls-server-end-point", b"x"),)),
    "no TLS": login(plain(), plain(offer_tls=False)),
    "TLS not to be had": login({}, plain(offer_tls=False)),
    "another host": login({"jid": JID("juliet@verona.lit")}, {}),
    "derived elsewhere": login({"limits": Limits(derive_inline=100)}, {}),
}


@pytest.mark.parametrize("cut", [name for name in CUTS if name != "whole"])
@pytest.mark.parametrize("name", PAIRS)
def test_pairs_cut_by_name(name: str, cut: str) -> None:
    assert PAIRS[name](CUTS[cut]()) == PAIRS[name](CUTS["whole"]())


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(["PLAIN", "direct TLS", "no TLS", "SCRAM-SHA-1"]), st.lists(st.integers(1, 200), min_size=1))
def test_pairs_cut_at_random(name: str, sizes: list[int]) -> None:
    assert PAIRS[name](pieces_like(sizes)()) == PAIRS[name](CUTS["whole"]())


def test_a_refusal_by_the_program_is_cut_too() -> None:
    def refuse(end: End, event: Any) -> None:
        if isinstance(event, BindRequested):
            end.engine.refuse(event, "conflict", end.world.now, "taken")
        else:
            obliging_server(end, event)

    def play(cut: Cut) -> list[Any]:
        world, wire = pair(cut=cut, on_server=refuse)
        world.settle()
        world.advance(10)
        assert wire.client.ended is not None
        assert wire.client.ended.reason is EndReason.NEGOTIATION_FAILED
        assert not wire.client.of(Established)
        return [[shown(event) for event in end.events] + [bytes(end.sent)] for end in (wire.client, wire.server)]

    expected = play(CUTS["whole"]())
    assert re.search(rb"<conflict", expected[1][-1])
    for make in CUTS.values():
        assert play(make()) == expected
