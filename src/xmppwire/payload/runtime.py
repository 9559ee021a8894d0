"""What the generated functions of a class call: the paths that are rarely taken, kept out of them.

`NAMES` are those that generated code may use; `mapper` adds the class `Payload`.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from xmppwire.payload import kinds, registry
from xmppwire.payload.errors import PayloadError, fault
from xmppwire.payload.text import append_element, write_attributes
from xmppwire.xml import Element, Name, XMLCharacterError, escape_attribute, escape_text
from xmppwire.xml.writer import check_name

if TYPE_CHECKING:
    from xmppwire.payload.mapper import Payload


def _read_only(payload: Payload) -> TypeError:
    return TypeError(f"{type(payload).__name__} is read, and not written: its standard was withdrawn")


def _known(child: Element) -> Payload | Element:
    cls = registry.find(child.name)
    if cls is None:
        return child
    try:
        return cls.from_element(child)
    except ValueError:
        return child


def _missing(what: str, path: str) -> PayloadError:
    return PayloadError(f"{what} missing", path)


def _repeated(child: Element, local: str) -> PayloadError:
    return PayloadError("occurs more than once", f"{local}/{child.name[1]}")


def _unknown_child(child: Element, local: str) -> PayloadError:
    return PayloadError(f"unknown element in {child.name[0]!r}", f"{local}/{child.name[1]}")


def _stray_text(local: str) -> PayloadError:
    return PayloadError("text where none belongs", f"{local}/text()")


def _nested(error: ValueError, outer: str, local: str, number: int) -> PayloadError:
    if not isinstance(error, PayloadError):
        error = fault(error, local)
    if number:
        error.path = f"{local}[{number}]{error.path[len(local) :]}"
    return error.within(outer)


def _at(items: list[Any], local: str) -> str:
    return f"{local}[{len(items) + 1}]"


def _unknown_attributes(attributes: dict[str, str], known: frozenset[str], _local: str) -> dict[str, str]:
    return {name: value for name, value in attributes.items() if name not in known}


def _refuse_attributes(attributes: dict[str, str], known: frozenset[str], local: str) -> None:
    for name in attributes.keys() - known:
        raise PayloadError("unknown attribute", f"{local}@{name}")


def _order_of(element: Element) -> tuple[Name, ...]:
    return tuple(child.name for child in element.children if not isinstance(child, str))


def _in_order(children: list[Element | str], order: Iterable[Name]) -> list[Element | str]:
    """The children in the order of their names; what is not in it comes last."""
    waiting: defaultdict[Name | None, deque[Element | str]] = defaultdict(deque)
    for child in children:
        waiting[None if isinstance(child, str) else child.name].append(child)
    sorted_ = list(waiting.pop(None, ()))
    sorted_ += [waiting[name].popleft() for name in order if waiting[name]]
    return sorted_ + [child for queue in waiting.values() for child in queue]


def _one_text(text: str) -> list[str]:
    return [text] if text else []


def _own_name(payload: Payload) -> Name:
    """The name of an element whose class has several: from its fields `namespace` and `name`."""
    ns, local = type(payload).element_names[0]
    for one in type(payload).payload_fields:
        if isinstance(one, kinds.Namespace):
            ns = getattr(payload, one.field)
        elif isinstance(one, kinds.OwnName):
            local = one.codec.encode(getattr(payload, one.field))
    if (ns, local) not in type(payload).element_names:
        raise ValueError(f"{type(payload).__name__} cannot be {{{ns}}}{local}")
    return ns, local


def _tag_name(text: str) -> str:
    """A value that becomes the name of an element: only what is one, so that no value writes markup."""
    check_name(text)
    return text


def _unwritable(payload: Payload, error: Exception) -> PayloadError:
    """Which field cannot be written."""
    cls = type(payload)
    local = cls.element_names[0][1]
    if isinstance(error, PayloadError):
        return error.within(local)
    for one in cls.payload_fields:
        try:
            one.check(getattr(payload, one.field))
        except (AttributeError, LookupError, TypeError, ValueError):
            return PayloadError(
                f"cannot be written: {error}", f"{local}@{one.field}" if one.attribute else f"{local}/{one.field}"
            )
    return PayloadError(f"cannot be written: {error}", local)


NAMES: dict[str, Any] = {
    "Element": Element,
    "XMLCharacterError": XMLCharacterError,
    "append_element": append_element,
    "at": _at,
    "escape_attribute": escape_attribute,
    "escape_text": escape_text,
    "fault": fault,
    "in_order": _in_order,
    "known": _known,
    "missing": _missing,
    "nested": _nested,
    "new": object.__new__,
    "one_text": _one_text,
    "order_of": _order_of,
    "own_name": _own_name,
    "read_only": _read_only,
    "refuse_attributes": _refuse_attributes,
    "repeated": _repeated,
    "stray_text": _stray_text,
    "tag_name": _tag_name,
    "unknown_attributes": _unknown_attributes,
    "unknown_child": _unknown_child,
    "unwritable": _unwritable,
    "write_attributes": write_attributes,
}
