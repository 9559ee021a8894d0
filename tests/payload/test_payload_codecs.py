"""Codecs: what they take, what they refuse, what they write."""

from __future__ import annotations

import contextlib
import enum
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppwire.jid import JID
from xmppwire.payload import (
    URI,
    Base64,
    Base64Lines,
    Bool,
    Codec,
    Date,
    DateTime,
    Enumeration,
    Float,
    Hex,
    Int,
    Integer,
    Jid,
    Language,
    Offset,
    Text,
    Time,
    Token,
    Unknown,
    UnsignedByte,
    UnsignedInt,
    UnsignedLong,
    UnsignedShort,
)

MINUS_6 = timezone(timedelta(hours=-6))


class Kind(enum.Enum):
    ONE = "one"
    TWO = 2


@pytest.mark.parametrize(
    ("codec", "text", "value", "written"),
    [
        (Text, " a ", " a ", " a "),
        (Token, " a \n b ", "a b", "a b"),
        (Bool, "true", True, "true"),
        (Bool, "1", True, "true"),
        (Bool, " 0\n", False, "false"),
        (Bool, "false", False, "false"),
        (Int, "-12", -12, "-12"),
        (Int, " +7 ", 7, "7"),
        (Int, "9" * 100, int("9" * 100), "9" * 100),
        (UnsignedByte, "255", 255, "255"),
        (UnsignedShort, "65535", 65535, "65535"),
        (UnsignedInt, "4294967295", 4294967295, "4294967295"),
        (UnsignedLong, "18446744073709551615", 18446744073709551615, "18446744073709551615"),
        (Integer(-128, 127), "-128", -128, "-128"),
        (Float, " -1.50 ", -1.5, "-1.5"),
        (Float, "1e3", 1000.0, "1000.0"),
        (Jid, "JULIET@capulet.lit", JID("juliet@capulet.lit"), "juliet@capulet.lit"),
        (Base64, "AP8=", b"\x00\xff", "AP8="),
        (Base64, "", b"", ""),
        (Base64Lines, " AP\n 8= ", b"\x00\xff", "AP8="),
        (Hex, " 00fF ", b"\x00\xff", "00ff"),
        (Language, "de-CH-1996", "de-CH-1996", "de-CH-1996"),
        (Language, "", "", ""),
        (URI, " xmpp:a@b?join ", "xmpp:a@b?join", "xmpp:a@b?join"),
        (Enumeration(Kind), "one", Kind.ONE, "one"),
        (Enumeration(Kind), " 2 ", Kind.TWO, "2"),
        (Enumeration(Kind, unknown=Unknown.KEEP), "three", "three", "three"),
        (Enumeration(Kind, unknown=Kind.ONE), "three", Kind.ONE, "one"),
        (Date, "1776-07-04", date(1776, 7, 4), "1776-07-04"),
        (Time, "16:00:00", time(16), "16:00:00"),
        (Time, "16:00:00.25Z", time(16, 0, 0, 250000, UTC), "16:00:00.250000Z"),
        (Time, "10:00:00-06:00", time(10, tzinfo=MINUS_6), "10:00:00-06:00"),
        (Offset, "Z", UTC, "Z"),
        (Offset, "-06:00", MINUS_6, "-06:00"),
        (Offset, "+05:30", timezone(timedelta(hours=5, minutes=30)), "+05:30"),
    ],
)
def test_there_and_back(codec: Codec[Any], text: str, value: object, written: str) -> None:
    assert codec.decode(text) == value
    assert codec.encode(value) == written


@pytest.mark.spec("XEP-0082", "3.2")
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1969-07-21T02:56:15Z", datetime(1969, 7, 21, 2, 56, 15, tzinfo=UTC)),
        ("1969-07-20T21:56:15-05:00", datetime(1969, 7, 21, 2, 56, 15, tzinfo=UTC)),
        ("2002-09-10T23:08:25.123Z", datetime(2002, 9, 10, 23, 8, 25, 123000, UTC)),
        ("2002-09-10T23:08:25.12345678901234567890Z", datetime(2002, 9, 10, 23, 8, 25, 123456, UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (" 2002-09-10T23:08:25Z\n", datetime(2002, 9, 10, 23, 8, 25, tzinfo=UTC)),
    ],
)
def test_moments(text: str, value: datetime) -> None:
    assert DateTime.decode(text) == value
    assert DateTime.decode(DateTime.encode(value)) == value


