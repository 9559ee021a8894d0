"""What the tests of dialback share: two servers that open streams to each other in memory, and one engine alone.

A `Town` does what a server with adapters does: it opens a stream where a key is to be verified, asks, and passes the answer on.
"""

from __future__ import annotations

import re
from typing import Any

from tests.pair import Cut, End, Wire, World, seeded, whole
from tests.stream.streams import Solo
from xmppwire.jid import JID
from xmppwire.stanza import Message
from xmppwire.stream import (
    Connection,
    DialbackRequested,
    DomainPolicies,
    DomainPolicy,
    Established,
    Event,
    ExternalRequested,
    KeyVerified,
    S2SIncomingConfig,
    S2SOutgoingConfig,
    dialback_key,
)

DB = "jabber:server:dialback"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
SECRET = "s3cr3tf0rd14lb4ck"
A, B = "a.example", "b.example"
LOOSE = DomainPolicies(default=DomainPolicy(require_tls=False))


def header(sender: str, to: str, id: str | None = None) -> str:
    identifier = f" id='{id}'" if id else ""
    return (
        f"<stream:stream from='{sender}' to='{to}'{identifier} version='1.0' xmlns='jabber:server' "
        f"xmlns:db='{DB}' xmlns:stream='http://etherx.jabber.org/streams'>"
    )


def outgoing(local: str = A, remote: str = B, **changes: Any) -> S2SOutgoingConfig:
    given: dict[str, Any] = {
        "local": local,
        "remote": remote,
        "random": seeded(1),
        "require_tls": False,
        "policies": LOOSE,
        "dialback_secret": f"secret of {local} 012345",
    }
    return S2SOutgoingConfig(**(given | changes))


def incoming(*domains: str, **changes: Any) -> S2SIncomingConfig:
    domains = domains or (B,)
    given: dict[str, Any] = {
        "domains": domains,
        "random": seeded(sum(domains[0].encode())),
        "require_tls": False,
        "offer_tls": False,
        "policies": LOOSE,
        "dialback_secret": f"secret of {domains[0]} 012345",
    }
    return S2SIncomingConfig(**(given | changes))


def message(sender: str, to: str, body: str = "hi") -> Message:
    stanza = Message(to=JID(to), body=body)
    stanza.sender = JID(sender)
    return stanza


class Town:
    """Servers, each with an `S2SIncomingConfig`, on one virtual clock."""

    def __init__(self, servers: dict[str, S2SIncomingConfig], cut: Cut = whole) -> None:
        self.world = World()
        self.servers = servers
        self.cut = cut
        self.keys: list[End] = []
        """The ends that asked for verification."""

    def open(self, config: S2SOutgoingConfig, server: S2SIncomingConfig | None = None) -> Wire:
        """A stream from one server to another, as the DNS would lead it."""
        server = server or self.servers[config.remote]
        wire = self.world.join(Connection(config), Connection(server), cut=self.cut, start=False)
        wire.client.on_event = wire.server.on_event = self.serve
        wire.client.engine.start(self.world.now)
        wire.server.engine.start(self.world.now)
        return wire

    def serve(self, end: End, event: Event) -> None:
        now = self.world.now
        if isinstance(event, ExternalRequested):
            end.engine.answer(event, str(event.candidates[0]) if event.candidates else None, now)
        elif isinstance(event, DialbackRequested):
            self.verify(end, event)

    def verify(self, end: End, request: DialbackRequested) -> None:
        """Ask the authoritative server over a stream of its own, and pass on what it says."""
        sender, to = request.sender.domainpart, request.to.domainpart
        if sender not in self.servers:
            end.engine.refuse(request, "remote-server-not-found", self.world.now)
            return
        wire = self.open(outgoing(to, sender, verify_only=True))

        def relay(asking: End, event: Event) -> None:
            now = self.world.now
            if isinstance(event, Established):
                asking.engine.verify_key(request, now)
            elif isinstance(event, KeyVerified):
                if event.condition is not None:
                    end.engine.refuse(event.request, event.condition, now)
                else:
                    end.engine.answer(event.request, event.valid, now)
                asking.engine.close(now)

        wire.client.on_event = relay
        self.keys.append(wire.client)


