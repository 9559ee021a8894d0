"""What streams carry beside stanzas, where meaning hangs on details (RFC 6120, XEP-0388, 0220)."""

from __future__ import annotations

import pytest

from xmppwire.payload import PayloadError
from xmppwire.protocol import sasl2
from xmppwire.protocol.server_dialback import DialbackResult
from xmppwire.protocol.stream_elements import SASL_NAMESPACE, Auth, SaslCondition, SaslFailure, StreamError
from xmppwire.stream import StreamError as EngineError
from xmppwire.stream import StreamErrorCondition as EngineCondition
from xmppwire.xml import Element


@pytest.mark.parametrize(
    ("text", "data"), [("", None), ("\n ", None), ("=", b""), (" = ", b""), ("AGE=", b"\x00a"), ("\nAG\nE=", b"\x00a")]
)
def test_no_data_and_data_of_no_bytes_differ(text: str, data: bytes | None) -> None:
    element = Element((SASL_NAMESPACE, "auth"), {"mechanism": "PLAIN"}, [text] if text else [])
    auth = Auth.from_element(element)
    assert auth.data == data
    assert Auth.from_element(auth.to_element()) == auth


def test_how_data_are_written() -> None:
    assert Auth(mechanism="PLAIN", data=b"").to_element().text == "="
    assert Auth(mechanism="PLAIN").to_element().children == []
    # XEP-0388 has an element of its own for them, so that there is no need for the sign.
    empty = sasl2.Authenticate(mechanism="PLAIN", initial_response=b"").to_element()
    assert [(child.local, child.text) for child in empty.elements()] == [("initial-response", "")]
    assert sasl2.Authenticate.from_element(empty).initial_response == b""
    assert list(sasl2.Authenticate(mechanism="PLAIN").to_element().elements()) == []


def test_bad_data_is_an_error_with_its_path() -> None:
    with pytest.raises(PayloadError) as raised:
        Auth.from_element(Element((SASL_NAMESPACE, "auth"), {"mechanism": "PLAIN"}, ["=="]))
    assert raised.value.path == "auth/text()"


@pytest.mark.parametrize("condition", list(EngineCondition))
def test_every_error_of_the_engine_is_read(condition: EngineCondition) -> None:
    element = EngineError(condition, "Good bye", "en", "example.org:5222" if "see" in condition else None).to_element()
    error = StreamError.from_element(element)
    assert error.text == {"en": "Good bye"}
    if condition is EngineCondition.SEE_OTHER_HOST:
        assert (error.condition, error.see_other_host) == (None, "example.org:5222")
    else:
        assert (error.condition, error.see_other_host) == (condition, None)
    assert error.to_element() == element


def test_conditions_of_both_profiles_are_the_same() -> None:
    one = SaslFailure(condition=SaslCondition.NOT_AUTHORIZED).to_element()
    two = sasl2.Failure(condition=SaslCondition.NOT_AUTHORIZED).to_element()
    assert [child.name for child in one.elements()] == [child.name for child in two.elements()]
    assert one.namespace != two.namespace


@pytest.mark.parametrize("namespace", ["jabber:server", "jabber:client"])
def test_a_dialback_error_is_in_the_namespace_of_the_stream(namespace: str) -> None:
    condition = Element(("urn:ietf:params:xml:ns:xmpp-stanzas", "item-not-found"))
    error = Element((namespace, "error"), {"type": "cancel"}, [condition])
    element = Element(
        ("jabber:server:dialback", "result"), {"from": "a.example", "to": "b.example", "type": "error"}, [error]
    )
    result = DialbackResult.from_element(element)
    assert result.error is not None
    assert (result.error.namespace, result.error.condition, result.key) == (namespace, "item-not-found", "")
    assert result.to_element() == element
