"""What the tests of SASL2, Bind 2 and FAST share: a server that keeps tokens and streams, and elements written by hand."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from tests.pair import Cut, End, Wire, World, whole
from tests.stream.streams import (
    CLIENT_HEADER,
    HEADER,
    JULIET,
    Solo,
    client_config,
    client_in_tls,
    features,
    obliging_server,
    pair,
    server_config,
    server_in_tls,
)
from xmppwire.jid import JID
from xmppwire.stanza import Message
from xmppwire.stream import (
    SASL2,
    BindRequested,
    ClientConfig,
    DeviceTokens,
    Event,
    FastPolicy,
    FastToken,
    FastTokensChanged,
    FastTokensRequested,
    ResumeRequested,
    Resumption,
    SASL2Offer,
    StreamManagement,
    StreamSuspended,
    TokenReceived,
    UserAgent,
)

NS = "urn:xmpp:sasl:2"
BIND2 = "urn:xmpp:bind:0"
FAST = "urn:xmpp:fast:0"
SM = "urn:xmpp:sm:3"
SASL1 = "urn:ietf:params:xml:ns:xmpp-sasl"
CARBONS = "urn:xmpp:carbons:2"
AGENT = UserAgent(id="d4565fa7-4d72-4749-b3d3-740edbf87770", software="xmppwire", device="a test")
EPOCH = 1_700_000_000.0
DAY = 86_400.0
FEATURES = "<stream:features/>"
MANAGED = {"management": StreamManagement()}
SERVER = JID("capulet.lit")


@dataclass
class Keeper:
    """Answers the questions of a server as one with a store of tokens would."""

    tokens: dict[str, DeviceTokens] = field(default_factory=dict)
    streams: dict[str, Resumption] = field(default_factory=dict)
    questions: list[Event] = field(default_factory=list)
    keep: bool = True

    def __call__(self, end: Any, event: Event) -> None:
        engine, now = end.engine, end.world.now
        match event:
            case FastTokensRequested(device=device):
                self.questions.append(event)
                engine.answer(event, self.tokens.get(device), now)
            case FastTokensChanged(device=device, tokens=tokens):
                self.questions.append(event)
                if self.keep:
                    self.tokens[device] = tokens
                engine.answer(event, self.keep, now)
            case ResumeRequested(id=identifier):
                engine.answer(event, self.streams.get(identifier), now)
            case BindRequested(inline=True, tag=tag):
                self.questions.append(event)
                engine.answer(event, f"{tag}/chosen" if tag else "chosen", now)
            case _:
                obliging_server(end, event)

    def asked(self, kind: type) -> list[Any]:
        return [question for question in self.questions if type(question) is kind]

    def solo(self, solo: Solo, event: Event) -> None:
        class Shim:
            world = solo
            engine = solo.engine

        self(Shim, event)


def wanting(**changes: Any) -> SASL2:
    given: dict[str, Any] = {"user_agent": AGENT, "tag": "wire", **changes}
    return SASL2(**given)


def policy(**changes: Any) -> FastPolicy:
    given: dict[str, Any] = {"epoch": EPOCH, "token_secret": b"secret", **changes}
    return FastPolicy(**given)


def bare_config(along: SASL2 | None = None, **changes: Any) -> ClientConfig:
    """A client that leaves the resource to the server."""
    return client_config(**{"jid": JULIET.bare, "sasl2": wanting() if along is None else along, **changes})


def joined(
    along: SASL2 | None = None,
    *,
    keeper: Keeper | None = None,
    client: dict[str, Any] | None = None,
    server: dict[str, Any] | None = None,
    cut: Cut = whole,
    world: World | None = None,
) -> tuple[World, Wire]:
    """Two halves that speak SASL2, at rest after the login."""
    world, wire = pair(
        bare_config(along, **(client or {})),
        server_config(**{"sasl2": SASL2Offer(fast=policy(), bind_features=(CARBONS,)), **(server or {})}),
        on_server=keeper or Keeper(),
        cut=cut,
        world=world,
    )
    world.settle()
    return world, wire


def token_from(end: End) -> FastToken:
    return end.one(TokenReceived).token


def first_token(keeper: Keeper, **server: Any) -> FastToken:
    """Log in by password, and get a token."""
    _, wire = joined(wanting(request_token=True), keeper=keeper, server=server)
    return token_from(wire.client)


def lost(keeper: Keeper) -> StreamSuspended:
    """A managed stream with a message each way that did not arrive, cut off."""
    world, wire = joined(keeper=keeper, client=MANAGED, server=MANAGED)
    wire.client.engine.send(Message(to=SERVER, body="from the client"), world.now)
    wire.server.engine.send(Message(to=JULIET, body="from the server"), world.now)
    wire.cut_off()
    world.settle()
    state = wire.server.one(StreamSuspended).resumption
    keeper.streams[state.id] = state
    return wire.client.one(StreamSuspended)


# --- by hand --------------------------------------------------------------------------------------------------------


def b64(data: bytes | str) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def authentication(*mechanisms: str, inline: str = "", after: str = "") -> str:
    names = "".join(f"<mechanism>{name}</mechanism>" for name in mechanisms)
    return f"<authentication xmlns='{NS}'>{names}<inline>{inline}</inline></authentication>{after}"


BIND_INLINE = f"<bind xmlns='{BIND2}'><inline><feature var='{SM}'/><feature var='{CARBONS}'/></inline></bind>"
SM_INLINE = f"<sm xmlns='{SM}'/>"
FAST_INLINE = (
    f"<fast xmlns='{FAST}'><mechanism>HT-SHA-256-EXPR</mechanism><mechanism>HT-SHA-256-NONE</mechanism></fast>"
)


def success(jid: str, *inner: str) -> str:
    return f"<success xmlns='{NS}'><authorization-identifier>{jid}</authorization-identifier>{''.join(inner)}</success>"


def failure(condition: str, text: str = "") -> str:
    words = f"<text>{text}</text>" if text else ""
    return f"<failure xmlns='{NS}'><{condition} xmlns='{SASL1}'/>{words}</failure>"


def client_at_sasl2(offered: str, **changes: Any) -> Solo:
    """A client to which SASL2 is offered inside TLS; what it sent is the next thing to look at."""
    solo = client_in_tls(**{"jid": JULIET.bare, "sasl2": wanting(), **changes})
    solo.sent()
    solo.feed(HEADER + features(offered))
    return solo


def server_at_sasl2(keeper: Keeper | None = None, header: str = CLIENT_HEADER, **changes: Any) -> Solo:
    """A server that has offered SASL2 inside TLS; `<authenticate/>` is next."""
    solo = server_in_tls(**{"sasl2": SASL2Offer(fast=policy(), bind_features=(CARBONS,)), **changes})
    if keeper is not None:
        solo.on_event = keeper.solo
    solo.feed(header)
    solo.sent()
    return solo


def authenticate(mechanism: str = "PLAIN", initial: bytes | str | None = "\0juliet\0r0m30myr0m30", *inner: str) -> str:
    response = "" if initial is None else f"<initial-response>{b64(initial)}</initial-response>"
    return f"<authenticate xmlns='{NS}' mechanism='{mechanism}'>{response}{''.join(inner)}</authenticate>"


USER_AGENT = f"<user-agent id='{AGENT.id}'/>"
