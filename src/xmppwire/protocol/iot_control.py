"""Internet of Things - Control (XEP-0325): parameters of a device are set, one by one or with a form. Withdrawn: its
elements are read, not written."""

from __future__ import annotations

from datetime import date, datetime, time

from xmppwire.payload import Hex, Payload, field
from xmppwire.protocol._iot import Int32, Int64, LocalDateTime
from xmppwire.protocol.data_forms import DataForm
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:iot:control"
STANDARD = Standard(
    "XEP-0325",
    "Internet of Things - Control",
    Status.RETRACTED,
    "0.5.1",
    (NAMESPACE,),
    (Role.CLIENT, Role.COMPONENT),
    note="Read only.",
)


class ControlledNode(Payload, ns=NAMESPACE, name="node", nested=True, read_only=True):
    """A node behind a device, and where it is found."""

    node_id: str = field.attribute(name="nodeId")
    source_id: str | None = field.attribute(name="sourceId", default=None)
    cache_type: str | None = field.attribute(name="cacheType", default=None)


class ControlParameter(Payload, read_only=True):
    """A parameter with its name."""

    name: str = field.attribute()


class BooleanParameter(ControlParameter, ns=NAMESPACE, name="boolean", nested=True):
    """Yes or no."""

    value: bool = field.attribute()


class ColorParameter(ControlParameter, ns=NAMESPACE, name="color", nested=True):
    """A colour: red, green, blue, and perhaps alpha."""

    value: bytes = field.attribute(Hex)


class DateParameter(ControlParameter, ns=NAMESPACE, name="date", nested=True):
    """A day."""

    value: date = field.attribute()


class DateTimeParameter(ControlParameter, ns=NAMESPACE, name="dateTime", nested=True):
    """A moment."""

    value: datetime = field.attribute(LocalDateTime)


class DoubleParameter(ControlParameter, ns=NAMESPACE, name="double", nested=True):
    """A number."""

    value: float = field.attribute()


class DurationParameter(ControlParameter, ns=NAMESPACE, name="duration", nested=True):
    """A length of time, as in `PT3M30S`."""

    value: str = field.attribute()


class IntParameter(ControlParameter, ns=NAMESPACE, name="int", nested=True):
    """An integer of 32 bits."""

    value: int = field.attribute(Int32)


class LongParameter(ControlParameter, ns=NAMESPACE, name="long", nested=True):
    """An integer of 64 bits."""

    value: int = field.attribute(Int64)


class StringParameter(ControlParameter, ns=NAMESPACE, name="string", nested=True):
    """Text."""

    value: str = field.attribute()


class TimeParameter(ControlParameter, ns=NAMESPACE, name="time", nested=True):
    """A time of day."""

    value: time = field.attribute()


class ControlTokens(Payload, read_only=True):
    """Who asks, for a device that has to be told by another one (XEP-0324)."""

    lang: str | None = field.language()
    service_token: str | None = field.attribute(name="serviceToken", default=None)
    device_token: str | None = field.attribute(name="deviceToken", default=None)
    user_token: str | None = field.attribute(name="userToken", default=None)
    nodes: list[ControlledNode] = field.children()


class ControlSet(ControlTokens, ns=NAMESPACE, name="set"):
    """Sets parameters, of the nodes given or of the device: typed ones, or a form."""

    parameters: list[
        BooleanParameter
        | ColorParameter
        | DateParameter
        | DateTimeParameter
        | DoubleParameter
        | DurationParameter
        | IntParameter
        | LongParameter
        | StringParameter
        | TimeParameter
    ] = field.children()
    form: DataForm | None = field.child(default=None)


class ControlSetResponse(Payload, ns=NAMESPACE, name="setResponse", read_only=True):
    """They were set. Where only some were, they are named."""

    nodes: list[ControlledNode] = field.children()
    parameters: list[str] = field.values(name="parameter", attribute="name")


class ControlGetForm(ControlTokens, ns=NAMESPACE, name="getForm"):
    """Asks for the form with all parameters."""


class ControlParameterError(Payload, ns=NAMESPACE, name="paramError", read_only=True):
    """In an error: what is wrong with a parameter."""

    var: str = field.attribute()
    text: str = field.text(default="")


class ControlParameterGroup(Payload, ns=NAMESPACE, name="parameterGroup", read_only=True):
    """In a field of a form: fields of the same group are set together (section 5.4)."""

    name: str = field.attribute()
