"""JID escaping (XEP-0106)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import vectors
from xmppwire.jid import JID, JIDError, escape_localpart, unescape_localpart


@pytest.mark.spec("XEP-0106", "5.1")
def test_every_example_of_the_standard() -> None:
    for example in vectors("xep_vectors.json")["jid_escaping_0106"]["examples"]:
        assert escape_localpart(example["unescaped"]) == example["escaped"]
        assert unescape_localpart(example["escaped"]) == example["unescaped"]
        jid = JID.from_parts(escape_localpart(example["unescaped"]), example["domain"])
        assert f"{unescape_localpart(jid.localpart or '')}@{jid.domainpart}" == example["display"]


@pytest.mark.spec("XEP-0106", "4.1", "4.2")
def test_the_ten_sequences() -> None:
    for char, code in zip(" \"&'/:<>@\\", ("20", "22", "26", "27", "2f", "3a", "3c", "3e", "40", "5c"), strict=True):
        assert unescape_localpart(f"x\\{code}y") == f"x{char}y"
        # Escaped where it is excluded; the backslash, where it would begin a sequence.
        assert escape_localpart(f"x{char}y") == (f"x\\{code}y" if char != "\\" else "x\\y")
        assert escape_localpart(f"\\{code}") == f"\\5c{code}"
        assert unescape_localpart(f"\\5c{code}") == f"\\{code}"


@pytest.mark.spec("XEP-0106", "4.3")
@pytest.mark.parametrize("text", ["\\2plus\\2is\\4", "foo\\bar", "foob\\41r", "x\\", "\\", "x\\2", "\\\\", ""])
def test_what_is_no_sequence_stays(text: str) -> None:
    assert escape_localpart(text) == text
    assert unescape_localpart(text) == text


@pytest.mark.spec("XEP-0106", "4.3")
def test_case_counts() -> None:
    assert unescape_localpart("\\3A\\5C\\2F") == "\\3A\\5C\\2F"
    # Preparation would turn it into a sequence.
    assert escape_localpart("\\3A") == "\\5c3A"
    assert unescape_localpart(JID.from_parts(escape_localpart("\\3A"), "b").localpart or "") == "\\3a"


@pytest.mark.spec("XEP-0106", "4.1", "4.3")
@pytest.mark.parametrize("text", [" x", "x ", " ", "  "])
def test_no_space_at_either_end(text: str) -> None:
    with pytest.raises(JIDError) as caught:
        escape_localpart(text)
    assert (caught.value.part, caught.value.rule) == ("localpart", "escape")
    escaped = text.replace(" ", "\\20")
    assert not unescape_localpart(escaped).startswith(" ")
    assert not unescape_localpart(escaped).endswith(" ")


def test_examples_from_other_systems() -> None:
    assert escape_localpart("\\3and\\2is\\5cool") == "\\5c3and\\2is\\5c5cool"
    assert (
        escape_localpart("somenick!user\"&'/:<>\\3address") == "somenick!user\\22\\26\\27\\2f\\3a\\3c\\3e\\5c3address"
    )
    assert escape_localpart("CN=D'Artagnan Saint-Andr\\E9") == "CN=D\\27Artagnan\\20Saint-Andr\\E9"


@given(st.text(st.sampled_from(" \"&'/:<>@\\0257acefx")).filter(lambda text: text == text.strip(" ")))
def test_round_trip(text: str) -> None:
    escaped = escape_localpart(text)
    assert unescape_localpart(escaped) == text
    if text:
        assert JID.from_parts(escaped, "b").localpart == escaped
