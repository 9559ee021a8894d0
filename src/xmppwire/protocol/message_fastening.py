"""Message Fastening (XEP-0422): payloads that belong to an earlier message.

Other protocols define the payloads; all in one message have the same name, and take the place of those that the same sender
fastened before. (`xmppwire.protocol.message_retraction` used it in its first version.)
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:fasten:0"
STANDARD = Standard(
    "XEP-0422",
    "Message Fastening",
    Status.DEFERRED,
    "0.2.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class External(Payload, ns=NAMESPACE, name="external", nested=True):
    """Names an element beside `ApplyTo` that is fastened as well (section 3.2); without `element_namespace` it is in the
    stanza's own."""

    name: str = field.attribute()
    element_namespace: str | None = field.attribute(default=None)


class ApplyTo(Payload, ns=NAMESPACE, name="apply-to"):
    """Fastens payloads to the message with this `id` (section 3).

    `clear` removes what was fastened before under the same name; `shell` says that the payloads are in the encrypted part.
    """

    id: str = field.attribute()
    clear: bool = field.attribute(default=False)
    shell: bool = field.attribute(default=False)
    payloads: list[Payload | Element] = field.payloads()
    externals: list[External] = field.children()
