"""The packages `precis-i18n` and `idna` as oracles: every code point, and random strings."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.tools import make_unicode_data
from xmppwire import idna as our_idna
from xmppwire import precis
from xmppwire.idna import IDNAError, to_ascii_domain, to_unicode_domain
from xmppwire.precis import PrecisError

precis_i18n = pytest.importorskip("precis_i18n", reason="precis-i18n is an oracle, and not installed")
idna = pytest.importorskip("idna", reason="idna is an oracle, and not installed")

PROFILES = {
    "UsernameCaseMapped": precis.username_case_mapped,
    "UsernameCasePreserved": precis.username_case_preserved,
    "OpaqueString": precis.opaque_string,
}

# Everything assigned but private use and surrogates, and a sample of the rest.
CODE_POINTS = [
    char
    for char in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(char) not in ("Cn", "Co", "Cs") or ord(char) % 211 < 3
]


def theirs(profile: str, text: str) -> str | None:
    try:
        return str(precis_i18n.get_profile(profile).enforce(text))
    except UnicodeEncodeError:
        return None


def ours(profile: str, text: str) -> str | None:
    try:
        return PROFILES[profile](text)
    except PrecisError:
        return None


@pytest.mark.spec("RFC 8264", "8", "9")
def test_the_precis_class_of_every_code_point() -> None:
    from precis_i18n.derived import derived_property
    from precis_i18n.unicode import UnicodeData

    database = UnicodeData()
    differ = [
        f"U+{ord(char):04X}"
        for char in CODE_POINTS
        if precis.derived_property.__wrapped__(char).name != derived_property(ord(char), database)[0]
    ]
    assert differ == []


@pytest.mark.spec("RFC 5892", "3")
def test_the_idna_class_of_every_code_point() -> None:
    from idna import idnadata

    classes: dict[int, str] = {}
    for name, packed in idnadata.codepoint_classes.items():
        for value in packed:
            classes.update(dict.fromkeys(range(value >> 32, value & 0xFFFFFFFF), name))
    differ = [
        f"U+{ord(char):04X}"
        for char in CODE_POINTS
        if unicodedata.category(char) != "Cn"  # the oracle's Unicode is newer
        and our_idna.derived_property.__wrapped__(char).name != classes.get(ord(char), "DISALLOWED")
    ]
    assert differ == []


def test_single_code_points_through_the_profiles() -> None:
    for char in CODE_POINTS[:3000] + CODE_POINTS[3000::41]:
        for profile in PROFILES:
            assert ours(profile, char) == theirs(profile, char), f"{profile} U+{ord(char):04X}"


# What meets contexts, directions, widths, compositions.
interesting = st.sampled_from(
    "abLlZ09-. @ßςİÅΩΑα\u00b7\u0375\u05d0\u05d1\u05f3\u05f4\u05b0\u0627\u0628\u0644\u06cc\u064b\u0660\u0669\u06f0\u06f9"
    "\u200c\u200d\u0915\u094d\u0937\u30fb\u30a2\u3042\u4e00\u0301\u0345\u0323\u0307\u0130\u212a\u2126\u1fb3\uff21\uff76"
    "\uff9e\u3000\u00a0\u1100\u1161\u11a8\uac00\u2163\u2665\u0378\ua872\u00ad\u0640\u1e9e\u01c5"
)
strings = st.text(interesting | st.characters(codec="utf-8"), max_size=12)


@settings(max_examples=500)
@given(st.sampled_from(sorted(PROFILES)), strings)
def test_strings_through_the_profiles(profile: str, text: str) -> None:
    # The oracle lowers a final capital sigma to U+03C2, and takes halfwidth jamo to conjoining ones.
    assume("Σ" not in text and not any("\uffa0" <= char <= "\uffdc" for char in text))
    assert ours(profile, text) == theirs(profile, text)


def assigned(text: str) -> bool:
    return all(unicodedata.category(char) != "Cn" for char in text)


def their_label(label: str) -> str | None:
    try:
        return str(idna.alabel(label), "ascii") if label else None
    except idna.IDNAError:
        return None


@settings(max_examples=500)
@given(
    st.text(interesting | st.characters(codec="utf-8", categories=("Ll", "Lo", "Lm", "Mn", "Mc", "Nd")), max_size=10)
)
def test_labels_against_idna(text: str) -> None:
    # The oracle maps nothing: compare where our mappings change nothing.
    label = unicodedata.normalize("NFC", text.lower())
    assume("." not in label and "Σ" not in text and assigned(label) and our_idna.map_width(label) == label)
    expected = their_label(label)
    try:
        found: Any = to_ascii_domain(label)
    except IDNAError:
        found = None
    assert found == expected
    if found is not None:
        assert to_unicode_domain(found) == label


@settings(max_examples=500)
@given(st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789-"), max_size=12))
def test_a_labels_against_idna(text: str) -> None:
    label = f"xn--{text}"
    try:
        expected: str | None = idna.ulabel(label)
    except idna.IDNAError:
        expected = None
    assume(expected is None or assigned(expected))
    try:
        found: str | None = to_unicode_domain(label)
    except IDNAError as error:
        found = None
        assume(error.rule != "unassigned")
    assert found == expected


def test_the_tables_are_what_the_generator_gives() -> None:
    from idna import idnadata

    from xmppwire import _unicode_data

    ucd = Path("/usr/share/unicode")
    if not (ucd / "DerivedCoreProperties.txt").is_file():
        pytest.skip("no Unicode Character Database in /usr/share/unicode (Debian: unicode-data)")
    if idnadata.__version__ != _unicode_data.SCRIPT_AND_JOINING_UNICODE_VERSION:
        pytest.skip(f"the tables were made from another version of Unicode than idna's {idnadata.__version__}")
    assert make_unicode_data.main(["--check", "--ucd", str(ucd)]) == 0


def test_the_ignorable_table_against_the_oracle() -> None:
    from precis_i18n.unicode import UnicodeData

    from xmppwire._unicode_data import DEFAULT_IGNORABLE, has

    database = UnicodeData()
    codes = {*map(ord, CODE_POINTS), *DEFAULT_IGNORABLE, *(code - 1 for code in DEFAULT_IGNORABLE)}
    assert [code for code in codes if has(DEFAULT_IGNORABLE, chr(code)) != database.default_ignorable(code)] == []
