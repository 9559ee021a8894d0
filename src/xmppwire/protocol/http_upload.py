"""HTTP File Upload (XEP-0363): a place on the web for a file.

The client asks a service for a slot: an address to put the file to, and one to get it from.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from xmppwire.payload import URI, Integer, Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:http:upload:0"
PURPOSE_NAMESPACE = "urn:xmpp:http:upload:purpose:0"

STANDARD = Standard(
    "XEP-0363",
    "HTTP File Upload",
    Status.STABLE,
    "1.2.0",
    namespaces=(NAMESPACE, PURPOSE_NAMESPACE),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)

ALLOWED_HEADERS = ("Authorization", "Cookie", "Expires")
"""The headers that a service may want (section 4)."""


class UploadPurpose(StrEnum):
    """What a file is for, which tells how long it is to be kept (section 5)."""

    EPHEMERAL = "ephemeral"
    MESSAGE = "message"
    PERMANENT = "permanent"
    PROFILE = "profile"


class Purpose(Payload, ns=PURPOSE_NAMESPACE, names=UploadPurpose, nested=True):
    """The purpose; an ephemeral file is gone before `expire_before`."""

    purpose: UploadPurpose = field.name()
    expire_before: datetime | None = field.attribute(default=None)


class UploadRequest(Payload, ns=NAMESPACE, name="request"):
    """Asks for a slot. `size` in bytes."""

    filename: str = field.attribute()
    size: int = field.attribute(Integer(1))
    content_type: str | None = field.attribute(default=None)
    purpose: Purpose | None = field.child(default=None)


class UploadHeader(Payload, ns=NAMESPACE, name="header", nested=True):
    """A header for the request that puts the file."""

    name: str = field.attribute()
    value: str = field.text(default="")


class Put(Payload, ns=NAMESPACE, name="put", nested=True):
    """Where to put the file."""

    url: str = field.attribute(URI)
    headers: list[UploadHeader] = field.children()

    def http_headers(self) -> list[tuple[str, str]]:
        """The headers to send, in order: only those that are allowed, without line breaks (section 4)."""
        pairs = [("".join(one.name.splitlines()), "".join(one.value.splitlines())) for one in self.headers]
        allowed = {name.lower() for name in ALLOWED_HEADERS}
        return [(name, value) for name, value in pairs if name.lower() in allowed]


class Get(Payload, ns=NAMESPACE, name="get", nested=True):
    """Where it can be got from."""

    url: str = field.attribute(URI)


class UploadSlot(Payload, ns=NAMESPACE, name="slot"):
    """The slot."""

    put: Put = field.child()
    get: Get = field.child()


class FileTooLarge(Payload, ns=NAMESPACE, name="file-too-large"):
    """The condition of an error; `max_file_size` in bytes."""

    max_file_size: int | None = field.value(Integer(1), default=None)


class UploadRetry(Payload, ns=NAMESPACE, name="retry"):
    """In an error that passes: when to try again."""

    stamp: datetime = field.attribute()
