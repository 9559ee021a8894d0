"""Stream management (XEP-0198): what goes over the wire, both halves, and what a peer may do wrong."""

from __future__ import annotations

import re
from typing import Any

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
    mechanisms,
    obliging,
    server_config,
    server_logged_in,
)
from xmppwire.jid import JID
from xmppwire.stanza import Iq, Message, Presence
from xmppwire.stream import (
    EndReason,
    Established,
    LocalProtocolError,
    ManagementEnabled,
    ManagementFailed,
    OutputHigh,
    OutputLow,
    Phase,
    Resumed,
    ResumeRequested,
    Resumption,
    ResumptionFailed,
    StanzasAcknowledged,
    StanzasUnknown,
    StreamManagement,
    StreamSuspended,
)
from xmppwire.xml import Element

pytestmark = pytest.mark.spec("XEP-0198")

NS = "urn:xmpp:sm:3"
SM = f"<sm xmlns='{NS}'/>"
BOUND = f"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{JULIET}</jid></bind>"
ENABLED = f"<enabled xmlns='{NS}' id='sm-1' resume='true' max='300' location='[2001:db8::1]:9999'/>"
R = f"<r xmlns='{NS}'/>"
TO = JID("romeo@montague.lit")


def a(h: int | str) -> str:
    return f"<a xmlns='{NS}' h='{h}'/>"


def bodies(items: Any) -> list[str | None]:
    return [item.body for item in items]


def binding(solo: Solo) -> str:
    """The answer to the request for a resource."""
    found = re.findall(r"id='([^']+)'", solo.sent())
    return f"<iq type='result' id='{found[-1]}'>{BOUND}</iq>"


def enabling_client(**changes: Any) -> Solo:
    """A client that has asked for management; the server's answer is next."""
    management = StreamManagement(**changes)
    solo = client_in_tls(management=management)
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS, HEADER + features(BIND, SM))
    solo.feed(binding(solo))
    return solo


def managed_client(**changes: Any) -> Solo:
    solo = enabling_client(**changes)
    solo.sent()
    solo.feed(ENABLED)
    assert solo.engine.phase is Phase.ESTABLISHED
    solo.events.clear()
    return solo


def managed_server(enable: str = "<enable xmlns='urn:xmpp:sm:3' resume='true'/>", **changes: Any) -> Solo:
    solo = server_logged_in(management=StreamManagement(**changes))
    solo.feed(CLIENT_HEADER, f"<iq type='set' id='b'>{BIND}</iq>")
    solo.sent()
    solo.events.clear()
    solo.feed(enable)
    return solo


# --- enabling --------------------------------------------------------------------------------------------------------


def test_a_client_enables_it_behind_binding() -> None:
    solo = enabling_client(max_seconds=600)
    assert solo.sent() == f"<enable xmlns='{NS}' resume='true' max='600'/>"
    assert solo.engine.phase is Phase.NEGOTIATING
    solo.feed(ENABLED)
    assert solo.events[-2:] == [
        ManagementEnabled("sm-1", 300, "[2001:db8::1]:9999"),
        Established(JULIET, solo.one(Established).features),
    ]


def test_a_client_that_wants_acknowledgements_only() -> None:
    solo = enabling_client(resume=False)
    assert solo.sent() == f"<enable xmlns='{NS}'/>"
    solo.feed(f"<enabled xmlns='{NS}'/>")
    assert solo.one(ManagementEnabled) == ManagementEnabled(None, None, None)
    assert solo.engine.resumption is None


def test_an_id_without_resume_resumes_nothing() -> None:
    solo = enabling_client()
    solo.feed(f"<enabled xmlns='{NS}' id='x'/>")
    assert solo.one(ManagementEnabled).id is None


def test_a_server_that_refuses_is_done_without() -> None:
    solo = enabling_client()
    solo.feed(f"<failed xmlns='{NS}'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>")
    assert solo.one(ManagementFailed).condition == "resource-constraint"
    assert solo.engine.phase is Phase.ESTABLISHED
    solo.engine.send(Message(TO, "x"), solo.now)
    assert R not in solo.sent()
    assert solo.engine.unacknowledged == ()


