"""The keys of SCRAM (RFC 5802 section 3): what is derived from a password, what a client keeps, what a server stores.

    password, salt, iterations  --PBKDF2-->  salted password  -->  client key, server key
    client key  --hash-->  stored key

A client may keep `ScramKeys` instead of a password; a server keeps `StoredCredentials`, from which nobody can log in.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from .saslprep import PreparationError, saslprep

HASHES = ("sha512", "sha256", "sha1")
"""The hash functions of SCRAM here, the strongest first."""


def _check(algorithm: str, salt: bytes, iterations: int) -> int:
    """The size of the keys."""
    if algorithm not in HASHES:
        raise ValueError(f"no such hash for SCRAM: {algorithm!r}")
    if not salt:
        raise ValueError("the salt is empty")
    if iterations < 1:
        raise ValueError("the number of iterations must be positive")
    return hashlib.new(algorithm).digest_size


def derive_keys(algorithm: str, password: str, salt: bytes, iterations: int) -> ScramKeys:
    """Derive the keys; a million iterations take a good part of a second. Raises `PreparationError`."""
    salted = hashlib.pbkdf2_hmac(algorithm, saslprep(password).encode("utf-8"), salt, iterations)
    return keys_of(algorithm, salted, salt, iterations)


def keys_of(algorithm: str, salted: bytes, salt: bytes, iterations: int) -> ScramKeys:
    """The keys that follow from a salted password. Raises `ValueError`."""
    if len(salted) != _check(algorithm, salt, iterations):
        raise ValueError(f"no password salted by {algorithm}")
    return ScramKeys(
        algorithm,
        salt,
        iterations,
        hmac.digest(salted, b"Client Key", algorithm),
        hmac.digest(salted, b"Server Key", algorithm),
        salted,
    )


@dataclass(slots=True, frozen=True)
class KeyRequest:
    """Keys have to be derived before the client can answer: the one slow step of SCRAM.

    Call `derive` wherever blocking is allowed (it needs nothing else and may run in a thread), then hand the result to
    `ClientMechanism.derived`.
    """

    hash: str
    password: str = field(repr=False)
    salt: bytes
    iterations: int

    def derive(self) -> ScramKeys:
        """Derive the keys. Raises `PreparationError` if SASLprep forbids the password."""
        return derive_keys(self.hash, self.password, self.salt, self.iterations)


@dataclass(slots=True, frozen=True)
class ScramKeys:
    """The derived keys of an account, good for logging in as long as the server keeps salt and iterations.

    Whoever has them can log in: keep them as carefully as a password.
    """

    hash: str
    salt: bytes
    iterations: int
    client_key: bytes = field(repr=False)
    server_key: bytes = field(repr=False)
    salted: bytes | None = field(default=None, repr=False, compare=False)
    """The salted password, from which both keys follow. It need not be kept."""

    def __post_init__(self) -> None:
        size = _check(self.hash, self.salt, self.iterations)
        if len(self.client_key) != size or len(self.server_key) != size:
            raise ValueError(f"a key for {self.hash} has {size} bytes")

    @property
    def stored_key(self) -> bytes:
        """The hash of the client key."""
        return hashlib.new(self.hash, self.client_key, usedforsecurity=True).digest()

    def credentials(self) -> StoredCredentials:
        """What a server stores for these keys."""
        return StoredCredentials(self.hash, self.salt, self.iterations, self.stored_key, self.server_key)


@dataclass(slots=True, frozen=True)
class StoredCredentials:
    """What a server stores of a password for one hash function. Nobody can log in with it (RFC 5802 section 9)."""

    hash: str
    salt: bytes
    iterations: int
    stored_key: bytes = field(repr=False)
    server_key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        size = _check(self.hash, self.salt, self.iterations)
        if len(self.stored_key) != size or len(self.server_key) != size:
            raise ValueError(f"a key for {self.hash} has {size} bytes")

    @classmethod
    def from_password(
        cls,
        password: str,
        salt: bytes,
        iterations: int = 4096,
        hash: str = "sha256",
    ) -> StoredCredentials:
        """What to store of `password`; take 16 random bytes as `salt`. Raises `ValueError` if SASLprep forbids it."""
        _check(hash, salt, iterations)
        return derive_keys(hash, password, salt, iterations).credentials()

    def verify(self, password: str) -> bool:
        """Whether this is the password, as PLAIN needs it. As slow as one derivation."""
        try:
            keys = derive_keys(self.hash, password, self.salt, self.iterations)
        except PreparationError:
            return False
        return hmac.compare_digest(keys.stored_key, self.stored_key)
