"""Blocking Command Reports (XEP-0377): why somebody is blocked, for the operators of the server.

A report stands in the item of a blocking command (XEP-0191).
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Enumeration, Payload, Unknown, field
from xmppwire.protocol.standard import Standard, Status
from xmppwire.protocol.stanza_id import StanzaId

NAMESPACE = "urn:xmpp:reporting:1"
STANDARD = Standard("XEP-0377", "Blocking Command Reports", Status.PROPOSED, "0.4.1", (NAMESPACE,))


class ReportReason(StrEnum):
    """The reasons that the standard names."""

    ABUSE = "urn:xmpp:reporting:abuse"
    SPAM = "urn:xmpp:reporting:spam"


class Report(Payload, ns=NAMESPACE, name="report"):
    """A report: about which messages, with a text by language.

    `report_origin` and `third_party` allow to pass it on, to the domain of the one who is blocked and to others.
    """

    reason: ReportReason | str = field.attribute(Enumeration(ReportReason, Unknown.KEEP))
    stanza_ids: list[StanzaId] = field.children()
    texts: dict[str, str] = field.language_map(name="text")
    report_origin: bool = field.flag()
    third_party: bool = field.flag()
