"""Services outside of XMPP (XEP-0215), told by the local server."""

from __future__ import annotations

import pytest

from tests.localserver.countries import Countries
from tests.localserver.town import Client, Town
from xmppwire.im.disco import fetch_info
from xmppwire.jid import JID
from xmppwire.operation import IqError, request
from xmppwire.payload import Payload
from xmppwire.protocol.external_service_discovery import (
    NAMESPACE,
    OLDER_NAMESPACES,
    Credentials,
    Service,
    Services,
)
from xmppwire.stanza import ErrorCondition, Iq

JULIET, SERVER = "juliet@capulet.lit", "capulet.lit"


def services(user: JID) -> list[Service]:
    return [
        Service(type="stun", host="stun.capulet.lit", port=3478, transport="udp"),
        Service(type="turn", host="turn.capulet.lit", port=3478, username=str(user), password="x", restricted=True),
        Service(type="turn", host="turn.capulet.lit", port=5349, username=str(user), password="y", restricted=True),
    ]


@pytest.fixture
def juliet() -> Client:
    return Town(external_services=services).login(f"{JULIET}/balcony")


def condition(client: Client, payload: Payload, to: str = SERVER) -> ErrorCondition | str | None:
    error = client.ask(Iq("get", to, payload=payload)).error
    return None if error is None else error.condition


@pytest.mark.spec("XEP-0215", "3.1", "3.2")
@pytest.mark.parametrize("namespace", [NAMESPACE, *OLDER_NAMESPACES])
def test_users_are_told_all_services_or_those_of_a_type(juliet: Client, namespace: str) -> None:
    assert namespace in juliet.run(fetch_info(SERVER)).features
    for type_, expected in ((None, 3), ("stun", 1), ("ftp", 0)):
        reply = juliet.ask(Iq("get", SERVER, payload=Services(namespace=namespace, type=type_)))
        found = reply.get(Services)
        assert found is not None
        assert (found.namespace, found.type) == (namespace, type_)
        known = [one.replace(namespace=namespace) for one in services(JID(JULIET)) if type_ in (None, one.type)]
        assert found.services == known
        assert len(known) == expected


@pytest.mark.spec("XEP-0215", "3.3")
@pytest.mark.parametrize(("port", "passwords"), [(None, ["x", "y"]), (5349, ["y"])])
def test_credentials_are_given_for_a_service(juliet: Client, port: int | None, passwords: list[str]) -> None:
    wanted = Service(type="turn", host="turn.capulet.lit", port=port)
    found = juliet.ask(Iq("get", SERVER, payload=Credentials(services=[wanted]))).get(Credentials)
    assert found is not None
    assert [(one.username, one.password) for one in found.services] == [(JULIET, word) for word in passwords]


@pytest.mark.spec("XEP-0215", "3.3")
def test_what_is_refused(juliet: Client) -> None:
    turn = Service(type="turn", host="turn.capulet.lit")
    assert condition(juliet, Credentials()) is ErrorCondition.BAD_REQUEST
    assert condition(juliet, Credentials(services=[turn, turn])) is ErrorCondition.BAD_REQUEST
    for other in (turn.replace(host="x.lit"), turn.replace(port=1), Service(type="stun", host="stun.capulet.lit")):
        assert condition(juliet, Credentials(services=[other])) is ErrorCondition.ITEM_NOT_FOUND
    assert condition(juliet, Services(), JULIET) is ErrorCondition.SERVICE_UNAVAILABLE
    assert condition(Town().login(f"{JULIET}/balcony"), Services()) is ErrorCondition.SERVICE_UNAVAILABLE


def test_strangers_are_told_nothing() -> None:
    countries = Countries(external_services=services)
    romeo = countries.login("romeo@montague.lit")
    for payload in (Services(), Credentials(services=[Service(type="turn", host="turn.capulet.lit")])):
        running = romeo.session.run(request(Iq("get", SERVER, payload=payload)), countries.world.now)
        countries.settle()
        with pytest.raises(IqError) as caught:
            running.result()
        assert caught.value.error.condition is ErrorCondition.FORBIDDEN
