"""A session against a server's connection that the test plays: what arrives is what the peer sent, byte for byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.pair import CUTS, Wire, World, seeded, whole
from tests.session.play import JULIET, Play
from xmppwire.im.disco import fetch_info, fetch_items
from xmppwire.im.ping import check_alive, ping
from xmppwire.im.roster import fetch_roster, remove_roster_item, set_roster_item
from xmppwire.jid import JID
from xmppwire.operation import (
    BacklogFull,
    ConnectionLostError,
    IqError,
    Operation,
    OperationCancelled,
    OperationTimeout,
    Request,
    request,
)
from xmppwire.protocol.disco import DiscoInfo, Identity
from xmppwire.protocol.ping import Ping
from xmppwire.protocol.roster import Roster, RosterItem
from xmppwire.protocol.version import Version
from xmppwire.session import AutomaticAnswers, ReplyIgnored, Session, repliers
from xmppwire.stanza import Iq, IqType, Message, StanzaError
from xmppwire.stream.config import ClientConfig, ServerConfig
from xmppwire.stream.connection import Connection
from xmppwire.stream.errors import LocalProtocolError
from xmppwire.stream.events import (
    EndReason,
    Established,
    KeyDerivationRequested,
    StreamEnded,
)
from xmppwire.stream.limits import Limits
from xmppwire.stream.phases import Phase


@pytest.fixture
def play() -> Play:
    return Play()


# --- operations -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", CUTS)
def test_an_operation_ends_with_its_reply(cut: str) -> None:
    play = Play(CUTS[cut]())
    running = play.run(fetch_roster(""))
    assert not running.done
    with pytest.raises(RuntimeError):
        running.result()
    iq = play.asked()
    assert iq.type is IqType.GET
    assert iq.to is None
    items = [RosterItem(jid=JID("romeo@montague.lit"), name="Romeo")]
    play.say(iq.result(Roster(ver="7", items=items)).replace(sender=None))
    assert running.done
    assert running.result().items == items
    assert running.result().version == "7"
    assert play.session.take_finished() == [running]
    assert play.session.take_finished() == []
    assert play.session.operations == 0
    assert play.client.events == []  # the reply is the operation's alone


@pytest.mark.spec("RFC 6121", "2.6.2", "2.6.3")
def test_a_roster_that_did_not_change(play: Play) -> None:
    running = play.run(fetch_roster("7"))
    iq = play.asked()
    roster = iq.get(Roster)
    assert roster is not None
    assert roster.ver == "7"
    play.say(iq.result().replace(sender=None))
    assert running.result().items is None
    assert running.result().version == "7"
    running = play.run(fetch_roster())
    play.say(play.asked().result().replace(sender=None))
    assert running.result().items == []


def test_roster_changes(play: Play) -> None:
    play.run(set_roster_item("nurse@capulet.lit", "Nurse", ["Servants"]))
    roster = play.asked().get(Roster)
    assert roster is not None
    assert roster.items == [RosterItem(jid=JID("nurse@capulet.lit"), name="Nurse", groups=["Servants"])]
    play.run(remove_roster_item("nurse@capulet.lit"))
    roster = play.asked().get(Roster)
    assert roster is not None
    assert roster.items[0].subscription == "remove"


def test_service_discovery(play: Play) -> None:
    info = play.run(fetch_info("capulet.lit"))
    iq = play.asked()
    play.say(iq.result(DiscoInfo(identities=[Identity(category="server", type="im")], features=["urn:xmpp:ping"])))
    assert info.result().features == ["urn:xmpp:ping"]
    info = play.run(fetch_info("capulet.lit", "x"))
    play.say(play.asked().result())
    assert info.result() == DiscoInfo(node="x")
    items = play.run(fetch_items("capulet.lit"))
    play.say(play.asked().result())
    assert items.result() == []


@pytest.mark.spec("RFC 6120", "8.2.3")
def test_an_error_reply_is_raised(play: Play) -> None:
    running = play.run(ping("romeo@montague.lit/orchard"))
    play.say(play.asked().error_reply("service-unavailable", text="gone to Mantua"))
    with pytest.raises(IqError, match="gone to Mantua") as caught:
        running.result()
    assert caught.value.error.condition == "service-unavailable"
    assert caught.value.reply is not None


@pytest.mark.spec("XEP-0199", "4.2")
def test_an_entity_without_pings_is_alive_too(play: Play) -> None:
    running = play.run(check_alive("capulet.lit"))
    play.say(play.asked().error_reply("service-unavailable"))
    assert running.result() is None
    running = play.run(check_alive("montague.lit"))
    play.say(play.asked().error_reply("remote-server-not-found"))
    with pytest.raises(IqError):
        running.result()


def test_an_operation_may_ask_more_than_once(play: Play) -> None:
    def twice() -> Operation[list[str]]:
        first = yield from request(Iq("get", "capulet.lit", payload=Ping()))
        try:
            yield from request(Iq("get", "capulet.lit", payload=Version()))
        except IqError as error:
            return [first.type.value, error.error.condition.value]
        return []

    running = play.run(twice())
    play.say(play.asked().result())
    play.say(play.asked().error_reply("not-allowed"))
    assert running.result() == ["result", "not-allowed"]


def test_an_operation_without_requests(play: Play) -> None:
    def nothing() -> Operation[int]:
        return 42
        yield Request(Iq("get", payload=Ping()))

    running = play.run(nothing())
    assert running.result() == 42
    assert play.session.take_finished() == [running]


def test_what_an_operation_raises_is_its_result(play: Play) -> None:
    def broken() -> Operation[None]:
        yield from request(Iq("get", "capulet.lit", payload=Ping()))
        raise KeyError("lost")

    running = play.run(broken())
    play.say(play.asked().result())
    with pytest.raises(KeyError):
        running.result()


def test_a_request_that_cannot_be_sent_fails_in_the_operation(play: Play) -> None:
    def wrong() -> Operation[str]:
        try:
            yield from request(Iq("get", "capulet.lit", payload=DiscoInfo(node="\x00")))
        except LocalProtocolError as error:
            return str(error)
        return ""

    running = play.run(wrong())
    assert "U+0000" in running.result()
    assert play.session.operations == 0
    assert play.server.take() == []


def test_two_requests_with_one_id(play: Play) -> None:
    play.run(request(Iq("get", "capulet.lit", payload=Ping(), id="mine")))
    second = play.run(request(Iq("get", "capulet.lit", payload=Ping(), id="mine")))
    with pytest.raises(LocalProtocolError, match="under way"):
        second.result()


# --- ids and senders ------------------------------------------------------------------------------------------------


def test_ids_cannot_be_guessed(play: Play) -> None:
    ids = set()
    for _ in range(20):
        play.run(ping("capulet.lit"))
        ids.add(play.asked().id)
    assert len(ids) == 20
    assert all(len(id_ or "") >= 16 for id_ in ids)


ME, SERVER, OTHER = "juliet@capulet.lit", "capulet.lit", "romeo@montague.lit/orchard"


@pytest.mark.spec("RFC 6120", "8.1.2.1", "8.2.3", "10.3.3")
@pytest.mark.parametrize(
    ("to", "accepted"),
    [
        (None, {None, ME, SERVER}),
        (ME, {None, ME}),
        (SERVER, {None, SERVER}),
        (str(JULIET), {str(JULIET)}),
        (OTHER, {OTHER}),
        ("romeo@montague.lit", {"romeo@montague.lit"}),
        ("montague.lit", {"montague.lit"}),
    ],
)
def test_only_who_was_asked_may_reply(to: str | None, accepted: set[str | None]) -> None:
    """CVE-2014-0364, CVE-2013-6483: replies were believed from anybody who knew the id."""
    everyone = [None, ME, SERVER, str(JULIET), OTHER, "romeo@montague.lit", "montague.lit", ME + "/chamber"]
    for sender in everyone:
        play = Play()
        running = play.run(ping(to))
        iq = play.asked()
        reply = Iq("result", JULIET, id=iq.id, sender=sender)
        play.say(reply)
        assert running.done is (sender in accepted), sender
        ignored = play.client.of(ReplyIgnored)
        assert len(ignored) == (0 if sender in accepted else 1)
        if sender not in accepted:
            assert ignored[0].element == reply.to_element()
            assert not ignored[0].answered
            play.say(reply.replace(sender=next(iter(accepted))))  # the true answer still counts
            assert running.done


def test_before_binding_only_the_exact_address_counts() -> None:
    assert repliers(None, None) == {None}
    assert repliers(JID("a@b"), None) == {JID("a@b")}


@pytest.mark.spec("RFC 6120", "8.2.3")
def test_another_kind_of_stanza_with_the_same_id_is_no_reply(play: Play) -> None:
    """CVE-2024-46957: a message or presence with the id counted as the reply."""
    running = play.run(ping(OTHER))
    iq = play.asked()
    message = Message(JULIET, "surprise", id=iq.id, sender=OTHER)
    play.say(message, Iq("get", JULIET, payload=Version(), id=iq.id, sender=OTHER))
    assert not running.done
    assert play.client.take() == [message]
    play.say(Iq("result", JULIET, id=iq.id, sender=OTHER))
    assert running.done


def test_a_reply_counts_once(play: Play) -> None:
    running = play.run(ping(OTHER))
    reply = play.asked().result()
    play.say(reply, reply)
    assert running.result() is None
    assert len(play.client.of(ReplyIgnored)) == 1


def test_a_request_of_the_program_gets_its_reply_as_an_event(play: Play) -> None:
    iq = Iq("get", OTHER, payload=Version())
    play.session.send(iq, play.world.now)
    play.world.settle()
    asked = play.asked()
    assert asked.id
    false, true = Iq("result", JULIET, id=asked.id, sender="romeo@montague.lit"), asked.result()
    play.say(false, true)
    ignored, taken = play.client.take()
    assert ignored.element == false.to_element()
    assert taken == true


def test_the_requests_remembered_for_the_program_are_bounded(play: Play) -> None:
    for number in range(1001):
        play.session.send(Iq("get", OTHER, payload=Ping(), id=f"n{number}"), play.world.now)
        play.world.settle()
    play.say(Iq("result", JULIET, id="n0", sender=OTHER), Iq("result", JULIET, id="n1", sender=OTHER))
    assert [type(event) for event in play.client.take()] == [ReplyIgnored, Iq]


# --- deadlines, cancellation, loss ----------------------------------------------------------------------------------


def test_an_operation_has_a_deadline(play: Play) -> None:
    running = play.run(ping(OTHER), timeout=10)
    play.world.advance(9.9)
    assert not running.done
    play.world.advance(0.2)
    with pytest.raises(OperationTimeout):
        running.result()
    with pytest.raises(TimeoutError):
        running.result()
    play.say(play.asked().result())
    assert len(play.client.of(ReplyIgnored)) == 1


def test_an_operation_without_a_deadline_waits(play: Play) -> None:
    running = play.run(ping(OTHER), timeout=None)
    play.world.advance(10_000)
    assert not running.done
    play.say(play.asked().result())
    assert running.done


def test_one_request_may_have_an_earlier_deadline_and_another_follow(play: Play) -> None:
    def patient() -> Operation[str]:
        try:
            yield from request(Iq("get", OTHER, payload=Ping()), timeout=5)
        except OperationTimeout:
            yield from request(Iq("get", "capulet.lit", payload=Ping()))
            return "second"
        return "first"

    running = play.run(patient(), timeout=20)
    play.asked()
    play.world.advance(5)
    play.say(play.asked().result())
    assert running.result() == "second"


def test_an_operation_cannot_outlive_its_deadline(play: Play) -> None:
    def stubborn() -> Operation[str]:
        while True:
            try:
                yield from request(Iq("get", OTHER, payload=Ping()))
            except OperationTimeout:
                continue

    running = play.run(stubborn(), timeout=5)
    play.world.advance(5)
    with pytest.raises(OperationTimeout):
        running.result()


def test_an_answer_behind_the_deadline_is_late_even_if_no_timer_ran(play: Play) -> None:
    running = play.run(ping(OTHER), timeout=5)
    play.world.now += 6
    play.say(play.asked().result())
    with pytest.raises(OperationTimeout):
        running.result()


def test_cancelling(play: Play) -> None:
    running = play.run(ping(OTHER))
    running.cancel()
    running.cancel()
    with pytest.raises(OperationCancelled):
        running.result()
    assert play.session.next_timeout() is None or play.session.operations == 0
    play.say(play.asked().result())
    assert len(play.client.of(ReplyIgnored)) == 1


@pytest.mark.parametrize("way", ["cut off", "closed"])
def test_operations_end_with_the_connection(play: Play, way: str) -> None:
    first, second = play.run(ping(OTHER)), play.run(fetch_roster(), timeout=None)
    if way == "cut off":
        play.wire.cut_off()
    else:
        play.server.engine.close(play.world.now)
    play.world.settle()
    for running in (first, second):
        with pytest.raises(ConnectionLostError) as caught:
            running.result()
        assert caught.value.unknown
        assert isinstance(caught.value, ConnectionError)
    assert set(play.session.take_finished()) == {first, second}
    assert play.client.ended is not None
    later = play.run(ping(OTHER))
    with pytest.raises(ConnectionLostError, match="nothing was sent") as caught:
        later.result()
    assert not caught.value.unknown


def test_an_operation_may_turn_the_loss_into_a_result(play: Play) -> None:
    def brave() -> Operation[str]:
        try:
            yield from request(Iq("get", OTHER, payload=Ping()))
        except ConnectionLostError:
            return "so be it"
        return ""

    running = play.run(brave())
    play.wire.cut_off()
    play.world.settle()
    assert running.result() == "so be it"


def test_replies_still_come_while_the_session_closes(play: Play) -> None:
    running = play.run(ping(OTHER))
    iq = play.asked()
    play.session.close(play.world.now)
    late = play.run(ping(OTHER))
    with pytest.raises(ConnectionLostError, match="nothing was sent"):
        late.result()
    assert play.client.one(StreamEnded).reason is EndReason.LOCAL_CLOSE
    with pytest.raises(ConnectionLostError):
        running.result()
    assert iq.id


def test_an_operation_that_ends_the_session_ends_with_it(play: Play) -> None:
    def operation() -> Operation[int]:
        yield from request(Iq.get(Ping(), to="capulet.lit"))
        play.session.receive_data(b"</stream:stream>", play.world.now)
        return 1

    running = play.run(operation())
    play.say(play.asked().result().replace(sender=None))
    assert running.done
    assert play.session.take_finished() == [running]
    assert isinstance(play.client.events[-1], StreamEnded)


def test_running_needs_an_established_stream() -> None:
    session = Session(ClientConfig(jid=JULIET, password="secret"))
    with pytest.raises(LocalProtocolError, match="not established"):
        session.run(ping(), 0.0)
    assert session.jid is None


# --- automatic answers ----------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0199", "4.1", "4.4")
def test_pings_are_answered(play: Play) -> None:
    play.say(Iq("get", JULIET, payload=Ping(), id="p1", sender=OTHER))
    assert play.server.take() == [Iq("result", OTHER, id="p1", sender=JULIET)]
    assert play.client.events == []


@pytest.mark.spec("XEP-0030", "3.1")
def test_service_discovery_is_answered() -> None:
    answers = AutomaticAnswers(features=["jabber:iq:version"], identities=[Identity(category="client", type="console")])
    play = Play(answers=answers)
    play.say(Iq("get", JULIET, payload=DiscoInfo(), id="d1", sender=OTHER))
    (reply,) = play.server.take()
    info = reply.get(DiscoInfo)
    assert info.identities == [Identity(category="client", type="console")]
    assert info.features == ["http://jabber.org/protocol/disco#info", "jabber:iq:version", "urn:xmpp:ping"]
    play.say(Iq("get", JULIET, payload=DiscoInfo(node="unknown"), id="d2", sender=OTHER))
    (reply,) = play.server.take()
    assert reply.error == StanzaError("item-not-found")


def test_a_question_that_cannot_be_read_is_a_bad_request(play: Play) -> None:
    element = DiscoInfo(node="x").to_element()
    element.append(Identity(category="a", type="b").to_element())
    del next(element.elements()).attributes["type"]
    play.say(Iq("get", JULIET, payload=element, id="d1", sender=OTHER))
    (reply,) = play.server.take()
    assert reply.error.condition == "bad-request"


@pytest.mark.spec("RFC 6120", "8.2.3", "8.4")
def test_what_nobody_handles_is_unavailable(play: Play) -> None:
    play.say(Iq("set", JULIET, payload=Version(), id="v1", sender=OTHER))
    (reply,) = play.server.take()
    assert (reply.type, reply.id, reply.to) == (IqType.ERROR, "v1", JID(OTHER))
    assert reply.error == StanzaError("service-unavailable")
    assert play.client.events == []


def test_a_request_whose_answer_is_too_long_is_for_the_program() -> None:
    play = Play(limits=Limits(output_low=100, output_high=2000, output_bytes=2000))
    play.say(Iq("get", play.session.jid, id="i" * 2500, payload=Version()))
    (request,) = play.client.of(Iq)
    assert request.id == "i" * 2500
    assert play.session.phase is Phase.ESTABLISHED
    play.say(Iq("get", play.session.jid, id="short", payload=Ping()))
    assert [iq.id for iq in play.server.of(Iq)] == ["short"]


def test_a_set_is_no_ping(play: Play) -> None:
    play.say(Iq("set", JULIET, payload=Ping(), id="p", sender=OTHER))
    (reply,) = play.server.take()
    assert reply.error == StanzaError("service-unavailable")


def test_requests_that_the_program_handles_are_events() -> None:
    answers = AutomaticAnswers()
    answers.handle(Version.element_names)
    play = Play(answers=answers)
    play.say(Iq("get", JULIET, payload=Version(), id="v1", sender=OTHER))
    (iq,) = play.client.take()
    play.session.send(iq.result(Version(software="x", version="1")), play.world.now)
    play.world.settle()
    (reply,) = play.server.take()
    assert reply.get(Version).software == "x"


@pytest.mark.parametrize(
    ("off", "payload"),
    [("ping", Ping()), ("disco", DiscoInfo()), ("roster_push", Roster(items=[RosterItem(jid=JID("a@b"))]))],
)
def test_each_answer_can_be_turned_off(off: str, payload: Any) -> None:
    type_ = "set" if off == "roster_push" else "get"
    iq = Iq(type_, JULIET, payload=payload, id="x", sender=ME)
    play = Play(answers=AutomaticAnswers(**{off: False}))
    play.say(iq)
    (reply,) = play.server.take()
    assert reply.error == StanzaError("service-unavailable")
    play = Play(answers=AutomaticAnswers(unhandled=False, **{off: False}))
    play.say(iq)
    assert play.server.take() == []
    assert play.client.take() == [iq]


@pytest.mark.spec("RFC 6121", "2.1.6")
@pytest.mark.parametrize(
    ("sender", "believed"), [(None, True), (ME, True), (SERVER, False), (ME + "/evil", False), (OTHER, False)]
)
def test_cve_2015_8688_roster_pushes_from_the_account_only(play: Play, sender: str | None, believed: bool) -> None:
    push = Iq("set", JULIET, payload=Roster(items=[RosterItem(jid=JID("a@b"))]), id="push", sender=sender)
    play.say(push)
    (reply,) = play.server.take()
    assert reply.type is (IqType.RESULT if believed else IqType.ERROR)
    assert play.client.take() == ([push] if believed else [])


# --- the backlog ----------------------------------------------------------------------------------------------------


class Deaf(Play):
    """A program that takes no events. Its socket is read as long as the session wants."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.client.pull = lambda: False  # type: ignore[method-assign]

    def listen(self) -> list[Any]:
        del self.client.pull  # type: ignore[misc]
        self.world.settle()
        return self.client.take()


