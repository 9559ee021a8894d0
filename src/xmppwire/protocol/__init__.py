"""The vocabulary: one file an extension, by its common name. Definitions only; what programs do with them is in `xmppwire.im`.

Importing this package enters all of them into the registry, so that `iq.payload` is decoded.
"""

from xmppwire.protocol import (
    bind,
    caps,
    delay,
    disco,
    forward,
    mam,
    ping,
    receipts,
    roster,
    session,
    stanza_id,
    version,
)

__all__ = [
    "bind",
    "caps",
    "delay",
    "disco",
    "forward",
    "mam",
    "ping",
    "receipts",
    "roster",
    "session",
    "stanza_id",
    "version",
]
