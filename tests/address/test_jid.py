"""XMPP addresses (RFC 7622): parsing, preparation, parts, comparison."""

from __future__ import annotations

import copy
import pickle
import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support import vectors
from xmppwire.jid import JID, JIDError, parse_jid


def refused(text: str) -> JIDError:
    with pytest.raises(JIDError) as caught:
        JID(text)
    return caught.value


@pytest.mark.spec("RFC 7622", "3.5")
def test_every_vector_of_the_standard() -> None:
    for vector in vectors("jids_rfc7622.json")["vectors"]:
        text = vector["jid"]
        if vector["valid"]:
            jid = JID(text)
            assert (jid.localpart or "", jid.domainpart, jid.resourcepart or "") == (
                vector["localpart"],
                vector["domain"],
                vector["resource"],
            )
        elif vector.get("disputed"):  # erratum 4560
            assert JID(text).resourcepart == text.partition("/")[2]
        else:
            refused(text)


@pytest.mark.spec("RFC 7622", "3.5")
def test_the_three_sigmas() -> None:
    assert JID("Σ@example.com/foo") == JID("σ@example.com/foo")
    assert JID("ς@example.com/foo") != JID("σ@example.com/foo")
    # The capital one does not become a final one, wherever it stands.
    assert JID("ΟΔΟΣ@example.com").localpart == "οδοσ"
    assert JID("ΟΔΟΣ.example").domainpart == "οδοσ.example"


@pytest.mark.spec("RFC 7622", "3.2")
@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a.example.com/b@example.net", (None, "a.example.com", "b@example.net")),
        ("a@b/c/d", ("a", "b", "c/d")),
        ("a@b/c@d/e", ("a", "b", "c@d/e")),
        ("b/@", (None, "b", "@")),
        ("b//", (None, "b", "/")),
        ("b/ ", (None, "b", " ")),
        ("Juliet@Capulet.LIT/Balcony", ("juliet", "capulet.lit", "Balcony")),
        ("JULIET@capulet.lit", ("juliet", "capulet.lit", None)),
        ("localhost", (None, "localhost", None)),
        ("a@b1", ("a", "b1", None)),
        ("a@1.2.3.4.5", ("a", "1.2.3.4.5", None)),
        ("!#$%()*+,-.;=?[\\]^_`{|}~@b", ("!#$%()*+,-.;=?[\\]^_`{|}~", "b", None)),
    ],
)
def test_splitting(text: str, parts: tuple[str | None, str, str | None]) -> None:
    jid = JID(text)
    assert (jid.localpart, jid.domainpart, jid.resourcepart) == parts
    assert JID.from_parts(*parts) == jid
    assert JID(str(jid)) == jid


@pytest.mark.spec("RFC 7622", "3.2", "3.3", "3.4")
@pytest.mark.parametrize(
    ("text", "part", "rule"),
    [
        ("", "domainpart", "empty"),
        ("@", "localpart", "empty"),
        ("/", "domainpart", "empty"),
        (".", "domainpart", "empty"),
        ("a@", "domainpart", "empty"),
        ("a@/r", "domainpart", "empty"),
        ("@b", "localpart", "empty"),
        ("b/", "resourcepart", "empty"),
        ("a@b/", "resourcepart", "empty"),
        ("a@b@c", "domainpart", "ldh"),
        ("a b@c", "localpart", "disallowed"),
        ("a:b@c", "localpart", "excluded"),
        ("a\uff20b@c", "localpart", "excluded"),
        ("\u2665@c", "localpart", "disallowed"),
        ("\u0378@c", "localpart", "unassigned"),
        ("a\u200db@c", "localpart", "context"),
        ("a\u05d0@c", "localpart", "bidi"),
        ("a\x00@c", "localpart", "disallowed"),
        ("a@b c", "domainpart", "ldh"),
        ("a@b_c", "domainpart", "ldh"),
        ("a@-b", "domainpart", "hyphen"),
        ("a@b-", "domainpart", "hyphen"),
        ("a@ab--c", "domainpart", "hyphen"),
        ("a@b..c", "domainpart", "empty"),
        ("a@b.c..", "domainpart", "empty"),
        ("a@b\x00", "domainpart", "ldh"),
        (f"a@{'b' * 64}", "domainpart", "length"),
        (f"a@b.{'b' * 64}.c/d", "domainpart", "length"),
        ("a@b\ud800", "domainpart", "disallowed"),
        ("a@b/\x00", "resourcepart", "disallowed"),
        ("a@b/\x7f", "resourcepart", "disallowed"),
        ("a@b/\n", "resourcepart", "disallowed"),
        ("a@b/\ud800", "resourcepart", "disallowed"),
        ("a@b/\ue000", "resourcepart", "disallowed"),
        ("a@b/\u00ad", "resourcepart", "disallowed"),
    ],
)
def test_a_refusal_names_the_part_and_the_rule(text: str, part: str, rule: str) -> None:
    error = refused(text)
    assert (error.part, error.rule) == (part, rule)
    assert part in str(error)
    assert rule in str(error)


