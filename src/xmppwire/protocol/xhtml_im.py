"""XHTML-IM (XEP-0071): a message's body once more, with markup. Deprecated in favour of XEP-0393 and XEP-0394.

Whoever shows it must let pass only what is known to be harmless: `RECOMMENDED_ELEMENTS` has the standard's own list.
"""

from __future__ import annotations

from types import MappingProxyType

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "http://jabber.org/protocol/xhtml-im"
XHTML_NAMESPACE = "http://www.w3.org/1999/xhtml"
STANDARD = Standard(
    "XEP-0071",
    "XHTML-IM",
    Status.DEPRECATED,
    "1.5.4",
    namespaces=(NAMESPACE, XHTML_NAMESPACE),
    roles=(Role.CLIENT, Role.COMPONENT),
    note="what is inside a body stays XML",
)

RECOMMENDED_ELEMENTS: MappingProxyType[str, frozenset[str]] = MappingProxyType(
    {
        "a": frozenset(("href", "style", "type")),
        "blockquote": frozenset(("style",)),
        "body": frozenset(("style", "xml:lang")),
        "br": frozenset[str](),
        "cite": frozenset(("style",)),
        "em": frozenset[str](),
        "img": frozenset(("alt", "height", "src", "style", "width")),
        "li": frozenset(("style",)),
        "ol": frozenset(("style",)),
        "p": frozenset(("style",)),
        "span": frozenset(("style",)),
        "strong": frozenset[str](),
        "ul": frozenset(("style",)),
    }
)
"""The elements to let pass, and the attributes of each (section 7.8)."""


class XHTMLBody(Payload, ns=XHTML_NAMESPACE, name="body", nested=True):
    """The body in one language. `content` is as it came, text and elements mixed."""

    lang: str | None = field.language()
    style: str | None = field.attribute(default=None)
    content: list[Element | str] = field.content()


class XHTML(Payload, ns=NAMESPACE, name="html"):
    """The message's body with markup; one for each language, where there are several."""

    bodies: list[XHTMLBody] = field.children()
