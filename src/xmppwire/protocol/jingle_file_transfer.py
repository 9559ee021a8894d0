"""Jingle File Transfer (XEP-0234).

A file is offered or asked for, whole or in part, with digests to check it by; when it has come, the receiver says so. Version 5
of the protocol is written; 4 and 3, which are still deployed, are read. Other extensions describe files with `File` as well.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from xmppwire.payload import Payload, UnsignedLong, field
from xmppwire.protocol.hashes import Hash, HashUsed
from xmppwire.protocol.jingle import Creator
from xmppwire.protocol.standard import Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:jingle:apps:file-transfer:5"
OLDER_NAMESPACES = ("urn:xmpp:jingle:apps:file-transfer:4", "urn:xmpp:jingle:apps:file-transfer:3")
ERRORS_NAMESPACE = "urn:xmpp:jingle:apps:file-transfer:errors:0"

STANDARD = Standard(
    "XEP-0234",
    "Jingle File Transfer",
    Status.DEFERRED,
    "0.19.1",
    namespaces=(NAMESPACE, *OLDER_NAMESPACES, ERRORS_NAMESPACE),
)


class FileErrorCondition(StrEnum):
    """Why a file does not come (section 9)."""

    FILE_NOT_AVAILABLE = "file-not-available"
    FILE_TOO_LARGE = "file-too-large"


class Range(Payload, ns=NAMESPACE, name="range", also=OLDER_NAMESPACES, nested=True):
    """A part of a file: where it begins and how long it is, in bytes (None: to the end). An empty one in an offer says that
    parts can be had (section 6.4)."""

    namespace: str = field.namespace()
    offset: int = field.attribute(UnsignedLong, default=0)
    length: int | None = field.attribute(UnsignedLong, default=None)
    hashes: list[Hash] = field.children()


class File(Payload, ns=NAMESPACE, name="file", also=OLDER_NAMESPACES):
    """What is known about a file (section 5). Never use `name` as a path."""

    namespace: str = field.namespace()
    date: datetime | None = field.value(default=None)
    desc: dict[str, str] = field.language_map()
    media_type: str | None = field.value(default=None)
    name: str | None = field.value(default=None)
    range: Range | None = field.child(default=None)
    size: int | None = field.value(UnsignedLong, default=None)
    hashes: list[Hash] = field.children()
    hashes_used: list[HashUsed] = field.children()
    payloads: list[Payload | Element] = field.payloads()


class FileTransferDescription(Payload, ns=NAMESPACE, name="description", also=OLDER_NAMESPACES):
    """The file of a content (section 5); who sends it is said by `senders` of the content. Version 3 has lists in its
    place: `offered` or `requested`."""

    namespace: str = field.namespace()
    file: File | None = field.child(default=None)
    offered: list[File] = field.wrapped(field.children(), name="offer")
    requested: list[File] = field.wrapped(field.children(), name="request")


class FileReceived(Payload, ns=NAMESPACE, name="received", also=OLDER_NAMESPACES):
    """A file has come: that of the content named, in version 3 `file` (section 8.1)."""

    namespace: str = field.namespace()
    creator: Creator | None = field.attribute(default=None)
    name: str | None = field.attribute(default=None)
    file: File | None = field.child(default=None)


class FileChecksum(Payload, ns=NAMESPACE, name="checksum", also=OLDER_NAMESPACES):
    """Digests that were not known before; version 3 names no content (section 8.2)."""

    namespace: str = field.namespace()
    creator: Creator | None = field.attribute(default=None)
    name: str | None = field.attribute(default=None)
    file: File = field.child()


class FileAbort(Payload, ns="urn:xmpp:jingle:apps:file-transfer:3", name="abort"):
    """One file of several is not wanted any more. Of version 3 only, and so is its `file`: `File(...).in_namespace(...)`."""

    file: File = field.child()


class FileError(Payload, ns=ERRORS_NAMESPACE, names=tuple(FileErrorCondition)):
    """Stands in the reason of a content that ends (section 9)."""

    condition: FileErrorCondition = field.name()
