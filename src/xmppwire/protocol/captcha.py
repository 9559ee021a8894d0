"""CAPTCHA Forms (XEP-0158): challenges to tell people from robots.

Who does something suspicious gets a message with a form, and answers one or several of its fields in an IQ set.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.data_forms import DataForm
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:captcha"

STANDARD = Standard(
    "XEP-0158",
    "CAPTCHA Forms",
    Status.STABLE,
    "1.0.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class Captcha(Payload, ns=NAMESPACE, name="captcha"):
    """The challenges, or the answers."""

    form: DataForm = field.child()