@pytest.mark.spec("RFC 7622", "3.1", "3.2", "3.3", "3.4")
@pytest.mark.parametrize("unit", ["a", "é", "€", "\U00020000"])
def test_1023_octets_a_part(unit: str) -> None:
    octets = len(unit.encode())
    longest = unit * (1023 // octets) + "a" * (1023 % octets)
    assert JID(f"{longest}@b").localpart == longest if unit != "€" else True
    assert JID(f"b/{longest}").resourcepart == longest
    for text, part in ((f"{longest}a@b", "localpart"), (f"b/{longest}a", "resourcepart")):
        if unit == "€" and part == "localpart":
            continue  # a symbol
        error = refused(text)
        assert (error.part, error.rule) == (part, "length")


@pytest.mark.spec("RFC 7622", "3.2")
def test_1023_octets_of_domainpart() -> None:
    assert JID("b" * 63).domainpart == "b" * 63
    longest = "a." * 511 + "a"
    assert JID(f"u@{longest}/r").domainpart == longest
    assert JID(f"u@{longest}.").domainpart == longest
    assert (refused(f"u@{longest}a").part, refused(f"u@{longest}a").rule) == ("domainpart", "length")


@pytest.mark.spec("RFC 7622", "3.1")
def test_the_length_is_that_after_preparation() -> None:
    assert JID("ａ" * 1023 + "@b").localpart == "a" * 1023
    assert JID("ｕ\u0308\u0304" * 511 + "@b").localpart == "ǖ" * 511
    assert JID("b/" + "\u3000" * 1023).resourcepart == " " * 1023
    assert JID("b/" + "a\u0323\u0302" * 330).resourcepart == "ậ" * 330
    # A run of marks stays too long, whatever the letter before it absorbs.
    longest = "α" + "\u0313\u0300\u0345" + "\u0334" * 510
    assert len((JID(f"b/{longest}").resourcepart or "").encode()) == 1023
    assert refused(f"b/{longest}\u0334").rule == "length"
    assert refused(f"b/{longest}" + "\u0334\u0345" * 400).rule == "length"
    # İ becomes longer by case mapping: 2 octets to 3.
    assert refused("İ" * 500 + "@b").rule == "length"


@pytest.mark.spec("RFC 7622", "3.2")
def test_one_trailing_dot_is_dropped_first() -> None:
    assert JID("a@example.com./r") == JID("a@example.com/r")
    assert JID("127.0.0.1.") == JID("127.0.0.1")
    assert JID("[::1].") == JID("[::1]")
    assert JID.from_parts("a", "example.com.") == JID("a@example.com")


@pytest.mark.spec("RFC 7622", "3.2")
@pytest.mark.parametrize(
    ("text", "domainpart"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("１２７.0.0.1", "127.0.0.1"),
        ("[::1]", "[::1]"),
        ("[2001:DB8:0:0:0:0:0:1]", "[2001:db8::1]"),
        ("[2001:db8:0:1:1:1:1:1]", "[2001:db8:0:1:1:1:1:1]"),
        ("[::ffff:192.0.2.1]", "[::ffff:192.0.2.1]"),
        ("[::FFFF:c000:201]", "[::ffff:192.0.2.1]"),
        ("[fe80::1%25eth0]", "[fe80::1%25eth0]"),
        ("[FE80::1%25a%2Fb]", "[fe80::1%25a%2Fb]"),
    ],
)
def test_ip_addresses(text: str, domainpart: str) -> None:
    jid = JID(f"a@{text}/r")
    assert jid.domainpart == domainpart
    assert JID(str(jid)) == jid


@pytest.mark.spec("RFC 7622", "3.2")
@pytest.mark.parametrize(
    "text",
    [
        *("256.0.0.1", "1.2.3.04", "01.2.3.4", "1.2.3.4444444444444"),
        *(
            "[]",
            "[::1",
            "[::1]x",
            "[1.2.3.4]",
            "[::1%eth0]",
            "[::1%25]",
            "[::1%25a b]",
            "[::g]",
            "[v1.x]",
            "[::1%25%zz]",
        ),
        *("[" + "1" * 900 + "]", "[::1][::1]"),
    ],
)
def test_what_only_looks_like_an_ip_address(text: str) -> None:
    error = refused(f"a@{text}")
    assert (error.part, error.rule) == ("domainpart", "ip-address")
    assert len(str(error)) < 300


def test_an_ip_address_without_its_brackets_is_no_domain_name() -> None:
    assert refused("::1").rule == "ldh"
    assert refused("a@1:2:3:4:5:6:7:8").rule == "ldh"


@pytest.mark.spec("RFC 7622", "3.2.1")
def test_a_labels_become_u_labels() -> None:
    assert JID("a@xn--bcher-kva.example") == JID("a@bücher.example") == JID("a@BÜCHER.Example")
    assert str(JID("a@xn--bcher-kva.example")) == "a@bücher.example"


def test_forms() -> None:
    full, bare, domain = JID("a@b/c"), JID("a@b"), JID("b")
    assert full.bare == bare
    assert full.bare is full.bare
    assert bare.bare is bare
    assert full.domain == bare.domain == JID("b/c").domain == domain
    assert domain.domain is domain
    assert JID("b/c").bare == domain
    assert [jid.is_full for jid in (full, bare, domain, JID("b/c"))] == [True, False, False, True]
    assert [jid.is_bare for jid in (full, bare, domain, JID("b/c"))] == [False, True, True, False]
    assert [jid.is_domain for jid in (full, bare, domain, JID("b/c"))] == [False, False, True, False]


def test_with_resource() -> None:
    jid = JID("a@b/c")
    assert jid.with_resource("d") == JID("a@b/d")
    assert jid.with_resource(None) == JID("a@b")
    assert JID("b").with_resource("\u00a0x") == JID("b/ x")
    with pytest.raises(JIDError, match="resourcepart: empty"):
        jid.with_resource("")
    with pytest.raises(JIDError, match="resourcepart: disallowed"):
        jid.with_resource("\x01")


def test_from_parts_prepares_each_part_by_itself() -> None:
    assert JID.from_parts("A", "B.", "C/d@e") == JID("a@b/C/d@e")
    assert JID.from_parts(None, "b") == JID("b")
    for localpart, domainpart, resourcepart, part in (
        ("", "b", None, "localpart"),
        ("a@c", "b", None, "localpart"),
        ("a/c", "b", None, "localpart"),
        ("a", "", None, "domainpart"),
        ("a", "b/c", None, "domainpart"),
        ("a", "c@b", None, "domainpart"),
        ("a", "b", "", "resourcepart"),
        ("a", "b", "x" * 1_000_000, "resourcepart"),
    ):
        with pytest.raises(JIDError) as caught:
            JID.from_parts(localpart, domainpart, resourcepart)
        assert caught.value.part == part


def test_construction_and_types() -> None:
    jid = JID("a@b")
    assert JID(jid) is jid
    assert parse_jid("a@b") == jid
    assert JID("a@b") is jid  # from the cache
    for wrong in (None, 1, b"a@b", ["a"]):
        with pytest.raises(TypeError):
            JID(wrong)  # type: ignore[arg-type]
    match JID("a@b/c"):
        case JID(localpart, domainpart, resourcepart):
            assert (localpart, domainpart, resourcepart) == ("a", "b", "c")
    assert repr(JID("a@b/it's")) == """JID("a@b/it's")"""
    assert eval(repr(JID("ü@b/c"))) == JID("ü@b/c")


def test_a_subclass_of_str_leaves_no_trace() -> None:
    class Text(str):
        __slots__ = ()

    jid = JID(Text("subclass@b/c"))
    assert type(str(jid)) is str
    assert jid is JID("subclass@b/c")


def test_equality_hash_and_no_string() -> None:
    assert JID("A@B/c") == JID("a@b/c")
    assert hash(JID("A@B/c")) == hash(JID("a@b/c"))
    assert len({JID("a@b"), JID("A@b"), JID("a@b.")}) == 1
    assert JID("a@b/c") != JID("a@b/C")
    assert JID("a@b") != "a@b"
    assert JID("a@b") not in {"a@b": 1, "b": 2}
    assert JID("a@b/c") != JID("b/c")


def test_order() -> None:
    ordered = [JID(text) for text in ("a", "a/r", "x@a", "x@a/r", "x@a/s", "y@a", "b", "a@b")]
    assert sorted([ordered[i] for i in (5, 2, 7, 0, 3, 6, 1, 4)]) == ordered
    for low, high in pairwise(ordered):
        assert low < high
        assert high > low
        assert low <= high
        assert high >= low
        assert not low > high
        assert not high <= low
    assert ordered[0] <= ordered[0] >= ordered[0]
    for compare in ("__lt__", "__le__", "__gt__", "__ge__"):
        assert getattr(JID("a"), compare)("a") is NotImplemented
    with pytest.raises(TypeError):
        sorted([JID("a"), "b"])  # type: ignore[type-var]


def test_immutable_and_copied() -> None:
    jid = JID("ü@b/c")
    with pytest.raises(AttributeError):
        jid.localpart = "x"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        del jid.localpart
    with pytest.raises(AttributeError):
        jid.other = 1  # type: ignore[attr-defined]
    assert copy.copy(jid) is jid
    assert copy.deepcopy([jid])[0] is jid
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(jid, protocol))
        assert again == jid
        assert again.localpart == "ü"


