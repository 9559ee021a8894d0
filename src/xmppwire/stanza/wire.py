"""Elements to stanzas and stanzas to text: the two hot paths of the engine (RFC 6120, section 8).

`read_stanza` checks what the RFC demands of every stanza: addresses that are addresses, a known type, for an IQ an id
and the right number of children. The content is left alone. `write_stanza` joins text; payloads append theirs
themselves.
"""

from __future__ import annotations

from typing import Any, cast

from xmppwire.jid import JIDError, parse_jid
from xmppwire.stanza.arrived import use_reader
from xmppwire.stanza.base import Stanza
from xmppwire.stanza.content import CLIENT_NAMESPACE
from xmppwire.stanza.error import ErrorCondition
from xmppwire.stanza.iq import Iq, IqType
from xmppwire.stanza.message import Message, MessageType
from xmppwire.stanza.presence import Presence, PresenceType
from xmppwire.xml import XML_LANG, Element, Name
from xmppwire.xml.element import Node
from xmppwire.xml.node import as_element, tag_of


class StanzaSyntaxError(ValueError):
    """An element called message, presence or iq that breaks a rule of RFC 6120, section 8, which holds for every stanza.

    `condition` is the stanza error to answer with, `text` says why in English. `stanza` has what could be understood;
    `reply()` is the answer.
    """

    def __init__(self, condition: ErrorCondition, text: str, stanza: Stanza, *, answerable: bool) -> None:
        super().__init__(condition, text)
        self.condition = condition
        self.text = text
        self.stanza = stanza
        self.answerable = answerable

    def __str__(self) -> str:
        return f"{self.condition.value}: {self.text}"

    def reply(self) -> Stanza | None:
        """The error stanza that answers it; None where no answer is allowed (RFC 6120, section 8.3.1) or possible."""
        return self.stanza.error_reply(self.condition, text=self.text) if self.answerable else None


_KINDS: dict[Name, tuple[type[Stanza], dict[str, Any]]] = {
    (CLIENT_NAMESPACE, "message"): (Message, {member.value: member for member in MessageType}),
    (CLIENT_NAMESPACE, "presence"): (Presence, {member.value: member for member in PresenceType}),
    (CLIENT_NAMESPACE, "iq"): (Iq, {member.value: member for member in IqType}),
}
_LOCAL_NAMES = {name[1]: name for name in _KINDS}
_BY_TAG = {tag_of(name): kind for name, kind in _KINDS.items()}
_KNOWN = frozenset(("to", "from", "id", "type", XML_LANG))
_NORMAL = MessageType.NORMAL
_new = object.__new__


def read_stanza(source: Element | Node, lang: str | None = None) -> Message | Presence | Iq:
    """The stanza that an element is, or a node of a tree that arrived; `lang` is the language inherited from the stream.

    The stanza shares the element's children. An element in another content namespace than `jabber:client` (`jabber:server`, a
    component's) is first put into that one, with those of its children that are in the same. Raises `StanzaSyntaxError`, and
    ValueError for an element that is no stanza at all.
    """
    if isinstance(source, Node):
        kind = _BY_TAG.get(source.tag)
        attributes = source.attrib
    else:
        kind = _KINDS.get(source.name)
        attributes = source.attributes
    if kind is None:
        source = to_client_namespace(as_element(source))
        kind = _KINDS[source.name]
        attributes = source.attributes
    stanza: Any = _new(kind[0])
    stanza.inherited_lang = lang
    stanza._decoded = None
    stanza._content = source
    known = 0
    try:
        value = attributes.get("to")
        if value is None:
            stanza.to = None
        else:
            known = 1
            stanza.to = parse_jid(value)
        value = attributes.get("from")
        if value is None:
            stanza.sender = None
        else:
            known += 1
            stanza.sender = parse_jid(value)
    except JIDError as error:
        raise _bad_address(as_element(source), lang, error) from error
    stanza.id = value = attributes.get("id")
    if value is not None:
        known += 1
    stanza.lang = None
    value = attributes.get("type")
    if value is not None:
        known += 1
        type_ = kind[1].get(value)
        if type_ is None:
            if kind[0] is not Message:
                stanza.type = None if kind[0] is Presence else IqType.GET
                stanza.attributes = None
                stanza.lang = attributes.get(XML_LANG)
                raise _bad(
                    stanza,
                    f"unknown type of {stanza.local_name}",
                    answerable=kind[0] is Presence or stanza.id is not None,
                )
            # RFC 6121 section 5.2.2: treated as normal; what it was is kept among the attributes.
            known -= 1
            type_ = _NORMAL
        stanza.type = type_
    else:
        stanza.type = _NORMAL if kind[0] is Message else None
    if known != len(attributes) and XML_LANG in attributes:
        known += 1
        stanza.lang = attributes[XML_LANG]
    if known == len(attributes):
        stanza.attributes = None
    else:
        stanza.attributes = extra = {name: text for name, text in attributes.items() if name not in _KNOWN}
        if stanza.type is _NORMAL and value is not None and value != "normal":
            extra["type"] = value
    if kind[0] is Iq:
        _check_iq(stanza)
    return stanza  # type: ignore[no-any-return]


