"""The local server as a whole: logins, resources, limits, accounts that come and go, and what it answers itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.localserver.town import ACCOUNTS, AutomaticAnswers, Client, Town, bodies
from tests.pair import CUTS, World, seeded
from xmppwire.im.disco import fetch_info, fetch_items
from xmppwire.im.ping import ping
from xmppwire.im.roster import fetch_roster
from xmppwire.jid import JID
from xmppwire.localserver import ConflictPolicy, LocalLimits, LocalServer
from xmppwire.operation import ConnectionLostError, IqError
from xmppwire.protocol.disco import DiscoInfo, DiscoItem, Identity
from xmppwire.protocol.ping import Ping
from xmppwire.protocol.session import Session as LegacySession
from xmppwire.protocol.version import Version
from xmppwire.session import Session
from xmppwire.stanza import Iq, Message, Presence, StanzaError
from xmppwire.stream.config import ClientConfig, ServerConfig
from xmppwire.stream.errors import LocalProtocolError, StreamErrorCondition
from xmppwire.stream.events import (
    Authenticated,
    AuthenticationFailed,
    EndReason,
    StreamEnded,
    StreamErrorReceived,
    TLSRequested,
)
from xmppwire.stream.limits import Limits
from xmppwire.stream.phases import Phase
from xmppwire.xml import Element

JULIET, ROMEO = "juliet@capulet.lit", "romeo@capulet.lit"


def condition(client: Client) -> StreamErrorCondition:
    """The stream error that the client was sent."""
    return client.end.one(StreamErrorReceived).error.condition


# --- logging in -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-512-PLUS", "PLAIN"])
def test_logging_in(mechanism: str) -> None:
    town = Town()
    client = town.connect(f"{JULIET}/balcony", mechanisms=[mechanism])
    assert client.end.one(Authenticated).mechanism == mechanism
    assert client.jid == JID(f"{JULIET}/balcony")
    assert town.server.links == [client.link]


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256-PLUS", "PLAIN"])
@pytest.mark.parametrize("user", ["juliet", "tybalt"])
def test_a_wrong_password_or_user(user: str, mechanism: str) -> None:
    town = Town()
    client = town.connect(f"{user}@capulet.lit", password="wrong", mechanisms=[mechanism])
    assert client.end.of(AuthenticationFailed)[0].condition == "not-authorized"
    assert client.end.one(StreamEnded).reason is EndReason.AUTHENTICATION_FAILED
    assert town.server.links == []


def test_a_token_is_of_no_use() -> None:
    town = Town(config=ServerConfig(domains=["x"], mechanisms=["OAUTHBEARER"]))
    client = town.connect(JULIET, token="t0k3n", password=None)
    assert client.end.of(AuthenticationFailed)


@pytest.mark.parametrize(("names", "user"), [([JULIET], "juliet"), (["tybalt@capulet.lit"], None), ([], None)])
def test_a_certificate_opens_the_account_it_names(names: list[str], user: str | None) -> None:
    town = Town(config=ServerConfig(domains=["x"], mechanisms=["EXTERNAL"]))
    town.world.server_tls = replace(town.world.server_tls, peer_certificate=b"\x30", peer_names=names)
    client = town.connect(f"{JULIET}/balcony", external=True, password=None)
    if user is None:
        assert client.session.jid is None
    else:
        assert client.jid == JID(f"{JULIET}/balcony")


@pytest.mark.spec("XEP-0178", "2")
@pytest.mark.parametrize(
    ("authzid", "user"), [(None, None), (ROMEO, ROMEO), (JULIET, JULIET), ("nurse@capulet.lit", None)]
)
def test_a_certificate_of_several_accounts(authzid: str | None, user: str | None) -> None:
    """The client says whose session it is, and must."""
    town = Town(config=ServerConfig(domains=["x"], mechanisms=["EXTERNAL"]))
    names = [JULIET, ROMEO, "tybalt@capulet.lit"]
    town.world.server_tls = replace(town.world.server_tls, peer_certificate=b"\x30", peer_names=names)
    chosen = None if authzid is None else JID(authzid)
    client = town.connect(user or JULIET, external=True, password=None, authzid=chosen)
    if user is None:
        assert client.end.of(AuthenticationFailed)[0].condition == "invalid-authzid"
    else:
        assert client.jid.bare == JID(user)


def test_nobody_acts_for_somebody_else() -> None:
    town = Town()
    client = town.connect(JULIET, authzid=JID(ROMEO), mechanisms=["PLAIN"])
    assert client.end.of(AuthenticationFailed)[0].condition == "invalid-authzid"


def test_anonymous_users_come_and_go() -> None:
    town = Town(anonymous=True)
    first, second = (town.connect("capulet.lit", anonymous=True) for _ in range(2))
    assert first.jid.domainpart == "capulet.lit"
    assert first.jid.bare != second.jid.bare
    assert len(town.server.hub.accounts) == len(ACCOUNTS) + 2
    first.say(Presence(second.jid.bare, type="subscribe"))
    first.leave()
    assert len(town.server.hub.accounts) == len(ACCOUNTS) + 1
    town = Town()
    assert town.connect("capulet.lit", anonymous=True).session.jid is None
    town = Town(config=ServerConfig(domains=["x"], mechanisms=["ANONYMOUS"]))
    client = town.connect("capulet.lit", anonymous=True)
    assert client.end.of(AuthenticationFailed)


@pytest.mark.parametrize("cut", CUTS)
def test_a_conversation_however_the_bytes_are_cut(cut: str) -> None:
    town = Town()
    town.befriend(JULIET, ROMEO)
    juliet, romeo = (town.connect(f"{jid}/x", cut=CUTS[cut]()) for jid in (JULIET, ROMEO))
    juliet.say(Presence())
    romeo.say(Presence())
    juliet.say(Message(ROMEO, "wherefore art thou?"))
    assert bodies(romeo.heard()) == ["wherefore art thou?"]
    assert romeo.run(ping(juliet.jid)) is None
    for client in (juliet, romeo):
        client.leave()
        assert client.end.one(StreamEnded).clean
    assert town.server.links == []


@pytest.mark.parametrize("direct_tls", [True, False, None])
def test_direct_tls(direct_tls: bool | None) -> None:
    server = LocalServer(["capulet.lit"], {"juliet": "secret"})
    world = World(server)
    wire = world.join(
        Session(ClientConfig(jid=JID(JULIET), password="secret", direct_tls=bool(direct_tls))),
        server.accept(world.now, direct_tls=direct_tls),
    )
    world.settle()
    assert wire.client.engine.phase is Phase.ESTABLISHED
    assert len(wire.server.of(TLSRequested)) == 1


def test_without_tls_where_that_is_allowed() -> None:
    town = Town(config=ServerConfig(domains=["x"], require_tls=False, offer_tls=False))
    client = town.connect(f"{JULIET}/balcony", require_tls=False)
    assert client.jid
    assert not client.end.of(TLSRequested)


# --- resources ------------------------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6120", "7.6", "7.6.1")
def test_a_resource_of_the_servers_choice() -> None:
    town = Town()
    names = {town.connect(JULIET).jid.resourcepart for _ in range(3)}
    assert len(names) == 3
    assert all(len(name or "") >= 16 for name in names)


@pytest.mark.spec("RFC 6120", "7.7.2.2", "4.9.3.3")
def test_a_conflict_ends_the_old_stream() -> None:
    town = Town()
    town.befriend(JULIET, ROMEO)
    romeo, old = town.login(f"{ROMEO}/orchard"), town.login(f"{JULIET}/balcony")
    romeo.heard()
    new = town.login(f"{JULIET}/balcony")
    assert new.jid == JID(f"{JULIET}/balcony")
    assert old.session.phase is Phase.CLOSED
    romeo.say(Message(new.jid, "hi"))
    assert bodies(new.heard()) == ["hi"]
    assert len(town.server.links) == 2
    old = new
    new = town.connect(f"{JULIET}/balcony")
    assert condition(old) is StreamErrorCondition.CONFLICT


@pytest.mark.spec("RFC 6120", "7.7.2.2")
def test_a_conflict_may_give_another_resource() -> None:
    town = Town(conflict=ConflictPolicy.GENERATE)
    old, new = town.connect(f"{JULIET}/balcony"), town.connect(f"{JULIET}/balcony")
    assert old.jid == JID(f"{JULIET}/balcony")
    assert new.jid != old.jid
    assert new.jid.bare == old.jid.bare


@pytest.mark.spec("RFC 6120", "7.7.2.2")
def test_a_conflict_may_be_refused() -> None:
    town = Town(conflict=ConflictPolicy.REFUSE)
    old, new = town.connect(f"{JULIET}/balcony"), town.connect(f"{JULIET}/balcony")
    assert old.session.phase is Phase.ESTABLISHED
    assert new.jid.resourcepart not in (None, "balcony")  # our client then leaves the choice to the server


@pytest.mark.spec("RFC 6120", "7.6.2.1")
def test_the_resources_of_an_account_are_bounded() -> None:
    town = Town(limits=LocalLimits(resources=2))
    clients = [town.connect(JULIET) for _ in range(3)]
    assert [client.session.jid is None for client in clients] == [False, False, True]
    assert "resource-constraint" in clients[2].end.one(StreamEnded).text
    clients[0].leave()
    assert town.connect(JULIET).session.jid is not None


def test_the_streams_are_bounded() -> None:
    town = Town(limits=LocalLimits(links=1))
    town.connect(JULIET)
    refused = town.connect(ROMEO)
    assert condition(refused) is StreamErrorCondition.RESOURCE_CONSTRAINT


# --- accounts that come and go --------------------------------------------------------------------------------------


def test_accounts_at_run_time() -> None:
    town = Town()
    assert town.server.add_account("benvolio", "b") == JID("benvolio@capulet.lit")
    town.passwords["benvolio"] = "b"
    assert town.connect("benvolio@capulet.lit").session.jid is not None
    town.server.add_account("benvolio@capulet.lit", "changed")
    assert town.connect("benvolio@capulet.lit").session.jid is None
    assert town.connect("benvolio@capulet.lit", password="changed").session.jid is not None


@pytest.mark.parametrize("name", ["romeo@montague.lit", "a/b", ""])
def test_names_that_are_no_users_here(name: str) -> None:
    with pytest.raises(ValueError):
        LocalServer(["capulet.lit"], {name: "x"})


@pytest.mark.spec("RFC 6120", "4.9.3.12")
def test_removing_an_account() -> None:
    town = Town()
    town.befriend(JULIET, ROMEO)
    juliet, romeo, nurse = (
        town.login(JULIET),
        town.login(ROMEO, roster=True),
        town.login("nurse@capulet.lit", roster=True),
    )
    nurse.say(Presence(JULIET, type="subscribe"))
    nurse.heard()
    romeo.heard()
    assert town.server.remove_account("juliet", town.world.now)
    assert not town.server.remove_account("juliet", town.world.now)
    town.world.settle()
    assert condition(juliet) is StreamErrorCondition.NOT_AUTHORIZED
    told = [event.type_value for event in romeo.heard() if isinstance(event, Presence)]
    assert told == ["unavailable", "unsubscribe", "unsubscribed"]
    assert [item.subscription for item in romeo.run(fetch_roster()).items or []] == ["none"]
    assert [event.type_value for event in nurse.heard() if isinstance(event, Presence)] == ["unsubscribed"]
    assert town.connect(JULIET).session.jid is None


def test_an_account_removed_between_login_and_binding() -> None:
    town = Town()

    def remove(_end: Any, event: Any) -> None:
        if isinstance(event, Authenticated):
            town.server.remove_account("juliet", town.world.now)

    link = town.server.accept(town.world.now)
    wire = town.world.join(Session(ClientConfig(jid=JID(JULIET), password="secret1")), link)
    wire.server.on_event = remove
    town.world.settle()
    assert "not-allowed" in wire.client.one(StreamEnded).text


def test_shutdown() -> None:
    town = Town()
    clients = [town.login(JULIET), town.login(ROMEO)]
    operation = clients[0].session.run(ping(ROMEO), town.world.now)
    town.server.shutdown(town.world.now)
    town.world.settle()
    assert [condition(client) for client in clients] == [StreamErrorCondition.SYSTEM_SHUTDOWN] * 2
    with pytest.raises(ConnectionLostError):
        operation.result()
    assert town.server.links == []


# --- clients that do not behave -------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6120", "4.9.3.17")
def test_a_client_that_does_not_read_is_closed() -> None:
    town = Town(limits=LocalLimits(queue_bytes=50_000))
    romeo, juliet = town.login(f"{ROMEO}/orchard"), town.login(f"{JULIET}/balcony")
    juliet.end.frozen = True
    for _ in range(8):
        romeo.say(Message(juliet.jid, "x" * 10_000))
    assert juliet.link.phase is not Phase.ESTABLISHED
    assert juliet.link.output_size < 70_000
    romeo.heard()
    romeo.say(Message(juliet.jid, "too late"))
    (reply,) = romeo.heard()
    assert reply.error == StanzaError("service-unavailable")
    juliet.end.frozen = False
    town.world.settle()
    assert condition(juliet) is StreamErrorCondition.RESOURCE_CONSTRAINT
    assert len(bodies(juliet.heard())) == 5  # the sixth found more than 50 000 bytes waiting


def test_the_limit_of_the_stream_counts_as_well() -> None:
    town = Town(limits=LocalLimits(stream=Limits(output_bytes=20_000)))
    romeo, juliet = town.login(f"{ROMEO}/orchard"), town.login(f"{JULIET}/balcony")
    juliet.end.frozen = True
    for _ in range(3):
        romeo.say(Message(juliet.jid, "x" * 10_000))
    assert juliet.link.phase is not Phase.ESTABLISHED
    assert romeo.session.phase is Phase.ESTABLISHED


def test_many_clients_that_do_not_read_are_closed_one_after_the_other() -> None:
    """Telling the others that one is gone finds the next one, and so on: however many there are."""
    town = Town(limits=LocalLimits(queue_bytes=60_000, resources=200))
    clients = [town.login(f"{JULIET}/{number}", priority=None) for number in range(170)]
    for client in clients:  # each is told of those before: nobody is to be told twice while this is set up
        client.say(Presence())
        for other in clients:
            other.end.take()  # `heard` would have the whole town come to rest each time
    for client in clients[1:]:
        client.end.frozen = True
    for _ in range(20):
        clients[0].say(Presence(status="x" * 4000))
    assert clients[0].session.phase is Phase.ESTABLISHED
    assert all(client.link.phase is not Phase.ESTABLISHED for client in clients[1:])
    unavailable = {stanza.sender for stanza in clients[0].heard() if stanza.type == "unavailable"}
    assert unavailable == {client.jid for client in clients[1:]}


def test_a_client_that_closes_is_heard_no_more() -> None:
    town = Town()
    romeo, juliet = town.login(f"{ROMEO}/orchard"), town.login(f"{JULIET}/balcony")
    juliet.link.close(town.world.now)
    juliet.session.send(Message(ROMEO, "too late"), town.world.now)
    assert romeo.heard() == []


def test_the_engine_surface_of_a_link() -> None:
    server = LocalServer(["capulet.lit"], {"juliet": "secret"}, random=seeded(3))
    world = World(server)
    wire = world.join(Session(ClientConfig(jid=JID(JULIET), password="secret")))
    world.shake_hands = lambda wire: False  # type: ignore[method-assign]
    link = wire.server.engine
    assert link.wants_read
    assert link.next_timeout() == world.now + server.config.limits.handshake_seconds
    world.settle()
    question = wire.server.one(TLSRequested)
    with pytest.raises(LocalProtocolError):
        link.answer(question, None, world.now)
    with pytest.raises(LocalProtocolError):
        link.refuse(question, "nothing", world.now)
    link.tls_failed("no certificate", world.now)
    wire.server.dirty = True
    world.settle()
    assert wire.server.one(StreamEnded).reason is EndReason.TLS_FAILED
    assert server.links == []


def test_something_in_the_servers_name() -> None:
    town = Town()
    juliet = town.login(f"{JULIET}/balcony")
    juliet.link.send(Message(juliet.jid, "good morrow", sender="capulet.lit"), town.world.now)
    assert town.server.take_ready() == [juliet.link]
    town.world.wires[0].server.dirty = True
    assert bodies(juliet.heard()) == ["good morrow"]


def test_only_links_that_others_gave_something_are_ready() -> None:
    town = Town()
    juliet = town.login(f"{JULIET}/balcony")
    romeo = town.login(f"{ROMEO}/orchard")
    romeo.session.send(Message(juliet.jid, "hi"), town.world.now)
    town.server.take_ready()
    data = romeo.session.data_to_send()
    romeo.link.receive_data(data, town.world.now)
    romeo.link.next_event(town.world.now)
    assert town.server.take_ready() == [juliet.link]
    assert town.server.take_ready() == []
    romeo.session.send(Iq("get", payload=Ping()), town.world.now)
    romeo.link.receive_data(romeo.session.data_to_send(), town.world.now)
    romeo.link.next_event(town.world.now)
    assert town.server.take_ready() == []
    assert romeo.link.output_size


def test_the_same_calls_give_the_same_bytes() -> None:
    def run() -> tuple[bytes, ...]:
        town = Town()
        juliet, romeo = town.login(JULIET, roster=True), town.login(ROMEO, roster=True)
        romeo.say(Presence(JULIET, type="subscribe"))
        juliet.say(Presence(ROMEO, type="subscribed"))
        return tuple(bytes(end.sent) for end in town.world.ends())

    assert run() == run()


# --- what the server answers itself ---------------------------------------------------------------------------------


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.mark.spec("XEP-0030", "3.1", "4.1")
@pytest.mark.spec("XEP-0160", "5")
def test_service_discovery_of_the_server(town: Town) -> None:
    juliet = town.login(JULIET)
    info = juliet.run(fetch_info("capulet.lit"))
    assert info.identities == [Identity(category="server", type="im", name="xmppwire local server", lang="en")]
    assert {"http://jabber.org/protocol/disco#info", "urn:xmpp:ping", "jabber:iq:roster", "msgoffline"} <= set(
        info.features
    )
    assert juliet.run(fetch_items("capulet.lit")) == [
        DiscoItem(jid=JID("conference.capulet.lit"), name="Rooms"),
        DiscoItem(jid=JID("pubsub.capulet.lit"), name="Publish-subscribe"),
    ]
    for operation in (fetch_info("capulet.lit", "x"), fetch_items("capulet.lit", "x")):
        with pytest.raises(IqError, match="item-not-found"):
            juliet.run(operation)


@pytest.mark.spec("RFC 6120", "10.3.3")
@pytest.mark.spec("XEP-0030", "8")
@pytest.mark.parametrize("to", [None, JULIET])
def test_service_discovery_of_the_own_account(town: Town, to: str | None) -> None:
    juliet = town.login(f"{JULIET}/balcony")
    town.login(f"{JULIET}/chamber", priority=None)
    assert Identity(category="account", type="registered") in juliet.run(fetch_info(to)).identities
    assert juliet.run(fetch_items(to)) == [DiscoItem(jid=JID(f"{JULIET}/balcony"))]
    assert juliet.run(ping(to)) is None


@pytest.mark.spec("XEP-0030", "8")
@pytest.mark.spec("RFC 6121", "8.5.2.1.3", "8.5.2.2.3")
def test_accounts_of_others_answer_their_subscribers_only(town: Town) -> None:
    town.login(f"{ROMEO}/orchard")
    juliet = town.login(JULIET)
    for operation in (fetch_info(ROMEO), fetch_items(ROMEO), ping(ROMEO)):
        with pytest.raises(IqError, match="service-unavailable"):
            juliet.run(operation)
    town.befriend(JULIET, ROMEO)
    assert juliet.run(fetch_info(ROMEO)).identities
    assert juliet.run(fetch_items(ROMEO)) == [DiscoItem(jid=JID(f"{ROMEO}/orchard"))]
    assert juliet.run(ping(ROMEO)) is None


@pytest.mark.spec("XEP-0199", "4.2")
def test_ping_of_the_server(town: Town) -> None:
    assert town.login(JULIET).run(ping("capulet.lit")) is None


@pytest.mark.spec("XEP-0092", "3")
def test_version(town: Town) -> None:
    juliet = town.login(JULIET)
    reply = juliet.ask(Iq("get", "capulet.lit", payload=Version(), id="v"))
    version = reply.get(Version)
    assert version is not None
    assert version.software == "xmppwire local server"
    assert juliet.ask(Iq("get", payload=Version(), id="w")).error == StanzaError("service-unavailable")


def test_the_session_request_of_older_clients(town: Town) -> None:
    juliet = town.login(JULIET)
    assert juliet.ask(Iq("set", payload=LegacySession(), id="s")).error is None
    assert juliet.ask(Iq("set", "capulet.lit", payload=LegacySession(), id="t")).error is None


@pytest.mark.spec("RFC 6120", "8.4", "10.3.3", "10.5.1")
@pytest.mark.parametrize("to", [None, JULIET, "capulet.lit", "capulet.lit/x"])
def test_what_is_not_known_is_unavailable(town: Town, to: str | None) -> None:
    juliet = town.login(JULIET)
    reply = juliet.ask(Iq("get", to, payload=Element(("urn:example:nothing", "query")), id="q"))
    assert reply.error == StanzaError("service-unavailable")
    reply = juliet.ask(Iq("set", to, payload=Ping(), id="p"))
    assert reply.error == StanzaError("feature-not-implemented")


def test_a_request_that_cannot_be_read(town: Town) -> None:
    juliet = town.login(JULIET)
    payload = DiscoInfo().to_element()
    payload.append(Element((payload.namespace, "feature")))
    reply = juliet.ask(Iq("get", "capulet.lit", payload=payload, id="q"))
    assert reply.error is not None
    assert reply.error.condition == "bad-request"


@pytest.mark.spec("RFC 6120", "10.4.3")
def test_iqs_to_other_domains(town: Town) -> None:
    juliet = town.login(JULIET)
    with pytest.raises(IqError, match="remote-server-not-found"):
        juliet.run(ping("montague.lit"))


def test_a_request_between_two_programs(town: Town) -> None:
    town.befriend(JULIET, ROMEO)
    answers = AutomaticAnswers(handled={("jabber:iq:version", "query")})
    romeo = town.login(f"{ROMEO}/orchard", session={"answers": answers})
    juliet = town.login(f"{JULIET}/balcony")
    juliet.say(Iq("get", romeo.jid, payload=Version(), id="v"))
    (asked,) = [event for event in romeo.heard() if isinstance(event, Iq)]
    romeo.say(asked.result(Version(software="Lute", version="1")))
    (reply,) = [event for event in juliet.heard() if isinstance(event, Iq)]
    assert (reply.sender, reply.get(Version)) == (romeo.jid, Version(software="Lute", version="1"))
