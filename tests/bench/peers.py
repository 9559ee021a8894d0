"""How slixmpp, Twisted Words and we do the same work, each in a process of its own: `python -m tests.bench.peers LIBRARY`.

No sockets: the libraries get a transport that swallows what they write, and the workload in the same pieces as our engine.
"deliver" hands every stanza to a callback of the program, "access" also reads from it what a `Tally` sums up,
"send" builds a message with body and receipt request and has it written. Prints one JSON object: the best time of each
in seconds, with what was counted.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Callable
from importlib import metadata
from typing import Any

from . import engine
from .tally import SENT_TO, Tally, sent_text
from .workload import HEADER, chunks, stanzas

ROUNDS = 2
SENT = 5_000
PIECES = chunks(b"".join(stanzas(1)))
Run = Callable[[], object]


class Transport:
    """A transport whose other end is nobody."""

    disconnecting = False

    def __init__(self) -> None:
        self.written = 0

    def write(self, data: bytes) -> None:
        self.written += len(data)

    def get_extra_info(self, name: str, default: object = None) -> object:
        return default

    def close(self) -> None:
        pass

    abort = loseConnection = close


class Slixmpp:
    """slixmpp's ClientXMPP with the plugins for what the workload holds."""

    plugins = (
        "xep_0030",
        "xep_0115",
        "xep_0184",
        "xep_0199",
        "xep_0203",
        "xep_0280",
        "xep_0297",
        "xep_0313",
        "xep_0359",
    )

    def __init__(self) -> None:
        import slixmpp
        from slixmpp.xmlstream.handler import Callback
        from slixmpp.xmlstream.matcher import StanzaPath

        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.client = client = slixmpp.ClientXMPP("juliet@capulet.example/balcony", "secret")
        client.loop = self.loop
        for plugin in self.plugins:
            client.register_plugin(plugin)
        client.del_event_handler("entity_caps", client.plugin["xep_0115"]._process_caps)  # it would ask each stranger
        client.plugin["xep_0184"].auto_ack = False
        self.transport = Transport()
        client.connection_made(self.transport)
        client._session_started = True
        self.found = Tally()
        self.access = False
        client.add_event_handler("message", self.on_message)
        client.add_event_handler("presence", self.on_presence)
        client.register_handler(Callback("archive", StanzaPath("message/mam_result"), self.on_archive))
        client.register_handler(Callback("roster", StanzaPath("iq@type=result/roster"), self.on_roster))

    def on_message(self, stanza: Any) -> None:
        found = self.found
        found.stanzas += 1
        if self.access:
            stanza["from"], stanza["to"], stanza["type"], stanza["id"]
            found.text += len(stanza["body"])
            found.receipts += bool(stanza["request_receipt"])

    def on_presence(self, stanza: Any) -> None:
        found = self.found
        found.stanzas += 1
        if self.access:
            stanza["from"], stanza["to"], stanza["type"], stanza["show"], stanza["priority"]
            found.status += len(stanza["status"])
            found.caps += len(stanza["caps"]["ver"])

    def on_archive(self, stanza: Any) -> None:
        found = self.found
        found.stanzas += 1
        if self.access:
            stanza["from"], stanza["to"], stanza["id"]
            forwarded = stanza["mam_result"]["forwarded"]
            inner = forwarded["stanza"]
            inner["from"], inner["to"], forwarded["delay"]["stamp"]
            found.archived += len(inner["body"])

    def on_roster(self, stanza: Any) -> None:
        found = self.found
        found.stanzas += 1
        if self.access:
            stanza["from"], stanza["to"], stanza["id"]
            for item in stanza["roster"]["items"].values():
                item["name"], item["subscription"], item["groups"]
                found.contacts += 1

    def feed(self) -> None:
        received = self.client.data_received
        received(HEADER)
        for piece in PIECES:
            received(piece)

    def send(self) -> None:
        client = self.client

        async def run() -> None:
            writer = asyncio.ensure_future(client.run_filters())
            for number in range(SENT):
                message = client.make_message(mto=SENT_TO, mbody=sent_text(number), mtype="chat")
                message["id"] = f"out{number}"
                message["request_receipt"] = True
                client.send(message)
                if number % 100 == 99:
                    await client.waiting_queue.join()
            await client.waiting_queue.join()
            writer.cancel()

        self.loop.run_until_complete(run())


