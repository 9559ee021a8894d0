"""A client made with slixmpp that sends or takes a file: `slixmpp_bytestreams.py OPTIONS` with one JSON object.

It lets its `peer` know that it is there, and takes every stream, in band (XEP-0047) and over SOCKS5 (XEP-0065). With `way`
(`iq`, `message` or `socks5`) it opens one to the peer and sends `size` bytes. Lines of JSON tell what happens. It ends when its
peer is gone.
"""

import asyncio
import hashlib
import json
import ssl
import sys

import slixmpp


class Client(slixmpp.ClientXMPP):
    def __init__(self, jid, password, ca_file, peer, way=None, size=0):
        super().__init__(jid, password, ssl_context=ssl.create_default_context(cafile=ca_file))
        for plugin in ("xep_0030", "xep_0047", "xep_0065"):
            self.register_plugin(plugin, {"auto_accept": True})
        self.peer = slixmpp.JID(peer)
        self.way = way
        self.data = (bytes(range(256)) * (size // 256 + 1))[:size]
        self.received = bytearray()
        self.finished = self.loop.create_future()
        self.add_event_handler("session_start", self.on_start)
        self.add_event_handler("presence_available", self.on_available)
        self.add_event_handler("presence_unavailable", self.on_unavailable)
        self.add_event_handler("ibb_stream_start", self.on_stream)
        self.add_event_handler("socks5_data", self.received.extend)
        self.add_event_handler("socks5_closed", self.on_closed)
        self.add_event_handler("disconnected", lambda _: self.finish("disconnected"))

    def finish(self, reason):
        if not self.finished.done():
            self.finished.set_result(reason)

    def on_start(self, _):
        self.send_presence(pto=self.peer)
        say(online=self.boundjid.full)

    async def on_available(self, presence):
        if presence["from"] != self.peer or self.way is None:
            return
        if self.way == "socks5":
            sock = await self["xep_0065"].handshake(self.peer, timeout=10)
            await sock.write(self.data)
            sock.transport.close()
        else:
            messages = self.way == "message"
            stream = await self["xep_0047"].open_stream(self.peer, use_messages=messages, timeout=10)
            await stream.sendall(self.data, timeout=10)
            await stream.close(timeout=10)
        say(sent=len(self.data))

    async def on_stream(self, stream):
        if self.way is None:
            say(received=digest(await stream.gather(timeout=20)))

    def on_closed(self, _):
        if self.way is None:
            say(received=digest(self.received))

    def on_unavailable(self, presence):
        if presence["from"] == self.peer:
            self.finish("done")


def digest(data):
    return hashlib.sha256(data).hexdigest()


def say(**line):
    print(json.dumps(line), flush=True)


async def main(options):
    host, port = options.pop("host"), options.pop("port")
    client = Client(**options)
    client.enable_direct_tls = client.enable_plaintext = False
    client.connect(host, port)
    reason = await asyncio.wait_for(client.finished, 60)
    say(finished=reason)
    await client.disconnect()
    return 0 if reason == "done" else 1


sys.exit(asyncio.run(main(json.loads(sys.argv[1]))))
