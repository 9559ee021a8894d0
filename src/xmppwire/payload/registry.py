"""Which class decodes an element: a table that the definitions fill when they are imported.

The first definition of a name stays, so that what a program reads does not depend on who else is imported; a class
defined again by the same module (an interactive session) replaces it. A class that is not in the table works all the
same wherever it is named: `message.get(Type)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from xmppwire.xml import Name

if TYPE_CHECKING:
    from xmppwire.payload.mapper import Payload

_classes: dict[Name, type[Payload]] = {}


def register(cls: type[Payload]) -> None:
    """Enter a class under all its names; the metaclass calls it."""
    for name in cls.element_names:
        known = _classes.get(name)
        if known is None or (known.__module__, known.__qualname__) == (cls.__module__, cls.__qualname__):
            _classes[name] = cls


def find(name: Name) -> type[Payload] | None:
    """The class for elements called `name`, of the definitions imported so far."""
    return _classes.get(name)


def known() -> Mapping[Name, type[Payload]]:
    """All classes by the name of their element; a view that grows with imports."""
    return MappingProxyType(_classes)
