"""A component made with slixmpp, in a process of its own: `slixmpp_component.py OPTIONS` with one JSON object.

It answers pings, sends every message back with "echo: " in front, and accepts every subscription. Lines of JSON tell what
happens.
"""

import asyncio
import json
import sys

import slixmpp
from slixmpp.componentxmpp import ComponentXMPP


class Component(ComponentXMPP):
    def __init__(self, jid, secret, host, port):
        super().__init__(jid, secret, host, port)
        self.register_plugin("xep_0030")
        self.register_plugin("xep_0199")
        self.finished = self.loop.create_future()
        self.add_event_handler("session_start", lambda _: say(online=self.boundjid.full))
        self.add_event_handler("message", self.on_message)
        self.add_event_handler("disconnected", lambda _: self.finish("disconnected"))
        self.add_event_handler("stream_error", lambda error: say(error=error["condition"]))

    def finish(self, reason):
        if not self.finished.done():
            self.finished.set_result(reason)

    async def on_message(self, message):
        if message["body"].startswith("ping "):
            target = slixmpp.JID(message["body"][5:])
            await self["xep_0199"].send_ping(target, ifrom=message["to"], timeout=10)
            say(pinged=target.full)
        self.send_message(
            mto=message["from"], mfrom=message["to"], mbody=f"echo: {message['body']}", mtype=message["type"]
        )


def say(**line):
    print(json.dumps(line), flush=True)


async def main(options):
    component = Component(**options)
    component.connect()
    say(finished=await asyncio.wait_for(component.finished, 60))


asyncio.run(main(json.loads(sys.argv[1])))
