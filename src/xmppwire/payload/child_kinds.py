"""The kinds of field that live in children of the element."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from xmppwire.payload.codecs import Codec, Text
from xmppwire.payload.generate import Reader, Writer
from xmppwire.payload.kinds import MISSING, NAMES, Coded, Kind, Namespace, members_of, unless_default
from xmppwire.xml import XML_LANG


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

    def write_each(self, to: Writer, emit: Callable[[str], None]) -> None:
        """Call `emit` for the value, or for each one of a list."""
        if self.many:
            with to.block("for v in v:"):
                emit("v")
        else:
            with unless_default(to, self.default):
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
        self.classes = self.classes or members_of(annotation)
        for cls in self.classes:
            if not getattr(cls, "element_names", ()):
                raise TypeError(f"{owner.__qualname__}.{self.field}: {cls} is no class with an element")

    def read(self, to: Reader) -> None:
        by_name = {name: cls for cls in self.classes for name in cls.element_names}
        for name in by_name:
            to.claim(name)
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
            f"    raise nested(error, {to.local!r}, name[1], {place})",
        ]
        self.read_one(to, test, next(iter(by_name))[1], convert, "item")

    def write(self, to: Writer) -> None:
        self.write_each(to, to.child)


class Children(Child):
    """All child elements of some classes."""

    many = True

    def __init__(self, classes: Iterable[Any]) -> None:
        super().__init__(classes, MISSING)


class Value(Coded, _One):
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
        # Nearly always the content is one piece of text.
        convert = ["text = child.children", "if len(text) == 1 and text[0].__class__ is str:", "    text = text[0]"]
        convert += ["else:", "    text = child.text"]
        text = "text"
        if self.of is not None:
            convert = [f"text = child.attributes.get({self.of!r})", "if text is None:"]
            convert.append(f"    raise missing('attribute', {path})")
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


class Tag(Coded, _One):
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

        def emit(value: str) -> None:
            to.leaf(self.ns, (f"tag_name({encode}({value}))",))

        self.write_each(to, emit)


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


class OpenChild(_One):
    """One child of any name, by the class that the registry has for it."""

    def __init__(self, default: Any) -> None:
        self.default = default

    def read(self, to: Reader) -> None:
        to.before.append(f"v{self.index} = None")
        to.branches.append((self.index, f"v{self.index} is None", [f"v{self.index} = known(child)"]))
        if self.default is MISSING:
            to.after += [f"if v{self.index} is None:", f"    raise missing('child', {f'{to.local}/*'!r})"]
        to.after.append(f"self.{self.field} = v{self.index}")

    def write(self, to: Writer) -> None:
        def emit(value: str) -> None:
            with to.block(f"if {value}.__class__ is Element:"):
                to.element(value)
            with to.block("else:"):
                to.child(value)

        self.write_each(to, emit)


class OpenChildren(OpenChild):
    """All other children, likewise."""

    many = True

    def read(self, to: Reader) -> None:
        to.before.append(f"self.{self.field} = v{self.index} = []")
        to.branches.append((self.index, "True", [f"v{self.index}.append(known(child))"]))


class Content(Kind):
    """Everything between the tags, as it stands."""

    def read(self, to: Reader) -> None:
        to.before.append(f"self.{self.field} = v{self.index} = []")
        to.text = [f"v{self.index}.append(child)"]
        to.branches.append((self.index, "True", [f"v{self.index}.append(child)"]))

    def write(self, to: Writer) -> None:
        with to.block("for v in v:"):
            with to.block("if v.__class__ is Element:"):
                to.element("v")
            with to.block("else:"):
                to.text(Text, "v")

    def fresh(self) -> Any:
        return []


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
        namespaces = [self.ns] if self.ns else list(dict.fromkeys(ns for ns, _ in owner.element_names))
        body: dict[str, Kind] = {"items": self.inner}
        if len(namespaces) > 1:
            body["namespace"] = Namespace()
        self.wrapper = type(owner)(
            self.label(self.name),
            (NAMES["Payload"],),
            body,
            ns=namespaces[0],
            also=namespaces[1:],
            name=self.label(self.name),
            nested=True,
        )

    def read(self, to: Reader) -> None:
        cls, names = to.constant(self.wrapper), self.wrapper.element_names
        for name in names:
            to.claim(name)
        to.before.append(f"v{self.index} = None")
        body = [f"if v{self.index} is not None:", f"    raise repeated(child, {to.local!r})", "try:"]
        body.append(f"    v{self.index} = {cls}.from_element(child).items")
        body += ["except ValueError as error:", f"    raise nested(error, {to.local!r}, name[1], 0)"]
        test = f"name == {to.constant(names[0])}" if len(names) == 1 else f"name in {to.constant(names)}"
        to.branches.append((self.index, test, body))
        to.after.append(f"self.{self.field} = [] if v{self.index} is None else v{self.index}")

    def write(self, to: Writer) -> None:
        with to.block("if v:"):
            space = "" if len(self.wrapper.element_names) == 1 else ", namespace=ns"
            to.child(f"{to.constant(self.wrapper)}(items=v{space})")

    def fresh(self) -> Any:
        return []
