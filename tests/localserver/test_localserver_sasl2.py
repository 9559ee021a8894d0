"""The local server and clients that log in by SASL2: resources, installations, tokens."""

from __future__ import annotations

from typing import Any

import pytest

from tests.pair import End, Wire, World, seeded
from xmppwire.jid import JID
from xmppwire.localserver import LocalLimits, LocalServer
from xmppwire.stanza import Message
from xmppwire.stream import (
    SASL2,
    Authenticated,
    ClientConfig,
    Connection,
    Established,
    FastToken,
    ManagementEnabled,
    Resumed,
    SASL2Offer,
    ServerConfig,
    StreamEnded,
    StreamManagement,
    StreamSuspended,
    TokenReceived,
    UserAgent,
)

JULIET = JID("juliet@localhost")
PHONE = UserAgent(id="d4565fa7-4d72-4749-b3d3-740edbf87770")
LAPTOP = UserAgent(id="0b7a3ba5-8f5a-4a23-9f1c-6bde8ac3b6a1")


def world(**changes: Any) -> World:
    given: dict[str, Any] = {"epoch": 1.7e9, "random": seeded(3), "sasl2": True, **changes}
    return World(LocalServer(("localhost",), {"juliet": "r0m30", "romeo": "ju1iet"}, **given))


def log_in(place: World, agent: UserAgent = PHONE, *, jid: JID = JULIET, seed: int = 1, **changes: Any) -> Wire:
    """A client of this installation, at rest; `changes` are fields of SASL2, or of the config."""
    along = {name: changes.pop(name) for name in ("token", "request_token", "tag") if name in changes}
    wanted: dict[str, Any] = {"user_agent": agent, "tag": "wire", **along}
    given: dict[str, Any] = {"password": "r0m30", "management": StreamManagement(), **changes}
    wire = place.join(Connection(ClientConfig(jid=jid, random=seeded(seed), sasl2=SASL2(**wanted), **given)))
    place.settle()
    return wire


def token_of(end: End) -> FastToken:
    return end.one(TokenReceived).token


@pytest.mark.spec("XEP-0386", "3.2.1")
def test_the_resource_begins_with_the_tag() -> None:
    place = world()
    jid = log_in(place).client.one(Established).jid
    assert jid.bare == JULIET
    tag, slash, rest = (jid.resourcepart or "").partition("/")
    assert (tag, slash, len(rest)) == ("wire", "/", 16)
    assert PHONE.id not in str(jid)
    other = log_in(place, LAPTOP, tag=None).client.one(Established).jid
    assert "/" not in (other.resourcepart or "/")


@pytest.mark.spec("XEP-0386", "3.2")
def test_an_installation_has_one_stream() -> None:
    place = world()
    first, other = log_in(place), log_in(place, LAPTOP)
    second = log_in(place)
    ended = first.client.ended
    assert ended is not None
    assert ended.error is not None
    assert ended.error.condition.value == "conflict"
    assert other.client.ended is None
    assert second.client.one(Established)


def test_an_installation_that_was_away_and_did_not_resume_has_one_stream_too() -> None:
    place = world()
    first = log_in(place)
    first.cut_off()
    place.settle()
    assert len(place.acceptor.suspended) == 1
    log_in(place)
    assert place.acceptor.suspended == []


def test_streams_of_others_stay() -> None:
    place = world()
    juliet = log_in(place)
    romeo = log_in(place, jid=JID("romeo@localhost"), password="ju1iet")
    assert juliet.client.ended is None
    assert romeo.client.one(Established)


@pytest.mark.spec("XEP-0198", "9.2")
def test_a_stream_is_resumed_along_with_the_login() -> None:
    place = world()
    first = log_in(place, request_token=True)
    romeo = log_in(place, jid=JID("romeo@localhost"), password="ju1iet")
    jid = first.client.one(Established).jid
    first.cut_off()
    place.settle()
    romeo.client.engine.send(Message(to=jid, body="are you there?"), place.now)
    place.settle()
    state = first.client.one(StreamSuspended).resumption
    second = log_in(place, resume=state, token=token_of(first.client), password=None)
    assert second.client.one(Authenticated).mechanism == "HT-SHA-256-EXPR"
    assert second.client.one(Resumed).jid == jid
    assert [message.body for message in second.client.of(Message)] == ["are you there?"]


def test_a_token_and_its_end_with_the_password() -> None:
    place = world()
    token = token_of(log_in(place, request_token=True).client)
    assert log_in(place, token=token, password=None).client.one(Established)
    place.acceptor.add_account("juliet", "another")
    wire = log_in(place, token=token, password=None)
    assert isinstance(wire.client.events[-1], StreamEnded)
    assert not wire.client.of(Established)


def test_a_token_ends_with_the_account() -> None:
    place = world()
    token = token_of(log_in(place, request_token=True).client)
    place.acceptor.remove_account("juliet", place.now)
    place.acceptor.add_account("juliet", "r0m30")
    assert not log_in(place, token=token, password=None).client.of(Established)


def test_tokens_are_for_a_number_of_installations() -> None:
    place = world(limits=LocalLimits(devices=1))
    phone = token_of(log_in(place, request_token=True).client)
    laptop = token_of(log_in(place, LAPTOP, request_token=True).client)
    assert not log_in(place, token=phone, password=None).client.of(Established)
    assert log_in(place, LAPTOP, token=laptop, password=None).client.of(Established)


def test_a_token_of_nobody() -> None:
    place = world()
    token = token_of(log_in(place, request_token=True).client)
    nobody = JID("nobody@localhost")
    assert not log_in(place, jid=nobody, token=token, password=None).client.of(Established)


def test_without_the_date_there_are_no_tokens() -> None:
    wire = log_in(world(epoch=None), request_token=True)
    assert wire.client.one(Established)
    assert not wire.client.of(TokenReceived)


def test_it_is_offered_if_asked_for_or_as_the_config_says() -> None:
    wire = log_in(world(sasl2=False))
    assert b"urn:xmpp:sasl:2" not in wire.server.sent
    assert wire.client.one(ManagementEnabled)
    config = ServerConfig(domains=["localhost"], sasl2=SASL2Offer())
    place = World(LocalServer(("localhost",), {"juliet": "r0m30"}, config=config, epoch=1.7e9))
    assert b"urn:xmpp:fast:0" not in log_in(place).server.sent


@pytest.mark.spec("XEP-0480", "2")
def test_keys_that_an_account_lacks_come_with_the_login() -> None:
    place = world()
    accounts = place.acceptor.hub.accounts
    account = accounts.get(JULIET)
    before = account.credentials.pop("sha512")
    assert accounts.verify(JULIET, "r0m30")
    assert log_in(place, mechanisms=["SCRAM-SHA-1"]).client.one(Established)
    stored = account.credentials["sha512"]
    assert stored.verify("r0m30")
    assert not accounts.store(JULIET, before)  # it has some now
    assert not accounts.store(JID("nobody@localhost"), before)
    assert log_in(place, mechanisms=["SCRAM-SHA-512"]).client.one(Authenticated)
