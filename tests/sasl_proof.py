"""A SCRAM-SHA-1 client in a few lines of its own (RFC 5802 section 3), to hold against the engine's server half."""

from __future__ import annotations

import base64
import hashlib
import hmac


def client_final(password: str, client_first_bare: str, server_first: str) -> str:
    """The client-final-message for a server-first-message, without channel binding."""
    fields = dict(part.split("=", 1) for part in server_first.split(","))
    salted = hashlib.pbkdf2_hmac("sha1", password.encode(), base64.b64decode(fields["s"]), int(fields["i"]))
    client_key = hmac.digest(salted, b"Client Key", "sha1")
    bare = f"c=biws,r={fields['r']}"
    message = f"{client_first_bare},{server_first},{bare}".encode()
    signature = hmac.digest(hashlib.sha1(client_key).digest(), message, "sha1")
    proof = bytes(left ^ right for left, right in zip(client_key, signature, strict=True))
    return f"{bare},p={base64.b64encode(proof).decode()}"
