"""Internet of Things - Sensor Data (XEP-0323): values read out of a device. Withdrawn: its elements are read, not
written.

A request is accepted or refused by IQ; values come in messages with its number, until one says that it is done.
"""

from __future__ import annotations

from datetime import date, datetime, time

from xmppwire.payload import Payload, field
from xmppwire.protocol._iot import Int32, Int64, LocalDateTime
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:iot:sensordata"
STANDARD = Standard(
    "XEP-0323",
    "Internet of Things - Sensor Data",
    Status.RETRACTED,
    "0.6",
    (NAMESPACE,),
    (Role.CLIENT, Role.COMPONENT),
    note="Read only.",
)


class SensorNodeReference(Payload, read_only=True):
    """A node behind a device, and where it is found."""

    node_id: str = field.attribute(name="nodeId")
    source_id: str | None = field.attribute(name="sourceId", default=None)
    cache_type: str | None = field.attribute(name="cacheType", default=None)


class SensorNode(SensorNodeReference, ns=NAMESPACE, name="node", nested=True):
    """A node that is asked."""


class SensorFieldTypes(Payload, read_only=True):
    """Kinds of value: of now, extremes, states, calculated, names, and those of the past by their spacing (section
    4.6)."""

    momentary: bool = field.attribute(default=False)
    peak: bool = field.attribute(default=False)
    status: bool = field.attribute(default=False)
    computed: bool = field.attribute(default=False)
    identity: bool = field.attribute(default=False)
    historical_second: bool = field.attribute(name="historicalSecond", default=False)
    historical_minute: bool = field.attribute(name="historicalMinute", default=False)
    historical_hour: bool = field.attribute(name="historicalHour", default=False)
    historical_day: bool = field.attribute(name="historicalDay", default=False)
    historical_week: bool = field.attribute(name="historicalWeek", default=False)
    historical_month: bool = field.attribute(name="historicalMonth", default=False)
    historical_quarter: bool = field.attribute(name="historicalQuarter", default=False)
    historical_year: bool = field.attribute(name="historicalYear", default=False)
    historical_other: bool = field.attribute(name="historicalOther", default=False)


class ReadoutRequest(SensorFieldTypes, ns=NAMESPACE, name="req"):
    """Asks for values, of the nodes and the names given or of all; `since` and `until` bound their times."""

    seqnr: int = field.attribute(Int32)
    all: bool = field.attribute(default=False)
    historical: bool = field.attribute(default=False)
    since: datetime | None = field.attribute(LocalDateTime, name="from", default=None)
    until: datetime | None = field.attribute(LocalDateTime, name="to", default=None)
    when: datetime | None = field.attribute(LocalDateTime, default=None)
    service_token: str | None = field.attribute(name="serviceToken", default=None)
    device_token: str | None = field.attribute(name="deviceToken", default=None)
    user_token: str | None = field.attribute(name="userToken", default=None)
    nodes: list[SensorNode] = field.children()
    names: list[str] = field.values(name="field", attribute="name")


class Readout(Payload, read_only=True):
    """What carries the number of a request."""

    seqnr: int = field.attribute(Int32)


class ReadoutAccepted(Readout, ns=NAMESPACE, name="accepted"):
    """The request will be done, now or later."""

    queued: bool = field.attribute(default=False)


class ReadoutStarted(Readout, ns=NAMESPACE, name="started"):
    """A request that had to wait is being done."""


class ReadoutCancel(Readout, ns=NAMESPACE, name="cancel"):
    """Takes a request back."""


class ReadoutCancelled(Readout, ns=NAMESPACE, name="cancelled"):
    """The request was taken back."""


class ReadoutDone(Readout, ns=NAMESPACE, name="done"):
    """Nothing more will come."""


