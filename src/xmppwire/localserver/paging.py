"""Lists in pages (XEP-0059): as much as is asked for, and never more than fits into one answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from ..protocol.rsm import First, ResultSet
from ..stanza import ErrorCondition
from .service import RequestError

T = TypeVar("T")


def page_of(
    found: Sequence[T],
    asked: ResultSet | None,
    *,
    name: Callable[[T], str],
    size: Callable[[T], int],
    room: int,
    newest: int | None = None,
) -> tuple[list[T], ResultSet | None]:
    """The part of a list that is wanted and takes at most `room` bytes, but for one item that is always there; and what to say
    of it, None where the whole list was wanted and fits.

    `name` tells items apart, `size` is how long one is. `newest` is how many are wanted from the end, without a `ResultSet`.
    Raises RequestError for a place in the list that is not there.
    """
    start, end = 0, len(found)
    places = {name(item): place for place, item in enumerate(found)}
    backwards = newest is not None
    most = end if newest is None else newest
    if asked is not None:
        backwards = asked.before is not None
        for id_ in (asked.after, asked.before):
            if id_ and id_ not in places:
                raise RequestError(ErrorCondition.ITEM_NOT_FOUND, "there is no item of this id")
        start = places[asked.after] + 1 if asked.after else min(asked.index or 0, end)
        end = places[asked.before] if asked.before else end
        most = min(most, end if asked.max is None else asked.max)
    page: list[T] = []
    for item in reversed(found[start:end]) if backwards else found[start:end]:
        room -= size(item)
        if len(page) == most or (room < 0 and page):
            break
        page.append(item)
    if backwards:
        page.reverse()
    if asked is None and (len(page) == len(found) or newest is not None):
        return page, None
    described = ResultSet(count=len(found))
    if page:
        described.first = First(index=places[name(page[0])], id=name(page[0]))
        described.last = name(page[-1])
    return page, described
