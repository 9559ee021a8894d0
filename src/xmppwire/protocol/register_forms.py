"""Forms of In-Band Registration (XEP-0077): registration, its cancellation, and the change of a password.

A challenge (XEP-0158) may be part of a registration.
"""

from __future__ import annotations

from xmppwire.protocol import form
from xmppwire.protocol.captcha_forms import ChallengeFields
from xmppwire.protocol.data_forms import FieldType
from xmppwire.protocol.form import TypedForm

PART_OF = "XEP-0077"

NAMESPACE = "jabber:iq:register"


class Registration(ChallengeFields, form_type=NAMESPACE):
    """What a service wants to know about somebody who registers (section 13.4.1)."""

    username: str | None = form.field("username", default=None)
    nick: str | None = form.field("nick", default=None)
    password: str | None = form.field("password", default=None, type=FieldType.TEXT_PRIVATE)
    name: str | None = form.field("name", default=None)
    first: str | None = form.field("first", default=None)
    last: str | None = form.field("last", default=None)
    email: str | None = form.field("email", default=None)
    address: str | None = form.field("address", default=None)
    city: str | None = form.field("city", default=None)
    state: str | None = form.field("state", default=None)
    zip: str | None = form.field("zip", default=None)
    phone: str | None = form.field("phone", default=None)
    url: str | None = form.field("url", default=None)
    date: str | None = form.field("date", default=None)
    misc: str | None = form.field("misc", default=None)
    text: str | None = form.field("text", default=None)
    key: str | None = form.field("key", default=None)


class RegistrationCancellation(TypedForm, form_type=f"{NAMESPACE}:cancel"):
    """Ends a registration (section 13.4.2)."""

    password: str | None = form.field("password", default=None, type=FieldType.TEXT_PRIVATE)
    username: str | None = form.field("username", default=None)


class PasswordChange(TypedForm, form_type=f"{NAMESPACE}:changepassword"):
    """A new password (section 13.4.3)."""

    old_password: str | None = form.field("old_password", default=None, type=FieldType.TEXT_PRIVATE)
    password: str | None = form.field("password", default=None, type=FieldType.TEXT_PRIVATE)
    username: str | None = form.field("username", default=None)
