"""Sessions of Jingle (XEP-0166): both parties, in order and out of it, and others who try."""

from __future__ import annotations

from typing import Any

import pytest

from tests.im.jingle_stage import JULIET, ROMEO, Party, Stage, content, key, of_kind
from tests.session.play import Play
from xmppwire.im.commands import anybody
from xmppwire.im.jingle import (
    ActionRefused,
    ContentsAccepted,
    ContentsAdded,
    ContentsRejected,
    ContentsRemoved,
    DescriptionInfo,
    SendersModified,
    SessionAccepted,
    SessionEnded,
    SessionInfo,
    Sessions,
    SessionState,
    TransportAccepted,
    TransportInfo,
    TransportRejected,
    TransportReplacement,
    from_contacts,
)
from xmppwire.im.jingle.state import CONTENTS, EVENTS, jingle_condition
from xmppwire.im.roster import Roster
from xmppwire.jid import JID
from xmppwire.operation import OperationTimeout
from xmppwire.payload import Payload
from xmppwire.protocol.jingle import (
    NAMESPACE,
    Action,
    Content,
    Creator,
    Jingle,
    JingleError,
    JingleErrorCondition,
    Reason,
    ReasonCondition,
    Senders,
)
from xmppwire.protocol.jingle_file_transfer import NAMESPACE as FILES
from xmppwire.protocol.jingle_file_transfer import File, FileChecksum, FileReceived, FileTransferDescription
from xmppwire.protocol.jingle_in_band import InBandTransport
from xmppwire.protocol.jingle_rtp import RtpDescription
from xmppwire.protocol.jingle_socks5 import Socks5Transport
from xmppwire.protocol.roster import RosterItem, Subscription
from xmppwire.stanza import ErrorCondition, Iq, Presence, StanzaError
from xmppwire.stream.events import EndReason, StreamEnded
from xmppwire.xml import Element

TYBALT = JID("tybalt@capulet.lit/yard")
UNKNOWN = JingleErrorCondition.UNKNOWN_SESSION
OUT_OF_ORDER = JingleErrorCondition.OUT_OF_ORDER
TIE_BREAK = JingleErrorCondition.TIE_BREAK
UNSUPPORTED = JingleErrorCondition.UNSUPPORTED_INFO


def is_jingle_error(error: StanzaError | None, condition: JingleErrorCondition, general: str) -> bool:
    return error is not None and jingle_condition(error) is condition and error.condition == general


@pytest.mark.spec("XEP-0166", "5.1", "6.2", "6.3.1", "6.5", "6.7")
def test_a_session_is_offered_accepted_and_ended() -> None:
    stage = Stage()
    ours, theirs = stage.offered()
    assert (ours.role, theirs.role) == (Creator.INITIATOR, Creator.RESPONDER)
    assert (ours.state, theirs.state) == (SessionState.PENDING, SessionState.PENDING)
    ((_, initiate),) = stage.log
    assert initiate.initiator == ROMEO
    assert len(initiate.sid) == 32
    theirs.accept([content()])
    assert stage.settle() == [None]
    assert stage.log[-1][1].responder == JULIET
    event = of_kind(ours, SessionAccepted)
    assert [one.name for one in event.contents] == ["a"]
    assert (ours.state, theirs.state) == (SessionState.ACTIVE, SessionState.ACTIVE)
    assert ours.contents[key()].accepted
    theirs.terminate(ReasonCondition.SUCCESS)
    assert theirs.state is SessionState.ENDED  # before anybody has acknowledged it
    stage.settle()
    ended = of_kind(ours, SessionEnded)
    assert ended.by_peer
    assert ended.reason.condition is ReasonCondition.SUCCESS
    assert not of_kind(theirs, SessionEnded).by_peer
    assert stage.actions() == [
        ("romeo", Action.SESSION_INITIATE),
        ("juliet", Action.SESSION_ACCEPT),
        ("juliet", Action.SESSION_TERMINATE),
    ]
    assert len(stage.romeo.sessions) == len(stage.juliet.sessions) == 0


