"""Addresses of the web that others name (RFC 9110 section 4.2): which of them a program may use."""

from __future__ import annotations

import re

LENGTH = 8192
"""How many characters an address has at most: what HTTP servers take, as a rule."""

_ADDRESS = re.compile(r"(https?)://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?(?:[/?#].*)?", re.IGNORECASE)


def web_address(text: str, *, tls: bool = True) -> str:
    """The address, with characters beyond ASCII in it as RFC 3986 wants them. Raises ValueError for what is none, and for
    `http` where `tls` is wanted.

    A host is plain ASCII. What stands in front of it as user and password is refused, as the RFC advises (section 4.2.4): it
    would become credentials, and hides where the address leads. So are characters that nobody sees.
    """
    if not text.isprintable() or " " in text:
        raise ValueError("not an address of the web")
    text = "".join(char if char.isascii() else "".join(f"%{byte:02X}" for byte in char.encode()) for char in text)
    found = _ADDRESS.fullmatch(text)
    if found is None or len(text) > LENGTH or int(found[3] or 0) > 65535:
        raise ValueError("not an address of the web")
    if tls and found[1].lower() != "https":
        raise ValueError("an address without TLS")
    return text