class Twisted:
    """The XmlStream of Twisted Words, with observers."""

    def __init__(self) -> None:
        from twisted.words.protocols.jabber import jid, xmlstream
        from twisted.words.xish import domish

        self.domish = domish
        self.jid = jid.internJID
        self.transport = Transport()
        self.stream = stream = xmlstream.XmlStream(xmlstream.Authenticator())
        stream.namespace = "jabber:client"
        stream.makeConnection(self.transport)
        stream.addObserver("/message", self.on_message)
        stream.addObserver("/presence", self.on_presence)
        stream.addObserver("/iq", self.on_iq)
        self.found = Tally()
        self.access = False

    def addresses(self, stanza: Any) -> None:
        for name in ("from", "to"):
            value = stanza.getAttribute(name)
            if value is not None:
                self.jid(value)

    def on_message(self, stanza: Any) -> None:
        found = self.found
        found.stanzas += 1
        if self.access:
            self.addresses(stanza)
            stanza.getAttribute("type"), stanza.getAttribute("id")
            result = stanza.result
            if result is None:
                found.text += len(str(stanza.body))
                found.receipts += stanza.request is not None
            else:
                self.addresses(result.forwarded.message)
                result.forwarded.delay["stamp"]
                found.archived += len(str(result.forwarded.message.body))

    def on_presence(self, stanza: Any) -> None:
        found = self.found
        found.stanzas += 1
        if self.access:
            self.addresses(stanza)
            stanza.getAttribute("type"), str(stanza.show), str(stanza.priority)
            found.status += len(str(stanza.status))
            found.caps += len(stanza.c["ver"])

    def on_iq(self, stanza: Any) -> None:
        found = self.found
        found.stanzas += 1
        if self.access:
            self.addresses(stanza)
            stanza.getAttribute("type"), stanza.getAttribute("id")
            for item in stanza.query.elements():
                self.jid(item["jid"])
                item.getAttribute("name"), item["subscription"], [str(group) for group in item.elements()]
                found.contacts += 1

    def feed(self) -> None:
        received = self.stream.dataReceived
        received(HEADER)
        for piece in PIECES:
            received(piece)

    def send(self) -> None:
        for number in range(SENT):
            message = self.domish.Element((None, "message"))
            message["to"] = SENT_TO
            message["type"] = "chat"
            message["id"] = f"out{number}"
            message.addElement("body", content=sent_text(number))
            message.addElement(("urn:xmpp:receipts", "request"))
            self.stream.send(message)


class Own:
    """Our engine, as the other cases have it."""

    access = False

    def __init__(self) -> None:
        self.found = Tally()
        self.send = engine.send(SENT)

    def prepared(self) -> Run:
        return engine.access(PIECES, self.found) if self.access else engine.deliver(PIECES)


LIBRARIES: dict[str, tuple[str, Callable[[], Any]]] = {
    "slixmpp": ("slixmpp", Slixmpp),
    "twisted": ("Twisted", Twisted),
    "xmppwire": ("xmppwire", Own),
}


def best(prepare: Callable[[], Run]) -> float:
    """The shortest of some runs, each freshly prepared, in seconds of the processor."""
    times = []
    for _ in range(ROUNDS):
        run = prepare()
        gc.collect()
        begin = time.process_time()
        run()
        times.append(time.process_time() - begin)
    return min(times)


def measure(library: str) -> dict[str, Any]:
    """All cases of one library."""
    package, make = LIBRARIES[library]
    tallies = []

    def receiving(access: bool) -> Run:
        peer = make()
        peer.access = access
        tallies.append(peer.found)
        return peer.prepared() if isinstance(peer, Own) else peer.feed

    deliver = best(lambda: receiving(False))
    access = best(lambda: receiving(True))
    send = best(lambda: make().send)
    return {
        "name": f"{package} {metadata.version(package)}",
        "deliver": deliver,
        "access": access,
        "send": send / SENT,
        "tally": tallies[-1].as_dict(),
    }


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1])))
