"""What the tests know about the definitions: the modules of `xmppwire.protocol`, their classes and their standards."""

from __future__ import annotations

import importlib
import pkgutil
import re
from contextlib import suppress
from functools import cache
from types import ModuleType
from typing import Any

import xmppwire.protocol
from xmppwire.payload import Payload
from xmppwire.xml import Element

_HELPERS = ("index", "standard")


@cache
def modules() -> tuple[ModuleType, ...]:
    """All modules with definitions that can be imported."""
    return tuple(module for module in _imported().values() if isinstance(module, ModuleType))


def broken_modules() -> dict[str, Exception]:
    """The modules that cannot, and why (so that one of them does not stop the tests of all others)."""
    return {name: error for name, error in _imported().items() if isinstance(error, Exception)}


@cache
def _imported() -> dict[str, ModuleType | Exception]:
    found: dict[str, ModuleType | Exception] = {}
    for info in pkgutil.iter_modules(xmppwire.protocol.__path__):
        if info.name in _HELPERS or info.name.startswith("_"):
            continue
        try:
            found[info.name] = importlib.import_module(f"xmppwire.protocol.{info.name}")
        except Exception as error:
            found[info.name] = error
    return found


def standards_of(module: ModuleType) -> tuple[Any, ...]:
    """The records of a module: its `STANDARD` or `STANDARDS`; none for a part of another."""
    one = getattr(module, "STANDARD", None)
    return tuple(getattr(module, "STANDARDS", ())) if one is None else (one,)


def numbers_of(module: ModuleType) -> tuple[str, ...]:
    """The short numbers (`0203`, `RFC6120`) of what a module defines or is a part of."""
    part_of = getattr(module, "PART_OF", None)
    numbers = [standard.number for standard in standards_of(module)]
    return tuple(short(number) for number in (numbers if part_of is None else [*numbers, part_of]))


def short(number: str) -> str:
    """`XEP-0203` as `0203`, `RFC 6120` as `RFC6120`."""
    return re.sub(r"[\s-]", "", number).removeprefix("XEP")


@cache
def classes_in(module: ModuleType) -> tuple[type[Payload], ...]:
    """The classes with an element that the module itself defines, nested ones too."""
    return tuple(
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Payload)
        and value.__module__ == module.__name__
        and value.element_names
    )


@cache
def all_classes() -> tuple[tuple[str, type[Payload]], ...]:
    """(id, class) of every class of every module; the id is the first number and the class's name: `0203-Delay`."""
    return tuple(
        (f"{(numbers_of(module) or (module.__name__.rpartition('.')[2],))[0]}-{cls.__name__}", cls)
        for module in modules()
        for cls in classes_in(module)
    )


@cache
def classes_of(number: str) -> tuple[type[Payload], ...]:
    """The classes of all modules of one standard, by its short number."""
    return tuple(cls for module in modules() if number in numbers_of(module) for cls in classes_in(module))


@cache
def typed_namespaces() -> frozenset[str]:
    """Every namespace of which some class defines an element, but the one of the stanzas."""
    names = {name for _, cls in all_classes() for name in cls.element_names}
    return frozenset(namespace for namespace, _ in names) - {"jabber:client", "jabber:server", ""}


def complete(cls: type[Payload]) -> None:
    """Have the annotations of a class evaluated, which happens when it is used for the first time."""
    with suppress(ValueError):
        cls.from_element(Element(cls.element_names[0], {}, []))