@pytest.mark.spec("XEP-0166", "6.7", "10")
def test_what_comes_after_the_end_is_of_an_unknown_session() -> None:
    stage = Stage()
    ours, theirs = stage.active()
    theirs.terminate()
    ping = Jingle(action=Action.SESSION_INFO, sid=ours.sid)
    assert stage.juliet.gets(ping, ROMEO) is None  # as long as nobody was told
    assert stage.sent_by(stage.juliet)
    error = stage.juliet.gets(ping, ROMEO)
    assert is_jingle_error(error, UNKNOWN, "item-not-found")
    ours.inform()  # it has not heard of the end yet, and learns it from the error
    stage.settle()
    assert of_kind(ours, SessionEnded).by_peer


@pytest.mark.spec("XEP-0166", "6.7")
@pytest.mark.parametrize("reason", list(ReasonCondition))
def test_a_session_is_declined_for_any_reason(reason: ReasonCondition) -> None:
    stage = Stage()
    ours, theirs = stage.offered()
    theirs.terminate(Reason(condition=reason, text="Sorry"))
    stage.settle()
    ended = of_kind(ours, SessionEnded)
    assert (ended.reason.condition, ended.reason.text) == (reason, "Sorry")


@pytest.mark.spec("XEP-0166", "6.5")
def test_contents_that_are_not_accepted_are_left_out() -> None:
    stage = Stage()
    ours, theirs = stage.offered(content("a"), content("b"))
    theirs.accept([content("b")])
    assert list(theirs.contents) == [key("b")]
    stage.settle()
    assert of_kind(ours, SessionAccepted).left_out == [key("a")]
    assert list(ours.contents) == [key("b")]


@pytest.mark.spec("XEP-0166", "6.3.2")
@pytest.mark.parametrize(
    ("contents", "condition"),
    [
        ([], "bad-request"),
        ([content(), content()], "bad-request"),
        ([content(creator="responder")], "bad-request"),
        ([Content(name="a", payloads=[FileTransferDescription()])], "bad-request"),
        ([Content(name="a", payloads=[InBandTransport(sid="x", block_size=4096)])], "bad-request"),
        ([content().replace(disposition="early-session")], "bad-request"),
        ([content(str(number)) for number in range(CONTENTS + 1)], "resource-constraint"),
    ],
)
def test_offers_that_make_no_session(contents: list[Content], condition: str) -> None:
    juliet = Party(JULIET, 2)
    error = juliet.gets(Jingle(action=Action.SESSION_INITIATE, sid="s", contents=contents), ROMEO)
    assert error is not None
    assert error.condition == condition
    assert len(juliet.sessions) == 0


@pytest.mark.spec("XEP-0166", "6.3.2", "7.2", "13.2")
def test_who_is_not_allowed_learns_nothing() -> None:
    roster = Roster([RosterItem(jid=ROMEO.bare, subscription=Subscription.FROM), RosterItem(jid=TYBALT.bare)])
    juliet = Party(JULIET, 2, from_contacts(roster))
    offer = Jingle(action=Action.SESSION_INITIATE, sid="s", contents=[content()])
    for jingle in (offer, Jingle(action=Action.SESSION_INFO, sid="s")):
        for stranger in (TYBALT, JID("mercutio@montague.lit/x")):
            error = juliet.gets(jingle, stranger)
            assert error is not None
            assert error.condition == ErrorCondition.SERVICE_UNAVAILABLE
            assert error.application is None
    broken = Element((NAMESPACE, "jingle"), {"action": "nonsense", "sid": "s"})
    reply = juliet.asked(Iq("set", JULIET, payload=broken, id="x", sender=TYBALT))
    assert reply.error is not None
    assert reply.error.condition == ErrorCondition.SERVICE_UNAVAILABLE
    reply = juliet.asked(Iq("set", JULIET, payload=broken, id="x", sender=ROMEO))
    assert reply.error is not None
    assert reply.error.condition == ErrorCondition.BAD_REQUEST
    assert juliet.gets(offer, ROMEO) is None


