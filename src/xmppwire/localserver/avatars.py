"""One picture of a user, whichever way it is published (XEP-0398): a vCard shows what is in the nodes of XEP-0084, to those who
may see these; a picture that comes with a vCard is published there; and presence says which one there is (XEP-0153).

Directed presence, as into rooms, says it only of pictures that everybody may see: the SHA-1 would tell who somebody is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ..jid import JID
from ..payload import Payload, PayloadError
from ..protocol.avatar_conversion import NAMESPACE
from ..protocol.pubsub_forms import AccessModel
from ..protocol.user_avatar import (
    DATA_NAMESPACE,
    METADATA_NAMESPACE,
    AvatarData,
    AvatarInfo,
    AvatarMetadata,
    avatar_id,
)
from ..protocol.vcard_avatars import VCardUpdate
from ..protocol.vcard_temp import Photo, VCardTemp
from ..stanza import Presence
from ..xml import Element
from .pep.access import may_read
from .pep.nodes import Node, StoredItem
from .service import RequestError, Service
from .stored import to_element, to_text

if TYPE_CHECKING:
    from .accounts import Account
    from .hub import Hub
    from .pep.publisher import Publisher
    from .presence import PresenceService

P = TypeVar("P", bound=Payload)

PHOTO = Photo.element_names[0]
NODES = (METADATA_NAMESPACE, DATA_NAMESPACE)
DEFAULT_TYPE = "image/png"


class AvatarConversionService(Service):
    """Makes one of the picture in the vCard and the one that is published."""

    account_features = (NAMESPACE,)

    def __init__(self, hub: Hub, publisher: Publisher, presence: PresenceService) -> None:
        self._hub = hub
        self._publisher = publisher
        self._presence = presence

    # --- what others see (sections 3.1 and 4) -----------------------------------------------------------------------

    def showing(self, account: Account, presence: Presence) -> Presence:
        """Say which picture there is, or is no longer, unless the client says that it shows none."""
        if account.photo is None or says_none(presence):
            return presence
        photo = account.photo if presence.to is None or _is_public(account) else b""
        return presence.without(VCardUpdate).with_(VCardUpdate(photo=photo))

    def vcard_shown(self, account: Account, asking: JID | None, card: Element | None) -> Element | None:
        """Put the picture that is published into a vCard that has none, unless it would be too long to be sent."""
        if asking is None or (card is not None and card.find(PHOTO) is not None):
            return card
        nodes = [account.nodes.get(name) for name in NODES]
        if not all(node is not None and may_read(account, node, asking) for node in nodes):
            return card
        photo = _published(account)
        if photo is None:
            return card
        shown = VCardTemp().to_element() if card is None else card
        shown.children.append(photo.to_element())
        if len(to_text(shown)) <= self._hub.limits.answer_bytes:
            return shown
        shown.children.pop()
        return card

    # --- what the user publishes ------------------------------------------------------------------------------------

    def node_changed(self, account: Account, node: Node, now: float) -> None:
        if node.name not in NODES:
            return
        published = _published(account)
        if published is None and node.name == DATA_NAMESPACE and node.items:
            return  # the metadata come next
        if published is not None or _is_taken_back(account):
            _keep_without_photo(account)  # this counts now
        self._know(account, now)

    def vcard_changed(self, account: Account, now: float) -> None:
        photo = _stored(account)
        before = _published(account)
        if photo is None:
            if before is not None:
                self._publish(account, METADATA_NAMESPACE, AvatarMetadata(), "none", now)
        elif photo.data and (before is None or before.data != photo.data):
            id_ = avatar_id(photo.data)
            info = AvatarInfo(bytes=len(photo.data), id=id_, type=photo.type or DEFAULT_TYPE)
            for name, payload in (
                (DATA_NAMESPACE, AvatarData(data=photo.data)),
                (METADATA_NAMESPACE, AvatarMetadata(infos=[info])),
            ):
                self._publish(account, name, payload, id_, now)
        elif before is not None:
            _keep_without_photo(account)
        self._know(account, now)

    def _publish(self, account: Account, node: str, payload: Payload, id_: str, now: float) -> None:
        """Publish something in the user's name, for everybody, as a vCard is; where there is no room, it stays in the vCard."""
        item = StoredItem(id_, to_text(payload), self._hub.stamp(now))
        try:
            self._publisher.put(account, node, item, {"access_model": AccessModel.OPEN}, now)
        except RequestError:
            return

    def _know(self, account: Account, now: float) -> None:
        """Note which picture there is, and let presence say it."""
        photo = _stored(account) or _published(account)
        digest = b"" if photo is None or not photo.data else bytes.fromhex(avatar_id(photo.data))
        if digest or account.photo is not None:
            account.photo = digest
            self._presence.renew(account, now)


def says_none(presence: Presence) -> bool:
    """Whether a client says that it shows no picture: that is for it to say."""
    update = presence.find(VCardUpdate.element_names[0])
    photo = None if update is None else update.find((update.name[0], "photo"))
    return photo is not None and not photo.text.strip()


def _stored(account: Account) -> Photo | None:
    """The first picture that is in the vCard itself."""
    card = None if account.vcard is None else to_element(account.vcard)
    for element in () if card is None else card.find_all(PHOTO):
        try:
            photo = Photo.from_element(element)
        except PayloadError:
            continue
        if photo.data:
            return photo
    return None


def _keep_without_photo(account: Account) -> None:
    """Take the pictures out of the vCard that is kept."""
    card = None if account.vcard is None else to_element(account.vcard)
    if card is not None and card.find(PHOTO) is not None:
        card.children = [one for one in card.children if not (isinstance(one, Element) and one.name == PHOTO)]
        account.vcard = to_text(card) if card.children else None


def _published(account: Account) -> Photo | None:
    """The picture that is published, if it is the one that the metadata are about."""
    metadata, data = (account.nodes.get(name) for name in NODES)
    told = None if metadata is None else _read(metadata.last, AvatarMetadata)
    info = None if told is None else next((one for one in told.infos if one.url is None), None)
    if info is None or data is None:
        return None
    picture = _read(data.items.get(info.id), AvatarData)
    if picture is None or avatar_id(picture.data) != info.id:
        return None
    return Photo(type=info.type, data=picture.data)


def _is_taken_back(account: Account) -> bool:
    """Whether the user has published that there is no picture any more."""
    node = account.nodes.get(METADATA_NAMESPACE)
    told = None if node is None else _read(node.last, AvatarMetadata)
    return told is not None and not told.infos and not told.pointers


def _is_public(account: Account) -> bool:
    nodes = [node for name in NODES if (node := account.nodes.get(name)) is not None]
    return len(nodes) < len(NODES) or all(node.config.access_model is AccessModel.OPEN for node in nodes)


def _read(item: StoredItem | None, kind: type[P]) -> P | None:
    """What is in an item, if it can be read."""
    element = None if item is None else to_element(item.text)
    try:
        return None if element is None or element.name not in kind.element_names else kind.from_element(element)
    except PayloadError:
        return None
