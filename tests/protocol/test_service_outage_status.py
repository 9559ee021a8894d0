"""The document about an outage (XEP-0455)."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from xmppwire.protocol.service_outage_status import (
    MAX_LENGTH,
    Outage,
    OutageAddresses,
    make_status,
    parse_status,
)

BEGINNING = datetime(2021, 1, 12, 1, 1, 1, tzinfo=UTC)
OUTAGE = Outage(
    beginning=BEGINNING,
    expected_end=datetime(2021, 1, 12, 5, tzinfo=UTC),
    planned=True,
    messages={"default": "Mise à jour du serveur", "en": "The server is being updated"},
)


@pytest.mark.spec("XEP-0455", "2.2")
def test_a_document() -> None:
    document = """{
        "planned": true, "beginning": "2021-01-12T01:01:01Z", "expected_end": "2021-01-12T06:00:00+01:00", "more": [1],
        "message": {"default": "Mise à jour du serveur", "en": "The server is being updated"}}"""
    assert parse_status(document) == OUTAGE
    assert parse_status(document.encode()) == OUTAGE
    assert parse_status(make_status(OUTAGE)) == OUTAGE


def test_only_the_beginning_has_to_be_there() -> None:
    assert parse_status('{"beginning": "2021-01-12T01:01:01Z"}') == Outage(beginning=BEGINNING)
    assert json.loads(make_status(Outage(beginning=BEGINNING))) == {
        "beginning": "2021-01-12T01:01:01Z",
        "planned": False,
    }


def test_no_outage() -> None:
    assert parse_status("{}") is None
    assert make_status(None) == "{}"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("", "Mise à jour du serveur"),
        ("de", "Mise à jour du serveur"),
        ("en", "The server is being updated"),
        ("EN-gb", "The server is being updated"),
    ],
)
def test_the_text_in_a_language(language: str, text: str) -> None:
    assert OUTAGE.message(language) == text
    assert Outage(beginning=BEGINNING).message(language) is None


@pytest.mark.parametrize(
    "document",
    [
        "",
        "[]",
        "null",
        '"beginning"',
        '{"planned": true}',
        '{"beginning": 5}',
        '{"beginning": "today"}',
        '{"beginning": "2021-01-12T01:01:01Z", "expected_end": false}',
        '{"beginning": "2021-01-12T01:01:01Z", "planned": "yes"}',
        '{"beginning": "2021-01-12T01:01:01Z", "message": "down"}',
        '{"beginning": "2021-01-12T01:01:01Z", "message": {"default": 1}}',
        b"\xff{}",
        "[" * MAX_LENGTH,
        "{" + " " * MAX_LENGTH + "}",
    ],
)
def test_what_is_no_such_document(document: str | bytes) -> None:
    with pytest.raises(ValueError):
        parse_status(document)


def test_messages_need_a_default() -> None:
    with pytest.raises(ValueError, match="default"):
        make_status(Outage(beginning=BEGINNING, messages={"en": "down"}))


def test_the_addresses() -> None:
    form = OutageAddresses(addresses=["https://status.example/status.json"]).to_form()
    assert form.form_type == "urn:xmpp:sos:0"
    assert OutageAddresses.from_form(form).addresses == ["https://status.example/status.json"]
