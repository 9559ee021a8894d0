"""Content Types in Messages (XEP-0481): what language a body is written in (Markdown, JSON), or the same message in
another one."""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:content"
STANDARD = Standard(
    "XEP-0481", "Content Types in Messages", Status.EXPERIMENTAL, "0.1.0", (NAMESPACE,), (Role.CLIENT, Role.COMPONENT)
)


class TypedContent(Payload, ns=NAMESPACE, name="content"):
    """The message as the Internet content type `type`. Without `content` the type is that of the message's body
    (section 2.1)."""

    type: str = field.attribute()
    content: str = field.text(default="")