@pytest.mark.parametrize("offer", [features(BIND), features(BIND, SM)], ids=["not offered", "not wanted"])
def test_nothing_is_asked_of_a_server_without_it_or_by_a_client_without_it(offer: str) -> None:
    wanted = SM not in offer
    solo = client_in_tls(management=StreamManagement() if wanted else None)
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS, HEADER + offer)
    solo.feed(binding(solo))
    assert solo.sent() == ""
    assert solo.one(Established)


def test_stanzas_that_come_before_enabled_are_not_counted() -> None:
    solo = enabling_client()
    solo.sent()
    solo.feed("<message><body>early</body></message>" + ENABLED + "<message><body>late</body></message>" + R)
    assert [event.body for event in solo.events if isinstance(event, Message)] == ["early", "late"]
    assert solo.sent() == a(1)


def test_something_else_in_place_of_enabled() -> None:
    solo = enabling_client()
    solo.feed(f"<proceed xmlns='{NS}'/>")
    assert solo.error == "unsupported-stanza-type"


def test_a_server_enables_it_and_draws_an_id() -> None:
    solo = managed_server("<enable xmlns='urn:xmpp:sm:3' resume='1' max='1000'/>", max_seconds=300, location="a.lit:1")
    enabled = solo.one(ManagementEnabled)
    assert enabled.id is not None
    assert solo.sent() == f"<enabled xmlns='{NS}' id='{enabled.id}' resume='true' max='300' location='a.lit:1'/>"
    assert enabled.max_seconds == 300
    state = solo.engine.resumption
    assert state is not None
    assert (state.id, state.jid, state.handled) == (enabled.id, JULIET.with_resource("chosen"), 0)


def test_a_client_may_want_less_time_than_the_server_grants() -> None:
    solo = managed_server("<enable xmlns='urn:xmpp:sm:3' resume='true' max='100'/>", max_seconds=300)
    assert solo.one(ManagementEnabled).max_seconds == 100


@pytest.mark.parametrize("allow", [True, False])
def test_no_id_where_nothing_is_to_be_resumed(allow: bool) -> None:
    enable = "<enable xmlns='urn:xmpp:sm:3'/>" if allow else "<enable xmlns='urn:xmpp:sm:3' resume='true'/>"
    solo = managed_server(enable, resume=allow)
    assert solo.sent() == f"<enabled xmlns='{NS}'/>"
    assert solo.engine.resumption is None


def test_a_server_offers_it_after_login_and_only_if_it_has_it() -> None:
    solo = server_logged_in(management=StreamManagement())
    solo.feed(CLIENT_HEADER)
    assert SM in solo.sent()
    solo = server_logged_in()
    solo.feed(CLIENT_HEADER)
    assert SM not in solo.sent()


def test_enabling_twice_is_refused() -> None:
    solo = managed_server()
    solo.sent()
    solo.feed("<enable xmlns='urn:xmpp:sm:3'/>")
    assert solo.sent() == (
        f"<failed xmlns='{NS}'><unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"
    )
    assert solo.engine.phase is Phase.ESTABLISHED


def test_enabling_before_binding_is_refused() -> None:
    solo = server_logged_in(management=StreamManagement())
    solo.feed(CLIENT_HEADER)
    solo.sent()
    solo.feed("<enable xmlns='urn:xmpp:sm:3'/>")
    assert "<unexpected-request" in solo.sent()
    solo.feed(f"<iq type='set' id='b'>{BIND}</iq>")
    assert solo.one(Established)


def test_a_server_without_management_does_not_know_the_elements() -> None:
    solo = server_logged_in()
    solo.feed(CLIENT_HEADER, f"<iq type='set' id='b'>{BIND}</iq>", "<enable xmlns='urn:xmpp:sm:3'/>")
    assert solo.error == "unsupported-stanza-type"


def test_nothing_to_count_before_it_is_enabled() -> None:
    solo = server_logged_in(management=StreamManagement())
    solo.feed(CLIENT_HEADER, f"<iq type='set' id='b'>{BIND}</iq>", R)
    assert solo.error == "unsupported-stanza-type"


# --- counting --------------------------------------------------------------------------------------------------------


def test_only_stanzas_count() -> None:
    solo = managed_client()
    solo.feed("<message/><presence/><iq type='result' id='1'/>", " ", R, a(0), R)
    assert solo.sent() == a(3) + a(3)


