"""Catching up: archive and live stream as one history, whatever comes in between."""

from __future__ import annotations

from typing import Any

import pytest

from tests.im.test_im_archive import NOON, OWN, ROMEO, Archive, fin, query_of, result
from tests.session.play import JULIET, Play
from xmppwire.im import catch_up
from xmppwire.im.catch_up import Arrived, CatchUp, archive_id
from xmppwire.jid import JID
from xmppwire.operation import IqError, OperationTimeout
from xmppwire.protocol.carbons import ReceivedCarbon, SentCarbon
from xmppwire.protocol.forward import Forwarded
from xmppwire.protocol.mam_forms import ArchiveFilter
from xmppwire.protocol.stanza_id import StanzaId
from xmppwire.stanza import ErrorCondition, Message
from xmppwire.xml import Element


def live(number: int, by: JID = OWN) -> Message:
    """Message number `number` of the archive, as it comes when it is new."""
    payloads = [StanzaId(id=f"a{number}", by=by)]
    return Message(JULIET, f"{number}", sender=ROMEO, type="chat", payloads=payloads)


def numbers(arrived: list[Arrived]) -> list[int]:
    return [int(carried(one.message).body or "") for one in arrived]


def copy(number: int, kind: type[SentCarbon | ReceivedCarbon], sender: JID = OWN) -> Message:
    """Message number `number` of the archive, as a copy for this client (XEP-0280)."""
    return Message(JULIET, sender=sender, type="chat", payloads=[kind(forwarded=Forwarded(stanza=live(number)))])


def carried(message: Message) -> Message:
    """The message itself, or the one that it is a copy of."""
    found = message.get(SentCarbon) or message.get(ReceivedCarbon)
    inner = message if found is None else found.forwarded.stanza
    assert isinstance(inner, Message)
    return inner


class World:
    def __init__(self, size: int, position: str | None = None, **keywords: Any) -> None:
        self.play = Play()
        self.archive = Archive(self.play, size)
        self.history = CatchUp(JULIET, position, **keywords)
        self.got: list[int] = []

    def page(self) -> list[int]:
        running = self.play.run(self.history.next_page())
        self.archive.answer()
        found = numbers(running.result())
        self.got += found
        return found

    def hear(self, message: Message) -> list[int]:
        found = numbers(self.history.feed(message))
        self.got += found
        return found


@pytest.mark.spec("XEP-0313", "4.3.1")
def test_what_was_missed_comes_page_by_page() -> None:
    world = World(10, "a2", limit=3)
    while world.history.behind:
        world.page()
    assert world.got == [3, 4, 5, 6, 7, 8, 9]
    assert world.history.position == "a9"
    assert not world.history.restarted
    running = world.play.run(world.history.next_page())
    assert running.result() == []


def test_an_empty_archive() -> None:
    world = World(0)
    assert world.page() == []
    assert not world.history.behind
    assert world.history.position is None
    assert world.hear(live(0)) == [0]
    assert world.history.position == "a0"


@pytest.mark.spec("XEP-0359", "5")
def test_what_comes_live_meanwhile_is_neither_lost_nor_doubled() -> None:
    world = World(6, limit=3)
    assert world.page() == [0, 1, 2]
    world.archive.size = 8
    assert world.hear(live(6)) == []  # older ones are to follow
    assert world.hear(live(7)) == []
    plain = Message(JULIET, "99", sender=ROMEO, type="chat")  # one that no archive keeps
    assert world.hear(plain) == []
    assert world.page() == [3, 4, 5]
    assert world.history.behind
    assert world.hear(live(8)) == []  # the archive had answered by then
    world.archive.size = 8
    assert world.page() == [6, 7, 99, 8]
    assert world.history.position == "a8"
    assert world.hear(live(8)) == []  # the same on another way
    assert world.hear(live(9)) == [9]
    assert world.got == [0, 1, 2, 3, 4, 5, 6, 7, 99, 8, 9]


def test_what_waited_in_the_backlog_is_not_told_twice() -> None:
    """The program looks at its events when it has fetched all pages; some of them are on the pages."""
    world = World(6, limit=4)
    world.page()
    world.page()
    assert [world.hear(live(number)) for number in (4, 5, 6)] == [[], [], [6]]
    assert world.got == [0, 1, 2, 3, 4, 5, 6]