@pytest.mark.spec("XEP-0166", "6.3.2", "13.2")
def test_sessions_are_bounded() -> None:
    juliet = Party(JULIET, 2, limit=4, each=2)
    answers: list[Any] = []
    for sender in (ROMEO, TYBALT, JID("mercutio@montague.lit/x")):
        for number in range(3):
            offer = Jingle(action=Action.SESSION_INITIATE, sid=f"s{number}", contents=[content()])
            error = juliet.gets(offer, sender)
            answers.append(error and str(error.condition))
    full = "resource-constraint"
    assert answers == [None, None, full, None, None, full, full, full, full]
    long = Jingle(action=Action.SESSION_INITIATE, sid="s" * 1000, contents=[content()])
    error = juliet.gets(long, ROMEO)
    assert error is not None
    assert error.condition == ErrorCondition.BAD_REQUEST
    assert len(juliet.sessions.take_incoming()) == 4


@pytest.mark.spec("XEP-0166", "6.3.1", "6.7", "8")
def test_what_is_not_supported_is_acknowledged_and_ended() -> None:
    stage = Stage()
    transport = InBandTransport(sid="x", block_size=4096)
    example = Element(("urn:example:app", "description"))
    other = Element(("urn:example:transport", "transport"))
    security = Element(("urn:example:security", "security"))
    cases: tuple[tuple[list[Payload | Element], ReasonCondition], ...] = (
        ([example, transport], ReasonCondition.UNSUPPORTED_APPLICATIONS),
        ([FileTransferDescription(), other], ReasonCondition.UNSUPPORTED_TRANSPORTS),
        ([FileTransferDescription(), transport, security], ReasonCondition.SECURITY_ERROR),
    )
    for payloads, reason in cases:
        session = stage.romeo.sessions.initiate(ROMEO, JULIET, [Content(name="a", payloads=payloads)])
        assert stage.settle() == [None, None]
        assert of_kind(session, SessionEnded).reason.condition is reason
    assert not stage.juliet.sessions.take_incoming()


@pytest.mark.spec("XEP-0166", "6.3.2")
def test_a_redirection_is_told_and_not_followed() -> None:
    romeo = Party(ROMEO, 1)
    session = romeo.sessions.initiate(ROMEO, JULIET, [content()])
    iq = session.take_request()
    assert iq is not None
    error = StanzaError(ErrorCondition.REDIRECT, uri="xmpp:voicemail@capulet.lit")
    session.replied(iq, error)
    ended = of_kind(session, SessionEnded)
    assert ended.by_peer
    assert ended.error.uri == "xmpp:voicemail@capulet.lit"
    assert session.take_request() is None
    assert len(romeo.sessions) == 0


@pytest.mark.spec("XEP-0166", "7.1", "13.5")
def test_only_the_peer_speaks_for_the_session() -> None:
    stage = Stage()
    ours, theirs = stage.active()
    for sender in (TYBALT, ROMEO.bare, JID("romeo@montague.lit/other")):
        error = stage.juliet.gets(Jingle(action=Action.SESSION_TERMINATE, sid=ours.sid), sender)
        assert is_jingle_error(error, UNKNOWN, "item-not-found")
    forged = Jingle(action=Action.SESSION_TERMINATE, sid=ours.sid, initiator=ROMEO)
    assert stage.juliet.gets(forged, TYBALT) is not None
    offer = Jingle(action=Action.SESSION_INITIATE, sid="other", initiator=ROMEO, contents=[content()])
    assert stage.juliet.gets(offer, TYBALT) is None
    (session,) = stage.juliet.sessions.take_incoming()
    assert session.peer == TYBALT  # who has sent it, whatever it says
    assert theirs.state is SessionState.ACTIVE


