"""Stanza errors (RFC 6120, section 8.3)."""

from __future__ import annotations

import pytest

from tests.payload.xmltext import element
from tests.support import vectors
from xmppwire.jid import JID
from xmppwire.payload import Payload, PayloadError
from xmppwire.stanza import ErrorCondition, ErrorType, Iq, Message, StanzaError, read_stanza
from xmppwire.xml import XML_LANG, Element

CLIENT = "xmlns='jabber:client'"
STANZAS = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'"


class TooMany(Payload, ns="urn:example:limits", name="too-many"):
    """An application-specific condition."""


def read(inside: str, attributes: str = "type='cancel'") -> StanzaError:
    text = f"<iq {CLIENT} id='1' type='error'><q xmlns='urn:q'/><error {attributes}>{inside}</error></iq>"
    error = read_stanza(element(text)).error
    assert error is not None
    return error


@pytest.mark.spec("RFC 6120", "8.3.3")
def test_the_conditions_and_their_types() -> None:
    facts = vectors("error_conditions.json")["stanza_errors"]
    assert {fact["condition"] for fact in facts} == {condition.value for condition in ErrorCondition}
    for fact in facts:
        expected = fact["default_type"] or fact["example_types"][0]
        assert StanzaError(fact["condition"]).type.value == expected, fact["condition"]
    assert {type_.value for type_ in ErrorType} == set(vectors("error_conditions.json")["stanza_error_types"])


@pytest.mark.parametrize("condition", list(ErrorCondition))
def test_every_condition_there_and_back(condition: ErrorCondition) -> None:
    error = StanzaError(condition, "wait", "why & how", lang="en", by="b@x", application=TooMany())
    back = StanzaError.from_element(error.to_element())
    assert back == error
    assert (back.condition, back.type, back.text, back.lang, back.by) == (
        condition,
        ErrorType.WAIT,
        "why & how",
        "en",
        JID("b@x"),
    )
    assert back.application == TooMany().to_element()
    assert back != StanzaError(condition)
    assert back != condition


@pytest.mark.spec("RFC 6120", "8.3.3.5", "8.3.3.14")
def test_new_addresses() -> None:
    error = read(f"<redirect {STANZAS}>\nxmpp:a@b\n</redirect>", "type='modify'")
    assert (error.condition, error.uri, error.type) == (ErrorCondition.REDIRECT, "xmpp:a@b", ErrorType.MODIFY)
    assert read(f"<gone {STANZAS}/>").uri is None


@pytest.mark.spec("RFC 6120", "8.3.3")
def test_an_unknown_condition_counts_as_undefined_and_is_kept() -> None:
    error = read(f"<tired {STANZAS}>zzz</tired>")
    assert error.condition is ErrorCondition.UNDEFINED_CONDITION
    assert error.unknown_condition is not None
    assert StanzaError.from_element(error.to_element()) == error
    assert error.to_element().find(("urn:ietf:params:xml:ns:xmpp-stanzas", "tired")) is not None
    assert str(error) == "tired (cancel)"


@pytest.mark.parametrize(
    ("inside", "attributes", "condition", "type_"),
    [
        ("", "", "undefined-condition", "modify"),
        ("<x xmlns='urn:x'/>", "type='wait'", "undefined-condition", "wait"),
        (f"<forbidden {STANZAS}/>", "", "forbidden", "auth"),
        (f"<forbidden {STANZAS}/>", "type='nonsense' code='403'", "forbidden", "auth"),
        (f"<forbidden {STANZAS}/><gone {STANZAS}/>", "type='auth'", "forbidden", "auth"),
        (f"<text {STANZAS}>t</text> <conflict {STANZAS}/>", "type='cancel'", "conflict", "cancel"),
    ],
)
def test_whatever_it_is_it_stays_an_error(inside: str, attributes: str, condition: str, type_: str) -> None:
    error = read(inside, attributes)
    assert (error.condition, error.type) == (condition, type_)


def test_an_error_stanza_without_error() -> None:
    assert Iq("error", id="1").error == StanzaError("undefined-condition")
    assert Message("a@b", "hi").error is None
    assert Iq("result", id="1").error is None


def test_by_must_be_an_address() -> None:
    with pytest.raises(PayloadError) as caught:
        read(f"<gone {STANZAS}/>", "by='@'")
    assert caught.value.path == "iq/error@by"


def test_text_and_application_conditions() -> None:
    error = read(f"<conflict {STANZAS}/><text {STANZAS} xml:lang='de'>nein</text><a xmlns='urn:a'/><b xmlns='urn:b'/>")
    assert (error.text, error.lang) == ("nein", "de")
    assert error.application == Element(("urn:a", "a"))
    plain = StanzaError("conflict", text="")
    assert StanzaError.from_element(plain.to_element()).text == ""
    assert StanzaError("conflict", text="x").to_element().children[1] == Element(
        ("urn:ietf:params:xml:ns:xmpp-stanzas", "text"), {}, ["x"]
    )
    assert XML_LANG in error.to_element().children[1].attributes  # type: ignore[union-attr]


def test_shown_to_people() -> None:
    error = StanzaError("item-not-found", text="no such room")
    assert str(error) == "item-not-found (cancel): no such room"
    assert "item-not-found" in repr(error)
    with pytest.raises(ValueError):
        StanzaError("no-such-condition")
    with pytest.raises(TypeError):
        hash(error)
