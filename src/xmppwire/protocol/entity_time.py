"""Entity Time (XEP-0202): the clock of the other end and its time zone, asked by an IQ."""

from __future__ import annotations

from datetime import datetime, timezone

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:time"

STANDARD = Standard(
    "XEP-0202",
    "Entity Time",
    Status.FINAL,
    "2.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class EntityTime(Payload, ns=NAMESPACE, name="time"):
    """Empty in an IQ get; the result has the offset of the local time zone and the moment."""

    tzo: timezone | None = field.value(default=None)
    utc: datetime | None = field.value(default=None)

    @property
    def local(self) -> datetime | None:
        """The moment on the clock of the other end; None where either part is missing, or the calendar ends before it."""
        try:
            return None if self.utc is None or self.tzo is None else self.utc.astimezone(self.tzo)
        except OverflowError:
            return None
