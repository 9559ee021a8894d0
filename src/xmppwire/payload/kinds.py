"""The kinds of field: what each contributes to reading and writing an element. `xmppwire.payload.field` is the public face.

Here: what all kinds share, and those that live in the element itself; `child_kinds` has those that live in its children.

A kind has four duties: `bind` once the class is known (codec and classes from the annotation), `read` into a `Reader`,
`write` into a `Writer` (either form), and `check`, which finds out whether this field is why an instance cannot be written.
"""

from __future__ import annotations

import enum
import types
from typing import Any, ClassVar, Protocol, Union, get_args, get_origin

from xmppwire.payload.codecs import Codec, codec_for
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


def members_of(annotation: Any) -> tuple[Any, ...]:
    """The types of an annotation without None; those in the brackets of a list."""
    if get_origin(annotation) is list:
        return members_of(get_args(annotation)[0])
    parts = get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)
    return tuple(part for part in parts if part is not type(None))


class Coded(Kind):
    """A kind with a codec."""

    codec: Codec[Any]

    def __init__(self, codec: Codec[Any] | None) -> None:
        self._codec = codec

    @property
    def needs_annotation(self) -> bool:
        return self._codec is None

    def bind(self, annotation: Any, owner: Any) -> None:
        if self._codec is None:
            members = members_of(annotation)
            found = codec_for(members[0]) if len(members) == 1 else None
            if found is None:
                raise TypeError(f"{owner.__qualname__}.{self.field}: no codec is known for {annotation}; name one")
            self._codec = found
        self.codec = self._codec


class Attribute(Coded):
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
        to.claim(name)
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
        with unless_default(to, MISSING if self.always and self.default is not None else self.default):
            to.attribute(self.label(self.name), self.codec, "v")


def unless_default(to: Writer, default: Any) -> Any:
    """A block that is skipped where the value is the default; `if True` where there is none."""
    if default is MISSING:
        return _Plain()
    return to.block("if v is not None:" if default is None else f"if v != {to.constant(default)}:")


class _Plain:
    """A block that is none."""

    def __enter__(self) -> None: ...

    def __exit__(self, *exc: object) -> None: ...


class TextOf(Coded):
    """The element's own text."""

    def __init__(self, codec: Codec[Any] | None, default: Any) -> None:
        super().__init__(codec)
        self.default = default

    def read(self, to: Reader) -> None:
        to.before.append("own = ''")
        to.text = ["own = own + child if own else child"]
        convert = to.convert(f"self.{self.field}", self.codec, "own", repr(f"{to.local}/text()"))
        if self.default is MISSING:
            to.after += convert
        else:
            to.after += ["if own:", *("    " + line for line in convert), "else:"]
            to.after.append(f"    self.{self.field} = {to.constant(self.default)}")

    def write(self, to: Writer) -> None:
        with unless_default(to, self.default):
            to.text(self.codec, "v")


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


class OwnName(Coded):
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
