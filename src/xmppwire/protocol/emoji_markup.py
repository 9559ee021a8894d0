"""Emoji Markup (XEP-0514): pictures in place of emojis. The element stands in a span of Message Markup (XEP-0394);
the picture is a file that the same message shares (XEP-0447, XEP-0385), found by its hash."""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.hashes import Hash
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:markup:emoji:0"
STANDARD = Standard(
    "XEP-0514", "Emoji Markup", Status.EXPERIMENTAL, "0.1.1", (NAMESPACE,), (Role.CLIENT, Role.COMPONENT)
)


class CustomEmoji(Payload, ns=NAMESPACE, name="emoji"):
    """The picture for the span: its name, and at least one hash of the file."""

    name: str | None = field.attribute(default=None)
    hashes: list[Hash] = field.children()
