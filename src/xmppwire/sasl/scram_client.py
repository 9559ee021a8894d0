"""The client half of SCRAM (RFC 5802), with channel binding (section 6) and downgrade protection (XEP-0474).

    NEW --initial--> FIRST --challenge--> (DERIVING --derived-->) FINAL --challenge--> VERIFIED --success--> DONE

The server's last message may also come with success, from FINAL to DONE. Success is believed only from VERIFIED, or
with a signature that proves that the server knows the keys. Whatever goes wrong leads to BROKEN, where nothing is
believed.
"""

from __future__ import annotations

import hmac
from enum import Enum, auto

from .base import MAX_MESSAGE, ChannelBinding, ClientMechanism, Condition, RandomBytes, SASLError
from .keys import KeyRequest, ScramKeys
from .saslprep import saslprep
from .scram import (
    MAX_ITERATIONS,
    MECHANISMS,
    MIN_ITERATIONS,
    NONCE_BYTES,
    GS2Header,
    Offer,
    ScramSyntaxError,
    decode_base64,
    decode_salt,
    encode_base64,
    escape,
    exclusive_or,
    parse_attributes,
    parse_iterations,
    parse_nonce,
)

SERVER_ERRORS = {
    "invalid-encoding": Condition.MALFORMED_REQUEST,
    "extensions-not-supported": Condition.MALFORMED_REQUEST,
    "invalid-proof": Condition.NOT_AUTHORIZED,
    "channel-bindings-dont-match": Condition.NOT_AUTHORIZED,
    "server-does-support-channel-binding": Condition.NOT_AUTHORIZED,
    "channel-binding-not-supported": Condition.NOT_AUTHORIZED,
    "unsupported-channel-binding-type": Condition.NOT_AUTHORIZED,
    "unknown-user": Condition.NOT_AUTHORIZED,
    "invalid-username-encoding": Condition.MALFORMED_REQUEST,
    "no-resources": Condition.TEMPORARY_AUTH_FAILURE,
    "other-error": Condition.NOT_AUTHORIZED,
}
"""The errors that a server may name inside SCRAM (RFC 5802 section 7), as conditions of XMPP."""


class _State(Enum):
    NEW = auto()
    FIRST = auto()
    DERIVING = auto()
    FINAL = auto()
    VERIFIED = auto()
    DONE = auto()
    BROKEN = auto()


