"""Message Archive Management Preferences (XEP-0441): which conversations the server is to archive.

Asked for (get) and changed (set) with the same element; the answer to both is what holds now, which may differ from what was
asked. Addresses count for all their resources unless they name one.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol import mam
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = mam.NAMESPACE
OLDER_NAMESPACES = mam.OLDER_NAMESPACES

STANDARD = Standard(
    "XEP-0441",
    "Message Archive Management Preferences",
    Status.EXPERIMENTAL,
    "0.2.0",
    namespaces=(NAMESPACE, *OLDER_NAMESPACES),
)


class DefaultBehavior(StrEnum):
    """What happens to messages of those whom neither list names."""

    ALWAYS = "always"
    NEVER = "never"
    ROSTER = "roster"
    """Only those from and to contacts are archived."""


class AlwaysArchive(Payload, ns=NAMESPACE, name="always", also=OLDER_NAMESPACES, nested=True):
    """Whose messages are archived."""

    namespace: str = field.namespace()
    jids: list[JID] = field.values(name="jid")


class NeverArchive(Payload, ns=NAMESPACE, name="never", also=OLDER_NAMESPACES, nested=True):
    """Whose messages are not."""

    namespace: str = field.namespace()
    jids: list[JID] = field.values(name="jid")


class ArchivePreferences(Payload, ns=NAMESPACE, name="prefs", also=OLDER_NAMESPACES):
    """The preferences; empty in a get."""

    namespace: str = field.namespace()
    default: DefaultBehavior | None = field.attribute(default=None)
    always: AlwaysArchive | None = field.child(default=None)
    never: NeverArchive | None = field.child(default=None)
