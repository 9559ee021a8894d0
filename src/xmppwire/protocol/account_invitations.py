"""Ad-hoc Account Invitation Generation (XEP-0401): users get invitations from their server by an ad-hoc command
(XEP-0050).

`INVITE` makes an invitation to become a contact, which may include an account; `CREATE_ACCOUNT`, for admins, one for an
account. The command ends with the form `Invitation`. Whoever follows it presents the token (XEP-0379, XEP-0445).
"""

from __future__ import annotations

from datetime import datetime

from xmppwire.jid import JID
from xmppwire.protocol import form
from xmppwire.protocol.form import TypedForm
from xmppwire.protocol.standard import Standard, Status
from xmppwire.protocol.xmpp_uri import XMPPURI, URIAction

NAMESPACE = "urn:xmpp:invite"
INVITE = f"{NAMESPACE}#invite"
CREATE_ACCOUNT = f"{NAMESPACE}#create-account"
"""The nodes of the commands."""
STANDARD = Standard(
    "XEP-0401",
    "Ad-hoc Account Invitation Generation",
    Status.EXPERIMENTAL,
    "0.6.0",
    (NAMESPACE,),
    note="Ad-hoc commands, their form, and the URIs; no elements.",
)


class Invitation(TypedForm, form_type=f"{NAMESPACE}#invitation"):
    """An invitation (section 5.1): the URI, a web page that explains it, and until when it holds (None: for ever).

    The registry calls the last field `expiry`, the text and the examples `expire`.
    """

    uri: str = form.field("uri")
    landing_url: str | None = form.field("landing-url", default=None)
    expire: datetime | None = form.field("expire", default=None)


def contact_invitation(inviter: JID, token: str, *, registration: bool = False) -> XMPPURI:
    """The URI that invites somebody to be a contact of `inviter`; `registration` if the token opens an account as
    well."""
    parameters = (("preauth", token), ("ibr", "y"))
    return XMPPURI(inviter, URIAction.ROSTER, parameters if registration else parameters[:1])


def account_invitation(jid: JID, token: str) -> XMPPURI:
    """The URI that opens an account: `jid` is its address, or the server where the name may be chosen."""
    return XMPPURI(jid, "register", (("preauth", token),))
