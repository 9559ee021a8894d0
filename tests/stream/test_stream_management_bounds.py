"""Stream management (XEP-0198) where it could get out of hand: a stream that goes on elsewhere while it runs, requests without
end, much to send again, answers that come late, states that are not ours."""

from __future__ import annotations

import re

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
    features,
    mechanisms,
    obliging,
    server_logged_in,
)
from xmppwire.jid import JID
from xmppwire.stanza import Message
from xmppwire.stream import (
    EndReason,
    Established,
    Event,
    Limits,
    LocalProtocolError,
    OutputHigh,
    OutputLow,
    Phase,
    Resumed,
    ResumeRequested,
    Resumption,
    StanzasAcknowledged,
    StanzasUnknown,
    StreamErrorSent,
    StreamManagement,
    StreamSuspended,
)

pytestmark = pytest.mark.spec("XEP-0198", "5")

NS = "urn:xmpp:sm:3"
SM = f"<sm xmlns='{NS}'/>"
R = f"<r xmlns='{NS}'/>"
TO = JID("romeo@montague.lit")


def a(h: int) -> str:
    return f"<a xmlns='{NS}' h='{h}'/>"


def managed_server(id: str = "b", **changes: object) -> Solo:
    solo = server_logged_in(management=StreamManagement(), **changes)
    solo.feed(CLIENT_HEADER, f"<iq type='set' id='{id}'>{BIND}</iq>", f"<enable xmlns='{NS}' resume='true'/>")
    solo.sent()
    solo.events.clear()
    return solo


def managed_client(**changes: object) -> Solo:
    management = StreamManagement(**changes)  # type: ignore[arg-type]
    solo = client_in_tls(management=management)
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS, HEADER + features(BIND, SM))
    (identifier,) = re.findall(r"iq type='set' id='([^']+)'", solo.sent())
    bound = f"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{JULIET}</jid></bind>"
    solo.feed(f"<iq type='result' id='{identifier}'>{bound}</iq>", f"<enabled xmlns='{NS}' id='sm-1' resume='true'/>")
    assert solo.one(Established)
    solo.sent()
    solo.events.clear()
    return solo


def resuming(state: Resumption | None, *requests: str, limits: Limits | None = None) -> Solo:
    """A server that is asked to resume, and answers with this state."""
    solo = server_logged_in(management=StreamManagement(), limits=limits or Limits())

    def on_event(one: Solo, event: Event) -> None:
        if isinstance(event, ResumeRequested):
            one.engine.answer(event, state, one.now)
        else:
            obliging(one, event)

    solo.on_event = on_event
    solo.feed(CLIENT_HEADER)
    solo.sent()
    solo.feed(*requests)
    return solo


def resume(id: str, h: int = 0) -> str:
    return f"<resume xmlns='{NS}' h='{h}' previd='{id}'/>"


def bodies(stanzas: object) -> list[str]:
    return [stanza.body for stanza in stanzas]  # type: ignore[attr-defined]


# --- a stream that goes on elsewhere while it runs -------------------------------------------------------------------


def test_a_live_stream_that_is_resumed_elsewhere_tells_no_fate() -> None:
    old = managed_server()
    for text in ("1", "2"):
        old.engine.send(Message(JULIET, text), old.now)
    old.feed(a(1), "<message to='a@b'/>")
    assert bodies(old.one(StanzasAcknowledged).stanzas) == ["1"]
    state = old.engine.resumption
    assert state is not None
    new = resuming(state, resume(state.id, 1))
    assert bodies(new.one(Resumed).resent) == ["2"]
    old.sent()
    assert old.engine.hand_over(old.now) == state
    old.pull()
    assert old.one(StreamErrorSent).error.condition.value == "conflict"
    assert old.ended.reason is EndReason.STREAM_ERROR_SENT
    assert "<conflict" in old.sent()
    assert not [event for event in old.events if isinstance(event, StanzasUnknown | StreamSuspended)]
    new.feed(a(2))
    assert bodies(new.one(StanzasAcknowledged).stanzas) == ["2"]


