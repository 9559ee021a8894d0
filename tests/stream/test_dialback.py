"""Server Dialback (XEP-0220): keys, and the three roles."""

from __future__ import annotations

import pytest

from tests.stream.dialback_world import A, B, message, outgoing, town
from xmppwire.jid import JID
from xmppwire.stanza import Message
from xmppwire.stream import Established, KeyVerified, PairVerified, check_dialback_key, dialback_key


@pytest.mark.spec("XEP-0185", "2")
def test_the_key_of_the_standard() -> None:
    facts = {"receiving": "xmpp.example.com", "originating": "example.org", "stream_id": "D60000229F"}
    key = dialback_key("s3cr3tf0rd14lb4ck", **facts)
    assert key == "37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643"
    assert check_dialback_key(key, "s3cr3tf0rd14lb4ck", **facts)
    assert not check_dialback_key(key.upper(), "s3cr3tf0rd14lb4ck", **facts)


@pytest.mark.spec("XEP-0220", "2.1")
def test_two_servers_without_certificates() -> None:
    place = town()
    wire = place.open(outgoing())
    place.world.settle()
    assert wire.client.one(PairVerified) == wire.server.one(PairVerified) == PairVerified(JID(A), JID(B))
    assert wire.client.one(Established).jid == JID(B)
    assert wire.server.one(Established).jid == JID(A)
    assert place.keys[0].one(KeyVerified).valid
    wire.client.engine.send(message("juliet@a.example", "romeo@b.example"), place.world.now)
    place.world.settle()
    assert wire.server.one(Message).body == "hi"
