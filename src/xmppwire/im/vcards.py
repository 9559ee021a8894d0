"""Who somebody is: vCards in the form of RFC 6351 (XEP-0292), and in the old form that every server keeps (XEP-0054).

    card = await client.run(fetch_vcard4("romeo@montague.lit"))
    old = await client.run(fetch_vcard("romeo@montague.lit"))
    await client.run(publish_vcard4(VCard4(formatted_names=[FormattedName(text="Juliet Capulet")])))

Each publication replaces all that was there: fetch the own card first and change what is to be changed. Everybody can claim
anything on a vCard.
"""

from __future__ import annotations

from ..jid import JID
from ..operation import IqError, Operation, request
from ..protocol.vcard4 import NODE, VCard4
from ..protocol.vcard_temp import VCardTemp
from ..stanza import Iq
from .pep import has_nothing, publish_public
from .pubsub.items import fetch_items, payload_of


def fetch_vcard(jid: JID | str | None = None, timeout: float | None = None) -> Operation[VCardTemp]:
    """The vCard of an account, or of an occupant of a room; None is the own account (XEP-0054 section 3). An empty one where
    there is none. Raises what `request` raises, and `PayloadError` for a card that does not decode."""
    try:
        reply = yield from request(Iq("get", jid, payload=VCardTemp()), timeout)
    except IqError as error:
        if not has_nothing(error):
            raise
        return VCardTemp()
    return reply.get(VCardTemp) or VCardTemp()


def set_vcard(vcard: VCardTemp, timeout: float | None = None) -> Operation[None]:
    """Replace the own vCard (XEP-0054 section 3.2). Raises what `request` raises."""
    yield from request(Iq("set", payload=vcard), timeout)


def fetch_vcard4(jid: JID | str | None = None, timeout: float | None = None) -> Operation[VCard4 | None]:
    """The vCard that an account publishes; None for the own account (XEP-0292 section 4.1.1). None where there is none that can
    be read. Raises what `fetch_items` raises: an error such as `forbidden` says that it is not for us."""
    try:
        items = yield from fetch_items(NODE, newest=1, service=jid, timeout=timeout)
    except IqError as error:
        if not has_nothing(error):
            raise
        return None
    return payload_of(items[0], VCard4) if items else None


def publish_vcard4(vcard: VCard4, timeout: float | None = None) -> Operation[None]:
    """Publish the own vCard for everybody (XEP-0292 section 4.1.2). Raises what `publish` raises."""
    yield from publish_public(NODE, vcard, timeout=timeout)
