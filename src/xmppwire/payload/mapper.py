"""`Payload`: one class is the whole definition of an element.

The metaclass takes the fields out of the class body, makes slots of them and puts stand-ins where the functions belong. The
first call of any of them completes the class: annotations are evaluated (so forward references resolve), the source of
`__init__`, `from_element`, `to_element` and `write` is built by the kinds of field, compiled, and put in their place.

Every instance also keeps what its definition does not name: `unknown_attributes`, `unknown_children`, and `child_order` where
children came in another order than the definition's. They are written back, and belong to the value (the order does not).
"""

from __future__ import annotations

import inspect
import sys
import typing
from operator import attrgetter
from typing import Any, ClassVar, Self, cast, dataclass_transform

from xmppwire.payload import child_kinds, field, kinds, registry, runtime
from xmppwire.payload.codecs import Unknown
from xmppwire.payload.errors import PayloadError
from xmppwire.payload.generate import ElementWriter, Reader, TextWriter
from xmppwire.payload.plain import node_reader
from xmppwire.xml import Element, Name
from xmppwire.xml.element import Node
from xmppwire.xml.node import paths_of, tag_of


class _Kept:
    """What an instance keeps beside its fields (outside the class that type checkers turn into a dataclass)."""

    __slots__ = ("child_order", "unknown_attributes", "unknown_children")

    element_names: ClassVar[tuple[Name, ...]]
    """The names of the elements that decode to the class; the first is what it writes unless told otherwise."""
    node_tags: ClassVar[tuple[str, ...]]
    """The same as the tags of nodes."""
    node_paths: ClassVar[tuple[str, ...]]
    """The same again, if `Node.find` takes them; else empty."""
    payload_fields: ClassVar[tuple[kinds.Kind, ...]]
    """The fields of the class, those of its base first."""
    nested: ClassVar[bool]
    """Whether it only stands inside another element, and so is not registered."""
    read_only: ClassVar[bool]
    """Whether instances are not written: the standard was withdrawn."""
    unknown_policy: ClassVar[Unknown]
    """What is done with what the definition does not name."""
    _values: ClassVar[Any]
    unknown_attributes: dict[str, str] | None
    """Attributes that the definition does not name."""
    unknown_children: list[Element] | None
    """Child elements that the definition does not name."""
    child_order: tuple[Name, ...] | None
    """The names of the children in the order received, where that is not the order of the definition."""


_RESERVED = frozenset(
    (
        "self",
        "from_element",
        "from_node",
        "node_paths",
        "node_tags",
        "to_element",
        "write",
        "replace",
        "element_names",
        "payload_fields",
        "in_namespace",
        "nested",
        "read_only",
        "unknown_policy",
        *_Kept.__slots__,
    )
)


def _check_annotations(cls_name: str, body: dict[str, Any], own: dict[str, kinds.Kind]) -> None:
    """Type checkers take every annotated name for a field; so it must be one. Some names are taken."""
    for name in own.keys() & _RESERVED:
        raise TypeError(
            f"{cls_name}.{name}: the name is taken by Payload itself; pick another and give the XML one as name="
        )
    for name, annotation in body.get("__annotations__", {}).items():
        if name not in own and "ClassVar" not in str(annotation):
            raise TypeError(f"{cls_name}.{name}: say what kind of field it is, or annotate it with ClassVar")


def _element_names(cls_name: str, keywords: dict[str, Any]) -> tuple[Name, ...]:
    """All (namespace, name) pairs that the class keywords speak of; takes them out of `keywords`."""
    name = keywords.pop("name", None)
    locals_ = tuple(keywords.pop("names", ())) or ((name,) if name is not None else ())
    namespaces = [keywords.pop("ns", None), *keywords.pop("also", ())]
    for extra in keywords:
        raise TypeError(f"{cls_name}: unknown class keyword {extra!r}")
    if not locals_:
        return ()
    if namespaces[0] is None:
        raise TypeError(f"{cls_name}: ns is missing")
    return tuple((ns, str(local)) for ns in namespaces for local in locals_)


def _first(name: str) -> Any:
    """A stand-in that completes the class and then calls what replaced it."""

    def on_class(cls: type[Payload], /, *args: Any, **keywords: Any) -> Any:
        _complete_or_refuse(cls)
        return getattr(cls, name)(*args, **keywords)

    on_class.__doc__ = "Completes the class first."

    def on_instance(self: Payload, /, *args: Any, **keywords: Any) -> Any:
        _complete_or_refuse(type(self))
        return getattr(self, name)(*args, **keywords)

    return classmethod(on_class) if name in _ON_CLASS else on_instance


def _complete_or_refuse(cls: type[Payload]) -> None:
    if not cls.element_names:
        raise TypeError(f"{cls.__qualname__} has no element of its own")
    complete(cls)


_ON_CLASS = ("from_element", "from_node")
_STAND_INS = {name: _first(name) for name in ("__init__", "from_element", "from_node", "to_element", "write")}


