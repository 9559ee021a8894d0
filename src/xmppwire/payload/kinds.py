"""The kinds of field: what each contributes to reading and writing an element. `xmppwire.payload.field` is the public face.

A kind has four duties: `bind` once the class is known (codec and classes from the annotation), `read` into a `Reader`,
`write` into a `Writer` (either form), and `check`, which finds out whether this field is why an instance cannot be written.
"""

from __future__ import annotations

import enum
import types
from collections.abc import Iterable
from typing import Any, ClassVar, Protocol, Union, get_args, get_origin

from xmppwire.payload.codecs import Codec, Text, codec_for
from xmppwire.payload.generate import Reader, TextWriter, Writer
from xmppwire.xml import XML_LANG, Element, Name


class Missing(enum.Enum):
    """The type of `MISSING`."""

    MISSING = "missing"


MISSING = Missing.MISSING
"""No default: the field is required."""


class Convertible(Protocol):
    """What may stand in a child field: payload classes and stanza classes."""

    element_names: ClassVar[tuple[Name, ...]]

    @classmethod
    def from_element(cls, element: Element, /) -> Any:
        """Decode; raises ValueError."""
        ...

    def to_element(self) -> Element:
        """Encode."""
        ...

    def write(self, out: list[str], default_namespace: str, /) -> object:
        """Append the text, for a place where `default_namespace` is the default one."""
        ...


class Kind:
    """One field of a definition."""

    attribute = False
    """Whether it is written into the start tag."""
    default: Any = MISSING
    field: str
    """The field's Python name."""
    index: int
    """Its number in the class."""

    def label(self, name: str | None) -> str:
        """The XML name: the one given, or the field's."""
        return self.field.rstrip("_").replace("_", "-") if name is None else name

    def bind(self, annotation: Any, owner: Any) -> None:
        """Complete the field from its annotation (None where the field names all it needs)."""

    @property
    def needs_annotation(self) -> bool:
        """Whether `bind` wants the annotation."""
        return False

    def read(self, to: Reader) -> None:
        """Contribute to the decoding function."""
        raise NotImplementedError

    def write(self, to: Writer) -> None:
        """Contribute to an encoding function; the field's value is in `v`."""
        raise NotImplementedError

    def check(self, value: Any) -> None:
        """Raise what writing `value` raises, or nothing."""
        parts: list[str] = []
        to = TextWriter(namespace := dict(NAMES))
        to.line("add = out.append")
        to.line("ns = ''")
        self.write(to)
        to.flush()
        exec("def check(v, out):\n" + "\n".join(to.lines), namespace)  # noqa: S102 (source of our own making)
        namespace["check"](value, parts)

    def fresh(self) -> Any:
        """The value that an instance gets where none is given."""
        return self.default


NAMES: dict[str, Any] = {}
"""What generated code may refer to; filled by the mapper."""


def _members(annotation: Any) -> tuple[Any, ...]:
    """The types of an annotation without None; those in the brackets of a list."""
    if get_origin(annotation) is list:
        return _members(get_args(annotation)[0])
    parts = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
    return tuple(part for part in parts if part is not type(None))


class _Coded(Kind):
    """A kind with a codec."""

    codec: Codec[Any]

    def __init__(self, codec: Codec[Any] | None) -> None:
        self._codec = codec

    @property
    def needs_annotation(self) -> bool:
        return self._codec is None

    def bind(self, annotation: Any, owner: Any) -> None:
        if self._codec is None:
            members = _members(annotation)
            found = codec_for(members[0]) if len(members) == 1 else None
            if found is None:
                raise TypeError(f"{owner.__qualname__}.{self.field}: no codec is known for {annotation}; name one")
            self._codec = found
        self.codec = self._codec


