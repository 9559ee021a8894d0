"""Service discovery (XEP-0030): pages of items, services of a domain, and what hostile entities make of the questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.session.play import Play
from xmppwire.im.disco import (
    DiscoError,
    ItemsPage,
    fetch_info,
    fetch_items,
    fetch_items_page,
    fetch_services,
    find_services,
)
from xmppwire.jid import JID
from xmppwire.operation import ConnectionLostError, IqError, OperationTimeout
from xmppwire.payload import PayloadError
from xmppwire.protocol.disco import DiscoInfo, DiscoItem, DiscoItems, Identity
from xmppwire.protocol.rsm import First, ResultSet
from xmppwire.session import Running
from xmppwire.stanza import Iq
from xmppwire.xml import Element

MONTAGUE = JID("montague.lit")
ROOMS = JID("rooms.montague.lit")
FILES = JID("files.montague.lit")
DEAD = JID("dead.montague.lit")
UPLOAD = "urn:xmpp:http:upload:0"


def items(start: int, end: int) -> list[DiscoItem]:
    return [DiscoItem(jid=JID(f"room{number}@{ROOMS}")) for number in range(start, end)]


def page(start: int, end: int, count: int | None = None) -> DiscoItems:
    some = items(start, end)
    first = First(index=start, id=f"id{start}") if some else None
    return DiscoItems(items=some, set=ResultSet(first=first, last=f"id{end - 1}" if some else None, count=count))


def serve(play: Play, running: Running[Any], answer: Callable[[Iq], Iq | None], most: int = 100) -> list[Iq]:
    """Answer the requests of an operation, one after the other, until it is done. What was asked."""
    asked: list[Iq] = []
    while not running.done:
        assert len(asked) < most
        asked.append(play.asked())
        reply = answer(asked[-1])
        if reply is None:
            play.world.advance(6.0)
        else:
            play.say(reply)
    return asked


def paged(pages: list[DiscoItems]) -> Callable[[Iq], Iq]:
    left = iter(pages)
    return lambda iq: iq.result(next(left))


@pytest.mark.spec("XEP-0030", "3.1", "3.2", "4.1")
def test_questions_about_nodes() -> None:
    play = Play()
    running = play.run(fetch_info(MONTAGUE, "x"))
    iq = play.asked()
    assert (iq.to, iq.get(DiscoInfo)) == (MONTAGUE, DiscoInfo(node="x"))
    play.say(iq.result(DiscoInfo(node="x", features=["a"])))
    assert running.result().features == ["a"]
    running = play.run(fetch_items(MONTAGUE, "x"))
    iq = play.asked()
    assert iq.get(DiscoItems) == DiscoItems(node="x")
    play.say(iq.result(DiscoItems(node="x", items=[DiscoItem(jid=ROOMS, node="y", name="z")])))
    assert running.result() == [DiscoItem(jid=ROOMS, node="y", name="z")]
    running = play.run(fetch_items(MONTAGUE))
    play.say(play.asked().result())
    assert running.result() == []


@pytest.mark.spec("XEP-0059", "2.1", "2.2")
def test_items_that_come_in_pages_are_put_together() -> None:
    play = Play()
    running = play.run(fetch_items(ROOMS))
    asked = serve(play, running, paged([page(0, 3, 5), page(3, 5, 5)]))
    assert running.result() == items(0, 5)
    assert [iq.get(DiscoItems) for iq in asked] == [
        DiscoItems(),
        DiscoItems(set=ResultSet(after="id2", max=100)),
    ]


@pytest.mark.spec("XEP-0059", "2.1", "2.2")
def test_pages_may_be_asked_for_and_end_without_a_count() -> None:
    play = Play()
    running = play.run(fetch_items(ROOMS, page=2))
    asked = serve(play, running, paged([page(0, 2), page(2, 4), page(4, 4)]))
    assert running.result() == items(0, 4)
    sets = [query.set for iq in asked if (query := iq.get(DiscoItems)) is not None]
    assert sets == [ResultSet(max=2), ResultSet(after="id1", max=2), ResultSet(after="id3", max=2)]


def test_an_entity_that_does_not_page_after_all() -> None:
    play = Play()
    running = play.run(fetch_items(ROOMS))
    serve(play, running, paged([page(0, 2), DiscoItems(items=items(2, 4))]))
    assert running.result() == items(0, 4)
    running = play.run(fetch_items(ROOMS, page=2))
    serve(play, running, paged([DiscoItems(items=items(0, 4))]))
    assert running.result() == items(0, 4)


@pytest.mark.spec("XEP-0059", "2.1")
def test_one_page() -> None:
    play = Play()
    running = play.run(fetch_items_page(ROOMS, set=ResultSet(before="", max=2)))
    serve(play, running, paged([page(3, 5, 5)]))
    assert running.result() == ItemsPage(items(3, 5), "id3", "id4", 5)


def endless(iq: Iq) -> Iq:
    query = iq.get(DiscoItems)
    assert query is not None
    start = 0 if query.set is None or query.set.after is None else int(query.set.after.removeprefix("id")) + 1
    return iq.result(page(start, start + 10))


def the_same(iq: Iq) -> Iq:
    return iq.result(page(0, 10, 1000))


def renamed() -> Callable[[Iq], Iq]:
    """The same items on each page, by ever new names."""
    numbers = iter(range(1000))
    return lambda iq: iq.result(DiscoItems(items=items(0, 2), set=ResultSet(last=f"n{next(numbers)}")))


def circle() -> Callable[[Iq], Iq]:
    """New items, behind two names in turn."""
    numbers = iter(range(1000))

    def answer(iq: Iq) -> Iq:
        number = next(numbers)
        return iq.result(DiscoItems(items=items(number, number + 1), set=ResultSet(last=f"n{number % 2}")))

    return answer


@pytest.mark.parametrize(
    ("answer", "text", "most"),
    [(endless, "more than 50", 5), (the_same, "again", 2), (renamed(), "again", 2), (circle(), "circle", 3)],
)
def test_an_entity_that_pages_without_end_is_refused(answer: Callable[[Iq], Iq], text: str, most: int) -> None:
    play = Play()
    running = play.run(fetch_items(ROOMS, limit=50))
    assert len(serve(play, running, answer)) == most
    with pytest.raises(DiscoError, match=text) as caught:
        running.result()
    assert str(ROOMS) in str(caught.value)
    assert 1 < len(caught.value.items) <= 50


def test_a_page_that_cannot_be_read() -> None:
    play = Play()
    running = play.run(fetch_items(ROOMS))
    item = Element(("http://jabber.org/protocol/disco#items", "item"), {"jid": "@@"})
    play.say(play.asked().result(Element(("http://jabber.org/protocol/disco#items", "query"), {}, [item])))
    with pytest.raises(PayloadError):
        running.result()


# --- services -------------------------------------------------------------------------------------------------------

INFOS = {
    MONTAGUE: DiscoInfo(identities=[Identity(category="server", type="im")], features=["a"]),
    ROOMS: DiscoInfo(identities=[Identity(category="conference", type="text")], features=["b"]),
    FILES: DiscoInfo(identities=[Identity(category="store", type="file")], features=["a", UPLOAD]),
}


def town(iq: Iq) -> Iq | None:
    """A domain with two services, one that is dead, one that lies in pieces, and a node."""
    if iq.get(DiscoItems) is not None:
        jids = (ROOMS, DEAD, JID("refuses.lit"), JID("broken.lit"), FILES, FILES, MONTAGUE)
        found = [DiscoItem(jid=jid, name=f"the {jid}") for jid in jids]
        return iq.result(DiscoItems(items=[DiscoItem(jid=MONTAGUE, node="announce"), *found]))
    if iq.to == DEAD:
        return None
    if iq.to == JID("refuses.lit"):
        return iq.error_reply("forbidden")
    if iq.to == JID("broken.lit"):
        identity = Element(("http://jabber.org/protocol/disco#info", "identity"))
        return iq.result(Element(("http://jabber.org/protocol/disco#info", "query"), {}, [identity]))
    assert iq.to is not None
    return iq.result(INFOS[iq.to])


@pytest.mark.spec("XEP-0030", "4.1", "6.2", "7")
def test_services_are_found_although_some_fail() -> None:
    play = Play()
    running = play.run(fetch_services(MONTAGUE))
    asked = serve(play, running, town)
    assert len(asked) == 7
    services = running.result()
    assert [(one.jid, one.name) for one in services] == [
        (MONTAGUE, None),
        (ROOMS, f"the {ROOMS}"),
        (FILES, f"the {FILES}"),
    ]
    assert {jid: type(error) for jid, error in services.failures.items()} == {
        DEAD: OperationTimeout,
        JID("refuses.lit"): IqError,
        JID("broken.lit"): PayloadError,
    }
    assert (len(services), services.omitted) == (3, 0)
    assert [one.jid for one in services.find(feature="a")] == [MONTAGUE, FILES]
    assert [one.jid for one in services.find(feature=UPLOAD, category="store")] == [FILES]
    assert [one.jid for one in services.find(category="conference", type="text")] == [ROOMS]
    assert [one.jid for one in services.find(type="file")] == [FILES]
    assert services.find(category="conference", type="irc") == []
    assert len(services.find()) == 3


@pytest.mark.spec("XEP-0030", "6.2")
def test_a_domain_with_many_items_is_not_asked_through() -> None:
    play = Play()
    asked: list[JID | None] = []

    def answer(iq: Iq) -> Iq:
        if iq.get(DiscoItems) is not None:
            return iq.result(DiscoItems(items=[DiscoItem(jid=JID(f"s{number}.lit")) for number in range(500)]))
        asked.append(iq.to)
        return iq.result(INFOS[FILES])

    running = play.run(find_services(MONTAGUE, feature=UPLOAD))
    serve(play, running, answer)
    assert asked == [MONTAGUE, *(JID(f"s{number}.lit") for number in range(20))]
    assert [one.jid for one in running.result()] == asked
    running = play.run(fetch_services(MONTAGUE, limit=3))
    serve(play, running, answer)
    assert running.result().omitted == 497


def test_a_domain_that_tells_nothing_and_a_stream_that_ends() -> None:
    play = Play()
    running = play.run(fetch_services(MONTAGUE))
    play.say(play.asked().error_reply("remote-server-not-found"))
    with pytest.raises(IqError):
        running.result()
    running = play.run(fetch_services(MONTAGUE))
    play.say(play.asked().result(DiscoItems(items=[DiscoItem(jid=ROOMS)])))
    play.session.receive_data(b"</stream:stream>", play.world.now)
    play.world.settle()
    with pytest.raises(ConnectionLostError):
        running.result()
