"""Accounts that people make, change and end by themselves (XEP-0077), at the local server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localserver.town import Town
from xmppwire.im.disco import fetch_info
from xmppwire.im.registration import change_password, fetch_registration, register, unregister
from xmppwire.jid import JID
from xmppwire.localserver import LocalLimits
from xmppwire.operation import ConnectionLostError, IqError
from xmppwire.protocol.data_forms import DataForm
from xmppwire.protocol.in_band_registration import NAMESPACE, RegistrationQuery
from xmppwire.stanza import ErrorCondition, Presence
from xmppwire.stream import (
    Authenticated,
    AuthenticationFailed,
    EndReason,
    Established,
    Registered,
    Registration,
    RegistrationFailed,
)

pytestmark = pytest.mark.spec("XEP-0077", "3")


@pytest.fixture
def town() -> Town:
    return Town({"juliet": "secret1"}, iterations=1, registration=True)


def come(town: Town, address: str, password: str = "wherefore", **config: Any) -> Any:
    """Make an account, and log in. The client's end."""
    config = {"register": Registration(), "mechanisms": ["PLAIN"], **config}
    return town.connect(address, password=password, **config)


def condition(error: pytest.ExceptionInfo[IqError]) -> ErrorCondition:
    return error.value.error.condition


def test_a_stranger_makes_an_account_and_is_in(town: Town) -> None:
    romeo = come(town, "romeo@capulet.lit/orchard")
    assert romeo.end.one(Registered).jid == JID("romeo@capulet.lit")
    assert romeo.end.one(Established).jid == JID("romeo@capulet.lit/orchard")
    known = romeo.run(fetch_registration())
    assert (known.registered, known.username) == (True, "romeo")
    assert NAMESPACE in romeo.run(fetch_info("capulet.lit")).features
    romeo.leave()
    assert come(town, "romeo@capulet.lit", register=None).end.one(Authenticated)


def test_a_name_that_is_taken(town: Town) -> None:
    client = come(town, "juliet@capulet.lit")
    assert client.end.one(RegistrationFailed).condition == "conflict"
    assert client.end.ended is not None
    assert client.end.ended.reason is EndReason.REGISTRATION_FAILED
    assert come(town, "juliet@capulet.lit", register=None).end.of(AuthenticationFailed)  # nothing was changed


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({}, ErrorCondition.NOT_ACCEPTABLE),
        ({"username": "bill", "password": ""}, ErrorCondition.NOT_ACCEPTABLE),
        ({"username": "bill", "password": "a\x7fb"}, ErrorCondition.NOT_ACCEPTABLE),
        ({"username": "b b", "password": "x"}, ErrorCondition.JID_MALFORMED),
        ({"username": "Juliet", "password": "x"}, ErrorCondition.CONFLICT),
    ],
)
def test_accounts_that_are_not_made(town: Town, fields: dict[str, Any], refused: ErrorCondition) -> None:
    service = town.server.registration
    assert service is not None
    assert service.make(JID("capulet.lit"), RegistrationQuery(**fields)) is refused


def test_so_many_accounts_and_no_more() -> None:
    town = Town({"juliet": "secret1"}, iterations=1, registration=True, limits=LocalLimits(accounts=2))
    assert come(town, "romeo@capulet.lit").end.one(Registered)
    assert come(town, "nurse@capulet.lit").end.one(RegistrationFailed).condition == "resource-constraint"


def test_the_password_changes(town: Town) -> None:
    juliet = town.login("juliet@capulet.lit/balcony", mechanisms=["PLAIN"])
    juliet.run(change_password("juliet", "secret2"))
    juliet.leave()
    assert come(town, "juliet@capulet.lit", "secret1", register=None).end.of(AuthenticationFailed)
    assert come(town, "juliet@capulet.lit", "secret2", register=None).end.one(Authenticated)


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (lambda: change_password("romeo", "x"), ErrorCondition.NOT_ALLOWED),
        (lambda: change_password("a b", "x"), ErrorCondition.JID_MALFORMED),
        (lambda: change_password("juliet", ""), ErrorCondition.BAD_REQUEST),
        (lambda: register("capulet.lit", DataForm()), ErrorCondition.BAD_REQUEST),
        (
            lambda: register("capulet.lit", RegistrationQuery(remove=True, username="juliet")),
            ErrorCondition.BAD_REQUEST,
        ),
        (lambda: unregister("romeo@capulet.lit"), ErrorCondition.SERVICE_UNAVAILABLE),
        (lambda: fetch_registration("romeo@capulet.lit"), ErrorCondition.SERVICE_UNAVAILABLE),
    ],
)
def test_requests_that_are_refused(town: Town, operation: Any, expected: ErrorCondition) -> None:
    come(town, "romeo@capulet.lit/orchard")
    juliet = town.login("juliet@capulet.lit/balcony", mechanisms=["PLAIN"])
    with pytest.raises(IqError) as refused:
        juliet.run(operation())
    assert condition(refused) is expected


def test_nobody_asks_about_friends(town: Town) -> None:
    come(town, "romeo@capulet.lit/orchard").say(Presence())
    juliet = town.login("juliet@capulet.lit/balcony", mechanisms=["PLAIN"])
    town.befriend("juliet@capulet.lit", "romeo@capulet.lit")
    for operation in (fetch_registration("romeo@capulet.lit"), unregister("romeo@capulet.lit")):
        with pytest.raises(IqError) as refused:
            juliet.run(operation)
        assert condition(refused) is ErrorCondition.FORBIDDEN
    assert JID("romeo@capulet.lit") in town.server.hub.accounts


def test_an_account_is_ended(town: Town) -> None:
    first = town.login("juliet@capulet.lit/balcony", mechanisms=["PLAIN"])
    second = town.login("juliet@capulet.lit/chamber", mechanisms=["PLAIN"])
    try:
        second.run(unregister())
    except ConnectionLostError:
        pytest.fail("the answer comes before the end")
    for client in (first, second):
        ended = client.end.ended
        assert ended is not None
        assert ended.error is not None
        assert ended.error.condition.value == "not-authorized"
    assert JID("juliet@capulet.lit") not in town.server.hub.accounts


def test_it_is_off_unless_asked_for() -> None:
    town = Town({"juliet": "secret1"}, iterations=1)
    stranger = come(town, "romeo@capulet.lit").end.ended
    assert stranger is not None
    assert stranger.reason is EndReason.REGISTRATION_FAILED
    juliet = town.login("juliet@capulet.lit/balcony", mechanisms=["PLAIN"])
    with pytest.raises(IqError) as refused:
        juliet.run(change_password("juliet", "x"))
    assert condition(refused) is ErrorCondition.SERVICE_UNAVAILABLE
