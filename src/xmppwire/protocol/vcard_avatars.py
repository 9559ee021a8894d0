"""vCard-Based Avatars (XEP-0153): presence says which picture is in the vCard (XEP-0054).

So contacts fetch it only when it has changed, and occupants of rooms see it as well.
"""

from __future__ import annotations

from xmppwire.payload import Hex, Payload, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "vcard-temp:x:update"
STANDARD = Standard("XEP-0153", "vCard-Based Avatars", Status.ACTIVE, "1.1.1", (NAMESPACE,))


class VCardUpdate(Payload, ns=NAMESPACE, name="x"):
    """`photo` is the SHA-1 of the picture; empty where there is none; None while the client does not know yet."""

    photo: bytes | None = field.value(Hex, default=None)
