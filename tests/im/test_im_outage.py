"""Service outage status (XEP-0455): where it is to be found, and what is to be made of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.session.play import Play
from xmppwire.im.outage import (
    ADDRESSES,
    MAX_LENGTH,
    MESSAGE_LENGTH,
    Outage,
    OutageState,
    fetch_outage_addresses,
    outage_addresses,
    read_status,
    state_of,
)
from xmppwire.protocol.data_forms import DataForm, DataFormType, Field, FieldType
from xmppwire.protocol.disco import DiscoInfo

BEGINNING = datetime(2027, 1, 12, 1, 1, 1, tzinfo=UTC)
STATUS: dict[str, Any] = {
    "planned": True,
    "beginning": "2027-01-12T01:01:01Z",
    "expected_end": "2027-01-12T05:00:00Z",
    "message": {"default": "Umbau", "en": "Works"},
}


def told(*addresses: str, type: DataFormType = DataFormType.RESULT, hidden: FieldType = FieldType.HIDDEN) -> DiscoInfo:
    fields = [
        Field(var="FORM_TYPE", type=hidden, values=["urn:xmpp:sos:0"]),
        Field(var="external-status-addresses", values=list(addresses)),
    ]
    return DiscoInfo(forms=[DataForm(type=type, fields=fields)])


@pytest.mark.spec("XEP-0455", "2.1")
def test_where_the_status_is() -> None:
    play = Play()
    running = play.run(fetch_outage_addresses("capulet.lit"))
    iq = play.asked()
    addresses = ["http://a.example/s.json", "https://b.example/s.json", "http://a.example/s.json"]
    play.say(iq.result(told(*addresses)).replace(sender="capulet.lit"))
    assert running.result() == ["https://b.example/s.json", "http://a.example/s.json"]
    assert outage_addresses(DiscoInfo()) == []


@pytest.mark.spec("XEP-0455", "2.1")
def test_addresses_that_nobody_should_fetch() -> None:
    bad = [
        "file:///etc/passwd",
        "https:///x",
        "https://u:p@a.example/",
        "https://a.example:x/",
        "https://[::1/",
        "no",
        "",
    ]
    bad += ["https://a.example/ b", "https://a.example/\u0085b", "gopher://a.example/"]
    assert outage_addresses(told(*bad)) == []
    good = "https://a.example/"
    assert outage_addresses(told(*bad, good)) == [good]
    assert outage_addresses(told(good, type=DataFormType.FORM)) == []
    assert outage_addresses(told(good, hidden=FieldType.TEXT_SINGLE)) == []
    assert len(outage_addresses(told(*(f"{good}{n}" for n in range(100))))) == ADDRESSES


@pytest.mark.spec("XEP-0455", "2.2", "4")
def test_what_a_document_says() -> None:
    outage = read_status(json.dumps({**STATUS, "more": [1]}).encode())
    assert outage is not None
    assert (outage.beginning, outage.planned) == (BEGINNING, True)
    assert (outage.message("en-GB"), outage.message("fr")) == ("Works", "Umbau")
    hour = timedelta(hours=1)
    moments = (BEGINNING - hour, BEGINNING, BEGINNING + hour, BEGINNING + 5 * hour)
    states = [state_of(outage, moment) for moment in moments]
    assert states == [OutageState.PLANNED, OutageState.UNDER_WAY, OutageState.UNDER_WAY, OutageState.OVERDUE]
    assert read_status(b"{}") is None


@pytest.mark.spec("XEP-0455", "2.2")
def test_an_outage_without_an_end() -> None:
    for end in (None, "2026-01-12T05:00:00Z"):  # or with one before it began
        outage = read_status(json.dumps({**STATUS, "expected_end": end}))
        assert outage is not None
        assert outage.expected_end is None
        assert state_of(outage, BEGINNING + timedelta(days=900)) is OutageState.UNDER_WAY


@pytest.mark.spec("XEP-0455", "2.2")
@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html/>",
        b"[]",
        b"null",
        b'"down"',
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps({"planned": True}),
        json.dumps({**STATUS, "beginning": "soon"}),
        json.dumps({**STATUS, "beginning": "2027-01-12T01:01:01"}),
        json.dumps({**STATUS, "expected_end": 5}),
        json.dumps({**STATUS, "message": "down"}),
        json.dumps({**STATUS, "message": {"default": ["down"]}}),
        json.dumps({**STATUS, "message": {"default": "a" * MAX_LENGTH}}),
    ],
)
def test_documents_that_say_nothing(document: bytes | str) -> None:
    with pytest.raises(ValueError):
        read_status(document)


def test_long_texts_are_cut() -> None:
    outage = read_status(json.dumps({**STATUS, "message": {"default": "a" * 20_000}}))
    assert isinstance(outage, Outage)
    assert outage.message() == "a" * MESSAGE_LENGTH
