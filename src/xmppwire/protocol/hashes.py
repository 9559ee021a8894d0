"""Use of Cryptographic Hash Functions in XMPP (XEP-0300).

The element that other extensions carry digests in, several side by side where the peers may know different functions, and the
one that names a function before the digest is known. `ALGORITHMS` holds the functions themselves.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import Any, Self

from xmppwire.payload import Enumeration, Payload, Unknown, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:hashes:2"
OLDER_NAMESPACES = ("urn:xmpp:hashes:1",)
FEATURE_PREFIX = "urn:xmpp:hash-function-text-names:"
"""What the discovery feature of each function starts with."""

STANDARD = Standard(
    "XEP-0300",
    "Use of Cryptographic Hash Functions in XMPP",
    Status.STABLE,
    "1.0.0",
    namespaces=(NAMESPACE, *OLDER_NAMESPACES),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class HashAlgorithm(StrEnum):
    """The names of hash functions: those of IANA, and those that the standard adds (section 3)."""

    MD2 = "md2"
    MD5 = "md5"
    SHA_1 = "sha-1"
    SHA_224 = "sha-224"
    SHA_256 = "sha-256"
    SHA_384 = "sha-384"
    SHA_512 = "sha-512"
    SHA3_224 = "sha3-224"
    SHA3_256 = "sha3-256"
    SHA3_384 = "sha3-384"
    SHA3_512 = "sha3-512"
    BLAKE2B_160 = "id-blake2b160"
    BLAKE2B_256 = "blake2b-256"
    BLAKE2B_384 = "id-blake2b384"
    BLAKE2B_512 = "blake2b-512"
    ID_BLAKE2B_256 = "id-blake2b256"
    """Another name of `blake2b-256`, which the registered discovery feature uses."""
    ID_BLAKE2B_512 = "id-blake2b512"
    """Another name of `blake2b-512`."""


HashFunction = Callable[..., Any]
"""What `hashlib` has: called with bytes (or with nothing) it returns an object with `update` and `digest`."""

ALGORITHMS: MappingProxyType[str, HashFunction] = MappingProxyType(
    {
        HashAlgorithm.MD5: partial(hashlib.md5, usedforsecurity=False),
        HashAlgorithm.SHA_1: partial(hashlib.sha1, usedforsecurity=False),
        HashAlgorithm.SHA_224: hashlib.sha224,
        HashAlgorithm.SHA_256: hashlib.sha256,
        HashAlgorithm.SHA_384: hashlib.sha384,
        HashAlgorithm.SHA_512: hashlib.sha512,
        HashAlgorithm.SHA3_224: hashlib.sha3_224,
        HashAlgorithm.SHA3_256: hashlib.sha3_256,
        HashAlgorithm.SHA3_384: hashlib.sha3_384,
        HashAlgorithm.SHA3_512: hashlib.sha3_512,
        HashAlgorithm.BLAKE2B_160: partial(hashlib.blake2b, digest_size=20),
        HashAlgorithm.BLAKE2B_256: partial(hashlib.blake2b, digest_size=32),
        HashAlgorithm.BLAKE2B_384: partial(hashlib.blake2b, digest_size=48),
        HashAlgorithm.BLAKE2B_512: partial(hashlib.blake2b, digest_size=64),
        HashAlgorithm.ID_BLAKE2B_256: partial(hashlib.blake2b, digest_size=32),
        HashAlgorithm.ID_BLAKE2B_512: partial(hashlib.blake2b, digest_size=64),
    }
)
"""The functions that can be computed here, by their names on the wire."""

PREFERENCE: tuple[HashAlgorithm, ...] = (
    HashAlgorithm.SHA3_512,
    HashAlgorithm.BLAKE2B_512,
    HashAlgorithm.ID_BLAKE2B_512,
    HashAlgorithm.SHA_512,
    HashAlgorithm.SHA3_256,
    HashAlgorithm.BLAKE2B_256,
    HashAlgorithm.ID_BLAKE2B_256,
    HashAlgorithm.SHA_256,
)
"""The functions to rely on, longest digests first. MD5 and SHA-1 are not among them (XEP-0414)."""

_algorithm = Enumeration(HashAlgorithm, Unknown.KEEP)


class HashUsed(Payload, ns=NAMESPACE, name="hash-used", also=OLDER_NAMESPACES):
    """The function whose digest follows later (section 3)."""

    namespace: str = field.namespace()
    algo: HashAlgorithm | str = field.attribute(_algorithm)


class Hash(Payload, ns=NAMESPACE, name="hash", also=OLDER_NAMESPACES):
    """A digest and the function that made it (section 3)."""

    namespace: str = field.namespace()
    algo: HashAlgorithm | str = field.attribute(_algorithm)
    digest: bytes = field.text()

    @classmethod
    def of(cls, data: bytes, algo: HashAlgorithm | str = HashAlgorithm.SHA_256) -> Self:
        """The digest of `data`. Raises ValueError for a function that is not in `ALGORITHMS`."""
        function = ALGORITHMS.get(algo)
        if function is None:
            raise ValueError(f"no such hash function here: {str(algo)[:40]!r}")
        return cls(algo=algo, digest=function(data).digest())

    def matches(self, data: bytes) -> bool:
        """Whether it is the digest of `data`. Raises ValueError for a function that is not in `ALGORITHMS`."""
        return hmac.compare_digest(self.of(data, self.algo).digest, self.digest)


def strongest(hashes: Iterable[Hash]) -> Hash | None:
    """The one to check of several digests of the same data, by `PREFERENCE`; None where none of them is to be relied on."""
    found = {str(one.algo): one for one in reversed(tuple(hashes))}
    return next((found[algo] for algo in PREFERENCE if algo in found), None)
