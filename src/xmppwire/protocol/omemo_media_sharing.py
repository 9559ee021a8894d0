"""OMEMO Media sharing (XEP-0454): the body of an encrypted message is the address and the key of an encrypted file.

The file is uploaded (XEP-0363) encrypted by AES-256-GCM with the tag at its end; the address is the one on the server with the
scheme `aesgcm`, nonce and key behind it. Nobody may open such an address as it is: that would tell the server the key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from xmppwire.protocol.standard import Role, Standard, Status

STANDARD = Standard(
    "XEP-0454",
    "OMEMO Media sharing",
    Status.EXPERIMENTAL,
    "0.1.0",
    roles=(Role.CLIENT,),
    note="no elements; reads and writes aesgcm addresses, encrypts nothing",
)

KEY_BYTES = 32
IV_BYTES = 12
_OLDER_IV_BYTES = 16
TAG_BYTES = 16
"""How much longer than the file the encrypted one is."""

_ADDRESS = re.compile(r"[^\s/#\"<>\\^`{|}\x00-\x20][^\s#\"<>\\^`{|}\x00-\x20]*")
_BODY = re.compile(rf"aesgcm://({_ADDRESS.pattern})#([0-9a-fA-F]+)(?:\n(data:image/jpeg[;,]\S+))?")


@dataclass(frozen=True, slots=True)
class EncryptedMedia:
    """An encrypted file: its `https` address, its nonce and its key; `thumbnail` is a `data:` URI of a small JPEG picture.

    Raises ValueError for an address that is none, and for nonces and keys of a wrong length. (Nonces of 16 bytes, which were
    sent before the standard was written, are allowed.)
    """

    url: str
    iv: bytes
    key: bytes
    thumbnail: str | None = None

    def __post_init__(self) -> None:
        scheme, separator, rest = self.url.partition("://")
        if scheme.lower() != "https" or not separator or _ADDRESS.fullmatch(rest) is None:
            raise ValueError(f"not an https address without a fragment: {self.url[:80]!r}")
        if len(self.key) != KEY_BYTES or len(self.iv) not in (IV_BYTES, _OLDER_IV_BYTES):
            raise ValueError(f"the nonce has {IV_BYTES} bytes and the key {KEY_BYTES}")

    @classmethod
    def parse(cls, body: str) -> Self | None:
        """What a message's decrypted body says; None where it says anything else, or anything more (section 5)."""
        match = _BODY.fullmatch(body)
        if match is None:
            return None
        address, secret, thumbnail = match.groups()
        if len(secret) % 2:
            return None
        data = bytes.fromhex(secret)
        try:
            return cls(f"https://{address}", data[:-KEY_BYTES], data[-KEY_BYTES:], thumbnail)
        except ValueError:
            return None

    @property
    def aesgcm_url(self) -> str:
        """The address with nonce and key (section 3)."""
        return f"aesgcm{self.url[5:]}#{self.iv.hex()}{self.key.hex()}"

    @property
    def body(self) -> str:
        """The body to encrypt and send."""
        return self.aesgcm_url if self.thumbnail is None else f"{self.aesgcm_url}\n{self.thumbnail}"
