"""What the two withdrawn standards for the Internet of Things share."""

from __future__ import annotations

from datetime import datetime

from xmppwire.payload import Codec, Integer

LocalDateTime: Codec[datetime] = Codec(
    "date and time with or without a zone", lambda text: datetime.fromisoformat(text.strip()), datetime.isoformat
)
"""A moment by the clock of the device, where no zone is given."""
Int32 = Integer(-(2**31), 2**31 - 1)
Int64 = Integer(-(2**63), 2**63 - 1)