class Attribute(_Coded):
    """An attribute of the element."""

    attribute = True

    def __init__(self, codec: Codec[Any] | None, name: str | None, default: Any, always: bool = False) -> None:
        super().__init__(codec)
        self.name = name
        self.default = default
        self.always = always

    def read(self, to: Reader) -> None:
        name = self.label(self.name)
        path = repr(f"{to.local}@{'xml:lang' if name == XML_LANG else name}")
        to.known.append(name)
        to.line(f"v = a.get({name!r})")
        if self.default is MISSING:
            to.required += 1
            with to.block("if v is None:"):
                to.line(f"raise missing('attribute', {path})")
            for line in to.convert(f"self.{self.field}", self.codec, "v", path):
                to.line(line)
        else:
            with to.block("if v is None:"):
                to.line(f"self.{self.field} = {to.constant(self.default)}")
            with to.block("else:"):
                to.line("n += 1")
                for line in to.convert(f"self.{self.field}", self.codec, "v", path):
                    to.line(line)

    def write(self, to: Writer) -> None:
        with _unless_default(to, MISSING if self.always else self.default):
            to.attribute(self.label(self.name), self.codec, "v")


def _unless_default(to: Writer, default: Any) -> Any:
    """A block that is skipped where the value is the default; `if True` where there is none."""
    if default is MISSING:
        return _Plain()
    return to.block("if v is not None:" if default is None else f"if v != {to.constant(default)}:")


class _Plain:
    """A block that is none."""

    def __enter__(self) -> None: ...

    def __exit__(self, *exc: object) -> None: ...


class TextOf(_Coded):
    """The element's own text."""

    def __init__(self, codec: Codec[Any] | None, default: Any) -> None:
        super().__init__(codec)
        self.default = default

    def read(self, to: Reader) -> None:
        to.before.append("text = ''")
        to.text = ["text = text + child if text else child"]
        convert = to.convert(f"self.{self.field}", self.codec, "text", repr(f"{to.local}/text()"))
        if self.default is MISSING:
            to.after += convert
        else:
            to.after += ["if text:", *("    " + line for line in convert), "else:"]
            to.after.append(f"    self.{self.field} = {to.constant(self.default)}")

    def write(self, to: Writer) -> None:
        with _unless_default(to, self.default):
            to.text(self.codec, "v")


class _One(Kind):
    """A kind that reads at most one child element, or many of them."""

    many = False

    def read_one(self, to: Reader, test: str, local: str, convert: list[str], item: str) -> None:
        """The branch for a child that passes `test`; `convert` makes `item` of it."""
        variable = f"v{self.index}"
        if self.many:
            to.before.append(f"self.{self.field} = {variable} = []")
            to.branches.append((self.index, test, [*convert, f"{variable}.append({item})"]))
            return
        to.before.append(f"{variable} = None")
        repeated = ["if " + variable + " is not None:", f"    raise repeated(child, {to.local!r})"]
        to.branches.append((self.index, test, [*repeated, *convert, f"{variable} = {item}"]))
        if self.default is MISSING:
            to.after += [f"if {variable} is None:", f"    raise missing('child', {f'{to.local}/{local}'!r})"]
            to.after.append(f"self.{self.field} = {variable}")
        elif self.default is None:
            to.after.append(f"self.{self.field} = {variable}")
        else:
            to.after.append(f"self.{self.field} = {to.constant(self.default)} if {variable} is None else {variable}")

    def write_each(self, to: Writer, emit: Any) -> None:
        """Call `emit` for the value, or for each one of a list."""
        if self.many:
            with to.block("for v in v:"):
                emit("v")
        else:
            with _unless_default(to, self.default):
                emit("v")

    def fresh(self) -> Any:
        return [] if self.many else self.default


