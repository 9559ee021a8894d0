"""OpenPGP for XMPP Instant Messaging (XEP-0374).

How OpenPGP for XMPP is used for chats; it has no elements of its own. Messages are always `Signcrypt`, and say with a hint
(XEP-0334) that they are to be stored and with a label (XEP-0380) how they are encrypted.
"""

from __future__ import annotations

from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:openpgp:im:0"
"""The feature of clients that receive such messages."""

STANDARD = Standard(
    "XEP-0374",
    "OpenPGP for XMPP Instant Messaging",
    Status.DEFERRED,
    "0.2.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT,),
    note="a feature; the elements are those of XEP-0373",
)
