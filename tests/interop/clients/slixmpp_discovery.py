"""A client made with slixmpp that tells what it is, and what it can be told: `slixmpp_discovery.py OPTIONS`, a JSON object.

It shows its presence, with capabilities (XEP-0115), to `peer`, and offers the command `greet` (XEP-0050). When it sees the
peer's capabilities it verifies them and says which features they stand for; then it executes the peer's command `config`.
Lines of JSON tell what happens. It ends when its peer is gone.
"""

import asyncio
import json
import ssl
import sys

import slixmpp


class Client(slixmpp.ClientXMPP):
    def __init__(self, jid, password, ca_file, peer):
        super().__init__(jid, password, ssl_context=ssl.create_default_context(cafile=ca_file))
        for plugin in ("xep_0004", "xep_0030", "xep_0050", "xep_0115", "xep_0128", "xep_0199"):
            self.register_plugin(plugin)
        self.peer = slixmpp.JID(peer)
        self.finished = self.loop.create_future()
        self.add_event_handler("session_start", self.on_start)
        self.add_event_handler("presence_available", self.on_available)
        self.add_event_handler("presence_unavailable", self.on_unavailable)
        self.add_event_handler("disconnected", lambda _: self.finish("disconnected"))

    def finish(self, reason):
        if not self.finished.done():
            self.finished.set_result(reason)

    async def on_start(self, _):
        self["xep_0030"].add_identity(category="client", itype="console", name="Slix")
        self["xep_0030"].add_feature("urn:xmpp:receipts")
        self["xep_0050"].add_command(node="greet", name="Greet", handler=self.greet)
        await self["xep_0115"].update_caps(broadcast=False)
        self.send_presence(pto=self.peer)
        say(online=self.boundjid.full)

    def greet(self, iq, session):
        form = self["xep_0004"].make_form("form", "Greeting")
        form.add_field(var="name", ftype="text-single", required=True)
        session["payload"] = form
        session["next"] = self.greeted
        session["has_next"] = False
        return session

    def greeted(self, payload, session):
        session["payload"] = None
        session["next"] = None
        session["notes"] = [("info", f"hello {payload['values']['name']}")]
        return session

    async def on_available(self, presence):
        if presence["from"] != self.peer:
            return
        for _ in range(100):  # the plugin asks and verifies at its leisure
            caps = await self["xep_0115"].get_caps(jid=self.peer)
            if caps is not None:
                break
            await asyncio.sleep(0.05)
        say(verified=None if caps is None else sorted(caps["features"]))
        commands = self["xep_0050"]
        answer = await commands.send_command(self.peer, "config")
        steps = [answer["command"]["status"]]
        for action, values in (("next", {"service": "httpd"}), ("complete", {"level": "5"})):
            form = self["xep_0004"].make_form("submit")
            for name, value in values.items():
                form.add_field(var=name, value=value)
            session = answer["command"]["sessionid"]
            answer = await commands.send_command(self.peer, "config", action=action, payload=form, sessionid=session)
            steps.append(answer["command"]["status"])
        say(steps=steps, notes=[text for _, text in answer["command"]["notes"]])

    def on_unavailable(self, presence):
        if presence["from"] == self.peer:
            self.finish("done")


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
