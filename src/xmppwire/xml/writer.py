"""Elements as text (XML 1.0; Namespaces in XML 1.0, section 6).

A default namespace is declared where it changes, and nowhere else. A prefix is used where one is known: declared on an
enclosing element, given by the caller (who knows what the stream header declared), or `xml`. Attributes with a namespace
need one, so one is invented where none is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from xmppwire.xml.element import XML_NAMESPACE, Element
from xmppwire.xml.errors import XMLCharacterError

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_START = (
    "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff"
    "\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME = re.compile(f"[{_START}][{_START}.0-9\xb7\u0300-\u036f\u203f-\u2040-]*")
_STREAMS: Mapping[str, str] = {"http://etherx.jabber.org/streams": "stream"}


def _check(text: str) -> None:
    found = _FORBIDDEN.search(text)
    if found is not None:
        raise XMLCharacterError(f"XML cannot carry the character U+{ord(found[0]):04X}")


def escape_text(text: str) -> str:
    """Text as it stands between tags. Raises XMLCharacterError for what XML 1.0 cannot carry."""
    if not text.isprintable():
        _check(text)
        if "\r" in text:
            return escape_text_markup(text).replace("\r", "&#13;")
    return escape_text_markup(text)


def escape_text_markup(text: str) -> str:
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    return text


def escape_attribute(value: str) -> str:
    """An attribute's value as it stands between quotes of either kind. Raises XMLCharacterError."""
    plain = value.isprintable()
    if not plain:
        _check(value)
    value = escape_text_markup(value)
    if "'" in value:
        value = value.replace("'", "&apos;")
    if '"' in value:
        value = value.replace('"', "&quot;")
    if not plain:
        value = value.replace("\t", "&#9;").replace("\n", "&#10;").replace("\r", "&#13;")
    return value


def check_name(name: str) -> None:
    """Raise XMLCharacterError unless it can be the local part or the prefix of a name."""
    if _NAME.fullmatch(name) is None:
        raise XMLCharacterError("this is no XML name")


def write_element(element: Element, default_namespace: str = "", prefixes: Mapping[str, str] = _STREAMS) -> str:
    """The element as text that can stand where `default_namespace` and `prefixes` (namespace to prefix) are declared.

    Raises XMLCharacterError, a ValueError, if a name is no name or a character is none that XML 1.0 can carry.
    """
    parts: list[str] = []
    _write(element, default_namespace, {prefix: namespace for namespace, prefix in prefixes.items()}, parts)
    return "".join(parts)


def _write(element: Element, default: str, scope: dict[str, str], parts: list[str]) -> None:
    namespace, local = element.name
    check_name(local)
    declared: dict[str, str] = {}
    if element.prefixes:
        for prefix, bound in element.prefixes.items():
            if prefix == "xml":
                continue
            check_name(prefix)
            if scope.get(prefix) != bound:
                declared[prefix] = bound
        scope = {**scope, **element.prefixes}
    if namespace == default:
        tag = local
        declares = False
    elif namespace == XML_NAMESPACE:
        tag, declares = f"xml:{local}", False
    else:
        prefix = _prefix_of(namespace, scope) if namespace else None
        declares = prefix is None
        tag = local if prefix is None else f"{prefix}:{local}"
    head = [tag]
    if declares:
        default = namespace
        head.append(f"xmlns='{escape_attribute(namespace)}'")
    attributes: list[str] = []
    for name, value in element.attributes.items():
        if name[:1] == "{":
            bound, _, name = name[1:].rpartition("}")
            check_name(name)
            if bound == XML_NAMESPACE:
                name = f"xml:{name}"
            elif bound:
                prefix = _prefix_of(bound, scope)
                if prefix is None:
                    number = 0
                    while (prefix := f"ns{number}") in scope:
                        number += 1
                    declared[prefix] = bound
                    scope = {**scope, prefix: bound}
                name = f"{prefix}:{name}"
        else:
            check_name(name)
        attributes.append(f"{name}='{escape_attribute(value)}'")
    head.extend(f"xmlns:{prefix}='{escape_attribute(bound)}'" for prefix, bound in declared.items())
    head.extend(attributes)
    parts.append("<" + " ".join(head))
    open_at = len(parts)
    parts.append(">")
    for child in element.children:
        if isinstance(child, str):
            parts.append(escape_text(child))
        else:
            _write(child, default, scope, parts)
    if len(parts) == open_at + 1:
        parts[open_at] = "/>"
    else:
        parts.append(f"</{tag}>")


def _prefix_of(namespace: str, scope: Mapping[str, str]) -> str | None:
    for prefix, bound in scope.items():
        if bound == namespace and prefix != "xmlns":
            return prefix
    return None
