"""Forms of Push Notifications (XEP-0357)."""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import UnsignedInt
from xmppwire.protocol import form
from xmppwire.protocol.data_forms import FieldType
from xmppwire.protocol.form import TypedForm
from xmppwire.protocol.pubsub_forms import PublishOptionsForm

PART_OF = "XEP-0357"


class PushPublishOptions(
    PublishOptionsForm, form_type="http://jabber.org/protocol/pubsub#publish-options", shared=True
):
    """What an app server wants with each notification (section 5): the `secret` that shows that it may come."""

    secret: str | None = form.field("secret", default=None, type=FieldType.TEXT_PRIVATE)


class PushSummary(TypedForm, form_type="urn:xmpp:push:summary"):
    """What a notification tells (section 7)."""

    message_count: int | None = form.field("message-count", UnsignedInt, default=None)
    pending_subscription_count: int | None = form.field("pending-subscription-count", UnsignedInt, default=None)
    last_message_sender: JID | None = form.field("last-message-sender", default=None)
    last_message_body: str | None = form.field("last-message-body", default=None)
