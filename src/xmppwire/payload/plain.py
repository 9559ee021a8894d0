"""Decoding straight from the nodes of the standard library, where an element is what its definition expects and no more.

`from_node` is generated beside `from_element`, for classes whose fields are of the kinds below. It knows no errors: wherever
anything is out of the ordinary (an unknown attribute or child, another order, stray text, a value that does not decode) it
returns None or raises ValueError or KeyError, and `from_element` has the word.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xmppwire.payload import child_kinds, kinds
from xmppwire.payload.codecs import Codec, Text
from xmppwire.payload.generate import Source
from xmppwire.xml import Name
from xmppwire.xml.node import tag_of

_HEAD = 'def from_node(cls, node, /):\n    """Decode a node that is plain; see `Payload`."""'
_IMPOSSIBLE = "    return None"


class NodeReader(Source):
    """Contributions to `from_node(node)`. Names of the generated code: those of `from_element`; `t`, the tag of a child."""

    def __init__(self, constants: dict[str, Any], namespace: str | None) -> None:
        super().__init__(constants)
        self.namespace = namespace
        self.required = self.optional = 0
        self.text = False
        self.before: list[str] = []
        self.branches: list[tuple[int, str, list[str]]] = []
        self.after: list[str] = []

    def convert(self, target: str, codec: Codec[Any], text: str) -> str:
        """The line that decodes `text`."""
        if codec is Text:
            return f"{target} = {text}"
        if codec.table is None:
            return f"{target} = {self.constant(codec.decode)}({text})"
        table = self.constant(codec.table)
        return f"{target} = {table}[{text}]"

    def test(self, ns: str | None, local: str) -> str:
        """The expression that compares the tag of a child."""
        if ns is None and self.namespace is None:
            variable = f"n_{len(self.before)}"
            self.before.append(f"{variable} = '{{' + ns + {'}' + local!r}")
            return f"t == {variable}"
        return f"t == {tag_of((ns or self.namespace or '', local))!r}"

    def finish(self) -> str:
        """The whole function."""
        out = [_HEAD]
        if self.required or self.optional:
            out.append("    a = node.attrib")
            if self.optional:
                out.append(f"    n = {self.required}")
        out += ["    self = new(cls)", *self.lines]
        if not self.required and not self.optional:
            out += ["    if node.keys():", "        return None"]
        else:
            out += [f"    if len(a) != {'n' if self.optional else self.required}:", "        return None"]
        out += ["    " + line for line in self.before]
        if self.text:
            out.append("    own = node.text or ''")
        else:
            out += ["    if (text := node.text) is not None and not text.isspace():", "        return None"]
        if self.branches:
            ordered = len(self.branches) > 1
            if ordered:
                out.append("    last = 0")
            out += ["    for child in node[:]:", "        t = child.tag"]
            for position, (index, test, body) in enumerate(self.branches):
                out.append(f"        {'elif' if position else 'if'} {test}:")
                out += ["            " + line for line in body]
                if ordered:
                    out += [
                        f"            if last > {index}:",
                        "                return None",
                        f"            last = {index}",
                    ]
            out += ["        else:", "            return None"]
            tail = "child.tail is not None" if self.text else "(text := child.tail) is not None and not text.isspace()"
            out += [f"        if {tail}:", "            return None"]
        else:
            out += ["    if len(node):", "        return None"]
        out += ["    " + line for line in self.after]
        out += ["    self.unknown_attributes = self.unknown_children = self.child_order = None", "    return self"]
        return "\n".join(out) + "\n"


def _attribute(one: kinds.Attribute, to: NodeReader) -> None:
    name = one.label(one.name)
    if name.startswith("{"):
        namespace, _, local = name[1:].partition("}")
        name = tag_of((namespace, local))
    to.line(f"v = a.get({name!r})")
    if one.default is kinds.MISSING:
        to.required += 1
        to.line("if v is None:")
        to.line("    return None")
        to.line(to.convert(f"self.{one.field}", one.codec, "v"))
    else:
        to.optional += 1
        to.line("if v is None:")
        to.line(f"    self.{one.field} = {to.constant(one.default)}")
        to.line("else:")
        to.line("    n += 1")
        to.line("    " + to.convert(f"self.{one.field}", one.codec, "v"))


def _text(one: kinds.TextOf, to: NodeReader) -> None:
    to.text = True
    line = to.convert(f"self.{one.field}", one.codec, "own")
    if one.default is kinds.MISSING:
        to.after.append(line)
    else:
        to.after += ["if own:", "    " + line, "else:", f"    self.{one.field} = {to.constant(one.default)}"]


def _namespace(one: kinds.Namespace, to: NodeReader) -> None:
    to.line(f"self.{one.field} = ns")


def _one(one: Any, to: NodeReader, test: str, convert: list[str], item: str) -> None:
    variable = f"v{one.index}"
    if one.many:
        to.before.append(f"self.{one.field} = {variable} = []")
        to.branches.append((one.index, test, [*convert, f"{variable}.append({item})"]))
        return
    to.before.append(f"{variable} = None")
    to.branches.append(
        (one.index, test, [f"if {variable} is not None:", _IMPOSSIBLE, *convert, f"{variable} = {item}"])
    )
    if one.default is kinds.MISSING:
        to.after += [f"if {variable} is None:", _IMPOSSIBLE]
    if one.default is kinds.MISSING or one.default is None:
        to.after.append(f"self.{one.field} = {variable}")
    else:
        to.after.append(f"self.{one.field} = {to.constant(one.default)} if {variable} is None else {variable}")


def _child(one: child_kinds.Child, to: NodeReader) -> None:
    by_tag = {tag_of(name): cls for cls in one.classes for name in cls.element_names}
    if len(by_tag) == 1:
        ((tag, cls),) = by_tag.items()
        test, target = f"t == {tag!r}", to.constant(cls)
    else:
        table = to.constant(by_tag)
        test, target = f"t in {table}", f"{table}[t]"
    _one(one, to, test, [f"item = {target}.from_node(child)", "if item is None:", _IMPOSSIBLE], "item")


def _value(one: child_kinds.Value, to: NodeReader) -> None:
    if one.of is None:
        convert = ["if len(child):", _IMPOSSIBLE, "text = child.text or ''"]
    else:
        convert = [f"text = child.get({one.of!r})", "if text is None:", _IMPOSSIBLE]
    item = "text"
    if one.codec is not Text:
        item = "item"
        convert.append(to.convert(item, one.codec, "text"))
    _one(one, to, to.test(one.ns, one.label(one.name)), convert, item)


def _flag(one: child_kinds.Flag, to: NodeReader) -> None:
    _one(one, to, to.test(one.ns, one.label(one.name)), [], "True")


def _none_besides(one: child_kinds.OpenChildren | child_kinds.Rest, to: NodeReader) -> None:
    to.line(f"self.{one.field} = []")


_KINDS: dict[type[kinds.Kind], Callable[[Any, NodeReader], None]] = {
    kinds.Attribute: _attribute,
    kinds.TextOf: _text,
    kinds.Namespace: _namespace,
    child_kinds.Child: _child,
    child_kinds.Children: _child,
    child_kinds.Value: _value,
    child_kinds.Values: _value,
    child_kinds.Flag: _flag,
    child_kinds.OpenChildren: _none_besides,
    child_kinds.Rest: _none_besides,
}
_NONE = f"{_HEAD}\n    return None\n"


def node_reader(fields: tuple[kinds.Kind, ...], names: tuple[Name, ...], constants: dict[str, Any]) -> str:
    """The source of `from_node` for a class with these fields, under these names."""
    several = len({ns for ns, _ in names}) > 1
    to = NodeReader(constants, None if several else names[0][0])
    if several:
        to.line(f"ns = node.tag[1:{-1 - len(names[0][1])}]")
    for one in fields:
        read = _KINDS.get(type(one))
        if read is None or len({local for _, local in names}) > 1:
            return _NONE
        if isinstance(one, child_kinds.Child) and not all(hasattr(cls, "from_node") for cls in one.classes):
            return _NONE
        read(one, to)
    return to.finish()
