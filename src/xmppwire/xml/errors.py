"""What goes wrong with XML: what a peer sends (RFC 6120, sections 4.9.3 and 11), and what we are asked to write."""

from __future__ import annotations


class XMLError(Exception):
    """The peer sent something that ends its stream.

    `condition` is the name of the stream error that answers it (RFC 6120, section 4.9.3): `bad-format`, `not-well-formed`,
    `restricted-xml`, `unsupported-encoding` or `policy-violation`. `text` says in English what was wrong, without
    repeating what the peer sent.
    """

    __slots__ = ("condition", "text")

    def __init__(self, condition: str, text: str) -> None:
        super().__init__(condition, text)
        self.condition = condition
        self.text = text

    def __str__(self) -> str:
        return f"{self.condition}: {self.text}"


def restricted() -> XMLError:
    """For what RFC 6120, section 11.1 forbids."""
    return XMLError("restricted-xml", "comments, processing instructions, declarations and entities are not allowed")


def not_utf8() -> XMLError:
    """For what RFC 6120, section 11.6 forbids."""
    return XMLError("unsupported-encoding", "the stream is not UTF-8")


class XMLCharacterError(ValueError):
    """A character that XML 1.0 cannot carry (section 2.2), or a name that is not one (Namespaces in XML, section 3)."""
