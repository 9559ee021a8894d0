"""Plans to get to another server, without a network: however its DNS and its streams answer, a dial stays within bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from xmppwire_io import resolve
from xmppwire_io.dial import Attempt, Call
from xmppwire_io.federate import MAX_ADDRESSES, Federate
from xmppwire_io.resolve import MAX_TARGETS, ResolveError, Target

PLACES = [Target(f"h{number}.montague.lit", 5269) for number in range(2000)]
ADDRESSES = [(f"192.0.2.{number}", 5269) for number in range(100)]


class Engine:
    established = False


class Ended:
    """A driver whose stream has ended already."""

    ended = None
    tls_fault = ""

    def __init__(self, engine: Any) -> None:
        self.engine = engine


class Dial:
    """What is asked for, and what is told about it."""

    remote = "montague.lit"

    def __init__(self) -> None:
        self.told: list[tuple[str, bool]] = []

    def engine(self, *, direct_tls: bool = False) -> Any:
        return Engine()

    def again(self) -> bool:
        return False

    def failed(self, text: str, now: float, *, found: bool = True) -> None:
        self.told.append((text, found))


class World:
    """A hub with a clock of its own, and an adapter that answers each step at once."""

    def __init__(self) -> None:
        self.time = 0.0
        self.steps: list[Any] = []
        self.reason = ""

    def now(self) -> float:
        return self.time

    def settle(self, now: float) -> None: ...

    def forget(self, driver: Any) -> None: ...

    def adopt(self, engine: Any, tls: Any) -> Any:
        driver = Ended(engine)
        driver.tls_fault = self.reason
        return driver

    def carry_out(self, answer: Callable[[Any], Any], federate: Federate | None = None) -> tuple[str, bool]:
        """What the acceptor was told. An exception that `answer` returns is thrown."""
        dial = Dial()
        hub: Any = self
        plan = (federate or Federate()).plan(dial, hub)
        step: Any = next(plan)
        try:
            while True:
                self.steps.append(step)
                result = answer(step)
                step = plan.throw(result) if isinstance(result, Exception) else plan.send(result)
        except StopIteration:
            (told,) = dial.told
            return told


def test_the_places_of_a_dial_are_bounded() -> None:
    world = World()

    def answer(step: Any) -> Any:
        if len(world.steps) == 1:
            return PLACES
        if isinstance(step, Call):
            return ADDRESSES
        for place in step.race.places:
            step.race.failed(place, ConnectionRefusedError(111, "refused"))
        return step.race.fault()

    text, found = world.carry_out(answer)
    assert found
    assert "192.0.2.0" in text
    assert [len(step.race.places) for step in world.steps if isinstance(step, Attempt)] == [MAX_ADDRESSES]
    assert sum(isinstance(step, Call) for step in world.steps) == 2  # the first name has more than enough


def test_the_names_of_a_dial_are_bounded() -> None:
    world = World()
    text, found = world.carry_out(lambda step: PLACES if len(world.steps) == 1 else ResolveError("no such name"))
    assert len(world.steps) == 1 + MAX_TARGETS
    assert (text, found) == ("; ".join(["no such name"] * MAX_TARGETS), False)


@pytest.mark.spec("RFC 6120", "10.4")
def test_the_patience_ends_while_names_fail() -> None:
    world = World()

    def answer(step: Any) -> Any:
        world.time += 10
        return PLACES if len(world.steps) == 1 else ResolveError("no such name")

    text, found = world.carry_out(answer, Federate(patience=35.0))
    assert len(world.steps) == 4
    assert text.startswith("it took too long; no such name")
    assert found  # nobody knows that the others lead nowhere


def test_a_dial_that_had_to_wait_too_long_asks_nobody() -> None:
    world = World()
    dial = Dial()
    hub: Any = world
    plan = Federate(patience=5.0).plan(dial, hub)
    world.time = 6.0
    assert list(plan) == []
    assert dial.told == [("it took too long", True)]


def test_a_connection_gets_no_more_time_than_is_left() -> None:
    world = World()

    def answer(step: Any) -> Any:
        world.time += 4
        if isinstance(step, Attempt):
            return TimeoutError()
        return PLACES if len(world.steps) == 1 else ADDRESSES

    world.carry_out(answer, Federate(patience=19.0, connect_timeout=10.0))
    assert [step.race.seconds(0.0) for step in world.steps[2:]] == [10.0, 7.0, 3.0]


def test_what_others_say_is_cut() -> None:
    world = World()
    world.reason = ">" * 200_000

    def answer(step: Any) -> Any:
        if isinstance(step, Attempt):
            step.race.won = step.race.places[0]
            return None
        return PLACES[:1] if len(world.steps) == 1 else ADDRESSES

    text, _ = world.carry_out(answer)
    assert len(text) == 500
    assert text.startswith("192.0.2.0:5269: >>")
    assert text[199:203] == "…; 1"  # the next place is heard as well


def test_what_is_no_domain_and_no_address_is_an_answer_too() -> None:
    """Adapters hand on ValueError, from wherever it comes."""
    world = World()
    assert world.carry_out(lambda step: ValueError("no domain")) == ("no domain", False)

    def answer(step: Any) -> Any:
        if len(world.steps) <= 2:
            return PLACES[:2] if len(world.steps) == 1 else ValueError("no name")
        return ADDRESSES[:1] if isinstance(step, Call) else ValueError("no port")

    world = World()
    assert world.carry_out(answer) == ("no name; 192.0.2.0:5269: no port", True)


def test_the_records_that_are_followed_are_the_first_and_the_heaviest() -> None:
    name = "_xmpp-server._tcp.montague.lit."
    records = [(2 if number % 2 else 1, number, f"h{number}.montague.lit.", 5269) for number in range(5000)]

    def query(asked: str) -> list[tuple[int, int, str, int]]:
        return records if asked == name else []

    found = resolve.lookup("montague.lit", query=query, service="server")
    assert {target.host for target in found} == {f"h{number}.montague.lit" for number in range(4980, 5000, 2)}
    assert len(found) == MAX_TARGETS