@dataclass_transform(
    kw_only_default=True,
    field_specifiers=(
        field.attribute,
        field.text,
        field.child,
        field.choice,
        field.value,
        field.tag,
        field.payload,
        field.name,
    ),
)
class PayloadType(type):
    """The metaclass of `Payload`.

    Class keywords: `ns` and `name`, the element's; `also`, further namespaces that are read (with `field.namespace()`);
    `names`, several local names (with `field.name()`); `unknown`, the policy for what the definition does not name
    (`Unknown.KEEP`); `nested=True` for an element that only stands inside another, and so is not registered;
    `read_only=True` for one that is not written any more (`TypeError`). Without a name the class is a base for others.
    """

    def __new__(
        metacls, cls_name: str, bases: tuple[type, ...], body: dict[str, Any], /, **keywords: Any
    ) -> PayloadType:
        inherited = [base for base in bases if issubclass(base, _Kept) and base is not _Kept]
        fields = [one for base in inherited for one in base.payload_fields]
        own = {name: value for name, value in body.items() if isinstance(value, kinds.Kind)}
        if inherited:
            _check_annotations(cls_name, body, own)
        for name, kind in own.items():
            del body[name]
            kind.field = name
            kind.index = len(fields) + 1
            fields.append(kind)
        nested = keywords.pop("nested", False)
        body |= {
            "__slots__": tuple(own),
            "__match_args__": (),
            "payload_fields": tuple(fields),
            "nested": nested,
            "read_only": keywords.pop("read_only", inherited[0].read_only if inherited else False),
            "unknown_policy": keywords.pop("unknown", inherited[0].unknown_policy if inherited else Unknown.KEEP),
            "element_names": (names := _element_names(cls_name, keywords)),
            "node_tags": (tags := tuple(map(tag_of, names))),
            "node_paths": paths_of(tags),
            "_values": attrgetter("unknown_attributes", "unknown_children", *(one.field for one in fields)),
        }
        if inherited:
            body |= _STAND_INS
        cls = super().__new__(metacls, cls_name, bases, body)
        if body["element_names"] and not nested:
            registry.register(cast("type[Payload]", cls))
        return cls

    def __init__(cls, cls_name: str, bases: tuple[type, ...], body: dict[str, Any], /, **keywords: Any) -> None:
        super().__init__(cls_name, bases, body)


class Payload(_Kept, metaclass=PayloadType):
    """The base of all definitions. Constructors take keywords only. Instances are values: equal where all fields are.

    Treat one that came out of a stanza as read-only: the stanza keeps the element that it was made of. `replace` makes
    a changed copy.
    """

    __slots__ = ()
    __hash__: ClassVar[None]  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleMethodOverride]

    if typing.TYPE_CHECKING:

        @classmethod
        def from_element(cls, element: Element, /) -> Self:
            """Decode `element`, whose name is one of `element_names`. Raises `PayloadError`."""
            ...

        @classmethod
        def from_node(cls, node: Node, /) -> Self | None:
            """Decode a node where it is plain. None, ValueError or KeyError where `from_element` has to take a look."""
            ...

        def to_element(self) -> Element:
            """Encode to an element. Raises `PayloadError` for a value that has no text."""
            ...

        def write(self, out: list[str], default_namespace: str = "", /) -> None:
            """Append the text of the element to `out`, for a place where `default_namespace` is the default namespace.

            Raises `PayloadError` for a value that has no text and `XMLCharacterError` for characters that XML forbids; what was
            appended until then is of no use.
            """
            ...

    def replace(self, **changes: Any) -> Self:
        """A copy with other values for some fields. Raises TypeError for a field that the class does not have."""
        cls = type(self)
        names = [one.field for one in cls.payload_fields]
        for name in changes:
            if name not in names:
                raise TypeError(f"{cls.__name__} has no field {name!r}")
        copy = object.__new__(cls)
        for name in (*_Kept.__slots__, *names):
            setattr(copy, name, changes[name] if name in changes else getattr(self, name))
        return copy

    def in_namespace(self, ns: str) -> Self:
        """A copy in another namespace that the class reads, what it contains along; itself where it is in that one.

        So a request in an older version of a protocol is answered in the same. Raises ValueError for a namespace that the
        class does not know.
        """
        if all(ns != known for known, _ in type(self).element_names):
            raise ValueError(f"{type(self).__name__} is not defined in {ns!r}")
        return cast("Self", _moved(self, ns))

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        values = self._values
        return bool(values(self) == values(other))

    def __repr__(self) -> str:
        parts = [f"{one.field}={getattr(self, one.field)!r}" for one in type(self).payload_fields]
        parts += [f"{name}={value!r}" for name in _Kept.__slots__ if (value := getattr(self, name)) is not None]
        return f"{type(self).__name__}({', '.join(parts)})"


def _moved(value: Any, ns: str) -> Any:
    """`value` with all payloads in it that know the namespace `ns` in that one."""
    if isinstance(value, list):
        return [_moved(item, ns) for item in typing.cast("typing.Iterable[Any]", value)]
    if not isinstance(value, Payload):
        return value
    changes: dict[str, Any] = {}
    for one in type(value).payload_fields:
        old = getattr(value, one.field)
        if isinstance(one, kinds.Namespace):
            new = ns if any(ns == known for known, _ in type(value).element_names) else old
        else:
            new = _moved(old, ns)
        if new is not old and new != old:
            changes[one.field] = new
    return value.replace(**changes) if changes else value


