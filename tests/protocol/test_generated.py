"""Every class with instances that Hypothesis makes: `-k 0203` runs those of XEP-0203, `-k Delay` one class."""

from __future__ import annotations

import sys

import pytest
from hypothesis import strategies as st

from tests.payload.xmltext import element
from tests.protocol.corpus import exceptions
from tests.protocol.definitions import all_classes, classes_of, numbers_of
from tests.protocol.schemas import faults, schema_file
from tests.protocol.strategies import drawn, instances, narrowed, samples, unnarrowed
from xmppwire.payload import Payload

CLASSES = [(id_, cls) for id_, cls in all_classes() if not cls.read_only]
SCHEMAS = [
    (id_, cls, file)
    for id_, cls in CLASSES
    if (file := schema_file(cls.element_names[0], id_.partition("-")[0])) is not None
]


def text(payload: Payload) -> str:
    out: list[str] = []
    payload.write(out)
    return "".join(out)


@pytest.mark.parametrize("cls", [cls for _, cls in CLASSES], ids=[id_ for id_, _ in CLASSES])
def test_there_and_back(cls: type[Payload]) -> None:
    for payload in sorted(samples(cls), key=lambda payload: len(repr(payload))):
        again = payload.to_element()
        assert cls.from_element(again) == payload
        written = element(text(payload))
        assert written == again
        assert cls.from_element(written) == payload


def known_fault(cls: type[Payload]) -> str | None:
    """Why the schema does not take instances of a class, where that is the schema's fault."""
    reasons = [
        exceptions(number).get("schema", {}).get(cls.__name__) for number in numbers_of(sys.modules[cls.__module__])
    ]
    return next((reason for reason in reasons if reason is not None), None)


@pytest.mark.parametrize(("cls", "file"), [pair[1:] for pair in SCHEMAS], ids=[id_ for id_, _, _ in SCHEMAS])
def test_instances_validate(cls: type[Payload], file: str) -> None:
    found = invalid(instances(cls, tame=True), file)
    if known_fault(cls) is None:
        assert not found, min(found, key=len)
    else:
        assert found, f"{cls.__name__} validates; take it out of [schema]"
    if narrowed(cls):
        assert invalid(unnarrowed(cls), file), f"{cls.__name__} validates anyway; take it out of [valid]"


def invalid(payloads: st.SearchStrategy[Payload], file: str) -> list[str]:
    """The faults that a schema finds in some instances."""
    return [f"{line} ({file})\n{xml}" for xml in map(text, drawn(payloads)) for line in faults(file, xml)]


def test_exceptions_name_classes_that_exist() -> None:
    for number in {number for _, cls in CLASSES for number in numbers_of(sys.modules[cls.__module__])}:
        names = {cls.__name__ for cls in classes_of(number)}
        for table in ("schema", "valid"):
            listed = set(exceptions(number).get(table, {}))
            assert listed <= names, f"exceptions/{number}.toml, [{table}]: no class is called {listed - names}"
        for name, rules in exceptions(number).get("valid", {}).items():
            assert rules["reason"], f"exceptions/{number}.toml, [valid.{name}]: say why"


def test_strategies_cover_values_and_nothing() -> None:
    """A strategy that never gave an optional field would test little."""
    from xmppwire.protocol.delay import Delay

    seen = drawn(instances(Delay))
    assert {delay.sender is None for delay in seen} == {delay.reason == "" for delay in seen} == {True, False}
    assert narrowed(Delay) == {}