def messages(count: int) -> Iterator[Message]:
    return (Message(JULIET, str(number), sender=OTHER) for number in range(count))


def test_pings_are_answered_and_operations_go_on_while_the_program_is_busy() -> None:
    play = Deaf()
    running = play.run(ping(OTHER))
    iq = play.asked()
    play.say(*messages(5), Iq("get", JULIET, payload=Ping(), id="p", sender=SERVER), iq.result())
    assert running.done
    assert play.server.of(Iq) == [Iq("result", SERVER, id="p", sender=JULIET)]
    assert play.session.backlog == 5
    assert [event.body for event in play.listen()] == ["0", "1", "2", "3", "4"]


def test_a_full_backlog_stops_reading_and_loses_nothing() -> None:
    play = Deaf(backlog=10)
    play.say(*messages(10))
    assert play.session.backlog == 10
    assert not play.session.wants_read
    play.say(*messages(30))
    assert play.session.backlog == 10
    assert [event.body for event in play.listen()] == [str(n) for n in [*range(10), *range(30)]]
    assert play.session.wants_read


def test_an_operation_behind_a_full_backlog_fails_and_says_so() -> None:
    play = Deaf(backlog=10, stall_seconds=2.0)
    running, endless = play.run(ping(OTHER)), play.run(ping(OTHER), timeout=None)
    play.say(*messages(10))
    play.world.advance(1.9)
    assert not running.done
    play.world.advance(0.2)
    for one in (running, endless):
        with pytest.raises(BacklogFull, match="10 events"):
            one.result()
    assert play.session.phase is Phase.ESTABLISHED
    assert len(play.listen()) == 10
    again = play.run(ping("capulet.lit"))
    play.say([iq for iq in play.server.take() if isinstance(iq, Iq)][-1].result())
    assert again.done


