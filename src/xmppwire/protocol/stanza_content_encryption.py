"""Stanza Content Encryption (XEP-0420): the envelope.

What is to be encrypted of a stanza is put into an envelope together with facts that the receiver compares with the stanza
around it. Which of these affixes must be there is for the encryption (OMEMO for example) to say.
"""

from __future__ import annotations

from datetime import datetime

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:sce:1"

STANDARD = Standard(
    "XEP-0420",
    "Stanza Content Encryption",
    Status.EXPERIMENTAL,
    "0.5.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT,),
    note="the envelope; encryption itself is left to others",
)


class EnvelopeContent(Payload, ns=NAMESPACE, name="content", nested=True):
    """What only the receiver may see. Ignore what servers are to act on (section 9)."""

    payloads: list[Payload | Element] = field.payloads()


class Envelope(Payload, ns=NAMESPACE, name="envelope"):
    """The content and its affixes (section 4): padding of random length, the time of sending, and the bare addresses. Further
    affixes are among `payloads`."""

    content: EnvelopeContent = field.child()
    rpad: str | None = field.value(default=None)
    time: datetime | None = field.value(attribute="stamp", default=None)
    to: JID | None = field.value(attribute="jid", default=None)
    sender: JID | None = field.value(name="from", attribute="jid", default=None)
    payloads: list[Payload | Element] = field.payloads()
