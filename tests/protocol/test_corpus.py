"""Every definition against the examples of its standard: `-k 0203` runs those of XEP-0203, `-k 0203-4` its fourth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from tests.protocol.corpus import Example, examples, exceptions, fixtures, parse, problems
from tests.protocol.definitions import broken_modules, classes_of, modules, numbers_of
from tests.support import shared_dir
from xmppwire.xml import Element, Name

DEFINED = frozenset(number for module in modules() for number in numbers_of(module))
EXAMPLES = [example for example in examples() if example.number in DEFINED]
KINDS = ("wrong", "elided", "invalid", "lost")


def report(example: Example, found: list[str]) -> str:
    return "\n".join([f"{example.id} {example.title}", *("  " + line for line in found), "", example.xml])


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.id for example in EXAMPLES])
def test_example(example: Example) -> None:
    exception = exceptions(example.number).get("examples", {}).get(example.n)
    found = problems(example)
    if exception is None:
        assert not found, report(example, found)
    else:
        assert exception["kind"] in KINDS and exception["reason"]
        assert found, f"{example.id}: nothing is wrong any more; take it out of exceptions/{example.number}.toml"


@pytest.mark.parametrize("example", fixtures(), ids=[example.id for example in fixtures()])
def test_fixture(example: Example) -> None:
    found = problems(example)
    assert not found, report(example, found)


def names(elements: Iterable[Element]) -> Iterator[Name]:
    for one in elements:
        yield one.name
        yield from names(one.elements())


def test_every_extension_with_classes_has_an_example() -> None:
    """Of the corpus, or a fixture of our own; with an element in it that a class of the extension defines."""
    shared_dir()
    seen = {number: set[Name]() for number in DEFINED}
    for example in (*EXAMPLES, *fixtures()):
        seen[example.number].update(names(parse(example.xml)))
    without: list[str] = []
    for number in sorted(DEFINED):
        own = {name for cls in classes_of(number) for name in cls.element_names}
        # A fragment may be printed without its namespace.
        if own and not own & seen[number] and not {name for _, name in own} & {name[1] for name in seen[number]}:
            without.append(number)
    assert not without, " ".join(without)


def test_every_module_can_be_imported() -> None:
    assert not broken_modules()


def test_exceptions_are_of_examples_that_exist() -> None:
    shared_dir()
    for number in DEFINED:
        known = {example.n for example in EXAMPLES if example.number == number}
        listed = set(exceptions(number).get("examples", {}))
        assert listed <= known, f"exceptions/{number}.toml lists examples that are not in the corpus: {listed - known}"


def test_nearly_all_valid_examples_are_written_as_they_were(record_property: Callable[[str, object], None]) -> None:
    """At least 99 % of the examples that are valid by the text of their standard come out equal."""
    shared_dir()
    listed = [exceptions(example.number).get("examples", {}).get(example.n, {}).get("kind") for example in EXAMPLES]
    lost = listed.count("lost")
    valid = listed.count(None) + lost
    for kind in KINDS:
        record_property(kind, listed.count(kind))
    numbers = f"{valid - lost} of {valid} valid examples ({len(listed)} in all); " + ", ".join(
        f"{kind}: {listed.count(kind)}" for kind in KINDS
    )
    print(numbers)
    assert valid > 0 and (valid - lost) / valid >= 0.99, numbers
