"""Jabber Search (XEP-0055): directories of users.

The service says what can be searched for (get), as a form or by empty elements; the set has what is looked for, and its answer
what was found.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.data_forms import DataForm
from xmppwire.protocol.rsm import ResultSet
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "jabber:iq:search"

STANDARD = Standard(
    "XEP-0055",
    "Jabber Search",
    Status.ACTIVE,
    "1.3",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class SearchItem(Payload, ns=NAMESPACE, name="item", nested=True):
    """A user who was found."""

    jid: JID = field.attribute()
    first: str | None = field.value(default=None)
    last: str | None = field.value(default=None)
    nick: str | None = field.value(default=None)
    email: str | None = field.value(default=None)


class SearchQuery(Payload, ns=NAMESPACE, name="query"):
    """What can be searched for, with empty values; what is searched for; or what was found. `set` is the page."""

    instructions: str | None = field.value(default=None)
    first: str | None = field.value(default=None)
    last: str | None = field.value(default=None)
    nick: str | None = field.value(default=None)
    email: str | None = field.value(default=None)
    form: DataForm | None = field.child(default=None)
    items: list[SearchItem] = field.children()
    set: ResultSet | None = field.child(default=None)
