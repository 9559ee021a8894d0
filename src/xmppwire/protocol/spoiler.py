"""Spoiler messages (XEP-0382): a body that is shown only when the reader asks for it."""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:spoiler:0"
STANDARD = Standard(
    "XEP-0382",
    "Spoiler messages",
    Status.DEFERRED,
    "0.2.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class Spoiler(Payload, ns=NAMESPACE, name="spoiler"):
    """Hides the body. `hint` says in the language `lang` what it is about; a message may have one for each language."""

    lang: str | None = field.language()
    hint: str = field.text(default="")