@pytest.mark.spec("XEP-0166", "10")
def test_what_is_out_of_order() -> None:
    stage = Stage()
    ours, theirs = stage.offered()
    sid = ours.sid
    for party, sender, action, contents in (
        (stage.juliet, ROMEO, Action.SESSION_INITIATE, [content()]),
        (stage.juliet, ROMEO, Action.SESSION_ACCEPT, [content()]),
        (stage.juliet, ROMEO, Action.CONTENT_ACCEPT, [content()]),
        (stage.juliet, ROMEO, Action.CONTENT_REJECT, [content()]),
        (stage.juliet, ROMEO, Action.TRANSPORT_ACCEPT, [content()]),
        (stage.juliet, ROMEO, Action.TRANSPORT_REJECT, [content()]),
        (stage.romeo, JULIET, Action.CONTENT_ACCEPT, [content()]),
    ):
        error = party.gets(Jingle(action=action, sid=sid, contents=contents), sender)
        assert is_jingle_error(error, OUT_OF_ORDER, "unexpected-request"), action
    theirs.accept([content()])
    stage.settle()
    error = stage.romeo.gets(Jingle(action=Action.SESSION_ACCEPT, sid=sid, contents=[content()]), JULIET)
    assert is_jingle_error(error, OUT_OF_ORDER, "unexpected-request")
    assert [type(event) for event in ours.take_events()] == [SessionAccepted]
    assert theirs.take_events() == []


@pytest.mark.spec("XEP-0166", "7.2", "7.3")
@pytest.mark.parametrize(
    ("action", "contents"),
    [
        (Action.CONTENT_ADD, []),
        (Action.CONTENT_ADD, [content()]),
        (Action.CONTENT_ADD, [content("b", "responder")]),
        (Action.CONTENT_ADD, [content("b"), content("b")]),
        (Action.CONTENT_ADD, [Content(name="b")]),
        (Action.CONTENT_REMOVE, []),
        (Action.CONTENT_REMOVE, [content("b")]),
        (Action.CONTENT_REMOVE, [content(), content()]),
        (Action.CONTENT_MODIFY, [content("b")]),
        (Action.DESCRIPTION_INFO, [Content(name="a")]),
        (Action.TRANSPORT_INFO, [Content(name="a")]),
        (Action.TRANSPORT_INFO, [content("b")]),
        (Action.TRANSPORT_REPLACE, [Content(name="a")]),
    ],
)
def test_actions_about_what_is_not_there(action: Action, contents: list[Content]) -> None:
    stage = Stage()
    ours, theirs = stage.active()
    error = stage.juliet.gets(Jingle(action=action, sid=ours.sid, contents=contents), ROMEO)
    assert error is not None
    assert error.condition == ErrorCondition.BAD_REQUEST
    assert theirs.take_events() == []
    assert list(theirs.contents) == [key()]


@pytest.mark.spec("XEP-0166", "6.8")
def test_informational_messages() -> None:
    stage = Stage()
    ours, theirs = stage.active()
    ours.inform()
    ours.inform(FileReceived(creator=Creator.INITIATOR, name="a"))
    ours.inform(FileChecksum(file=File()))  # nobody there has registered it
    answers = stage.settle()
    assert answers[:2] == [None, None]
    assert is_jingle_error(answers[2], UNSUPPORTED, "feature-not-implemented")
    assert of_kind(theirs, SessionInfo).payload.name == "a"
    refused = of_kind(ours, ActionRefused)
    assert (refused.action, refused.tie_break) == (Action.SESSION_INFO, False)


