"""Privacy Lists (XEP-0016): rules for what stanzas a user exchanges with whom, kept by the server.

A user has several lists. One may be the default for all, another the active one of a session. The first rule that fits
counts, by their order. Today blocking (XEP-0191) does what most want.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Payload, UnsignedInt, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "jabber:iq:privacy"
STANDARD = Standard("XEP-0016", "Privacy Lists", Status.DEPRECATED, "1.7", (NAMESPACE,))


class PrivacyAction(StrEnum):
    """What happens to a stanza."""

    ALLOW = "allow"
    DENY = "deny"


class PrivacyType(StrEnum):
    """What the value of a rule is compared with."""

    GROUP = "group"
    JID = "jid"
    SUBSCRIPTION = "subscription"


class PrivacyItem(Payload, ns=NAMESPACE, name="item", nested=True):
    """A rule, for everybody where it has no `type`, for all stanzas where it names no kind of them (section 2.1)."""

    action: PrivacyAction = field.attribute()
    order: int = field.attribute(UnsignedInt)
    type: PrivacyType | None = field.attribute(default=None)
    value: str | None = field.attribute(default=None)
    iq: bool = field.flag()
    message: bool = field.flag()
    presence_in: bool = field.flag()
    presence_out: bool = field.flag()


class ActiveList(Payload, ns=NAMESPACE, name="active", nested=True):
    """The list of this session; in a set without a name: none."""

    name: str | None = field.attribute(default=None)


class DefaultList(Payload, ns=NAMESPACE, name="default", nested=True):
    """The list of sessions that have none of their own; in a set without a name: none."""

    name: str | None = field.attribute(default=None)


class PrivacyList(Payload, ns=NAMESPACE, name="list", nested=True):
    """A list. Without rules it is asked for (get), deleted (set), named (result), or has changed (push)."""

    name: str = field.attribute()
    items: list[PrivacyItem] = field.children()


class PrivacyQuery(Payload, ns=NAMESPACE, name="query"):
    """Lists, and which are in use; empty it asks for their names."""

    active: ActiveList | None = field.child(default=None)
    default: DefaultList | None = field.child(default=None)
    lists: list[PrivacyList] = field.children()