def test_a_stanza_that_breaks_the_rules_counts_as_well() -> None:
    solo = managed_client()
    solo.feed("<iq type='get' id='1'/>" + R)
    answer = solo.sent()
    assert answer.startswith("<iq type='error'")
    assert answer.endswith(a(1))
    assert len(solo.engine.unacknowledged) == 1  # the error is a stanza of ours


def test_acknowledgement_is_asked_for_after_so_many_stanzas() -> None:
    solo = managed_client(ask_stanzas=3)
    for number in range(4):
        solo.engine.send(Message(TO, str(number)), solo.now)
    assert solo.sent().count(R) == 1
    assert bodies(solo.engine.unacknowledged) == ["0", "1", "2", "3"]
    solo.feed(a(3))
    assert bodies(solo.one(StanzasAcknowledged).stanzas) == ["0", "1", "2"]
    assert bodies(solo.engine.unacknowledged) == ["3"]
    solo.feed(a(3))
    assert solo.one(StanzasAcknowledged)  # the second said nothing new


def test_acknowledgement_is_asked_for_after_so_many_bytes() -> None:
    solo = managed_client(ask_bytes=1000)
    solo.engine.send(Message(TO, "x" * 500), solo.now)
    assert R not in solo.sent()
    solo.engine.send(Message(TO, "x" * 500), solo.now)
    assert solo.sent().endswith(R)


def test_acknowledgement_is_asked_for_after_a_while() -> None:
    solo = managed_client(ask_seconds=5.0)
    solo.engine.send(Message(TO, "x"), solo.now)
    solo.sent()
    solo.wait(4.9)
    assert solo.sent() == ""
    solo.wait(0.2)
    assert solo.sent() == R
    solo.feed(a(1))
    solo.wait(50)
    assert solo.sent() == ""


def test_what_was_sent_while_an_answer_was_due_is_asked_about_later() -> None:
    solo = managed_client(ask_stanzas=2)
    for number in range(5):
        solo.engine.send(Message(TO, str(number)), solo.now)
    assert solo.sent().count(R) == 1
    solo.feed(a(2))
    assert solo.sent() == R
    solo.feed(a(4))
    assert solo.sent() == ""
    solo.wait(5)
    assert solo.sent() == R


def test_the_program_may_ask_at_any_time() -> None:
    solo = managed_client()
    solo.engine.ask(solo.now)
    assert solo.sent() == R
    solo.feed(a(0))
    unmanaged = Solo(client_config())
    with pytest.raises(LocalProtocolError, match="not managed"):
        unmanaged.engine.ask(0.0)


def test_iqs_and_presence_are_acknowledged_too_and_elements_as_stanzas() -> None:
    solo = managed_client()
    items = [Iq("result", TO, id="1"), Presence(), Element(("jabber:client", "message"), {"to": "a@b"})]
    for item in items:
        solo.engine.send(item, solo.now)
    solo.engine.send(Element(("urn:example", "nonza")), solo.now)
    solo.feed(a(3))
    assert solo.one(StanzasAcknowledged).stanzas == items


def test_counters_wrap() -> None:
    state = Resumption(jid=JULIET, id="sm-1", handled=2**32 - 1, acknowledged=2**32 - 2, unacknowledged=())
    solo = resuming_client(state)
    solo.feed(f"<resumed xmlns='{NS}' h='4294967294' previd='sm-1'/>")
    for number in range(3):
        solo.engine.send(Message(TO, str(number)), solo.now)
    solo.feed("<message/>", "<message/>", R, a(1))
    assert solo.sent().endswith(a(1))
    assert bodies(solo.one(StanzasAcknowledged).stanzas) == ["0", "1", "2"]


@pytest.mark.parametrize("h", [3, 2**32 - 1], ids=["too high", "backwards"])
def test_more_acknowledged_than_was_sent(h: int) -> None:
    solo = managed_client()
    for _ in range(2):
        solo.engine.send(Message(TO, "x"), solo.now)
    solo.sent()
    solo.feed(a(h))
    assert solo.error == "undefined-condition"
    assert f"<handled-count-too-high xmlns='{NS}' h='{h}' send-count='2'/>" in solo.sent()
    assert len(solo.one(StanzasUnknown).stanzas) == 2


