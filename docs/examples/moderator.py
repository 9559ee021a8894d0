"""A room moderator. BOT=guard@localhost PASSWORD=... ROOM=verona@conference.localhost python moderator.py"""

import os
from collections import Counter

from xmppwire.im.rooms import Joined, OccupantJoined, Room, RoomMessage, accept_defaults, kick
from xmppwire.operation import OperationError
from xmppwire.session import ReconnectPolicy
from xmppwire_io.asyncio import connect, run

RUDE = {"coxcomb", "knave", "zed"}


async def main() -> None:
    async with connect(os.environ["BOT"], password=os.environ["PASSWORD"], reconnect=ReconnectPolicy()) as bot:
        room, warned = Room(os.environ["ROOM"], "guard"), Counter[str]()
        await bot.send(room.join())
        async for event in bot:
            match room.feed(event):
                case Joined(created=True):
                    await bot.run(accept_defaults(room.jid))
                case OccupantJoined(occupant=occupant, initial=False):
                    await bot.send(room.message(f"Welcome, {occupant.nick}. Mind your tongue."))
                case RoomMessage(nick=str(nick), message=message, history=False) if nick != room.nick:
                    if RUDE.isdisjoint((message.body or "").lower().split()):
                        continue
                    warned[nick] += 1
                    await bot.send(room.message(f"{nick}, mind your tongue."))
                    if warned[nick] > 1:
                        try:
                            await bot.run(kick(room.jid, nick, "twice rude"))
                        except OperationError as error:
                            print(f"{nick} stays: {error}")
            if room.lost:  # by accident
                await bot.send(room.join())


if __name__ == "__main__":
    run(main)