class Child(_One):
    """A child element of one of several classes."""

    def __init__(self, classes: Iterable[Any], default: Any) -> None:
        self.classes = tuple(classes)
        self.default = default

    @property
    def needs_annotation(self) -> bool:
        return not self.classes

    def bind(self, annotation: Any, owner: Any) -> None:
        self.classes = self.classes or _members(annotation)
        for cls in self.classes:
            if not getattr(cls, "element_names", ()):
                raise TypeError(f"{owner.__qualname__}.{self.field}: {cls} is no class with an element")

    def read(self, to: Reader) -> None:
        by_name = {name: cls for cls in self.classes for name in cls.element_names}
        if len(by_name) == 1:
            (name, cls), *_ = by_name.items()
            test, target = f"name == {to.constant(name)}", to.constant(cls)
        else:
            table = to.constant(by_name)
            test, target = f"name in {table}", f"{table}[name]"
        place = f"len(v{self.index}) + 1" if self.many else "0"
        convert = [
            "try:",
            f"    item = {target}.from_element(child)",
            "except ValueError as error:",
            f"    raise nested(error, {to.local!r}, name[1], {place}) from error",
        ]
        self.read_one(to, test, next(iter(by_name))[1], convert, "item")

    def write(self, to: Writer) -> None:
        self.write_each(to, to.child)


class Children(Child):
    """All child elements of some classes."""

    many = True

    def __init__(self, classes: Iterable[Any]) -> None:
        super().__init__(classes, MISSING)


class Value(_Coded, _One):
    """What a simple child holds in its text or in one attribute."""

    def __init__(
        self, codec: Codec[Any] | None, name: str | None, ns: str | None, attribute: str | None, default: Any
    ) -> None:
        super().__init__(codec)
        self.name = name
        self.ns = ns
        self.of = attribute
        self.default = default

    def read(self, to: Reader) -> None:
        local = self.label(self.name)
        at = f"at(v{self.index}, {local!r})" if self.many else repr(local)
        suffix = "/text()" if self.of is None else f"@{self.of}"
        path = f"{to.local + '/'!r} + {at} + {suffix!r}"
        convert: list[str] = []
        text = "child.text"
        if self.of is not None:
            convert = [f"text = child.attributes.get({self.of!r})", "if text is None:"]
            convert.append(f"    raise missing('attribute', {path})")
            text = "text"
        convert += to.convert("item", self.codec, text, path)
        self.read_one(to, f"name == {to.child_name(self.ns, local)}", local, convert, "item")

    def write(self, to: Writer) -> None:
        local = self.label(self.name)

        def emit(value: str) -> None:
            if self.of is None:
                to.leaf(self.ns, local, text=(self.codec, value))
            else:
                to.leaf(self.ns, local, attribute=(self.of, self.codec, value))

        self.write_each(to, emit)


class Values(Value):
    """The same, repeated."""

    many = True

    def __init__(self, codec: Codec[Any] | None, name: str | None, ns: str | None, attribute: str | None) -> None:
        super().__init__(codec, name, ns, attribute, MISSING)


class Flag(_One):
    """An empty child that is there or not."""

    default = False

    def __init__(self, name: str | None, ns: str | None) -> None:
        self.name = name
        self.ns = ns

    def read(self, to: Reader) -> None:
        local = self.label(self.name)
        self.read_one(to, f"name == {to.child_name(self.ns, local)}", local, [], "True")

    def write(self, to: Writer) -> None:
        with to.block("if v:"):
            to.leaf(self.ns, self.label(self.name))


class Tag(_Coded, _One):
    """An empty child whose name is the value."""

    def __init__(self, codec: Codec[Any] | None, ns: str | None, default: Any) -> None:
        super().__init__(codec)
        self.ns = ns
        self.default = default

    def read(self, to: Reader) -> None:
        ns = "ns" if self.ns is None and to.namespace is None else to.constant(self.ns or to.namespace)
        convert = to.convert("item", self.codec, "name[1]", f"{to.local + '/'!r} + name[1]")
        self.read_one(to, f"name[0] == {ns}", "*", convert, "item")

    def write(self, to: Writer) -> None:
        encode = to.constant(self.codec.encode)
        self.write_each(to, lambda value: to.leaf(self.ns, (f"tag_name({encode}({value}))",)))


