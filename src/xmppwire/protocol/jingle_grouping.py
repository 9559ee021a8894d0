"""Jingle Grouping Framework (XEP-0338).

Contents of a session that belong together (RFC 5888): lips and sound, or all that goes over one transport.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Enumeration, Payload, Unknown, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:jingle:apps:grouping:0"

STANDARD = Standard(
    "XEP-0338", "Jingle Grouping Framework", Status.STABLE, "1.0.0", namespaces=(NAMESPACE, "urn:ietf:rfc:5888")
)


class GroupSemantics(StrEnum):
    """What belonging together means; the registry of SDP knows more."""

    BUNDLE = "BUNDLE"
    """One transport for all (RFC 9143)."""
    LIP_SYNCHRONIZATION = "LS"


class Group(Payload, ns=NAMESPACE, name="group"):
    """The names of the contents that form a group, in the message about the session (section 2)."""

    semantics: GroupSemantics | str = field.attribute(Enumeration(GroupSemantics, Unknown.KEEP))
    contents: list[str] = field.values(name="content", attribute="name")
