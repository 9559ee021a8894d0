"""Software Information (XEP-0232): what software an entity is, by service discovery."""

from __future__ import annotations

from xmppwire.protocol import form
from xmppwire.protocol.form import TypedForm
from xmppwire.protocol.media_element import Media
from xmppwire.protocol.standard import Role, Standard, Status

STANDARD = Standard(
    "XEP-0232",
    "Software Information",
    Status.DEFERRED,
    "0.3",
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
    note="A typed form; no elements of its own.",
)


class SoftwareInfo(TypedForm, form_type="urn:xmpp:dataforms:softwareinfo"):
    """Software, its version, and what it runs on. Anybody may read it: say no more than attackers may know (section 3)."""

    icon: Media | None = form.media("icon", default=None)
    os: str | None = form.field("os", default=None)
    os_version: str | None = form.field("os_version", default=None)
    software: str | None = form.field("software", default=None)
    software_version: str | None = form.field("software_version", default=None)