def test_a_deadline_behind_a_full_backlog_says_so_too() -> None:
    play = Deaf(backlog=10, stall_seconds=60.0)
    running = play.run(ping(OTHER), timeout=5)
    play.say(*messages(10))
    play.world.advance(5)
    with pytest.raises(BacklogFull):
        running.result()


def test_a_program_that_catches_up_gets_its_reply() -> None:
    play = Deaf(backlog=10)
    running = play.run(ping(OTHER))
    iq = play.asked()
    play.say(*messages(12), iq.result())
    assert not running.done
    assert len(play.listen()) == 12
    assert running.done
    play.world.advance(100)
    assert running.result() is None


def test_a_peer_that_reads_no_answers_is_not_read_either(play: Play) -> None:
    play.server.frozen = True
    limit = play.session.config.limits.output_bytes // 2
    ping_ = Iq("get", JULIET, payload=Ping(), sender=OTHER)
    for number in range(200_000):
        play.session.receive_data(
            f"<iq type='get' id='{number}' from='{OTHER}'><ping xmlns='urn:xmpp:ping'/></iq>".encode(), 1000.0
        )
        if not play.session.wants_read:
            break
    assert not play.session.wants_read
    assert limit <= play.session.output_size < limit + 1000
    play.server.frozen = False
    play.world.settle()
    assert play.session.wants_read
    assert play.session.output_size == 0
    assert len(play.server.of(Iq)) == number + 1
    assert ping_.type is IqType.GET


