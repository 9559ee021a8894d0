"""What the own presence says about the picture in the own vCard (XEP-0153 section 4), where the server does not say it itself.

    avatar = OwnVCardAvatar()                       # only without PepSupport.converts_avatars
    await client.run(avatar.fetch())
    await client.send(avatar.annotate(Presence()))
    async for event in client:
        if avatar.feed(event, client.jid):          # another client of the account changed it, or may do so unseen
            await client.send(avatar.annotate(Presence()))
            if not avatar.known:
                await client.run(avatar.fetch())
                await client.send(avatar.annotate(Presence()))

Give `set` what `avatars.set_avatar` returns.
"""

from __future__ import annotations

from ..jid import JID
from ..operation import Operation
from ..payload import PayloadError
from ..protocol.user_avatar import avatar_id
from ..protocol.vcard_avatars import VCardUpdate
from ..stanza import Presence
from .vcards import fetch_vcard

_CLIENTS = 100
"""So many other clients are known at most."""


class OwnVCardAvatar:
    """The SHA-1 of the picture in the own vCard, and whether presence may announce it."""

    def __init__(self) -> None:
        self._digest: str | None = None
        self._unaware: set[str] = set()
        """Other clients, by resource, that change the vCard without a word."""

    @property
    def known(self) -> bool:
        """Whether it is known what is in the vCard."""
        return self._digest is not None

    def set(self, digest: str | None) -> None:
        """Note what was put into the vCard: its SHA-1 in hexadecimal, None for no picture."""
        self._digest = digest or ""

    def fetch(self, timeout: float | None = None) -> Operation[None]:
        """Look into the vCard (section 4.4). Raises what `fetch_vcard` raises."""
        vcard = yield from fetch_vcard(timeout=timeout)
        picture = next((photo.data for photo in vcard.photos if photo.data), None)
        self.set(None if picture is None else avatar_id(picture))

    def annotate(self, presence: Presence) -> Presence:
        """A copy of an available presence with what it has to say about the picture (section 4.1). Others are returned as they
        are."""
        if presence.type is not None:
            return presence
        photo = None if self._digest is None or self._unaware else bytes.fromhex(self._digest)
        return presence.without(VCardUpdate).with_(VCardUpdate(photo=photo))

    def feed(self, event: object, own: JID) -> bool:
        """Take an event of the client with the full JID `own`: whether presence has to be sent again (section 4.3). What is in
        the vCard may be no longer `known`."""
        if not isinstance(event, Presence) or event.sender is None or event.sender == own:
            return False
        resource = event.sender.resourcepart
        if resource is None or event.sender.bare != own.bare:
            return False
        if event.type == "unavailable":
            return self._conforms(resource)
        if event.type is not None:
            return False
        try:
            update = event.get(VCardUpdate)
        except PayloadError:
            return False
        if update is None:
            first = not self._unaware
            if len(self._unaware) < _CLIENTS:
                self._unaware.add(resource)
            return first
        changed = self._conforms(resource)
        if update.photo is None or self._digest is None or update.photo.hex() == self._digest:
            return changed
        self._digest = None
        return True

    def _conforms(self, resource: str) -> bool:
        """Another client is gone, or tells what it does. Whether it was the last one that did not."""
        if resource not in self._unaware:
            return False
        self._unaware.discard(resource)
        if self._unaware:
            return False
        self._digest = None
        return True
