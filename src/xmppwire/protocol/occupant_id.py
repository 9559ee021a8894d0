"""Occupant identifiers for semi-anonymous MUCs (XEP-0421): the same user has the same identifier whatever the nickname.

The room puts it into presence and messages, and takes out what senders put there. Believe it only of a room that
announces the feature.
"""

from __future__ import annotations

import hmac

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:occupant-id:0"

STANDARD = Standard(
    "XEP-0421",
    "Occupant identifiers for semi-anonymous MUCs",
    Status.STABLE,
    "1.0.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class OccupantId(Payload, ns=NAMESPACE, name="occupant-id"):
    """Who sent it: opaque, unique within a room, at most 128 characters."""

    id: str = field.attribute()


def make_occupant_id(secret: bytes, user: JID, room: JID | None = None) -> str:
    """The identifier of `user` (section 4.1): from a secret of the room, or with `room` from one of the whole service."""
    parts = [user.bare] if room is None else [room.bare, user.bare]
    return hmac.new(secret, "\0".join(map(str, parts)).encode("utf-8"), "sha1").hexdigest()
