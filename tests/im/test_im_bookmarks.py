"""Bookmarks in a personal node (XEP-0402) and in private storage (XEP-0048, XEP-0049), and whose changes are believed."""

from __future__ import annotations

import pytest

from tests.im.service import answered, event, published, query, refused, retracted
from tests.session.play import JULIET, Play
from xmppwire.im.bookmarks import (
    BookmarkChanged,
    BookmarkRemoved,
    Bookmarks,
    BookmarkStore,
    fetch_bookmarks,
    from_stored,
    to_stored,
)
from xmppwire.im.pep import NotPrivateError, PepSupport
from xmppwire.im.pubsub import RefusedEvent
from xmppwire.jid import JID
from xmppwire.operation import IqError
from xmppwire.protocol.bookmark_pinning import Pinned
from xmppwire.protocol.bookmark_storage import BookmarkStorage, StoredConference, StoredUrl
from xmppwire.protocol.bookmarks import NAMESPACE, Bookmark, BookmarkExtensions
from xmppwire.protocol.disco import DiscoInfo, Identity
from xmppwire.protocol.private_xml import PrivateQuery
from xmppwire.protocol.pubsub import Item, Items, Publish, Pubsub, Retract
from xmppwire.protocol.pubsub_event import EventConfiguration, EventDelete, EventItem, EventItems, EventPurge
from xmppwire.protocol.pubsub_forms import AccessModel, PublishOptionsForm, SendLastItem
from xmppwire.stanza import ErrorCondition, Message
from xmppwire.xml import Element

OWN = JULIET.bare
ORCHARD = JID("orchard@rooms.capulet.lit")
BALL = JID("ball@rooms.capulet.lit")
STORAGE = "storage:bookmarks"
OPTIONS = "http://jabber.org/protocol/pubsub#publish-options"
NATIVE = PepSupport(True, frozenset({OPTIONS, "urn:xmpp:bookmarks:1#compat"}))
OLD = PepSupport(True, frozenset({OPTIONS}))
STATE = Element(("urn:example:state", "state"), {"minimized": "true"})


def native(*rooms: JID) -> Bookmarks:
    return Bookmarks(BookmarkStore.NATIVE, NATIVE, {room: Bookmark(name=str(room)) for room in rooms})


@pytest.mark.spec("XEP-0402", "3.2", "5.3")
def test_bookmarks_are_in_a_personal_node_where_older_clients_find_them() -> None:
    play = Play()
    running = play.run(fetch_bookmarks())
    answered(play, DiscoInfo(identities=[Identity(category="pubsub", type="pep")], features=sorted(NATIVE.features)))
    broken = Element((NAMESPACE, "conference"), {"autojoin": "perhaps"})
    items = [
        Item(id=str(ORCHARD), payload=Bookmark(name="Orchard", autojoin=True, nick="JC")),
        Item(id=str(BALL), payload=Bookmark()),
        Item(id="broken@rooms.capulet.lit", payload=broken),
        Item(id="@", payload=Bookmark()),
        Item(id=f"{BALL}/tybalt", payload=Bookmark()),
        Item(payload=Bookmark()),
    ]
    iq = answered(play, Pubsub(action=Items(node=NAMESPACE, items=items)))
    assert (iq.to, query(iq).action) == (None, Items(node=NAMESPACE))
    bookmarks = running.result()
    assert bookmarks.store is BookmarkStore.NATIVE
    assert list(bookmarks) == [ORCHARD, BALL]
    assert bookmarks[ORCHARD].nick == "JC"
    assert bookmarks.autojoin == {ORCHARD: Bookmark(name="Orchard", autojoin=True, nick="JC")}


@pytest.mark.parametrize("condition", [ErrorCondition.ITEM_NOT_FOUND, ErrorCondition.FORBIDDEN])
def test_where_there_is_no_node_there_are_no_bookmarks(condition: ErrorCondition) -> None:
    play = Play()
    running = play.run(fetch_bookmarks(NATIVE))
    refused(play, condition)
    if condition is ErrorCondition.ITEM_NOT_FOUND:
        assert len(running.result()) == 0
    else:
        with pytest.raises(IqError):
            running.result()


