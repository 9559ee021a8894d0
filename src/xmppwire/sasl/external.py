"""EXTERNAL (RFC 4422 appendix A, XEP-0178): the TLS certificate says who it is; the message is an authzid or empty."""

from __future__ import annotations

from .base import Condition, Exchange, ExternalQuestion, SASLFailure, ServerMechanism, SingleMessage, Success, utf8


class ExternalClient(SingleMessage):
    """One login by EXTERNAL: as `authzid`, or as whom the certificate names (None)."""

    __slots__ = ()

    def __init__(self, *, authzid: str | None = None) -> None:
        if authzid is not None and (not authzid or "\0" in authzid):
            raise ValueError("an authorization identity is not empty and has no NUL")
        super().__init__("EXTERNAL", b"" if authzid is None else authzid.encode())


class ExternalServer(ServerMechanism):
    """One login by EXTERNAL: asks an `ExternalQuestion`."""

    __slots__ = ()

    name = "EXTERNAL"

    def _exchange(self, message: bytes) -> Exchange:
        authzid = utf8(message) or None
        if authzid is not None and "\0" in authzid:
            raise SASLFailure(Condition.MALFORMED_REQUEST, "NUL in the authorization identity")
        authcid: str | None = yield ExternalQuestion(authzid)
        if authcid is None:
            raise SASLFailure(Condition.NOT_AUTHORIZED)
        yield Success(authcid, authzid)
