"""Chat notification settings (XEP-0492): whether a chat makes itself heard, for all clients of an account or for some.

The element stands in what is stored about a chat, such as a bookmark (XEP-0402). Whoever changes it keeps what they do not
know.
"""

from __future__ import annotations

from typing import TypeAlias

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:notification-settings:1"
STANDARD = Standard("XEP-0492", "Chat notification settings", Status.EXPERIMENTAL, "0.2.0", namespaces=(NAMESPACE,))


class AdvancedSettings(Payload, ns=NAMESPACE, name="advanced", nested=True):
    """What certain clients want to know beyond that; each in a namespace of its own."""

    payloads: list[Payload | Element] = field.payloads()


class NotificationSetting(Payload):
    """For which clients a setting is, by their service discovery identity; without one for all others."""

    identity_category: str | None = field.attribute(default=None)
    identity_type: str | None = field.attribute(default=None)
    advanced: AdvancedSettings | None = field.child(default=None)


class Always(NotificationSetting, ns=NAMESPACE, name="always", nested=True):
    """Notify of every message."""


class OnMention(NotificationSetting, ns=NAMESPACE, name="on-mention", nested=True):
    """Notify when the user is mentioned."""


class Never(NotificationSetting, ns=NAMESPACE, name="never", nested=True):
    """Do not notify."""


Setting: TypeAlias = Always | OnMention | Never
"""When to notify, and for which clients that holds."""


class Notify(Payload, ns=NAMESPACE, name="notify"):
    """The settings of one chat."""

    always: list[Always] = field.children()
    on_mention: list[OnMention] = field.children()
    never: list[Never] = field.children()

    def setting_for(self, category: str, type: str | None = None) -> Setting | None:
        """The setting for a client of this identity: the one that names it most precisely (section 3)."""
        settings: list[Setting] = [*self.always, *self.on_mention, *self.never]
        best = max(settings, key=lambda one: _rank(one, category, type), default=None)
        return best if best is not None and _rank(best, category, type) else None


def _rank(setting: NotificationSetting, category: str, type: str | None) -> int:
    if setting.identity_category is None:
        return 1 if setting.identity_type is None else 0
    if setting.identity_category != category:
        return 0
    return 2 if setting.identity_type is None else 3 if setting.identity_type == type else 0
