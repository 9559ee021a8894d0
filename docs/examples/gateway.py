"""A gateway to paper: what is sent to anne\\40example.org@post.localhost goes into the letter box of anne@example.org.

SECRET=... PORT=5347 BOXES=boxes python gateway.py
"""

import os
from pathlib import Path
from urllib.parse import quote

from xmppwire import JID
from xmppwire.jid import unescape_localpart
from xmppwire.protocol.disco import Identity
from xmppwire.protocol.receipts import Receipt, ReceiptRequest
from xmppwire.session import ReconnectPolicy
from xmppwire.stanza import Message, MessageType, Presence, PresenceType
from xmppwire_io.asyncio import connect_component, run


async def main() -> None:
    secret, port = os.environ["SECRET"], int(os.environ["PORT"])
    async with connect_component("post.localhost", secret, port=port, reconnect=ReconnectPolicy()) as gateway:
        gateway.session.answers.identities = [Identity(category="gateway", type="smtp", name="The post")]
        async for event in gateway:
            match event:
                case Message(type=MessageType.CHAT | MessageType.NORMAL, body=str(body), to=JID(localpart=str(name))):
                    box = Path(os.environ["BOXES"], quote(unescape_localpart(name), safe="@") + ".txt")
                    with box.open("a", encoding="utf-8") as letters:
                        letters.write(f"{event.sender}: {body}\n")
                    if event.get(ReceiptRequest) is not None and event.id:
                        await gateway.send(event.reply(payloads=[Receipt(id=event.id)]))
                case Presence(type=PresenceType.SUBSCRIBE, to=to, sender=sender):
                    await gateway.send(Presence(sender, type=PresenceType.SUBSCRIBED, sender=to))
                    await gateway.send(Presence(sender, sender=to))


if __name__ == "__main__":
    run(main)
