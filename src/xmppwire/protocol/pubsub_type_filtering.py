"""PubSub Type Filtering (XEP-0462): a request for the nodes of a pubsub service, of certain types only.

It stands in the request for items of service discovery; the form has `included-types` or `excluded-types`, never both.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.data_forms import DataForm
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:pubsub-filter:0"
STANDARD = Standard(
    "XEP-0462",
    "PubSub Type Filtering",
    Status.EXPERIMENTAL,
    "0.1.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class PubSubFilter(Payload, ns=NAMESPACE, name="filter"):
    """Which nodes are wanted (section 3.2). An empty value in the form is for nodes without a type."""

    form: DataForm = field.child()
