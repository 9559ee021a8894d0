"""The form of the information node of a channel (XEP-0369): what people are told about it."""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.protocol import form
from xmppwire.protocol.form import TypedForm

PART_OF = "XEP-0369"


class ChannelInformation(TypedForm, form_type="urn:xmpp:mix:core:1"):
    """A channel's name, what it is about, and who is responsible (section 4.7.4)."""

    name: str | None = form.field("Name", default=None)
    description: str | None = form.field("Description", default=None)
    contacts: list[JID] = form.fields("Contact")
