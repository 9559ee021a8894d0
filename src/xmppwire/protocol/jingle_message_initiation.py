"""Jingle Message Initiation (XEP-0353).

A call is announced with a message to all devices of somebody before a session is negotiated with the one that takes it. `id` is
the identifier of the session to be.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.jingle import Reason
from xmppwire.protocol.standard import Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:jingle-message:0"

STANDARD = Standard("XEP-0353", "Jingle Message Initiation", Status.EXPERIMENTAL, "0.8.0", namespaces=(NAMESPACE,))


class Propose(Payload, ns=NAMESPACE, name="propose"):
    """Announces a session with what it is to exchange (section 3.1)."""

    id: str = field.attribute()
    payloads: list[Payload | Element] = field.payloads()


class Ringing(Payload, ns=NAMESPACE, name="ringing"):
    """A device asks its user (section 3.2)."""

    id: str = field.attribute()


class Proceed(Payload, ns=NAMESPACE, name="proceed"):
    """This device takes it; others of the same user see so in the copy (section 3.4)."""

    id: str = field.attribute()


class Accept(Payload, ns=NAMESPACE, name="accept"):
    """This device takes it, told to the others of the same user by older software."""

    id: str = field.attribute()


class Reject(Payload, ns=NAMESPACE, name="reject"):
    """The user does not want it, or another proposal came first (section 3.5)."""

    id: str = field.attribute()
    reason: Reason | None = field.child(default=None)
    tie_break: bool = field.flag()


class Retract(Payload, ns=NAMESPACE, name="retract"):
    """The proposal is taken back (section 3.3)."""

    id: str = field.attribute()
    reason: Reason | None = field.child(default=None)
    tie_break: bool = field.flag()


class Finish(Payload, ns=NAMESPACE, name="finish"):
    """The session is over, or goes on as the one that `migrated` names (sections 3.7 and 4.2)."""

    id: str = field.attribute()
    reason: Reason | None = field.child(default=None)
    migrated: str | None = field.value(attribute="to", default=None)
