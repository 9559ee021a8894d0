"""Private storage (XEP-0049) at the local server."""

from __future__ import annotations

import pytest

from tests.localserver.town import Town
from xmppwire.im.private_storage import clear_private, fetch_private, fetch_private_element, store_private
from xmppwire.jid import JID
from xmppwire.localserver import LocalLimits
from xmppwire.operation import IqError
from xmppwire.protocol.bookmark_storage import BookmarkStorage
from xmppwire.protocol.private_xml import PrivateQuery
from xmppwire.stanza import ErrorCondition, Iq, StanzaError
from xmppwire.xml import Element

NAME = ("urn:example:notes", "notes")


def notes(text: str = "buy milk", name: str = "notes") -> Element:
    return Element(("urn:example:notes", name), {"lang": "en"}, [Element(("urn:other", "note"), {}, [text])])


@pytest.mark.spec("XEP-0049", "2")
def test_what_is_stored_is_there_for_all_clients_of_the_account_and_nobody_else() -> None:
    town = Town()
    juliet, tablet = town.login("juliet@capulet.lit/balcony"), town.login("juliet@capulet.lit/tablet")
    romeo = town.login("romeo@capulet.lit/orchard")
    assert juliet.run(fetch_private_element(NAME)) is None
    juliet.run(store_private(notes()))
    juliet.run(store_private(BookmarkStorage(bookmarks=[])))
    assert tablet.run(fetch_private_element(NAME)) == notes()
    assert tablet.run(fetch_private(BookmarkStorage)) is None  # an empty element is none
    odd = notes("& <eggs>")
    odd.children.append(Element(("http://etherx.jabber.org/streams", "error"), {"y": "'"}))
    tablet.run(store_private(odd))
    assert juliet.run(fetch_private_element(NAME)) == odd
    assert romeo.run(fetch_private_element(NAME)) is None
    town.befriend("juliet@capulet.lit", "romeo@capulet.lit")
    for type_ in ("get", "set"):
        reply = romeo.ask(Iq(type_, "juliet@capulet.lit", payload=PrivateQuery(payloads=[notes()])))
        assert reply.error == StanzaError(ErrorCondition.SERVICE_UNAVAILABLE)
    juliet.run(clear_private(BookmarkStorage))
    juliet.run(store_private(Element(NAME)))
    assert tablet.run(fetch_private_element(NAME)) is None
    account = town.server.hub.accounts.get(JID("juliet@capulet.lit"))
    assert account is not None
    assert account.private == {}


@pytest.mark.spec("XEP-0049", "2.3", "3")
@pytest.mark.parametrize(
    ("type_", "payloads", "condition"),
    [
        ("get", [], "bad-request"),
        ("get", [Element(NAME), Element(("urn:b", "b"))], "bad-request"),
        ("get", [Element(("jabber:client", "message"))], "not-acceptable"),
        ("set", [], "not-acceptable"),
        ("set", [Element(("jabber:iq:private", "query"))], "not-acceptable"),
    ],
)
def test_requests_that_make_no_sense(type_: str, payloads: list[Element], condition: str) -> None:
    juliet = Town().login("juliet@capulet.lit/balcony")
    reply = juliet.ask(Iq(type_, payload=PrivateQuery(payloads=[*payloads])))
    assert reply.error is not None
    assert reply.error.condition == condition


@pytest.mark.parametrize("limits", [LocalLimits(private_elements=2), LocalLimits(private_bytes=200)])
def test_there_is_an_end_to_it(limits: LocalLimits) -> None:
    juliet = Town(limits=limits).login("juliet@capulet.lit/balcony")
    for name in ("a", "b"):
        juliet.run(store_private(notes(name=name)))
    with pytest.raises(IqError) as error:
        juliet.run(store_private(notes(name="c")))
    assert error.value.error.condition is ErrorCondition.RESOURCE_CONSTRAINT
    juliet.run(store_private(notes("again", name="b")))
    assert juliet.run(fetch_private_element(("urn:example:notes", "c"))) is None
    assert juliet.run(fetch_private_element(("urn:example:notes", "b"))) == notes("again", name="b")
