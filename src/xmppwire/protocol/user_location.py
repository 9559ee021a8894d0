"""User Location (XEP-0080): where somebody is, published by personal eventing (XEP-0163), or said with a message."""

from __future__ import annotations

from datetime import datetime, timezone

from xmppwire.payload import URI, Float, Offset, Payload, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "http://jabber.org/protocol/geoloc"
STANDARD = Standard("XEP-0080", "User Location", Status.STABLE, "1.10.0", (NAMESPACE,))


class UserLocation(Payload, ns=NAMESPACE, name="geoloc"):
    """A place; empty where it is not told any more.

    `lat`, `lon` and `bearing` in degrees, `alt`, `accuracy` and `altaccuracy` in metres, `speed` in metres a second, `error`
    (which `accuracy` has replaced) in minutes of arc. Without a `datum` it is WGS84. `timestamp`: when it was found out.
    """

    lang: str | None = field.language()
    accuracy: float | None = field.value(Float, default=None)
    alt: float | None = field.value(Float, default=None)
    altaccuracy: float | None = field.value(Float, default=None)
    area: str | None = field.value(default=None)
    bearing: float | None = field.value(Float, default=None)
    building: str | None = field.value(default=None)
    country: str | None = field.value(default=None)
    countrycode: str | None = field.value(default=None)
    datum: str | None = field.value(default=None)
    description: str | None = field.value(default=None)
    error: float | None = field.value(Float, default=None)
    floor: str | None = field.value(default=None)
    lat: float | None = field.value(Float, default=None)
    locality: str | None = field.value(default=None)
    lon: float | None = field.value(Float, default=None)
    postalcode: str | None = field.value(default=None)
    region: str | None = field.value(default=None)
    regioncode: str | None = field.value(default=None)
    room: str | None = field.value(default=None)
    speed: float | None = field.value(Float, default=None)
    street: str | None = field.value(default=None)
    text: str | None = field.value(default=None)
    timestamp: datetime | None = field.value(default=None)
    tzo: timezone | None = field.value(Offset, default=None)
    uri: str | None = field.value(URI, default=None)