@pytest.mark.spec("XEP-0166", "6.8", "7.2.6", "7.2.13", "9")
def test_descriptions_and_transports_are_told_about() -> None:
    stage = Stage()
    ours, theirs = stage.active()
    ours.describe(key(), FileTransferDescription(file=File(name="new")))
    ours.send_transport_info(key(), InBandTransport(sid="another", block_size=100))
    assert stage.settle() == [None, None]
    described, told = theirs.take_events()
    assert isinstance(described, DescriptionInfo)
    assert isinstance(told, TransportInfo)
    assert told.transport == InBandTransport(sid="another", block_size=100)
    ours.describe(key(), RtpDescription(media="audio"))
    ours.send_transport_info(key(), Element(("urn:example:transport", "transport")))
    ours.send_transport_info(key(), Socks5Transport(sid="x"))  # of a transport that was replaced meanwhile
    answers = stage.settle()
    assert is_jingle_error(answers[0], UNSUPPORTED, "feature-not-implemented")
    assert is_jingle_error(answers[1], UNSUPPORTED, "feature-not-implemented")
    assert answers[2] is None
    assert theirs.take_events() == []
    error = stage.juliet.gets(Jingle(action=Action.SECURITY_INFO, sid=ours.sid, contents=[content()]), ROMEO)
    assert is_jingle_error(error, UNSUPPORTED, "feature-not-implemented")


@pytest.mark.spec("XEP-0166", "7.2.1", "7.2.2", "7.2.4")
def test_contents_are_added_accepted_and_rejected() -> None:
    stage = Stage()
    ours, theirs = stage.active()
    theirs.add_contents(content("b", "responder"), content("c", "responder"))
    stage.settle()
    assert [one.name for one in of_kind(ours, ContentsAdded).contents] == ["b", "c"]
    ours.accept_contents(content("b", "responder", senders="responder"))
    ours.reject_contents(key("c", "responder"), reason=ReasonCondition.FAILED_APPLICATION)
    stage.settle()
    accepted, rejected = theirs.take_events()
    assert isinstance(accepted, ContentsAccepted)
    assert isinstance(rejected, ContentsRejected)
    assert rejected.keys == [key("c", "responder")]
    assert rejected.reason is not None
    assert list(theirs.contents) == list(ours.contents) == [key(), key("b", "responder")]
    assert theirs.contents[key("b", "responder")].senders is Senders.RESPONDER


@pytest.mark.spec("XEP-0166", "7.2.4", "7.2.5")
def test_a_session_without_contents_is_ended() -> None:
    stage = Stage()
    ours, theirs = stage.active(content("a"), content("b"))
    theirs.remove_contents(key("a"), reason=ReasonCondition.CANCEL)
    stage.settle()
    removed = of_kind(ours, ContentsRemoved)
    assert (removed.keys, removed.reason.condition) == ([key("a")], ReasonCondition.CANCEL)
    assert ours.state is SessionState.ACTIVE
    theirs.remove_contents(key("b"))
    stage.settle()
    assert [type(event) for event in ours.take_events()] == [ContentsRemoved, SessionEnded]
    assert of_kind(theirs, SessionEnded).reason.condition is ReasonCondition.SUCCESS
    stage = Stage()
    ours, theirs = stage.offered()
    theirs.reject_contents(key(), reason=ReasonCondition.FAILED_APPLICATION)
    stage.settle()
    assert [type(event) for event in ours.take_events()] == [ContentsRejected, SessionEnded]
    assert of_kind(theirs, SessionEnded).reason.condition is ReasonCondition.FAILED_APPLICATION


@pytest.mark.spec("XEP-0166", "7.2.3")
def test_who_sends_is_modified() -> None:
    stage = Stage()
    ours, theirs = stage.active()
    theirs.modify_content(key(), Senders.NONE)
    assert theirs.contents[key()].senders is Senders.INITIATOR  # until it is acknowledged
    stage.settle()
    assert of_kind(ours, SendersModified).senders is Senders.NONE
    assert ours.contents[key()].senders is theirs.contents[key()].senders is Senders.NONE


