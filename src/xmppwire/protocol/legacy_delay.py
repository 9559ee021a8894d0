"""Legacy Delayed Delivery (XEP-0091): what servers sent before XEP-0203, with a date format of its own.

Obsolete: read it where there is no `xmppwire.protocol.delay.Delay`, and do not send it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from xmppwire.jid import JID
from xmppwire.payload import Codec, Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "jabber:x:delay"
STANDARD = Standard(
    "XEP-0091",
    "Legacy Delayed Delivery",
    Status.OBSOLETE,
    "1.4",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)

_STAMP = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})")


def _decode_stamp(text: str) -> datetime:
    match = _STAMP.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a date and time of the form CCYYMMDDThh:mm:ss: {text[:40]!r}")
    year, month, day, hour, minute, second = map(int, match.groups())
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def _encode_stamp(value: datetime) -> str:
    if value.utcoffset() is None:
        raise ValueError("a moment needs a time zone; this datetime is naive")
    try:
        return value.astimezone(UTC).isoformat(timespec="seconds")[:19].replace("-", "")
    except OverflowError as error:
        raise ValueError(str(error)) from None


LegacyDateTime: Codec[datetime] = Codec("legacy date and time", _decode_stamp, _encode_stamp, plain=True)
"""A moment in UTC as `CCYYMMDDThh:mm:ss` (section 4); fractions of a second are cut off."""


class LegacyDelay(Payload, ns=NAMESPACE, name="x"):
    """When a stanza was first sent, which entity held it back, and why."""

    stamp: datetime = field.attribute(LegacyDateTime)
    sender: JID | None = field.attribute(name="from", default=None)
    reason: str = field.text(default="")
