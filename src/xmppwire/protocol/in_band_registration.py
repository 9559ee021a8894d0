"""In-Band Registration (XEP-0077): an account with a server, a gateway or another service, made and ended in the stream.

The host says what it wants to know (get), as a form or by empty elements; the answer is a set. A set with user name and
password by somebody who is registered changes the password; `remove` ends the account.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.data_forms import DataForm
from xmppwire.protocol.out_of_band_data import OutOfBand
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "jabber:iq:register"
FEATURE_NAMESPACE = "http://jabber.org/features/iq-register"

STANDARD = Standard(
    "XEP-0077",
    "In-Band Registration",
    Status.FINAL,
    "2.4",
    namespaces=(NAMESPACE, FEATURE_NAMESPACE),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class RegistrationQuery(Payload, ns=NAMESPACE, name="query"):
    """What is asked for, with empty values, or what is told (section 3.1).

    Where there is a `form`, it counts and the single fields do not; `oob` sends people to the web (section 5).
    """

    registered: bool = field.flag()
    instructions: str | None = field.value(default=None)
    username: str | None = field.value(default=None)
    nick: str | None = field.value(default=None)
    password: str | None = field.value(default=None)
    name: str | None = field.value(default=None)
    first: str | None = field.value(default=None)
    last: str | None = field.value(default=None)
    email: str | None = field.value(default=None)
    address: str | None = field.value(default=None)
    city: str | None = field.value(default=None)
    state: str | None = field.value(default=None)
    zip: str | None = field.value(default=None)
    phone: str | None = field.value(default=None)
    url: str | None = field.value(default=None)
    date: str | None = field.value(default=None)
    misc: str | None = field.value(default=None)
    text: str | None = field.value(default=None)
    key: str | None = field.value(default=None)
    remove: bool = field.flag()
    form: DataForm | None = field.child(default=None)
    oob: OutOfBand | None = field.child(default=None)


class RegistrationFeature(Payload, ns=FEATURE_NAMESPACE, name="register"):
    """The stream feature: accounts can be made here."""
