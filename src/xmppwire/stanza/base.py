"""What Message, Presence and Iq share (RFC 6120, section 8.1): addressing, content, payloads by type, replies, comparison.

Nothing inside a stanza is decoded before it is asked for. `children` holds what came, or what was given: elements, payloads and
text in document order. `get` looks for an element of the class's name, decodes it and remembers the result with the element;
so an element that was decoded is not to be changed any more.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeAlias, TypeVar, cast

from xmppwire.jid import JID
from xmppwire.payload import Convertible, Payload, PayloadError
from xmppwire.payload.text import append_element, write_attributes
from xmppwire.stanza.arrived import NOT_PLAIN, Decoded, carried_over, from_node, read_stanza
from xmppwire.stanza.content import CLIENT_NAMESPACE, LanguageText
from xmppwire.stanza.error import ERROR, ErrorCondition, ErrorType, StanzaError
from xmppwire.xml import XML_LANG, Element, Name, escape_attribute, escape_text
from xmppwire.xml.element import Node, merged
from xmppwire.xml.node import as_element, child_of, children_of, paths_of, tag_of

P = TypeVar("P", bound=Convertible)

Content: TypeAlias = Element | Payload | str
"""What stands in a stanza: an element as it came, a payload to be written, or text (white space, as a rule)."""

_WRITTEN = frozenset(("to", "from", "id", XML_LANG))
_WRITTEN_WITH_TYPE = _WRITTEN | {"type"}

_new = object.__new__


class Stanza:
    """A message, presence or IQ (RFC 6120, section 8).

    `to` and `sender` (the attribute `from`) are addresses or None; `id` a string or None; `lang` the stanza's own `xml:lang` or
    None; `inherited_lang` the one that holds without it (the stream's). `attributes` has the attributes that RFC 6120 does not
    define. `children` is the content; use `get`, `with_` and `without` rather than the list.

    Two stanzas are equal when they are the same on the wire.
    """

    __slots__ = ("_content", "_decoded", "attributes", "id", "inherited_lang", "lang", "sender", "to")
    __hash__ = None  # type: ignore[assignment]

    element_names: ClassVar[tuple[Name, ...]] = tuple(
        (CLIENT_NAMESPACE, name) for name in ("message", "presence", "iq")
    )
    """The names of elements that `get` decodes to this class: a stanza within another element."""
    node_tags: ClassVar[tuple[str, ...]] = tuple(map(tag_of, element_names))
    """The same as the tags of nodes."""
    node_paths: ClassVar[tuple[str, ...]] = paths_of(node_tags)
    local_name: ClassVar[str] = "stanza"

    to: JID | None
    sender: JID | None
    id: str | None
    lang: str | None
    inherited_lang: str | None
    attributes: dict[str, str] | None
    _content: Element | Node | list[Content]
    """The content, or until somebody asks for it the element or node that has it."""
    _decoded: Decoded | None

    def __init_subclass__(cls) -> None:
        cls.node_tags = tuple(map(tag_of, cls.element_names))
        cls.node_paths = paths_of(cls.node_tags)

    def _set(
        self,
        to: JID | str | None,
        sender: JID | str | None,
        id_: str | None,
        lang: str | None,
        attributes: Mapping[str, str] | None,
    ) -> None:
        """The common part of the constructors."""
        self.to = to if to is None or isinstance(to, JID) else JID(to)
        self.sender = sender if sender is None or isinstance(sender, JID) else JID(sender)
        self.id = id_
        self.lang = lang
        self.inherited_lang = None
        self.attributes = dict(attributes) if attributes else None
        self._decoded = None

    @classmethod
    def from_element(cls, element: Element, /) -> Self:
        """Read a stanza of this class (of any kind on `Stanza` itself). Raises ValueError as `read_stanza` does."""
        from xmppwire.stanza.wire import read_stanza

        stanza = read_stanza(element)
        if not isinstance(stanza, cls):
            raise ValueError(f"not a {cls.local_name}: {stanza.local_name}")
        return stanza

    @classmethod
    def from_node(cls, node: Node, /) -> Self | None:
        """Read a stanza from a node; None or ValueError where `from_element` has to take a look."""
        stanza: Any = read_stanza(node)
        return stanza if cls is Stanza or isinstance(stanza, cls) else None

    @property
    def children(self) -> list[Content]:
        """The content: elements, payloads and text in document order."""
        content = self._content
        return content if isinstance(content, list) else self._settle(content)

    @children.setter
    def children(self, value: list[Content]) -> None:
        self._content = value

    def _settle(self, source: Element | Node) -> list[Content]:
        """From here on the content is what is in this list; what was decoded stays with its elements."""
        if isinstance(source, Element):
            children = source.children
        else:
            children = children_of(source)
            if self._decoded is not None:
                self._decoded = carried_over(self._decoded, source, children)
        self._content = content = cast("list[Content]", children)
        return content

    @property
    @abstractmethod
    def type_value(self) -> str | None:
        """The `type` attribute as it is written; None where it is left out."""

    # Content by type

    def get(self, cls: type[P]) -> P | None:
        """The first child that is a `cls`, decoded; None without one. Raises `PayloadError` where it does not decode."""
        source = self._content
        if type(source) is Node and (paths := getattr(cls, "node_paths", None)) is not None:
            kind: Any = cls
            for path in paths:
                if (found := source.find(path)) is not None:
                    if len(paths) > 1 and found is not source[0]:
                        found = child_of(source, kind.node_tags)
                    break
            else:
                found = None if paths else child_of(source, kind.node_tags)
            if found is None:
                return None
            if self._decoded is None:
                # The same as `_decode` would do, without a call.
                try:
                    payload: P | None = kind.from_node(found)
                except NOT_PLAIN:
                    payload = None
                if payload is not None:
                    self._decoded = (found, payload)
                    return payload
            return self._decode(cls, found)
        names = cls.element_names
        name = names[0]
        for child in self.children:
            if type(child) is Element:
                if child.name == name or (len(names) > 1 and child.name in names):
                    return self._decode(cls, child)
            elif isinstance(child, cls):
                return child
        return None

    def get_all(self, cls: type[P]) -> list[P]:
        """All children that are a `cls`, decoded, in their order. Raises `PayloadError` where one does not decode."""
        found: list[P] = []
        for child in self.children:
            if isinstance(child, cls):
                found.append(child)
            elif isinstance(child, Element) and child.name in cls.element_names:
                found.append(self._decode(cls, child))
        return found

    def _decode(self, cls: type[P], element: Element | Node) -> P:
        decoded = self._decoded
        known = decoded.get(id(element)) if isinstance(decoded, dict) else decoded
        if known is not None and known[0] is element and known[1].__class__ is cls:
            value: P = known[1]
            return value
        try:
            payload: P = cls.from_element(element) if isinstance(element, Element) else from_node(cls, element)
        except PayloadError as error:
            error.within(self.local_name)
            raise
        except ValueError as error:
            raise PayloadError(str(error), f"{self.local_name}/{as_element(element).local}") from error
        # Kept with the element, so that its id stays taken. Mostly there is one, which spares the dictionary.
        pair = (element, payload)
        if decoded is None:
            self._decoded = pair
        elif isinstance(decoded, tuple):
            self._decoded = {id(decoded[0]): decoded, id(element): pair}
        else:
            decoded[id(element)] = pair
        return payload

    def find(self, name: Name) -> Element | None:
        """The first child of that name as an element."""
        for child in self.elements():
            if child.name == name:
                return child
        return None

    def elements(self) -> list[Element]:
        """All children as elements, without text."""
        return [
            child if isinstance(child, Element) else child.to_element()
            for child in self.children
            if not isinstance(child, str)
        ]

    def with_(self, *payloads: Payload | Element) -> Self:
        """A copy with more content."""
        copy = self.copy()
        copy.children += payloads
        return copy

    def without(self, cls: type[P]) -> Self:
        """A copy without any child that is a `cls`."""
        copy = self.copy()
        names = cls.element_names
        copy.children = [
            child
            for child in self.children
            if not (isinstance(child, cls) or (isinstance(child, Element) and child.name in names))
        ]
        return copy

    def copy(self) -> Self:
        """A copy with a list of children of its own; the children themselves are shared."""
        cls = type(self)
        copy = _new(cls)
        for name in _slots(cls):
            if not name.startswith("_"):
                setattr(copy, name, getattr(self, name))
        copy.children = list(self.children)
        copy.attributes = None if self.attributes is None else dict(self.attributes)
        copy._decoded = None
        return copy

    def replace(self, **changes: Any) -> Self:
        """A copy with other values for `to`, `sender`, `id`, `type`, `lang`, `inherited_lang`, `attributes` or `children`.

        Raises TypeError for any other name.
        """
        copy = self.copy()
        for name, value in changes.items():
            if name.startswith("_") or name not in _slots(type(self)):
                raise TypeError(f"{type(self).__name__} has no attribute {name!r} to replace")
            setattr(copy, name, JID(value) if name in ("to", "sender") and value is not None else value)
        return copy

    # Language

    @property
    def effective_lang(self) -> str | None:
        """The language that holds for the content: the stanza's own, or the one inherited (RFC 6120, section 8.1.5)."""
        return self.inherited_lang if self.lang is None else self.lang

    def _texts(self, name: Name, cls: type[LanguageText]) -> dict[str, str]:
        """All children called `name` by their language; of two in one language the first counts."""
        outer = self.effective_lang or ""
        found: dict[str, str] = {}
        for child in self.children:
            if isinstance(child, Element):
                if child.name == name:
                    found.setdefault(child.attributes.get(XML_LANG, outer), child.text)
            elif isinstance(child, cls):
                found.setdefault(outer if child.lang is None else child.lang, child.text)
        return found

    def _plain_text(self, name: Name) -> str | None:
        """The content of the first child called `name`, if it came from the wire and is one piece of text and no more."""
        if type(source := self._content) is Node:
            one = source.find(tag_of(name))
            return None if one is None or one.keys() or len(one) else one.text
        for child in self.children:
            if type(child) is Element:
                if child.name == name:
                    content = child.children
                    if len(content) == 1 and not child.attributes and isinstance(text := content[0], str):
                        return text
                    break
            elif type(child) is not str:
                break
        return None

    def _text(self, name: Name, cls: type[LanguageText]) -> str | None:
        """The child called `name` in the stanza's language, else the first."""
        if type(source := self._content) is Node:
            one = source.find(cls.node_paths[0])
            if one is None:
                return None
            if not one.keys() and not len(one):
                return one.text or ""
        for child in self.children:
            if type(child) is Element:
                if child.name == name:
                    if child.attributes:
                        break
                    content = child.children
                    if len(content) == 1 and type(text := content[0]) is str:
                        return text
                    return child.text
            elif isinstance(child, cls):
                break
        else:
            return None
        texts = self._texts(name, cls)
        lang = (self.effective_lang or "").lower()
        return next((text for tag, text in texts.items() if tag.lower() == lang), next(iter(texts.values())))

    # Errors and replies

    @property
    def error(self) -> StanzaError | None:
        """The stanza error of a stanza of type `error` (RFC 6120, section 8.3); None for any other stanza.

        Without an `<error/>` inside, it is an undefined-condition. Raises `PayloadError` as `StanzaError.from_element` does.
        """
        if self.type_value != "error":
            return None
        element = self.find(ERROR)
        if element is None:
            return StanzaError(ErrorCondition.UNDEFINED_CONDITION)
        try:
            return StanzaError.from_element(element)
        except PayloadError as error:
            error.within(self.local_name)
            raise

    def error_reply(
        self,
        condition: ErrorCondition | StanzaError | str,
        type: ErrorType | str | None = None,
        text: str | None = None,
        *,
        application: Payload | Element | None = None,
        include: bool = False,
    ) -> Self:
        """The error that answers this stanza: the same kind and id, addresses exchanged (RFC 6120, section 8.3.1).

        `include` sends the content back too. Raises ValueError for a stanza that must not be answered with an error:
        one of type `error` and the result of an IQ.
        """
        if self.type_value in ("error", "result"):
            raise ValueError(f"a {self.local_name} of type {self.type_value} is not answered with an error")
        if not isinstance(condition, StanzaError):
            condition = StanzaError(condition, type, text, application=application)
        reply = self._reply("error")
        if include:
            reply.children += self.children
        reply.children.append(condition.to_element())
        return reply

    @abstractmethod
    def _typed(self, value: str) -> Any:
        """The member of the stanza's enumeration of types."""

    def _reply(self, type_value: str) -> Self:
        reply = _new(type(self))
        reply._set(self.sender, self.to, self.id, None, None)
        setattr(reply, "type", self._typed(type_value))  # noqa: B010 (each kind has a type of its own)
        reply.children = []
        return reply

    # As a value, and as a child of another element

    def to_element(self) -> Element:
        """The whole stanza as an element in `jabber:client`."""
        attributes: dict[str, str] = {}
        if self.to is not None:
            attributes["to"] = str(self.to)
        if self.sender is not None:
            attributes["from"] = str(self.sender)
        if self.id is not None:
            attributes["id"] = self.id
        if (type_value := self.type_value) is not None:
            attributes["type"] = type_value
        if self.lang is not None:
            attributes[XML_LANG] = self.lang
        if self.attributes is not None:
            attributes = {**self.attributes, **attributes}
        children = [child.to_element() if isinstance(child, Payload) else child for child in self.children]
        return Element((CLIENT_NAMESPACE, self.local_name), attributes, children)

    def write(self, out: list[str], default_namespace: str = "", /) -> None:
        """Append the text of the stanza, for a place where `default_namespace` is the default namespace."""
        head = f"<{self.local_name}"
        if default_namespace != CLIENT_NAMESPACE:
            head += f" xmlns='{CLIENT_NAMESPACE}'"
        if self.to is not None:
            head += f" to='{escape_attribute(str(self.to))}'"
        if self.sender is not None:
            head += f" from='{escape_attribute(str(self.sender))}'"
        if self.id is not None:
            head += f" id='{escape_attribute(self.id)}'"
        type_value = self.type_value
        if type_value is not None:
            head += f" type='{type_value}'"
        if self.lang is not None:
            head += f" xml:lang='{escape_attribute(self.lang)}'"
        if self.attributes is not None:
            out.append(head)
            taken = _WRITTEN if type_value is None else _WRITTEN_WITH_TYPE
            write_attributes({name: text for name, text in self.attributes.items() if name not in taken}, out)
            head = ""
        content = self._content
        children = content if isinstance(content, list) else self.children
        if not children:
            out.append(head + "/>")
            return
        out.append(head + ">")
        for child in children:
            if type(child) is Element:
                append_element(child, out, CLIENT_NAMESPACE)
            elif isinstance(child, Payload):
                try:
                    child.write(out, CLIENT_NAMESPACE)
                except PayloadError as error:
                    error.within(self.local_name)
                    raise
            elif isinstance(child, str):
                out.append(escape_text(child))
            else:
                _write_other(child, out, self.local_name)
        out.append(f"</{self.local_name}>")

    def __eq__(self, other: object) -> bool:
        if self.__class__ is not other.__class__:
            return NotImplemented
        assert isinstance(other, Stanza)  # noqa: S101 (for type checkers)
        if (
            self.id != other.id
            or self.to != other.to
            or self.sender != other.sender
            or self.type_value != other.type_value
            or self.lang != other.lang
            or (self.attributes or None) != (other.attributes or None)
        ):
            return False
        return merged(self._as_elements()) == merged(other._as_elements())

    def _as_elements(self) -> list[Element | str]:
        return [child.to_element() if isinstance(child, Payload) else child for child in self.children]

    def __repr__(self) -> str:
        shown = {"to": self.to, "sender": self.sender, "id": self.id, "type": self.type_value, "lang": self.lang}
        parts = [f"{name}={str(value)!r}" for name, value in shown.items() if value is not None]
        parts += [repr(child) for child in self.children if not isinstance(child, str) or not child.isspace()]
        return f"{type(self).__name__}({', '.join(parts)})"


def _write_other(content: object, out: list[str], parent: str) -> None:
    """Write an element of a class of somebody's own. Raises PayloadError for what is none."""
    if not isinstance(content, Element):
        raise PayloadError(f"a {type(content).__name__} is no content of a stanza", parent)
    append_element(content, out, CLIENT_NAMESPACE)


def _slots(cls: type[Stanza]) -> tuple[str, ...]:
    return (*Stanza.__slots__, *cls.__slots__, "children")
