"""User Avatar to vCard-Based Avatars Conversion (XEP-0398): the server keeps both kinds of avatar the same.

An account that has the feature needs no vCard for its picture: what is published by XEP-0084 gets into the vCard, and its hash
into presence (XEP-0153).
"""

from __future__ import annotations

from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:pep-vcard-conversion:0"

STANDARD = Standard(
    "XEP-0398",
    "User Avatar to vCard-Based Avatars Conversion",
    Status.STABLE,
    "1.0.0",
    namespaces=(NAMESPACE,),
    note="A feature of the server; no elements of its own.",
)
