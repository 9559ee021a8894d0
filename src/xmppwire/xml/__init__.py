"""XML as XMPP uses it (RFC 6120, section 11): elements, a reader for streams, a writer.

This package knows XML and nothing of XMPP but its restrictions: no comments, no processing instructions, no declarations,
no entities beyond the five, UTF-8 only.
"""

from __future__ import annotations

from xmppwire.xml.element import XML_LANG, XML_NAMESPACE, Element, Name
from xmppwire.xml.errors import XMLCharacterError, XMLError
from xmppwire.xml.header import StreamEnd, StreamStart
from xmppwire.xml.limits import XMLLimits
from xmppwire.xml.reader import StreamReader
from xmppwire.xml.writer import check_name, escape_attribute, escape_text, write_element

__all__ = [
    "XML_LANG",
    "XML_NAMESPACE",
    "Element",
    "Name",
    "StreamEnd",
    "StreamReader",
    "StreamStart",
    "XMLCharacterError",
    "XMLError",
    "XMLLimits",
    "check_name",
    "escape_attribute",
    "escape_text",
    "write_element",
]
