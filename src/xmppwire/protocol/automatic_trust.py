"""Automatic Trust Management (XEP-0450): keys are authenticated, or distrusted, because a trusted key says so.

Its messages are Trust Messages (XEP-0434) with `NAMESPACE` as their usage. Act on one only once the key of its sender
is authenticated, and keep it until then (section 4).
"""

from __future__ import annotations

from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:atm:1"
STANDARD = Standard(
    "XEP-0450",
    "Automatic Trust Management (ATM)",
    Status.EXPERIMENTAL,
    "0.4.0",
    (NAMESPACE,),
    (Role.CLIENT,),
    note="The usage of trust messages (XEP-0434); no elements.",
)
