"""Text of what is known only when it is written: elements as they came, attributes under any name."""

from __future__ import annotations

from types import MappingProxyType

from xmppwire.xml import XML_LANG, Element, escape_attribute, write_element
from xmppwire.xml.writer import check_name

_XML = XML_LANG[: XML_LANG.index("}") + 1]
_NO_PREFIXES: MappingProxyType[str, str] = MappingProxyType({})


def append_element(element: Element, out: list[str], default_namespace: str) -> None:
    """Append an element that leans on no prefix declared around it. Raises XMLCharacterError."""
    out.append(write_element(element, default_namespace, _NO_PREFIXES))


def qualified(name: str, prefix: str) -> tuple[str, str]:
    """The declaration an attribute needs (with a blank before it, or empty) and its name in a start tag.

    `name` is plain or `{namespace}local`; `prefix` is what to declare for a namespace.
    """
    if not name.startswith("{"):
        return "", name
    if name.startswith(_XML):
        return "", "xml:" + name[len(_XML) :]
    namespace, _, local = name[1:].partition("}")
    return f" xmlns:{prefix}='{escape_attribute(namespace)}'", f"{prefix}:{local}"


def write_attributes(attributes: dict[str, str], out: list[str]) -> None:
    """Append attributes to a start tag, each foreign one with a prefix of its own."""
    for number, (name, value) in enumerate(attributes.items()):
        declaration, label = qualified(name, f"u{number}")
        check_name(label.rpartition(":")[2])
        out.append(f"{declaration} {label}='{escape_attribute(value)}'")