@pytest.mark.spec("XEP-0166", "7.2.12", "7.2.14", "7.2.15")
def test_transports_are_replaced() -> None:
    stage = Stage()
    ours, theirs = stage.active()
    new = Socks5Transport(sid="new")
    ours.replace_transport(key(), new)
    stage.settle()
    assert of_kind(theirs, TransportReplacement).transport == new
    with pytest.raises(ValueError, match="another transport"):
        ours.replace_transport(key(), new)
    theirs.reject_transport(key())
    stage.settle()
    assert of_kind(ours, TransportRejected).key == key()
    ours.replace_transport(key(), new)
    stage.settle()
    theirs.take_events()
    error = stage.romeo.gets(Jingle(action=Action.TRANSPORT_ACCEPT, sid=ours.sid, contents=[content()]), JULIET)
    assert error is not None
    assert error.condition == ErrorCondition.BAD_REQUEST
    theirs.accept_transport(key(), Socks5Transport(sid="new", dstaddr="x"))
    stage.settle()
    assert of_kind(ours, TransportAccepted).transport.dstaddr == "x"
    assert isinstance(ours.contents[key()].transport, Socks5Transport)
    with pytest.raises(ValueError, match="no transport is proposed"):
        theirs.accept_transport(key(), new)


@pytest.mark.spec("XEP-0166", "7.2.16")
def test_the_action_of_the_initiator_overrules() -> None:
    stage = Stage()
    ours, theirs = stage.active()
    ours.replace_transport(key(), Socks5Transport(sid="ours"))
    theirs.replace_transport(key(), Socks5Transport(sid="theirs"))
    ((session, from_ours),) = stage.sent_by(stage.romeo)
    ((other, from_theirs),) = stage.sent_by(stage.juliet)
    assert stage.pass_on(stage.romeo, session, from_ours) is None
    error = stage.pass_on(stage.juliet, other, from_theirs)
    assert is_jingle_error(error, TIE_BREAK, "conflict")
    replacement, refused = theirs.take_events()
    assert isinstance(replacement, TransportReplacement)
    assert isinstance(refused, ActionRefused)
    assert refused.tie_break
    theirs.accept_transport(key(), Socks5Transport(sid="ours"))
    stage.settle()
    assert isinstance(of_kind(ours, TransportAccepted).transport, Socks5Transport)


@pytest.mark.spec("XEP-0166", "7.2.16")
@pytest.mark.parametrize("action", ["add", "remove", "modify"])
def test_ties_about_contents(action: str) -> None:
    stage = Stage()
    ours, theirs = stage.active(content("a"), content("b"))
    for session, role in ((ours, "initiator"), (theirs, "responder")):
        if action == "add":
            same = FileTransferDescription(file=File(name="same"))
            more = [same, InBandTransport(sid="x", block_size=1)]
            session.add_contents(Content(creator=Creator(role), name="new", payloads=list(more)))
        elif action == "remove":
            session.remove_contents(key("b"))
        else:
            session.modify_content(key("b"), Senders(role))
    ((session, from_ours),) = stage.sent_by(stage.romeo)
    ((other, from_theirs),) = stage.sent_by(stage.juliet)
    error = stage.carry(stage.juliet, from_theirs)
    assert is_jingle_error(error, TIE_BREAK, "conflict")
    assert stage.pass_on(stage.romeo, session, from_ours) is None
    other.replied(from_theirs, error)
    assert list(ours.contents) == list(theirs.contents)
    assert len(ours.contents) == {"add": 3, "remove": 1, "modify": 2}[action]
    if action == "modify":
        assert ours.contents[key("b")].senders is theirs.contents[key("b")].senders is Senders.INITIATOR


@pytest.mark.spec("XEP-0166", "7.2.16")
@pytest.mark.parametrize("lower", ["romeo", "juliet"])
def test_both_begin_the_same_at_once(lower: str) -> None:
    stage = Stage()
    sids = ("a", "b") if lower == "romeo" else ("b", "a")
    first = stage.romeo.sessions.initiate(ROMEO, JULIET, [content()], sids[0])
    second = stage.juliet.sessions.initiate(JULIET, ROMEO, [content()], sids[1])
    other = stage.juliet.sessions.initiate(JULIET, ROMEO, [content("something else")])
    sent = [(stage.romeo, one) for one in stage.sent_by(stage.romeo)]
    sent += [(stage.juliet, one) for one in stage.sent_by(stage.juliet)]
    errors = [stage.pass_on(party, session, iq) for party, (session, iq) in sent]
    won, lost = (first, second) if lower == "romeo" else (second, first)
    assert won.state is other.state is SessionState.PENDING
    assert is_jingle_error(errors[1 if lower == "romeo" else 0], TIE_BREAK, "conflict")
    assert of_kind(lost, SessionEnded).by_peer
    winner = stage.juliet if lower == "romeo" else stage.romeo
    assert won.sid in [session.sid for session in winner.sessions.take_incoming()]


