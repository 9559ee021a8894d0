"""A client made with slixmpp, in a process of its own: `slixmpp_client.py OPTIONS` with one JSON object.

It logs in, fetches the roster, answers pings, and sends every message back with "echo: " in front, after directed presence,
without which a server does not let strangers' pings through (RFC 6121 section 8.5.3.1). With `greet` it writes to that
address, waits for the echo, pings the address and the server, says so, and leaves. Lines of JSON tell what happens.
"""

import asyncio
import json
import ssl
import sys

import slixmpp


class Client(slixmpp.ClientXMPP):
    def __init__(self, jid, password, ca_file, greet=None):
        super().__init__(jid, password, ssl_context=ssl.create_default_context(cafile=ca_file))
        self.register_plugin("xep_0199")
        self.greet = greet
        self.echoed = asyncio.Event()
        self.finished = self.loop.create_future()
        self.add_event_handler("session_start", self.on_start)
        self.add_event_handler("message", self.on_message)
        self.add_event_handler("failed_all_auth", lambda _: self.finish("no login"))
        self.add_event_handler("disconnected", lambda _: self.finish("disconnected"))

    def finish(self, reason):
        if not self.finished.done():
            self.finished.set_result(reason)

    async def on_start(self, _):
        self.send_presence()
        await self.get_roster()
        say(online=self.boundjid.full, mechanism=self.plugin["feature_mechanisms"].mech.name)
        if self.greet is None:
            return
        self.send_message(self.greet, "hello from slixmpp <&> é", mtype="chat")
        await self.echoed.wait()
        for target in (self.greet, self.boundjid.domain):
            await self["xep_0199"].send_ping(slixmpp.JID(target), timeout=10)
            say(pinged=target)
        self.finish("done")

    def on_message(self, message):
        say(message=message["body"], sender=message["from"].full)
        if self.greet is None:
            self.send_presence(pto=message["from"])
            message.reply(f"echo: {message['body']}").send()
        elif message["body"].startswith("echo: "):
            self.echoed.set()


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
