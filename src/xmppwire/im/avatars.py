"""Pictures of people: published (XEP-0084), or in the vCard with a hash in presence (XEP-0153).

    digest = await client.run(set_avatar(png))             # None, or what presence has to announce: see `announce`
    avatars = Avatars()
    async for event in client:
        for change in avatars.feed(event, client.jid):
            match change:
                case AvatarPublished(jid=jid, info=AvatarInfo() as info): picture = await client.run(fetch_avatar(jid, info))
                case VCardAvatarAnnounced(jid=jid, digest=str()): picture = await client.run(fetch_vcard_avatar(jid))

Look for a picture with that id or digest in a cache first (both are its SHA-1). Announce `NOTIFY_FEATURE`, so that contacts'
pictures come. What is fetched was checked against its id and its size; what it shows is anybody's choice, and so is what a
decoder has to cope with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from ..jid import JID
from ..operation import IqError, Operation, OperationError
from ..payload import PayloadError
from ..protocol.muc_user import MucUser
from ..protocol.pep import notify_feature
from ..protocol.pubsub_forms import AccessModel, PublishOptionsForm
from ..protocol.user_avatar import (
    DATA_NAMESPACE,
    METADATA_NAMESPACE,
    AvatarData,
    AvatarInfo,
    AvatarMetadata,
    avatar_id,
)
from ..protocol.vcard_avatars import VCardUpdate
from ..protocol.vcard_temp import Photo
from ..stanza import Presence
from .pep import PepEvents, PepSupport, fetch_pep_support, has_nothing
from .pubsub.events import ItemsPublished, ItemsRetracted, NodeDeleted, NodePurged, RefusedEvent
from .pubsub.items import fetch_item, fetch_items, payload_of, publish
from .vcards import fetch_vcard, set_vcard

NOTIFY_FEATURE = notify_feature(METADATA_NAMESPACE)
"""Who announces it is told of changes."""
LIMIT = 128 * 1024
"""Larger pictures, in bytes, are not fetched unless that is wanted. In vCards they should be below 8 KiB, and often are not."""
PNG = "image/png"
_PNG_BEGIN = b"\x89PNG\r\n\x1a\n"
_TYPES = ((_PNG_BEGIN, PNG), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))
_DIGEST = re.compile("[0-9a-fA-F]{40}")
_MAXIMUM = 10_000
"""So many people are known at most; of more, those that did not change for the longest time are forgotten."""
_EVENTS = PepEvents(contacts=[METADATA_NAMESPACE])


class AvatarError(OperationError):
    """A picture is not there, too large, or not the one that was announced."""


@dataclass(frozen=True, slots=True)
class AvatarPublished:
    """An account published another picture; `info` is None where it has none any more, or none that can be fetched from it.
    `metadata` has all forms of it."""

    jid: JID
    info: AvatarInfo | None
    metadata: AvatarMetadata


@dataclass(frozen=True, slots=True)
class VCardAvatarAnnounced:
    """Presence announces another picture in the vCard of `jid`, an account or an occupant of a room: `digest` is its SHA-1 in
    hexadecimal, None where there is none."""

    jid: JID
    digest: str | None


Change: TypeAlias = AvatarPublished | VCardAvatarAnnounced | RefusedEvent


def picture_type(picture: bytes) -> str | None:
    """The media type of a picture by its first bytes; None for another than PNG, JPEG, GIF or WebP."""
    if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
        return "image/webp"
    return next((type_ for begin, type_ in _TYPES if picture.startswith(begin)), None)


def describe(picture: bytes) -> AvatarInfo:
    """The metadata of a PNG. Raises ValueError for anything else: everybody has to be able to show it (section 4.2.1)."""
    if picture_type(picture) != PNG or picture[12:16] != b"IHDR" or len(picture) < 24:
        raise ValueError("an avatar has to be a PNG")
    width, height = (int.from_bytes(picture[begin : begin + 4], "big") for begin in (16, 20))
    if not (0 < width <= 65535 and 0 < height <= 65535):
        raise ValueError("no width or height that an avatar can have")
    return AvatarInfo(bytes=len(picture), id=avatar_id(picture), type=PNG, width=width, height=height)


def publish_avatar(
    picture: bytes, *, access: AccessModel | None = None, timeout: float | None = None
) -> Operation[AvatarInfo]:
    """Publish a PNG, and then what there is to know about it (sections 3.1 and 3.2). `access` is who may see both; None leaves
    it to the server, as a rule to the contacts. Raises what `publish` raises, and ValueError for no PNG."""
    info = describe(picture)
    options = None if access is None else PublishOptionsForm(access_model=access)
    for node, payload in (
        (DATA_NAMESPACE, AvatarData(data=picture)),
        (METADATA_NAMESPACE, AvatarMetadata(infos=[info])),
    ):
        yield from publish(node, payload, id=info.id, options=options, reconfigure=True, timeout=timeout)
    return info


def disable_avatar(timeout: float | None = None) -> Operation[None]:
    """Publish that there is no picture (section 3.5). Raises what `publish` raises."""
    yield from publish(METADATA_NAMESPACE, AvatarMetadata(), id="current", timeout=timeout)


def set_avatar(
    picture: bytes,
    *,
    access: AccessModel | None = None,
    support: PepSupport | None = None,
    timeout: float | None = None,
) -> Operation[str | None]:
    """Publish a PNG in each way that others may look for it. Returns the digest that presence has to announce (`announce`);
    None where the server does that itself (XEP-0398), and keeps the vCard too.

    `support` is what `fetch_pep_support` found out; without it, that is asked first. Raises what `publish_avatar`,
    `fetch_vcard` and `set_vcard` raise.
    """
    info = describe(picture)
    if support is None:
        support = yield from fetch_pep_support()
    if support.available:
        yield from publish_avatar(picture, access=access, timeout=timeout)
        if support.converts_avatars:
            return None
    vcard = yield from fetch_vcard(timeout=timeout)
    yield from set_vcard(vcard.replace(photos=[Photo(type=info.type, data=picture)]), timeout)
    return info.id


def announce(presence: Presence, digest: str | None) -> Presence:
    """A copy of a presence that says which picture is in the own vCard; with None, that there is none (XEP-0153 section
    4.1)."""
    return presence.without(VCardUpdate).with_(VCardUpdate(photo=bytes.fromhex(digest or "")))


def fetch_avatar_info(
    jid: JID | str | None = None, *, type: str = PNG, timeout: float | None = None
) -> Operation[AvatarInfo | None]:
    """What an account (None: the own one) says about its picture, best one of that media type; None where there is none to
    fetch from it. Raises what `fetch_items` raises."""
    try:
        items = yield from fetch_items(METADATA_NAMESPACE, newest=1, service=jid, timeout=timeout)
    except IqError as error:
        if not has_nothing(error):
            raise
        return None
    metadata = payload_of(items[0], AvatarMetadata) if items else None
    return None if metadata is None else published_info(metadata, type)


def published_info(metadata: AvatarMetadata, type: str = PNG) -> AvatarInfo | None:
    """The form of a picture that is published beside its metadata, and not elsewhere on the web: that of this media type, else
    the first one."""
    here = [info for info in metadata.infos if info.url is None and _DIGEST.fullmatch(info.id)]
    return next((info for info in here if info.type == type), here[0] if here else None)


def fetch_avatar(
    jid: JID | str | None, info: AvatarInfo, *, limit: int = LIMIT, timeout: float | None = None
) -> Operation[bytes]:
    """Fetch the picture of an account (None: the own one) that `info` is about (section 3.4).

    Raises AvatarError for one of more than `limit` bytes, and for another than the metadata says; ValueError for one that is
    on the web, to be fetched from `info.url`; and what `fetch_item` raises.
    """
    if info.url is not None:
        raise ValueError("the picture is on the web")
    if info.bytes > limit:
        raise AvatarError(f"the picture has {info.bytes} bytes, more than {limit}")
    item = yield from fetch_item(DATA_NAMESPACE, info.id, service=jid, timeout=timeout)
    data = None if item is None else payload_of(item, AvatarData)
    return _checked(None if data is None else data.data, info.id, limit)


def fetch_vcard_avatar(
    jid: JID | str | None, digest: str | None = None, *, limit: int = LIMIT, timeout: float | None = None
) -> Operation[bytes]:
    """Fetch the picture in the vCard of an account or an occupant (XEP-0153 section 3.2). `digest` is what presence announced.

    Raises AvatarError for one of more than `limit` bytes, for another than was announced, and where there is none; and what
    `fetch_vcard` raises.
    """
    vcard = yield from fetch_vcard(jid, timeout)
    picture = next((photo.data for photo in vcard.photos if photo.data), None)
    return _checked(picture, digest, limit)


def _checked(picture: bytes | None, digest: str | None, limit: int) -> bytes:
    if not picture:
        raise AvatarError("there is no picture")
    if len(picture) > limit:
        raise AvatarError(f"the picture has {len(picture)} bytes, more than {limit}")
    if digest is not None and avatar_id(picture) != digest.lower():
        raise AvatarError("it is another picture than was announced")
    return picture


def _keep(known: dict[JID, str], jid: JID, digest: str) -> bool:
    """Remember a digest (empty: there is no picture) as the newest, and forget the oldest. Whether it is another one."""
    before = known.pop(jid, "")
    if digest:
        known[jid] = digest
        if len(known) > _MAXIMUM:
            del known[next(iter(known))]
    return digest != before


class Avatars:
    """Which pictures people have, by what accounts published and by what presence says.

    Presence of a contact is about the account, that of an occupant of a room about the occupant.
    """

    def __init__(self) -> None:
        self._published: dict[JID, str] = {}
        self._announced: dict[JID, str] = {}

    def __len__(self) -> int:
        return len(self._published) + len(self._announced)

    def feed(self, event: object, own: JID) -> list[Change]:
        """Take an event of the client with the full JID `own`, and say what it changed."""
        if isinstance(event, Presence):
            return list(self._presence(event))
        changes: list[Change] = []
        for one in _EVENTS.feed(event, own):
            match one:
                case RefusedEvent():
                    changes.append(one)
                case ItemsPublished(service=jid, items=items):
                    metadata = payload_of(items[-1], AvatarMetadata)
                    if metadata is not None:
                        changes += self._publish(jid, metadata)
                case ItemsRetracted(service=jid) | NodePurged(service=jid) | NodeDeleted(service=jid):
                    changes += self._publish(jid, AvatarMetadata())
                case _:
                    pass
        return changes

    def _publish(self, jid: JID, metadata: AvatarMetadata) -> list[AvatarPublished]:
        info = published_info(metadata)
        if not _keep(self._published, jid, "" if info is None else info.id):
            return []
        return [AvatarPublished(jid, info, metadata)]

    def _presence(self, presence: Presence) -> list[VCardAvatarAnnounced]:
        if presence.sender is None or not presence.is_available:
            return []
        try:
            update = presence.get(VCardUpdate)
            occupant = presence.get(MucUser) is not None
        except PayloadError:
            return []
        if update is None or update.photo is None or len(update.photo) not in (0, 20):
            return []
        jid = presence.sender if occupant else presence.sender.bare
        digest = update.photo.hex()
        return [VCardAvatarAnnounced(jid, digest or None)] if _keep(self._announced, jid, digest) else []
