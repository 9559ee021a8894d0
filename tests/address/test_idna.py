"""IDNA2008: domain names as U-labels and as A-labels (RFC 5890 to 5893, RFC 5895)."""

from __future__ import annotations

import pytest

from xmppwire.idna import IDNAError, to_ascii_domain, to_unicode_domain


def rule_of(text: str) -> str:
    with pytest.raises(IDNAError) as caught:
        to_unicode_domain(text)
    assert caught.value.rule in str(caught.value)
    with pytest.raises(IDNAError):
        to_ascii_domain(text)
    return caught.value.rule


@pytest.mark.spec("RFC 5891", "5")
@pytest.mark.spec("RFC 5895", "2")
@pytest.mark.parametrize(
    ("text", "unicode", "ascii"),
    [
        ("Example.COM", "example.com", "example.com"),
        ("example.com.", "example.com", "example.com"),
        ("localhost", "localhost", "localhost"),
        ("3com.net", "3com.net", "3com.net"),
        ("a-b.c", "a-b.c", "a-b.c"),
        ("192.0.2.1", "192.0.2.1", "192.0.2.1"),
        ("bücher.example", "bücher.example", "xn--bcher-kva.example"),
        ("BU\u0308CHER.example", "bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "bücher.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "bücher.example", "xn--bcher-kva.example"),
        ("ｘｎ--bcher-kva.example", "bücher.example", "xn--bcher-kva.example"),
        ("faß.de", "faß.de", "xn--fa-hia.de"),
        ("βόλος.com", "βόλος.com", "xn--nxasmm1c.com"),
        ("ΒΌΛΟΣ.com", "βόλοσ.com", "xn--nxasmq6b.com"),
        ("日本語。ｊｐ", "日本語.jp", "xn--wgv71a119e.jp"),
        ("日本語．jp", "日本語.jp", "xn--wgv71a119e.jp"),
        ("日本語｡jp", "日本語.jp", "xn--wgv71a119e.jp"),
        ("ᏣᎳ.Example", "ᏣᎳ.example", "xn--p9d9g.example"),  # Cherokee: only its capitals are allowed
        ("אבג.קום", "אבג.קום", "xn--4dbcd.xn--9dbq2a"),
        (
            "\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.com",
            "\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.com",
            "xn--mgba3gch31f060k.com",
        ),
        ("\u0dc1\u0dca\u200d\u0dbb\u0dd3.com", "\u0dc1\u0dca\u200d\u0dbb\u0dd3.com", "xn--10cl1a0b660p.com"),
    ],
)
def test_both_forms(text: str, unicode: str, ascii: str) -> None:
    for spelling in (text, unicode, ascii):
        assert to_unicode_domain(spelling) == unicode
        assert to_ascii_domain(spelling) == ascii


@pytest.mark.spec("RFC 5891", "4.2", "5.4")
@pytest.mark.spec("RFC 5890", "2.3.1")
@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "empty"),
        (".", "empty"),
        ("a..b", "empty"),
        (".a", "empty"),
        ("a。", "empty"),
        ("a..", "empty"),
        ("a b", "ldh"),
        ("a_b", "ldh"),
        ("a/b", "ldh"),
        ("a\n", "ldh"),
        ("ａ＿b", "ldh"),
        ("-a", "hyphen"),
        ("a-", "hyphen"),
        ("-é", "hyphen"),
        ("é-", "hyphen"),
        ("ab--c", "hyphen"),
        ("éa--b", "hyphen"),
        ("\u0301a", "initial-mark"),
        ("\u0903a", "initial-mark"),
        ("a\u2665", "disallowed"),
        ("\u2163x", "disallowed"),
        ("\ufb01x", "disallowed"),  # no compatibility mapping
        ("\u1100\u11a8", "disallowed"),
        ("\u0640a", "disallowed"),
        ("a\u20d0", "disallowed"),  # of an ignorable block
        ("a\U0001d165", "disallowed"),
        ("a\ufe0f", "disallowed"),
        ("\uab83\uab9d", "disallowed"),  # small Cherokee letters
        ("\ud800", "disallowed"),
        ("\ufdd0", "disallowed"),
        ("\u0378", "unassigned"),
        ("a\u200db", "context"),
        ("a\u30fbb", "context"),
        ("\u05d0b", "bidi"),
        ("b\u05d0", "bidi"),
        ("\u05d0.1a", "bidi"),  # an ASCII label beside one from right to left
        ("xn--", "punycode"),
        ("xn--a", "disallowed"),  # a control character
        ("xn--99999999", "punycode"),
        ("xn--abc-", "punycode"),
        ("xn--bcher-kvA\u00e9", "punycode"),
        ("xn--a-\x7f", "punycode"),
        ("xn--ls8h", "disallowed"),  # an emoji
        ("xn--" + "bu\u0308cher".encode("punycode").decode(), "nfc"),
    ],
)
def test_refused(text: str, rule: str) -> None:
    assert rule_of(text) == rule


@pytest.mark.spec("RFC 5891", "5.4")
def test_an_a_label_has_one_spelling() -> None:
    for decoded in ("BÜCHER", "bÜcher", "ｂücher"):
        assert rule_of("xn--" + decoded.encode("punycode").decode()) in ("punycode", "disallowed")
    assert rule_of("xn---bbk") == "punycode"  # to_unicode_domain("xn--bbk") has the same code points


@pytest.mark.spec("RFC 5893", "2")
def test_the_bidi_rule_is_for_all_labels_of_a_bidi_domain_name() -> None:
    assert to_unicode_domain("a1.\u05d0") == "a1.\u05d0"
    assert to_unicode_domain("1a.b") == "1a.b"
    assert rule_of("1a.\u05d0") == "bidi"


@pytest.mark.spec("RFC 1034", "3.1")
@pytest.mark.spec("RFC 5891", "4.2.4")
def test_63_octets_a_label_in_ascii_form() -> None:
    assert to_ascii_domain("a" * 63) == "a" * 63
    assert rule_of("a" * 64) == "length"
    longest = "é" + "a" * 55
    while len("xn--" + (longest + "a").encode("punycode").decode()) <= 63:
        longest += "a"
    assert len(to_ascii_domain(longest)) == 63
    assert rule_of(longest + "a") == "length"
    assert rule_of("é" * 64) == "length"
    assert rule_of("xn--" + "a" * 60) == "length"


@pytest.mark.spec("RFC 1034", "3.1")
def test_253_octets_a_name_for_dns() -> None:
    name = ".".join(["a" * 49] * 5) + ".abc"
    assert len(name) == 253
    assert to_ascii_domain(name + ".") == name
    with pytest.raises(IDNAError) as caught:
        to_ascii_domain(name + "d")
    assert caught.value.rule == "length"
    assert to_unicode_domain(name + "d") == name + "d"


def test_absurd_lengths() -> None:
    for unit in ("a", "é", "a.", "\u0345", "。"):
        assert rule_of(unit * 1_000_000) == "length"
