"""vCards (XEP-0054) at the local server."""

from __future__ import annotations

import pytest

from tests.localserver.town import Client, Town
from xmppwire.im.blocking import block
from xmppwire.protocol.vcard_temp import Photo, VCardTemp
from xmppwire.stanza import ErrorCondition, Iq, IqType

CARD = VCardTemp(full_name="Juliet <Capulet>", nicknames=["J"], photos=[Photo(type="image/png", data=b"\x89PNG")])


def fetched(client: Client, to: str | None = None) -> VCardTemp | ErrorCondition | None:
    reply = client.ask(Iq("get", to, payload=VCardTemp()))
    return reply.get(VCardTemp) if reply.error is None else reply.error.condition


@pytest.mark.spec("XEP-0054", "3.1", "3.2", "3.3")
def test_the_owner_sets_it_and_everybody_reads_it() -> None:
    town = Town()
    juliet, romeo = town.login("juliet@capulet.lit/balcony"), town.login("romeo@capulet.lit/orchard")
    assert fetched(juliet) is ErrorCondition.ITEM_NOT_FOUND
    assert juliet.ask(Iq("set", payload=CARD)).type is IqType.RESULT
    assert fetched(juliet) == fetched(juliet, "juliet@capulet.lit") == fetched(romeo, "juliet@capulet.lit") == CARD
    assert romeo.ask(Iq("set", payload=VCardTemp(full_name="Romeo"))).type is IqType.RESULT
    assert fetched(juliet, "romeo@capulet.lit") == VCardTemp(full_name="Romeo")
    assert juliet.ask(Iq("set", payload=VCardTemp())).type is IqType.RESULT
    assert fetched(juliet) is ErrorCondition.ITEM_NOT_FOUND


@pytest.mark.spec("XEP-0054", "3.3", "6")
def test_nothing_tells_who_exists() -> None:
    town = Town()
    juliet, romeo = town.login("juliet@capulet.lit/balcony"), town.login("romeo@capulet.lit/orchard")
    juliet.ask(Iq("set", payload=CARD))
    juliet.run(block("romeo@capulet.lit"))
    for user in ("nurse", "tybalt", "juliet"):  # who has none, who does not exist, who blocks him
        assert fetched(romeo, f"{user}@capulet.lit") is ErrorCondition.SERVICE_UNAVAILABLE


@pytest.mark.spec("XEP-0054", "3.2")
def test_nobody_else_sets_it() -> None:
    town = Town()
    juliet, romeo = town.login("juliet@capulet.lit/balcony"), town.login("romeo@capulet.lit/orchard")
    juliet.ask(Iq("set", payload=CARD))
    for condition in (ErrorCondition.SERVICE_UNAVAILABLE, ErrorCondition.FORBIDDEN):
        reply = romeo.ask(Iq("set", "juliet@capulet.lit", payload=VCardTemp(full_name="Rosaline")))
        assert reply.error is not None
        assert reply.error.condition is condition
        town.befriend("juliet@capulet.lit", "romeo@capulet.lit")
    assert fetched(juliet) == CARD
