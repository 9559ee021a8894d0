"""Internationalized domain names: IDNA2008 (RFC 5890 to 5893) with the mappings of RFC 5895.

A domain name is compared as U-labels (`to_unicode_domain`), and travels in DNS and in certificates as A-labels
(`to_ascii_domain`). Both first map the input (lower case, width, NFC, ideographic full stop), then check each label:

- ASCII: letters, digits, hyphens, not at an end, not two in the third and fourth place (an NR-LDH label);
- `xn--`: Punycode of a valid U-label, in exactly the form that encoding that U-label gives;
- otherwise a U-label: NFC, no initial combining mark, no code point that RFC 5892 does not allow, contextual rules met,
  at most 63 octets as an A-label.

If any label reads from right to left, all labels must obey the Bidi Rule (RFC 5893, section 2).

One trailing dot is dropped. IP addresses are not domain names and not known here; IPv4 passes as four labels.
"""

import re
import unicodedata
from functools import lru_cache

from xmppwire._unicode_data import DEFAULT_IGNORABLE, has
from xmppwire._unicode_rules import (
    EXCEPTIONS,
    LETTER_DIGITS,
    MARKS,
    Derived,
    find_fault,
    has_right_to_left,
    is_noncharacter,
    is_old_hangul_jamo,
    map_case,
    map_width,
    obeys_bidi_rule,
)

__all__ = ["IDNAError", "to_ascii_domain", "to_unicode_domain"]

MAX_LABEL = 63  # octets of a label in its ASCII form (RFC 1034, section 3.1)
MAX_NAME = 253  # octets of a whole name in text form, without the final dot

# What is longer is refused unseen. NFC makes a decomposed name shorter, by a factor of at most four; the 1023 octets
# that an address may use for its domainpart are the largest of all limits.
_MAX_INPUT = 4 * 1023

_LDH = re.compile(r"[a-z0-9-]+")


class IDNAError(ValueError):
    """A domain name that IDNA2008 refuses.

    `rule` names the rule: `"empty"`, `"length"`, `"ldh"`, `"hyphen"`, `"punycode"`, `"initial-mark"`, `"disallowed"`,
    `"unassigned"`, `"context"`, `"bidi"`, `"nfc"`.
    """

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(rule, detail)
        self.rule = rule
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.rule}: {self.detail}"


def to_unicode_domain(text: str) -> str:
    """The domain name as U-labels and lower-case ASCII labels, which is the form to compare and to show.

    Each label fits into 63 octets as an A-label; the length of the whole is not judged. Raises `IDNAError`.
    """
    labels = [_to_unicode_label(label) for label in _split(text)]
    if any(map(has_right_to_left, labels)):
        for label in labels:
            if not obeys_bidi_rule(label):
                raise IDNAError("bidi", f"the Bidi Rule does not hold for {label!r}")
    return ".".join(labels)


def to_ascii_domain(text: str) -> str:
    """The domain name as A-labels and lower-case ASCII labels, which is the form for DNS and certificates.

    Raises `IDNAError`, also if the whole is longer than the 253 octets that DNS can carry.
    """
    unicode = to_unicode_domain(text)
    name = unicode if unicode.isascii() else ".".join([_to_ascii_label(label) for label in unicode.split(".")])
    if len(name) > MAX_NAME:
        raise IDNAError("length", f"{len(name)} octets, DNS allows {MAX_NAME}")
    return name


def _split(text: str) -> list[str]:
    """The mapped labels (RFC 5895, section 2)."""
    if len(text) > _MAX_INPUT:
        raise IDNAError("length", f"{len(text)} code points")
    text = text.removesuffix(".")
    if text.isascii():
        return text.lower().split(".")
    # What is allowed stays: capital Cherokee letters are, and their small ones are not.
    lower = "".join([char if derived_property(char) is Derived.PVALID else map_case(char) for char in text])
    return unicodedata.normalize("NFC", map_width(lower)).replace("\u3002", ".").split(".")


