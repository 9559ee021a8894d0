"""Sensor Data and Control (XEP-0323, XEP-0325), which were withdrawn: what others still send is read, nothing is written."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from tests.payload.xmltext import element, without_blanks
from xmppwire.payload import Payload, PayloadError, find
from xmppwire.protocol import iot_control, sensor_data
from xmppwire.protocol.iot_control import ControlGetForm, ControlParameterError, ControlSet, ControlSetResponse
from xmppwire.protocol.sensor_data import (
    NumericField,
    ReadoutAccepted,
    ReadoutDone,
    ReadoutFailure,
    ReadoutFields,
    ReadoutRequest,
)
from xmppwire.protocol.standard import Status

SENSOR = sensor_data.NAMESPACE
CONTROL = iot_control.NAMESPACE


def read(text: str) -> Payload:
    given = without_blanks(element(text))
    cls = find(given.name)
    assert cls is not None
    return cls.from_element(given)


def test_a_request() -> None:
    request = read(
        f"""<req xmlns="{SENSOR}" seqnr="7" momentary="1" historicalDay="true" from="2013-03-07T16:24:30"
                 to="2013-03-08T16:24:30Z" when="2013-03-09T23:30:00" serviceToken="s">
              <node nodeId="Device04" sourceId="Meters"/><field name="Energy"/><field name="Power"/>
            </req>"""
    )
    assert isinstance(request, ReadoutRequest)
    assert request.seqnr == 7
    assert request.momentary and request.historical_day and not request.peak
    assert request.since == datetime(2013, 3, 7, 16, 24, 30)
    assert request.until == datetime(2013, 3, 8, 16, 24, 30, tzinfo=UTC)
    assert request.service_token == "s"
    assert [(node.node_id, node.source_id) for node in request.nodes] == [("Device04", "Meters")]
    assert request.names == ["Energy", "Power"]


def test_values_of_all_types() -> None:
    fields = read(
        f"""<fields xmlns="{SENSOR}" seqnr="7" done="true"><node nodeId="d"><timestamp value="2013-03-07T16:24:30">
              <boolean name="a" value="1" automaticReadout="true"/>
              <date name="b" value="2013-05-01"/>
              <dateTime name="c" value="2013-04-02T08:00:00" historicalHour="true"/>
              <duration name="d" value="PT3M30S"/>
              <enum name="e" value="on" dataType="switch"/>
              <int name="f" value="-5" inProgress="true"/>
              <long name="g" value="500000000000000"/>
              <numeric name="h" value="23.4" unit="°C" module="M" stringIds="1,2" writable="false"/>
              <string name="i" value="text"/>
              <time name="j" value="08:00:00"/>
            </timestamp></node></fields>"""
    )
    assert isinstance(fields, ReadoutFields)
    assert fields.done and fields.unknown_children is None
    (stamp,) = fields.nodes[0].timestamps
    assert stamp.value == datetime(2013, 3, 7, 16, 24, 30)
    assert [one.value for one in stamp.fields] == [
        True,
        date(2013, 5, 1),
        datetime(2013, 4, 2, 8),
        "PT3M30S",
        "on",
        -5,
        500_000_000_000_000,
        23.4,
        "text",
        time(8),
    ]
    assert stamp.fields[0].automatic_readout and stamp.fields[2].historical_hour and stamp.fields[5].in_progress
    numeric = stamp.fields[7]
    assert isinstance(numeric, NumericField)
    assert (numeric.unit, numeric.module, numeric.string_ids, numeric.writable) == ("°C", "M", "1,2", False)


def test_progress_and_failure() -> None:
    accepted = read(f'<accepted xmlns="{SENSOR}" seqnr="4" queued="true"/>')
    assert isinstance(accepted, ReadoutAccepted) and accepted.queued
    for name in ("started", "cancel", "cancelled", "done"):
        assert getattr(read(f'<{name} xmlns="{SENSOR}" seqnr="4"/>'), "seqnr") == 4  # noqa: B009 (several classes)
    failure = read(
        f"""<failure xmlns="{SENSOR}" seqnr="2" done="true">
              <error nodeId="d" timestamp="2013-03-07T17:13:30">Timeout.</error>
            </failure>"""
    )
    assert isinstance(failure, ReadoutFailure)
    assert failure.errors[0].text == "Timeout."
    assert failure.errors[0].timestamp == datetime(2013, 3, 7, 17, 13, 30)


def test_parameters_of_all_types() -> None:
    given = read(
        f"""<set xmlns="{CONTROL}" xml:lang="en" userToken="u"><node nodeId="n"/>
              <boolean name="a" value="false"/>
              <color name="b" value="3399FF"/>
              <date name="c" value="2013-05-01"/>
              <dateTime name="d" value="2013-04-02T08:00:00"/>
              <double name="e" value="8.192"/>
              <duration name="f" value="PT3M30S"/>
              <int name="g" value="50000"/>
              <long name="h" value="500000000000000"/>
              <string name="i" value="text"/>
              <time name="j" value="08:00:00"/>
              <x xmlns="jabber:x:data" type="submit"><field var="k"><value>1</value></field></x>
            </set>"""
    )
    assert isinstance(given, ControlSet)
    assert given.unknown_children is None and given.unknown_attributes is None
    assert (given.lang, given.user_token, given.nodes[0].node_id) == ("en", "u", "n")
    assert [one.value for one in given.parameters] == [
        False,
        b"\x33\x99\xff",
        date(2013, 5, 1),
        datetime(2013, 4, 2, 8),
        8.192,
        "PT3M30S",
        50_000,
        500_000_000_000_000,
        "text",
        time(8),
    ]
    assert given.form is not None and given.form["k"] == "1"


def test_answers_of_a_device() -> None:
    response = read(f'<setResponse xmlns="{CONTROL}"><node nodeId="n"/><parameter name="a"/></setResponse>')
    assert isinstance(response, ControlSetResponse)
    assert (response.nodes[0].node_id, response.parameters) == ("n", ["a"])
    assert isinstance(read(f'<getForm xmlns="{CONTROL}"/>'), ControlGetForm)
    error = read(f'<paramError xmlns="{CONTROL}" var="Output">Invalid type.</paramError>')
    assert isinstance(error, ControlParameterError)
    assert (error.var, error.text) == ("Output", "Invalid type.")
    assert getattr(read(f'<parameterGroup xmlns="{CONTROL}" name="direction"/>'), "name") == "direction"  # noqa: B009


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (f'<req xmlns="{SENSOR}"/>', "req@seqnr"),
        (f'<req xmlns="{SENSOR}" seqnr="2147483648"/>', "req@seqnr"),
        (f'<req xmlns="{SENSOR}" seqnr="1" from="yesterday"/>', "req@from"),
        (f'<set xmlns="{CONTROL}"><color name="b" value="3399F"/></set>', "set/color[1]@value"),
        (f'<set xmlns="{CONTROL}"><dateTime name="b" value="99999-01-01T00:00:00"/></set>', "set/dateTime[1]@value"),
    ],
)
def test_bad_input(text: str, path: str) -> None:
    with pytest.raises(PayloadError) as caught:
        read(text)
    assert caught.value.path == path


def test_nothing_is_written() -> None:
    for payload in (ReadoutDone(seqnr=1), ControlGetForm()):
        with pytest.raises(TypeError, match="withdrawn"):
            payload.to_element()
        with pytest.raises(TypeError, match="withdrawn"):
            payload.write([])


def test_all_classes_are_read_only() -> None:
    for module in (sensor_data, iot_control):
        assert module.STANDARD.status is Status.RETRACTED
        classes = [
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Payload) and value.__module__ == module.__name__
        ]
        assert len(classes) > 10
        assert all(cls.read_only for cls in classes)
