"""Message Archive Management (XEP-0313): reading an archive on the server.

A query brings the archived stanzas one by one, each in a message of its own (`ArchiveResult`), and ends with the answer to
the IQ (`ArchiveFin`), which describes the page. What to look for is a form. Both versions of the namespace in use are read.

Take results only from the archive that was queried, with the `queryid` of an open query.
"""

from __future__ import annotations

from datetime import datetime

from xmppwire.payload import Payload, field
from xmppwire.protocol.data_forms import DataForm
from xmppwire.protocol.forward import Forwarded
from xmppwire.protocol.rsm import ResultSet
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:mam:2"
OLDER_NAMESPACES = ("urn:xmpp:mam:1",)

STANDARD = Standard(
    "XEP-0313",
    "Message Archive Management",
    Status.STABLE,
    "1.1.3",
    namespaces=(NAMESPACE, *OLDER_NAMESPACES, "urn:xmpp:mam:2#extended"),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class ArchiveQuery(Payload, ns=NAMESPACE, name="query", also=OLDER_NAMESPACES):
    """Asks for archived stanzas (set), or for the form of what can be asked (get); an answer to the latter has the `form`.

    `set` names the page; `flip_page` wants the newest of it first (section 4.3.4); `node` is that of an archive of pubsub
    (XEP-0442). What else refines a query is in `extensions`, an order (XEP-0413) for instance.
    """

    namespace: str = field.namespace()
    queryid: str | None = field.attribute(default=None)
    node: str | None = field.attribute(default=None)
    form: DataForm | None = field.child(default=None)
    set: ResultSet | None = field.child(default=None)
    flip_page: bool = field.flag()
    extensions: list[Payload | Element] = field.payloads()


class ArchiveResult(Payload, ns=NAMESPACE, name="result", also=OLDER_NAMESPACES):
    """One archived stanza: its `id` in the archive, and the `queryid` of the query that it answers."""

    namespace: str = field.namespace()
    id: str = field.attribute()
    queryid: str | None = field.attribute(default=None)
    forwarded: Forwarded = field.child()


class ArchiveFin(Payload, ns=NAMESPACE, name="fin", also=OLDER_NAMESPACES):
    """The end of a page of results; `set` describes it. `complete`: there is no further one. `stable` False: the archive
    may still change."""

    namespace: str = field.namespace()
    complete: bool = field.attribute(default=False)
    stable: bool = field.attribute(default=True)
    set: ResultSet | None = field.child(default=None)


class ArchiveStart(Payload, ns=NAMESPACE, name="start", nested=True):
    """The oldest stanza of an archive, and when it was sent."""

    id: str = field.attribute()
    timestamp: datetime = field.attribute()


class ArchiveEnd(Payload, ns=NAMESPACE, name="end", nested=True):
    """The newest one."""

    id: str = field.attribute()
    timestamp: datetime = field.attribute()


class ArchiveMetadata(Payload, ns=NAMESPACE, name="metadata"):
    """Asks from when to when an archive reaches, and answers that (section 5); an empty archive has neither."""

    start: ArchiveStart | None = field.child(default=None)
    end: ArchiveEnd | None = field.child(default=None)
