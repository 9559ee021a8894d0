"""Codecs: the text of an attribute or element to a Python value and back.

A codec is two functions. `decode` raises ValueError for what the standard does not allow; the mapper adds the path.
`encode` raises ValueError (or what the value's own methods raise) for a value that has no text; the writer adds the path.
`codec_for` finds the codec of an annotation, so that most fields need not name one.
"""

from __future__ import annotations

import base64
import binascii
import enum
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timezone
from decimal import Decimal
from typing import Any, Generic, TypeVar

from xmppwire.jid import JID, parse_jid
from xmppwire.payload import dates

T = TypeVar("T")
E = TypeVar("E", bound=enum.Enum)


class Unknown(enum.Enum):
    """What is done with what a definition does not name."""

    KEEP = "keep"
    """Kept as it is, and written back."""
    IGNORE = "ignore"
    """Dropped."""
    REFUSE = "refuse"
    """A `PayloadError`."""


@dataclass(frozen=True, slots=True)
class Codec(Generic[T]):
    """A pair of functions between text and `T`. `name` is for people; `plain` promises that `encode` never returns a character
    that XML wants escaped or forbids."""

    name: str
    decode: Callable[[str], T]
    encode: Callable[[T], str]
    plain: bool = False
    table: Mapping[str, T] | None = None
    """The usual texts and their values: where a text is in it, `decode` need not be called."""


def _same(text: str) -> str:
    if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance] (callers without a type checker)
        raise TypeError(f"expected str, not {type(text).__name__}")
    return text


Text: Codec[str] = Codec("text", _same, _same)
"""Text as it stands, white space included."""

Token: Codec[str] = Codec("token", lambda text: " ".join(text.split()), _same)
"""Text without white space around it, and with single blanks within (`xs:token`)."""

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def _decode_bool(text: str) -> bool:
    value = _BOOLEANS.get(text)
    if value is None:
        value = _BOOLEANS.get(text.strip())
        if value is None:
            raise ValueError(f"not a boolean: {text[:40]!r}")
    return value


Bool: Codec[bool] = Codec("boolean", _decode_bool, lambda value: "true" if value else "false", plain=True)
"""`true` and `1`, `false` and `0`; written as words."""

_INTEGER = re.compile(r"[+-]?[0-9]{1,100}")


def Integer(minimum: int | None = None, maximum: int | None = None) -> Codec[int]:  # noqa: N802 (codecs read as types)
    """Decimal integers from `minimum` to `maximum`, both included."""

    def check(value: int) -> int:
        if (minimum is not None and value < minimum) or (maximum is not None and value > maximum):
            raise ValueError(f"{value} is not between {minimum} and {maximum}")
        return value

    def decode(text: str) -> int:
        if _INTEGER.fullmatch(text) is None and _INTEGER.fullmatch(text := text.strip()) is None:
            raise ValueError(f"not an integer: {text[:40]!r}")
        return check(int(text))

    return Codec("integer", decode, lambda value: str(int(check(value))), plain=True)


Int = Integer()
"""Any integer of up to a hundred digits."""
UnsignedByte = Integer(0, 255)
UnsignedShort = Integer(0, 65535)
UnsignedInt = Integer(0, 4294967295)
UnsignedLong = Integer(0, 18446744073709551615)

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")


def _decode_float(text: str) -> float:
    if len(text) > 400 or _DECIMAL.fullmatch(text := text.strip()) is None:
        raise ValueError(f"not a decimal number: {text[:40]!r}")
    return _finite(float(text))


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"not a finite number: {value}")
    return value


def _encode_float(value: float) -> str:
    text = repr(_finite(float(value)))
    return f"{Decimal(text):f}" if "e" in text else text  # an exponent is no part of xs:decimal


Float: Codec[float] = Codec("decimal", _decode_float, _encode_float, plain=True)
"""Decimal numbers; no infinities."""

