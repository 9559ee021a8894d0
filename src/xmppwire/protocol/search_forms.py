"""The form of Jabber Search (XEP-0055)."""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.protocol import form
from xmppwire.protocol.form import TypedForm

PART_OF = "XEP-0055"


class Search(TypedForm, form_type="jabber:iq:search"):
    """What is looked for, and a row of what was found: `Search.rows(form)`. Other fields depend on the service."""

    first: str | None = form.field("first", default=None)
    last: str | None = form.field("last", default=None)
    nick: str | None = form.field("nick", default=None)
    email: str | None = form.field("email", default=None)
    jid: JID | None = form.field("jid", default=None)
    """Of a result."""
