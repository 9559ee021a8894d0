"""Reading archives (XEP-0313): pages in both directions, and who is not believed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.pair import CUTS
from tests.session.play import JULIET, Play
from xmppwire.im.archive import ArchiveError, ArchivePage, ArchiveReader, fetch_archive_page, fetch_archive_range
from xmppwire.jid import JID
from xmppwire.operation import IqError, OperationCancelled, request
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.forward import Forwarded
from xmppwire.protocol.mam import (
    ArchiveEnd,
    ArchiveFin,
    ArchiveMetadata,
    ArchiveQuery,
    ArchiveResult,
    ArchiveStart,
)
from xmppwire.protocol.mam_forms import ArchiveFilter
from xmppwire.protocol.rsm import First, ResultSet
from xmppwire.stanza import ErrorCondition, Iq, Message, Presence, Stanza
from xmppwire.xml import Element

OWN = JULIET.bare
ROMEO = JID("romeo@montague.lit/orchard")
ROOM = JID("verona@rooms.capulet.lit")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def query_of(iq: Iq) -> ArchiveQuery:
    query = iq.get(ArchiveQuery)
    assert query is not None
    return query


def result(
    iq: Iq, number: int, *, sender: JID | None = OWN, queryid: str | None = None, inner: Stanza | None = None
) -> Message:
    """One result, as the archive would send it."""
    query = query_of(iq)
    message = inner if inner is not None else Message(JULIET, f"{number}", sender=ROMEO, type="chat")
    payload = ArchiveResult(
        namespace=query.namespace,
        id=f"a{number}",
        queryid=queryid or query.queryid,
        forwarded=Forwarded(delay=Delay(stamp=NOON.replace(minute=number)), stanza=message),
    )
    return Message(JULIET, sender=sender, payloads=[payload])


def fin(iq: Iq, numbers: Iterable[int] = (), *, complete: bool = False, count: int | None = None) -> Iq:
    """The end of a page with these results."""
    ids = [f"a{number}" for number in numbers]
    page = ResultSet(first=First(id=ids[0]), last=ids[-1], count=count) if ids else ResultSet(count=count)
    return iq.result(ArchiveFin(namespace=query_of(iq).namespace, complete=complete, set=page)).replace(
        sender=iq.to if iq.to is not None else None
    )


class Archive:
    """A server with messages 0 to `size` - 1 in its archive."""

    def __init__(self, play: Play, size: int) -> None:
        self.play = play
        self.size = size

    def answer(self) -> Iq:
        """Answer the one query that has come."""
        iq = self.play.asked()
        query = query_of(iq)
        assert query.set is not None
        assert query.set.max is not None
        numbers = list(range(self.size))
        if query.set.after is not None:
            numbers = numbers[int(query.set.after[1:]) + 1 :]
            complete = len(numbers) <= query.set.max
            numbers = numbers[: query.set.max]
        elif query.set.before is not None:
            numbers = numbers[: int(query.set.before[1:]) if query.set.before else None]
            complete = len(numbers) <= query.set.max
            numbers = numbers[-query.set.max :]
        else:
            complete = len(numbers) <= query.set.max
            numbers = numbers[: query.set.max]
        sender = iq.to or OWN
        self.play.say(*(result(iq, number, sender=sender) for number in numbers))
        self.play.say(fin(iq, numbers, complete=complete, count=self.size))
        return iq


def numbers(page: ArchivePage) -> list[int]:
    return [int(archived.message.body or "") for archived in page]


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.spec("XEP-0313", "4.1", "4.2", "4.3")
def test_a_page_is_the_operations_and_nobody_elses(cut: str) -> None:
    """CVE-2019-16237: results were believed from anybody."""
    play = Play(CUTS[cut]())
    running = play.run(fetch_archive_page(ArchiveFilter(correspondent=ROMEO.bare, start=NOON), limit=3))
    iq = play.asked()
    query = query_of(iq)
    assert query.queryid == iq.id
    assert query.form is not None
    assert ArchiveFilter.from_form(query.form) == ArchiveFilter(correspondent=ROMEO.bare, start=NOON)
    play.say(result(iq, 1), Message(JULIET, "live", sender=ROMEO, type="chat"), result(iq, 2))
    assert not running.done
    play.say(fin(iq, [1, 2], complete=True, count=2))
    page = running.result()
    assert numbers(page) == [1, 2]
    assert len(page) == 2
    assert [archived.id for archived in page] == ["a1", "a2"]
    assert page.messages[0].stamp == NOON.replace(minute=1)
    assert page.messages[0].message.sender == ROMEO
    assert (page.complete, page.stable, page.first, page.last, page.count) == (True, True, "a1", "a2", 2)
    assert [event.body for event in play.client.take() if isinstance(event, Message)] == ["live"]


@pytest.mark.spec("XEP-0313", "4.2")
def test_what_only_looks_like_a_result_is_a_message_like_any_other() -> None:
    play = Play()
    running = play.run(fetch_archive_page(limit=5))
    iq = play.asked()
    forged = [
        result(iq, 1, sender=ROMEO),
        result(iq, 2, sender=JID("montague.lit")),
        result(iq, 3, sender=JID("juliet@capulet.lit/garden")),
        result(iq, 4, queryid="other"),
    ]
    play.say(*forged, result(iq, 5))
    play.say(fin(iq, [5], complete=True))
    assert numbers(running.result()) == [5]
    assert len([event for event in play.client.take() if isinstance(event, Message)]) == 4
    play.say(result(iq, 6))  # the query is over
    assert [type(event) for event in play.client.take()] == [Message]


def test_a_page_may_be_empty() -> None:
    play = Play()
    running = play.run(fetch_archive_page())
    play.say(fin(play.asked(), complete=True, count=0))
    page = running.result()
    assert (list(page), page.complete, page.first, page.count) == ([], True, None, 0)


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.spec("XEP-0313", "4.3.1", "4.3.2")
@pytest.mark.spec("XEP-0059", "2.1", "2.2", "2.5")
def test_all_pages_in_either_direction(backwards: bool) -> None:
    play = Play()
    archive = Archive(play, 10)
    reader = ArchiveReader(backwards=backwards, limit=4)
    pages = []
    while not reader.done:
        running = play.run(reader.next_page())
        archive.answer()
        pages.append(numbers(running.result()))
    expected = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert pages == ([[6, 7, 8, 9], [2, 3, 4, 5], [0, 1]] if backwards else expected)
    running = play.run(reader.next_page())
    assert running.done
    assert numbers(running.result()) == []
    archive.size = 12  # somebody wrote meanwhile
    later = ArchiveReader(position=reader.position, limit=4) if not backwards else ArchiveReader(position="a9", limit=4)
    running = play.run(later.next_page())
    archive.answer()
    assert numbers(running.result()) == [10, 11]


@pytest.mark.spec("XEP-0313", "4.4")
def test_the_archive_of_a_room() -> None:
    play = Play()
    reader = ArchiveReader(archive=ROOM, limit=2)
    running = play.run(reader.next_page())
    iq = Archive(play, 2).answer()
    assert iq.to == ROOM
    assert numbers(running.result()) == [0, 1]
    running = play.run(fetch_archive_page(archive=ROOM))
    iq = play.asked()
    play.say(result(iq, 1, sender=JID("verona@rooms.capulet.lit/romeo")), result(iq, 2, sender=OWN))
    play.say(fin(iq, complete=True))
    assert numbers(running.result()) == []


@pytest.mark.spec("XEP-0313", "4.3")
def test_an_id_that_the_archive_has_forgotten() -> None:
    play = Play()
    reader = ArchiveReader(position="a0")
    running = play.run(reader.next_page())
    play.say(play.asked().error_reply(ErrorCondition.ITEM_NOT_FOUND).replace(sender=None))
    with pytest.raises(IqError) as caught:
        running.result()
    assert caught.value.error.condition is ErrorCondition.ITEM_NOT_FOUND
    assert (reader.position, reader.done) == ("a0", False)


def test_an_archive_that_leads_in_a_circle() -> None:
    play = Play()
    reader = ArchiveReader(limit=2)
    for expected in (None, ArchiveError):
        running = play.run(reader.next_page())
        iq = play.asked()
        play.say(result(iq, 0), result(iq, 1), fin(iq, [0, 1]))
        if expected is None:
            assert numbers(running.result()) == [0, 1]
        else:
            with pytest.raises(expected, match="the same page"):
                running.result()


@pytest.mark.parametrize("length", [2, 3, 10])
@pytest.mark.parametrize("start", [0, 5])
def test_a_circle_of_many_pages_is_found(length: int, start: int) -> None:
    reader = ArchiveReader(limit=1)
    play = Play()
    for step in range(200):
        number = step if step < start else start + (step - start) % length
        running = play.run(reader.next_page())
        iq = play.asked()
        play.say(result(iq, number), fin(iq, [number]))
        try:
            running.result()
        except ArchiveError:
            assert step >= start + length
            break
    else:
        pytest.fail("the reader goes round and round")


def test_an_archive_without_messages_does_not_go_on_for_ever() -> None:
    play = Play()
    reader = ArchiveReader()
    running = play.run(reader.next_page())
    play.say(fin(play.asked(), [7]))
    with pytest.raises(ArchiveError, match="without messages"):
        running.result()
    assert (reader.position, reader.done) == (None, False)


def test_an_archive_that_gives_more_than_was_asked_for() -> None:
    play = Play()
    running = play.run(fetch_archive_page(limit=2))
    iq = play.asked()
    play.say(*(result(iq, number) for number in range(4)))
    with pytest.raises(ArchiveError, match="more than the 2"):
        running.result()
    assert len(play.client.take()) == 1  # the one behind the fault; there is no query any more
    assert play.session.phase.value == "established"


def test_an_answer_that_describes_nothing() -> None:
    play = Play()
    running = play.run(fetch_archive_page())
    play.say(play.asked().result().replace(sender=None))
    with pytest.raises(ArchiveError, match="which page"):
        running.result()


def test_results_that_hold_no_message_are_counted() -> None:
    play = Play()
    running = play.run(fetch_archive_page(limit=9))
    iq = play.asked()
    namespace, queryid = query_of(iq).namespace, query_of(iq).queryid or ""
    broken = Element((namespace, "result"), {"id": "x", "queryid": queryid})
    play.say(result(iq, 1, inner=Presence(JULIET, sender=ROMEO)), Message(JULIET, sender=OWN, payloads=[broken]))
    play.say(result(iq, 2), fin(iq, [2], complete=True))
    page = running.result()
    assert (numbers(page), page.unreadable) == ([2], 2)
    assert play.client.take() == []


def test_an_older_archive_is_asked_in_its_own_words() -> None:
    play = Play()
    running = play.run(fetch_archive_page(ArchiveFilter(correspondent=ROMEO.bare), namespace="urn:xmpp:mam:1"))
    iq = play.asked()
    query = query_of(iq)
    assert query.namespace == "urn:xmpp:mam:1"
    assert query.form is not None
    assert query.form.form_type == "urn:xmpp:mam:1"
    play.say(result(iq, 1), fin(iq, [1], complete=True))
    assert numbers(running.result()) == [1]


def test_a_query_that_is_given_up_takes_nothing_more() -> None:
    play = Play()
    running = play.run(fetch_archive_page())
    iq = play.asked()
    running.cancel()
    with pytest.raises(OperationCancelled):
        running.result()
    play.say(result(iq, 1))
    assert [type(event) for event in play.client.take()] == [Message]


def test_two_queries_do_not_mix() -> None:
    play = Play()
    one, other = play.run(fetch_archive_page()), play.run(fetch_archive_page())
    first, second = [event for event in play.server.take() if isinstance(event, Iq)]
    play.say(result(second, 2), result(first, 1), fin(second, [2], complete=True), fin(first, [1], complete=True))
    assert (numbers(one.result()), numbers(other.result())) == ([1], [2])


def test_a_page_has_one_message_at_least() -> None:
    with pytest.raises(ValueError, match="one message"):
        next(fetch_archive_page(limit=0))


@pytest.mark.spec("XEP-0313", "5")
def test_from_when_to_when_an_archive_reaches() -> None:
    play = Play()
    running = play.run(fetch_archive_range())
    known = ArchiveMetadata(
        start=ArchiveStart(id="a0", timestamp=NOON), end=ArchiveEnd(id="a9", timestamp=NOON.replace(hour=13))
    )
    play.say(play.asked().result(known).replace(sender=None))
    assert running.result() == known
    running = play.run(fetch_archive_range())
    play.say(play.asked().result().replace(sender=None))
    assert running.result() == ArchiveMetadata()


def test_a_mistake_in_what_collects_ends_the_operation_alone() -> None:
    play = Play()

    def broken() -> Any:
        def collect(message: Message) -> bool:
            raise ZeroDivisionError

        yield from request(Iq("set", payload=ArchiveQuery()), collect=collect)

    running = play.run(broken())
    iq = play.asked()
    play.say(result(iq, 1))
    with pytest.raises(ZeroDivisionError):
        running.result()
    play.say(Message(JULIET, "live", sender=ROMEO))
    assert [event.body for event in play.client.take() if isinstance(event, Message)] == ["live"]
