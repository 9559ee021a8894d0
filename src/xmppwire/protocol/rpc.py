"""Jabber-RPC (XEP-0009): XML-RPC in IQs.

A method is called with parameters and returns one value or a fault. `RpcValue.of` makes a value of what Python has, and
`RpcValue.python` is the way back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Self, cast

from xmppwire.payload import Base64Lines, Codec, Integer, Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "jabber:iq:rpc"

STANDARD = Standard(
    "XEP-0009",
    "Jabber-RPC",
    Status.FINAL,
    "2.2.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


def _decode_boolean(text: str) -> bool:
    if text.strip() not in ("0", "1"):
        raise ValueError(f"not a boolean of XML-RPC: {text[:40]!r}")
    return text.strip() == "1"


NumericBool: Codec[bool] = Codec("boolean", _decode_boolean, lambda value: "1" if value else "0", plain=True)
"""`1` and `0` only."""

AnyDateTime: Codec[datetime] = Codec(
    "date and time of XML-RPC",
    lambda text: datetime.fromisoformat(text.strip()),
    lambda value: value.isoformat(),
    plain=True,
)
"""A date and time of ISO 8601, mostly without a time zone; both the basic form and the extended one are read."""

Untyped: Codec[str | None] = Codec(
    "text", lambda text: text if text.strip() else None, lambda value: "" if value is None else value
)
"""Text that is not only white space."""


class IntegerType(StrEnum):
    """The two names of integers."""

    I4 = "i4"
    INT = "int"


class RpcInteger(Payload, ns=NAMESPACE, names=tuple(IntegerType), nested=True):
    """An integer of 32 bits."""

    type: IntegerType = field.name(default=IntegerType.INT)
    value: int = field.text(Integer(-2147483648, 2147483647))


class RpcString(Payload, ns=NAMESPACE, name="string", nested=True):
    """A string; the schema wants ASCII."""

    value: str = field.text()


class RpcDouble(Payload, ns=NAMESPACE, name="double", nested=True):
    """A number."""

    value: float = field.text()


class RpcBase64(Payload, ns=NAMESPACE, name="base64", nested=True):
    """Bytes."""

    value: bytes = field.text(Base64Lines)


class RpcBoolean(Payload, ns=NAMESPACE, name="boolean", nested=True):
    """Yes or no."""

    value: bool = field.text(NumericBool)


class RpcDateTime(Payload, ns=NAMESPACE, name="dateTime.iso8601", nested=True):
    """A date and a time of day."""

    value: datetime = field.text(AnyDateTime)


class RpcArray(Payload, ns=NAMESPACE, name="array", nested=True):
    """Values in their order."""

    data: RpcArrayData = field.child()

    @property
    def value(self) -> list[Any]:
        """The values as Python has them."""
        return [one.python for one in self.data.values]


class RpcStruct(Payload, ns=NAMESPACE, name="struct", nested=True):
    """Values by their names."""

    members: list[RpcMember] = field.children()

    @property
    def value(self) -> dict[str, Any]:
        """The values as Python has them."""
        return {member.name: member.value.python for member in self.members}


RpcContent = RpcInteger | RpcString | RpcDouble | RpcBase64 | RpcBoolean | RpcDateTime | RpcArray | RpcStruct


class RpcValue(Payload, ns=NAMESPACE, name="value", nested=True):
    """A value: `content`, or text without an element around it (`untyped`), which is a string."""

    untyped: str | None = field.text(Untyped, default=None)
    content: RpcContent | None = field.child(default=None)

    @classmethod
    def of(cls, data: Any) -> Self:
        """The value for a bool, int (of 32 bits), float, str, bytes, datetime, sequence, or mapping of names. Raises TypeError
        for anything else."""
        return cls(content=_content(data))

    @property
    def python(self) -> Any:
        """The value as `of` takes it; an empty one is the empty string."""
        return (self.untyped or "") if self.content is None else self.content.value


def _content(data: Any) -> RpcContent:
    for kind, make in _SIMPLE:
        if isinstance(data, kind):
            return make(value=data)
    if isinstance(data, Mapping):
        return _struct(cast("Mapping[str, Any]", data))
    if isinstance(data, Sequence):
        return _array(data)  # pyright: ignore[reportUnknownArgumentType] (mypy knows it without a cast)
    raise TypeError(f"XML-RPC has no {type(data).__name__}")


def _struct(data: Mapping[str, Any]) -> RpcStruct:
    return RpcStruct(members=[RpcMember(name=name, value=RpcValue.of(value)) for name, value in data.items()])


def _array(data: Sequence[Any]) -> RpcArray:
    return RpcArray(data=RpcArrayData(values=[RpcValue.of(value) for value in data]))


_SIMPLE: tuple[tuple[type, Callable[..., RpcContent]], ...] = (
    (bool, RpcBoolean),
    (int, RpcInteger),
    (float, RpcDouble),
    (str, RpcString),
    (bytes, RpcBase64),
    (datetime, RpcDateTime),
)


class RpcArrayData(Payload, ns=NAMESPACE, name="data", nested=True):
    """The values of an array."""

    values: list[RpcValue] = field.children()


class RpcMember(Payload, ns=NAMESPACE, name="member", nested=True):
    """A value with a name."""

    name: str = field.value()
    value: RpcValue = field.child()


class RpcParameter(Payload, ns=NAMESPACE, name="param", nested=True):
    """A parameter, or what a method returns."""

    value: RpcValue = field.child()


class RpcFault(Payload, ns=NAMESPACE, name="fault", nested=True):
    """Why a method returns nothing: a struct of `faultCode` and `faultString`."""

    value: RpcValue = field.child()


class MethodCall(Payload, ns=NAMESPACE, name="methodCall", nested=True):
    """Calls a method."""

    name: str = field.value(name="methodName")
    parameters: list[RpcParameter] = field.wrapped(field.children(), name="params")


class MethodResponse(Payload, ns=NAMESPACE, name="methodResponse", nested=True):
    """What it returns, as the only parameter, or a fault."""

    parameters: list[RpcParameter] = field.wrapped(field.children(), name="params")
    fault: RpcFault | None = field.child(default=None)


class Rpc(Payload, ns=NAMESPACE, name="query"):
    """A call (IQ `set`), or its response."""

    call: MethodCall | None = field.child(default=None)
    response: MethodResponse | None = field.child(default=None)