@given(st.datetimes(timezones=st.timezones()))
def test_every_moment_survives(value: datetime) -> None:
    try:
        utc = value.astimezone(UTC)
    except OverflowError:
        return
    assert DateTime.decode(DateTime.encode(value)) == utc
    assert DateTime.encode(value).endswith("Z")


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        (Bool, "TRUE"),
        (Bool, "yes"),
        (Int, ""),
        (Int, "1.0"),
        (Int, "1_000"),
        (Int, "٣"),
        (Int, "9" * 101),
        (UnsignedByte, "256"),
        (UnsignedByte, "-1"),
        (Float, "inf"),
        (Float, "nan"),
        (Float, "1" * 500),
        (Float, "."),
        (Jid, ""),
        (Jid, "a@"),
        (Base64, "A"),
        (Base64, "AP 8="),
        (Base64, "AP8=\n"),
        (Base64, "é"),
        (Base64Lines, "A"),
        (Hex, "0"),
        (Hex, "0g"),
        (Hex, "00 ff"),
        (Language, "de_DE"),
        (Language, "toolongsubtag"),
        (URI, "no-scheme"),
        (URI, "http://a b"),
        (Enumeration(Kind), "three"),
        (DateTime, "99999-01-01T00:00:00Z"),
        (DateTime, "2002-09-10 23:08:25Z"),
        (DateTime, "2002-09-10T23:08:25"),
        (DateTime, "2002-9-10T23:08:25Z"),
        (DateTime, "20020910T23:08:25"),
        (DateTime, "2002-02-30T23:08:25Z"),
        (DateTime, "2002-09-10T24:08:25Z"),
        (DateTime, "2002-09-10T23:08:25+25:00"),
        (DateTime, "2002-09-10T23:08:25+01:60"),
        (DateTime, "2002-09-10T23:08:25.Z"),
        (DateTime, "２002-09-10T23:08:25Z"),
        (DateTime, "-200-09-10T23:08:25Z"),
        (Date, "2002-13-01"),
        (Date, "20020101"),
        (Time, "25:00:00"),
        (Time, "1000"),
        (Time, "10:00:00+24:00"),
        (Offset, "06:00"),
        (Offset, "+24:00"),
    ],
)
def test_refused(codec: Codec[Any], text: str) -> None:
    with pytest.raises(ValueError):
        codec.decode(text)


@pytest.mark.parametrize(
    ("codec", "value"),
    [
        (UnsignedByte, 256),
        (Text, 5),
        (DateTime, datetime(2002, 9, 10)),
        (Enumeration(Kind), "one"),
        (Enumeration(Kind, unknown=Unknown.KEEP), 5),
        (Jid, 5),
        (Language, "de_DE"),
        (Base64, "text"),
    ],
)
def test_values_that_have_no_text(codec: Codec[Any], value: object) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError)):
        codec.encode(value)


def test_an_address_may_be_given_as_text() -> None:
    assert Jid.encode("JULIET@capulet.lit") == "juliet@capulet.lit"  # type: ignore[arg-type]


@given(st.text())
def test_no_text_makes_a_codec_raise_anything_else(text: str) -> None:
    for codec in (Bool, Int, Float, Jid, Base64, Base64Lines, Hex, Language, URI, DateTime, Date, Time, Offset, Token):
        with contextlib.suppress(ValueError):
            codec.decode(text)


@given(st.binary())
def test_bytes_survive(data: bytes) -> None:
    assert Base64.decode(Base64.encode(data)) == data
    assert Hex.decode(Hex.encode(data)) == data


@pytest.mark.parametrize("stamp", ["99999-01-01T00:00:00Z", "9999-12-31T24:00:00Z", "10000-01-01T00:00:00-14:00"])
def test_cve_2013_6477_a_date_beyond_the_calendar_is_refused(stamp: str) -> None:
    """libpurple fell over messages from the far future."""
    with pytest.raises(ValueError):
        DateTime.decode(stamp)
    DateTime.encode(DateTime.decode("9999-12-31T23:59:59-14:00"))  # which UTC cannot say
