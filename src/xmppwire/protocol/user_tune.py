"""User Tune (XEP-0118): the music that somebody listens to, published by personal eventing (XEP-0163)."""

from __future__ import annotations

from xmppwire.payload import URI, Integer, Payload, UnsignedShort, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "http://jabber.org/protocol/tune"
STANDARD = Standard("XEP-0118", "User Tune", Status.STABLE, "1.3.0", (NAMESPACE,))


class Tune(Payload, ns=NAMESPACE, name="tune"):
    """A piece; empty where the music has stopped.

    `length` in seconds, `rating` from 1 to 10, `source` the album or performance, `track` its number or address there.
    """

    artist: str | None = field.value(default=None)
    composer: str | None = field.value(default=None)
    date: str | None = field.value(default=None)
    genre: str | None = field.value(default=None)
    language: str | None = field.value(default=None)
    length: int | None = field.value(UnsignedShort, default=None)
    lyricist: str | None = field.value(default=None)
    performer: str | None = field.value(default=None)
    rating: int | None = field.value(Integer(1, 10), default=None)
    source: str | None = field.value(default=None)
    title: str | None = field.value(default=None)
    track: str | None = field.value(default=None)
    uri: str | None = field.value(URI, default=None)
