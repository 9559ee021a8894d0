"""Mediated Information eXchange (MIX): MIX Administration (XEP-0406): who may do what in a channel, and how it is set
up.

All of it is pubsub, by forms and item ids at the nodes `info`, `config`, `allowed` and `banned`. The elements here are
those that the standard puts into `pubsub` in place of pubsub's own.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.data_forms import DataForm
from xmppwire.protocol.mix import NAMESPACE as CORE_NAMESPACE
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:mix:admin:0"
"""The FORM_TYPE of the configuration, too."""

STANDARD = Standard(
    "XEP-0406",
    "Mediated Information eXchange (MIX): MIX Administration",
    Status.DEFERRED,
    "0.3.1",
    namespaces=(NAMESPACE, CORE_NAMESPACE),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class MixAdminItem(Payload, ns=NAMESPACE, name="item", also=(CORE_NAMESPACE,)):
    """An item of a node: when it was published, or the form to fill in (section 3.2)."""

    namespace: str = field.namespace()
    id: str | None = field.attribute(default=None)
    form: DataForm | None = field.child(default=None)


class MixAdminItems(Payload, ns=NAMESPACE, name="items"):
    """The items of a node (section 3.2)."""

    node: str = field.attribute()
    items: list[MixAdminItem] = field.children()
