"""The server half of SCRAM (RFC 5802), with channel binding (section 6) and downgrade protection (XEP-0474).

A user who does not exist gets a challenge all the same, with a salt that is derived from the name and a secret of the
server, so that it is the same each time and tells nothing; the exchange fails at the proof like any wrong password.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

from .base import (
    Challenge,
    ChannelBinding,
    Condition,
    CredentialsQuestion,
    Exchange,
    RandomBytes,
    SASLFailure,
    ServerMechanism,
    Success,
    utf8,
    within_limit,
)
from .keys import StoredCredentials
from .scram import (
    MECHANISMS,
    MIN_ITERATIONS,
    NONCE_BYTES,
    GS2Header,
    Offer,
    ScramSyntaxError,
    decode_base64,
    encode_base64,
    exclusive_or,
    parse_attributes,
    parse_header,
    parse_nonce,
    unescape,
)


class ScramServer(ServerMechanism):
    """One login by SCRAM.

    `bindings` are those of this connection that may be used with a `-PLUS` mechanism; `plus_offered` says whether any
    `-PLUS` mechanism was among those offered, which makes the flag `y` the sign of an attack. `offer` is what was
    offered: its hash is sent, to be checked by clients that know XEP-0474. `decoy_secret` keeps the salts of unknown
    users stable (without it they are random, which a patient attacker can tell); `decoy_iterations` and
    `decoy_salt_size` should be those of real users. `nonce` replaces the random part of the nonce, to reproduce an
    exchange.
    """

    __slots__ = (
        "_bindings",
        "_decoy_iterations",
        "_decoy_salt_size",
        "_decoy_secret",
        "_offer",
        "_own_nonce",
        "_plus_offered",
        "_random",
        "hash",
        "name",
    )

    def __init__(
        self,
        name: str,
        *,
        random: RandomBytes,
        bindings: Sequence[ChannelBinding] = (),
        plus_offered: bool = False,
        offer: Offer | None = None,
        decoy_secret: bytes | None = None,
        decoy_iterations: int = MIN_ITERATIONS,
        decoy_salt_size: int = 16,
        nonce: str | None = None,
    ) -> None:
        super().__init__()
        if name not in MECHANISMS:
            raise ValueError(f"not a SCRAM mechanism: {name!r}")
        if decoy_iterations < 1 or decoy_salt_size < 1:
            raise ValueError("decoys need iterations and a salt, as real credentials do")
        self.name = name
        self.hash = MECHANISMS[name]
        self._random = random
        self._bindings = {binding.type: binding for binding in bindings}
        self._plus_offered = plus_offered or name.endswith("-PLUS")
        self._offer = offer
        self._decoy_secret = decoy_secret
        self._decoy_iterations = decoy_iterations
        self._decoy_salt_size = decoy_salt_size
        self._own_nonce = None if nonce is None else parse_nonce(nonce)

    def _exchange(self, message: bytes) -> Exchange:
        text = utf8(message)
        try:
            header, first_bare = parse_header(text)
            attributes = parse_attributes(first_bare, "nr")
            username = unescape(attributes["n"])
            nonce = parse_nonce(attributes["r"])
        except ScramSyntaxError as error:
            raise SASLFailure(Condition.MALFORMED_REQUEST, str(error)) from None
        # As it was sent, not as we would write it: the client hashes its own spelling.
        binding_input = text[: len(text) - len(first_bare)].encode() + self._binding_data(header)

        found: StoredCredentials | None = yield CredentialsQuestion(username, self.hash)
        credentials = found or self._decoy(username)

        nonce += self._own_nonce or encode_base64(self._random(NONCE_BYTES))
        server_first = f"r={nonce},s={encode_base64(credentials.salt)},i={credentials.iterations}"
        if self._offer is not None:
            server_first += f",h={encode_base64(self._offer.digest(self.hash))}"
        reply: bytes = yield Challenge(server_first.encode())

        final = utf8(within_limit(reply))
        without_proof, _, proof_text = final.rpartition(",p=")
        try:
            attributes = parse_attributes(without_proof, "cr")
            proof = decode_base64(proof_text)
            binding_sent = decode_base64(attributes["c"])
        except ScramSyntaxError as error:
            raise SASLFailure(Condition.MALFORMED_REQUEST, str(error)) from None
        auth_message = f"{first_bare},{server_first},{without_proof}".encode()
        signature = hmac.digest(credentials.stored_key, auth_message, self.hash)
        if len(proof) != len(signature):
            raise SASLFailure(Condition.MALFORMED_REQUEST, "the proof has the wrong length")
        client_key = exclusive_or(proof, signature)
        stored_key = hashlib.new(self.hash, client_key, usedforsecurity=True).digest()
        right = (
            hmac.compare_digest(binding_sent, binding_input),
            hmac.compare_digest(attributes["r"].encode(), nonce.encode()),
            hmac.compare_digest(stored_key, credentials.stored_key),
            found is not None,
        )
        if not all(right):
            raise SASLFailure(Condition.NOT_AUTHORIZED)
        verifier = hmac.digest(credentials.server_key, auth_message, self.hash)
        yield Success(username, header.authzid, f"v={encode_base64(verifier)}".encode())

    def _binding_data(self, header: GS2Header) -> bytes:
        """What the client must bind to (section 6). Raises `SASLFailure` where flag and mechanism do not fit."""
        plus = self.name.endswith("-PLUS")
        if plus != (header.flag == "p"):
            raise SASLFailure(Condition.MALFORMED_REQUEST, "the channel binding flag does not fit the mechanism")
        if header.flag == "y" and self._plus_offered:
            raise SASLFailure(Condition.NOT_AUTHORIZED, "channel binding was offered, but the client did not see it")
        if header.binding_type is None:
            return b""
        binding = self._bindings.get(header.binding_type)
        if binding is None:
            raise SASLFailure(Condition.NOT_AUTHORIZED, "unsupported channel binding type")
        return binding.data

    def _decoy(self, username: str) -> StoredCredentials:
        size = self._decoy_salt_size
        seed = self._random(32) if self._decoy_secret is None else self._decoy_secret
        salt = hashlib.shake_256(hmac.digest(seed, f"{self.hash}\0{username}".encode(), "sha256")).digest(size)
        # Nobody knows keys for these: they are as random as the secret, and `found` is checked besides.
        key = hashlib.new(self.hash, self._random(32), usedforsecurity=True).digest()
        return StoredCredentials(self.hash, salt, self._decoy_iterations, key, key)
