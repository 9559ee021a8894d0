"""Message Archive Management (XEP-0313): results of a query. Both versions of the namespace in use are read."""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.forward import Forwarded
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:mam:2"
OLDER_NAMESPACES = ("urn:xmpp:mam:1",)
STANDARD = Standard("XEP-0313", "Message Archive Management", Status.STABLE, "1.1.3", (NAMESPACE, *OLDER_NAMESPACES))


class ArchiveResult(Payload, ns=NAMESPACE, name="result", also=OLDER_NAMESPACES):
    """One archived stanza: its `id` in the archive, and the `queryid` of the query that it answers."""

    namespace: str = field.namespace()
    id: str = field.attribute()
    queryid: str | None = field.attribute(default=None)
    forwarded: Forwarded = field.child()


class ArchiveFin(Payload, ns=NAMESPACE, name="fin", also=OLDER_NAMESPACES):
    """The end of a page of results. `complete`: it was the last one. `stable` False: the archive may still change.

    The page (XEP-0059) is among the unknown children.
    """

    namespace: str = field.namespace()
    complete: bool = field.attribute(default=False)
    stable: bool = field.attribute(default=True)
