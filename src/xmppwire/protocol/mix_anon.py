"""Mediated Information eXchange (MIX): JID Hidden Channels (XEP-0404): who is behind a participant is for admins to
know.

Users say by a form, at joining or later, whether their JID may be shown, and what may be sent to them through the
channel.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Enumeration, Payload, Unknown, field
from xmppwire.protocol.data_forms import DataForm
from xmppwire.protocol.mix import MixNode
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:mix:anon:0"
"""The FORM_TYPE of the form, too."""

STANDARD = Standard(
    "XEP-0404",
    "Mediated Information eXchange (MIX): JID Hidden Channels.",
    Status.DEFERRED,
    "0.3.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class MixAnonParticipant(Payload, ns=NAMESPACE, name="participant"):
    """An item of the JID map node: the real JID behind the stable id that is the id of the item (section 2.5)."""

    jid: JID = field.value()


class MixAnonJoin(Payload, ns=NAMESPACE, name="join"):
    """What `MixJoin` is, with preferences (section 3.1)."""

    id: str | None = field.attribute(default=None)
    jid: JID | None = field.attribute(default=None)
    subscribe: list[MixNode | str] = field.values(
        Enumeration(MixNode, Unknown.KEEP), name="subscribe", attribute="node"
    )
    nick: str | None = field.value(default=None)
    form: DataForm | None = field.child(default=None)


class MixUserPreference(Payload, ns=NAMESPACE, name="user-preference"):
    """Asks for the form of the preferences, when empty; changes them, when it is filled in (section 3.1)."""

    form: DataForm | None = field.child(default=None)
