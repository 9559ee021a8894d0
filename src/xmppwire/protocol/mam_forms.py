"""The form that narrows a query of a Message Archive (XEP-0313)."""

from __future__ import annotations

from datetime import datetime

from xmppwire.jid import JID
from xmppwire.protocol import form
from xmppwire.protocol.data_forms import FieldType
from xmppwire.protocol.form import TypedForm

PART_OF = "XEP-0313"


class ArchiveFilter(TypedForm, form_type="urn:xmpp:mam:2", also=("urn:xmpp:mam:1",)):
    """Which messages are asked for (section 4.1): those with one correspondent, from a stretch of time, beyond or before a
    certain one, or those with certain identifiers.

    Every archive knows the first three fields; what else it knows its form tells, and so do features of it. A query in an
    older namespace wants `form_type` set to that.
    """

    correspondent: JID | None = form.field("with", default=None)
    start: datetime | None = form.field("start", default=None)
    end: datetime | None = form.field("end", default=None)
    before_id: str | None = form.field("before-id", default=None)
    after_id: str | None = form.field("after-id", default=None)
    ids: list[str] = form.fields("ids", type=FieldType.LIST_MULTI)
    include_groupchat: bool | None = form.field("include-groupchat", default=None)
