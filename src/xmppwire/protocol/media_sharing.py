"""Stateless Inline Media Sharing (XEP-0385): a file as a part of a message, and where to get it.

It stands inside a reference (XEP-0372) to the part of the body that it belongs to. XEP-0447 has taken its place.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.jingle_file_transfer import File
from xmppwire.protocol.references import Reference
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:sims:1"
STANDARD = Standard(
    "XEP-0385",
    "Stateless Inline Media Sharing (SIMS)",
    Status.DEFERRED,
    "0.2.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class MediaSharing(Payload, ns=NAMESPACE, name="media-sharing"):
    """What the file is, with at least one digest to check it by, and references to where it can be had (section 4.1)."""

    file: File = field.child()
    sources: list[Reference] = field.wrapped(field.children(), name="sources")
