"""Numbers of a location (XEP-0080): decimals of the schema, which knows no exponents."""

from __future__ import annotations

import math

import pytest

from tests.payload.xmltext import element
from xmppwire.payload import PayloadError
from xmppwire.protocol.user_location import UserLocation


@pytest.mark.parametrize("number", [0.0, 45.44, -0.00001, 5e-324, 1e16, 1.7976931348623157e308])
def test_numbers_are_written_as_decimals(number: float) -> None:
    written = UserLocation(lat=number).to_element()
    (lat,) = written.elements()
    assert set(lat.text) <= set("-.0123456789")
    assert UserLocation.from_element(written).lat == number


@pytest.mark.parametrize("text", ["", "1e999", "inf", "nan", "0x10", "north"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(PayloadError) as caught:
        UserLocation.from_element(
            element(f"<geoloc xmlns='http://jabber.org/protocol/geoloc'><lat>{text}</lat></geoloc>")
        )
    assert caught.value.path == "geoloc/lat/text()"


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_what_cannot_be_written(number: float) -> None:
    with pytest.raises(PayloadError):
        UserLocation(speed=number).to_element()
