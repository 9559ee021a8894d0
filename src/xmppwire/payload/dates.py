"""Date and time profiles (XEP-0082): the years 1 to 9999, fractions of a second cut to microseconds, a zone where one must be.

The form that everybody sends, `2002-09-10T23:08:25Z`, goes to the standard library at once; it accepts more forms of ISO 8601
than the profiles allow, hence the look at the separators first. Everything else is checked against the profile.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone

_ZONE = r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})"
_CLOCK = r"(?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.(?P<fraction>[0-9]+))?"
_DATETIME = re.compile(rf"(?P<day>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})T{_CLOCK}{_ZONE}")
_TIME = re.compile(rf"{_CLOCK}{_ZONE}?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OFFSET = re.compile(_ZONE)


def parse_datetime(text: str) -> datetime:
    """The moment that `text` names, with its zone. Raises ValueError."""
    if len(text) == 20 and text[4::3] == "--T::Z":
        return datetime.fromisoformat(text)
    match = _DATETIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a date and time (XEP-0082): {text[:40]!r}")
    return datetime.fromisoformat(
        f"{match['day']}T{match['clock']}{_micro(match['fraction'])}{_checked(match['zone'])}"
    )


def format_datetime(value: datetime) -> str:
    """`value` in UTC, with the fraction only where it is not zero. Raises ValueError without a zone."""
    if value.tzinfo is not UTC:
        if value.utcoffset() is None:
            raise ValueError("a moment needs a time zone; this datetime is naive")
        try:
            value = value.astimezone(UTC)
        except OverflowError:  # at the edge of the calendar: in UTC it lies in the year 0 or 10000
            return value.isoformat()
    return value.isoformat()[:-6] + "Z"


def parse_date(text: str) -> date:
    """The day that `text` names. Raises ValueError."""
    if _DATE.fullmatch(text := text.strip()) is None:
        raise ValueError(f"not a date (XEP-0082): {text[:40]!r}")
    return date.fromisoformat(text)


def parse_time(text: str) -> time:
    """The time of day that `text` names; its zone where it has one. Raises ValueError."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a time of day (XEP-0082): {text[:40]!r}")
    return time.fromisoformat(f"{match['clock']}{_micro(match['fraction'])}{_checked(match['zone'] or '')}")


def format_time(value: time) -> str:
    """`value` with its zone, `Z` for UTC."""
    text = value.isoformat()
    return text[:-6] + "Z" if text.endswith("+00:00") else text


def parse_offset(text: str) -> timezone:
    """The time zone that `Z` or `(+|-)hh:mm` names. Raises ValueError."""
    if _OFFSET.fullmatch(text := text.strip()) is None:
        raise ValueError(f"not a time zone offset (XEP-0082): {text[:40]!r}")
    if _checked(text) == "Z":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def format_offset(value: timezone) -> str:
    """`Z` or `(+|-)hh:mm`."""
    minutes = round(value.utcoffset(None).total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}" if minutes else "Z"


def _micro(fraction: str | None) -> str:
    """The fraction as the six digits that datetime can hold."""
    return f".{fraction[:6]:0<6}" if fraction else ""


def _checked(zone: str) -> str:
    """A zone is a time of day: 23:59 at most, which the standard library lets pass in part."""
    if len(zone) == 6 and (zone[1:3] > "23" or zone[4:6] > "59"):
        raise ValueError(f"not a time zone offset (XEP-0082): {zone!r}")
    return zone
