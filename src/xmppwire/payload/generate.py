"""Source builders: the two or three functions of a class are written as Python source, once, and compiled.

`Reader` collects what the kinds of field contribute to `from_element`. `Writer` has two forms that take the same calls:
`TextWriter` makes the function that appends text to a list, `ElementWriter` the one that makes an `Element`. So each kind of
field says once how it is written. Names of the generated code: `self`, `element`, `a` (attributes), `c` (children), `out`,
`v<i>` (the value of field i), `K<n>` (constants).
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from xmppwire.payload.codecs import Codec, Text
from xmppwire.payload.text import qualified
from xmppwire.xml import Name, escape_attribute


class Source:
    """Lines of a function, and the constants that it refers to."""

    def __init__(self, constants: dict[str, Any]) -> None:
        self.lines: list[str] = []
        self.constants = constants
        self.indent = "    "

    def line(self, code: str) -> None:
        """Add one line."""
        self.lines.append(self.indent + code)

    def constant(self, value: Any) -> str:
        """The name under which the function sees `value`."""
        for name, known in self.constants.items():
            if known is value:
                return name
        name = f"K{len(self.constants)}"
        self.constants[name] = value
        return name

    @contextmanager
    def block(self, head: str) -> Generator[None]:
        """An indented block under `head`."""
        self.line(head)
        self.indent += "    "
        yield
        self.indent = self.indent[:-4]

    def own_name(self, ns: str | None, local: str) -> str:
        """The expression for a child's name; `ns` None is the namespace that the element itself is in."""
        return f"(ns, {local!r})" if ns is None else self.constant((ns, local))


class Reader(Source):
    """Contributions to `from_element(element)`."""

    def __init__(self, constants: dict[str, Any], local: str, namespace: str | None) -> None:
        super().__init__(constants)
        self.local = local
        self.namespace = namespace
        """None where the class reads several namespaces: names of children are then made from the element's."""
        self.known: list[str] = []
        self.claimed: set[Name | str] = set()
        self.required = 0
        self.before: list[str] = []
        self.branches: list[tuple[int, str, list[str]]] = []
        """(place in the order of writing, test of `name`, lines)"""
        self.text: list[str] | None = None
        self.rest: tuple[int, str] | None = None
        self.after: list[str] = []

    def convert(self, target: str, codec: Codec[Any], text: str, path: str) -> list[str]:
        """Lines that decode `text` into `target`; `path` is the fault's, as an expression."""
        if codec is Text:
            return [f"{target} = {text}"]
        lines = [
            "try:",
            f"    {target} = {self.constant(codec.decode)}({text})",
            "except ValueError as error:",
            f"    raise fault(error, {path}) from error",
        ]
        if codec.table is None:
            return lines
        table = self.constant(codec.table)
        return [
            f"if {text} in {table}:",
            f"    {target} = {table}[{text}]",
            "else:",
            *("    " + line for line in lines),
        ]

    def claim(self, name: Name | str) -> None:
        """Note that a field reads the attribute or child called `name`. Raises TypeError where another one does already."""
        if name in self.claimed:
            raise TypeError(f"two fields of {self.constants['owner']} read {name!r}")
        self.claimed.add(name)

    def child_name(self, ns: str | None, local: str) -> str:
        """The constant or local variable that holds the name of a child."""
        self.claim((ns or self.namespace or "", local))
        if ns is None and self.namespace is None:
            variable = f"n_{len(self.before)}"
            self.before.append(f"{variable} = (ns, {local!r})")
            return variable
        return self.constant((ns or self.namespace, local))

    def finish(self, unknown: str, several_names: bool) -> str:
        """The whole function. `unknown` is the value of the policy."""
        out = ["def from_element(cls, element, /):", "    self = new(cls)", "    a = element.attributes"]
        if self.namespace is None or several_names:
            out.append("    ns, local = element.name")
        if self.required != len(self.known):
            out.append(f"    n = {self.required}")
        out += self.lines
        count = "n" if self.required != len(self.known) else str(self.required)
        if unknown == "ignore":
            out.append("    self.unknown_attributes = None")
        else:
            handler = "unknown_attributes" if unknown == "keep" else "refuse_attributes"
            known = self.constant(frozenset(self.known))
            out.append(
                f"    self.unknown_attributes = None if len(a) == {count} else {handler}(a, {known}, {self.local!r})"
            )
        out += ["    " + line for line in self.before]
        out += ["    unknown = None", "    last = 0", "    disorder = False", "    for child in element.children:"]
        out.append("        if child.__class__ is str:")
        out += ["            " + line for line in self.text or []]
        if self.text is None:
            out += [
                "            if child and not child.isspace():",
                f"                raise stray_text({self.local!r})",
            ]
        out += ["            continue", "        name = child.name"]
        for position, (index, test, body) in enumerate(self.branches):
            out.append(f"        {'elif' if position else 'if'} {test}:")
            out += ["            " + line for line in body]
            out += _in_order(index)
        out += ["        else:"] if self.branches else ["        if True:"]
        if self.rest is not None:
            index, variable = self.rest
            out += [f"            {variable}.append(child)", *_in_order(index)]
        elif unknown == "refuse":
            out.append(f"            raise unknown_child(child, {self.local!r})")
        elif unknown == "keep":
            out += [
                "            if unknown is None:",
                "                unknown = []",
                "            unknown.append(child)",
            ]
            out.append("            last = 1000")
        else:
            out.append("            pass")
        out += ["    " + line for line in self.after]
        out += ["    self.unknown_children = unknown", "    self.child_order = order_of(element) if disorder else None"]
        out.append("    return self")
        return "\n".join(out) + "\n"