@pytest.mark.spec("XEP-0402", "3.3", "3.4")
def test_a_bookmark_is_saved_for_nobody_else_to_see() -> None:
    play = Play()
    bookmarks = native()
    running = play.run(bookmarks.save(str(ORCHARD), Bookmark(name="Orchard", autojoin=True)))
    iq = answered(play)
    item = Item(id=str(ORCHARD), payload=Bookmark(name="Orchard", autojoin=True))
    assert query(iq).action == Publish(node=NAMESPACE, items=[item])
    options = query(iq).publish_options
    assert options is not None
    assert options.form is not None
    assert PublishOptionsForm.from_form(options.form) == PublishOptionsForm(
        persist_items=True,
        max_items="max",
        send_last_published_item=SendLastItem.NEVER,
        access_model=AccessModel.WHITELIST,
    )
    assert running.result() is None
    assert bookmarks == {ORCHARD: Bookmark(name="Orchard", autojoin=True)}
    running = play.run(bookmarks.save(BALL, Bookmark()))
    refused(play, ErrorCondition.FORBIDDEN)
    with pytest.raises(IqError):
        running.result()
    assert BALL not in bookmarks
    with pytest.raises(ValueError, match="occupant"):
        next(bookmarks.save(f"{BALL}/tybalt", Bookmark()))


@pytest.mark.spec("XEP-0402", "3.3")
def test_no_bookmark_is_shown_to_contacts_by_a_server_without_options() -> None:
    play = Play()
    bookmarks = Bookmarks(BookmarkStore.NATIVE, PepSupport(True))
    running = play.run(bookmarks.save(ORCHARD, Bookmark()))
    with pytest.raises(NotPrivateError):
        running.result()
    assert play.server.take() == []


@pytest.mark.spec("XEP-0402", "2", "3.4")
def test_what_other_clients_added_is_kept() -> None:
    play = Play()
    bookmarks = native()
    extra = Element((NAMESPACE, "later"))
    known = Bookmark(extensions=BookmarkExtensions(payloads=[Pinned(), STATE]))
    element = known.to_element()
    element.append(extra)
    bookmarks.feed(published(NAMESPACE, OWN, **{str(ORCHARD): element}), JULIET)
    play.run(bookmarks.save(ORCHARD, bookmarks[ORCHARD].replace(name="Orchard")))
    action = query(answered(play)).action
    assert isinstance(action, Publish)
    saved = action.items[0].payload
    assert isinstance(saved, Bookmark)
    assert saved.name == "Orchard"
    assert saved.extensions == BookmarkExtensions(payloads=[Pinned(), STATE])
    assert saved.to_element().find((NAMESPACE, "later")) is not None


@pytest.mark.spec("XEP-0402", "3.5")
def test_a_bookmark_is_removed() -> None:
    play = Play()
    bookmarks = native(ORCHARD)
    running = play.run(bookmarks.remove(ORCHARD))
    assert query(answered(play)).action == Retract(node=NAMESPACE, notify=True, items=[Item(id=str(ORCHARD))])
    assert running.result() is None
    assert not bookmarks
    running = play.run(bookmarks.remove(ORCHARD))
    refused(play, ErrorCondition.ITEM_NOT_FOUND)
    assert running.result() is None
    bookmarks = native(ORCHARD)
    running = play.run(bookmarks.remove(ORCHARD))
    refused(play, ErrorCondition.FORBIDDEN)
    with pytest.raises(IqError):
        running.result()
    assert ORCHARD in bookmarks


def test_an_item_that_is_called_differently_keeps_its_id() -> None:
    play = Play()
    bookmarks = native()
    bookmarks.feed(published(NAMESPACE, OWN, **{"Orchard@Rooms.Capulet.lit": Bookmark()}), JULIET)
    assert list(bookmarks) == [ORCHARD]
    play.run(bookmarks.save(ORCHARD, Bookmark(name="x")))
    action = query(answered(play)).action
    assert isinstance(action, Publish)
    assert action.items[0].id == "Orchard@Rooms.Capulet.lit"
    play.run(bookmarks.remove(ORCHARD))
    action = query(answered(play)).action
    assert isinstance(action, Retract)
    assert action.items[0].id == "Orchard@Rooms.Capulet.lit"