def _check_iq(iq: Iq) -> None:
    """The rules of RFC 6120, section 8.2.3. An error without `<error/>` still ends the exchange, and so passes."""
    type_: IqType | None = cast("IqType | None", iq.type)
    if type_ is None:
        iq.type = IqType.GET
        raise _bad(iq, "an iq needs a type", answerable=iq.id is not None)
    if iq.id is None:
        raise _bad(iq, "an iq needs an id", answerable=False)
    if type_ is IqType.ERROR:
        return
    content: Element | Node = cast("Any", iq)._content  # it was read just now
    if isinstance(content, Node):
        count = len(content)
    else:
        children = content.children
        count = len(children)
        if str in map(type, children):
            count -= sum(isinstance(child, str) for child in children)
    if type_ is IqType.RESULT:
        if count > 1:
            raise _bad(iq, "the result of an iq has one child at most", answerable=False)
    elif count != 1:
        raise _bad(iq, "a request has exactly one child", answerable=True)


def _bad(stanza: Stanza, text: str, *, answerable: bool) -> StanzaSyntaxError:
    return StanzaSyntaxError(ErrorCondition.BAD_REQUEST, text, stanza, answerable=answerable)


def _bad_address(element: Element, lang: str | None, error: JIDError) -> StanzaSyntaxError:
    """The fault of a stanza whose `to` or `from` is no address: the stanza without it, if it is one otherwise."""
    attributes = dict(element.attributes)
    for name in ("to", "from"):
        try:
            if name in attributes:
                parse_jid(attributes[name])
        except JIDError:
            del attributes[name]
    try:
        stanza = read_stanza(Element(element.name, attributes, element.children), lang)
    except StanzaSyntaxError as other:
        other.condition = ErrorCondition.JID_MALFORMED
        return other
    answerable = stanza.type_value not in ("error", "result")
    return StanzaSyntaxError(ErrorCondition.JID_MALFORMED, str(error), stanza, answerable=answerable)


def to_client_namespace(element: Element) -> Element:
    """A copy of a stanza in another content namespace, in `jabber:client`. Raises ValueError for what is no stanza."""
    namespace, local = element.name
    if local not in _LOCAL_NAMES:
        raise ValueError(f"not a stanza: {{{namespace}}}{local}")
    return _renamed(element, namespace)


def _renamed(element: Element, namespace: str) -> Element:
    """The element and those below it that are in `namespace` without a break, in `jabber:client`."""
    children = [
        child if isinstance(child, str) or child.name[0] != namespace else _renamed(child, namespace)
        for child in element.children
    ]
    return Element((CLIENT_NAMESPACE, element.name[1]), element.attributes, children, element.prefixes)


def write_stanza(stanza: Stanza, content_namespace: str = CLIENT_NAMESPACE) -> str:  # noqa: ARG001
    """The text of a stanza for a stream whose default namespace is its content namespace, `content_namespace`.

    That name does not show in the text, since the stanza and its own children are written without a namespace. Raises
    ValueError for an IQ without id, `PayloadError` for a payload with a value that has no text, `XMLCharacterError` for
    characters that XML forbids.
    """
    if stanza.id is None and stanza.__class__ is Iq:
        raise ValueError("an iq needs an id")
    out: list[str] = []
    stanza.write(out, CLIENT_NAMESPACE)
    return "".join(out)


use_reader(read_stanza)
