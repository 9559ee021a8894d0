"""Push Notifications (XEP-0357): a server tells a push service of what an absent user should hear.

A client has its server notify a node of a service, with options to publish with. A notification is the item of a publish
request (XEP-0060); it may have a summary, a form.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.data_forms import DataForm
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:push:0"

STANDARD = Standard(
    "XEP-0357",
    "Push Notifications",
    Status.DEFERRED,
    "0.4.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class EnablePush(Payload, ns=NAMESPACE, name="enable"):
    """Enables notifications to a node of a service; `form` has the options to publish them with.

    What else a service wants to know is in `extensions`.
    """

    jid: JID = field.attribute()
    node: str | None = field.attribute(default=None)
    form: DataForm | None = field.child(default=None)
    extensions: list[Payload | Element] = field.payloads()


class DisablePush(Payload, ns=NAMESPACE, name="disable"):
    """Disables those to a node; without one, those to all nodes of the service."""

    jid: JID = field.attribute()
    node: str | None = field.attribute(default=None)


class PushNotification(Payload, ns=NAMESPACE, name="notification"):
    """What is published: a summary as a form, and anything else."""

    form: DataForm | None = field.child(default=None)
    extensions: list[Payload | Element] = field.payloads()