def test_the_cache_keeps_neither_too_many_nor_too_long_addresses() -> None:
    long = "a" * 600 + "@b"
    assert JID(long) == JID(long)
    assert JID(long) is not JID(long)
    first = JID("first@cache.example")
    for number in range(3000):
        JID(f"n{number}@cache.example")
    for number in range(3000):
        JID(f"m{number}@cache.example")
    assert JID("m2999@cache.example") is JID("m2999@cache.example")
    assert JID("first@cache.example") is not first  # it had to go
    assert JID("first@cache.example") == first


def test_hostile_lengths_are_refused_at_once() -> None:
    million = 1_000_000
    marks = "".join(mark * 60 for mark in ("\u0345", "\u0315", "\u0302", "\u0323", "\u0321", "\u0334")) * 12
    start = time.perf_counter()
    for unit in ("a", "é", "\ud800", "\u30fb", "\x00", "@", "/", ".", "xn--", "\u3002", "["):
        assert refused(unit * million).rule in ("length", "empty")
        for text in (f"{unit * million}@b", f"a@{unit * million}", f"b/{unit * million}", f"{unit * 4000}.{unit * 90}"):
            refused(text)
    for text in (
        f"a{marks}@b",
        f"b/a{marks}",
        f"a@a{marks}",
        "\u30fb" * 1300 + "@b",
        "b/" + "\u0660" * 2000 + "\u06f0",
    ):
        refused(text)
    assert time.perf_counter() - start < 2