class SensorField(SensorFieldTypes):
    """A value: its name, its kinds, and how good it is (section 5.7). `module` and `string_ids` help to translate
    the name."""

    name: str = field.attribute()
    missing: bool = field.attribute(default=False)
    in_progress: bool = field.attribute(name="inProgress", default=False)
    automatic_estimate: bool = field.attribute(name="automaticEstimate", default=False)
    manual_estimate: bool = field.attribute(name="manualEstimate", default=False)
    manual_readout: bool = field.attribute(name="manualReadout", default=False)
    automatic_readout: bool = field.attribute(name="automaticReadout", default=False)
    time_offset: bool = field.attribute(name="timeOffset", default=False)
    warning: bool = field.attribute(default=False)
    error: bool = field.attribute(default=False)
    signed: bool = field.attribute(default=False)
    invoiced: bool = field.attribute(default=False)
    end_of_series: bool = field.attribute(name="endOfSeries", default=False)
    power_failure: bool = field.attribute(name="powerFailure", default=False)
    invoice_confirmed: bool = field.attribute(name="invoiceConfirmed", default=False)
    module: str | None = field.attribute(default=None)
    string_ids: str | None = field.attribute(name="stringIds", default=None)
    writable: bool | None = field.attribute(default=None)


class BooleanField(SensorField, ns=NAMESPACE, name="boolean", nested=True):
    """Yes or no."""

    value: bool = field.attribute()


class DateField(SensorField, ns=NAMESPACE, name="date", nested=True):
    """A day."""

    value: date = field.attribute()


class DateTimeField(SensorField, ns=NAMESPACE, name="dateTime", nested=True):
    """A moment."""

    value: datetime = field.attribute(LocalDateTime)


class DurationField(SensorField, ns=NAMESPACE, name="duration", nested=True):
    """A length of time, as in `PT3M30S`."""

    value: str = field.attribute()


class EnumField(SensorField, ns=NAMESPACE, name="enum", nested=True):
    """A value of the enumeration `data_type`."""

    value: str = field.attribute()
    data_type: str = field.attribute(name="dataType")


class IntField(SensorField, ns=NAMESPACE, name="int", nested=True):
    """An integer of 32 bits."""

    value: int = field.attribute(Int32)


class LongField(SensorField, ns=NAMESPACE, name="long", nested=True):
    """An integer of 64 bits."""

    value: int = field.attribute(Int64)


class NumericField(SensorField, ns=NAMESPACE, name="numeric", nested=True):
    """A number with its unit."""

    value: float = field.attribute()
    unit: str = field.attribute()


class StringField(SensorField, ns=NAMESPACE, name="string", nested=True):
    """Text."""

    value: str = field.attribute()


class TimeField(SensorField, ns=NAMESPACE, name="time", nested=True):
    """A time of day."""

    value: time = field.attribute()


class SensorTimestamp(Payload, ns=NAMESPACE, name="timestamp", nested=True, read_only=True):
    """The values of one moment."""

    value: datetime = field.attribute(LocalDateTime)
    fields: list[
        BooleanField
        | DateField
        | DateTimeField
        | DurationField
        | EnumField
        | IntField
        | LongField
        | NumericField
        | StringField
        | TimeField
    ] = field.children()


class SensorNodeFields(SensorNodeReference, ns=NAMESPACE, name="node", nested=True):
    """The values of a node."""

    timestamps: list[SensorTimestamp] = field.children()


class ReadoutFields(Readout, ns=NAMESPACE, name="fields"):
    """Values; `done`: the last ones."""

    done: bool = field.attribute(default=False)
    nodes: list[SensorNodeFields] = field.children()


class SensorError(SensorNodeReference, ns=NAMESPACE, name="error", nested=True):
    """What went wrong at a node, and when."""

    timestamp: datetime = field.attribute(LocalDateTime)
    text: str = field.text(default="")


class ReadoutFailure(Readout, ns=NAMESPACE, name="failure"):
    """Nodes that could not be read."""

    done: bool = field.attribute(default=False)
    errors: list[SensorError] = field.children()
