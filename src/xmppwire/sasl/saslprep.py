"""SASLprep (RFC 4013), which RFC 5802 and RFC 4616 prescribe for user names and passwords.

ASCII without control characters, by far the usual case, is its own preparation and takes a short way. Anything else
goes through the tables of RFC 3454 in the standard library, with Unicode 3.2 as these standards demand. Code points
that were unassigned then (emoji, say) pass unchanged on both sides: the servers in use do the same, and to refuse them
would lock their owners out.
"""

from __future__ import annotations

import stringprep
from unicodedata import ucd_3_2_0 as unicode_3_2

_PROHIBITED = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


class PreparationError(ValueError):
    """A user name or password holds a character that SASLprep forbids, mixes directions, or is empty."""


def saslprep(text: str) -> str:
    """`text` prepared by SASLprep; raises `PreparationError` (without the text, which may be a password)."""
    if text.isascii():
        if not text:
            raise PreparationError("it is empty")
        if not text.isprintable():
            raise PreparationError("it contains a control character")
        return text
    mapped = "".join(" " if stringprep.in_table_c12(c) else c for c in text if not stringprep.in_table_b1(c))
    prepared = unicode_3_2.normalize("NFKC", mapped)
    if not prepared:
        raise PreparationError("nothing is left of it")
    for character in prepared:
        if any(prohibited(character) for prohibited in _PROHIBITED):
            raise PreparationError(f"it contains U+{ord(character):04X}, which SASLprep forbids")
    if any(stringprep.in_table_d1(c) for c in prepared):
        if any(stringprep.in_table_d2(c) for c in prepared):
            raise PreparationError("it mixes left-to-right and right-to-left letters")
        if not (stringprep.in_table_d1(prepared[0]) and stringprep.in_table_d1(prepared[-1])):
            raise PreparationError("right-to-left text must begin and end with a right-to-left letter")
    return prepared
