"""The /me Command (XEP-0245): a body that begins with `/me ` tells what its sender does."""

from __future__ import annotations

from xmppwire.protocol.standard import Role, Standard, Status

STANDARD = Standard(
    "XEP-0245",
    "The /me Command",
    Status.ACTIVE,
    "1.0",
    roles=(Role.CLIENT, Role.COMPONENT),
    note="no elements; functions for the body of a message",
)

PREFIX = "/me "


def action_of(body: str) -> str | None:
    """What the sender does, or None where the body is no such command (section 2). Only the first four characters count."""
    return body[len(PREFIX) :] if body.startswith(PREFIX) else None


def present_action(body: str, name: str) -> str:
    """What to show: for a command `* name action`, where `name` is what the reader calls the sender; else the body."""
    action = action_of(body)
    return body if action is None else f"* {name} {action}"
