"""Publishing Available Jingle Sessions (XEP-0358): somebody can start a session when they are asked to.

They announce it with an id (`JinglePublication`); who wants it asks for a start, and hears under which `sid` it comes.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import URI, Payload, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:jinglepub:1"
STANDARD = Standard(
    "XEP-0358",
    "Publishing Available Jingle Sessions",
    Status.DEFERRED,
    "0.4",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class PublicationMeta(Payload, ns=NAMESPACE, name="meta", nested=True):
    """What the session is about, in one language."""

    lang: str | None = field.language()
    title: str = field.attribute()
    summary: str | None = field.attribute(default=None)


class JinglePublication(Payload, ns=NAMESPACE, name="jinglepub"):
    """A session that `sender` can start (in a message: that one's sender); `descriptions` are those of its contents, and `uri`
    another way to the same (section 2.1)."""

    sender: JID | None = field.attribute(name="from", default=None)
    id: str = field.attribute()
    description: str | None = field.attribute(default=None)
    title: str | None = field.attribute(default=None)
    uri: str | None = field.value(URI, default=None)
    metas: list[PublicationMeta] = field.children()
    descriptions: list[Payload | Element] = field.payloads()


class StartJingle(Payload, ns=NAMESPACE, name="start"):
    """Asks for the session that was announced under this `id` (section 2.2)."""

    id: str = field.attribute()


class StartingJingle(Payload, ns=NAMESPACE, name="starting"):
    """Says that the session comes now, and under which id."""

    sid: str = field.attribute()
