"""Stateless file sharing (XEP-0447): files in a message, and where to get each.

A client that uploads while it already writes sends the sources later, attached to the first message (XEP-0367), under the same
`id` where there are several files.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Payload, field
from xmppwire.protocol.file_metadata import FileMetadata
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:sfs:0"
STANDARD = Standard(
    "XEP-0447",
    "Stateless file sharing",
    Status.EXPERIMENTAL,
    "0.3.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class Disposition(StrEnum):
    """How the sender wants a file to be shown."""

    ATTACHMENT = "attachment"
    INLINE = "inline"


class Sources(Payload, ns=NAMESPACE, name="sources"):
    """Where a file can be had: `UrlData`, `JinglePublication`, and what encryption or others define. `id` is that of a file
    shared before."""

    id: str | None = field.attribute(default=None)
    sources: list[Payload | Element] = field.payloads()


class FileSharing(Payload, ns=NAMESPACE, name="file-sharing"):
    """A file (section 3.1)."""

    disposition: Disposition | None = field.attribute(default=None)
    id: str | None = field.attribute(default=None)
    file: FileMetadata = field.child()
    sources: Sources | None = field.child(default=None)
