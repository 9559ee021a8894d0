"""An echo bot. BOT=echo@localhost PASSWORD=... python echo_bot.py"""

import os

from xmppwire.session import ReconnectPolicy
from xmppwire.stanza import Message, MessageType, Presence, PresenceType
from xmppwire.stream import Established
from xmppwire_io.asyncio import connect, run


async def main() -> None:
    async with connect(os.environ["BOT"], password=os.environ["PASSWORD"], reconnect=ReconnectPolicy()) as bot:
        await bot.send(Presence())
        async for event in bot:
            match event:
                case Established():  # a new stream after a loss begins without presence
                    await bot.send(Presence())
                case Presence(type=PresenceType.SUBSCRIBE, sender=sender):
                    await bot.send(Presence(sender, type=PresenceType.SUBSCRIBED))
                case Message(type=MessageType.CHAT | MessageType.NORMAL, body=str(body), sender=sender) if sender:
                    await bot.send(event.reply(body))


if __name__ == "__main__":
    run(main)
