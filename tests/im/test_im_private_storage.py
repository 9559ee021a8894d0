"""Private XML storage (XEP-0049): what is asked for and stored, and answers that are none."""

from __future__ import annotations

import pytest

from tests.session.play import Play
from xmppwire.im.private_storage import clear_private, fetch_private, fetch_private_element, store_private
from xmppwire.jid import JID
from xmppwire.operation import IqError
from xmppwire.payload import Payload, PayloadError, field
from xmppwire.protocol.bookmark_storage import BookmarkStorage, StoredConference
from xmppwire.protocol.private_xml import PrivateQuery
from xmppwire.stanza import ErrorCondition, Iq, IqType
from xmppwire.xml import Element

BOOKMARKS = BookmarkStorage(bookmarks=[StoredConference(jid=JID("council@muc.capulet.lit"), autojoin=True, nick="J")])
NAME = BookmarkStorage.element_names[0]


class Preferences(Payload, ns="urn:example:prefs", name="preferences"):
    nick: str = field.value(name="defaultnick")


def stored(play: Play, *payloads: Payload | Element) -> None:
    iq = play.asked()
    play.say(iq.result(PrivateQuery(payloads=list(payloads))).replace(sender=None))


@pytest.mark.spec("XEP-0049", "2.2", "2.3")
def test_what_is_stored_comes_back() -> None:
    play = Play()
    running = play.run(store_private(BOOKMARKS))
    iq = play.asked()
    assert (iq.type, iq.to, iq.get(PrivateQuery)) == (IqType.SET, None, PrivateQuery(payloads=[BOOKMARKS]))
    play.say(iq.result().replace(sender=None))
    assert running.result() is None

    fetching = play.run(fetch_private(BookmarkStorage))
    iq = play.asked()
    assert (iq.type, iq.to) == (IqType.GET, None)
    query = iq.find(PrivateQuery.element_names[0])
    assert query is not None
    assert list(query.elements()) == [Element(NAME)]  # one name, and nothing in it
    play.say(iq.result(PrivateQuery(payloads=[BOOKMARKS])).replace(sender=None))
    assert fetching.result() == BOOKMARKS


@pytest.mark.spec("XEP-0049", "2.2")
def test_a_class_that_the_library_does_not_know() -> None:
    play = Play()
    running = play.run(fetch_private(Preferences))
    stored(play, Preferences(nick="Hamlet"))
    assert running.result() == Preferences(nick="Hamlet")
    raw = play.run(fetch_private_element(("urn:example:prefs", "preferences")))
    stored(play, Preferences(nick="Hamlet"))
    assert raw.result() == Preferences(nick="Hamlet").to_element()


@pytest.mark.spec("XEP-0049", "2.2")
@pytest.mark.parametrize("empty", [[], [Element(NAME)]])
def test_nothing_is_stored(empty: list[Payload | Element]) -> None:
    play = Play()
    running = play.run(fetch_private(BookmarkStorage))
    stored(play, *empty)
    assert running.result() is None
    running = play.run(fetch_private(BookmarkStorage))
    play.say(play.asked().result().replace(sender=None))
    assert running.result() is None
    clearing = play.run(clear_private(BookmarkStorage))
    iq = play.asked()
    assert iq.to_element().children == [PrivateQuery(payloads=[Element(NAME)]).to_element()]
    play.say(iq.result().replace(sender=None))
    assert clearing.result() is None


@pytest.mark.spec("XEP-0049", "2.3")
def test_an_answer_with_something_else_is_not_taken_for_nothing() -> None:
    play = Play()
    running = play.run(fetch_private(BookmarkStorage))
    stored(play, Element(("storage:other", "storage")))
    with pytest.raises(PayloadError, match="not what was asked for"):
        running.result()
    running = play.run(fetch_private(BookmarkStorage))
    broken = Element((NAME[0], "conference"), {"name": "no address"})
    stored(play, Element(NAME, children=[broken]))
    with pytest.raises(PayloadError, match=r"iq/query/storage/conference.*jid"):
        running.result()


@pytest.mark.spec("XEP-0049", "3")
def test_a_server_refuses() -> None:
    play = Play()
    running = play.run(store_private(BOOKMARKS))
    play.say(play.asked().error_reply(ErrorCondition.NOT_ACCEPTABLE).replace(sender=None))
    with pytest.raises(IqError) as refused:
        running.result()
    assert refused.value.error.condition is ErrorCondition.NOT_ACCEPTABLE


@pytest.mark.spec("XEP-0049", "4")
def test_nobody_else_answers_for_the_server() -> None:
    play = Play()
    running = play.run(fetch_private(BookmarkStorage))
    iq = play.asked()
    for sender in ("tybalt@capulet.lit/hall", "evil.example"):
        play.say(Iq("result", iq.sender, payload=PrivateQuery(payloads=[BOOKMARKS]), id=iq.id, sender=sender))
        assert not running.done
    play.say(iq.result(PrivateQuery(payloads=[Element(NAME)])).replace(sender=None))
    assert running.result() is None


@pytest.mark.spec("XEP-0049", "2.3")
@pytest.mark.parametrize("namespace", ["", "jabber:iq:private", "jabber:client"])
def test_names_without_a_namespace_of_their_own(namespace: str) -> None:
    for operation in (store_private(Element((namespace, "a"))), fetch_private_element((namespace, "a"))):
        with pytest.raises(ValueError, match="cannot be stored"):
            next(operation)