class ScramClient(ClientMechanism):
    """One login by SCRAM.

    `flag` is the GS2 flag "n", "y" or "p"; with "p" `binding` is what binds, and the name ends in `-PLUS`. `keys` from
    an earlier login spare the derivation if salt and iterations are still the same. `offer` is what the server offered:
    if the server sends the hash of its own offer, both must agree; with `prove_offer` it has to send one. `nonce`
    replaces the random one, to reproduce a recorded exchange. `min_iterations` and `max_iterations` bound what the
    server may ask for. Raises `ValueError` for wrong arguments.

    `offer_verified` is true once the hashes agreed; it means something after success only.
    """

    __slots__ = (
        "_auth_message",
        "_first_bare",
        "_header",
        "_keys",
        "_known",
        "_limits",
        "_nonce",
        "_offer",
        "_password",
        "_prove_offer",
        "_request",
        "_server_first",
        "_state",
        "binding",
        "hash",
        "keys",
        "name",
        "offer_verified",
    )

    def __init__(
        self,
        name: str,
        username: str,
        password: str | None = None,
        *,
        random: RandomBytes,
        keys: ScramKeys | None = None,
        flag: str = "n",
        binding: ChannelBinding | None = None,
        authzid: str | None = None,
        offer: Offer | None = None,
        prove_offer: bool = False,
        min_iterations: int = MIN_ITERATIONS,
        max_iterations: int = MAX_ITERATIONS,
        nonce: str | None = None,
    ) -> None:
        if name not in MECHANISMS:
            raise ValueError(f"not a SCRAM mechanism: {name!r}")
        if (
            flag not in ("n", "y", "p")
            or (flag == "p") != (binding is not None)
            or (flag == "p") != name.endswith("-PLUS")
        ):
            raise ValueError("the flag is p, with a binding, for -PLUS mechanisms, and n or y for the others")
        if password is None and keys is None:
            raise ValueError("neither a password nor keys")
        self.name = name
        self.hash = MECHANISMS[name]
        if keys is not None and keys.hash != self.hash:
            raise ValueError(f"{name} needs keys for {self.hash}, not {keys.hash}")
        if password is not None:
            saslprep(password)
        self.binding = binding
        self.keys: ScramKeys | None = None
        self.offer_verified = False
        self._password = password
        self._known = keys
        self._keys: ScramKeys | None = None
        self._offer = offer
        self._prove_offer = prove_offer
        self._limits = (min_iterations, max_iterations)
        self._nonce = parse_nonce(encode_base64(random(NONCE_BYTES)) if nonce is None else nonce)
        self._header = GS2Header(flag, None if binding is None else binding.type, authzid).encode()
        self._first_bare = f"n={escape(username)},r={self._nonce}"
        self._server_first = ""
        self._auth_message = b""
        self._request: KeyRequest | None = None
        self._state = _State.NEW

    def initial(self) -> bytes | None:
        if self._state is not _State.NEW:
            raise RuntimeError("the exchange was started already")
        self._state = _State.FIRST
        return self._header + self._first_bare.encode()

    def challenge(self, data: bytes) -> bytes | KeyRequest:
        state, self._state = self._state, _State.BROKEN
        text = _text(data)
        if state is _State.FIRST:
            return self._server_first_message(text)
        if state is _State.FINAL:
            self._verify(text)
            self._state = _State.VERIFIED
            return b""
        raise SASLError("a challenge that SCRAM does not have")

    def derived(self, keys: ScramKeys) -> bytes:
        request = self._request
        if self._state is not _State.DERIVING or request is None:
            raise RuntimeError("no key derivation was asked for")
        if (keys.hash, keys.salt, keys.iterations) != (request.hash, request.salt, request.iterations):
            raise ValueError("these keys were not derived for this request")
        return self._client_final(keys)

    def success(self, data: bytes | None) -> None:
        state, self._state = self._state, _State.BROKEN
        try:
            if state is _State.FINAL:
                if not data:
                    raise SASLError("success without the server's signature: it did not prove to know the password")
                self._verify(_text(data))
            elif state is not _State.VERIFIED:
                raise SASLError("success before the exchange was complete")
            elif data:
                self._verify(_text(data))
        except SASLError as error:
            error.abort = False
            raise
        self.keys = self._keys
        self._state = _State.DONE

    def _server_first_message(self, text: str) -> bytes | KeyRequest:
        _check_server_error(text)
        try:
            attributes = parse_attributes(text, "rsi")
            nonce = parse_nonce(attributes["r"])
            salt = decode_salt(attributes["s"])
            iterations = parse_iterations(attributes["i"])
            offered = decode_base64(attributes["h"]) if "h" in attributes else None
        except ScramSyntaxError as error:
            raise SASLError(f"the server's first message: {error}") from None
        if not nonce.startswith(self._nonce) or len(nonce) == len(self._nonce):
            raise SASLError("the server's nonce does not extend ours")
        low, high = self._limits
        if not low <= iterations <= high:
            raise SASLError(f"the server asks for {iterations} iterations, outside {low} to {high}")
        self._check_offer(offered)
        self._nonce = nonce
        self._server_first = text
        known = self._known
        if known is not None and (known.salt, known.iterations) == (salt, iterations):
            return self._client_final(known)
        if self._password is None:
            raise SASLError("the kept keys are out of date, and no password is at hand")
        self._state = _State.DERIVING
        self._request = KeyRequest(self.hash, self._password, salt, iterations)
        return self._request

    def _check_offer(self, hash_sent: bytes | None) -> None:
        if hash_sent is None or self._offer is None:
            if self._prove_offer:
                raise SASLError(
                    "channel binding was used with this server before and is not possible with what it offers now, "
                    "and the server does not confirm its offer"
                )
            return
        if not hmac.compare_digest(hash_sent, self._offer.digest(self.hash)):
            raise SASLError("the mechanisms or binding types offered are not those that the server sent: an attack")
        self.offer_verified = True

    def _client_final(self, keys: ScramKeys) -> bytes:
        binding = self._header + (b"" if self.binding is None else self.binding.data)
        without_proof = f"c={encode_base64(binding)},r={self._nonce}"
        self._auth_message = f"{self._first_bare},{self._server_first},{without_proof}".encode()
        signature = hmac.digest(keys.stored_key, self._auth_message, self.hash)
        self._keys = keys
        self._request = None
        self._state = _State.FINAL
        return f"{without_proof},p={encode_base64(exclusive_or(keys.client_key, signature))}".encode()

    def _verify(self, text: str) -> None:
        _check_server_error(text)
        keys = self._keys
        if keys is None:  # pragma: no cover - set before FINAL
            raise SASLError("no keys")
        try:
            signature = decode_base64(parse_attributes(text, "v")["v"])
        except ScramSyntaxError as error:
            raise SASLError(f"the server's final message: {error}") from None
        if not hmac.compare_digest(signature, hmac.digest(keys.server_key, self._auth_message, self.hash)):
            raise SASLError("the server's signature is wrong: it does not know the password")


def _text(data: bytes) -> str:
    if len(data) > MAX_MESSAGE:
        raise SASLError("the server's message is too long")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise SASLError("the server's message is not UTF-8") from None


def _check_server_error(text: str) -> None:
    if text.startswith("e="):
        value = text[2:].partition(",")[0]
        condition = SERVER_ERRORS.get(value, Condition.NOT_AUTHORIZED)
        raise SASLError(
            f"the server reports {value if value in SERVER_ERRORS else 'an unknown error'}", condition=condition
        )
