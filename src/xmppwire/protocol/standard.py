"""Records of the standards that the library supports: what each module of this package implements, for people and for tools.

A module states its standard in a constant `STANDARD` (several in `STANDARDS`; a further file of the same standard says
`PART_OF = "XEP-0045"`). `standards()` imports all modules and returns the records with the classes that belong to them;
`xmppwire standards` prints them, and the table in the docs and the DOAP file are made from them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from xmppwire.payload import Payload
from xmppwire.protocol.index import MODULES


class Status(StrEnum):
    """Where a standard stands in the process of its publisher (XEP-0001, section 7)."""

    ACTIVE = "Active"
    DEFERRED = "Deferred"
    DEPRECATED = "Deprecated"
    EXPERIMENTAL = "Experimental"
    FINAL = "Final"
    OBSOLETE = "Obsolete"
    PROPOSED = "Proposed"
    RETRACTED = "Retracted"
    STABLE = "Stable"


class Role(StrEnum):
    """Who speaks a protocol."""

    CLIENT = "client"
    COMPONENT = "component"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Standard:
    """One standard. `number` is `XEP-0030` or `RFC 6120`; `version` the one implemented (empty for an RFC)."""

    number: str
    name: str
    status: Status
    version: str = ""
    namespaces: tuple[str, ...] = ()
    roles: tuple[Role, ...] = (Role.CLIENT, Role.SERVER)
    note: str = ""
    """What there is beside payload classes, or what is left out."""
    classes: tuple[type, ...] = ()
    """Payload classes and typed forms; filled in by `standards()`."""
    modules: tuple[str, ...] = ()
    """Filled in by `standards()`: the names of the modules, relative to this package."""

    def as_json(self) -> dict[str, Any]:
        """The record as `json.dumps` takes it."""
        return {
            "number": self.number,
            "name": self.name,
            "status": str(self.status),
            "version": self.version,
            "namespaces": list(self.namespaces),
            "classes": [f"{cls.__module__}.{cls.__qualname__}" for cls in self.classes],
            "roles": [str(role) for role in self.roles],
        }


@cache
def standards() -> tuple[Standard, ...]:
    """All records, RFCs first, by their numbers. Imports every module of this package."""
    own: list[tuple[str, Standard]] = []
    classes: defaultdict[str, list[type]] = defaultdict(list)
    modules: defaultdict[str, list[str]] = defaultdict(list)
    for name in MODULES:
        module = import_module(f"xmppwire.protocol.{name}")
        stated = stated_by(module)
        own += [(name, one) for one in stated]
        for number in [one.number for one in stated] or [getattr(module, "PART_OF", "")]:
            modules[number].append(name)
            classes[number] += [*classes_of(module), *forms_of(module)]
    own.sort(key=lambda pair: (pair[1].number.startswith("XEP"), pair[1].number))
    return tuple(
        replace(one, classes=tuple(classes[one.number]), modules=(name, *sorted(set(modules[one.number]) - {name})))
        for name, one in own
    )


def stated_by(module: ModuleType) -> tuple[Standard, ...]:
    """The records that a module states itself."""
    one: Standard | None = getattr(module, "STANDARD", None)
    several: tuple[Standard, ...] = getattr(module, "STANDARDS", ())
    return several if one is None else (one,)


def classes_of(module: ModuleType) -> list[type[Payload]]:
    """The payload classes that a module defines, in their order; not the bases, which have no element."""
    own = (value for value in vars(module).values() if getattr(value, "__module__", "") == module.__name__)
    return [value for value in own if isinstance(value, type) and issubclass(value, Payload) and value.element_names]


def forms_of(module: ModuleType) -> list[type]:
    """The typed forms that a module defines, in their order."""
    from xmppwire.protocol.form import TypedForm  # which has a record itself

    own = (value for value in vars(module).values() if getattr(value, "__module__", "") == module.__name__)
    return [
        value for value in own if isinstance(value, type) and issubclass(value, TypedForm) and value is not TypedForm
    ]
