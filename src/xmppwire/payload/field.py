"""The kinds of field a definition is made of; import the module and write `field.attribute(...)`.

`attribute`, `text`, `child`, `choice`, `value`, `tag`, `payload` and `name` are required unless they are given a `default`.
All others have one by nature: an empty list or map, False. (Type checkers learn the first group from
`dataclass_transform`; a call to anything else counts as a plain default value.) Where the codec or class is left out, the
annotation tells it: `str`, `bool`, `int`, `float`, `bytes`, `JID`, `datetime`, `date`, `time`, an enumeration, a payload
class, `A | B` of payload classes, and `list[...]` of these.

Names: an attribute or child is called like the field, with `-` for `_`, unless `name` says otherwise; a child is in the
namespace of the element itself unless `ns` does.
"""

from __future__ import annotations

from typing import Any, TypeVar, overload

from xmppwire.payload import child_kinds, kinds
from xmppwire.payload.codecs import Codec, Text
from xmppwire.payload.kinds import MISSING, Convertible
from xmppwire.xml import XML_LANG

T = TypeVar("T")
C = TypeVar("C", bound=Convertible)


@overload
def attribute(codec: None = None, *, name: str | None = None, default: Any = ..., always: bool = False) -> Any: ...
@overload
def attribute(codec: Codec[T], *, name: str | None = None) -> T: ...
@overload
def attribute(codec: Codec[T], *, name: str | None = None, default: None) -> T | None: ...
@overload
def attribute(codec: Codec[T], *, name: str | None = None, default: T, always: bool = False) -> T: ...
def attribute(
    codec: Codec[Any] | None = None, *, name: str | None = None, default: Any = MISSING, always: bool = False
) -> Any:
    """An attribute. `name` may be `{namespace}local`. A value equal to `default` is not written, unless `always` says so
    (None never is)."""
    return kinds.Attribute(codec, name, default, always)


def language(*, default: Any = None) -> Any:
    """The attribute `xml:lang`."""
    return kinds.Attribute(Text, XML_LANG, default)


@overload
def text(codec: None = None, *, default: Any = ...) -> Any: ...
@overload
def text(codec: Codec[T]) -> T: ...
@overload
def text(codec: Codec[T], *, default: None) -> T | None: ...
@overload
def text(codec: Codec[T], *, default: T) -> T: ...
def text(codec: Codec[Any] | None = None, *, default: Any = MISSING) -> Any:
    """The text of the element itself. An empty one stands for `default`, where there is one."""
    return kinds.TextOf(codec, default)


@overload
def child(cls: None = None, *, default: Any = ...) -> Any: ...
@overload
def child(cls: type[C]) -> C: ...
@overload
def child(cls: type[C], *, default: None) -> C | None: ...
def child(cls: type[Convertible] | None = None, *, default: Any = MISSING) -> Any:
    """One child element as an instance of a payload (or stanza) class; a second one is an error."""
    return child_kinds.Child(() if cls is None else (cls,), default)


def choice(*classes: type[Convertible], default: Any = MISSING) -> Any:
    """One child element of one of several classes."""
    return child_kinds.Child(classes, default)


def children(*classes: type[Convertible]) -> Any:
    """All child elements of a class, or of several, as a list in their order."""
    return child_kinds.Children(classes)


def flag(*, name: str | None = None, ns: str | None = None) -> Any:
    """Whether an empty child element is there."""
    return child_kinds.Flag(name, ns)


@overload
def value(
    codec: None = None,
    *,
    name: str | None = None,
    ns: str | None = None,
    attribute: str | None = None,
    default: Any = ...,
) -> Any: ...
@overload
def value(codec: Codec[T], *, name: str | None = None, ns: str | None = None, attribute: str | None = None) -> T: ...
@overload
def value(
    codec: Codec[T], *, name: str | None = None, ns: str | None = None, attribute: str | None = None, default: None
) -> T | None: ...
@overload
def value(
    codec: Codec[T], *, name: str | None = None, ns: str | None = None, attribute: str | None = None, default: T
) -> T: ...
def value(
    codec: Codec[Any] | None = None,
    *,
    name: str | None = None,
    ns: str | None = None,
    attribute: str | None = None,
    default: Any = MISSING,
) -> Any:
    """What a simple child element holds: its text, or where `attribute` names one, that attribute of it. A value equal to
    `default` is not written."""
    return child_kinds.Value(codec, name, ns, attribute, default)


def values(codec: Codec[Any] | None = None, *, name: str, ns: str | None = None, attribute: str | None = None) -> Any:
    """The same for a child that may be repeated: a list."""
    return child_kinds.Values(codec, name, ns, attribute)


def language_map(*, name: str | None = None, ns: str | None = None) -> Any:
    """Text in several languages, one child element each: `dict[str, str]` by `xml:lang`, `""` where there is none of
    its own."""
    return child_kinds.LanguageMap(name, ns)


def wrapped(inner: Any, *, name: str | None = None, ns: str | None = None) -> Any:
    """A list inside an element of its own: `inner` is `field.values(...)` or `field.children(...)`. An empty list is
    not written.

    The wrapper itself keeps nothing unknown; declare a class for it where that matters.
    """
    return child_kinds.Wrapped(inner, name, ns)


def tag(codec: Codec[Any] | None = None, *, ns: str | None = None, default: Any = MISSING) -> Any:
    """An empty child element whose name is the value (a mood, a condition). It takes what no other field of `ns` claims."""
    return child_kinds.Tag(codec, ns, default)


def rest() -> Any:
    """All child elements that no other field claims, as `list[Element]`."""
    return child_kinds.Rest()


def payload(*, default: Any = MISSING) -> Any:
    """One child element of any name: an instance of the class that the registry has for it, else an `Element`; annotate
    the field with `Payload | Element`. One that its class refuses stays an `Element`, so that it does not cost what stands
    around it: `Type.from_element(element)` says what is wrong with it."""
    return child_kinds.OpenChild(default)


def payloads() -> Any:
    """All child elements that no other field claims, likewise: `list[Payload | Element]`."""
    return child_kinds.OpenChildren(MISSING)


def content() -> Any:
    """Everything between the tags as it stands, text and elements mixed: `list[Element | str]`. For markup of others
    (XHTML); no other field of the class may be about text or children."""
    return child_kinds.Content()


def namespace() -> Any:
    """The namespace the element is in, for a class that reads several (`ns` and `also`). Its default is `ns`, the one
    to write."""
    return kinds.Namespace()


def name(codec: Codec[Any] | None = None, *, default: Any = MISSING) -> Any:
    """The local name of the element itself, for a class that has several (`names`)."""
    return kinds.OwnName(codec, default)


__all__ = [
    "attribute",
    "child",
    "children",
    "choice",
    "content",
    "flag",
    "language",
    "language_map",
    "name",
    "namespace",
    "payload",
    "payloads",
    "rest",
    "tag",
    "text",
    "value",
    "values",
    "wrapped",
]