@pytest.mark.spec("XEP-0402", "4")
def test_what_other_clients_change_is_told() -> None:
    play = Play()
    bookmarks = native(BALL)
    first, second = Bookmark(name="Orchard", autojoin=True), Bookmark(name="Orchard")
    ball = bookmarks[BALL]
    play.say(
        published(NAMESPACE, OWN, **{str(ORCHARD): first}),
        published(NAMESPACE, OWN, **{str(ORCHARD): first}),
        published(NAMESPACE, OWN, **{str(ORCHARD): second}),
        retracted(NAMESPACE, OWN, str(BALL), "@", "unknown@rooms.capulet.lit"),
        event(EventConfiguration(node=NAMESPACE), OWN),
        event(EventPurge(node=NAMESPACE), OWN),
    )
    changes = [one for happened in play.client.take() for one in bookmarks.feed(happened, JULIET)]
    assert changes == [
        BookmarkChanged(ORCHARD, first),
        BookmarkChanged(ORCHARD, second, first),
        BookmarkRemoved(BALL, ball),
        BookmarkRemoved(ORCHARD, second),
    ]
    assert not bookmarks
    bookmarks = native(BALL)
    assert bookmarks.feed(event(EventDelete(node=NAMESPACE), OWN), JULIET) == [BookmarkRemoved(BALL, ball)]


@pytest.mark.spec("XEP-0163", "4.3.1")
@pytest.mark.parametrize(
    "sender",
    ["romeo@montague.lit", JULIET, "capulet.lit", "juliet@capulet.lit.evil.example", ORCHARD, f"{ORCHARD}/juliet"],
)
def test_nobody_else_makes_us_enter_or_leave_rooms(sender: JID | str) -> None:
    """CVE-2023-28686: bookmarks were believed from anybody."""
    play = Play()
    bookmarks = native(BALL)
    before = dict(bookmarks)
    evil = JID(sender)
    play.say(
        published(
            NAMESPACE, evil, **{"trap@evil.example": Bookmark(autojoin=True), str(BALL): Bookmark(autojoin=True)}
        ),
        retracted(NAMESPACE, evil, str(BALL)),
        event(EventPurge(node=NAMESPACE), evil),
        event(EventDelete(node=NAMESPACE), evil),
    )
    changes = [one for happened in play.client.take() for one in bookmarks.feed(happened, JULIET)]
    assert changes == [RefusedEvent(evil, NAMESPACE, f"{NAMESPACE} is believed from {OWN} only")] * 4
    assert bookmarks == before
    assert bookmarks.autojoin == {}


def test_broken_bookmarks_change_nothing() -> None:
    bookmarks = native(BALL)
    before = dict(bookmarks)
    broken = Element((NAMESPACE, "conference"), {"autojoin": "perhaps"})
    for items in (
        [EventItem(id=str(BALL), payload=broken)],
        [EventItem(id=str(BALL))],
        [EventItem(payload=Bookmark())],
        [EventItem(id=f"{BALL}/x", payload=Bookmark())],
    ):
        assert bookmarks.feed(event(EventItems(node=NAMESPACE, items=items), OWN), JULIET) == []
    assert bookmarks.feed(Message(JULIET, "hello", sender=OWN), JULIET) == []
    assert bookmarks == before


def test_a_flood_of_bookmarks_ends() -> None:
    rooms = {JID(f"r{number}@rooms.capulet.lit"): Bookmark() for number in range(10_000)}
    bookmarks = Bookmarks(bookmarks=rooms)
    assert bookmarks.feed(published(NAMESPACE, OWN, **{str(ORCHARD): Bookmark()}), JULIET) == []
    assert len(bookmarks) == 10_000
    known = next(iter(rooms))
    assert len(bookmarks.feed(published(NAMESPACE, OWN, **{str(known): Bookmark(name="x")}), JULIET)) == 1


def stored(*children: Element | StoredConference | StoredUrl) -> PrivateQuery:
    elements = [one if isinstance(one, Element) else one.to_element() for one in children]
    return PrivateQuery(payloads=[Element((STORAGE, "storage"), {}, list(elements))])


