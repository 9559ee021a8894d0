"""Nicknames: which there may be, and which look the same (XEP-0045 sections 7.2.8, 13.6 and 17.1)."""

from __future__ import annotations

import unicodedata

from .limits import RoomLimits


def nick_key(nick: str) -> str:
    """The same for nicknames that differ in case, in compatibility characters or in spaces only: nobody shall pass for somebody
    else with one of those."""
    return " ".join(unicodedata.normalize("NFKC", nick).casefold().split())


def is_nick(nick: str, limits: RoomLimits) -> bool:
    """Whether somebody may be called that: something to be seen, and not too long."""
    return len(nick) <= limits.nick and nick_key(nick) != ""
