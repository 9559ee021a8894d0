"""Last Activity in Presence (XEP-0256): presence that says for how long somebody has been idle or was offline.

It carries `LastActivity` of XEP-0012. What has replaced it tells a moment (XEP-0319).
"""

from __future__ import annotations

from xmppwire.protocol.last_activity import NAMESPACE
from xmppwire.protocol.standard import Standard, Status

STANDARD = Standard(
    "XEP-0256",
    "Last Activity in Presence",
    Status.DEPRECATED,
    "1.1",
    namespaces=(NAMESPACE,),
    note="The element of XEP-0012.",
)
