"""Initial Authentication Pipelining (XEP-0509): a client that knows the server's features authenticates without waiting
for them.

The server gives its configuration a version among the features. The client repeats it in `<authenticate/>` (XEP-0388)
the next time.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:iap:0"
STANDARD = Standard("XEP-0509", "Initial Authentication Pipelining", Status.EXPERIMENTAL, "0.2.0", (NAMESPACE,))


class ConfigVersion(Payload, ns=NAMESPACE, name="config-version"):
    """The version of a server's features. `scheme` says how values compare; in the scheme `opaque` only equal ones
    match."""

    scheme: str | None = field.attribute(default=None)
    value: str = field.attribute()


class ConfigVersionMismatch(Payload, ns=NAMESPACE, name="config-version-mismatch"):
    """In a failure of SASL: the version was an old one. It does not count as a failed login (section 2.2)."""
