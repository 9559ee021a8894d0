"""Client State Indication (XEP-0352): what the client says, and what the server's half makes of it."""

from __future__ import annotations

import pytest

from tests.stream.streams import (
    AUTH_PLAIN,
    BIND,
    CLIENT_HEADER,
    HEADER,
    SUCCESS,
    Solo,
    client_config,
    client_in_tls,
    established,
    established_client,
    established_server,
    features,
    last_id,
    mechanisms,
    server_config,
    server_in_tls,
    server_logged_in,
)
from xmppwire.stanza import Message
from xmppwire.stream import ClientStateChanged, Connection, LocalProtocolError, Phase

CSI = "urn:xmpp:csi:0"
ACTIVE, INACTIVE, OFFER = f"<active xmlns='{CSI}'/>", f"<inactive xmlns='{CSI}'/>", f"<csi xmlns='{CSI}'/>"


def client_offered() -> Solo:
    """A client at a server that offers it."""
    solo = client_in_tls()
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS, HEADER + features(BIND, OFFER))
    identifier = last_id(solo.sent())
    solo.feed(
        f"<iq type='result' id='{identifier}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
        "<jid>juliet@capulet.lit/balcony</jid></bind></iq>"
    )
    solo.sent()
    return solo


@pytest.mark.spec("XEP-0352", "4")
def test_the_client_says_it_once() -> None:
    solo = client_offered()
    assert solo.engine.set_active(True, 0.0)
    assert solo.sent() == ""  # a stream begins so
    assert solo.engine.set_active(False, 0.0)
    assert solo.engine.set_active(False, 0.0)
    assert solo.sent() == INACTIVE
    assert solo.engine.set_active(True, 0.0)
    assert solo.sent() == ACTIVE


@pytest.mark.spec("XEP-0352", "3")
def test_nothing_is_said_where_it_is_not_offered() -> None:
    solo = established_client()
    assert not solo.engine.set_active(False, 0.0)
    assert solo.sent() == ""


def test_only_clients_have_a_state() -> None:
    with pytest.raises(LocalProtocolError, match="only a client"):
        Connection(client_config()).set_active(False, 0.0)
    with pytest.raises(LocalProtocolError, match="only a client"):
        established_server(client_state=True).engine.set_active(False, 0.0)


@pytest.mark.spec("XEP-0352", "3")
def test_it_is_offered_after_the_login() -> None:
    solo = server_in_tls(client_state=True)
    solo.feed(CLIENT_HEADER)
    assert OFFER not in solo.sent()
    solo.feed(AUTH_PLAIN, CLIENT_HEADER)
    assert OFFER in solo.sent()
    solo = server_logged_in()
    solo.feed(CLIENT_HEADER)
    assert OFFER not in solo.sent()


@pytest.mark.spec("XEP-0352", "4", "5")
def test_the_server_hears_of_changes_in_their_place() -> None:
    solo = established_server(client_state=True)
    solo.feed(ACTIVE, INACTIVE + "<message to='a@b'/>" + INACTIVE + ACTIVE + "<message to='a@b'/>")
    assert [event.active if isinstance(event, ClientStateChanged) else "message" for event in solo.events] == [
        False,
        "message",
        True,
        "message",
    ]
    assert solo.sent() == ""  # there is no reply


def test_a_server_that_does_not_offer_it() -> None:
    solo = established_server()
    solo.feed(INACTIVE)
    assert solo.error == "unsupported-stanza-type"


@pytest.mark.parametrize("config", [{}, {"client_state": True}])
def test_too_early(config: dict[str, bool]) -> None:
    solo = server_logged_in(**config)
    solo.feed(CLIENT_HEADER, INACTIVE)
    assert solo.error == "unsupported-stanza-type"


def test_after_our_closing_tag_it_is_of_no_interest() -> None:
    solo = established_server(client_state=True)
    solo.engine.close(0.0)
    solo.feed(INACTIVE, "</stream:stream>")
    assert not [event for event in solo.events if isinstance(event, ClientStateChanged)]
    assert solo.ended.clean


def test_clients_do_not_hear_of_it() -> None:
    solo = client_offered()
    solo.feed(INACTIVE)
    assert solo.error == "unsupported-stanza-type"


def test_between_our_halves() -> None:
    world, wire = established(server=server_config(client_state=True))
    client: Connection = wire.client.engine
    assert client.set_active(False, world.now)
    client.send(Message("romeo@montague.lit", "hi"), world.now)
    world.settle()
    assert [type(event) for event in wire.server.events] == [ClientStateChanged, Message]
    assert wire.server.one(ClientStateChanged).active is False
    client.close(world.now)
    world.settle()
    assert client.phase is Phase.CLOSED