@pytest.mark.parametrize("h", ["", "x", "-1", "4294967296", "99999999999999999999"])
def test_an_acknowledgement_that_is_none(h: str) -> None:
    solo = managed_client()
    solo.feed(a(h))
    assert solo.error == "undefined-condition"


def test_what_a_program_holds_is_not_acknowledged() -> None:
    solo = managed_client(hold=True)
    solo.feed("<message/><message/><message/>" + R)
    assert solo.sent() == a(0)
    solo.engine.handled(2)
    state = solo.engine.resumption
    assert state is not None
    assert state.handled == 2
    assert solo.sent() == ""
    solo.engine.handled()
    assert solo.sent() == a(3)  # the peer had asked
    with pytest.raises(LocalProtocolError, match="not pulled"):
        solo.engine.handled()
    with pytest.raises(LocalProtocolError, match="by themselves"):
        managed_client().engine.handled()


def test_a_full_queue_refuses_and_says_so_before() -> None:
    solo = managed_client(queue=4, ask_stanzas=100)
    for number in range(4):
        solo.engine.send(Message(TO, str(number)), solo.now)
        solo.pull()
    assert solo.one(OutputHigh)
    with pytest.raises(LocalProtocolError, match="has not acknowledged 4 stanzas"):
        solo.engine.send(Message(TO, "4"), solo.now)
    assert len(solo.engine.unacknowledged) == 4
    solo.sent()
    solo.feed(a(3))
    assert solo.one(OutputLow)
    solo.engine.send(Message(TO, "5"), solo.now)


def test_a_queue_full_of_bytes_refuses_as_well() -> None:
    solo = managed_client(queue_bytes=1000, ask_stanzas=100)
    solo.engine.send(Message(TO, "x" * 600), solo.now)
    solo.pull()
    assert solo.one(OutputHigh)
    solo.engine.send(Message(TO, "x" * 600), solo.now)
    with pytest.raises(LocalProtocolError, match="has not acknowledged 2 stanzas"):
        solo.engine.send(Message(TO, "x"), solo.now)
    solo.feed(a(2))
    solo.engine.send(Message(TO, "x"), solo.now)


def test_a_peer_that_confirms_nothing_is_not_told_of_its_faults_for_ever() -> None:
    solo = managed_server(queue=10)
    for number in range(50):
        solo.feed(f"<iq type='get' id='{number}'/>")
        if R in solo.sent():
            solo.feed(a(0))
    assert len(solo.engine.unacknowledged) == 10


def test_what_was_asked_for_is_told_even_if_more_is_handled_at_once() -> None:
    solo = managed_client(hold=True)
    solo.feed("<message/><message/>" + R)
    solo.sent()
    solo.feed("<message/>")
    solo.engine.handled(3)
    assert solo.sent() == a(3)


def test_asking_again_does_not_put_the_deadline_off() -> None:
    solo = managed_client(answer_seconds=30.0)
    for _ in range(4):
        if solo.engine.phase is Phase.ESTABLISHED:
            solo.engine.ask(solo.now)
        solo.wait(10)
    assert solo.ended.reason is EndReason.CONNECTION_LOST


def test_a_peer_that_sends_something_is_alive() -> None:
    solo = managed_client(answer_seconds=30.0, ask_stanzas=1)
    solo.engine.send(Message(TO, "x"), solo.now)
    solo.wait(25)
    solo.feed("<message/>")
    solo.wait(25)
    assert solo.engine.phase is Phase.ESTABLISHED
    solo.wait(10)
    assert solo.ended.reason is EndReason.CONNECTION_LOST


def test_closing_a_suspended_stream_changes_nothing() -> None:
    solo = managed_client()
    solo.on_event = lambda one, event: one.engine.close(one.now) if isinstance(event, StreamSuspended) else None
    solo.end_of_file()
    assert solo.ended.reason is EndReason.CONNECTION_LOST


