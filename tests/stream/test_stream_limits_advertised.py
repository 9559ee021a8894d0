"""Limits that are advertised (XEP-0478), on both sides."""

from __future__ import annotations

import pytest

from tests.stream.streams import (
    BIND,
    CLIENT_HEADER,
    HEADER,
    JULIET,
    SUCCESS,
    Solo,
    client_config,
    client_in_tls,
    established,
    features,
    last_id,
    mechanisms,
    server_config,
    server_in_tls,
    server_logged_in,
)
from tests.stream.test_stream_walkthrough import parse
from xmppwire.protocol.ping import Ping
from xmppwire.protocol.stream_limits import StreamLimits
from xmppwire.stanza import Iq, Message
from xmppwire.stream import Limits, LocalProtocolError, Phase
from xmppwire.xml import XMLLimits


def limits(inner: str) -> str:
    return f"<limits xmlns='urn:xmpp:stream-limits:0'>{inner}</limits>"


def advertised(text: str) -> StreamLimits | None:
    """The limits among the features that a server sent last."""
    found = parse(text)[-1].find(StreamLimits.element_names[0])
    return None if found is None else StreamLimits.from_element(found)


def message(length: int) -> Message:
    return Message(to="romeo@montague.lit", body="x" * length)


def client(last: str, first: str = "") -> Solo:
    """An established client whose server said this about its limits, at last and before the login."""
    solo = client_in_tls()
    solo.feed(HEADER + features(mechanisms("PLAIN"), first), SUCCESS, HEADER + features(BIND, last))
    identifier = last_id(solo.sent())
    bound = f"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{JULIET}</jid></bind>"
    solo.feed(f"<iq type='result' id='{identifier}'>{bound}</iq>")
    assert solo.engine.phase is Phase.ESTABLISHED
    solo.sent()
    return solo


@pytest.mark.spec("XEP-0478", "2.1")
def test_a_server_says_what_it_takes_before_and_after_the_login() -> None:
    config = {"advertise_limits": True, "idle_timeout": 300.5}
    solo = server_in_tls(**config)
    solo.feed(CLIENT_HEADER)
    assert advertised(solo.sent()) == StreamLimits(max_bytes=16 * 1024, idle_seconds=300)
    solo = server_logged_in(**config, limits=Limits(after_login=XMLLimits(stanza_bytes=20_000)))
    solo.feed(CLIENT_HEADER)
    assert advertised(solo.sent()) == StreamLimits(max_bytes=20_000, idle_seconds=300)


@pytest.mark.spec("XEP-0478", "2.1")
@pytest.mark.parametrize("idle", [None, 0.5])
def test_what_cannot_be_said_in_seconds_is_left_out(idle: float | None) -> None:
    solo = server_in_tls(advertise_limits=True, idle_timeout=idle)
    solo.feed(CLIENT_HEADER)
    assert advertised(solo.sent()) == StreamLimits(max_bytes=16 * 1024)


def test_nothing_is_said_unless_asked_for_and_nothing_before_tls() -> None:
    solo = server_in_tls()
    solo.feed(CLIENT_HEADER)
    assert advertised(solo.sent()) is None
    solo = Solo(server_config(advertise_limits=True))
    solo.feed(CLIENT_HEADER)
    assert [child.local for child in parse(solo.sent())[-1].elements()] == ["starttls"]


@pytest.mark.spec("XEP-0478", "3")
def test_nothing_longer_is_sent() -> None:
    solo = client(limits("<max-bytes>300</max-bytes>"))
    solo.engine.send(message(1), solo.now)
    room = 301 - len(solo.sent())
    solo.engine.send(message(room), solo.now)
    assert len(solo.sent()) == 300
    with pytest.raises(LocalProtocolError, match="takes 300 bytes at once"):
        solo.engine.send(message(room + 1), solo.now)
    request = Iq.get(Ping(), to="x" * 300 + "@montague.lit")
    with pytest.raises(LocalProtocolError):
        solo.engine.send(request, solo.now)
    assert request.id is None
    assert solo.sent() == ""


@pytest.mark.spec("XEP-0478", "3")
def test_what_was_said_last_counts() -> None:
    for first, last in ((limits("<max-bytes>100</max-bytes>"), ""), (limits("<max-bytes>100</max-bytes>"), limits(""))):
        solo = client(last, first)
        solo.engine.send(Message(to="romeo@montague.lit", body="x" * 5000), solo.now)
        assert len(solo.sent()) > 5000


@pytest.mark.spec("XEP-0478", "2.1")
@pytest.mark.parametrize(("seconds", "silence"), [("40", 30.0), ("4000", 60.0), ("0", 1.0)])
def test_a_client_is_not_silent_for_too_long(seconds: str, silence: float) -> None:
    solo = client(limits(f"<idle-seconds>{seconds}</idle-seconds>"))
    assert solo.engine.next_timeout() == solo.now + silence
    solo.wait(silence)
    assert solo.sent() == " "


@pytest.mark.parametrize(
    "inner", ["<max-bytes>many</max-bytes>", "<max-bytes>-1</max-bytes>", "<idle-seconds/>", "<x/>"]
)
def test_what_makes_no_sense_is_passed_over(inner: str) -> None:
    solo = client(limits(inner))
    solo.engine.send(Message(to="romeo@montague.lit", body="x" * 5000), solo.now)
    assert solo.engine.next_timeout() == solo.now + 60.0


def test_both_halves() -> None:
    small = Limits(after_login=XMLLimits(stanza_bytes=12_000))
    world, wire = established(client_config(), server_config(advertise_limits=True, limits=small, idle_timeout=20))
    with pytest.raises(LocalProtocolError):
        wire.client.engine.send(Message(to="romeo@montague.lit", body="x" * 12_000), world.now)
    world.advance(100)
    assert wire.server.engine.phase is Phase.ESTABLISHED
