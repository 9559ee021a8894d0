"""MUC Slow Mode (XEP-0500): a room lets each occupant send only one message in some time. Fields of the room's forms
say how long, in seconds; a message that comes too early gets the error `policy-violation` of type `wait`."""

from __future__ import annotations

from xmppwire.protocol.standard import Role, Standard, Status

CONFIG_FIELD = "muc#roomconfig_slow_mode_duration"
INFO_FIELD = "muc#roominfo_slow_mode_duration"
STANDARD = Standard(
    "XEP-0500",
    "MUC Slow Mode",
    Status.EXPERIMENTAL,
    "0.1.1",
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
    note="Fields of the room's forms; no elements.",
)


def slow_mode_duration(value: str | None) -> int:
    """The seconds that the field of a form says; 0 (no limit) for anything but a whole number above 0 (section 5.2).

    A figure of more than nine digits counts as none, too: nobody means 30 years.
    """
    text = (value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
