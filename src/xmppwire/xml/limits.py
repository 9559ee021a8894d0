"""What a peer may make us hold and do, per stream."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class XMLLimits:
    """Limits of a `StreamReader`. Whatever exceeds one is refused with `policy-violation` (RFC 6120, section 4.9.3.14).

    What is refused depends on the bytes alone, never on how the network cut them.

    `stanza_bytes`
        Length of a top-level element, from its `<` to the end of its last tag, in bytes. It bounds what one peer can
        make us store before anything can be acted upon. RFC 6120 (section 13.12) forbids values below 10 000 once
        authenticated; 256 KiB is what the common servers allow.
    `depth`
        Levels of elements in a stanza, itself included. Whoever walks a stanza by recursion relies on it, and 3 bytes
        buy a level. Forwarded messages inside archive results inside carbons stay below 20.
    `elements`
        Elements in a stanza, itself included. An element costs about a hundred times the 4 bytes that it takes.
    `attributes`
        Attributes of one element, without namespace declarations.
    `name_bytes`
        Length of a local name or a prefix. The parser keeps each name it saw until it is renewed.
    `namespace_bytes`
        Length of a namespace name, for the same reason.
    `names`
        Distinct qualified names of elements and attributes in a stanza, which is what the parser's tables grow by.
    `namespaces`
        Distinct namespaces in a stanza. Real stanzas use fewer than twenty.
    `header_bytes`
        Length of the XML declaration and the stream header together. It is sent by people we know nothing about.
    `renew_bytes`
        After that many bytes the parser is replaced at the next end of a stanza, because it keeps every name for ever.
    """

    stanza_bytes: int = 256 * 1024
    depth: int = 64
    elements: int = 10_000
    attributes: int = 64
    name_bytes: int = 256
    namespace_bytes: int = 1024
    names: int = 2_500
    namespaces: int = 1_000
    header_bytes: int = 16 * 1024
    renew_bytes: int = 256 * 1024