def test_what_still_comes_on_it_counts_for_nothing() -> None:
    """The client has not had it confirmed, and sends it on the new connection."""
    old = managed_server()
    old.engine.receive_data(b"<message to='a@b'/><message to='a@b'/>", old.now)
    assert isinstance(old.engine.next_event(old.now), Message)
    assert old.engine.hand_over(old.now).handled == 1
    old.pull()
    old.feed("<message to='a@b'/>")
    assert not [event for event in old.events if isinstance(event, Message)]


def test_only_an_open_stream_that_can_be_resumed_is_handed_over() -> None:
    plain = server_logged_in()
    suspended = managed_server()
    suspended.end_of_file()
    closing = managed_server()
    closing.engine.close(closing.now)
    for solo in (plain, suspended, closing):
        before = solo.engine.phase
        with pytest.raises(LocalProtocolError, match="cannot be resumed"):
            solo.engine.hand_over(solo.now)
        assert solo.engine.phase is before


# --- requests without end --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("request_", [resume("x"), f"<resume xmlns='{NS}' h='1'/>", f"<enable xmlns='{NS}'/>"])
def test_requests_to_resume_are_counted(request_: str) -> None:
    limits = Limits(resume_attempts=2)
    solo = resuming(None, request_, limits=limits)
    assert solo.engine.phase is Phase.NEGOTIATING
    solo.feed(request_)
    assert solo.error == "policy-violation"
    patient = resuming(None, request_, limits=limits)
    patient.feed(f"<iq type='set' id='b'>{BIND}</iq>")
    assert patient.one(Established)


# --- marks -----------------------------------------------------------------------------------------------------------


def test_between_half_and_a_quarter_nothing_is_announced() -> None:
    solo = managed_client(queue=8, ask_stanzas=100)
    for number in range(5):
        solo.engine.send(Message(TO, str(number)), solo.now)
    solo.pull()
    assert solo.one(OutputHigh)
    assert solo.engine.crowded
    solo.sent()
    for h in (1, 2):  # 4 and 3 of 8 are left
        solo.feed(a(h))
        solo.engine.send(Message(TO, "more"), solo.now)
        solo.pull()
    assert solo.engine.crowded
    solo.feed(a(5))
    assert not solo.engine.crowded
    assert [type(event) for event in solo.events if isinstance(event, OutputHigh | OutputLow)] == [
        OutputHigh,
        OutputLow,
    ]


# --- much to send again ----------------------------------------------------------------------------------------------


def test_what_is_sent_again_waits_for_room_in_the_output() -> None:
    limits = Limits(output_high=1000, output_low=500, output_bytes=2000)
    state = Resumption(
        jid=JULIET,
        id="sm-1",
        handled=0,
        acknowledged=0,
        unacknowledged=tuple((Message(JULIET, str(number)), None) for number in range(200)),
    )
    solo = resuming(state, resume("sm-1"), limits=limits)
    assert len(solo.one(Resumed).resent) == 200
    assert solo.engine.output_size <= 2000
    assert len(solo.engine.unacknowledged) == 200
    with pytest.raises(LocalProtocolError, match="output is full"):
        solo.engine.send(Message(JULIET, "new"), solo.now)
    solo.feed("<iq id='1'/>")  # a rejection must not get before what waits
    text = ""
    while piece := solo.sent():
        assert len(piece) <= 2200
        text += piece
        solo.pull()
    assert re.findall(r"<body>(\d+)</body>", text) == [str(number) for number in range(200)]
    assert text.endswith(R)
    assert solo.one(OutputHigh)
    assert solo.one(OutputLow)
    solo.engine.send(Message(JULIET, "new"), solo.now)
    solo.feed(a(201))
    assert len(solo.one(StanzasAcknowledged).stanzas) == 201


