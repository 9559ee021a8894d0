"""PRECIS: preparation of internationalized user names and passwords (RFC 8264, RFC 8265).

Three profiles: `username_case_mapped`, `username_case_preserved` (both on the IdentifierClass) and `opaque_string` (on
the FreeformClass). Each takes a string and returns the prepared one, or raises `PrecisError`.

The rules run in the order of RFC 8264, section 7: width mapping, additional mapping, case mapping, normalization,
directionality, and last the check of every code point against the string class. That procedure is not idempotent by
construction, so it is applied until the result is stable, at most three more times; what is not stable then is refused.

A printable ASCII string takes a short way: the rules leave it alone, but for case.

The derived property of a code point (RFC 8264, sections 8 and 9) is computed from the interpreter's `unicodedata`. A
code point that its version of Unicode does not know yet is unassigned and so refused: two entities with different
Pythons can differ on characters added in between, and on nothing else.
"""

import unicodedata
from collections.abc import Callable
from functools import lru_cache

from xmppwire._unicode_data import DEFAULT_IGNORABLE, has
from xmppwire._unicode_rules import (
    EXCEPTIONS,
    LETTER_DIGITS,
    Derived,
    find_fault,
    has_right_to_left,
    is_noncharacter,
    is_old_hangul_jamo,
    map_case,
    map_width,
    obeys_bidi_rule,
)

__all__ = ["PrecisError", "opaque_string", "username_case_mapped", "username_case_preserved"]


class PrecisError(ValueError):
    """A string that a PRECIS profile refuses.

    `profile` is the name of the profile; `rule` names the rule that is broken: `"empty"`, `"disallowed"`,
    `"unassigned"`, `"context"`, `"bidi"` or `"unstable"`; `position` is the index of the offending code point in the
    mapped string, or None where the rule is about the whole.
    """

    def __init__(self, profile: str, rule: str, detail: str, position: int | None = None) -> None:
        super().__init__(profile, rule, detail, position)
        self.profile = profile
        self.rule = rule
        self.detail = detail
        self.position = position

    def __str__(self) -> str:
        return f"{self.profile}: {self.rule}: {self.detail}"


def username_case_mapped(text: str) -> str:
    """`text` prepared by the UsernameCaseMapped profile (RFC 8265, section 3.3): equal user names become equal strings.

    Raises `PrecisError`.
    """
    if text.isascii() and text.isprintable() and text and " " not in text:
        return text.lower()
    return _enforce("UsernameCaseMapped", text, _map_username_case, bidi=True, freeform=False)


def username_case_preserved(text: str) -> str:
    """`text` prepared by the UsernameCasePreserved profile (RFC 8265, section 3.4).

    Raises `PrecisError`.
    """
    if text.isascii() and text.isprintable() and text and " " not in text:
        return text
    return _enforce("UsernameCasePreserved", text, _map_username, bidi=True, freeform=False)


def opaque_string(text: str) -> str:
    """`text` prepared by the OpaqueString profile (RFC 8265, section 4.2), for passwords and resourceparts.

    Raises `PrecisError`.
    """
    if text.isascii() and text.isprintable() and text:
        return text
    return _enforce("OpaqueString", text, _map_opaque, bidi=False, freeform=True)


def _map_username_case(text: str) -> str:
    return unicodedata.normalize("NFC", map_case(map_width(text)))


def _map_username(text: str) -> str:
    return unicodedata.normalize("NFC", map_width(text))


def _map_opaque(text: str) -> str:
    if not text.isascii():
        # Every white space of category Zs but SPACE itself.
        text = "".join([" " if unicodedata.category(char) == "Zs" else char for char in text])
    return unicodedata.normalize("NFC", text)


def _enforce(profile: str, text: str, mapping: Callable[[str], str], *, bidi: bool, freeform: bool) -> str:
    result = text
    for _ in range(4):
        previous, result = result, mapping(result)
        if previous == result:
            break
    else:  # RFC 8264, section 7
        raise PrecisError(profile, "unstable", "the mappings do not come to an end")
    if not result:
        raise PrecisError(profile, "empty", "nothing is left")
    fault = find_fault(result, derived_property, freeform=freeform)
    if fault:
        position, rule = fault
        raise PrecisError(profile, rule, f"U+{ord(result[position]):04X} at {position}", position)
    if bidi and has_right_to_left(result) and not obeys_bidi_rule(result):
        raise PrecisError(profile, "bidi", "the Bidi Rule does not hold")
    return result


_FREEFORM_CATEGORIES = frozenset(
    {"Lt", "Nl", "No", "Me"}  # 9.18 OtherLetterDigits
    | {"Zs"}  # 9.14 Spaces
    | {"Sm", "Sc", "Sk", "So"}  # 9.15 Symbols
    | {"Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po"}  # 9.16 Punctuation
)


@lru_cache(maxsize=4096)
def derived_property(char: str) -> Derived:
    """The PRECIS derived property of the code point `char` (RFC 8264, section 8)."""
    if char in EXCEPTIONS:
        return EXCEPTIONS[char]
    category = unicodedata.category(char)
    noncharacter = is_noncharacter(char)
    if category == "Cn" and not noncharacter:
        return Derived.UNASSIGNED
    if "!" <= char <= "~":
        return Derived.PVALID
    if char in "\u200c\u200d":
        return Derived.CONTEXTJ
    if is_old_hangul_jamo(char) or noncharacter or has(DEFAULT_IGNORABLE, char) or category == "Cc":
        return Derived.DISALLOWED
    if unicodedata.normalize("NFKC", char) != char:
        return Derived.FREE_PVAL  # 9.17 HasCompat
    if category in LETTER_DIGITS:
        return Derived.PVALID
    return Derived.FREE_PVAL if category in _FREEFORM_CATEGORIES else Derived.DISALLOWED