def test_closing_does_not_wait_for_a_program_that_takes_nothing() -> None:
    play = Deaf(backlog=10)
    running = play.run(ping(OTHER))
    iq = play.asked()
    play.say(*messages(15))
    play.session.close(play.world.now)
    assert play.session.wants_read
    play.say(*messages(5), iq.result())
    play.server.engine.close(play.world.now)
    play.world.settle()
    assert running.result() is None
    assert play.session.phase is Phase.CLOSED
    heard = play.listen()
    assert [event.body for event in heard[:-1]] == [str(number) for number in range(10)]
    assert heard[-1].reason is EndReason.LOCAL_CLOSE


def test_the_backlog_has_room_for_one() -> None:
    with pytest.raises(ValueError, match="room"):
        Session(ClientConfig(jid=JULIET), backlog=0)


# --- the engine below -----------------------------------------------------------------------------------------------


def test_the_address_is_known_once_established() -> None:
    play = Play()
    assert play.session.jid == JULIET


@pytest.mark.parametrize("cut", CUTS)
def test_events_do_not_depend_on_the_cut(cut: str) -> None:
    def scenario(cut: Callable[[bytes], Any]) -> tuple[Any, ...]:
        world = World()
        config = ClientConfig(jid=JULIET, password="secret", random=seeded(1))
        wire: Wire = world.join(
            Session(config), Connection(ServerConfig(domains=["capulet.lit"], random=seeded(2))), cut=cut
        )
        wire.server.on_event = Play.login
        world.settle()
        running = wire.client.engine.run(ping("capulet.lit"), world.now)
        world.settle()
        (iq,) = wire.server.of(Iq)
        for stanza in (*messages(3), iq.result(), Iq("get", JULIET, payload=Ping(), id="p", sender=SERVER)):
            wire.server.engine.send(stanza, world.now)
        world.settle()
        wire.client.engine.close(world.now)
        world.settle()
        running.result()
        return [repr(event) for event in wire.client.events], bytes(wire.client.sent), bytes(wire.server.sent)

    assert scenario(CUTS[cut]()) == scenario(whole)


