"""Bookmarks in private storage and in a node are the same (XEP-0402 section 5.3), at the local server."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.localserver.town import Client, Town
from xmppwire.im.bookmarks import BookmarkStore, fetch_bookmarks
from xmppwire.im.pep import fetch_pep_support, publish_private
from xmppwire.im.private_storage import fetch_private, fetch_private_element, store_private
from xmppwire.im.pubsub import create_node, fetch_items, fetch_node_form, publish, subscribe
from xmppwire.jid import JID
from xmppwire.localserver import LocalLimits
from xmppwire.operation import IqError
from xmppwire.payload import Payload
from xmppwire.protocol.bookmark_pinning import Pinned
from xmppwire.protocol.bookmark_storage import BookmarkStorage, StoredConference, StoredUrl
from xmppwire.protocol.bookmarks import COMPAT_FEATURE, NAMESPACE, Bookmark, BookmarkExtensions
from xmppwire.protocol.pubsub_event import EventItems, PubsubEvent
from xmppwire.protocol.pubsub_forms import AccessModel, NodeConfig
from xmppwire.stanza import ErrorCondition, Message
from xmppwire.stream.limits import AFTER_LOGIN, Limits
from xmppwire.xml import Element

JULIET, ROMEO = "juliet@capulet.lit", "romeo@capulet.lit"
HALL, COUNCIL = JID("hall@rooms.lit"), JID("council@rooms.lit")
STORAGE = BookmarkStorage.element_names[0]


def home(**keywords: Any) -> tuple[Town, Client]:
    town = Town(**keywords)
    return town, town.login(f"{JULIET}/balcony")


def store(client: Client, *bookmarks: StoredConference | StoredUrl) -> None:
    client.run(store_private(BookmarkStorage(bookmarks=list(bookmarks))))


def stored(client: Client) -> list[StoredConference | StoredUrl]:
    found = client.run(fetch_private(BookmarkStorage))
    return [] if found is None else found.bookmarks


def native(client: Client) -> dict[JID, Bookmark]:
    bookmarks = client.run(fetch_bookmarks())
    assert bookmarks.store is BookmarkStore.NATIVE
    return dict(bookmarks)


@pytest.mark.spec("XEP-0402", "5.3", "6")
def test_what_a_new_client_saves_an_old_one_finds() -> None:
    town, juliet = home()
    bookmarks = juliet.run(fetch_bookmarks())
    first = Bookmark(name="Council", autojoin=True, nick="J", password="x")
    juliet.run(bookmarks.save(COUNCIL, first))
    juliet.run(bookmarks.save(HALL, Bookmark()))
    assert stored(juliet) == [
        StoredConference(jid=COUNCIL, name="Council", autojoin=True, nick="J", password="x"),
        StoredConference(jid=HALL),
    ]
    juliet.run(bookmarks.remove(COUNCIL))
    assert stored(juliet) == [StoredConference(jid=HALL)]
    assert stored(town.login(f"{ROMEO}/orchard")) == []


@pytest.mark.spec("XEP-0048", "2.1")
@pytest.mark.spec("XEP-0402", "5.3")
def test_what_an_old_client_stores_a_new_one_finds_and_hears_of() -> None:
    town, juliet = home()
    url = StoredUrl(name="Verona", url="https://verona.lit")
    store(juliet, StoredConference(jid=HALL, name="Hall"), url, StoredConference(jid=COUNCIL, autojoin=True))
    assert native(juliet) == {HALL: Bookmark(name="Hall"), COUNCIL: Bookmark(autojoin=True)}
    assert [one for one in stored(juliet) if isinstance(one, StoredUrl)] == [url]
    account = town.server.hub.accounts.get(JID(JULIET))
    assert account is not None
    assert "conference" not in account.private[STORAGE]

    tablet = town.login(f"{JULIET}/tablet")
    tablet.run(subscribe(NAMESPACE, tablet.jid, service=JULIET))
    store(juliet, StoredConference(jid=HALL, name="Hall"))
    events = [event for one in tablet.heard() if isinstance(one, Message) and (event := one.get(PubsubEvent))]
    told = [event.action for event in events]
    assert len(told) == 1  # nothing of what is the same
    assert isinstance(told[0], EventItems)
    assert [one.id for one in told[0].retracts] == [str(COUNCIL)]
    assert native(juliet) == {HALL: Bookmark(name="Hall")}
    assert stored(juliet) == [StoredConference(jid=HALL, name="Hall")]
    assert account.private == {}


def test_what_the_older_way_does_not_know_stays() -> None:
    _, juliet = home()
    extensions = BookmarkExtensions(payloads=[Pinned()])
    juliet.run(juliet.run(fetch_bookmarks()).save(HALL, Bookmark(name="Hall", extensions=extensions)))
    store(juliet, StoredConference(jid=HALL, name="Great Hall", autojoin=True))
    assert native(juliet) == {HALL: Bookmark(name="Great Hall", autojoin=True, extensions=extensions)}
    (found,) = stored(juliet)
    store(juliet, found)
    assert native(juliet) == {HALL: Bookmark(name="Great Hall", autojoin=True, extensions=extensions)}
    mine = Element(("urn:example:client", "minimize"), {}, ["1"])
    found = StoredConference(jid=HALL)
    found.unknown_children = [mine]
    store(juliet, found)
    assert native(juliet) == {HALL: Bookmark(extensions=BookmarkExtensions(payloads=[mine]))}


def test_what_is_put_into_private_storage_is_private_whatever_the_node_was() -> None:
    town, juliet = home()
    juliet.run(create_node(NAMESPACE, NodeConfig(access_model=AccessModel.OPEN, max_items=1)))
    store(juliet, StoredConference(jid=HALL, password="secret"), StoredConference(jid=COUNCIL))
    config = NodeConfig.from_form(juliet.run(fetch_node_form(NAMESPACE)))
    assert config.access_model is AccessModel.WHITELIST
    assert set(native(juliet)) == {HALL, COUNCIL}
    romeo = town.login(f"{ROMEO}/orchard")
    with pytest.raises(IqError):
        romeo.run(fetch_items(NAMESPACE, service=JULIET))


def test_items_that_are_no_bookmarks_are_left_alone() -> None:
    _, juliet = home()
    items: list[tuple[str, Payload | Element]] = [
        ("not an address@", Bookmark(name="x")),
        ("a@rooms.lit", Element(Bookmark.element_names[0], {"autojoin": "perhaps"})),
        ("b@rooms.lit", Element(("urn:example:else", "conference"))),
    ]
    for id_, payload in items:
        juliet.run(publish_private(NAMESPACE, payload, id=id_, max_items=None))
    assert stored(juliet) == []
    store(juliet, StoredConference(jid=HALL))
    store(juliet)
    assert {item.id for item in juliet.run(fetch_items(NAMESPACE))} == {id_ for id_, _ in items}


def test_a_list_that_cannot_be_read_changes_nothing() -> None:
    _, juliet = home()
    store(juliet, StoredConference(jid=HALL))
    odd = Element((STORAGE[0], "conference"), {"jid": "@"})
    fine = StoredConference(jid=COUNCIL).to_element()
    with pytest.raises(IqError) as caught:
        juliet.run(store_private(Element(STORAGE, {}, [fine, odd])))
    assert caught.value.error.condition is ErrorCondition.BAD_REQUEST
    assert set(native(juliet)) == {HALL}
    assert juliet.run(fetch_private_element(("urn:example:notes", "notes"))) is None


@pytest.mark.parametrize("limits", [{"node_items": 2}, {"node_bytes": 200}, {"nodes": 0}, {"private_bytes": 200}])
@pytest.mark.parametrize("rooms", [2, 3])
def test_there_is_room_for_so_many(limits: dict[str, Any], rooms: int) -> None:
    """What does not fit leaves all as it was."""
    town, juliet = home(limits=LocalLimits(**limits))
    many = [StoredConference(jid=JID(f"{number}@rooms.lit"), name="x" * 20) for number in range(rooms)]
    if rooms == 2 and limits != {"nodes": 0}:
        store(juliet, *many)
        assert len(native(juliet)) == 2
        return
    with pytest.raises(IqError) as caught:
        store(juliet, *many)
    assert caught.value.error.condition is ErrorCondition.RESOURCE_CONSTRAINT
    account = town.server.hub.accounts.get(JID(JULIET))
    assert account is not None
    assert (account.nodes, account.private) == ({}, {})


@pytest.mark.parametrize(("size", "sent"), [(8000, True), (5500, False)])
def test_what_is_too_long_for_a_stanza_is_refused_and_not_cut(size: int, sent: bool) -> None:
    """A client that was told of a part would write back only that."""
    limits = Limits(after_login=replace(AFTER_LOGIN, stanza_bytes=size))
    _, juliet = home(limits=LocalLimits(stream=limits))
    for number in range(80):
        juliet.run(publish(NAMESPACE, Bookmark(name="x" * 20), id=f"{number:02}@rooms.lit"))
        if number == 0:
            juliet.run(publish_private(NAMESPACE, Bookmark(name="x" * 20), id="00@rooms.lit", max_items=None))
    if sent:
        assert len(stored(juliet)) == 80
        return
    with pytest.raises(IqError) as caught:
        stored(juliet)
    assert caught.value.error.condition is ErrorCondition.RESOURCE_CONSTRAINT


def test_the_account_announces_it() -> None:
    _, juliet = home()
    support = juliet.run(fetch_pep_support())
    assert support.converts_bookmarks
    assert COMPAT_FEATURE in support.features
