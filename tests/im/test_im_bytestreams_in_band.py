"""In-Band Bytestreams (XEP-0047): both ends at a server, and peers who send what they should not."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from tests.pair import World, seeded
from tests.session.play import JULIET, Play
from xmppwire.im.bytestreams import BlockStanza, InBandError, InBandState, InBandStream, InBandStreams
from xmppwire.jid import JID
from xmppwire.localserver import LocalServer
from xmppwire.operation import IqError, Operation, OperationTimeout
from xmppwire.payload import Payload
from xmppwire.protocol.disco import DiscoInfo
from xmppwire.protocol.in_band_bytestreams import NAMESPACE, Close, Data, Open
from xmppwire.session import Running, Session
from xmppwire.stanza import ErrorCondition, ErrorType, Iq, IqType, Message, Presence, StanzaError
from xmppwire.stream.config import ClientConfig
from xmppwire.xml import Element

ROMEO = JID("romeo@montague.lit/orchard")
TYBALT = JID("tybalt@capulet.lit/yard")
BIG = bytes(range(256)) * 100


def everybody(peer: JID, sid: str) -> bool:
    return True


class Party:
    """A client at the server, and its streams."""

    def __init__(self, world: World, name: str, seed: int, **keywords: Any) -> None:
        config = ClientConfig(jid=JID(f"{name}@capulet.lit/x"), password="secret", random=seeded(seed))
        self.world = world
        self.session = Session(config)
        self.end = world.join(self.session).client
        keywords.setdefault("allowed", everybody)
        self.streams = InBandStreams(self.session.answers, random=seeded(seed), **keywords)
        self.jid = config.jid

    def start(self, operation: Operation[Any], **keywords: Any) -> Running[Any]:
        running = self.session.run(operation, self.world.now, **keywords)
        self.world.settle()
        return running

    def run(self, operation: Operation[Any]) -> Any:
        return self.start(operation).result()

    def say(self, *stanzas: Any) -> None:
        for stanza in stanzas:
            self.session.send(stanza, self.world.now)
        self.world.settle()


def pair(juliet: dict[str, Any] | None = None, **romeo: Any) -> tuple[Party, Party]:
    world = World(LocalServer(["capulet.lit"], {"juliet": "secret", "romeo": "secret"}, random=seeded(3)))
    parties = Party(world, "romeo", 1, **romeo), Party(world, "juliet", 2, **(juliet or {}))
    world.settle()
    for one, other in (parties, parties[::-1]):
        one.say(Presence(other.jid))  # or the server does not let their requests through (RFC 6121 section 8.5.3.1)
    for party in parties:
        party.end.take()
    return parties


def opened(romeo: Party, juliet: Party, **keywords: Any) -> tuple[InBandStream, InBandStream]:
    mine = romeo.run(romeo.streams.open(juliet.jid, **keywords))
    theirs = juliet.streams.take()
    assert theirs is not None
    return mine, theirs


class Desk:
    """One end, with Juliet, and a peer whom the test plays."""

    def __init__(self, **keywords: Any) -> None:
        self.play = Play()
        keywords.setdefault("allowed", everybody)
        self.streams = InBandStreams(self.play.session.answers, random=seeded(7), **keywords)

    def ask(self, payload: Payload | Element, sender: JID = ROMEO) -> StanzaError | None:
        """What the answer is: None is a result."""
        self.play.say(Iq("set", JULIET, payload=payload, id="q", sender=sender))
        reply = self.play.asked()
        assert (reply.to, reply.id) == (sender, "q")
        return reply.error

    def opened(self, sid: str = "s", block_size: int = 100, **keywords: Any) -> InBandStream:
        assert self.ask(Open(sid=sid, block_size=block_size, **keywords)) is None
        stream = self.streams.take()
        assert stream is not None
        return stream

    def feed(self, *stanzas: Any) -> list[bool]:
        self.play.say(*stanzas)
        return [self.streams.feed(event) for event in self.play.client.take()]


def condition(error: StanzaError | None) -> tuple[ErrorCondition, ErrorType] | None:
    return None if error is None else (error.condition, error.type)


UNKNOWN = (ErrorCondition.ITEM_NOT_FOUND, ErrorType.CANCEL)
UNWANTED = (ErrorCondition.NOT_ACCEPTABLE, ErrorType.CANCEL)


# --- two ends ---------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0047", "2.1", "2.2", "2.3", "3")
def test_bytes_go_both_ways_and_either_side_closes() -> None:
    romeo, juliet = pair()
    mine, theirs = opened(romeo, juliet, sid="s1", block_size=1000)
    assert (theirs.peer, theirs.sid, theirs.block_size, theirs.stanza) == (romeo.jid, "s1", 1000, BlockStanza.IQ)
    mine.write(BIG[:5000])
    mine.write(BIG[5000:])
    assert mine.unsent == len(BIG)
    romeo.run(mine.send_blocks())
    assert theirs.read(10) == BIG[:10]
    theirs.write(b"thanks")
    juliet.run(theirs.send_blocks())
    assert mine.read() == b"thanks"
    assert mine.read() == b""
    assert not mine.readable
    romeo.run(mine.close())
    assert (mine.state, theirs.state) == (InBandState.CLOSED, InBandState.CLOSED)
    assert mine.at_end
    assert not theirs.at_end
    assert theirs.read() == BIG[10:]
    assert theirs.at_end
    assert theirs.read() == b""
    assert len(romeo.streams) == len(juliet.streams) == 0
    romeo.run(mine.close())
    for stream, party in ((mine, romeo), (theirs, juliet)):
        with pytest.raises(InBandError, match="closed"):
            stream.write(b"late")
        party.run(stream.send_blocks())


def test_whoever_opened_it_the_other_may_close_it() -> None:
    romeo, juliet = pair()
    mine, theirs = opened(romeo, juliet)
    mine.write(b"never sent")
    juliet.run(theirs.close())
    assert mine.state is InBandState.CLOSED
    running = romeo.start(mine.send_blocks())
    with pytest.raises(InBandError, match="closed"):
        running.result()


@pytest.mark.spec("XEP-0047", "2.2")
def test_the_numbers_of_blocks_begin_again() -> None:
    mine = InBandStream(JULIET, "s", 1, BlockStanza.MESSAGE)
    theirs = InBandStream(ROMEO, "s", 1, BlockStanza.MESSAGE)
    for expected in (*range(65536), 0, 1):
        mine.write(b"x")
        message = mine.next_message()
        block = None if message is None else message.get(Data)
        assert block is not None
        assert block.seq == expected
        assert theirs.receive(block) is None
        assert theirs.read() == b"x"


@pytest.mark.spec("XEP-0047", "2.1")
def test_a_peer_that_wants_smaller_blocks_gets_them() -> None:
    romeo, juliet = pair(juliet={"max_block_size": 1500})
    mine, theirs = opened(romeo, juliet, block_size=8192)
    assert mine.block_size == theirs.block_size == 1024
    romeo, juliet = pair(juliet={"max_block_size": 10})
    running = romeo.start(romeo.streams.open(juliet.jid))
    with pytest.raises(IqError) as refused:
        running.result()
    assert refused.value.error.condition is ErrorCondition.RESOURCE_CONSTRAINT
    assert len(romeo.streams) == len(juliet.streams) == 0


@pytest.mark.spec("XEP-0047", "2.1")
def test_who_does_not_take_part_refuses() -> None:
    def nobody(peer: JID, sid: str) -> bool:
        return False

    romeo, juliet = pair(juliet={"allowed": nobody})
    for target, expected in ((f"{juliet.jid.bare}/nowhere", "service-unavailable"), (juliet.jid, "not-acceptable")):
        with pytest.raises(IqError) as refused:
            romeo.run(romeo.streams.open(target))
        assert refused.value.error.condition == expected
    assert len(romeo.streams) == 0


def test_an_open_that_nobody_answers_leaves_nothing_behind() -> None:
    desk = Desk()
    running = desk.play.run(desk.streams.open(ROMEO, timeout=5))
    assert len(desk.streams) == 1
    desk.play.world.advance(6)
    with pytest.raises(OperationTimeout):
        running.result()
    assert len(desk.streams) == 0


@pytest.mark.parametrize("keywords", [{"sid": ""}, {"sid": "a b"}, {"block_size": 0}, {"block_size": 65536}])
def test_what_no_stream_is(keywords: dict[str, Any]) -> None:
    desk = Desk()
    with pytest.raises(ValueError):
        next(desk.streams.open(ROMEO, **keywords))
    desk.opened("s")
    with pytest.raises(ValueError, match="not a new name"):
        next(desk.streams.open(ROMEO, sid="s"))


@pytest.mark.spec("XEP-0047", "4")
def test_blocks_in_messages() -> None:
    romeo, juliet = pair(juliet={"messages": True})
    mine, theirs = opened(romeo, juliet, stanza="message", block_size=1000)
    mine.write(BIG)
    with pytest.raises(ValueError, match="in messages"):
        next(mine.send_blocks())
    while (message := mine.next_message()) is not None:
        romeo.say(message)
    events = juliet.end.take()
    assert [juliet.streams.feed(event) for event in events] == [True] * 26
    assert theirs.read() == BIG
    assert len({event.id for event in events if isinstance(event, Message)}) == 26
    closing = romeo.start(mine.close())
    assert not theirs.at_end
    assert [juliet.streams.feed(event) for event in juliet.end.take()] == [True]
    assert theirs.at_end
    juliet.say(*juliet.streams.take_due())
    assert closing.result() is None
    with pytest.raises(InBandError):
        mine.write(b"x")
    with pytest.raises(ValueError, match="do not go in messages"):
        InBandStream(ROMEO, "s", 10).next_message()


@pytest.mark.spec("XEP-0047", "4")
def test_an_error_about_a_message_breaks_the_stream() -> None:
    desk = Desk(messages=True)
    stream = desk.opened(stanza=BlockStanza.MESSAGE)
    stream.write(b"abc")
    message = stream.next_message()
    assert message is not None
    error = message.replace(sender=JULIET).error_reply(ErrorCondition.RECIPIENT_UNAVAILABLE, include=True)
    assert desk.feed(error) == [True]
    assert stream.state is InBandState.BROKEN


# --- the window, and room for what comes in ---------------------------------------------------------------------------


@pytest.mark.spec("XEP-0047", "2.2")
def test_no_more_blocks_are_under_way_than_the_window_allows() -> None:
    desk = Desk(window=2)
    stream = desk.opened(block_size=10)
    stream.write(bytes(35))
    running = [desk.play.run(stream.send_blocks()) for _ in range(3)]
    assert [one.done for one in running] == [False, False, True]
    seen: list[int] = []
    waiting = [event for event in desk.play.server.take() if isinstance(event, Iq)]
    while waiting:
        assert len(waiting) <= 2
        iq = waiting.pop(0)
        block = iq.get(Data)
        assert block is not None
        seen.append(block.seq)
        desk.play.say(iq.replace(sender=JULIET, to=ROMEO).result())
        waiting += [event for event in desk.play.server.take() if isinstance(event, Iq)]
    assert seen == [0, 1, 2, 3]
    assert all(one.done for one in running)


def test_the_peer_waits_while_nobody_reads() -> None:
    romeo, juliet = pair(juliet={"buffer": 3000})
    mine, theirs = opened(romeo, juliet, block_size=1000)
    changes: list[int] = []
    theirs.on_change = lambda: changes.append(1)
    mine.write(BIG)
    running = [romeo.start(mine.send_blocks()) for _ in range(2)]
    assert not any(one.done for one in running)
    assert len(changes) == 5
    found = bytearray()
    while len(found) < len(BIG):
        found += theirs.read(700)
        juliet.say(*juliet.streams.take_due())
    assert found == BIG
    assert all(one.done for one in running)
    assert juliet.streams.take_due() == []


def test_a_peer_that_does_not_wait_is_stopped() -> None:
    desk = Desk(buffer=100)
    stream = desk.opened(block_size=100)
    desk.play.say(*(data(number, bytes(100), f"q{number}") for number in range(20)))
    assert stream.state is InBandState.BROKEN
    replies = [event for event in desk.play.server.take() if isinstance(event, Iq)]
    assert [condition(reply.error) for reply in replies] == [
        None,
        (ErrorCondition.RESOURCE_CONSTRAINT, ErrorType.CANCEL),
        *[UNKNOWN] * 3,
    ]
    assert len(desk.streams.take_due()) == 15
    assert len(stream.read()) == 1600
    with pytest.raises(InBandError, match="does not wait"):
        stream.read()


def data(seq: int, content: bytes, id: str = "q", sid: str = "s", sender: JID = ROMEO) -> Iq:
    return Iq("set", JULIET, payload=Data(seq=seq, sid=sid, data=content), id=id, sender=sender)


def test_answers_that_were_held_back_are_given_when_the_stream_ends() -> None:
    desk = Desk(buffer=10)
    stream = desk.opened()
    desk.play.say(data(0, bytes(50), "first"))
    assert desk.play.server.take() == []
    assert desk.ask(Close(sid="s")) is None
    (late,) = desk.streams.take_due()
    assert (late.type, late.id, late.to) == (IqType.RESULT, "first", ROMEO)
    assert stream.read() == bytes(50)
    assert stream.at_end


def test_a_block_may_be_empty() -> None:
    desk = Desk()
    stream = desk.opened()
    assert desk.ask(Data(seq=0, sid="s", data=b"")) is None
    assert not stream.readable
    assert desk.ask(Data(seq=1, sid="s", data=b"x")) is None
    assert stream.read() == b"x"


def test_a_stream_is_taken_by_its_peer_and_name() -> None:
    desk = Desk()
    for sid in ("s", "t"):
        desk.ask(Open(sid=sid, block_size=10))
    assert desk.streams.take(TYBALT) is None
    assert desk.streams.take(ROMEO, "u") is None
    assert [(stream.sid if stream else None) for stream in (desk.streams.take(ROMEO, "t"), desk.streams.take())] == [
        "t",
        "s",
    ]
    assert desk.streams.take() is None


def test_blocks_that_come_while_we_close_are_read() -> None:
    desk = Desk()
    stream = desk.opened()
    running = desk.play.run(stream.close())
    (closing,) = [event for event in desk.play.server.take() if isinstance(event, Iq)]
    assert stream.state is InBandState.CLOSING
    assert not stream.at_end
    assert desk.ask(Data(seq=0, sid="s", data=b"last")) is None
    desk.play.say(closing.replace(sender=JULIET, to=ROMEO).result())
    assert running.done
    assert stream.read() == b"last"
    assert stream.at_end


def test_both_close_at_once() -> None:
    desk = Desk()
    stream = desk.opened()
    running = desk.play.run(stream.close())
    (closing,) = [event for event in desk.play.server.take() if isinstance(event, Iq)]
    assert desk.ask(Close(sid="s")) is None
    assert stream.state is InBandState.CLOSED
    desk.play.say(closing.replace(sender=JULIET, to=ROMEO).error_reply("item-not-found"))
    assert running.result() is None


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0047", "2.1")
def test_who_may_open_a_stream() -> None:
    def agreed(peer: JID, sid: str) -> bool:
        return (peer, sid) == (ROMEO, "agreed")

    desk = Desk(allowed=agreed, limit=1)
    told: list[int] = []
    desk.streams.on_stream = lambda: told.append(1)
    assert condition(desk.ask(Open(sid="other", block_size=10))) == UNWANTED
    assert condition(desk.ask(Open(sid="agreed", block_size=10), TYBALT)) == UNWANTED
    assert condition(desk.ask(Open(sid="agreed", block_size=10, stanza=BlockStanza.MESSAGE))) == UNWANTED
    assert condition(desk.ask(Open(sid="agreed", block_size=8193))) == (
        ErrorCondition.RESOURCE_CONSTRAINT,
        ErrorType.MODIFY,
    )
    for bad in (
        Open(sid="", block_size=10),
        Open(sid="agreed", block_size=0),
        Element((NAMESPACE, "open"), {"sid": "agreed"}),
        Element((NAMESPACE, "open"), {"sid": "agreed", "block-size": "65536"}),
        Element((NAMESPACE, "open"), {"block-size": "10"}),
    ):
        error = desk.ask(bad)
        assert error is not None and error.condition is ErrorCondition.BAD_REQUEST
    assert (len(desk.streams), told) == (0, [])
    assert desk.ask(Open(sid="agreed", block_size=10)) is None
    assert (len(desk.streams), told) == (1, [1])
    assert [stream.sid for stream in desk.streams] == ["agreed"]
    assert condition(desk.ask(Open(sid="agreed", block_size=10))) == UNWANTED


def test_streams_are_bounded_even_those_that_nobody_takes() -> None:
    desk = Desk(limit=3)
    for number in range(10):
        error = desk.ask(Open(sid=f"s{number}", block_size=10))
        assert condition(error) == (None if number < 3 else UNWANTED)
        desk.ask(Close(sid=f"s{number}"))
    assert len(desk.streams) == 0


@pytest.mark.spec("XEP-0047", "2.2", "2.3")
def test_a_stream_that_is_opened_and_closed_over_and_over_leaves_room_for_others() -> None:
    desk = Desk()
    for _ in range(30):
        desk.ask(Open(sid="s", block_size=100))
        desk.ask(Close(sid="s"))
    assert condition(desk.ask(Open(sid="s", block_size=100))) == UNWANTED
    assert desk.ask(Open(sid="other", block_size=100), TYBALT) is None
    assert desk.streams.take(ROMEO, "s") is not None
    assert desk.streams.take(ROMEO, "s") is None
    assert desk.ask(Open(sid="s", block_size=100)) is None


def count_data() -> int:
    """How many elements there are with blocks in them. Other tests leave some that are not finished."""
    found = [one for one in gc.get_objects() if isinstance(one, Element)]
    return sum(getattr(one, "local", None) == "data" for one in found)


def test_requests_that_wait_for_room_are_forgotten_but_for_their_answers() -> None:
    desk = Desk(buffer=50)
    stream = desk.opened()
    before = count_data()
    desk.play.say(*[data(number, b"x" * 60 if number == 0 else b"", id=f"q{number}") for number in range(40)])
    gc.collect()
    assert count_data() - before < 5
    stream.read()
    assert [iq.id for iq in desk.streams.take_due()] == [f"q{number}" for number in range(40)]


def test_nobody_else_gets_at_a_stream() -> None:
    desk = Desk()
    stream = desk.opened()
    assert condition(desk.ask(Data(seq=0, sid="s", data=b"forged"), TYBALT)) == UNKNOWN
    assert condition(desk.ask(Data(seq=0, sid="s", data=b"forged"), ROMEO.bare)) == UNKNOWN
    assert condition(desk.ask(Data(seq=0, sid="t", data=b"lost"))) == UNKNOWN
    assert condition(desk.ask(Close(sid="s"), TYBALT)) == UNKNOWN
    assert condition(desk.ask(Element((NAMESPACE, "close")))) == UNKNOWN
    assert desk.ask(Data(seq=0, sid="s", data=b"true")) is None
    assert stream.read() == b"true"
    assert stream.state is InBandState.OPEN


@pytest.mark.spec("XEP-0047", "2.2", "6")
@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (Data(seq=0, sid="s", data=b"again"), ErrorCondition.UNEXPECTED_REQUEST),
        (Data(seq=2, sid="s", data=b"one is missing"), ErrorCondition.UNEXPECTED_REQUEST),
        (Data(seq=1, sid="s", data=bytes(101)), ErrorCondition.NOT_ACCEPTABLE),
        (Element((NAMESPACE, "data"), {"sid": "s", "seq": "1"}, ["=AAA"]), ErrorCondition.BAD_REQUEST),
        (Element((NAMESPACE, "data"), {"sid": "s", "seq": "1"}, ["BBBB=CCC"]), ErrorCondition.BAD_REQUEST),
        (Element((NAMESPACE, "data"), {"sid": "s", "seq": "1"}, ["AA-_"]), ErrorCondition.BAD_REQUEST),
        (Element((NAMESPACE, "data"), {"sid": "s", "seq": "65536"}, ["AAAA"]), ErrorCondition.BAD_REQUEST),
        (Element((NAMESPACE, "data"), {"sid": "s"}, ["AAAA"]), ErrorCondition.BAD_REQUEST),
    ],
)
def test_a_bad_block_breaks_the_stream(block: Payload | Element, expected: ErrorCondition) -> None:
    desk = Desk()
    stream = desk.opened()
    assert desk.ask(Data(seq=0, sid="s", data=b"good")) is None
    assert condition(desk.ask(block)) == (expected, ErrorType.CANCEL)
    assert stream.state is InBandState.BROKEN
    assert condition(desk.ask(Data(seq=1, sid="s", data=b"behind it"))) == UNKNOWN
    assert stream.readable
    assert stream.read() == b"good"
    with pytest.raises(InBandError):
        stream.read()
    with pytest.raises(InBandError):
        stream.write(b"x")
    running = desk.play.run(stream.close())
    assert desk.play.asked().get(Close) == Close(sid="s")
    running.cancel()
    assert stream.state is InBandState.BROKEN


@pytest.mark.spec("XEP-0047", "2.2")
def test_a_sender_whose_block_is_refused_closes_the_stream() -> None:
    desk = Desk()
    stream = desk.opened(block_size=10)
    stream.write(bytes(30))
    first, second = desk.play.run(stream.send_blocks()), desk.play.run(stream.send_blocks())
    one, two = [event for event in desk.play.server.take() if isinstance(event, Iq)]
    desk.play.say(one.replace(sender=JULIET, to=ROMEO).error_reply("unexpected-request"))
    closing = desk.play.asked()
    assert closing.get(Close) == Close(sid="s")
    desk.play.say(two.replace(sender=JULIET, to=ROMEO).error_reply("item-not-found"))
    desk.play.say(closing.replace(sender=JULIET, to=ROMEO).result())
    for running in (first, second):
        with pytest.raises(IqError):
            running.result()
    assert stream.state is InBandState.BROKEN
    assert len(desk.streams) == 0


def unreadable(request: Iq) -> Iq:
    """An error in the name of an address that is none."""
    stanzas = "urn:ietf:params:xml:ns:xmpp-stanzas"
    gone = Element((stanzas, "gone"))
    error = Element(("jabber:client", "error"), {"type": "cancel", "by": "@"}, [gone])
    return Iq("error", JULIET, payload=error, id=request.id, sender=ROMEO)


def test_errors_that_nobody_can_read() -> None:
    desk = Desk()
    stream = desk.opened(block_size=10)
    stream.write(bytes(20))
    running = [desk.play.run(stream.send_blocks()) for _ in range(2)]
    for request in [event for event in desk.play.server.take() if isinstance(event, Iq)]:
        desk.play.say(unreadable(request))
    closing = desk.play.asked()
    assert closing.get(Close) == Close(sid="s")
    desk.play.say(unreadable(closing))
    for one in running:
        with pytest.raises(InBandError, match="nobody can read why"):
            one.result()
    assert stream.state is InBandState.BROKEN
    other = desk.opened("other")
    closed = desk.play.run(other.close())
    desk.play.say(unreadable(desk.play.asked()))
    assert closed.result() is None
    assert other.state is InBandState.CLOSED


def test_a_block_that_nobody_answers() -> None:
    desk = Desk()
    stream = desk.opened()
    stream.write(bytes(10))
    running = desk.play.run(stream.send_blocks(timeout=5))
    desk.play.world.advance(6)
    with pytest.raises(OperationTimeout):
        running.result()
    assert stream.state is InBandState.BROKEN


def test_what_feed_passes_over() -> None:
    desk = Desk(messages=True)
    stream = desk.opened("m", stanza=BlockStanza.MESSAGE)
    other = desk.opened("q")
    hello = Message(JULIET, "hello", sender=ROMEO)
    stray = Message(JULIET, payloads=[Data(seq=0, sid="x", data=b"x")], sender=ROMEO)
    forged = Message(JULIET, payloads=[Data(seq=0, sid="m", data=b"x")], sender=TYBALT)
    wrong = Message(JULIET, payloads=[Data(seq=0, sid="q", data=b"x")], sender=ROMEO)
    nameless = Message(JULIET, payloads=[Element((NAMESPACE, "data"))], sender=ROMEO)
    assert desk.feed(hello, stray, forged, wrong, nameless) == [False, False, False, True, False]
    assert (stream.read(), other.read()) == (b"", b"")
    assert desk.feed(Iq("set", JULIET, payload=Close(sid="m"), id="c", sender=TYBALT)) == [True]
    (answer,) = desk.streams.take_due()
    assert (answer.to, answer.id, condition(answer.error)) == (TYBALT, "c", UNKNOWN)
    bad = Message(JULIET, payloads=[Element((NAMESPACE, "data"), {"sid": "m", "seq": "0"}, ["?"])], sender=ROMEO)
    assert desk.feed(bad) == [True]
    assert (stream.state, other.state) == (InBandState.BROKEN, InBandState.OPEN)


def test_a_peer_that_goes_offline_breaks_its_streams() -> None:
    desk = Desk()
    stream = desk.opened()
    assert desk.feed(Presence(type="unavailable", to=JULIET, sender=TYBALT), Presence(to=JULIET, sender=ROMEO)) == [
        False,
        False,
    ]
    assert stream.state is InBandState.OPEN
    desk.feed(Presence(type="unavailable", to=JULIET, sender=ROMEO))
    assert (stream.state, stream.fault) == (InBandState.BROKEN, "the peer is offline")


def test_streams_end_with_the_session() -> None:
    desk = Desk()
    stream = desk.opened()
    desk.play.session.close(desk.play.world.now)
    desk.play.world.settle()
    for event in desk.play.client.take():
        desk.streams.feed(event)
    assert stream.state is InBandState.BROKEN
    with pytest.raises(InBandError, match="connection was lost"):
        stream.read()


def test_it_is_announced() -> None:
    desk = Desk()
    desk.play.say(Iq("get", JULIET, payload=DiscoInfo(), id="q", sender=ROMEO))
    info = desk.play.asked().get(DiscoInfo)
    assert info is not None
    assert NAMESPACE in info.features
