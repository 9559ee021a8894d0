"""Annotations (XEP-0145): a user's private notes about contacts, kept as one document in private storage (XEP-0049)."""

from __future__ import annotations

from datetime import datetime

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "storage:rosternotes"
STANDARD = Standard("XEP-0145", "Annotations", Status.ACTIVE, "1.0", (NAMESPACE,))


class Annotation(Payload, ns=NAMESPACE, name="note", nested=True):
    """A note about the entity `jid` (a bare one); `created` and `modified` say when it was written and changed."""

    jid: JID = field.attribute()
    created: datetime | None = field.attribute(name="cdate", default=None)
    modified: datetime | None = field.attribute(name="mdate", default=None)
    text: str = field.text(default="")


class Annotations(Payload, ns=NAMESPACE, name="storage"):
    """All of them; at most one for each address. An empty one asks for them."""

    annotations: list[Annotation] = field.children()
