"""Values of form fields: Python values to text, and whether text may stand in a field (XEP-0004 section 3.3, XEP-0122).

Types of fields are plain text here, `list-single` and so on.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from typing import Any, cast

from xmppwire.jid import JID, parse_jid
from xmppwire.payload import URI, Bool, Codec, Date, DateTime, Float, Int, Integer, Language, Time
from xmppwire.protocol.data_forms_validation import Basic, Range, Validate

MANY = frozenset(("hidden", "jid-multi", "list-multi", "text-multi"))
"""The types of field that may have several values."""

FormBool: Codec[bool] = Codec("boolean", Bool.decode, lambda value: "1" if value else "0", plain=True)
"""`true` and `1`, `false` and `0`; written as digits. Everybody has to read both, and most write digits in forms."""


def as_text(value: object) -> str:
    """A single value as text. Raises TypeError for what has no place in a form."""
    match value:
        case enum.Enum():
            return str(value.value)
        case bool():
            return FormBool.encode(value)
        case str():
            return value
        case int() | JID():
            return str(value)
        case float():
            return Float.encode(value)
        case datetime():
            return DateTime.encode(value)
        case date():
            return Date.encode(value)
        case time():
            return Time.encode(value)
        case _:
            raise TypeError(f"no value for a form: {value!r}")


def as_texts(value: object, kind: str | None) -> list[str]:
    """The values of a field of type `kind`: one, those of an iterable, or the lines of a text for `text-multi`. None is
    no value."""
    if value is None:
        return []
    if isinstance(value, str) and kind == "text-multi":
        return lines_of(value)
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes, enum.Enum)):
        return [as_text(one) for one in cast("Iterable[object]", value)]
    return [as_text(value)]


def lines_of(text: str) -> list[str]:
    """The lines of a text, whatever ends them; one at least."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def fitting(values: list[str], kind: str | None, options: list[str], validate: Validate | None) -> list[str]:
    """`values` as they may be submitted in a field of type `kind`. Raises ValueError.

    Chosen options are put into the order of the options, addresses that come twice are dropped. Regular expressions are
    not looked at: they come from the other side, and some take forever.
    """
    if len(values) > 1 and kind not in MANY:
        raise ValueError(f"a field of type {kind or 'text-single'} has one value")
    match kind:
        case "boolean":
            for value in values:
                Bool.decode(value)
        case "jid-single" | "jid-multi":
            values = [str(jid) for jid in dict.fromkeys(parse_jid(value) for value in values)]
        case "list-single" | "list-multi":
            values = _chosen(values, options, validate)
        case _:
            pass
    if validate is not None:
        _check(values, kind, validate)
    return values


def _chosen(values: list[str], options: list[str], validate: Validate | None) -> list[str]:
    place = {option: number for number, option in enumerate(options)}
    # Any other method than basic makes a list of choices an open one (XEP-0122 section 3.2).
    if validate is None or isinstance(validate.method, Basic | None):
        for value in values:
            if value not in place:
                raise ValueError(f"not among the options: {value[:40]!r}")
    return sorted(values, key=lambda value: place.get(value, len(place)))


DATATYPES: dict[str, Codec[Any]] = {
    "xs:boolean": Bool,
    "xs:integer": Int,
    "xs:int": Integer(-(2**31), 2**31 - 1),
    "xs:long": Integer(-(2**63), 2**63 - 1),
    "xs:short": Integer(-(2**15), 2**15 - 1),
    "xs:byte": Integer(-128, 127),
    "xs:nonNegativeInteger": Integer(0),
    "xs:positiveInteger": Integer(1),
    "xs:unsignedInt": Integer(0, 2**32 - 1),
    "xs:unsignedLong": Integer(0, 2**64 - 1),
    "xs:unsignedShort": Integer(0, 2**16 - 1),
    "xs:unsignedByte": Integer(0, 255),
    "xs:decimal": Float,
    "xs:float": Float,
    "xs:double": Float,
    "xs:dateTime": DateTime,
    "xs:date": Date,
    "xs:time": Time,
    "xs:language": Language,
    "xs:anyURI": URI,
}
"""The datatypes that are checked; all others count as text, as the standard wants it (section 4.1)."""


def _check(values: list[str], kind: str | None, validate: Validate) -> None:
    codec = DATATYPES.get(validate.datatype)
    if codec is not None:
        decoded = [codec.decode(value) for value in values]
        if isinstance(validate.method, Range):
            _check_range(decoded, codec.decode, validate.method)
    bounds = validate.list_range
    if bounds is not None and kind == "list-multi":
        if bounds.min is not None and len(values) < bounds.min:
            raise ValueError(f"{len(values)} values where at least {bounds.min} are wanted")
        if bounds.max is not None and len(values) > bounds.max:
            raise ValueError(f"{len(values)} values where at most {bounds.max} are wanted")


def _check_range(values: list[Any], decode: Callable[[str], Any], bounds: Range) -> None:
    for value in values:
        try:
            low = bounds.min is not None and value < decode(bounds.min)
            high = bounds.max is not None and value > decode(bounds.max)
        except (TypeError, ValueError):
            return  # a bound that is no value of the datatype bounds nothing
        if low or high:
            raise ValueError(f"{value} is not between {bounds.min} and {bounds.max}")
