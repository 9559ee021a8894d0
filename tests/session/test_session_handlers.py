"""Handlers of requests by the class of the payload: what they return, what they raise, and who asks them."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import pytest

from tests.session.play import JULIET, Play
from xmppwire.jid import JID
from xmppwire.payload import Payload
from xmppwire.protocol.disco import DiscoInfo
from xmppwire.protocol.entity_time import EntityTime
from xmppwire.protocol.last_activity import LastActivity
from xmppwire.protocol.ping import Ping
from xmppwire.protocol.version import Version
from xmppwire.session import LATER, Answer, AutomaticAnswers, HandlerFailed, IqRequest
from xmppwire.stanza import ErrorCondition, ErrorType, Iq, IqType, StanzaError
from xmppwire.stream import Limits, LocalProtocolError
from xmppwire.xml import Element

ROMEO = JID("romeo@montague.lit/orchard")
MINE = Version(software="Balcony", version="2")


def ask(play: Play, payload: Payload | Element, type: str = "get", sender: JID | None = ROMEO) -> Iq:
    play.say(Iq(type, JULIET, payload=payload, id="q", sender=sender))
    return play.asked()


def told(request: IqRequest[Version]) -> Answer:
    return MINE


@pytest.mark.spec("RFC 6120", "8.2.3")
def test_a_handler_answers_requests_with_its_payload() -> None:
    play = Play()
    seen: list[IqRequest[Version]] = []

    def handler(request: IqRequest[Version]) -> Answer:
        seen.append(request)
        return MINE

    assert ask(play, Version()).error == StanzaError("service-unavailable")
    play.session.answers.register("get", Version, handler, features=["jabber:iq:version"])
    reply = ask(play, Version(os="Verona"))
    assert (reply.type, reply.to, reply.id, reply.get(Version)) == (IqType.RESULT, ROMEO, "q", MINE)
    (request,) = seen
    assert (request.payload, request.sender, request.own) == (Version(os="Verona"), ROMEO, JULIET)
    assert request.now == play.world.now
    assert play.client.take() == []
    assert ask(play, Version(), "set").error == StanzaError("service-unavailable")
    info = ask(play, DiscoInfo()).get(DiscoInfo)
    assert info is not None
    assert info.features == ["http://jabber.org/protocol/disco#info", "jabber:iq:version", "urn:xmpp:ping"]


def test_who_asks_without_an_address_speaks_for_the_account() -> None:
    iq = Iq("get", JULIET, payload=Version(), id="q")
    assert IqRequest(iq, Version, JULIET, 0.0).sender == JULIET.bare
    assert IqRequest(iq, Version, None, 0.0).sender is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (None, None),
        (StanzaError("forbidden"), StanzaError("forbidden")),
        (StanzaError("conflict", ErrorType.WAIT, "later"), StanzaError("conflict", ErrorType.WAIT, "later")),
    ],
)
def test_an_empty_result_or_an_error(answer: Answer, error: StanzaError | None) -> None:
    play = Play()
    play.session.answers.register("set", Version, lambda request: answer)
    reply = ask(play, Version(), "set")
    assert reply.error == error
    assert reply.get(Version) is None


def test_an_answer_that_needs_time_is_sent_later() -> None:
    play = Play()
    held: list[Iq] = []

    def handler(request: IqRequest[Version]) -> Answer:
        held.append(request.iq)
        return LATER

    play.session.answers.register("get", Version, handler)
    play.say(Iq("get", JULIET, payload=Version(), id="q", sender=ROMEO))
    assert play.server.take() == []
    assert play.client.take() == []
    play.session.send(held[0].result(MINE), play.world.now)
    play.world.settle()
    assert play.asked().get(Version) == MINE


def test_what_a_handler_raises_ends_nothing_and_is_told() -> None:
    play = Play()
    problem = RuntimeError("the secret is 42")

    def handler(request: IqRequest[Version]) -> Answer:
        raise problem

    play.session.answers.register("get", Version, handler)
    for _ in range(2):
        reply = ask(play, Version())
        assert reply.error == StanzaError(ErrorCondition.INTERNAL_SERVER_ERROR)
        (event,) = play.client.take()
        assert isinstance(event, HandlerFailed)
        assert event.error is problem
        assert (event.iq.sender, event.iq.id) == (ROMEO, "q")


@pytest.mark.spec("RFC 6120", "8.2.3")
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Version(software="\0"), LocalProtocolError),
        (Version(software=cast("str", 5)), LocalProtocolError),
        (Element(("urn:example:mine", "a name")), LocalProtocolError),
        (StanzaError("forbidden", text="\x01"), LocalProtocolError),
        (Version(software="x" * Limits().output_bytes), LocalProtocolError),
        (Element(("urn:example:mine", "mine"), {}, cast("list[str | Element]", [5])), AttributeError),
        (Element(("urn:example:mine", "mine"), {"count": cast("str", 5)}), TypeError),
        (cast("Answer", "words"), TypeError),
        (cast("Answer", [MINE]), TypeError),
    ],
    ids=["character", "type", "name", "error", "length", "child", "attribute", "text", "list"],
)
def test_an_answer_that_cannot_be_sent_is_an_error_for_both(answer: Answer, told: type[Exception]) -> None:
    play = Play()
    play.session.answers.register("get", Version, lambda request: answer)
    for _ in range(2):
        assert ask(play, Version()).error == StanzaError(ErrorCondition.INTERNAL_SERVER_ERROR)
        (event,) = play.client.take()
        assert isinstance(event, HandlerFailed)
        assert isinstance(event.error, told)
        assert event.iq.id == "q"


@pytest.mark.parametrize(
    ("answers", "payload"),
    [
        (AutomaticAnswers(time=lambda: datetime(2026, 11, 1 // 0)), EntityTime()),
        (AutomaticAnswers(last_activity=lambda: 0 / 0), LastActivity()),
        (AutomaticAnswers(last_activity=lambda: float("nan")), LastActivity()),
    ],
    ids=["time", "activity", "no number"],
)
def test_what_the_programs_clocks_raise_ends_nothing_either(answers: AutomaticAnswers, payload: Payload) -> None:
    play = Play(answers=answers)
    for _ in range(2):
        assert ask(play, payload).error == StanzaError(ErrorCondition.INTERNAL_SERVER_ERROR)
        (event,) = play.client.take()
        assert isinstance(event, HandlerFailed)
        assert event.iq.id == "q"


def test_a_payload_that_does_not_decode_is_a_bad_request() -> None:
    play = Play()
    asked: list[LastActivity] = []

    def handler(request: IqRequest[LastActivity]) -> Answer:
        asked.append(request.payload)
        return None

    play.session.answers.register("get", LastActivity, handler)
    reply = ask(play, Element(("jabber:iq:last", "query"), {"seconds": "soon"}))
    assert reply.error is not None
    assert reply.error.condition is ErrorCondition.BAD_REQUEST
    assert (asked, play.client.take()) == ([], [])


def test_a_handler_comes_before_what_the_session_answers_and_behind_what_the_program_does() -> None:
    play = Play(answers=AutomaticAnswers(version=Version(software="older"), unhandled=False))
    answers = play.session.answers
    answers.register("get", Version, lambda request: Version(software="old"))
    answers.register("get", Version, told)
    answers.register("get", Ping, lambda request: StanzaError("not-allowed"))
    assert ask(play, Version()).get(Version) == MINE
    assert ask(play, Ping()).error == StanzaError("not-allowed")
    answers.handle(Version.element_names)
    play.say(Iq("get", JULIET, payload=Version(), id="q", sender=ROMEO))
    assert play.server.take() == []
    assert [event.id for event in play.client.of(Iq)] == ["q"]


@pytest.mark.spec("RFC 6120", "13.10.2")
@pytest.mark.spec("XEP-0199", "7")
def test_to_those_who_may_not_ask_it_is_as_if_nobody_was_there() -> None:
    play = Play()
    answers = play.session.answers
    answers.register("get", Version, told)
    answers.handle({("urn:example:mine", "mine")})
    answers.may_ask = lambda jid: jid.bare == ROMEO.bare
    for payload in (Ping(), DiscoInfo(), Version(), Element(("urn:example:mine", "mine"))):
        reply = ask(play, payload, sender=JID("tybalt@capulet.lit/street"))
        assert reply.error == StanzaError("service-unavailable")
    assert play.client.take() == []
    for sender in (ROMEO, JULIET.bare, JID("juliet@capulet.lit/window"), JULIET.domain, None):
        assert ask(play, Version(), sender=sender).get(Version) == MINE


def test_what_the_rule_of_who_may_ask_raises_is_told_and_lets_nobody_in() -> None:
    play = Play()
    mistake = KeyError("romeo")

    def broken(jid: JID) -> bool:
        raise mistake

    play.session.answers.may_ask = broken
    assert ask(play, Ping()).error == StanzaError("service-unavailable")
    (failed,) = play.client.take()
    assert isinstance(failed, HandlerFailed)
    assert failed.error is mistake


@pytest.mark.parametrize("type", ["result", "error", "put"])
def test_only_requests_are_answered(type: str) -> None:
    answers = AutomaticAnswers()
    with pytest.raises(ValueError):
        answers.register(type, Version, told)
    assert answers.handlers == {}


def test_what_the_program_handed_in_stays_as_it_was() -> None:
    features = ["urn:a"]
    answers = AutomaticAnswers(features=features)
    answers.register("get", Version, told, features=["urn:b", "urn:a", "urn:b"])
    assert answers.features == ["urn:a", "urn:b"]
    assert features == ["urn:a"]
