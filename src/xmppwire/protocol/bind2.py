"""Bind 2 (XEP-0386).

The resource is bound in the same exchange in which the client authenticates (XEP-0388), and features are switched on with it.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:bind:0"

STANDARD = Standard("XEP-0386", "Bind 2", Status.STABLE, "1.1.0", namespaces=(NAMESPACE,))


class Bind2(Payload, ns=NAMESPACE, name="bind"):
    """In the features of the server: what can be switched on, by namespaces (section 3.1). From the client: a word for the
    resource to begin with, and what is to be switched on (section 3.2)."""

    inline: list[str] = field.wrapped(field.values(name="feature", attribute="var"))
    tag: str | None = field.value(default=None)
    payloads: list[Payload | Element] = field.payloads()


class Bound(Payload, ns=NAMESPACE, name="bound"):
    """The resource is bound; with the results of what was switched on (section 3.2)."""

    payloads: list[Payload | Element] = field.payloads()
