"""OAUTHBEARER (RFC 7628): a bearer token, as `n,a=authzid,^Ahost=...^Aport=...^Aauth=Bearer token^A^A` (^A is %x01).

A server that refuses sends a challenge with JSON that says why; the client acknowledges it with a single %x01, and only
then does the failure come.
"""

from __future__ import annotations

import json
import re
from typing import Any

from .base import (
    MAX_MESSAGE,
    Challenge,
    ClientMechanism,
    Condition,
    Exchange,
    SASLError,
    SASLFailure,
    ServerMechanism,
    Success,
    TokenQuestion,
    utf8,
)
from .keys import KeyRequest
from .scram import GS2Header, ScramSyntaxError, parse_header

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_PAIR = re.compile(r"([A-Za-z]+)=([\x21-\x7e \t\r\n]*)")
_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
_PORT = re.compile(r"[0-9]{1,5}")


class OAuthBearerClient(ClientMechanism):
    """One login by bearer token. Raises `ValueError` for a token that RFC 6750 does not allow.

    `error` is what the server said about a refused token (the members of its JSON object), else None.
    """

    __slots__ = ("_message", "error", "name")

    def __init__(
        self, token: str, *, authzid: str | None = None, host: str | None = None, port: int | None = None
    ) -> None:
        if _TOKEN.fullmatch(token) is None:
            raise ValueError("not a bearer token")
        if host is not None and _PAIR.fullmatch(f"host={host}") is None:
            raise ValueError("not a host name")
        self.name = "OAUTHBEARER"
        self.error: dict[str, Any] | None = None
        pairs = [f"host={host}"] if host is not None else []
        pairs += [f"port={port}"] if port is not None else []
        pairs += [f"auth=Bearer {token}", "", ""]
        self._message = GS2Header("n", None, authzid).encode() + b"\x01" + "\x01".join(pairs).encode()

    def initial(self) -> bytes | None:
        return self._message

    def challenge(self, data: bytes) -> bytes | KeyRequest:
        """A challenge is an error report. The answer ends the exchange from our side (RFC 7628 section 3.2.3)."""
        if self.error is not None:
            raise SASLError("a second error report")
        if len(data) > MAX_MESSAGE:
            raise SASLError("the server's message is too long")
        try:
            report: object = json.loads(data)
        except (ValueError, RecursionError):
            raise SASLError("the server's error report is not JSON") from None
        if not isinstance(report, dict):
            raise SASLError("the server's error report is not a JSON object")
        self.error = report
        return b"\x01"

    def success(self, data: bytes | None) -> None:
        if self.error is not None:
            raise SASLError("success after an error report", abort=False)


class OAuthBearerServer(ServerMechanism):
    """One login by bearer token: asks a `TokenQuestion`.

    `scope` and `configuration` (the URL of the OpenID discovery document) go into the report about a refused token.
    """

    __slots__ = ("_configuration", "_scope")

    name = "OAUTHBEARER"

    def __init__(self, *, scope: str | None = None, configuration: str | None = None) -> None:
        super().__init__()
        self._scope = scope
        self._configuration = configuration

    def _exchange(self, message: bytes) -> Exchange:
        try:
            header, rest = parse_header(utf8(message))
            question = _question(header, rest)
        except ScramSyntaxError as error:
            raise SASLFailure(Condition.MALFORMED_REQUEST, str(error)) from None
        authcid: str | None = None
        if question is not None:
            authcid = yield question
        if authcid is None:
            # Whatever the client answers: %x01 is all that it can say, and the failure follows in any case.
            yield Challenge(self._report(question))
            raise SASLFailure(Condition.NOT_AUTHORIZED)
        yield Success(authcid, header.authzid)

    def _report(self, question: TokenQuestion | None) -> bytes:
        report = {"status": "invalid_request" if question is None else "invalid_token"}
        if self._scope is not None:
            report["scope"] = self._scope
        if self._configuration is not None:
            report["openid-configuration"] = self._configuration
        return json.dumps(report).encode()


def _question(header: GS2Header, rest: str) -> TokenQuestion | None:
    """The question in a message; None for an empty `auth`, by which a client only asks what is needed (section 4.3)."""
    if header.flag == "p":
        raise ScramSyntaxError("OAUTHBEARER has no channel binding")
    parts = rest.split("\x01")
    if len(parts) < 3 or parts[0] or parts[-1] or parts[-2]:
        raise ScramSyntaxError("not a list of pairs")
    pairs: dict[str, str] = {}
    for part in parts[1:-2]:
        match = _PAIR.fullmatch(part)
        if match is None or match[1] in pairs:
            raise ScramSyntaxError("a wrong pair")
        pairs[match[1]] = match[2]
    authorization = pairs.get("auth")
    if authorization is None:
        raise ScramSyntaxError("no token")
    port = pairs.get("port")
    if port is not None and _PORT.fullmatch(port) is None:
        raise ScramSyntaxError("a wrong port")
    if not authorization:
        return None
    match = _BEARER.fullmatch(authorization)
    if match is None or _TOKEN.fullmatch(match[1]) is None:
        raise ScramSyntaxError("not a bearer token")
    return TokenQuestion(match[1], header.authzid, pairs.get("host"), None if port is None else int(port))