class LanguageMap(Kind):
    """Children of one name, by language."""

    def __init__(self, name: str | None, ns: str | None) -> None:
        self.name = name
        self.ns = ns

    def read(self, to: Reader) -> None:
        to.before.append(f"self.{self.field} = v{self.index} = {{}}")
        test = f"name == {to.child_name(self.ns, self.label(self.name))}"
        body = [f"lang = child.attributes.get({XML_LANG!r}, '')", f"if lang in v{self.index}:"]
        body += [f"    raise repeated(child, {to.local!r})", f"v{self.index}[lang] = child.text"]
        to.branches.append((self.index, test, body))

    def write(self, to: Writer) -> None:
        local = self.label(self.name)
        with to.block("for lang, text in v.items():"):
            with to.block("if lang:"):
                to.leaf(self.ns, local, text=(Text, "text"), attribute=(XML_LANG, Text, "lang"))
            with to.block("else:"):
                to.leaf(self.ns, local, text=(Text, "text"))

    def fresh(self) -> Any:
        return {}


class Rest(Kind):
    """Children that nothing else claims."""

    def read(self, to: Reader) -> None:
        to.before.append(f"self.{self.field} = v{self.index} = []")
        to.rest = (self.index, f"v{self.index}")

    def write(self, to: Writer) -> None:
        with to.block("for v in v:"):
            to.element("v")

    def fresh(self) -> Any:
        return []


class Namespace(Kind):
    """The namespace that the element is in."""

    attribute = True
    default = ""

    def bind(self, annotation: Any, owner: Any) -> None:
        self.default = owner.element_names[0][0]

    def read(self, to: Reader) -> None:
        to.line(f"self.{self.field} = ns")

    def write(self, to: Writer) -> None:
        """The start tag has it."""


class OwnName(_Coded):
    """The local name of the element."""

    attribute = True

    def __init__(self, codec: Codec[Any] | None, default: Any) -> None:
        super().__init__(codec)
        self.default = default

    def read(self, to: Reader) -> None:
        for line in to.convert(f"self.{self.field}", self.codec, "local", repr(to.local)):
            to.line(line)

    def write(self, to: Writer) -> None:
        """The start tag has it."""


class Wrapped(Kind):
    """A list within an element of its own, which an unnamed class stands for."""

    def __init__(self, inner: Kind, name: str | None, ns: str | None) -> None:
        if not isinstance(inner, (Values, Children)):
            raise TypeError("field.wrapped takes field.values(...) or field.children(...)")
        self.inner = inner
        self.name = name
        self.ns = ns
        self.wrapper: Any = None
        self.annotation: Any = None

    @property
    def needs_annotation(self) -> bool:
        return self.inner.needs_annotation

    def bind(self, annotation: Any, owner: Any) -> None:
        self.inner.field = "items"
        self.inner.bind(annotation, owner)
        ns = self.ns or owner.element_names[0][0]
        self.wrapper = type(owner)(
            self.label(self.name),
            (NAMES["Payload"],),
            {"items": self.inner},
            ns=ns,
            name=self.label(self.name),
            nested=True,
        )

    def read(self, to: Reader) -> None:
        cls = to.constant(self.wrapper)
        to.before.append(f"v{self.index} = None")
        body = [f"if v{self.index} is not None:", f"    raise repeated(child, {to.local!r})", "try:"]
        body.append(f"    v{self.index} = {cls}.from_element(child).items")
        body += ["except ValueError as error:", f"    raise nested(error, {to.local!r}, name[1], 0) from error"]
        to.branches.append((self.index, f"name == {to.constant(self.wrapper.element_names[0])}", body))
        to.after.append(f"self.{self.field} = [] if v{self.index} is None else v{self.index}")

    def write(self, to: Writer) -> None:
        with to.block("if v:"):
            to.child(f"{to.constant(self.wrapper)}(items=v)")

    def fresh(self) -> Any:
        return []
