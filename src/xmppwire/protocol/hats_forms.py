"""The form of the commands about hats (XEP-0317)."""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import URI
from xmppwire.protocol import form
from xmppwire.protocol.form import TypedForm

PART_OF = "XEP-0317"


class HatForm(TypedForm, form_type="urn:xmpp:hats:commands"):
    """A hat that is made, destroyed, given to somebody or taken away, and a row of a list of hats (sections 3.2 to 3.7)."""

    jid: JID | None = form.field("hats#jid", default=None)
    title: str | None = form.field("hats#title", default=None)
    uri: str | None = form.field("hats#uri", URI, default=None)
    hue: float | None = form.field("hats#hue", default=None)
    """An angle in degrees (XEP-0392)."""
    hash: str | None = form.field("hats#hash", default=None)
