"""PLAIN (RFC 4616): the password itself. `[authzid] NUL authcid NUL password`.

When it may be used is decided in `selection`: inside TLS only, and never once a server was seen to know SCRAM.
"""

from __future__ import annotations

from .base import Condition, Exchange, PasswordQuestion, SASLFailure, ServerMechanism, SingleMessage, Success, utf8


class PlainClient(SingleMessage):
    """One login by PLAIN. Raises `ValueError` for a name or password that cannot be sent: empty, or with NUL.

    Both are sent as they are, for it is the server that prepares them (RFC 4616 section 2).
    """

    __slots__ = ()

    def __init__(self, username: str, password: str, *, authzid: str | None = None) -> None:
        parts = ("" if authzid is None else authzid, username, password)
        if not username or not password or any("\0" in part for part in parts):
            raise ValueError("PLAIN needs a name and a password, neither of them empty or with NUL")
        super().__init__("PLAIN", "\0".join(parts).encode())


class PlainServer(ServerMechanism):
    """One login by PLAIN: asks a `PasswordQuestion`."""

    __slots__ = ()

    name = "PLAIN"

    def _exchange(self, message: bytes) -> Exchange:
        parts = utf8(message).split("\0")
        if len(parts) != 3 or not parts[1] or not parts[2]:
            raise SASLFailure(Condition.MALFORMED_REQUEST, "PLAIN is an authzid, a name and a password")
        authzid, username, password = parts
        right: bool = yield PasswordQuestion(username, password, authzid or None)
        if not right:
            raise SASLFailure(Condition.NOT_AUTHORIZED)
        yield Success(username, authzid or None)
