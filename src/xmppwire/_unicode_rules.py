"""What PRECIS and IDNA2008 share: exceptions, contextual rules, the Bidi Rule and the mappings (RFC 5892, 5893, 5895).

`precis` and `idna` decide class by class which code points they allow; what both of them ask about a whole string is
here. Every function is pure. A code point is passed as a string of one character.

Which code points exist is what the running interpreter's `unicodedata` says (Unicode 14.0 in Python 3.11, 15.0 in 3.12,
15.1 in 3.13): a character that a newer Unicode added is unassigned, and refused, on an older Python.
"""

import unicodedata
from collections.abc import Callable
from enum import Enum

from xmppwire._unicode_data import GREEK, HEBREW, JOINING_D, JOINING_L, JOINING_R, JOINING_T, KANA_OR_HAN, has


class Derived(Enum):
    """The value of a code point's derived property (RFC 8264, section 8; RFC 5892, section 3)."""

    PVALID = "valid"
    FREE_PVAL = "valid in a FreeformClass only"
    CONTEXTJ = "join control, needs context"
    CONTEXTO = "needs context"
    DISALLOWED = "disallowed"
    UNASSIGNED = "unassigned"


# RFC 5892, section 2.6, which RFC 8264, section 9.6 takes over. Nothing was ever added to BackwardCompatible.
EXCEPTIONS: dict[str, Derived] = {
    **dict.fromkeys("\u00df\u03c2\u06fd\u06fe\u0f0b\u3007", Derived.PVALID),
    **dict.fromkeys("\u00b7\u0375\u05f3\u05f4\u30fb", Derived.CONTEXTO),
    **dict.fromkeys("\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669", Derived.CONTEXTO),
    **dict.fromkeys("\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9", Derived.CONTEXTO),
    **dict.fromkeys("\u0640\u07fa\u302e\u302f\u3031\u3032\u3033\u3034\u3035\u303b", Derived.DISALLOWED),
}

# General categories of letters, digits and marks (RFC 5892, section 2.1; RFC 8264, section 9.1).
LETTER_DIGITS = frozenset({"Ll", "Lu", "Lo", "Nd", "Lm", "Mn", "Mc"})
MARKS = frozenset({"Mn", "Mc", "Me"})

_VIRAMA = 9  # canonical combining class
_ARABIC_INDIC = frozenset("\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669")
_EXTENDED_ARABIC_INDIC = frozenset("\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9")


def is_old_hangul_jamo(char: str) -> bool:
    """Conjoining jamo: Hangul_Syllable_Type L, V or T (RFC 5892, section 2.9; RFC 8264, section 9.9)."""
    return (
        "\u1100" <= char <= "\u11ff"
        or "\ua960" <= char <= "\ua97c"
        or "\ud7b0" <= char <= "\ud7c6"
        or "\ud7cb" <= char <= "\ud7fb"
    )


def is_noncharacter(char: str) -> bool:
    """Noncharacter_Code_Point: the last two of each plane, and U+FDD0 to U+FDEF."""
    return ord(char) & 0xFFFE == 0xFFFE or "\ufdd0" <= char <= "\ufdef"


# Their rules ask about the whole string, so that one answer holds for each place.
_ABOUT_THE_WHOLE = frozenset("\u30fb") | _ARABIC_INDIC | _EXTENDED_ARABIC_INDIC


def find_fault(text: str, derived_property: Callable[[str], Derived], *, freeform: bool) -> tuple[int, str] | None:
    """The first code point of `text` that a string class does not allow, and the rule that it breaks, or None.

    Rules: `"disallowed"`, `"unassigned"`, `"context"`. The time is linear.
    """
    settled: set[str] = set()
    for position, char in enumerate(text):
        match derived_property(char):
            case Derived.PVALID:
                continue
            case Derived.FREE_PVAL if freeform:
                continue
            case Derived.CONTEXTJ | Derived.CONTEXTO:
                if char in settled or context_allows(text, position):
                    if char in _ABOUT_THE_WHOLE:
                        settled.add(char)
                    continue
                return position, "context"
            case Derived.UNASSIGNED:
                return position, "unassigned"
            case _:
                return position, "disallowed"
    return None


