"""Two elements compared by what they mean to a class, and the first place where they differ.

Canonical XML is equal after this normalisation, which follows the fields of the class and their codecs:

- The order of attributes and the prefixes do not count. White space between elements does not count.
- A value is compared as its codec reads it: `1` is `true`, `+07` is `7`, a moment is the same in any time zone, base64 is
  the bytes, an address is prepared (RFC 7622), a token has no white space around it. A value that the codec does not read
  stays text. Of an enumeration that maps all unknown values to one, unknown values stay text as well.
- An attribute, a text or a simple child that says what the class takes for the default is the same as none.
- The text of an element that has other children as well is compared joined.

All else counts: the order of children, foreign attributes, what stands in a simple child beside its value. Elements that no
class defines are compared as they are, but for white space between their children.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.protocol.definitions import complete
from xmppwire.jid import parse_jid
from xmppwire.payload import Codec, Payload, find
from xmppwire.payload.child_kinds import Child, Content, Flag, LanguageMap, Tag, Value, Wrapped
from xmppwire.payload.kinds import MISSING, Attribute, Kind, TextOf
from xmppwire.stanza import Stanza
from xmppwire.xml import XML_LANG, Element, Name

_STANZAS = frozenset(Stanza.element_names)


@dataclass
class Canonical:
    """An element with values instead of texts."""

    name: Name
    attributes: dict[str, Any] = field(default_factory=dict[str, Any])
    content: list[Any] = field(default_factory=list[Any])


def decoded(codec: Codec[Any], text: str) -> Any:
    """The value that `text` has for the codec; the text itself where it has none."""
    if codec.table is not None and text.strip() not in codec.table:
        return text
    try:
        return codec.decode(text)
    except ValueError:
        return text


def canonical(element: Element, cls: Any = None) -> Canonical:
    """The normal form of an element that `cls` (a payload class, a stanza class, None) decodes."""
    if cls is None:
        return _raw(element)
    if not (isinstance(cls, type) and issubclass(cls, Payload)):
        return _stanza(element) if element.name in _STANZAS else _raw(element)
    complete(cls)
    result = Canonical(element.name)
    attributes = {one.label(one.name): one for one in cls.payload_fields if isinstance(one, Attribute)}
    for name, text in element.attributes.items():
        one = attributes.get(name)
        value = text if one is None else decoded(one.codec, text)
        if one is None or value != one.default:
            result.attributes[name] = value
    own = next((one for one in cls.payload_fields if isinstance(one, TextOf)), None)
    if own is not None:
        if element.text:
            value = decoded(own.codec, element.text)
            if value != own.default:
                result.content.append(value)
    elif any(isinstance(one, Content) for one in cls.payload_fields):
        result.content = _raw(element).content
        return result
    else:
        result.content += [text for text in element.children if isinstance(text, str) and not text.isspace()]
    for child in element.elements():
        form = _child(child, element, cls)
        if form is not None:
            result.content.append(form)
    return result


def _child(child: Element, element: Element, cls: type[Payload]) -> Canonical | None:
    """The normal form of a child; None where it is as good as absent."""
    one = _field_of(child, element, cls)
    if isinstance(one, Child):
        return canonical(child, next(inner for inner in one.classes if child.name in inner.element_names))
    if isinstance(one, Wrapped):
        return canonical(child, one.wrapper)
    if isinstance(one, Value):
        result = _raw(child)
        if one.of is None:
            value = decoded(one.codec, child.text)
            result.content = [value, *child.elements()]
            extra = bool(result.attributes) or len(result.content) > 1
        else:
            value = decoded(one.codec, child.attributes.get(one.of, ""))
            if one.of in child.attributes:
                result.attributes[one.of] = value
            extra = len(result.attributes) > 1 or bool(result.content)
        return None if value == one.default and not extra else result
    if one is None or isinstance(one, (Flag, LanguageMap, Tag)):
        return _raw(child)
    return canonical(child, Stanza if child.name in _STANZAS else find(child.name))


def _field_of(child: Element, element: Element, cls: type[Payload]) -> Kind | None:
    """The field that reads a child, in the order in which the mapper asks them."""
    namespace = element.name[0]
    open_ = tag = None
    for one in cls.payload_fields:
        if isinstance(one, Child):
            if any(child.name in inner.element_names for inner in one.classes):
                return one
        elif isinstance(one, (Value, Flag, LanguageMap, Wrapped)):
            plain = ((one.ns or namespace, one.label(one.name)),)
            if child.name in (one.wrapper.element_names if isinstance(one, Wrapped) else plain):
                return one
        elif isinstance(one, Tag):
            if child.name[0] == (one.ns or namespace):
                tag = one
        elif not one.attribute and not isinstance(one, TextOf):
            open_ = one
    return tag or open_


def _stanza(element: Element) -> Canonical:
    result = Canonical(element.name, dict(element.attributes))
    for name in ("to", "from"):
        if name in result.attributes:
            try:
                result.attributes[name] = parse_jid(element.attributes[name])
            except ValueError:
                continue
    if result.attributes.get("type") == "normal":
        del result.attributes["type"]
    result.content = [canonical(child, find(child.name)) for child in element.elements()]
    return result


def _raw(element: Element) -> Canonical:
    has_children = any(True for _ in element.elements())
    content: list[Any] = []
    for child in element.children:
        if not isinstance(child, str):
            content.append(_raw(child))
        elif not (has_children and child.isspace()):
            if content and isinstance(content[-1], str):
                content[-1] += child
            elif child:
                content.append(child)
    return Canonical(element.name, dict(element.attributes), content)


def difference(before: Any, after: Any, path: str = "") -> str | None:
    """Where and how two normal forms differ first; None where they are equal."""
    if not isinstance(before, Canonical) or not isinstance(after, Canonical):
        return (
            None
            if type(before) is type(after) and before == after
            else f"{path}: {_show(before)} became {_show(after)}"
        )
    path = f"{path}/{before.name[1]}" if path else before.name[1]
    if before.name != after.name:
        return f"{path}: <{before.name[1]} xmlns='{before.name[0]}'> became <{after.name[1]} xmlns='{after.name[0]}'>"
    for name in sorted(before.attributes.keys() | after.attributes.keys()):
        old, new = before.attributes.get(name, MISSING), after.attributes.get(name, MISSING)
        if old is MISSING or new is MISSING or old != new:
            label = "xml:lang" if name == XML_LANG else name
            return f"{path}@{label}: {_show(old)} became {_show(new)}"
    for number, old in enumerate(before.content):
        if number == len(after.content):
            return f"{path}: {_show(old)} is gone"
        found = difference(old, after.content[number], path)
        if found is not None:
            return found
    if len(after.content) > len(before.content):
        return f"{path}: {_show(after.content[len(before.content)])} is new"
    return None


def _show(value: Any) -> str:
    if value is MISSING:
        return "nothing"
    if isinstance(value, Canonical):
        return f"<{value.name[1]} xmlns='{value.name[0]}'>"
    return repr(value)[:120]
