"""Multi-User Chat (XEP-0045), for owners: `MucOwnerQuery`, in IQs to the room. It configures the room, or ends it."""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.data_forms import DataForm
from xmppwire.protocol.muc import OWNER_NAMESPACE as NAMESPACE

PART_OF = "XEP-0045"


class MucDestroy(Payload, ns=NAMESPACE, name="destroy", nested=True):
    """The wish to end the room (section 10.9); `jid` is the room to go to instead, and `password` the key to it."""

    jid: JID | None = field.attribute(default=None)
    password: str | None = field.value(default=None)
    reason: str | None = field.value(default=None)


class MucOwnerQuery(Payload, ns=NAMESPACE, name="query"):
    """Empty in a get: asks for the form of the configuration, which the result has and a set sends back (section 10).

    An empty form that is submitted takes the defaults; a form that is cancelled as the answer to a new room ends it.
    """

    form: DataForm | None = field.child(default=None)
    destroy: MucDestroy | None = field.child(default=None)
