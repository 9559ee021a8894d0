"""The directory of the local server (XEP-0055)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.localserver.countries import Countries
from tests.localserver.town import Client, Town
from xmppwire.im.disco import fetch_info
from xmppwire.im.search import FoundUser, fetch_search, search, search_fields
from xmppwire.im.vcards import set_vcard
from xmppwire.jid import JID
from xmppwire.localserver import LocalLimits
from xmppwire.operation import IqError
from xmppwire.protocol.jabber_search import NAMESPACE, SearchQuery
from xmppwire.protocol.vcard_temp import Email, Name, VCardTemp
from xmppwire.stanza import ErrorCondition, Iq
from xmppwire.stream.limits import AFTER_LOGIN, Limits
from xmppwire.xml import Element

JULIET, ROMEO, SERVER = "juliet@capulet.lit", "romeo@capulet.lit", "capulet.lit"
CARD = VCardTemp(
    name=Name(given="Juliet", family="Capulet"),
    nicknames=["Jule", "JC"],
    emails=[Email(), Email(userid="juliet@mail.capulet.lit")],
)


def listed(**keywords: Any) -> tuple[Town, Client, Client]:
    """A town with a directory that Juliet is in, and Romeo, who looks for her."""
    town = Town(directory=True, **keywords)
    juliet = town.login(f"{JULIET}/balcony")
    juliet.run(set_vcard(CARD))
    return town, juliet, town.login(f"{ROMEO}/orchard")


def condition(client: Client, iq: Iq) -> ErrorCondition | str | None:
    error = client.ask(iq).error
    return None if error is None else error.condition


@pytest.mark.spec("XEP-0055", "2.1")
def test_what_can_be_looked_for() -> None:
    _, _, romeo = listed()
    assert NAMESPACE in romeo.run(fetch_info(SERVER)).features
    query = romeo.run(fetch_search(SERVER))
    assert search_fields(query) == ["first", "last", "nick", "email"]
    assert query.instructions
    plain = Town().login(f"{JULIET}/balcony")
    assert NAMESPACE not in plain.run(fetch_info(SERVER)).features
    assert condition(plain, Iq("get", SERVER, payload=SearchQuery())) is ErrorCondition.SERVICE_UNAVAILABLE


@pytest.mark.spec("XEP-0055", "2.1")
@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"first": "juliet"}, True),
        ({"first": "JUL*", "last": "capulet"}, True),
        ({"nick": "Jule", "email": "juliet@mail.capulet.lit"}, True),
        ({"first": "Jul"}, False),
        ({"first": "juliet", "last": "montague"}, False),
        ({"nick": "JC"}, False),
        ({"email": "*mail"}, False),
    ],
)
def test_who_is_found(values: dict[str, str], found: bool) -> None:
    _, _, romeo = listed()
    user = FoundUser(JID(JULIET), "Juliet", "Capulet", "Jule", "juliet@mail.capulet.lit")
    assert list(romeo.run(search(SERVER, values))) == ([user] if found else [])


def test_who_takes_the_card_back_is_not_found_and_nothing_else_is_told() -> None:
    town, juliet, romeo = listed()
    photo = Element(("vcard-temp", "PHOTO"), {}, [Element(("vcard-temp", "BINVAL"), {}, ["!"])])
    name = Element(("vcard-temp", "N"), {}, [Element(("vcard-temp", "GIVEN"), {}, ["Juliet"])])
    juliet.ask(Iq("set", payload=Element(("vcard-temp", "vCard"), {}, [name, photo])))  # cannot be read
    assert len(romeo.run(search(SERVER, {"first": "juliet"}))) == 0
    juliet.run(set_vcard(CARD))
    assert len(romeo.run(search(SERVER, {"first": "juliet"}))) == 1
    juliet.run(set_vcard(VCardTemp()))
    assert len(romeo.run(search(SERVER, {"first": "juliet"}))) == 0
    account = town.server.hub.accounts.get(JID(JULIET))
    assert account is not None
    juliet.run(set_vcard(VCardTemp(nicknames=["x" * 300])))
    assert len(account.listing.nick) == 256


@pytest.mark.parametrize("query", [SearchQuery(), SearchQuery(first=""), SearchQuery(first="*", nick="**")])
def test_nobody_gets_the_whole_list(query: SearchQuery) -> None:
    _, _, romeo = listed()
    assert condition(romeo, Iq("set", SERVER, payload=query)) is ErrorCondition.NOT_ACCEPTABLE


def test_only_users_ask_and_only_the_server() -> None:
    _, _, romeo = listed()
    assert condition(romeo, Iq("get", ROMEO, payload=SearchQuery())) is ErrorCondition.SERVICE_UNAVAILABLE
    assert condition(romeo, Iq("set", payload=SearchQuery(first="x"))) is ErrorCondition.SERVICE_UNAVAILABLE
    countries = Countries(directory=True)
    stranger = countries.login("romeo@montague.lit")
    for query in (None, SearchQuery(first="")):
        running = stranger.session.run(search(SERVER, {"first": "x"}, query=query), countries.world.now)
        countries.settle()
        with pytest.raises(IqError) as caught:
            running.result()
        assert caught.value.error.condition is ErrorCondition.FORBIDDEN


@pytest.mark.parametrize(("most", "found"), [(2, 2), (3, 3), (4, 3)])
def test_so_many_are_found_at_once(most: int, found: int) -> None:
    town = Town(directory=True, limits=LocalLimits(found=most))
    for name in ("juliet", "romeo", "nurse"):
        town.login(f"{name}@capulet.lit/x").run(set_vcard(CARD))
    romeo = town.login(f"{ROMEO}/orchard")
    assert len(romeo.run(search(SERVER, {"nick": "jule"}))) == found


@pytest.mark.parametrize(("size", "found"), [(20_000, 3), (4000, 2)])
def test_what_is_found_fits_into_a_stanza(size: int, found: int) -> None:
    limits = Limits(after_login=replace(AFTER_LOGIN, stanza_bytes=size))
    town = Town(directory=True, limits=LocalLimits(stream=limits))
    card = VCardTemp(name=Name(given="\N{GRINNING FACE}" * 256, family="x" * 256), nicknames=["j"])
    for name in ("juliet", "romeo", "nurse"):
        town.login(f"{name}@capulet.lit/x").run(set_vcard(card))
    assert len(town.login(f"{ROMEO}/orchard").run(search(SERVER, {"nick": "j"}))) == found
