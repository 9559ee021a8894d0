"""Invisible Command (XEP-0186): to be online without anybody being told.

A new session sends it before its first presence. Who becomes visible sends presence afterwards.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:invisible:1"
STANDARD = Standard("XEP-0186", "Invisible Command", Status.DEFERRED, "0.14.0", (NAMESPACE,))


class Invisible(Payload, ns=NAMESPACE, name="invisible"):
    """Makes invisible; `probe` says whether the server is to ask for the presence of contacts all the same."""

    probe: bool = field.attribute(default=False)


class Visible(Payload, ns=NAMESPACE, name="visible"):
    """Makes visible again."""