def _to_unicode_label(label: str) -> str:
    if not label:
        raise IDNAError("empty", "a label without content")
    if label.startswith("xn--"):
        return _decode(label)
    if not label.isascii():
        _check_unicode_label(label)
        return label
    if len(label) > MAX_LABEL:
        raise IDNAError("length", f"a label of {len(label)} octets, {MAX_LABEL} are allowed")
    if not _LDH.fullmatch(label):
        raise IDNAError("ldh", f"{label!r} is not made of letters, digits and hyphens")
    _check_hyphens(label)
    return label


def _decode(label: str) -> str:
    """The U-label of an A-label, which must be its only spelling (RFC 5891, section 5.4)."""
    if len(label) > MAX_LABEL:
        raise IDNAError("length", f"a label of {len(label)} octets, {MAX_LABEL} are allowed")
    try:
        decoded = label[4:].encode("ascii").decode("punycode")
        if decoded.isascii():
            raise IDNAError("punycode", f"{label!r} does not encode a U-label")
        again = _to_ascii_label(decoded)
    except (UnicodeError, OverflowError):  # Python 3.13 raises the latter for numbers beyond any character
        raise IDNAError("punycode", f"{label!r} is not Punycode") from None
    if again != label:
        raise IDNAError("punycode", f"{label!r} should be {again!r}")
    _check_unicode_label(decoded)
    return decoded


def _to_ascii_label(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def _check_hyphens(label: str) -> None:
    if label.startswith("-") or label.endswith("-"):
        raise IDNAError("hyphen", f"{label!r} begins or ends with a hyphen")
    if label[2:4] == "--":
        raise IDNAError("hyphen", f"{label!r} has hyphens in the third and fourth place")


def _check_unicode_label(label: str) -> None:
    """The requirements on a U-label, but for the Bidi Rule (RFC 5891, sections 4.2 and 5.4)."""
    # Before the encoding, whose time grows with the square: each code point takes at least one octet.
    if len(label) > MAX_LABEL:
        raise IDNAError("length", f"a label of {len(label)} code points")
    _check_hyphens(label)
    if unicodedata.normalize("NFC", label) != label:
        raise IDNAError("nfc", f"{label!r} is not in Normalization Form C")
    if unicodedata.category(label[0]) in MARKS:
        raise IDNAError("initial-mark", f"{label!r} begins with a combining mark")
    fault = find_fault(label, derived_property, freeform=False)
    if fault:
        position, rule = fault
        raise IDNAError(rule, f"U+{ord(label[position]):04X} at {position} of {label!r}")
    octets = len(_to_ascii_label(label))
    if octets > MAX_LABEL:
        raise IDNAError("length", f"a label of {octets} octets in ASCII form, {MAX_LABEL} are allowed")


@lru_cache(maxsize=4096)
def derived_property(char: str) -> Derived:
    """The IDNA derived property of the code point `char` (RFC 5892, section 3)."""
    if char in EXCEPTIONS:
        return EXCEPTIONS[char]
    category = unicodedata.category(char)
    if category == "Cn" and not is_noncharacter(char):
        return Derived.UNASSIGNED
    if char == "-" or "0" <= char <= "9" or "a" <= char <= "z":
        return Derived.PVALID
    if char in "\u200c\u200d":
        return Derived.CONTEXTJ
    if category not in LETTER_DIGITS or _is_unstable(char) or has(DEFAULT_IGNORABLE, char):
        return Derived.DISALLOWED
    if is_old_hangul_jamo(char) or _is_in_ignorable_block(char):
        return Derived.DISALLOWED
    return Derived.PVALID


def _is_unstable(char: str) -> bool:
    """RFC 5892, section 2.2."""
    folded = unicodedata.normalize("NFKC", char).casefold()
    return unicodedata.normalize("NFKC", folded) != char


def _is_in_ignorable_block(char: str) -> bool:
    """Combining marks for symbols, musical symbols, ancient Greek musical notation (RFC 5892, section 2.4)."""
    return "\u20d0" <= char <= "\u20ff" or "\U0001d100" <= char <= "\U0001d24f"