def test_a_peer_that_does_not_answer_is_dead() -> None:
    solo = managed_client(answer_seconds=20.0, ask_stanzas=1)
    solo.engine.send(Message(TO, "x"), solo.now)
    solo.sent()
    solo.wait(19.9)
    assert solo.engine.phase is Phase.ESTABLISHED
    solo.wait(0.2)
    assert solo.sent() == ""  # no closing tag: the stream can be resumed
    assert solo.ended.reason is EndReason.CONNECTION_LOST
    assert bodies(item for item, _ in solo.one(StreamSuspended).resumption.unacknowledged) == ["x"]


def test_a_dead_peer_of_a_stream_that_cannot_be_resumed() -> None:
    solo = enabling_client(resume=False, answer_seconds=20.0, ask_stanzas=1)
    solo.feed(f"<enabled xmlns='{NS}'/>")
    solo.engine.send(Message(TO, "x"), solo.now)
    solo.wait(21)
    assert solo.ended.reason is EndReason.CONNECTION_LOST
    assert bodies(solo.one(StanzasUnknown).stanzas) == ["x"]


# --- the end ---------------------------------------------------------------------------------------------------------


def test_a_final_acknowledgement_goes_before_the_closing_tag() -> None:
    solo = managed_client()
    solo.feed("<message/>")
    solo.engine.close(solo.now)
    assert solo.sent() == a(1) + "</stream:stream>"
    assert solo.engine.resumption is None


def test_what_is_acknowledged_while_closing_is_not_unknown() -> None:
    solo = managed_client()
    for number in range(3):
        solo.engine.send(Message(TO, str(number)), solo.now)
    solo.engine.close(solo.now)
    solo.feed(a(2), R, "</stream:stream>")
    assert bodies(solo.one(StanzasAcknowledged).stanzas) == ["0", "1"]
    assert bodies(solo.one(StanzasUnknown).stanzas) == ["2"]
    assert solo.ended.clean


def test_a_stream_error_leaves_nothing_to_resume() -> None:
    solo = managed_client()
    solo.engine.send(Message(TO, "x"), solo.now)
    solo.feed("<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>")
    assert bodies(solo.one(StanzasUnknown).stanzas) == ["x"]
    assert not [event for event in solo.events if isinstance(event, StreamSuspended)]


def test_a_lost_transport_suspends_the_stream() -> None:
    solo = managed_client()
    solo.feed("<message/><message/>")
    solo.engine.send(Message(TO, "x"), solo.now)
    phases: list[Phase] = []
    solo.on_event = lambda _, event: phases.append(solo.engine.phase) if isinstance(event, StreamSuspended) else None
    solo.end_of_file()
    assert phases == [Phase.SUSPENDED]
    assert solo.ended.reason is EndReason.CONNECTION_LOST
    state = solo.one(StreamSuspended).resumption
    assert (state.jid, state.id, state.handled, state.acknowledged) == (JULIET, "sm-1", 2, 0)
    assert (state.max_seconds, state.location) == (300, "[2001:db8::1]:9999")
    assert bodies(item for item, _ in state.unacknowledged) == ["x"]


# --- resumption ------------------------------------------------------------------------------------------------------


def resumption(*texts: str, **changes: Any) -> Resumption:
    queue = tuple((Message(TO, text, id=text), 1e9) for text in texts)
    return Resumption(
        **{"jid": JULIET, "id": "sm-1", "handled": 5, "acknowledged": 7, "unacknowledged": queue, **changes}
    )


def resuming_client(state: Resumption, *, offer: str = SM, **changes: Any) -> Solo:
    """A client that has asked to resume; the server's answer is next."""
    solo = client_in_tls(management=StreamManagement(**changes), resume=state)
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS)
    solo.sent()
    solo.feed(HEADER + features(BIND, offer))
    return solo


def test_a_client_resumes_and_binds_nothing() -> None:
    state = resumption("a", "b", "c")
    solo = resuming_client(state)
    assert solo.sent().endswith(f"<resume xmlns='{NS}' h='5' previd='sm-1'/>")
    solo.feed(f"<resumed xmlns='{NS}' h='8' previd='sm-1'/>")
    assert solo.engine.phase is Phase.ESTABLISHED
    assert solo.engine.jid == JULIET
    event = solo.one(Resumed)
    assert (event.jid, bodies(event.acknowledged), bodies(event.resent)) == (JULIET, ["a"], ["b", "c"])
    assert not [event for event in solo.events if isinstance(event, Established)]
    stamp = "<delay xmlns='urn:xmpp:delay' stamp='2001-09-09T01:46:40Z'/>"
    assert (
        solo.sent()
        == "".join(f"<message to='{TO}' id='{text}'><body>{text}</body>{stamp}</message>" for text in "bc") + R
    )
    solo.feed("<message/>", R)
    assert solo.sent() == a(6)
    solo.feed(a(10))
    assert bodies(solo.one(StanzasAcknowledged).stanzas) == ["b", "c"]
    assert not solo.one(StanzasAcknowledged).stanzas[0].find(("urn:xmpp:delay", "delay"))  # type: ignore[union-attr]


