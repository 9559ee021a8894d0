"""MUC Avatars (XEP-0486): the picture of a room is the photo of its vCard (XEP-0054), and disco#info tells its hash.

A room that announces `vcard-temp` has one. Owners publish it with an IQ set of a vCard; the room tells that its
configuration changed, and who wants to know more asks for disco#info again.
"""

from __future__ import annotations

from xmppwire.protocol.disco import DiscoInfo
from xmppwire.protocol.standard import Role, Standard, Status

AVATAR_HASH_FIELD = "muc#roominfo_avatarhash"
"""The field of the form that the room puts into disco#info."""
ROOM_INFO_FORM_TYPE = "http://jabber.org/protocol/muc#roominfo"

STANDARD = Standard(
    "XEP-0486",
    "MUC Avatars",
    Status.EXPERIMENTAL,
    "0.1.0",
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
    note="No elements of its own.",
)


def avatar_hashes(info: DiscoInfo) -> list[str]:
    """The SHA-1 hashes, in hexadecimal digits, of the pictures that a room has, one in each format; empty where it has
    none.
    """
    form = info.get_form(ROOM_INFO_FORM_TYPE)
    return [] if form is None else [text for text in form.values(AVATAR_HASH_FIELD) if text]
