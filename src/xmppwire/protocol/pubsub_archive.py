"""Pubsub Message Archive Management (XEP-0442): archives (XEP-0313) of pubsub nodes. The query names the node; each
result is the notification of one item, as subscribers got it."""

from __future__ import annotations

from xmppwire.protocol.standard import Role, Standard, Status

STANDARD = Standard(
    "XEP-0442",
    "Pubsub Message Archive Management",
    Status.EXPERIMENTAL,
    "0.2.0",
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
    note="The attribute node of the archive query; no elements.",
)