@pytest.mark.spec("XEP-0048", "2.1")
@pytest.mark.spec("XEP-0049", "2.2")
def test_bookmarks_are_in_private_storage_elsewhere() -> None:
    play = Play()
    running = play.run(fetch_bookmarks(OLD))
    first = StoredConference(jid=ORCHARD, name="Orchard", autojoin=True, nick="JC", password="pw")
    broken = Element((STORAGE, "conference"), {"name": "no address"})
    url = StoredUrl(url="https://capulet.lit/")
    occupant = StoredConference(jid=JID(f"{BALL}/x"))
    iq = answered(play, stored(first, broken, url, StoredConference(jid=ORCHARD), occupant))
    assert iq.get(PrivateQuery) is not None
    bookmarks = running.result()
    assert bookmarks.store is BookmarkStore.PRIVATE
    assert bookmarks == {ORCHARD: Bookmark(name="Orchard", autojoin=True, nick="JC", password="pw")}
    assert bookmarks.feed(published(NAMESPACE, OWN, **{str(BALL): Bookmark()}), JULIET) == []
    running = play.run(fetch_bookmarks(OLD))
    answered(play, stored())
    assert running.result() == {}


def test_one_bookmark_is_changed_in_private_storage_and_all_else_stays() -> None:
    play = Play()
    bookmarks = Bookmarks(BookmarkStore.PRIVATE)
    broken = Element((STORAGE, "conference"), {"name": "no address"})
    url = StoredUrl(url="https://capulet.lit/").to_element()
    old = StoredConference(jid=ORCHARD, name="old")
    other = StoredConference(jid=BALL).to_element()

    def saved() -> list[Element]:
        query = answered(play).get(PrivateQuery)
        assert query is not None
        (payload,) = query.payloads
        element = payload.to_element() if isinstance(payload, BookmarkStorage) else payload
        assert isinstance(element, Element)
        return list(element.elements())

    running = play.run(bookmarks.save(ORCHARD, Bookmark(name="new")))
    answered(play, stored(broken, old, url, other, StoredConference(jid=ORCHARD, name="twice")))
    assert saved() == [broken, StoredConference(jid=ORCHARD, name="new").to_element(), url, other]
    assert running.result() is None
    assert bookmarks == {ORCHARD: Bookmark(name="new")}

    running = play.run(bookmarks.save(BALL, Bookmark()))
    answered(play, PrivateQuery(payloads=[Element((STORAGE, "storage"))]))
    assert saved() == [other]
    running = play.run(bookmarks.remove(ORCHARD))
    answered(play, stored(old, other))
    assert saved() == [other]
    assert running.result() is None
    assert list(bookmarks) == [BALL]


@pytest.mark.parametrize("support", [OLD, PepSupport(False)])
def test_a_server_without_private_storage(support: PepSupport) -> None:
    play = Play()
    running = play.run(fetch_bookmarks(support))
    refused(play, ErrorCondition.SERVICE_UNAVAILABLE)
    if support.available:
        refused(play, ErrorCondition.ITEM_NOT_FOUND)
        assert running.result().store is BookmarkStore.NATIVE
    else:
        with pytest.raises(IqError):
            running.result()


@pytest.mark.spec("XEP-0402", "5.1", "5.3.1")
def test_bookmarks_are_converted_without_a_loss() -> None:
    bookmark = Bookmark(
        name="Orchard", autojoin=True, nick="JC", password="pw", extensions=BookmarkExtensions(payloads=[STATE])
    )
    kept = to_stored(ORCHARD, bookmark)
    assert (kept.jid, kept.name, kept.autojoin, kept.nick, kept.password) == (ORCHARD, "Orchard", True, "JC", "pw")
    assert kept.unknown_children == [STATE]
    assert from_stored(kept) == bookmark
    pinned = to_stored(ORCHARD, Bookmark(extensions=BookmarkExtensions(payloads=[Pinned()])))
    assert pinned.unknown_children == [Pinned().to_element()]
    assert from_stored(pinned).extensions == BookmarkExtensions(payloads=[Pinned()])
    assert from_stored(to_stored(ORCHARD, Bookmark())) == Bookmark()