def test_no_time_is_invented() -> None:
    state = Resumption(jid=JULIET, id="sm-1", handled=0, acknowledged=0, unacknowledged=((Message(TO, "x"), None),))
    solo = resuming_client(state)
    solo.sent()
    solo.feed(f"<resumed xmlns='{NS}' h='0' previd='sm-1'/>")
    assert "delay" not in solo.sent()


def test_times_are_kept_where_the_clock_is_known() -> None:
    solo = managed_client(epoch=1e9)
    solo.now = 10.0
    solo.engine.send(Message(TO, "x"), solo.now)
    state = solo.engine.resumption
    assert state is not None
    assert state.unacknowledged[0][1] == 1e9 + 10


@pytest.mark.parametrize("h", [None, 8])
def test_a_failed_resumption_tells_what_arrived_and_a_resource_is_bound(h: int | None) -> None:
    solo = resuming_client(resumption("a", "b"))
    solo.sent()
    attribute = "" if h is None else f" h='{h}'"
    solo.feed(f"<failed xmlns='{NS}'{attribute}><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>")
    event = solo.one(ResumptionFailed)
    assert event.condition == "item-not-found"
    assert (bodies(event.acknowledged), bodies(event.unknown)) == (([], ["a", "b"]) if h is None else (["a"], ["b"]))
    solo.feed(binding(solo))
    assert solo.sent() == f"<enable xmlns='{NS}' resume='true'/>"
    solo.feed(ENABLED)
    assert solo.engine.phase is Phase.ESTABLISHED
    assert solo.engine.unacknowledged == []


def test_a_server_that_has_lost_the_feature() -> None:
    solo = resuming_client(resumption("a"), offer="")
    assert "<resume" not in solo.sent().partition("<bind")[0]
    assert solo.one(ResumptionFailed).condition == "feature-not-implemented"
    assert bodies(solo.one(ResumptionFailed).unknown) == ["a"]


@pytest.mark.parametrize(
    ("reply", "condition"),
    [
        (f"<resumed xmlns='{NS}' h='9' previd='sm-1'/>", "undefined-condition"),
        (f"<resumed xmlns='{NS}' h='6' previd='sm-1'/>", "undefined-condition"),
        (f"<resumed xmlns='{NS}' h='7' previd='sm-2'/>", "unsupported-stanza-type"),
        (f"<resumed xmlns='{NS}' previd='sm-1'/>", "unsupported-stanza-type"),
        (ENABLED, "unsupported-stanza-type"),
    ],
)
def test_answers_to_resume_that_make_no_sense(reply: str, condition: str) -> None:
    solo = resuming_client(resumption("a"))
    solo.feed(reply)
    assert solo.error == condition


@pytest.mark.parametrize("h", [0, 6, 9, 2**32 - 1])
def test_a_count_that_cannot_be_is_no_reason_to_fail_again(h: int) -> None:
    solo = resuming_client(resumption("a"))
    solo.feed(f"<failed xmlns='{NS}' h='{h}'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>")
    event = solo.one(ResumptionFailed)
    assert (bodies(event.acknowledged), bodies(event.unknown)) == ([], ["a"])
    solo.feed(binding(solo))
    solo.feed(ENABLED)
    assert solo.engine.phase is Phase.ESTABLISHED


def test_a_resumption_that_makes_no_sense_tells_the_fate_of_all() -> None:
    solo = resuming_client(resumption("a"))
    solo.feed(f"<resumed xmlns='{NS}' h='9' previd='sm-1'/>")
    assert bodies(solo.one(StanzasUnknown).stanzas) == ["a"]


