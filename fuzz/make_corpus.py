"""Makes the seed corpus: `python fuzz/make_corpus.py` writes `fuzz/corpus` anew (but keeps `regression-*`).

The seeds of client and server are the two sides of real logins, one for each config of `properties`, with the scripts' own
source of randomness, so that every nonce and proof in them is right. The others are small documents and addresses.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from fuzz.properties import CLIENTS, SERVERS, Run  # noqa: E402 - the path comes first
from xmppwire.jid import JID  # noqa: E402
from xmppwire.stanza import Iq, Message, Presence  # noqa: E402
from xmppwire.stream import ClientConfig, Connection, Phase, ServerConfig  # noqa: E402
from xmppwire.xml import Element  # noqa: E402

CORPUS = ROOT / "fuzz" / "corpus"
STREAMS = "http://etherx.jabber.org/streams"
HEADER = f"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='{STREAMS}' version='1.0' "
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
PING = Element(("urn:xmpp:ping", "ping"))

READER = {
    "stream": HEADER
    + "to='a'>\n<message to='b' xml:lang='de'><body>&lt;&amp;&#228;</body></message> <presence/></stream:stream>",
    "prefixes": HEADER
    + "xmlns:x='urn:x'><x:a x:b='c'><d xmlns='urn:d' xmlns:e='urn:e' e:f='1'><e:g/></d></x:a></stream:stream>",
    "cdata": HEADER + "><a><![CDATA[<&>]]]]><![CDATA[>]]>\r\n</a><b c=\"'\" d='\"'/><restart/>" + HEADER + "><c/>",
    "other prefix": f"<s:stream xmlns:s='{STREAMS}' xmlns='jabber:client'><iq type='get' id='1'><q/></iq></s:stream>",
    "deep": HEADER + ">" + "<a>" * 10 + "</a>" * 10,
    "wide": HEADER + "><a b='" + ">" * 50 + "'>" + "<b/>" * 30 + "</a>",
    "damaged": HEADER + "><a></b>",
    "comment": HEADER + "><a/><!-- c -->",
    "entity": "<!DOCTYPE a [<!ENTITY b 'c'>]>" + HEADER + ">&b;",
    "UTF-8": HEADER + "><a>éß日😀\ufeff</a><é:ä xmlns:é='ü'/>",
    "not XML": "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
}
JIDS = (
    *(
        "juliet@capulet.lit",
        "juliet@capulet.lit/balcony",
        "capulet.lit",
        "capulet.lit./x",
        "a@b@c/d@e/f",
        "@/",
        "a@/b",
        "",
    ),
    *(
        "Juliet@CAPULET.lit/ Balcony ",
        "fußball@straße.example",
        "π@example.com/♥",
        "king@example.com/\u265a",
        "a@b/\u00ad",
    ),
    *("a@xn--bcher-kva.example", "a@bücher.example", "a@192.0.2.1", "a@[2001:db8::1]/x", "henry\u2163@example.com"),
    *("\u05d0\u05d1@\u05d0.example", "a@\u30fb\u30a2.example", "a@l\u00b7l.example", "\u1e9e@a/\ufb01"),
    *("space\\20cadet@example.com", "\\5c20@b", "d'artagnan", "foo bar@example.com", "x" * 1023 + "@y"),
)


class _End:
    """One end of a login: what it received becomes the seed of its harness."""

    def __init__(self, config: Any) -> None:
        self.run = Run(config, Connection, None)  # type: ignore[arg-type]
        self.script = b""
        self.taken = 0

    def take(self) -> bytes:
        data = bytes(self.run.output[self.taken :])
        self.taken = len(self.run.output)
        return data

    def act(self, letter: bytes) -> None:
        self.script += b"\0" + letter

    def receive(self, data: bytes) -> None:
        self.script += (b"\0n" if self.script else b"") + data
        self.run.receive(data)


def login(client_config: ClientConfig, server_config: ServerConfig) -> tuple[bytes, bytes]:
    """What client and server receive in a session. Both draw the random bytes that they draw in the harness."""
    client, server = _End(client_config), _End(server_config)
    for end in (client, server):
        end.run.engine.start(end.run.now)
        end.run.pull()
        end.run.piece_done()

    def exchange() -> None:
        for _ in range(50):
            moved = False
            for source, target in ((client, server), (server, client)):
                if data := source.take():
                    target.receive(data)
                    moved = True
            if not moved:
                return
        raise AssertionError("the two never come to rest")

    exchange()
    if client.run.engine.phase is Phase.ESTABLISHED:
        romeo = JID("romeo@montague.lit/orchard")
        server.run.send(Message(sender=romeo, to=client.run.engine.jid, body="hello & goodbye", lang="en"))
        server.run.send(Iq.get(PING).replace(id="p1", sender=JID("capulet.lit"), to=client.run.engine.jid))
        client.run.send(Presence(status="here"))
        client.run.send(Message(to=romeo, body="<&>"))
        client.run.send(Iq.get(PING).replace(id="p2"))
        for end in (client, server):
            end.run.pull()
            end.run.write()
        exchange()
        client.act(b"m")
        client.act(b"q")
        server.act(b"m")
        client.run.close()
        client.run.pull()
        client.run.write()
        exchange()
    return client.script, server.script


def pairs() -> dict[str, tuple[int, ClientConfig, int, ServerConfig]]:
    """A partner for each config; it is adapted to it, but never the config itself."""
    result: dict[str, tuple[int, ClientConfig, int, ServerConfig]] = {}
    partners = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 1}
    for index, other in partners.items():
        result[f"client-{index}"] = (index, CLIENTS[index], other, SERVERS[other])
    plain = replace(CLIENTS[0], mechanisms=("PLAIN",))
    result["plain"] = (0, plain, 0, SERVERS[0])
    result["token"] = (
        3,
        replace(CLIENTS[3], anonymous=False, jid=JID("juliet@capulet.lit"), token="good"),
        3,
        SERVERS[3],
    )
    result["external"] = (5, replace(CLIENTS[1], external=True), 5, SERVERS[5])
    result["wrong"] = (0, replace(CLIENTS[0], password="wrong", keys=()), 0, SERVERS[0])
    return result


def seeds() -> dict[str, dict[str, bytes]]:
    """All seeds: harness, name, content."""
    found: dict[str, dict[str, bytes]] = {name: {} for name in ("reader", "client", "server", "jid")}
    for number, (name, text) in enumerate(READER.items()):
        found["reader"][name.replace(" ", "-")] = (
            bytes([number % 4 + (0x20 if "restart" in text else 0)]) + text.encode()
        )
    for name, (client, client_config, server, server_config) in pairs().items():
        to_client, to_server = login(client_config, server_config)
        found["client"][name] = bytes([client]) + to_client
        found["server"][name] = bytes([server]) + to_server
    features = (
        HEADER + "from='capulet.lit' id='1'><stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
    )
    found["client"]["error"] = b"\0" + (
        HEADER + "from='capulet.lit' id='1'><stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>"
        "[::1]:5223</see-other-host></stream:error></stream:stream>"
    ).encode()  # fmt: skip
    found["client"]["timers"] = b"\4" + features.encode() + b"\0t\0t\0c\0t"
    found["server"]["abort"] = b"\0" + (
        f"{HEADER} to='capulet.lit'><auth xmlns='{SASL}' mechanism='SCRAM-SHA-1'>biwsbj1hLHI9Yg==</auth>"
        f"<abort xmlns='{SASL}'/>"
    ).encode() + b"\0r" + (
        b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGp1bGlldAByMG0zMA==</auth>"
    )  # fmt: skip
    for number, text in enumerate(JIDS):
        found["jid"][f"{number:02}"] = text.encode()
    return found


def main() -> None:
    """Write the corpus."""
    for harness, files in seeds().items():
        folder = CORPUS / harness
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            if not path.name.startswith("regression-"):
                path.unlink()
        for name, data in files.items():
            (folder / name).write_bytes(data)
        print(f"{harness}: {len(files)} seeds, {sum(map(len, files.values()))} bytes")


if __name__ == "__main__":
    main()
