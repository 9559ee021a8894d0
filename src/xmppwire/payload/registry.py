"""Which class decodes an element: a table that the definitions fill when they are imported.

A package of many definitions gives an index instead, and each of its modules is imported when an element of it is looked for
the first time. What the index names is decoded by the module that the index names. For all else the first definition of a
name stays, so that what a program reads does not depend on who else is imported; a class defined again by the same module
(an interactive session) replaces it. A class that is not in the table works all the same wherever it is named:
`message.get(Type)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

from xmppwire.xml import Name

if TYPE_CHECKING:
    from xmppwire.payload.mapper import Payload

_classes: dict[Name, type[Payload]] = {}
_index: dict[Name, str] = {}


def register(cls: type[Payload]) -> None:
    """Enter a class under all its names; the metaclass calls it."""
    for name in cls.element_names:
        if _index.get(name, cls.__module__) != cls.__module__:
            continue
        known = _classes.get(name)
        if known is None or (known.__module__, known.__qualname__) == (cls.__module__, cls.__qualname__):
            _classes[name] = cls


def add_index(package: str, modules: Mapping[str, Iterable[Name]]) -> None:
    """Say which module of `package` defines which elements; it is imported when one of them is looked for."""
    for module, names in modules.items():
        for name in names:
            _index.setdefault(name, f"{package}.{module}")


def find(name: Name) -> type[Payload] | None:
    """The class for elements called `name`: of those in an index, and of the definitions imported so far."""
    cls = _classes.get(name)
    if cls is None and name in _index:
        import_module(_index[name])
        cls = _classes.get(name)
    return cls


def known() -> Mapping[Name, type[Payload]]:
    """All classes by the name of their element; imports what the indexes name. A view that grows with imports."""
    for module in sorted(set(_index.values())):
        import_module(module)
    return MappingProxyType(_classes)
