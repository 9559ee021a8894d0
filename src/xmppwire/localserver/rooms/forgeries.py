"""What occupants may not say, since only the room knows it: it is taken out of what they send (XEP-0045 section 17.3, XEP-0359
section 5, XEP-0421 section 3.3)."""

from __future__ import annotations

from ...jid import JID, JIDError
from ...protocol import delay, hats, message_moderation, muc, occupant_id, stanza_id
from ...stanza import Stanza
from ...stanza.error import ERROR
from ...xml import Element

FORGERIES = frozenset(
    (
        muc.NAMESPACE,
        muc.USER_NAMESPACE,
        muc.ADMIN_NAMESPACE,
        muc.OWNER_NAMESPACE,
        occupant_id.NAMESPACE,
        hats.NAMESPACE,
    )
)
"""Roles, affiliations, status codes, the identifiers of occupants and their hats."""
MODERATION = frozenset((message_moderation.NAMESPACE, *message_moderation.OLDER_NAMESPACES))
"""In whatever they stand: only the room says that somebody took back the words of another (XEP-0425 section 5)."""
BY_US = {(stanza_id.NAMESPACE, "stanza-id"): "by", (delay.NAMESPACE, "delay"): "from"}
"""What anybody may say, but not in the room's name: the attribute tells in whose."""


def without_forgeries(stanza: Stanza, room: JID) -> list[Element]:
    """The content of a stanza that goes on from an occupant to others."""
    return [one for one in stanza.elements() if not _is_forged(one, room)]


def without_author(stanza: Stanza) -> list[Element]:
    """The content of an error that goes on to an occupant, without the address of who made it."""
    children: list[Element] = []
    for one in stanza.elements():
        if one.name == ERROR and "by" in one.attributes:
            attributes = {name: value for name, value in one.attributes.items() if name != "by"}
            one = Element(one.name, attributes, one.children)
        children.append(one)
    return children


def _is_forged(element: Element, room: JID) -> bool:
    if element.name[0] in FORGERIES or any(one.name[0] in MODERATION for one in (element, *element.elements())):
        return True
    attribute = BY_US.get(element.name)
    if attribute is None:
        return False
    try:
        return JID(element.get(attribute) or "").bare in (room, room.domain)
    except JIDError:
        return element.name[0] == stanza_id.NAMESPACE  # somebody may take it for an id of ours
