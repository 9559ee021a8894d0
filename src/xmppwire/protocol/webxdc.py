"""WebXDC (XEP-0491): little applications within a chat. Their state travels in messages of the thread in which the
application was sent."""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:webxdc:0"
JSON_NAMESPACE = "urn:xmpp:json:0"
STANDARD = Standard("XEP-0491", "WebXDC", Status.EXPERIMENTAL, "0.1.3", (NAMESPACE,), (Role.CLIENT, Role.COMPONENT))


class WebxdcUpdate(Payload, ns=NAMESPACE, name="x"):
    """An update from an application: the title of its document, a line about its state, and data for it as JSON text
    (XEP-0335).

    An empty one says that the message's body comes from the application.
    """

    summary: str | None = field.value(default=None)
    document: str | None = field.value(default=None)
    json: str | None = field.value(ns=JSON_NAMESPACE, default=None)