def test_what_was_confirmed_is_told_even_if_the_stream_ends_at_once() -> None:
    solo = client_in_tls(management=StreamManagement(), resume=resumption("a", "b"))
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS)
    solo.feed(HEADER + features(SM, "<odd xmlns='urn:odd'><required/></odd>"))
    solo.feed(f"<resumed xmlns='{NS}' h='8' previd='sm-1'/>")
    assert solo.error == "unsupported-feature"
    assert bodies(solo.one(StanzasAcknowledged).stanzas) == ["a"]
    assert bodies(solo.one(StanzasUnknown).stanzas) == ["b"]


def test_resume_needs_management() -> None:
    with pytest.raises(ValueError, match="with `management` only"):
        client_config(resume=resumption())


def resuming_server(answer: object, request: str = f"<resume xmlns='{NS}' h='8' previd='sm-1'/>") -> Solo:
    """A server that was asked to resume, and whose program answered."""
    solo = server_logged_in(management=StreamManagement())

    def on_event(one: Solo, event: object) -> None:
        if isinstance(event, ResumeRequested):
            if isinstance(answer, str):
                one.engine.refuse(event, answer, one.now)
            else:
                one.engine.answer(event, answer, one.now)
        else:
            obliging(one, event)  # type: ignore[arg-type]

    solo.on_event = on_event
    solo.feed(CLIENT_HEADER)
    solo.sent()
    solo.feed(request)
    return solo


def test_a_server_resumes() -> None:
    solo = resuming_server(resumption("a", "b"))
    question = solo.one(ResumeRequested)
    assert (question.jid, question.id, question.handled) == (JULIET.bare, "sm-1", 8)
    assert (bodies(solo.one(Resumed).acknowledged), bodies(solo.one(Resumed).resent)) == (["a"], ["b"])
    sent = solo.sent()
    assert sent.startswith(f"<resumed xmlns='{NS}' h='5' previd='sm-1'/><message")
    assert sent.endswith(R)
    assert solo.engine.jid == JULIET
    solo.feed("<message to='a@b'/>", R)
    assert [event.sender for event in solo.events if isinstance(event, Message)] == [JULIET]
    assert solo.sent() == a(6)


