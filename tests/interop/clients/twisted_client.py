"""A client made with Twisted Words, in a process of its own; what `slixmpp_client.py` says holds here as well."""

import json
import sys
from pathlib import Path

from twisted.internet import reactor, ssl
from twisted.words.protocols.jabber import client, jid, xmlstream
from twisted.words.xish import domish

PING = "urn:xmpp:ping"


class Client:
    def __init__(self, host, port, jid_, password, ca_file, greet=None):
        self.jid = jid.JID(jid_)
        self.greet = greet
        self.status = 1
        authority = ssl.Certificate.loadPEM(Path(ca_file).read_bytes())
        trust = ssl.trustRootFromCertificates([authority])
        options = ssl.optionsForClientTLS(self.jid.host, trustRoot=trust)
        factory = client.XMPPClientFactory(self.jid, password, configurationForTLS=options)
        factory.addBootstrap(xmlstream.STREAM_AUTHD_EVENT, self.on_login)
        factory.addBootstrap(xmlstream.INIT_FAILED_EVENT, self.on_failure)
        factory.addBootstrap(xmlstream.STREAM_END_EVENT, lambda _: reactor.running and reactor.stop())
        factory.clientConnectionLost = lambda *_: None
        reactor.connectTCP(host, port, factory)
        reactor.callLater(60, self.on_failure, "too slow")

    def on_failure(self, reason):
        self.finish(str(reason))

    def on_login(self, stream):
        self.stream = stream
        self.jid = stream.authenticator.jid
        stream.addObserver("/message", self.on_message)
        stream.addObserver(f"/iq[@type='get']/ping[@xmlns='{PING}']", self.on_ping)
        stream.send(domish.Element((None, "presence")))
        roster = xmlstream.IQ(stream, "get")
        roster.addElement(("jabber:iq:roster", "query"))
        roster.send().addCallbacks(self.on_roster, self.on_failure)

    def on_roster(self, _):
        say(online=self.jid.full(), mechanism="PLAIN")
        if self.greet is not None:
            self.write(self.greet, "hello from twisted <&> é")

    def on_ping(self, iq):
        self.stream.send(xmlstream.toResponse(iq, "result"))

    def on_message(self, message):
        body = str(message.body)
        say(message=body, sender=message["from"])
        if self.greet is None:
            presence = domish.Element((None, "presence"))
            presence["to"] = message["from"]
            self.stream.send(presence)
            self.write(message["from"], f"echo: {body}")
        elif body.startswith("echo: "):
            self.ping([self.greet, self.jid.host])

    def ping(self, targets):
        if not targets:
            self.status = 0
            self.finish("done")
            return
        iq = xmlstream.IQ(self.stream, "get")
        iq.addElement((PING, "ping"))

        def answered(_):
            say(pinged=targets[0])
            self.ping(targets[1:])

        iq.send(targets[0]).addCallbacks(answered, self.on_failure)

    def write(self, to, body):
        message = domish.Element((None, "message"))
        message["to"], message["type"] = to, "chat"
        message.addElement("body", content=body)
        self.stream.send(message)

    def finish(self, reason):
        say(finished=reason)
        if hasattr(self, "stream"):
            self.stream.sendFooter()
            reactor.callLater(5, lambda: reactor.running and reactor.stop())
        elif reactor.running:
            reactor.stop()


def say(**line):
    print(json.dumps(line), flush=True)


options = json.loads(sys.argv[1])
options["jid_"] = options.pop("jid")
running = Client(**options)
reactor.run()
sys.exit(running.status)