def complete(cls: type[Payload]) -> None:
    """Generate the functions of a class. Raises TypeError for a definition that makes no sense."""
    for one in cls.payload_fields:
        one.bind(_annotation(cls, one.field) if one.needs_annotation else None, cls)
    namespace = dict(kinds.NAMES)
    source = _constructor(cls, namespace)
    if cls.element_names:
        source += _reader(cls, namespace) + node_reader(cls.payload_fields, cls.element_names, namespace)
        source += _REFUSALS if cls.read_only else _writers(cls, namespace)
    exec(compile(source, f"<xmppwire payload {cls.__module__}.{cls.__qualname__}>", "exec"), namespace)  # noqa: S102
    for name in _STAND_INS:
        function = namespace.get(name)
        if name == "from_element" and function is not None and len({local for _, local in cls.element_names}) > 1:
            function = _by_own_name(function, cls.element_names[0][1])
        if function is not None:
            function.__qualname__ = f"{cls.__qualname__}.{name}"
            function.__module__ = cls.__module__
            setattr(cls, name, classmethod(function) if name in _ON_CLASS else function)


def _by_own_name(function: Any, first: str) -> Any:
    """For a class of several elements: paths of faults begin with the name of the one that was read."""

    def from_element(cls: type[Payload], element: Element, /) -> Payload:
        try:
            payload: Payload = function(cls, element)
        except PayloadError as error:
            error.path = element.name[1] + error.path[len(first) :]
            error.args = (error.problem, error.path)
            raise
        return payload

    return from_element


def _annotation(cls: type[Payload], name: str) -> Any:
    """The evaluated annotation of one field, in the module where it was written."""
    for base in cls.__mro__:
        annotation = inspect.get_annotations(base).get(name)
        if isinstance(annotation, str):
            return eval(annotation, vars(sys.modules[base.__module__]))  # noqa: S307 (our own source)
        if annotation is not None:
            return annotation
    raise TypeError(f"{cls.__qualname__}.{name} has no annotation")


def _constructor(cls: type[Payload], namespace: dict[str, Any]) -> str:
    """`__init__`: required fields first, then those with a default; a list or map is made anew each time."""
    parameters: list[str] = []
    lines: list[str] = []
    for one in cls.payload_fields:
        default = one.fresh()
        if default is kinds.MISSING:
            parameters.append(one.field)
            lines.append(f"    self.{one.field} = {one.field}")
            continue
        constant = f"D{one.index}"
        parameters.append(f"{one.field}={constant}")
        if isinstance(default, (list, dict)):
            namespace[constant] = kinds.MISSING
            empty = "[]" if isinstance(default, list) else "{}"
            lines.append(f"    self.{one.field} = {empty} if {one.field} is {constant} else {one.field}")
        else:
            namespace[constant] = default
            lines.append(f"    self.{one.field} = {one.field}")
    head = f"def __init__(self{', *, ' if parameters else ''}{', '.join(parameters)}):"
    last = "    self.unknown_attributes = self.unknown_children = self.child_order = None"
    return "\n".join([head, *lines, last]) + "\n"


def _reader(cls: type[Payload], namespace: dict[str, Any]) -> str:
    several = len({ns for ns, _ in cls.element_names}) > 1
    ns, local = cls.element_names[0]
    reader = Reader(namespace, local, None if several else ns)
    namespace["owner"] = f"{cls.__module__}.{cls.__qualname__}"
    # A field that takes whole namespaces lets the others choose first.
    for one in sorted(cls.payload_fields, key=_greed):
        one.read(reader)
    return reader.finish(cls.unknown_policy.value, several_names=len(cls.element_names) > 1)


def _greed(one: kinds.Kind) -> int:
    return 2 if isinstance(one, (child_kinds.OpenChild, child_kinds.Content)) else isinstance(one, child_kinds.Tag)


def _writers(cls: type[Payload], namespace: dict[str, Any]) -> str:
    first = [one for one in cls.payload_fields if one.attribute]
    then = [one for one in cls.payload_fields if not one.attribute]
    fixed = cls.element_names[0] if len(cls.element_names) == 1 else None
    text, tree = TextWriter(namespace), ElementWriter(namespace)
    for writer in (text, tree):
        for number, group in enumerate((first, then)):
            if number and isinstance(writer, TextWriter):
                writer.content()
            for one in group:
                writer.line(f"v = self.{one.field}")
                one.write(writer)
    return text.finish(fixed, bare=not cls.payload_fields) + tree.finish(
        "own_name(self)" if fixed is None else repr(fixed)
    )


_REFUSALS = """
def to_element(self, /):
    raise read_only(self)
def write(self, out, default_namespace='', /):
    raise read_only(self)
"""

kinds.NAMES |= {**runtime.NAMES, "Payload": Payload}