@pytest.mark.spec("XEP-0166", "7.2.16")
def test_the_same_name_at_once_goes_to_the_lower_address() -> None:
    stage = Stage()
    first = stage.romeo.sessions.initiate(ROMEO, JULIET, [content()], "same")
    second = stage.juliet.sessions.initiate(JULIET, ROMEO, [content()], "same")
    ((_, from_romeo),) = stage.sent_by(stage.romeo)
    ((_, from_juliet),) = stage.sent_by(stage.juliet)
    error = stage.pass_on(stage.romeo, first, from_romeo)
    assert is_jingle_error(error, TIE_BREAK, "conflict")
    assert stage.pass_on(stage.juliet, second, from_juliet) is None
    (theirs,) = stage.romeo.sessions.take_incoming()
    assert theirs.peer == JULIET
    assert [len(stage.romeo.sessions), len(stage.juliet.sessions)] == [1, 1]


def test_events_are_bounded() -> None:
    stage = Stage()
    ours, theirs = stage.active()
    received = Jingle(action=Action.SESSION_INFO, sid=ours.sid, payloads=[FileReceived(name="a")])
    answers = [stage.juliet.gets(received, ROMEO) for _ in range(EVENTS + 5)]
    assert [error for error in answers[:EVENTS] if error] == []
    assert all(error is not None and error.condition == "resource-constraint" for error in answers[EVENTS:])
    assert stage.juliet.gets(Jingle(action=Action.SESSION_TERMINATE, sid=ours.sid), ROMEO) is None
    events = theirs.take_events()
    assert len(events) == EVENTS + 1
    assert isinstance(events[-1], SessionEnded)


def test_contents_are_bounded() -> None:
    stage = Stage()
    ours, _ = stage.active()
    with pytest.raises(ValueError, match="no more than"):
        ours.add_contents(*[content(str(number)) for number in range(CONTENTS)])
    too_many = [content(str(number)) for number in range(CONTENTS)]
    error = stage.juliet.gets(Jingle(action=Action.CONTENT_ADD, sid=ours.sid, contents=too_many), ROMEO)
    assert error is not None
    assert error.condition == ErrorCondition.RESOURCE_CONSTRAINT
    secured = content("b")
    secured.payloads.append(Element(("urn:example:security", "security")))
    error = stage.juliet.gets(Jingle(action=Action.CONTENT_ADD, sid=ours.sid, contents=[secured]), ROMEO)
    assert error is not None
    assert error.condition == ErrorCondition.NOT_ACCEPTABLE


def test_what_cannot_be_done_changes_nothing() -> None:
    stage = Stage()
    ours, theirs = stage.offered()
    for wrong in (
        lambda: ours.initiate([content()]),
        lambda: ours.accept([content()]),
        lambda: theirs.accept([]),
        lambda: theirs.accept([content("b")]),
        lambda: theirs.accept([Content(name="a")]),
        lambda: theirs.initiate([content()]),
        lambda: ours.add_contents(content("b", "responder")),
        lambda: ours.add_contents(content()),
        lambda: ours.add_contents(),
        lambda: ours.reject_contents(key()),
        lambda: ours.remove_contents(key("b")),
        lambda: ours.accept_transport(key(), InBandTransport(sid="x", block_size=1)),
        lambda: stage.romeo.sessions.initiate(ROMEO, JULIET, [content()], ours.sid),
        lambda: stage.romeo.sessions.initiate(ROMEO, JULIET, []),
    ):
        with pytest.raises(ValueError):
            wrong()
    assert not ours.has_requests
    assert not theirs.has_requests
    assert list(ours.contents) == list(theirs.contents) == [key()]
    theirs.terminate()
    theirs.terminate()
    with pytest.raises(ValueError, match="over"):
        theirs.inform()
    assert stage.settle() == [None]


