"""Full Text Search in MAM (XEP-0431): one more field in the query of an archive (XEP-0313)."""

from __future__ import annotations

from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:fulltext:0"
FULL_TEXT_FIELD = "{urn:xmpp:fulltext:0}fulltext"
"""The field of the query's form; how its text is matched is up to the server."""
STANDARD = Standard(
    "XEP-0431",
    "Full Text Search in MAM",
    Status.DEFERRED,
    "0.2.0",
    (NAMESPACE,),
    note="A field of the archive query; no elements.",
)