def _in_order(index: int) -> list[str]:
    """Lines that notice a child which stands elsewhere than it will be written."""
    return [f"            if last > {index}:", "                disorder = True", f"            last = {index}"]


class Writer(Source):
    """What a kind of field may say about how it is written."""

    def attribute(self, name: str, codec: Codec[Any], value: str) -> None:
        """An attribute of the element itself."""
        raise NotImplementedError

    def text(self, codec: Codec[Any], value: str) -> None:
        """The element's text."""
        raise NotImplementedError

    def child(self, value: str) -> None:
        """A child that writes itself."""
        raise NotImplementedError

    def element(self, value: str) -> None:
        """A child that is an `Element`."""
        raise NotImplementedError

    def leaf(
        self,
        ns: str | None,
        local: str | tuple[str],
        text: tuple[Codec[Any], str] | None = None,
        attribute: tuple[str, Codec[Any], str] | None = None,
    ) -> None:
        """A child with a text or an attribute or neither. `ns` None is the element's own; a `local` in a tuple is an
        expression."""
        raise NotImplementedError


class ElementWriter(Writer):
    """`to_element(self)`."""

    def _encoded(self, codec: Codec[Any], value: str) -> str:
        return f"{self.constant(codec.encode)}({value})"

    def attribute(self, name: str, codec: Codec[Any], value: str) -> None:
        self.line(f"a[{name!r}] = {self._encoded(codec, value)}")

    def text(self, codec: Codec[Any], value: str) -> None:
        with self.block(f"if text := {self._encoded(codec, value)}:"):
            self.line("c.append(text)")

    def child(self, value: str) -> None:
        self.line(f"c.append({value}.to_element())")

    def element(self, value: str) -> None:
        self.line(f"c.append({value})")

    def leaf(
        self,
        ns: str | None,
        local: str | tuple[str],
        text: tuple[Codec[Any], str] | None = None,
        attribute: tuple[str, Codec[Any], str] | None = None,
    ) -> None:
        name = (
            f"({'ns' if ns is None else repr(ns)}, {local[0]})"
            if isinstance(local, tuple)
            else self.own_name(ns, local)
        )
        attributes = "{}" if attribute is None else f"{{{attribute[0]!r}: {self._encoded(*attribute[1:])}}}"
        content = "[]" if text is None else f"one_text({self._encoded(*text)})"
        self.line(f"c.append(Element({name}, {attributes}, {content}))")

    def finish(self, name: str) -> str:
        """The whole function; `name` is the expression for the element's name."""
        out = ["def to_element(self, /):", f"    name = {name}", "    ns = name[0]", "    c = []"]
        out += [
            "    a = {} if self.unknown_attributes is None else dict(self.unknown_attributes)",
            "    try:",
            "        pass",
        ]
        out += ["    " + line for line in self.lines]
        out += _failure()
        out += ["    if self.unknown_children is not None:", "        c += self.unknown_children"]
        out += ["    if self.child_order is not None:", "        c = in_order(c, self.child_order)"]
        out.append("    return Element(name, a, c)")
        return "\n".join(out) + "\n"


