"""Moved (XEP-0283): a user tells contacts that the account is now another one.

The old account publishes the new address (node `urn:xmpp:moved:1`); the new one names the old address in its
subscription requests. Believe the latter only after looking at the former (section 4.3).
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:moved:1"
STANDARD = Standard("XEP-0283", "Moved", Status.EXPERIMENTAL, "0.2.0", (NAMESPACE,))


class Moved(Payload, ns=NAMESPACE, name="moved"):
    """`new_jid` is in the statement that the old account publishes, `old_jid` in a subscription request from the new
    one."""

    new_jid: JID | None = field.value(default=None)
    old_jid: JID | None = field.value(default=None)