def test_failed_tls_and_questions_pass_through() -> None:
    world = World()
    session = Session(ClientConfig(jid=JULIET, password="secret"))
    wire = world.join(session, Connection(ServerConfig(domains=["capulet.lit"])))
    world.shake_hands = lambda wire: False  # type: ignore[method-assign]
    world.settle()
    assert wire.client.tls is not None
    with pytest.raises(LocalProtocolError):
        session.answer(wire.client.tls, None, world.now)
    with pytest.raises(LocalProtocolError):
        session.refuse(wire.client.tls, "nothing", world.now)
    session.tls_failed("no trust", world.now)
    world.settle()
    assert wire.client.one(StreamEnded).reason is EndReason.TLS_FAILED
    assert not wire.client.of(Established)


@pytest.mark.parametrize("refused", [False, True])
def test_the_derivation_of_keys_is_asked_for(refused: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    session = Session(ClientConfig(jid=JULIET, password="secret", limits=Limits(derive_inline=4000)))
    wire = world.join(session, Connection(ServerConfig(domains=["capulet.lit"])))
    wire.server.on_event = Play.login
    if refused:
        refuse = session.refuse
        monkeypatch.setattr(session, "answer", lambda question, _, now: refuse(question, "temporary-auth-failure", now))
    world.settle()
    assert wire.client.of(KeyDerivationRequested)
    assert (session.jid is None) is refused
