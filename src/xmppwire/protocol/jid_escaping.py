"""JID Escaping (XEP-0106): names of other systems as localparts, though they have characters that a localpart must not
have.

The functions are those of `xmppwire.jid`. They are for gateways and for what people are shown; an address that was
received is compared and sent as it is.
"""

from __future__ import annotations

from xmppwire.jid import escape_localpart, unescape_localpart
from xmppwire.protocol.standard import Role, Standard, Status

FEATURE = "jid\\20escaping"
"""What disco#info says of an entity that shows escaped addresses unescaped (section 6)."""

STANDARD = Standard(
    "XEP-0106",
    "JID Escaping",
    Status.STABLE,
    "1.1.1",
    namespaces=(FEATURE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
    note="No elements of its own.",
)

__all__ = ["FEATURE", "STANDARD", "escape_localpart", "unescape_localpart"]
