"""A race of addresses carried by tasks, for trio and anyio. Imports neither of the two."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from .race import AT_ONCE, DELAY, Place, Race
from .tasks import Kit


async def first_of(
    race: Race, kit: Kit, connect: Callable[[str, int], Awaitable[Any]], drop: Callable[[Any], Awaitable[None]]
) -> Any:
    """What `connect` gives for the place that answers first. Raises OSError."""
    streams: list[Any] = []
    running = 0
    begin = kit.now()

    async def attempt(place: Place, seconds: float) -> None:
        nonlocal running
        try:
            with kit.scope(deadline=kit.now() + seconds) as limit:
                streams.append(await connect(*place))
            if limit.cancelled_caught:
                raise TimeoutError
        except OSError as error:
            race.failed(place, error)
        else:
            race.won = race.won or place
            tasks.cancel_scope.cancel()
        running -= 1
        news.set()

    try:
        async with kit.group() as tasks:
            for place in race.places:
                while running >= AT_ONCE:
                    news = kit.flag()
                    await news.wait()
                seconds = race.seconds(kit.now() - begin)
                if seconds <= 0:
                    break
                running += 1
                news = kit.flag()
                tasks.start_soon(attempt, place, seconds)
                with kit.scope(deadline=kit.now() + DELAY):
                    await news.wait()
    except BaseException:
        await _drop_all(kit, streams, drop)
        raise
    await _drop_all(kit, streams[1:], drop)
    if not streams:
        raise race.fault()
    return streams[0]


async def _drop_all(kit: Kit, streams: list[Any], drop: Callable[[Any], Awaitable[None]]) -> None:
    with kit.scope(shield=True):
        for stream in streams:
            await drop(stream)