def town(cut: Cut = whole, **changes: Any) -> Town:
    return Town({A: incoming(A, **changes), B: incoming(B, **changes)}, cut)


def receiver(**changes: Any) -> Solo:
    """A receiving server whose peer, a.example, has sent its header."""
    solo = Solo(incoming(**changes))
    solo.feed(header(A, B))
    solo.sent()
    return solo


ERRORS = "<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback>"
BIDI = "<bidi xmlns='urn:xmpp:features:bidi'/>"


def initiator(*features: str, **changes: Any) -> Solo:
    """An initiating server, which has shown its key on the stream "s1"."""
    solo = Solo(outgoing(**changes))
    solo.feed(header(B, A, "s1"), f"<stream:features>{''.join(features)}</stream:features>")
    return solo


def key(sender: str, to: str, id: str) -> str:
    """The key that one of the servers of `incoming` and `outgoing` makes."""
    return dialback_key(f"secret of {sender} 012345", receiving=to, originating=sender, stream_id=id)


def result(sender: str, to: str, text: str = "", kind: str | None = None) -> str:
    attribute = f" type='{kind}'" if kind else ""
    return f"<db:result from='{sender}' to='{to}'{attribute}>{text}</db:result>"


def verify(sender: str, to: str, id: str, text: str = "", kind: str | None = None) -> str:
    attribute = f" type='{kind}'" if kind else ""
    return f"<db:verify from='{sender}' to='{to}' id='{id}'{attribute}>{text}</db:verify>"


def error(condition: str) -> str:
    return f"<error type='cancel'><{condition} xmlns='{STANZAS}'/></error>"


def answers(text: str) -> list[tuple[str, str, str, str]]:
    """What was said in dialback: element, from, to, and the type or the condition of the error."""
    found: list[tuple[str, str, str, str]] = []
    for match in re.finditer(r"<db:(result|verify) ([^>]*?)(?:/>|>(.*?)</db:\1>)", text):
        facts = dict(re.findall(r"(\w+)='([^']*)'", match[2]))
        kind = facts.get("type", "key")
        if kind == "error":
            kind = re.findall(r"<error type='cancel'><([\w-]+) xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'", match[3])[
                0
            ]
        found.append((match[1], facts["from"], facts["to"], kind))
    return found


def stream_id(solo: Solo) -> str:
    """The id that a receiving server gave to the stream."""
    return str(re.findall(r"<stream:stream [^>]*id='([^']*)'", solo.sent())[-1])


def verified(**changes: Any) -> Solo:
    """A receiving server that takes what a.example sends to b.example."""
    solo = receiver(**changes)
    solo.feed(result(A, B, "key"))
    solo.engine.answer(solo.one(DialbackRequested), True, solo.now)
    solo.pull()
    assert solo.one(Established).jid == JID(A)
    solo.sent()
    solo.events.clear()
    return solo


def initiated(*features: str, **changes: Any) -> Solo:
    """An initiating server that may send from a.example to b.example."""
    solo = initiator(*features, **changes)
    solo.feed(result(B, A, kind="valid"))
    assert solo.one(Established).jid == JID(B)
    solo.sent()
    solo.events.clear()
    return solo


def asking(**changes: Any) -> tuple[Solo, DialbackRequested]:
    """A receiving server on its stream to the authoritative one, a.example, which was asked about a key."""
    solo = Solo(outgoing(B, A, verify_only=True, **changes))
    solo.feed(header(A, B, "s1"), "<stream:features/>")
    solo.one(Established)
    solo.sent()
    request = DialbackRequested(JID(A), JID(B), "s0", "key")
    solo.engine.verify_key(request, solo.now)
    solo.events.clear()
    return solo, request