Jid: Codec[JID] = Codec("address", parse_jid, lambda value: str(_a_jid(value)))
"""Addresses (RFC 7622)."""


def _a_jid(value: JID) -> JID:
    return value if isinstance(value, JID) else parse_jid(value)  # pyright: ignore[reportUnnecessaryIsInstance]


DateTime: Codec[datetime] = Codec("date and time", dates.parse_datetime, dates.format_datetime, plain=True)
"""A moment (XEP-0082); aware, written in UTC."""
Date: Codec[date] = Codec("date", dates.parse_date, date.isoformat, plain=True)
Time: Codec[time] = Codec("time of day", dates.parse_time, dates.format_time, plain=True)
Offset: Codec[timezone] = Codec("time zone offset", dates.parse_offset, dates.format_offset, plain=True)


def _decode_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"not base64: {error}") from None


def _encode_base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


Base64: Codec[bytes] = Codec("base64", _decode_base64, _encode_base64, plain=True)
"""Bytes (RFC 4648 section 4); blanks are refused."""
Base64Lines: Codec[bytes] = Codec(
    "base64", lambda text: _decode_base64("".join(text.split())), _encode_base64, plain=True
)
"""The same, where a standard lets the text be wrapped into lines: white space anywhere is dropped."""

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})*")


def _decode_hex(text: str) -> bytes:
    if _HEX.fullmatch(text := text.strip()) is None:
        raise ValueError(f"not pairs of hexadecimal digits: {text[:40]!r}")
    return bytes.fromhex(text)


Hex: Codec[bytes] = Codec("hexadecimal", _decode_hex, bytes.hex, plain=True)
"""Bytes as hexadecimal digits, written in lower case."""

_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")


def _decode_language(text: str) -> str:
    if text and _LANGUAGE.fullmatch(text) is None:
        raise ValueError(f"not a language tag: {text[:40]!r}")
    return text


Language: Codec[str] = Codec("language tag", _decode_language, _decode_language)
"""Language tags by their shape (RFC 5646); the empty one says that no language is stated."""

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]*")


def _decode_uri(text: str) -> str:
    if _URI.fullmatch(text := text.strip()) is None:
        raise ValueError(f"not a URI: {text[:40]!r}")
    return text


URI: Codec[str] = Codec("URI", _decode_uri, _decode_uri)
"""URIs and IRIs with their scheme, checked by their characters (RFC 3986, RFC 3987)."""


def Enumeration(kind: type[E], unknown: Unknown | E = Unknown.REFUSE) -> Codec[Any]:  # noqa: N802 (codecs read as types)
    """The values of an enumeration. `unknown` says what a value becomes that is none of them: an error (`REFUSE`), the text
    itself (`KEEP`; annotate such a field with `Kind | str`), or the member given."""
    members: dict[str, E] = {str(member.value): member for member in kind}

    def decode(text: str) -> Any:
        member = members.get(text)
        if member is None:
            member = members.get(text.strip())
            if member is None:
                if unknown is Unknown.KEEP:
                    return text
                if isinstance(unknown, kind):
                    return unknown
                raise ValueError(f"not a value of {kind.__name__}: {text[:40]!r}")
        return member

    def encode(value: Any) -> str:
        if isinstance(value, kind):
            return str(value._value_)
        if unknown is Unknown.KEEP and isinstance(value, str):
            return value
        raise TypeError(f"expected {kind.__name__}, not {value!r}")

    return Codec(kind.__name__, decode, encode, table=members)


_BY_TYPE: dict[Any, Codec[Any]] = {
    str: Text,
    bool: Bool,
    int: Int,
    float: Float,
    bytes: Base64,
    JID: Jid,
    datetime: DateTime,
    date: Date,
    time: Time,
    timezone: Offset,
}


def codec_for(annotation: Any) -> Codec[Any] | None:
    """The codec that belongs to a type, or None where it has none."""
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        return Enumeration(annotation)
    return _BY_TYPE.get(annotation)
