"""A client made with slixmpp whose stream outlives its connections (XEP-0198): `slixmpp_resuming.py OPTIONS`.

It dials again whenever the connection breaks, resumes, and sends every message back with "echo: " in front. A message "stop"
ends it. Lines of JSON tell what happens.
"""

import asyncio
import json
import ssl
import sys

import slixmpp


class Client(slixmpp.ClientXMPP):
    def __init__(self, jid, password, ca_file, host, port):
        super().__init__(jid, password, ssl_context=ssl.create_default_context(cafile=ca_file))
        self.register_plugin("xep_0198")
        self.place = host, port
        self.enable_direct_tls = self.enable_plaintext = False
        self.finished = self.loop.create_future()
        self.add_event_handler("session_start", self.on_start)
        self.add_event_handler("message", self.on_message)
        self.add_event_handler("sm_enabled", lambda _: say(managed=True))
        self.add_event_handler("session_resumed", lambda _: say(resumed=True))
        self.add_event_handler("sm_failed", lambda _: say(failed=True))
        self.add_event_handler("disconnected", self.on_loss)

    def dial(self, *_):
        self.connect(*self.place)

    def on_start(self, _):
        self.send_presence()
        say(online=self.boundjid.full)

    def on_loss(self, _):
        if self.finished.done():
            return
        say(lost=True)
        self.loop.call_later(0.05, self.dial)

    def on_message(self, message):
        say(message=message["body"])
        if message["body"] == "stop":
            self.finished.set_result("done")
        else:
            message.reply(f"echo: {message['body']}").send()


def say(**line):
    print(json.dumps(line), flush=True)


async def main(options):
    client = Client(**options)
    client.dial()
    say(finished=await asyncio.wait_for(client.finished, 60))
    await client.disconnect()


asyncio.run(main(json.loads(sys.argv[1])))