def test_what_waits_to_be_sent_again_is_not_confirmed_and_not_lost() -> None:
    limits = Limits(output_high=1000, output_low=500, output_bytes=2000)
    stanzas = tuple((Message(JULIET, str(number)), None) for number in range(200))
    state = Resumption(jid=JULIET, id="sm-1", handled=0, acknowledged=0, unacknowledged=stanzas)
    solo = resuming(state, resume("sm-1"), limits=limits)
    solo.feed(a(3))
    assert len(solo.one(StanzasAcknowledged).stanzas) == 3
    again = solo.engine.resumption
    assert again is not None
    assert (again.acknowledged, len(again.unacknowledged)) == (3, 197)
    solo.engine.close(solo.now)
    while "</stream:stream>" not in (piece := solo.sent()):
        assert piece
    assert solo.sent() == ""  # nothing follows the closing tag
    solo.feed("</stream:stream>")
    assert len(solo.one(StanzasUnknown).stanzas) == 197
    liar = resuming(state, resume("sm-1"), limits=limits)
    liar.feed(a(200))
    assert liar.error == "undefined-condition"  # it was sent a part of them


# --- late answers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "alive"), [(29.0, True), (31.0, False)])
def test_an_answer_is_judged_by_when_it_came(seconds: float, alive: bool) -> None:
    """Also where nobody called when the time was up."""
    solo = managed_client(answer_seconds=30.0, ask_stanzas=1)
    solo.engine.send(Message(TO, "x"), solo.now)
    solo.now += seconds
    solo.feed(a(1))
    if alive:
        assert bodies(solo.one(StanzasAcknowledged).stanzas) == ["x"]
    else:
        assert solo.ended.reason is EndReason.CONNECTION_LOST
        assert solo.ended.text == "no acknowledgement came for 30 seconds"


# --- states that are not ours ----------------------------------------------------------------------------------------


def state_of(jid: str) -> Resumption:
    return Resumption(jid=JID(jid), id="sm-1", handled=0, acknowledged=0)


def test_a_client_resumes_its_own_streams() -> None:
    management = StreamManagement()
    with pytest.raises(ValueError, match=r"one of romeo@capulet\.lit"):
        client_config(management=management, resume=state_of("romeo@capulet.lit/x"))
    with pytest.raises(ValueError, match=r"one of romeo@montague\.lit"):
        client_config(
            jid=JID("capulet.lit"), anonymous=True, management=management, resume=state_of("romeo@montague.lit/x")
        )
    assert client_config(management=management, resume=state_of("juliet@capulet.lit/other"))
    romeo = JID("romeo@capulet.lit")
    assert client_config(authzid=romeo, management=management, resume=state_of("romeo@capulet.lit/x"))


def test_a_stream_with_another_address_than_we_asked_for_is_not_resumed() -> None:
    solo = client_in_tls(management=StreamManagement())
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS, HEADER + features(BIND, SM))
    (identifier,) = re.findall(r"iq type='set' id='([^']+)'", solo.sent())
    bound = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>guest17@capulet.lit/x</jid></bind>"
    solo.feed(f"<iq type='result' id='{identifier}'>{bound}</iq>", f"<enabled xmlns='{NS}' id='sm-1' resume='true'/>")
    solo.engine.send(Message(TO, "x"), solo.now)
    assert solo.engine.resumption is None
    solo.end_of_file()
    assert bodies(solo.one(StanzasUnknown).stanzas) == ["x"]


def test_a_program_answers_with_the_stream_that_was_asked_for() -> None:
    solo = server_logged_in(management=StreamManagement())
    solo.on_event = None
    solo.feed(CLIENT_HEADER, resume("sm-2"))
    question = solo.one(ResumeRequested)
    with pytest.raises(LocalProtocolError, match="of another stream"):
        solo.engine.answer(question, state_of(str(JULIET)), solo.now)
    solo.engine.answer(question, None, solo.now)
