"""Software, time and last activity: what is asked, and what a session answers if it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.session.play import Play
from xmppwire.im.about import fetch_last_activity, fetch_time, fetch_version
from xmppwire.jid import JID
from xmppwire.protocol.disco import DiscoInfo
from xmppwire.protocol.entity_time import EntityTime
from xmppwire.protocol.last_activity import LastActivity
from xmppwire.protocol.version import Version
from xmppwire.session import AutomaticAnswers
from xmppwire.stanza import ErrorCondition, Iq, IqType

ROMEO = JID("romeo@montague.lit/orchard")
VERONA = timezone(timedelta(hours=1))
NOON = datetime(2026, 11, 23, 12, tzinfo=VERONA)
FEATURES = {"jabber:iq:version", "urn:xmpp:time", "jabber:iq:last"}


@pytest.mark.spec("XEP-0092", "2")
@pytest.mark.spec("XEP-0202", "3")
@pytest.mark.spec("XEP-0012", "3", "4", "5")
def test_what_others_tell() -> None:
    play = Play()
    version = Version(software="Lute", version="1.0", os="wood")
    time = EntityTime(tzo=VERONA, utc=NOON.astimezone(UTC))
    last = LastActivity(seconds=903, status="gone")
    for operation, answer in (
        (fetch_version(ROMEO), version),
        (fetch_time(ROMEO), time),
        (fetch_last_activity(ROMEO), last),
    ):
        running = play.run(operation)  # type: ignore[arg-type]
        iq = play.asked()
        assert (iq.type, iq.to) == (IqType.GET, ROMEO)
        play.say(iq.result(answer).replace(sender=ROMEO))
        assert running.result() == answer
    assert time.local == NOON
    for operation, empty in ((fetch_version(ROMEO), Version()), (fetch_last_activity(ROMEO), LastActivity())):
        running = play.run(operation)  # type: ignore[arg-type]
        play.say(play.asked().result().replace(sender=ROMEO))
        assert running.result() == empty


def ask(play: Play, payload: Version | EntityTime | LastActivity | DiscoInfo, type: str = "get") -> Iq:
    play.say(Iq(type, play.session.jid, payload=payload, id="q", sender=ROMEO))  # type: ignore[call-overload]
    (answer,) = [event for event in play.server.take() if isinstance(event, Iq)]
    assert (answer.id, answer.to) == ("q", ROMEO)
    assert play.client.take() == []
    return answer


def test_nothing_is_told_unless_it_is_asked_for() -> None:
    play = Play()
    for payload in (Version(), EntityTime(), LastActivity()):
        answer = ask(play, payload)
        assert answer.error is not None
        assert answer.error.condition is ErrorCondition.SERVICE_UNAVAILABLE
    info = ask(play, DiscoInfo()).get(DiscoInfo)
    assert info is not None
    assert not FEATURES & set(info.features)


@pytest.mark.spec("XEP-0092", "2")
@pytest.mark.spec("XEP-0202", "3")
@pytest.mark.spec("XEP-0012", "3")
def test_what_a_session_tells() -> None:
    answers = AutomaticAnswers(
        version=Version(software="Balcony", version="2"), time=lambda: NOON, last_activity=lambda: 77.9
    )
    play = Play(answers=answers)
    assert ask(play, Version()).get(Version) == Version(software="Balcony", version="2")
    assert ask(play, EntityTime()).get(EntityTime) == EntityTime(tzo=VERONA, utc=NOON.astimezone(UTC))
    assert ask(play, LastActivity()).get(LastActivity) == LastActivity(seconds=77)
    answers.last_activity = lambda: -5.0
    assert ask(play, LastActivity()).get(LastActivity) == LastActivity(seconds=0)
    info = ask(play, DiscoInfo()).get(DiscoInfo)
    assert info is not None
    assert set(info.features) >= FEATURES
    assert ask(play, Version(software="mine"), "set").type is IqType.ERROR


@pytest.mark.parametrize(("utc", "hours"), [(datetime.max, 1), (datetime.min, -1)], ids=["end", "beginning"])
def test_a_time_beyond_the_calendar_is_none(utc: datetime, hours: int) -> None:
    told = EntityTime(utc=utc.replace(tzinfo=UTC), tzo=timezone(timedelta(hours=hours)))
    assert told.local is None
