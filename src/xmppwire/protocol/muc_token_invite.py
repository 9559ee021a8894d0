"""MUC Token Invite (XEP-0488): a room issues tokens, and whoever presents one as the password becomes a member.

All are payloads of IQs to the room. Limits: `delay` in seconds, `counter` in uses.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Payload, UnsignedInt, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:muc-token-invite:0"
STANDARD = Standard(
    "XEP-0488",
    "MUC Token Invite",
    Status.EXPERIMENTAL,
    "0.1.0",
    (NAMESPACE,),
    (Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class TokenRequest(Payload, ns=NAMESPACE, name="request"):
    """Asks for a token, with the limits wished for. The room may set others."""

    delay: int | None = field.attribute(UnsignedInt, default=None)
    counter: int | None = field.attribute(UnsignedInt, default=None)


class InviteToken(Payload, ns=NAMESPACE, name="token"):
    """A token with what is left of its limits; `creator` is who asked for it."""

    delay: int | None = field.attribute(UnsignedInt, default=None)
    counter: int | None = field.attribute(UnsignedInt, default=None)
    creator: JID | None = field.attribute(default=None)
    token: str = field.text()


class InviteTokens(Payload, ns=NAMESPACE, name="tokens"):
    """The tokens that one may revoke; an empty one asks for them."""

    tokens: list[InviteToken] = field.children()


class RevokeToken(Payload, ns=NAMESPACE, name="revoke"):
    """Makes a token worthless."""

    token: str = field.text()


class ExpiredToken(Payload, ns=NAMESPACE, name="expired-token"):
    """In an error beside `not-authorized`: the token was good once (section 3.5)."""