def test_an_offer_that_was_never_sent_is_not_ended_either() -> None:
    romeo = Party(ROMEO, 1)
    session = romeo.sessions.initiate(ROMEO, JULIET, [content()])
    session.terminate()
    assert session.take_request() is None


@pytest.mark.spec("XEP-0166", "6.2", "6.7")
def test_a_client_delivers() -> None:
    play = Play()
    sessions = Sessions(anybody)
    sessions.support(applications=[FILES], features=["urn:example:more"])
    sessions.attach(play.session.answers)
    assert {NAMESPACE, FILES, "urn:example:more"} <= set(play.session.answers.info().features)
    session = sessions.initiate(play.session.jid or JULIET, ROMEO, [content()])
    running = play.run(session.deliver())
    iq = play.asked()
    assert iq.to == ROMEO
    session.inform()
    second = play.run(session.deliver())  # it has nothing to do: one request at a time
    assert second.done
    play.say(iq.result().replace(sender=ROMEO))
    ping = play.asked()
    play.say(ping.error_reply("item-not-found").replace(sender=ROMEO))
    assert running.done
    assert [type(event) for event in session.take_events()] == [ActionRefused]
    session.inform()
    running = play.run(session.deliver())
    running.cancel()
    assert session.state is SessionState.PENDING


def test_a_peer_that_does_not_answer_ends_the_session() -> None:
    romeo = Party(ROMEO, 1)
    session = romeo.sessions.initiate(ROMEO, JULIET, [content()])
    operation = session.deliver()
    next(operation)
    with pytest.raises(StopIteration):
        operation.throw(OperationTimeout("no reply came in time"))
    ended = of_kind(session, SessionEnded)
    assert (ended.by_peer, ended.text) == (False, "no reply came in time")
    assert len(romeo.sessions) == 0


@pytest.mark.spec("XEP-0166", "6.7")
def test_a_peer_that_goes_offline_is_asked() -> None:
    stage = Stage()
    ours, theirs = stage.active()
    stage.romeo.sessions.feed(Presence(type="unavailable", sender=TYBALT))
    stage.romeo.sessions.feed(Presence(sender=JULIET))
    assert not ours.has_requests
    stage.romeo.sessions.feed(Presence(type="unavailable", sender=JULIET))
    assert stage.settle() == [None]  # it is there all the same
    assert ours.state is SessionState.ACTIVE
    stage.romeo.sessions.feed(Presence(type="unavailable", sender=JULIET))
    ((_, iq),) = stage.sent_by(stage.romeo)
    ours.replied(iq, StanzaError(ErrorCondition.SERVICE_UNAVAILABLE))
    ended = of_kind(ours, SessionEnded)
    assert ended.by_peer
    assert ended.reason is None
    assert theirs.state is SessionState.ACTIVE
    stage.juliet.sessions.feed(StreamEnded(EndReason.CONNECTION_LOST, clean=False))
    assert of_kind(theirs, SessionEnded).text == "the connection was lost"
    assert not theirs.has_requests


@pytest.mark.spec("XEP-0166", "10")
def test_errors_that_are_no_errors_of_jingle() -> None:
    broken = Element(("urn:xmpp:jingle:errors:1", "tie-break"), {}, [Element(("urn:example:x", "x"))])
    assert jingle_condition(StanzaError("conflict", application=broken)) is TIE_BREAK
    assert jingle_condition(StanzaError("conflict", application=Element(("urn:example:x", "tie-break")))) is None
    assert jingle_condition(StanzaError("conflict", application=JingleError(condition=TIE_BREAK))) is TIE_BREAK