@pytest.mark.parametrize(
    ("answer", "attribute", "condition"),
    [
        (None, "", "item-not-found"),
        (12, " h='12'", "item-not-found"),
        (resumption(jid=JID("romeo@capulet.lit/x")), "", "item-not-found"),
        ("remote-server-timeout", "", "remote-server-timeout"),
    ],
    ids=["unknown", "gone", "another user's", "refused"],
)
def test_a_server_that_cannot_resume_says_so_and_binds(answer: object, attribute: str, condition: str) -> None:
    solo = resuming_server(answer)
    assert solo.sent() == (
        f"<failed xmlns='{NS}'{attribute}><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"
    )
    solo.feed(f"<iq type='set' id='b'>{BIND}</iq>")
    assert solo.one(Established)
    solo.sent()
    solo.feed("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
    assert solo.one(ManagementEnabled).id is not None


def test_a_client_that_got_more_than_was_sent_is_not_resumed() -> None:
    solo = resuming_server(resumption("a", "b"), f"<resume xmlns='{NS}' h='10' previd='sm-1'/>")
    assert solo.error == "undefined-condition"
    assert "handled-count-too-high" in solo.sent()


@pytest.mark.parametrize("request_", [f"<resume xmlns='{NS}' previd='x'/>", f"<resume xmlns='{NS}' h='1'/>"])
def test_a_request_to_resume_that_lacks_something(request_: str) -> None:
    solo = resuming_server(None, request_)
    assert "<bad-request" in solo.sent()


def test_an_established_stream_resumes_nothing() -> None:
    solo = managed_server()
    solo.sent()
    solo.feed(f"<resume xmlns='{NS}' h='1' previd='x'/>")
    assert "<unexpected-request" in solo.sent()
    assert solo.engine.phase is Phase.ESTABLISHED


@pytest.mark.parametrize("answer", [True, -1, 2**32, "sm-1"])
def test_answers_that_a_program_cannot_give(answer: object) -> None:
    solo = server_logged_in(management=StreamManagement())
    solo.on_event = None
    solo.feed(CLIENT_HEADER, f"<resume xmlns='{NS}' h='8' previd='sm-1'/>")
    question = solo.one(ResumeRequested)
    with pytest.raises(LocalProtocolError, match="a Resumption, a count, or None"):
        solo.engine.answer(question, answer, 0.0)
    with pytest.raises(LocalProtocolError, match="'no-such' is not"):
        solo.engine.refuse(question, "no-such", 0.0)


# --- the state as bytes ----------------------------------------------------------------------------------------------


def test_the_state_goes_through_bytes() -> None:
    odd = Element(("jabber:client", "iq"), {"type": "get"}, ["no stanza by the rules"])
    queue = ((Message(TO, "ä < & \n", id="1"), 1.5), (Presence(), None), (odd, None))
    state = Resumption(
        jid=JULIET, id="sm ä", handled=3, acknowledged=2**32 - 1, unacknowledged=queue, max_seconds=60, location="a:1"
    )
    assert Resumption.from_bytes(state.to_bytes()) == state


STATE = Resumption(jid=JULIET, id="x", handled=0, acknowledged=0).to_bytes()


def test_a_stanza_of_any_depth_comes_back() -> None:
    deep = Element(("urn:deep", "d"))
    for _ in range(200):
        deep = Element(("urn:deep", "d"), {}, [deep])
    state = Resumption(
        jid=JULIET, id="x", handled=0, acknowledged=0, unacknowledged=((Message(TO, payloads=[deep]), None),)
    )
    assert Resumption.from_bytes(state.to_bytes()).to_bytes() == state.to_bytes()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"version":2}',
        b"[" * 100_000,
        STATE.replace(b'"handled":0', b'"handled":Infinity'),
        STATE.replace(b'"handled":0', b'"handled":true'),
        STATE.replace(b'"handled":0', b'"handled":4294967296'),
        STATE.replace(b'"id":"x"', b'"id":null'),
        STATE.replace(b"/balcony", b""),
        STATE.replace(b"[]", b"[[5,null]]"),
        STATE.replace(b"[]", b'[["<message/>","noon"]]'),
        STATE.replace(b"[]", b'[["<message/>",1e300]]'),
        STATE.replace(b"[]", b'[["<message/>",NaN]]'),
        STATE.replace(b"[]", b'[["<message",null]]'),
        STATE.replace(b"[]", b'[["<message><b></message>",null]]'),
        STATE.replace(b'"max_seconds":null', b'"max_seconds":"soon"'),
        b"\xff",
        Resumption(jid=JULIET, id="x", handled=0, acknowledged=0).to_bytes().replace(b"juliet@", b"@"),
        Resumption(jid=JULIET, id="x", handled=0, acknowledged=0, unacknowledged=((Message(TO, "x"), None),))
        .to_bytes()
        .replace(b"</message>", b""),
    ],
)
def test_bytes_that_are_no_state(data: bytes) -> None:
    with pytest.raises(ValueError, match="no state of a stream"):
        Resumption.from_bytes(data)


def test_limits_of_the_config() -> None:
    for name in ("ask_stanzas", "ask_bytes", "queue", "queue_bytes"):
        with pytest.raises(ValueError, match="1 at least"):
            StreamManagement(**{name: 0})
    for changes in ({"ask_seconds": 0.0}, {"answer_seconds": float("nan")}, {"max_seconds": 0}):
        with pytest.raises(ValueError, match="seconds"):
            StreamManagement(**changes)


# --- two of ours -----------------------------------------------------------------------------------------------------


def test_both_ends_count_alike() -> None:
    management = StreamManagement(ask_stanzas=3)
    world, wire = established(client_config(management=management), server_config(management=management))
    for number in range(10):
        wire.client.engine.send(Message(TO, str(number)), world.now)
        wire.server.engine.send(Message(JULIET, str(number)), world.now)
    world.settle()
    world.advance(5)
    for end in (wire.client, wire.server):
        assert end.engine.unacknowledged == []
        acknowledged = [text for event in end.of(StanzasAcknowledged) for text in bodies(event.stanzas)]
        assert acknowledged == [str(number) for number in range(10)]
        assert [event.body for event in end.of(Message)] == acknowledged
