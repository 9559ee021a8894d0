"""A client made with aioxmpp whose stream outlives its connections (XEP-0198): like `slixmpp_resuming.py`."""

import asyncio
import json
import sys
from datetime import timedelta

import aioxmpp
import aioxmpp.connector


async def main(options):
    client = aioxmpp.PresenceManagedClient(
        aioxmpp.JID.fromstr(options["jid"]),
        # What checks certificates there needs functions that newer versions of pyOpenSSL have not.
        aioxmpp.make_security_layer(options["password"], no_verify=True),
        override_peer=[(options["host"], options["port"], aioxmpp.connector.STARTTLSConnector())],
    )
    client.backoff_start = timedelta(seconds=0.05)
    finished = asyncio.get_running_loop().create_future()

    def said(body, state):
        if state is aioxmpp.stream.StanzaState.SENT:
            say(sent=body)

    def heard(message):
        body = message.body.any()
        say(message=body)
        if body == "stop":
            finished.set_result("done")
            return
        reply = message.make_reply()
        reply.body[None] = f"echo: {body}"
        client.enqueue(reply, on_state_change=lambda _, state: said(body, state))

    dispatcher = client.summon(aioxmpp.dispatcher.SimpleMessageDispatcher)
    dispatcher.register_callback(None, None, heard)
    client.on_stream_suspended.connect(lambda _: say(lost=True))
    client.on_stream_resumed.connect(lambda: say(resumed=True))
    client.on_stream_destroyed.connect(lambda _: say(failed=True))
    async with client.connected() as stream:
        say(managed=stream.sm_enabled)
        say(online=str(client.local_jid))
        say(finished=await asyncio.wait_for(finished, 60))


def say(**line):
    print(json.dumps(line), flush=True)


asyncio.run(main(json.loads(sys.argv[1])))