def test_little_is_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the archive has is fetched once more; what it has not is handed out early."""
    monkeypatch.setattr(catch_up, "_HELD", 2)
    world = World(4, limit=4)
    for number in (4, 5):
        assert world.hear(live(number)) == []
    assert world.hear(live(6)) == []
    plain = [Message(JULIET, f"{number}", sender=ROMEO) for number in (90, 91, 92)]
    assert [world.hear(message) for message in plain] == [[], [], [90]]
    assert world.page() == [0, 1, 2, 3]  # the archive had answered before the others came
    assert world.history.behind
    world.archive.size = 7
    assert world.page() == [4, 5, 6, 91, 92]
    assert not world.history.behind
    assert world.hear(live(7)) == [7]


def test_few_ids_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catch_up, "_KNOWN", 2)
    world = World(3)
    world.page()
    assert [world.hear(live(number)) for number in (2, 1, 0)] == [[], [], [0]]


def test_many_connections_one_history() -> None:
    world = World(0)
    world.page()
    number = 0
    for round_ in range(5):
        for _ in range(4):  # live
            assert world.hear(live(number)) == [number]
            number += 1
        number += round_  # missed
        world.archive.size = number
        world.history.connected(JID(f"juliet@capulet.lit/{round_}"))
        while world.history.behind:
            world.page()
    assert world.got == list(range(number))


def test_a_connection_that_breaks_in_the_middle_goes_on_behind_what_came() -> None:
    world = World(7, limit=3)
    assert world.page() == [0, 1, 2]
    assert world.hear(live(6)) == []
    assert world.hear(Message(JULIET, "99", sender=ROMEO, type="chat")) == []
    running = world.play.run(world.history.next_page(timeout=5.0))
    world.play.asked()
    world.play.world.advance(6)
    with pytest.raises(OperationTimeout):
        running.result()
    assert world.history.position == "a2"
    world.history.connected(JULIET)  # what was held back is in the archive
    while world.history.behind:
        world.page()
    assert world.got == [0, 1, 2, 3, 4, 5, 6, 99]


@pytest.mark.spec("XEP-0313", "4.3")
@pytest.mark.parametrize("known", [False, True])
def test_a_position_that_the_archive_has_forgotten(known: bool) -> None:
    world = World(3, "old", stamp=NOON if known else None)
    running = world.play.run(world.history.next_page())
    world.play.say(world.play.asked().error_reply(ErrorCondition.ITEM_NOT_FOUND).replace(sender=None))
    iq = world.play.asked()
    query = query_of(iq)
    assert query.set is not None
    assert query.set.after is None
    if known:
        assert query.form is not None
        assert ArchiveFilter.from_form(query.form) == ArchiveFilter(start=NOON)
    else:
        assert query.form is None
    world.play.say(result(iq, 0), result(iq, 1), fin(iq, [0, 1], complete=True))
    assert numbers(running.result()) == [0, 1]
    assert world.history.restarted
    assert world.history.position == "a1"
    world.history.connected(JULIET)
    assert not world.history.restarted


def test_an_archive_that_forgets_what_it_has_just_told_is_not_read_for_ever() -> None:
    world = World(10, "gone", limit=3)
    running = world.play.run(world.history.next_page())
    world.play.say(world.play.asked().error_reply("item-not-found"))
    iq = world.play.asked()
    world.play.say(*(result(iq, number) for number in range(3)), fin(iq, range(3)))
    assert numbers(running.result()) == [0, 1, 2]
    running = world.play.run(world.history.next_page())
    world.play.say(world.play.asked().error_reply("item-not-found"))
    with pytest.raises(IqError, match="item-not-found"):
        running.result()
    assert (world.history.behind, world.history.restarted, world.history.position) == (True, True, "a2")


def test_other_errors_are_raised() -> None:
    world = World(3, "a0")
    for condition in (ErrorCondition.FORBIDDEN, ErrorCondition.SERVICE_UNAVAILABLE):
        running = world.play.run(world.history.next_page())
        world.play.say(world.play.asked().error_reply(condition).replace(sender=None))
        with pytest.raises(IqError):
            running.result()
    world = World(3)
    running = world.play.run(world.history.next_page())
    world.play.say(world.play.asked().error_reply(ErrorCondition.ITEM_NOT_FOUND).replace(sender=None))
    with pytest.raises(IqError):
        running.result()
    assert world.history.behind


@pytest.mark.spec("XEP-0359", "6")
def test_ids_of_others_are_not_believed() -> None:
    assert archive_id(live(1), JULIET) == "a1"
    for by in (ROMEO, JULIET, JID("capulet.lit"), JID("rooms.capulet.lit")):
        assert archive_id(live(1, by), JULIET) is None
    both = Message(JULIET, "x", payloads=[StanzaId(id="r", by=ROMEO.bare), StanzaId(id="a7", by=OWN)])
    assert archive_id(both, JULIET) == "a7"
    assert archive_id(Message(JULIET, "x"), JULIET) is None
    broken = Message(JULIET, "x", payloads=[Element(("urn:xmpp:sid:0", "stanza-id"))])
    assert archive_id(broken, JULIET) is None


@pytest.mark.parametrize("kind", [SentCarbon, ReceivedCarbon])
@pytest.mark.spec("XEP-0313", "3.5")
def test_copies_bear_the_id_of_the_archive_inside(kind: type[SentCarbon | ReceivedCarbon]) -> None:
    world = World(4)
    assert world.hear(copy(3, kind)) == []  # it may be on a page, and is
    world.page()
    assert world.hear(copy(4, kind)) == [4]
    assert world.history.position == "a4"
    assert world.hear(live(4)) == []
    assert world.got == [0, 1, 2, 3, 4]


def test_a_forged_copy_moves_nothing() -> None:
    world = World(1)
    world.page()
    forged = copy(7, ReceivedCarbon, sender=ROMEO)
    assert [one.id for one in world.history.feed(forged)] == [None]
    assert world.history.position == "a0"
    assert archive_id(forged, OWN) is None
