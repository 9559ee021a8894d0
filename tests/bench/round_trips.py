"""Round trips from the first byte to the first stanza, counted between two engines in memory.

    python -m tests.bench.round_trips            # prints the table and the ladders
    python -m tests.bench.round_trips --write    # puts them into docs/howto/fast-login.md

One is counted whenever the client has sent something and can do nothing more before the answer is there. TCP and TLS 1.3 take
one each, which early data saves for TLS; both are in the figures. Management is enabled, as a client that means to
stay would.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from tests.pair import seeded
from xmppwire.jid import JID
from xmppwire.sasl import ChannelBinding, StoredCredentials
from xmppwire.stream import (
    SASL2,
    BindRequested,
    ClientConfig,
    Connection,
    CredentialsRequested,
    DeviceTokens,
    Established,
    FastPolicy,
    FastToken,
    FastTokensChanged,
    FastTokensRequested,
    FeaturesReceived,
    ManagementEnabled,
    Resumed,
    ResumeRequested,
    Resumption,
    SASL2Offer,
    ServerConfig,
    Signal,
    StreamManagement,
    TLSInfo,
    TLSRequested,
    TokenReceived,
    UserAgent,
)
from xmppwire.xml import Element

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "fast-login.md"
CLIENT, SERVER = "client", "server"
WIDTH = 27
SILENT = frozenset({"initial-response", "user-agent", "additional-data", "authorization-identifier", "tag"})
"""What stands inside of `<authenticate/>` and `<success/>` whatever is asked for along."""
_TAG = re.compile(r"<(/?)(?:\w+:)?([\w-]+)[^>]*?(/?)>")

ADDRESS = JID("juliet@capulet.lit")
AGENT = UserAgent(id="d4565fa7-4d72-4749-b3d3-740edbf87770")
TLS = TLSInfo("TLSv1.3", bindings=(ChannelBinding("tls-exporter", b"x" * 32),))
STORED = StoredCredentials.from_password("r0m30", b"salt" * 4, hash="sha256")
MANAGED = StreamManagement()


@dataclass
class Login:
    """One login, and what it left for the next."""

    round_trips: int
    features: Sequence[Element]
    token: FastToken | None
    state: Resumption | None
    flights: list[tuple[str, list[str]]] = field(default_factory=list)
    """What went over the stream: who wrote, and the names of the elements."""

    def wrote(self, who: str, data: bytes) -> bytes:
        """Keep what it was, if it was something."""
        if found := list(names(data)):
            self.flights.append((who, found))
        return data


def names(data: bytes) -> Iterator[str]:
    """The names of the elements; those inside of a login or of its result as well, if they ask for something or grant it."""
    inside: list[str] = []
    for close, name, empty in _TAG.findall(data.decode()):
        if close:
            del inside[-1:]
            continue
        if inside == ["iq"]:
            yield f"iq {name}"
        elif (not inside and name != "iq") or (inside[:1] in (["authenticate"], ["success"]) and name not in SILENT):
            yield name
        if name != "stream" and not empty:
            inside.append(name)


def log_in(
    client: ClientConfig,
    server: ServerConfig,
    tokens: dict[str, DeviceTokens],
    *,
    early: bool = False,
    state: Any = None,
) -> Login:
    """Bring two engines from the first byte to where the client may send a stanza. TCP counts for one."""
    ends = Connection(client), Connection(server)
    result = Login(1, (), None, None)
    open_ = managed = False

    def pull(engine: Connection) -> list[TLSRequested]:
        nonlocal open_, managed
        asked: list[TLSRequested] = []
        while not isinstance(event := engine.next_event(0.0), Signal):
            match event:
                case TLSRequested():
                    asked.append(event)
                case CredentialsRequested():
                    engine.answer(event, STORED, 0.0)
                case BindRequested():
                    engine.answer(event, "here", 0.0)
                case FastTokensRequested(device=device):
                    engine.answer(event, tokens.get(device), 0.0)
                case FastTokensChanged(device=device, tokens=new):
                    tokens[device] = new
                    engine.answer(event, True, 0.0)
                case ResumeRequested():
                    engine.answer(event, state, 0.0)
                case FeaturesReceived(features=features) if not result.features and len(features) > 1:
                    result.features = features
                case TokenReceived(token=token):
                    result.token = token
                case ManagementEnabled() if engine is ends[0]:
                    managed = True
                case Established() | Resumed() if engine is ends[0]:
                    open_ = True
                    managed |= isinstance(event, Resumed)
                case _:
                    pass
        return asked

    for engine in ends:
        engine.start(0.0)
    for _ in range(40):
        waiting = pull(ends[0])
        if open_ and managed:
            result.state = ends[1].resumption
            return result
        pull(ends[1])
        if waiting:
            result.round_trips += 0 if early else 1
            for engine in ends:
                engine.tls_established(replace(TLS, early_data=early), 0.0)
            continue
        data = result.wrote(CLIENT, ends[0].data_to_send())
        result.round_trips += 1
        ends[1].receive_data(data, 0.0)
        assert data or ends[1].output_size, "both wait"
        pull(ends[1])
        ends[0].receive_data(result.wrote(SERVER, ends[1].data_to_send()), 0.0)
    raise AssertionError("no end")


def logins(*, direct_tls: bool) -> dict[str, Login]:
    """The ways to log in."""
    tokens: dict[str, DeviceTokens] = {}
    offer = ServerConfig(
        domains=["capulet.lit"],
        mechanisms=["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"],
        direct_tls=direct_tls,
        random=seeded(1),
        management=MANAGED,
        sasl2=SASL2Offer(fast=FastPolicy(epoch=1.7e9, early_data=True)),
    )

    def client(along: SASL2 | None, **more: Any) -> ClientConfig:
        return ClientConfig(
            jid=ADDRESS,
            password="r0m30",
            direct_tls=direct_tls,
            random=seeded(2),
            management=MANAGED,
            sasl2=along,
            **more,
        )

    wanting = SASL2(user_agent=AGENT, request_token=True)
    classic = log_in(client(None), offer, tokens)
    first = log_in(client(wanting), offer, tokens)
    by_token = SASL2(user_agent=AGENT, token=first.token)
    remembered = replace(by_token, known_features=tuple(first.features))
    again = log_in(client(by_token), offer, tokens)
    return {
        "classic: SASL, restart, binding, management": classic,
        "classic, resumed": log_in(client(None, resume=classic.state), offer, tokens, state=classic.state),
        "SASL2 and Bind 2": first,
        "SASL2, resumed": log_in(client(wanting, resume=first.state), offer, tokens, state=first.state),
        "by a token": again,
        "by a token, features known": log_in(client(remembered), offer, tokens),
        "by a token, features known, early data": log_in(client(remembered), offer, tokens, early=True),
    }


def ladder(*, direct_tls: bool) -> dict[str, int]:
    """The ways to log in, and the round trips that each takes."""
    return {name: login.round_trips for name, login in logins(direct_tls=direct_tls).items()}


def table() -> list[str]:
    """The round trips of all ways."""
    plain, direct = ladder(direct_tls=False), ladder(direct_tls=True)
    rows = [f"| {name} | {count} | {direct[name]} |" for name, count in plain.items()]
    return ["| Login | STARTTLS | direct TLS |", "| --- | --- | --- |", *rows]


def column(title: str, login: Login) -> list[str]:
    """What goes over the stream in a login, behind TLS."""
    lines = [title, "-" * WIDTH]
    for who, found in login.flights:
        before, behind = ("", " ->") if who == CLIENT else ("   <- ", "")
        row = before
        for name, comma in zip(found, [","] * (len(found) - 1) + [behind], strict=True):
            word = name + comma
            if row.strip() not in ("", before.strip()) and len(row) + len(word) > WIDTH:
                lines.append(row.rstrip())
                row = " " * len(before)
            row += word + " "
        lines.append(row.rstrip())
    return lines


def ladders() -> list[str]:
    """Three of the ways side by side."""
    ways = logins(direct_tls=True)
    shown = {
        "classic": "classic: SASL, restart, binding, management",
        "SASL2 and Bind 2": "SASL2 and Bind 2",
        "by a token": "by a token",
        "... and known features": "by a token, features known",
    }
    columns = [column(title, ways[name]) for title, name in shown.items()]
    rows = zip_longest(*columns, fillvalue="")
    return ["  ".join(cell.ljust(WIDTH) for cell in row).rstrip() for row in rows]


def refresh(page: str) -> str:
    """The page with what is generated in its places."""
    for name, lines in (("ladders", ["```", *ladders(), "```"]), ("round trips", table())):
        text = "\n".join(lines)
        page = re.sub(
            rf"(<!-- {name} -->\n).*?(<!-- end -->)", lambda m, t=text: f"{m[1]}{t}\n{m[2]}", page, flags=re.DOTALL
        )
    return page


def main(*arguments: str) -> None:
    if "--write" in arguments:
        PAGE.write_text(refresh(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
        return
    print("\n".join([*table(), "", *ladders()]))


if __name__ == "__main__":
    main(*sys.argv[1:])