class TextWriter(Writer):
    """`write(self, out, default_namespace)`. Text known beforehand is gathered and appended with what follows it."""

    def __init__(self, constants: dict[str, Any]) -> None:
        super().__init__(constants)
        self.pending: list[str] = []

    def line(self, code: str) -> None:
        self.flush()
        super().line(code)

    @contextmanager
    def block(self, head: str) -> Generator[None]:
        with super().block(head):
            yield
            self.flush()

    def literal(self, text: str) -> None:
        """Fixed text."""
        self.pending.append(
            repr(text)[1:-1].replace("{", "{{").replace("}", "}}").replace("\\'", "'").replace('"', "&quot;")
        )

    def formula(self, expression: str) -> None:
        """Text that an expression without quotation marks gives."""
        self.pending.append(f"{{{expression}}}")

    def flush(self) -> None:
        """Append what is pending."""
        if self.pending:
            code = "".join(self.pending)
            self.pending.clear()
            super().line(f'add(f"{code}")' if "{" in code else f'add("{code}")')

    def _encoded(self, codec: Codec[Any], value: str, escape: str) -> str:
        if codec is Text:
            return f"{escape}({value})"
        encoded = f"{self.constant(codec.encode)}({value})"
        return encoded if codec.plain else f"{escape}({encoded})"

    def attribute(self, name: str, codec: Codec[Any], value: str) -> None:
        self._attribute(name, codec, value)

    def _attribute(self, name: str, codec: Codec[Any], value: str) -> None:
        # A number of its own for each prefix: two of them may be on one element.
        declaration, label = qualified(name, f"n{len(self.lines) + len(self.pending)}")
        self.literal(f"{declaration} {label}='")
        self.formula(self._encoded(codec, value, "escape_attribute"))
        self.literal("'")

    def content(self) -> None:
        """From here on what is written stands between the tags."""
        with self.block("if self.unknown_attributes is not None:"):
            self.line("write_attributes(self.unknown_attributes, out)")
        self.literal(">")
        self.line("mark = len(out)")

    def text(self, codec: Codec[Any], value: str) -> None:
        with self.block(f"if text := {self._encoded(codec, value, 'escape_text')}:"):
            self.line("add(text)")

    def child(self, value: str) -> None:
        self.line(f"{value}.write(out, ns)")

    def element(self, value: str) -> None:
        self.line(f"append_element({value}, out, ns)")

    def leaf(
        self,
        ns: str | None,
        local: str | tuple[str],
        text: tuple[Codec[Any], str] | None = None,
        attribute: tuple[str, Codec[Any], str] | None = None,
    ) -> None:
        def tag() -> None:
            if isinstance(local, tuple):
                self.formula(local[0])
            else:
                self.literal(local)

        self.literal("<")
        tag()
        if ns is not None:
            self.literal(f" xmlns='{escape_attribute(ns)}'")
        if attribute is not None:
            self._attribute(*attribute)
        if text is None:
            self.literal("/>")
        else:
            self.literal(">")
            self.formula(self._encoded(*text, "escape_text"))
            self.literal("</")
            tag()
            self.literal(">")

    def finish(self, name: Name | None, *, bare: bool) -> str:
        """The whole function. `name` is None where instances differ in it; `bare` says that the class has no fields."""
        self.flush()
        out = ["def write(self, out, default_namespace='', /):", "    if self.child_order is not None:"]
        out += ["        return append_element(self.to_element(), out, default_namespace)"]
        if name is None:
            start = [
                "ns, local = own_name(self)",
                'add(f"<{local}" if default_namespace == ns else f"<{local} xmlns=\'{escape_attribute(ns)}\'")',
            ]
            end = 'f"</{local}>"'
        else:
            ns, local = name
            same, other = f"<{local}", f"<{local} xmlns='{escape_attribute(ns)}'"
            start = [f"ns = {ns!r}", f"add({same!r} if default_namespace == ns else {other!r})"]
            end = repr(f"</{local}>")
            if bare:
                out.append("    if self.unknown_attributes is None and self.unknown_children is None:")
                out.append(
                    f"        return out.append({same + '/>'!r} if default_namespace == {ns!r} else {other + '/>'!r})"
                )
        out += ["    add = out.append", "    try:", *("        " + line for line in start)]
        out += ["    " + line for line in self.lines]
        out += ["        if self.unknown_children is not None:", "            for child in self.unknown_children:"]
        out += ["                append_element(child, out, ns)"]
        out += [
            "        if len(out) == mark:",
            "            out[-1] = out[-1][:-1] + '/>'",
            "        else:",
            f"            add({end})",
        ]
        out += _failure()
        return "\n".join(out) + "\n"


def _failure() -> list[str]:
    return [
        "    except XMLCharacterError:",
        "        raise",
        "    except (AttributeError, LookupError, TypeError, ValueError) as error:",
        "        raise unwritable(self, error)",
    ]