def context_allows(text: str, position: int) -> bool:
    """Whether the rule for the CONTEXTJ or CONTEXTO code point at `position` holds (RFC 5892, appendix A).

    A code point without a rule is not allowed.
    """
    char = text[position]
    before = text[position - 1] if position else ""
    after = text[position + 1] if position + 1 < len(text) else ""
    match char:
        case "\u200c":  # A.1, zero width non-joiner
            return _is_virama(before) or _breaks_a_join(text, position)
        case "\u200d":  # A.2, zero width joiner
            return _is_virama(before)
        case "\u00b7":  # A.3, middle dot: Catalan
            return before == after == "l"
        case "\u0375":  # A.4, Greek lower numeral sign
            return after != "" and has(GREEK, after)
        case "\u05f3" | "\u05f4":  # A.5 and A.6, Hebrew geresh and gershayim
            return before != "" and has(HEBREW, before)
        case "\u30fb":  # A.7, Katakana middle dot; its own script is Common
            return any(has(KANA_OR_HAN, other) for other in text)
        case _ if char in _ARABIC_INDIC:  # A.8
            return _EXTENDED_ARABIC_INDIC.isdisjoint(text)
        case _:  # A.9
            return char in _EXTENDED_ARABIC_INDIC and _ARABIC_INDIC.isdisjoint(text)


def _is_virama(char: str) -> bool:
    return char != "" and unicodedata.combining(char) == _VIRAMA


def _breaks_a_join(text: str, position: int) -> bool:
    """Joining types around `position` match {L,D} T* ZWNJ T* {R,D}."""
    left = position - 1
    while left >= 0 and has(JOINING_T, text[left]):
        left -= 1
    if left < 0 or not (has(JOINING_L, text[left]) or has(JOINING_D, text[left])):
        return False
    right = position + 1
    while right < len(text) and has(JOINING_T, text[right]):
        right += 1
    return right < len(text) and (has(JOINING_R, text[right]) or has(JOINING_D, text[right]))


_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_NEUTRAL = frozenset({"EN", "ES", "CS", "ET", "ON", "BN", "NSM"})
_ALLOWED_RTL = _NEUTRAL | _RIGHT_TO_LEFT
_ALLOWED_LTR = _NEUTRAL | {"L"}
_ENDS_RTL = frozenset({"R", "AL", "EN", "AN"})
_ENDS_LTR = frozenset({"L", "EN"})


def has_right_to_left(text: str) -> bool:
    """Whether any code point has the bidirectional class R, AL or AN (RFC 5893, section 1.4)."""
    if text.isascii():
        return False
    return any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in text)


def obeys_bidi_rule(text: str) -> bool:
    """Whether the six conditions of the Bidi Rule hold for a label that is not empty (RFC 5893, section 2)."""
    classes = [unicodedata.bidirectional(char) for char in text]
    first = classes[0]
    while len(classes) > 1 and classes[-1] == "NSM":
        classes.pop()
    last, present = classes[-1], set(classes)
    if first == "L":
        return present <= _ALLOWED_LTR and last in _ENDS_LTR
    if first in ("R", "AL"):
        return present <= _ALLOWED_RTL and last in _ENDS_RTL and not {"EN", "AN"} <= present
    return False


def map_width(text: str) -> str:
    """Fullwidth and halfwidth code points become what they decompose to (RFC 8264, section 5.2.1; UAX #11)."""
    if text.isascii():
        return text
    return "".join([_narrow(char) if "\uff00" < char < "\uffef" or char == "\u3000" else char for char in text])


def _narrow(char: str) -> str:
    kind, _, mapping = unicodedata.decomposition(char).partition(" ")
    return chr(int(mapping, 16)) if kind in ("<wide>", "<narrow>") else char


def map_case(text: str) -> str:
    """Lower case by Unicode's toLowerCase(), each code point by itself.

    `str.lower` alone would turn a capital sigma at the end of a word into U+03C2; the mappings of PRECIS do not account
    for that form (RFC 8265, section 3.5; RFC 7622, section 3.5, examples 9 to 11).
    """
    return text.replace("\u03a3", "\u03c3").lower()
