"""The grammar of SCRAM (RFC 5802 sections 5 to 7; RFC 7677 for SHA-256), shared by the client and the server half.

A message is a comma-separated list of `letter=value`. The client opens with a GS2 header that says how the exchange is
bound to TLS: `n` (I do not bind), `y` (I would, but you do not offer it), `p=type` (bound); then perhaps `a=authzid`.

    C: n,,n=user,r=ABC               r: nonce
    S: r=ABCdef,s=c2FsdA==,i=4096    s: salt, i: iterations, h: hash of what was offered (XEP-0474)
    C: c=biws,r=ABCdef,p=...         c: header and binding again, p: proof
    S: v=...                         v: the server's signature (or e: an error)

Parsing errors are `ScramSyntaxError`; the halves turn it into their own exception.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from .saslprep import saslprep

MECHANISMS = {
    "SCRAM-SHA-1": "sha1",
    "SCRAM-SHA-256": "sha256",
    "SCRAM-SHA-512": "sha512",
    "SCRAM-SHA-1-PLUS": "sha1",
    "SCRAM-SHA-256-PLUS": "sha256",
    "SCRAM-SHA-512-PLUS": "sha512",
}
"""The mechanisms and their hash functions."""

MIN_ITERATIONS = 4096
MAX_ITERATIONS = 1_000_000
MAX_NONCE = 1024
MAX_SALT = 1024
NONCE_BYTES = 24

_ATTRIBUTE = re.compile(r"([A-Za-z])=([^,\0]+)", re.DOTALL)
_NONCE = re.compile(r"[\x21-\x2b\x2d-\x7e]+")
_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_GS2 = re.compile(r"(n|y|p=([A-Za-z0-9.-]+)),(?:a=([^,\0]+))?,", re.DOTALL)
_ESCAPE = re.compile(r"=(2C|3D)?")


class ScramSyntaxError(ValueError):
    """A SCRAM message that is none."""


@dataclass(slots=True, frozen=True)
class Offer:
    """What a server offered: mechanisms, and binding types (XEP-0440; None: no such list).

    The mechanisms are those of the element that is used, `<mechanisms/>` or SASL2's `<authentication/>`. Those inside
    `<fast/>` (XEP-0484) do not belong here: they are not hashed. An empty list of types counts as none, since XEP-0440
    knows no empty list, and servers that send one (ejabberd) hash as if they had not.
    """

    mechanisms: tuple[str, ...]
    binding_types: tuple[str, ...] | None = None

    def digest(self, algorithm: str) -> bytes:
        """The downgrade protection hash over both lists (XEP-0474 section "Protocol"), not yet in base64."""
        text = "\x1e".join(sorted(self.mechanisms))
        if self.binding_types:
            text += "\x1f" + "\x1e".join(sorted(self.binding_types))
        return hashlib.new(algorithm, text.encode("utf-8"), usedforsecurity=True).digest()


@dataclass(slots=True, frozen=True)
class GS2Header:
    """The header of the client's first message: `flag` is "n", "y" or "p"; `binding_type` stands with "p" only."""

    flag: str
    binding_type: str | None
    authzid: str | None

    def encode(self) -> bytes:
        flag = f"p={self.binding_type}" if self.flag == "p" else self.flag
        authzid = "" if self.authzid is None else f"a={escape(self.authzid)}"
        return f"{flag},{authzid},".encode()


def parse_header(message: str) -> tuple[GS2Header, str]:
    """The header and what follows it. Raises `ScramSyntaxError`."""
    match = _GS2.match(message)
    if match is None:
        raise ScramSyntaxError("no GS2 header")
    flag, binding_type, authzid = match.groups()
    return GS2Header(flag[0], binding_type, None if authzid is None else unescape(authzid)), message[match.end() :]


def parse_attributes(message: str, order: str) -> dict[str, str]:
    """The attributes of a message that must begin with those in `order`; unknown ones may follow, each once.

    A mandatory extension (`m=`) is refused wherever it stands: none is known. Raises `ScramSyntaxError`.
    """
    attributes: dict[str, str] = {}
    for part in message.split(","):
        match = _ATTRIBUTE.fullmatch(part)
        if match is None:
            raise ScramSyntaxError("not a list of attributes")
        letter, value = match.groups()
        if letter == "m":
            raise ScramSyntaxError("a mandatory extension that is not supported")
        if letter in attributes:
            raise ScramSyntaxError(f"{letter}= stands twice")
        attributes[letter] = value
    if "".join(attributes)[: len(order)] != order:
        raise ScramSyntaxError(f"expected attributes {', '.join(order)}")
    return attributes


def parse_nonce(text: str) -> str:
    if len(text) > MAX_NONCE or _NONCE.fullmatch(text) is None:
        raise ScramSyntaxError("the nonce is too long or not printable ASCII")
    return text


def parse_iterations(text: str) -> int:
    """A positive number. More digits than ten are refused before they are read."""
    if _NUMBER.fullmatch(text) is None:
        raise ScramSyntaxError("the iteration count is not a number in bounds")
    return int(text)


def decode_base64(text: str) -> bytes:
    """Strict base64: its alphabet only, padded, and with no stray bits, so that each value has one spelling."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ScramSyntaxError("wrong base64") from None
    if base64.b64encode(data).decode("ascii") != text:
        raise ScramSyntaxError("wrong base64")
    return data


def encode_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def decode_salt(text: str) -> bytes:
    salt = decode_base64(text)
    if len(salt) > MAX_SALT:
        raise ScramSyntaxError("the salt is too long")
    return salt


def escape(name: str) -> str:
    """A prepared user name with `=` and `,` escaped (RFC 5802 section 5.1). Raises `PreparationError`."""
    return saslprep(name).replace("=", "=3D").replace(",", "=2C")


def unescape(text: str) -> str:
    """The name behind `=2C` and `=3D`; any other `=` is refused."""
    for match in _ESCAPE.finditer(text):
        if match[1] is None:
            raise ScramSyntaxError("a wrong escape in a name")
    return text.replace("=2C", ",").replace("=3D", "=")


def exclusive_or(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
