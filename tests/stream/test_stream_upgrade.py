"""SASL Upgrade Tasks (XEP-0480): what a server lacks for a better mechanism is handed in with the login, both halves."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from tests.stream.sasl2_world import NS, Keeper, authentication, b64, bare_config, client_at_sasl2, success, wanting
from tests.stream.streams import CLIENT_HEADER, PASSWORD, Solo, pair, server_config, server_in_tls
from xmppwire.sasl import StoredCredentials
from xmppwire.stream import (
    SASL2,
    Authenticated,
    AuthenticationFailed,
    CredentialsOffered,
    CredentialsRequested,
    EndReason,
    Established,
    Event,
    KeyDerivationRequested,
    LocalProtocolError,
    SASL2Offer,
)

pytestmark = pytest.mark.spec("XEP-0480", "2", "3")

UPGR = "urn:xmpp:sasl:upgrade:0"
SCRAM = "urn:xmpp:scram-upgrade:0"
SALT = b"A_SXCRXQ6sek8bf_Z"
OFFER = SASL2Offer(upgrades=("SCRAM-SHA-512", "SCRAM-SHA-256"), upgrade_iterations=4096)
LOGIN = b64(f"\0juliet\0{PASSWORD}")


def upgrade(*names: str) -> str:
    return "".join(f"<upgrade xmlns='{UPGR}'>UPGR-{name}</upgrade>" for name in names)


def offered(*names: str, mechanism: str = "PLAIN") -> str:
    return authentication(mechanism, inline="").replace("</authentication>", upgrade(*names) + "</authentication>")


def order(name: str) -> str:
    return f"<continue xmlns='{NS}'><tasks><task>UPGR-{name}</task></tasks></continue>"


def data(inner: str) -> str:
    return f"<task-data xmlns='{NS}'>{inner}</task-data>"


def salt(iterations: object = 4096, value: bytes = SALT) -> str:
    return data(f"<salt xmlns='{SCRAM}' iterations='{iterations}'>{b64(value)}</salt>")


def salted(algorithm: str = "sha256", iterations: int = 4096, value: bytes = SALT) -> bytes:
    return hashlib.pbkdf2_hmac(algorithm, PASSWORD.encode(), value, iterations)


def handed_in(value: bytes) -> str:
    return data(f"<hash xmlns='{SCRAM}'>{b64(value)}</hash>")


# --- both ------------------------------------------------------------------------------------------------------------


class Vault(Keeper):
    """A server whose account has keys for some hashes only."""

    def __init__(self, *hashes: str) -> None:
        super().__init__()
        self.keys = {name: StoredCredentials.from_password(PASSWORD, b"salt", 4096, name) for name in hashes}
        self.offers: list[StoredCredentials] = []

    def __call__(self, end: Any, event: Event) -> None:
        if isinstance(event, CredentialsRequested):
            end.engine.answer(event, self.keys.get(event.hash), end.world.now)
        elif isinstance(event, CredentialsOffered):
            self.offers.append(event.credentials)
            self.keys[event.credentials.hash] = event.credentials
            end.engine.answer(event, True, end.world.now)
        else:
            super().__call__(end, event)


def meet(vault: Vault, along: SASL2 | None = None, **config: Any) -> Any:
    world, wire = pair(
        bare_config(along, **config),
        server_config(sasl2=OFFER, mechanisms=["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1"]),
        on_server=vault,
    )
    world.settle()
    return wire


def test_two_upgrades_and_then_a_login_by_each() -> None:
    vault = Vault("sha1")
    wire = meet(vault, mechanisms=["SCRAM-SHA-1"])
    assert wire.client.one(Established)
    assert wire.client.one(Authenticated).mechanism == "SCRAM-SHA-1"
    assert [offer.hash for offer in vault.offers] == ["sha512", "sha256"]
    assert all(offer.verify(PASSWORD) for offer in vault.offers)
    assert all(offer.iterations == 4096 for offer in vault.offers)
    for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
        assert meet(vault, mechanisms=[mechanism]).client.one(Established)
    assert len(vault.offers) == 2  # nobody is asked twice


def test_a_client_may_leave_it() -> None:
    vault = Vault("sha1")
    wire = meet(vault, wanting(upgrade=False), mechanisms=["SCRAM-SHA-1"])
    assert wire.client.one(Established)
    assert not vault.offers


# --- the client ------------------------------------------------------------------------------------------------------


def test_what_a_client_asks_for_and_hands_in() -> None:
    solo = client_at_sasl2(offered("SCRAM-SHA-256", "BLOOP", "SCRAM-SHA-1-PLUS"), mechanisms=["PLAIN"])
    sent = solo.sent()
    assert sent.count("<upgrade") == 1
    assert "UPGR-SCRAM-SHA-256</upgrade>" in sent
    solo.feed(order("SCRAM-SHA-256"))
    assert solo.sent() == f"<next xmlns='{NS}' task='UPGR-SCRAM-SHA-256'/>"
    solo.feed(salt())
    assert solo.sent() == handed_in(salted())
    solo.feed(success("juliet@capulet.lit"))
    assert solo.one(Authenticated)


def test_keys_that_take_long_are_the_programs_work() -> None:
    solo = client_at_sasl2(offered("SCRAM-SHA-256"), mechanisms=["PLAIN"])
    solo.sent()
    solo.feed(order("SCRAM-SHA-256"), salt(50_000))
    question = solo.one(KeyDerivationRequested)
    solo.sent()
    solo.engine.answer(question, question.request.derive(), solo.now)
    solo.pull()
    assert solo.sent() == handed_in(salted(iterations=50_000))


@pytest.mark.parametrize(
    "changes", [{"password": None, "token": "t"}, {"sasl2": SASL2(upgrade=False)}], ids=["token", "not wanted"]
)
def test_who_asks_for_nothing_does_nothing(changes: dict[str, Any]) -> None:
    mechanism = "OAUTHBEARER" if "token" in changes else "PLAIN"
    solo = client_at_sasl2(offered("SCRAM-SHA-256", mechanism=mechanism), **changes)
    assert "<upgrade" not in solo.sent()
    solo.feed(order("SCRAM-SHA-256"), "</stream:stream>")
    assert "<abort" in solo.sent()
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (salt(4095), "4095 iterations"),
        (salt(2_000_000), "2000000 iterations"),
        (salt("many"), "no salt"),
        (salt(value=b""), "no salt"),
        (data(f"<salt xmlns='{SCRAM}' iterations='4096'>!</salt>"), "incorrect-encoding"),
        (data(""), "no salt"),
        (success("juliet@capulet.lit"), "no salt"),
    ],
)
def test_a_server_that_gives_no_proper_salt(answer: str, words: str) -> None:
    solo = client_at_sasl2(offered("SCRAM-SHA-256"), mechanisms=["PLAIN"])
    solo.sent()
    solo.feed(order("SCRAM-SHA-256"), answer, "</stream:stream>")
    assert "<abort" in solo.sent()
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED
    assert words in solo.ended.text


def test_each_task_is_done_once() -> None:
    solo = client_at_sasl2(offered("SCRAM-SHA-256"), mechanisms=["PLAIN"])
    solo.feed(order("SCRAM-SHA-256"), salt())
    solo.sent()
    solo.feed(order("SCRAM-SHA-256"), "</stream:stream>")
    assert "<abort" in solo.sent()
    assert "more than a login" in solo.ended.text


@pytest.mark.parametrize("step", [1, 2])
def test_a_task_may_fail(step: int) -> None:
    solo = client_at_sasl2(offered("SCRAM-SHA-256"), mechanisms=["PLAIN"])
    condition = "<temporary-auth-failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
    solo.feed(order("SCRAM-SHA-256"), *([salt()] if step == 2 else []), f"<failure xmlns='{NS}'>{condition}</failure>")
    assert solo.one(AuthenticationFailed).condition == "temporary-auth-failure"


def test_nothing_is_handed_in_before_the_server_has_proved_itself() -> None:
    solo = client_at_sasl2(offered("SCRAM-SHA-256", mechanism="SCRAM-SHA-1"))
    assert "<upgrade" in solo.sent()
    solo.feed(order("SCRAM-SHA-256"), salt(), "</stream:stream>")
    assert SCRAM not in solo.sent()
    assert solo.ended.reason is EndReason.AUTHENTICATION_FAILED


# --- the server ------------------------------------------------------------------------------------------------------


def serving(vault: Vault) -> Solo:
    solo = server_in_tls(sasl2=OFFER, mechanisms=["PLAIN"])
    solo.on_event = vault.solo
    solo.feed(CLIENT_HEADER)
    assert upgrade("SCRAM-SHA-512", "SCRAM-SHA-256") in solo.sent()
    return solo


def login(*names: str) -> str:
    initial = f"<initial-response>{LOGIN}</initial-response>"
    return f"<authenticate xmlns='{NS}' mechanism='PLAIN'>{upgrade(*names)}{initial}</authenticate>"


def salt_of(text: str) -> bytes:
    return base64.b64decode(text.partition(">")[2].partition(">")[2].partition("<")[0])


NEXT = f"<next xmlns='{NS}' task='UPGR-SCRAM-SHA-256'/>"


def test_what_a_server_orders_and_stores() -> None:
    vault = Vault("sha1", "sha512")
    solo = serving(vault)
    solo.feed(login("SCRAM-SHA-512", "SCRAM-SHA-256", "BLOOP"))
    assert solo.sent() == order("SCRAM-SHA-256")
    solo.feed(NEXT)
    sent = solo.sent()
    assert f"<salt xmlns='{SCRAM}' iterations='4096'>" in sent
    solo.feed(handed_in(salted(value=salt_of(sent))))
    assert solo.sent().startswith(f"<success xmlns='{NS}'>")
    assert vault.keys["sha256"].verify(PASSWORD)


@pytest.mark.parametrize(
    ("answers", "condition"),
    [
        ([f"<abort xmlns='{NS}'/>"], "aborted"),
        ([f"<next xmlns='{NS}' task='UPGR-SCRAM-SHA-512'/>"], "malformed-request"),
        ([f"<response xmlns='{NS}'/>"], "malformed-request"),
        ([NEXT, data("")], "malformed-request"),
        ([NEXT, handed_in(b"short")], "malformed-request"),
        ([NEXT, data(f"<hash xmlns='{SCRAM}'>!</hash>")], "incorrect-encoding"),
    ],
)
def test_a_client_that_does_not_do_what_it_asked_for_is_not_in(answers: list[str], condition: str) -> None:
    vault = Vault()
    solo = serving(vault)
    solo.feed(login("SCRAM-SHA-256"), *answers)
    assert solo.one(AuthenticationFailed).condition == condition
    assert not vault.offers
    assert not [event for event in solo.events if isinstance(event, Authenticated)]


def test_foreign_traffic_ends_the_stream() -> None:
    solo = serving(Vault())
    solo.feed(login("SCRAM-SHA-256"), "<presence/>")
    assert solo.error == "not-authorized"


def test_a_program_may_leave_it() -> None:
    vault = Vault()
    solo = serving(vault)

    def refusing(one: Solo, event: Event) -> None:
        if isinstance(event, CredentialsOffered):
            with pytest.raises(LocalProtocolError, match="True or False"):
                one.engine.answer(event, "yes", one.now)
            one.engine.refuse(event, "temporary-auth-failure", one.now)
        elif isinstance(event, CredentialsRequested) and event.hash == "sha512":
            one.engine.refuse(event, "temporary-auth-failure", one.now)
        else:
            vault.solo(one, event)

    solo.on_event = refusing
    solo.feed(login("SCRAM-SHA-512", "SCRAM-SHA-256"), NEXT)
    solo.feed(handed_in(bytes(32)))
    assert "<success" in solo.sent()
    assert solo.one(Authenticated)


def test_keys_are_taken_from_those_who_know_the_password() -> None:
    """Else who has a token, or a certificate, would get himself a password."""
    vault = Vault()
    solo = server_in_tls(sasl2=OFFER, mechanisms=["ANONYMOUS"])
    solo.on_event = vault.solo
    solo.feed(CLIENT_HEADER)
    solo.sent()
    solo.feed(
        f"<authenticate xmlns='{NS}' mechanism='ANONYMOUS'>{upgrade('SCRAM-SHA-256')}<initial-response/></authenticate>"
    )
    assert "<success" in solo.sent()


def test_upgrades_that_cannot_be() -> None:
    for name in ("SCRAM-SHA-1-PLUS", "PLAIN"):
        with pytest.raises(ValueError, match="there is no upgrade to"):
            SASL2Offer(upgrades=[name])
    with pytest.raises(ValueError, match="4096 iterations"):
        SASL2Offer(upgrade_iterations=100)
