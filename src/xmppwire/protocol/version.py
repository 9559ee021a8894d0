"""Software Version (XEP-0092)."""

from __future__ import annotations

from ..payload import Payload, field

NAMESPACE = "jabber:iq:version"


class Version(Payload, ns=NAMESPACE, name="query"):
    """Which software is this? Empty in an IQ get; the result names it."""

    software: str | None = field.value(name="name", default=None)
    version: str | None = field.value(default=None)
    os: str | None = field.value(default=None)
