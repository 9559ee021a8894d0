"""What service discovery tells about reactions (XEP-0444)."""

from __future__ import annotations

from xmppwire.payload import UnsignedInt
from xmppwire.protocol import form
from xmppwire.protocol.form import TypedForm

PART_OF = "XEP-0444"


class ReactionRestrictions(TypedForm, form_type="urn:xmpp:reactions:0:restrictions"):
    """How many different emoji somebody may have under a message, and which (section 2.2)."""

    max_reactions_per_user: int | None = form.field("max_reactions_per_user", UnsignedInt, default=None)
    allowlist: list[str] = form.fields("allowlist")
