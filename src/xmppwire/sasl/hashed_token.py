"""The HT mechanisms (draft-schmaus-kitten-sasl-ht-09), with which FAST (XEP-0484) logs in by a token in one round trip.

    C: authcid NUL HMAC(token, "Initiator" binding)
    S: HMAC(token, "Responder" binding)                  with success

The last part of a mechanism's name says what the hash is bound to. A token is short-lived, random, and good for one mechanism
only; which tokens there are, when they expire and how often they were used is for `xmppwire.stream.fast` to judge.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Sequence

from .base import (
    ChannelBinding,
    ClientMechanism,
    Condition,
    SASLError,
    SASLFailure,
    utf8,
    within_limit,
)
from .keys import KeyRequest
from .selection import BindingPolicy, Policy

HT_MECHANISMS: dict[str, str | None] = {
    "HT-SHA-256-EXPR": "tls-exporter",
    "HT-SHA-256-UNIQ": "tls-unique",
    "HT-SHA-256-ENDP": "tls-server-end-point",
    "HT-SHA-256-NONE": None,
}
"""The mechanisms, the best first, and the type of channel binding that each is bound to."""

_HASH = "sha256"
_SIZE = 32


class HashedTokenClient(ClientMechanism):
    """One login by a token. Raises `ValueError` for what cannot be sent, or a binding that is not the mechanism's."""

    __slots__ = ("_binding", "_started", "_token", "_username", "name")

    def __init__(self, name: str, username: str, token: str, binding: ChannelBinding | None = None) -> None:
        if name not in HT_MECHANISMS or HT_MECHANISMS[name] != (None if binding is None else binding.type):
            raise ValueError(f"{name} is no HT mechanism, or is not bound like this")
        if not username or "\0" in username or not token:
            raise ValueError("a name without NUL and a token are needed")
        self.name = name
        self._username = username
        self._token = token
        self._binding = b"" if binding is None else binding.data
        self._started = False

    def initial(self) -> bytes:
        self._started = True
        return self._username.encode() + b"\0" + _hashed(self._token, b"Initiator", self._binding)

    def challenge(self, data: bytes) -> bytes | KeyRequest:
        raise SASLError(f"{self.name} has no challenges")

    def success(self, data: bytes | None) -> None:
        """Raises `SASLError` unless the server proves that it knows the token."""
        expected = _hashed(self._token, b"Responder", self._binding)
        if not self._started or not hmac.compare_digest(data or b"", expected):
            raise SASLError("the server did not prove to know the token", abort=False)


class HashedTokenServer:
    """The other half: `start` tells whose tokens to look at, `matches` whether one of them was used.

    `bindings` are those of the connection. Raises `ValueError` for a mechanism that is not possible with them.
    """

    __slots__ = ("_binding", "_hash", "name")

    def __init__(self, name: str, bindings: Sequence[ChannelBinding] = ()) -> None:
        if name not in ht_possible(bindings):
            raise ValueError(f"{name} is not possible on this connection")
        self.name = name
        kind = HT_MECHANISMS[name]
        self._binding = next((binding.data for binding in bindings if binding.type == kind), b"")
        self._hash = b""

    def start(self, initial: bytes | None) -> str:
        """The name that the client sent. Raises `SASLFailure`."""
        name, nul, self._hash = within_limit(initial or b"").partition(b"\0")
        if not nul or not name or len(self._hash) != _SIZE:
            raise SASLFailure(Condition.MALFORMED_REQUEST, "HT is a name and a hash")
        return utf8(name)

    def matches(self, token: str) -> bool:
        """Whether the client used this token. It takes the same time whatever the answer is."""
        return hmac.compare_digest(_hashed(token, b"Initiator", self._binding), self._hash)

    def proof(self, token: str) -> bytes:
        """What goes with success: that we know the token too."""
        return _hashed(token, b"Responder", self._binding)


def ht_possible(bindings: Sequence[ChannelBinding]) -> list[str]:
    """The mechanisms that a connection with these bindings allows, the best first."""
    types = {binding.type for binding in bindings}
    return [name for name, kind in HT_MECHANISMS.items() if kind is None or kind in types]


def ht_acceptable(offered: Collection[str], bindings: Sequence[ChannelBinding], policy: Policy) -> list[str]:
    """Those of the mechanisms on offer that are possible and that the user's policy allows, the best first."""
    match policy.channel_binding:
        case BindingPolicy.IGNORE:
            allowed = ht_possible(())
        case BindingPolicy.REQUIRE:
            allowed = [name for name in ht_possible(bindings) if HT_MECHANISMS[name] is not None]
        case BindingPolicy.PREFER:
            allowed = ht_possible(bindings)
    return [name for name in allowed if name in offered]


def _hashed(token: str, who: bytes, binding: bytes) -> bytes:
    return hmac.digest(token.encode(), who + binding, _HASH)
