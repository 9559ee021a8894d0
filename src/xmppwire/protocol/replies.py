"""Message Replies (XEP-0461): a message that answers a certain earlier one.

For clients that do not know it the body may begin with a quotation, which a fallback indication marks: `quotation` makes both.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.fallback_indication import Fallback, FallbackBody, body_without_fallback
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.stanza import Message

NAMESPACE = "urn:xmpp:reply:0"
STANDARD = Standard(
    "XEP-0461",
    "Message Replies",
    Status.EXPERIMENTAL,
    "0.2.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class Reply(Payload, ns=NAMESPACE, name="reply"):
    """Answers the message with this `id`, in rooms the one that the room gave, which `to` wrote."""

    to: JID | None = field.attribute(default=None)
    id: str = field.attribute()


def quotation(text: str, author: str | None = None) -> tuple[str, Fallback]:
    """What to put before the body of a reply to `text`, and the payload that marks it as fallback (section 3.1).

    `author` is what people call the one who wrote it.
    """
    lines = [f"{author} wrote:"] if author else []
    quoted = "".join(f"> {line}\n" for line in [*lines, *text.split("\n")])
    return quoted, Fallback(for_=NAMESPACE, bodies=[FallbackBody(start=0, end=len(quoted))])


def reply_body(message: Message) -> str | None:
    """The body of a reply without the quotation. Raises `PayloadError` for a fallback indication that does not decode."""
    return body_without_fallback(message, (NAMESPACE,))
