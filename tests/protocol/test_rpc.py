"""Values of XML-RPC and Python (XEP-0009)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.protocol.schemas import faults, schema_file
from tests.support import shared_dir
from xmppwire.payload import PayloadError
from xmppwire.protocol.rpc import (
    NAMESPACE,
    IntegerType,
    MethodCall,
    MethodResponse,
    Rpc,
    RpcBoolean,
    RpcDateTime,
    RpcFault,
    RpcInteger,
    RpcParameter,
    RpcValue,
)
from xmppwire.xml import Element

VALUES: list[Any] = [
    True,
    False,
    0,
    -7,
    1.5,
    "South Dakota",
    "",
    b"\x00\xff",
    datetime(1998, 7, 17, 14, 8, 55),
    datetime(1998, 7, 17, 14, 8, 55, tzinfo=UTC),
    [],
    [1, "two", [3.5]],
    {"lowerBound": 18, "upperBound": {"open": True, "at": [139]}},
]


@pytest.mark.parametrize("data", VALUES, ids=[str(number) for number in range(len(VALUES))])
def test_there_and_back(data: Any) -> None:
    value = RpcValue.of(data)
    again = RpcValue.from_element(value.to_element())
    assert again == value
    assert again.python == data
    assert type(again.python) is type(data)


def test_what_xml_rpc_does_not_have() -> None:
    with pytest.raises(TypeError, match="NoneType"):
        RpcValue.of([None])
    with pytest.raises(PayloadError, match="2147483648"):
        RpcValue.of(2147483648).to_element()


def read(*children: Element | str) -> RpcValue:
    return RpcValue.from_element(Element((NAMESPACE, "value"), {}, list(children)))


def test_a_value_without_an_element_is_a_string() -> None:
    assert read("Colorado").python == "Colorado"
    assert read().python == ""


def test_white_space_around_a_value_is_none() -> None:
    value = read("\n  ", Element((NAMESPACE, "i4"), {}, ["6"]), "\n")
    assert value.content == RpcInteger(type=IntegerType.I4, value=6)
    assert value.untyped is None


def test_booleans_are_digits() -> None:
    assert RpcBoolean(value=True).to_element().text == "1"
    with pytest.raises(PayloadError, match="boolean/text"):
        read(Element((NAMESPACE, "boolean"), {}, ["true"]))


@pytest.mark.parametrize("text", ["19980717T14:08:55", "1998-07-17T14:08:55", " 1998-07-17T14:08:55\n"])
def test_dates_of_both_forms(text: str) -> None:
    assert read(Element((NAMESPACE, "dateTime.iso8601"), {}, [text])).content == RpcDateTime(
        value=datetime(1998, 7, 17, 14, 8, 55)
    )


def test_nested_values_and_faults_are_valid_by_the_schema() -> None:
    shared_dir()
    file = schema_file((NAMESPACE, "query"), "0009")
    assert file is not None
    values = [RpcParameter(value=RpcValue.of(data)) for data in VALUES]
    call = Rpc(call=MethodCall(name="examples.getStateName", parameters=values))
    fault = RpcFault(value=RpcValue.of({"faultCode": 23, "faultString": "Unknown stock symbol"}))
    for payload in (call, Rpc(response=MethodResponse(fault=fault))):
        out: list[str] = []
        payload.write(out)
        assert not faults(file, "".join(out))
