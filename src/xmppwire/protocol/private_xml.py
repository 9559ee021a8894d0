"""Private XML Storage (XEP-0049): elements that the server keeps for a user, and shows to nobody else.

Each is found by its name and namespace. Programs now store such things by XEP-0223; bookmarks are still found here.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Standard, Status
from xmppwire.xml import Element

NAMESPACE = "jabber:iq:private"
STANDARD = Standard("XEP-0049", "Private XML Storage", Status.ACTIVE, "1.2", (NAMESPACE,))


class PrivateQuery(Payload, ns=NAMESPACE, name="query"):
    """What to store (set), an empty element of the name that is looked for (get), or what is stored (result)."""

    payloads: list[Payload | Element] = field.payloads()
