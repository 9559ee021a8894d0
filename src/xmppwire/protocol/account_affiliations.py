"""Reporting Account Affiliations (XEP-0489): a server says how it stands to one of its accounts, so that others can
judge it.

It is asked by IQ, or puts `AccountInfo` into stanzas of the account. Believe the latter only where the server announces
that it does so for such stanzas: it then strips what clients put there (section 7.2).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from xmppwire.payload import Integer, Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:raa:0"
EMBEDS_IN_SUBSCRIPTIONS = f"{NAMESPACE}#embed-presence-sub"
EMBEDS_IN_DIRECTED_PRESENCE = f"{NAMESPACE}#embed-presence-directed"
EMBEDS_IN_MESSAGES = f"{NAMESPACE}#embed-message"
STANDARD = Standard(
    "XEP-0489",
    "Reporting Account Affiliations",
    Status.EXPERIMENTAL,
    "0.1.0",
    (NAMESPACE,),
    (Role.SERVER, Role.COMPONENT),
)


class AccountAffiliation(StrEnum):
    """How a service stands to an account (section 3), from the least trust to the most."""

    ANONYMOUS = "anonymous"
    REGISTERED = "registered"
    MEMBER = "member"
    ADMIN = "admin"


class AccountInfoQuery(Payload, ns=NAMESPACE, name="query"):
    """Asks for the affiliation of the address that the IQ goes to."""


class AccountInfo(Payload, ns=NAMESPACE, name="info"):
    """The affiliation. `since`: about when the account was made; `trust`: from 0 to 100, to be compared within one
    server only."""

    affiliation: AccountAffiliation = field.attribute()
    since: datetime | None = field.attribute(default=None)
    trust: int | None = field.attribute(Integer(0, 100), default=None)
