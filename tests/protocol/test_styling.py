"""The parser for message styling: all examples of XEP-0393, what follows from its rules, and hostile text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xmppwire.protocol.styling import (
    MAX_QUOTATIONS,
    Block,
    PlainBlock,
    PlainSpan,
    PreformattedBlock,
    Quotation,
    Span,
    Style,
    StyledSpan,
    Unstyled,
    body_blocks,
    parse_styling,
)
from xmppwire.stanza import Message


def shown_span(span: Span) -> str:
    """A span in brackets: `[* ...]`."""
    if isinstance(span, PlainSpan):
        return span.text
    return f"[{span.style.value} {''.join(map(shown_span, span.spans))}]"


def shown(blocks: tuple[Block, ...]) -> list[object]:
    """Blocks as strings, preformatted ones as tuples, quotations as lists."""
    result: list[object] = []
    for block in blocks:
        if isinstance(block, PlainBlock):
            result.append("".join(map(shown_span, block.spans)))
        elif isinstance(block, PreformattedBlock):
            result.append((block.info, block.text, block.closed))
        else:
            result.append(shown(block.blocks))
    return result


EXAMPLES = {
    "plain block": (
        "There are three blocks in this body, one per line,\nbut there is no *formatting\nas spans* may not escape blocks.",
        [
            "There are three blocks in this body, one per line,",
            "but there is no *formatting",
            "as spans* may not escape blocks.",
        ],
    ),
    "preformatted block": (
        '```ignored\n(println "Hello, world!")\n```\n\nThis should show up as monospace, preformatted text ⤴',
        [
            ("ignored", '(println "Hello, world!")', True),
            "",
            "This should show up as monospace, preformatted text ⤴",
        ],
    ),
    "no closing sequence": (
        '> ```\n> (println "Hello, world!")\n\nThe entire blockquote is preformatted, but this is plaintext!',
        [
            [("", '(println "Hello, world!")', False)],
            "",
            "The entire blockquote is preformatted, but this is plaintext!",
        ],
    ),
    "quotation": (
        "> That that is, is.\n\nSaid the old hermit of Prague.",
        [["That that is, is."], "", "Said the old hermit of Prague."],
    ),
    "nested quotation": (
        ">> That that is, is.\n> Said the old hermit of Prague.\n\nWho?",
        [[["That that is, is."], "Said the old hermit of Prague."], "", "Who?"],
    ),
    "plain span": ("Two spans, both *alike in dignity*", ["Two spans, both [* alike in dignity]"]),
    "emphasis": (
        "The full title is _Twelfth Night, or What You Will_ but\n_most_ people shorten it.",
        ["The full title is [_ Twelfth Night, or What You Will] but", "[_ most] people shorten it."],
    ),
    "strong": (
        'The full title is "Twelfth Night, or What You Will" but\n*most* people shorten it.',
        ['The full title is "Twelfth Night, or What You Will" but', "[* most] people shorten it."],
    ),
    "strike through": ("Everyone ~dis~likes cake.", ["Everyone [~ dis]likes cake."]),
    "preformatted span": ("Wow, I can write in `monospace`!", ["Wow, I can write in [` monospace]!"]),
}


@pytest.mark.spec("XEP-0393", "6")
@pytest.mark.parametrize(("text", "expected"), EXAMPLES.values(), ids=list(EXAMPLES))
def test_examples(text: str, expected: list[object]) -> None:
    assert shown(parse_styling(text)) == expected


@pytest.mark.spec("XEP-0393", "6.2", "6.2.5")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # the lists in the text of the standard
        ("plain span", "plain span"),
        ("*strong span*", "[* strong span]"),
        ("plain _emphasis_ plain", "plain [_ emphasis] plain"),
        ("`pre` plain *strong*", "[` pre] plain [* strong]"),
        ("*strong*plain*", "[* strong]plain*"),
        ("* plain *strong*", "* plain [* strong]"),
        ("This is `monospace`", "This is [` monospace]"),
        ("This is `*monospace*`", "This is [` *monospace*]"),
        ("This is *`monospace and bold`*", "This is [* [` monospace and bold]]"),
        # where a span may begin
        ("a*b*", "a*b*"),
        ("_emphasis_~plain~", "[_ emphasis]~plain~"),
        ("*_~`all`~_*", "[* [_ [~ [` all]]]]"),
        ("*_a_ b*", "[* [_ a] b]"),
        ("*a _b_*", "[* a [_ b]]"),
        ("_*a*", "_*a*"),
        ("\N{NO-BREAK SPACE}*a*", "\N{NO-BREAK SPACE}[* a]"),
        ("\N{IDEOGRAPHIC SPACE}*a*", "\N{IDEOGRAPHIC SPACE}[* a]"),
        ("\N{ZERO WIDTH SPACE}*a*", "\N{ZERO WIDTH SPACE}*a*"),
        # where it ends, and where not
        ("*a *b*", "[* a *b]"),
        ("*a * b*", "[* a * b]"),
        ("*a**", "[* a]*"),
        ("**a*", "**a*"),
        ("**a**", "**a**"),
        ("*this cannot _overlap*_", "[* this cannot _overlap]_"),
        ("`a *b` c*", "[` a *b] c*"),
        ("*a\N{NO-BREAK SPACE}* b*", "[* a\N{NO-BREAK SPACE}* b]"),
    ],
)
def test_spans(text: str, expected: str) -> None:
    assert shown(parse_styling(text)) == [expected]


@pytest.mark.spec("XEP-0393", "6.2")
@pytest.mark.parametrize(
    "text",
    ["not strong*", "*not strong", "*not \n strong*", "*not *strong", "**", "***", "****", "*", "* *", "` `", ""],
)
def test_nothing_is_styled(text: str) -> None:
    assert shown(parse_styling(text)) == text.split("\n")


@pytest.mark.spec("XEP-0393", "6.1")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```\na```\n``` \n````\n```\nb", [("", "a```\n``` \n````", True), "b"]),
        ("```", [("", "", False)]),
        ("```x", [("x", "", False)]),
        ("```\n> a\n*b*", [("", "> a\n*b*", False)]),
        (" ```\na", [" ```", "a"]),
        ("> ```\n> a\n> ```\n> *b*", [[("", "a", True), "[* b]"]]),
        (">a\n>  b\n> \n>", [["a", " b", "", ""]]),
        (" > a", [" > a"]),
        ("> > a\n>b", [[["a"], "b"]]),
        ("a\n", ["a", ""]),
        ("> *a\n> b*", [["*a", "b*"]]),
    ],
)
def test_blocks(text: str, expected: list[object]) -> None:
    assert shown(parse_styling(text)) == expected


def test_places_are_those_in_the_body() -> None:
    text = "> 🐢 *a _b_*\n```x\ny"
    quotation, block = parse_styling(text)
    assert quotation == Quotation(
        0,
        (
            PlainBlock(
                2,
                (
                    PlainSpan(2, "🐢 "),
                    StyledSpan(
                        4, Style.STRONG, (PlainSpan(5, "a "), StyledSpan(7, Style.EMPHASIS, (PlainSpan(8, "b"),)))
                    ),
                ),
            ),
        ),
    )
    assert block == PreformattedBlock(12, "x", "y", closed=False)


@pytest.mark.spec("XEP-0393", "7")
def test_a_message_without_styling() -> None:
    message = Message("juliet@capulet.lit", "> _ <\n*a*\n")
    assert shown(body_blocks(message)) == [["_ <"], "[* a]", ""]
    plain = message.with_(Unstyled())
    assert body_blocks(plain) == (
        PlainBlock(0, (PlainSpan(0, "> _ <"),)),
        PlainBlock(6, (PlainSpan(6, "*a*"),)),
        PlainBlock(10, ()),
    )
    assert body_blocks(Message("juliet@capulet.lit")) == (PlainBlock(0, ()),)


def texts(blocks: tuple[Block, ...]) -> list[tuple[int, str]]:
    """All pieces of text in a tree, with the places that they claim."""
    found: list[tuple[int, str]] = []
    stack: list[Block | Span] = list(reversed(blocks))
    while stack:
        one = stack.pop()
        if isinstance(one, PlainSpan):
            found.append((one.start, one.text))
        elif isinstance(one, Quotation):
            stack += reversed(one.blocks)
        elif not isinstance(one, PreformattedBlock):
            stack += reversed(one.spans)
    return found


@given(st.text("*_~`> \nab", max_size=40))
@settings(max_examples=400, derandomize=True)
def test_any_text_is_parsed_and_its_places_are_right(text: str) -> None:
    found = texts(parse_styling(text))
    assert [start for start, _ in found] == sorted({start for start, _ in found})
    for start, piece in found:
        assert piece and text.startswith(piece, start) and "\n" not in piece


def depth(blocks: tuple[Block, ...]) -> int:
    return max((1 + depth(block.blocks) for block in blocks if isinstance(block, Quotation)), default=0)


def test_quotations_are_not_parsed_deeper_than_a_bound() -> None:
    blocks = parse_styling(">" * 1000 + "a")
    assert depth(blocks) == MAX_QUOTATIONS
    assert texts(blocks) == [(MAX_QUOTATIONS, ">" * (1000 - MAX_QUOTATIONS) + "a")]


@pytest.mark.parametrize(
    "text",
    [
        "*a " * 60_000,
        "*a _b ~c `d " * 15_000,
        "*_~`" * 45_000,
        "*a* " * 45_000,
        " *" * 90_000 + "a*",
        "> " * 90_000,
        ">" * 180_000,
        ">\n" * 90_000,
        "```\n" * 45_000,
        "> ```\n" * 30_000,
        (">" * 40 + "*a*\n") * 4_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_text_takes_no_more_time_than_other_text(text: str) -> None:
    """Work that grows with the square of the length would take minutes here."""
    began = time.perf_counter()
    parse_styling(text)
    assert time.perf_counter() - began < 10
