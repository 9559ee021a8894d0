"""Call Invites (XEP-0482): a message that invites to a call, whatever the call itself is made with.

Everything after the invitation names it by its id, in rooms by the one that the room gave.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import URI, Payload, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:call-invites:0"
STANDARD = Standard(
    "XEP-0482",
    "Call Invites",
    Status.EXPERIMENTAL,
    "0.1.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class JingleMethod(Payload, ns=NAMESPACE, name="jingle", nested=True):
    """Join by the Jingle session `sid`, which comes from `jid` or else from the sender."""

    sid: str = field.attribute()
    jid: JID | None = field.attribute(default=None)


class ExternalMethod(Payload, ns=NAMESPACE, name="external", nested=True):
    """Join by what `uri` leads to: a page, a telephone number."""

    uri: str = field.attribute(URI)


class CallInvite(Payload, ns=NAMESPACE, name="invite"):
    """Invites to a call (section 2.1), with the ways to join it; `payloads` has ways that others define."""

    video: bool = field.attribute(default=False)
    audio: bool = field.attribute(default=True)
    methods: list[JingleMethod | ExternalMethod] = field.children()
    payloads: list[Payload | Element] = field.payloads()


class CallRetract(Payload, ns=NAMESPACE, name="retract"):
    """Takes the invitation back (section 2.2)."""

    id: str = field.attribute()


class CallAccept(Payload, ns=NAMESPACE, name="accept"):
    """Accepts it, by the way given (section 2.3)."""

    id: str = field.attribute()
    method: JingleMethod | ExternalMethod | None = field.child(default=None)
    payloads: list[Payload | Element] = field.payloads()


class CallReject(Payload, ns=NAMESPACE, name="reject"):
    """Declines it (section 2.4)."""

    id: str = field.attribute()


class CallLeft(Payload, ns=NAMESPACE, name="left"):
    """Says that the sender is out of the call (section 2.5)."""

    id: str = field.attribute()
