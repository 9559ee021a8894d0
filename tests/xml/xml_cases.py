"""Documents good and damaged, and ways to cut them, for the tests of the reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xmppwire.xml import Element, StreamEnd, StreamReader, StreamStart, XMLError, XMLLimits

DECLARATION = b"<?xml version='1.0'?>"
HEADER = (
    b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' xmlns:h='urn:header' id='a>b' "
    b"xml:lang='en' version='1.0'>"
)
FOOTER = b"</stream:stream>"

CONTENT: dict[str, bytes] = {
    "empty": b"",
    "message": b"<message from='a@b' xml:lang='de'><body>Hi &amp; ho &#x20AC; &lt;&gt;&apos;&quot;</body></message>",
    "three": b"<a/> \r\n<b></b>\t<c x='/>'/> ",
    "prefixes": b"<p:a xmlns:p='urn:p' p:b='1' h:c='2'><p:d xmlns:p='urn:q'/><h:e/><stream:f/></p:a><g/>",
    "quotes": b"<a b='>\"/>' c=\"'>\" ><d e='/'/>></a>",
    "cdata": b"<a>x<![CDATA[<b>&]]]]><![CDATA[>]]>y<![CDATA[]]></a><b/><c><![CDATA[</c>]]><d/></c>",
    "cdata-long": b"<a><b/><![CDATA[" + b"<!--]]" * 30 + b"]]>t<b/></a>",
    "text>": b"<a>1 > 2 >> 3 ]]&gt; >\r\n> <b/>></a>",
    "unicode": "<a b='ä€𝄞'>\ufeffæ𐍈\ufffd<é/></a>".encode(),
    "deep": b"<a>" * 8 + b"</a>" * 8,
    "namespace-tricks": b"<a xmlns='x y'/><a xmlns='jabber:client}b'/><a xmlns='{x}'/><a xmlns='x|y&#xA;z'/>",
    "no-namespace": b"<a xmlns=''><b xmlns='urn:b'/></a>",
    "same-as-root": b"<stream:stream><stream:stream/></stream:stream><a/>",
    "end": b"<a/>" + FOOTER + b"  \n",
    "end-only": FOOTER,
    "two-ends": FOOTER + FOOTER,
    "behind-end": b"<a/>" + FOOTER + b"<b/>",
    "text-behind-end": FOOTER + b" x",
    "sections-behind-end": FOOTER + b" x<a><![CDATA[x]]></a>",
    "sections-behind-text": b"<a/>x<a><![CDATA[x]]></a>",
    "second-header": b"<a/>" + DECLARATION + HEADER,
    "text-between": b"<a/> x<b/>",
    "text-first": b"x<b/>",
    "reference-between": b"<a/>&#32;<b/>",
    "entity-between": b"<a/>&foo;<b/>",
    "cdata-between": b"<a/><![CDATA[ ]]><b/>",
    "empty-cdata-between": b"<a/> <![CDATA[]]><b/>",
    "]]>-between": b"<a/>]]><b/>",
    "nul-between": b"<a/>\0<b/>",
    "bad-between": b"<a/>\xff<b/>",
    "half-between": b"<a/>\xc3(<b/>",
    "letter-between": "<a/>é<b/>".encode(),
    "text->-between": b"<a/>x><b/>",
    "comment": b"<a/><b><!-- x --></b>",
    "comment-between": b"<a/><!-- x --><b/>",
    "pi": b"<a/><b><?x y?></b>",
    "pi-between": b"<a/><?x y?><b/>",
    "doctype": b"<a/><!DOCTYPE x [<!ENTITY y 'z'>]>",
    "unknown-section": b"<a><![IGNORE[x]]></a>",
    "entity": b"<a/><b>x&foo;y</b>",
    "entity-attribute": b"<a/><b c='&foo;'/>",
    "bare-ampersand": b"<a/><b>x & y</b>",
    "open-entity": b"<a/><b>x &amp</b>",
    "less-in-attribute": b"<a/><b c='<'/>",
    "less-in-attribute>": b"<a/><b c='>x<y' d='\xff'/>",
    "less-in-tag": b"<a/><b <c/>",
    "section-in-attribute": b"<a/><b c='<![CDATA[x]]>'/>",
    "comment-in-attribute": b"<a/><b c='<!-- -->'/>",
    "]]>": b"<a/><b>x]]>y</b>",
    "nul": b"<a/><b>x\0y</b>",
    "control": b"<a/><b>x\x01></b>",
    "control>-then-comment": b"<a/><b>x\x01><!-- --></b>",
    "control>-then-bad": b"<a/><b>x\x01>\xff</b>",
    "nul-reference": b"<a/><b>&#0;</b>",
    "surrogate-reference": b"<a/><b>&#xD800;</b>",
    "big-reference": b"<a/><b>&#x110000;</b>",
    "noncharacter": "<a/><b>\uffff</b>".encode(),
    "overlong": b"<a/><b>\xc0\xaf</b>",
    "overlong3": b"<a/><b><c/>\xe0\x80\xaf</b>",
    "surrogate": b"<a/><b>\xed\xa0\x80</b>",
    "beyond": b"<a/><b>\xf4\x90\x80\x80</b>",
    "continuation": b"<a/><b c='x\x80'/>",
    "latin-1": b"<a/><b>caf\xe9</b>",
    "bad-in-tag": b"<a/><b\xff/>",
    "bad-in-cdata": b"<a/><b><![CDATA[x\xffy]]></b>",
    "fault-then-bad": b"<a/><b><c></b>\xff",
    "cut-character": b"<a/><b>\xe2\x82",
    "mismatch": b"<a/><b></c>",
    "crossing": b"<a/><b><c></b></c>",
    "wrong-footer": b"<a/></stream>",
    "other-prefix-footer": b"<a/></h:stream>",
    "undeclared": b"<a/><p:b/>",
    "undeclared-attribute": b"<a/><b p:c='d'/>",
    "out-of-scope": b"<p:a xmlns:p='urn:p'/><p:b/>",
    "undeclaring": b"<a/><b xmlns:h=''/>",
    "reserved-prefix": b"<a/><b xmlns:xml='urn:x'/>",
    "reserved-namespace": b"<a/><b xmlns='http://www.w3.org/2000/xmlns/'/>",
    "xmlns-element": b"<a/><xmlns:b/>",
    "duplicate": b"<a/><b c='1' c='2'/>",
    "duplicate-by-namespace": b"<a/><b xmlns:p='urn:header' p:c='1' h:c='2'/>",
    "two-colons": b"<a/><h:b:c/>",
    "unquoted": b"<a/><b c=d/>",
    "no-space": b"<a/><b c='d'e='f'/>",
    "no-name": b"<a/>< b/>",
    "slash": b"<a/></ b>",
    "half-tag": b"<a/><b c='d'",
    "half-end": b"<a/><b></b",
    "half-stanza": b"<a/><b><c/>text",
    "half-section": b"<a/><b><![CDATA[x]]",
    "half-bang": b"<a/><b><![CD",
    "less": b"<a/><",
    "http": b"GET / HTTP/1.1\r\n\r\n",
}

DOCUMENTS: dict[str, bytes] = {
    **{name: DECLARATION + HEADER + content for name, content in CONTENT.items()},
    "nothing": b"",
    "space": b" \r\n",
    "no-declaration": HEADER + b"<a/>",
    "space-before-header": b" \n" + HEADER + b"<a/>",
    "space-behind-declaration": DECLARATION + b"\r\n" + HEADER + b"<a/>",
    "space-before-declaration": b" " + DECLARATION + HEADER,
    "two-declarations": DECLARATION + DECLARATION + HEADER,
    "mark": b"\xef\xbb\xbf" + DECLARATION + HEADER + b"<a/>",
    "mark-no-declaration": b"\xef\xbb\xbf" + HEADER + b"<a/>",
    "two-marks": b"\xef\xbb\xbf\xef\xbb\xbf" + HEADER,
    "space-mark": b" \xef\xbb\xbf" + HEADER,
    "half-mark": b"\xef\xbb",
    "wrong-mark": b"\xef\xbbX" + HEADER,
    "declared-utf-8": b'<?xml version = "1.0" encoding="utf-8" standalone=\'no\' ?>' + HEADER + b"<a/>",
    "declared-latin-1": b"<?xml version='1.0' encoding='iso-8859-1'?>" + HEADER,
    "declared-utf-16": b"<?xml version='1.0' encoding='UTF-16'?>" + HEADER,
    "version-1.1": b"<?xml version='1.1'?>" + HEADER + b"<a>&#1;</a>",
    "version-2": b"<?xml version='2.0'?>" + HEADER,
    "no-version": b"<?xml encoding='utf-8'?>" + HEADER,
    "declaration-nul": b"<?xml version='1.0'\0?>" + HEADER,
    "declaration-bad": b"<?xml version='1.0'\xff?>" + HEADER,
    "declaration-open": b"<?xml version='1.0'" + HEADER,
    "declaration-half": b"<?xml version='1.0'",
    "declaration-upper": b"<?XML version='1.0'?>" + HEADER,
    "stylesheet": b"<?xml-stylesheet href='x'?>" + HEADER,
    "doctype-first": b"<!DOCTYPE x>" + HEADER,
    "comment-first": b"<!-- x -->" + HEADER,
    "comment-behind-declaration": DECLARATION + b"<!-- x -->" + HEADER,
    "cdata-first": b"<![CDATA[x]]>" + HEADER,
    "http-first": b"GET / HTTP/1.1\r\n\r\n",
    "tls-first": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "nul-first": b"\0<\0s",
    "utf-16-le": DECLARATION.decode().encode("utf-16"),
    "utf-16-be": b"\xfe\xff" + DECLARATION.decode().encode("utf-16-be"),
    "utf-16-le-no-mark": DECLARATION.decode().encode("utf-16-le"),
    "utf-16-be-no-mark": DECLARATION.decode().encode("utf-16-be"),
    "utf-32-le": DECLARATION.decode().encode("utf-32"),
    "utf-32-be": b"\0\0\xfe\xff" + DECLARATION.decode().encode("utf-32-be"),
    "end-first": b"</stream:stream>",
    "root-empty": b"<a xmlns='urn:a' b='/'/> ",
    "root-empty-more": b"<a/><b/>",
    "root-plain": b"<root><a/></root>",
    "root-undeclared": b"<stream:stream><a/>",
    "root-duplicate": b"<a b='1' b='2'><c/>",
    "root-less": b"<a b='<'><c/>",
    "root-bad": b"<a b='\xff'><c/>",
    "root-entity": b"<a b='&foo;'><c/>",
    "root-unquoted": b"<a b><c/>",
    "root-quote": b"<a '>'><c/>",
    "root-half": b"<stream:stream xmlns='jabber:cl",
    "root-cut-character": b"<a b='\xe2\x82",
}

Outcome = list[object]
BEFORE_EOF = "-"
"""Stands in an outcome where all bytes were fed: what can be said without the end of file must be said by then."""


def read(pieces: Iterable[bytes], limits: XMLLimits | None = None, *, stepping: bool = True) -> Outcome:
    """All that a reader says about the bytes: its items, and how it ended."""
    reader = StreamReader(limits or XMLLimits(), stepping=stepping)
    outcome: Outcome = []
    for piece in pieces:
        reader.feed(piece)
        if not drain(reader, outcome):
            return outcome
    outcome.append(BEFORE_EOF)
    reader.feed_eof()
    if drain(reader, outcome):
        assert reader.at_eof
        outcome.append("truncated" if reader.truncated else "complete")
    return outcome


def drain(reader: StreamReader, outcome: Outcome) -> bool:
    """Add the items that can be had; False behind an error."""
    try:
        while (item := reader.next()) is not None:
            outcome.append(item)
    except XMLError as error:
        outcome.append((error.condition, error.text))
        return False
    return True


def bytewise(data: bytes) -> Iterator[bytes]:
    return (data[place : place + 1] for place in range(len(data)))


def at_each(data: bytes, mark: bytes) -> list[bytes]:
    """Cut behind each `mark`."""
    return [piece + mark for piece in data.split(mark)[:-1]] + [data.split(mark)[-1]]


def shape(outcome: Outcome) -> list[object]:
    """An outcome in short: local names, and conditions."""
    short: list[object] = []
    for item in outcome:
        match item:
            case Element():
                short.append(item.local)
            case StreamStart():
                short.append("(")
            case StreamEnd():
                short.append(")")
            case (condition, _):
                short.append(f"!{condition}")
            case _ if item != BEFORE_EOF:
                short.append(item)
    return short
