"""Message Markup (XEP-0394): styles, code, lists and quotations of a body, described beside it.

All places are offsets into the body in code points (`xmppwire.protocol.character_counting`), the first included, the last not.
What a reader does not know it ignores.
"""

from __future__ import annotations

from xmppwire.payload import Payload, UnsignedInt, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:markup:0"
STANDARD = Standard(
    "XEP-0394",
    "Message Markup",
    Status.EXPERIMENTAL,
    "0.3.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class MarkupRange(Payload):
    """What all of them have: where in the body they begin and end."""

    start: int = field.attribute(UnsignedInt)
    end: int = field.attribute(UnsignedInt)


class Span(MarkupRange, ns=NAMESPACE, name="span", nested=True):
    """Styled text within a line (section 4.1). Spans do not overlap; one may have several styles, and `payloads`
    has those that other extensions define."""

    emphasis: bool = field.flag()
    strong: bool = field.flag()
    code: bool = field.flag()
    deleted: bool = field.flag()
    payloads: list[Payload | Element] = field.payloads()


class CodeBlock(MarkupRange, ns=NAMESPACE, name="bcode", nested=True):
    """Lines of code (section 4.2)."""

    language: str | None = field.attribute(default=None)


class ListItem(Payload, ns=NAMESPACE, name="li", nested=True):
    """Where an item begins; it ends where the next one begins, or with the list."""

    start: int = field.attribute(UnsignedInt)


class MarkupList(MarkupRange, ns=NAMESPACE, name="list", nested=True):
    """A list (section 4.3); its first item begins where it does."""

    ordered: bool | None = field.attribute(default=None)
    items: list[ListItem] = field.children()


class Quote(MarkupRange, ns=NAMESPACE, name="bquote", nested=True):
    """A quotation (section 4.4); one within another is a quotation in it."""


class Markup(Payload, ns=NAMESPACE, name="markup"):
    """How the body in the language `lang` is to be shown."""

    lang: str | None = field.language()
    parts: list[Span | CodeBlock | MarkupList | Quote] = field.children()