characters = st.one_of(
    st.characters(),
    st.characters(codec=None),
    st.sampled_from(
        "@/.\\[]:-xn aZ0"
        "ΣςßİＡ＠／。ｶﾞÅÅé́\u0301\u0345\u05d0\u0627\u0660\u06f0\u200c\u200d\u094d\u30fb\u1100\u1161\ud800\x00"
    ),
)


@given(st.text(characters, max_size=40))
@example("\u2126@\u212b.example/\u212a")
@example("ᾳ\u0301@x")
def test_a_jid_or_a_jid_error_and_nothing_else(text: str) -> None:
    try:
        jid = JID(text)
    except JIDError as error:
        parts, rule = ("jid", "localpart", "domainpart", "resourcepart"), error.rule
        if error.part in parts and rule:
            return
        raise
    again = JID(str(jid))
    assert again == jid
    assert (again.localpart, again.domainpart, again.resourcepart) == (jid.localpart, jid.domainpart, jid.resourcepart)
    assert JID.from_parts(jid.localpart, jid.domainpart, jid.resourcepart) == jid
    assert all(1 <= len(part.encode()) <= 1023 for part in (jid.localpart, jid.domainpart, jid.resourcepart) if part)


@given(st.text(st.characters(codec="ascii"), max_size=30))
def test_the_fast_path_agrees_with_the_slow_one(text: str) -> None:
    def prepare(make: object) -> object:
        try:
            return make()  # type: ignore[operator]
        except JIDError as error:
            return error.part, error.rule

    head, slash, tail = text.partition("/")
    local, at, domain = head.partition("@")
    slow = prepare(
        lambda: JID.from_parts(local if at else None, domain if at else local, tail if slash else None),
    )
    assert prepare(lambda: JID(text)) == slow
