"""One picture in both places (XEP-0398), and what presence says of it (XEP-0153), at the local server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localserver.town import Client, Town
from xmppwire.im.avatars import (
    describe,
    disable_avatar,
    fetch_avatar,
    fetch_avatar_info,
    fetch_vcard_avatar,
    set_avatar,
)
from xmppwire.im.pep import fetch_pep_support
from xmppwire.im.pubsub import change_node, delete_node, fetch_items, publish, purge, retract
from xmppwire.im.vcards import fetch_vcard, set_vcard
from xmppwire.jid import JID
from xmppwire.localserver import LocalLimits
from xmppwire.operation import IqError
from xmppwire.protocol.muc import MucJoin
from xmppwire.protocol.pubsub_forms import AccessModel, PublishOptionsForm
from xmppwire.protocol.user_avatar import (
    DATA_NAMESPACE,
    METADATA_NAMESPACE,
    AvatarData,
    AvatarInfo,
    AvatarMetadata,
    avatar_id,
)
from xmppwire.protocol.vcard_avatars import VCardUpdate
from xmppwire.protocol.vcard_temp import Photo, VCardTemp
from xmppwire.stanza import Iq, Presence
from xmppwire.stream.management import StreamManagement
from xmppwire.xml import Element

JULIET, ROMEO = "juliet@capulet.lit", "romeo@capulet.lit"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d494844520000000100000001080600000037")
OTHER = PNG + b"other"
OPEN = PublishOptionsForm(access_model=AccessModel.OPEN)


def friends(**keywords: Any) -> tuple[Town, Client, Client]:
    town = Town(**keywords)
    town.befriend(JULIET, ROMEO)
    juliet, romeo = town.login(f"{JULIET}/balcony"), town.login(f"{ROMEO}/orchard")
    romeo.heard()
    return town, juliet, romeo


def card(picture: bytes | None, type_: str | None = "image/gif") -> VCardTemp:
    return VCardTemp(full_name="Juliet", photos=[] if picture is None else [Photo(type=type_, data=picture)])


def shown(client: Client) -> list[bytes | None]:
    """What the presence that a client has got says of the picture; None for nothing."""
    seen = [stanza for stanza in client.heard() if isinstance(stanza, Presence)]
    return [None if update is None else update.photo for update in (one.get(VCardUpdate) for one in seen)]


def digest(picture: bytes) -> bytes:
    return bytes.fromhex(avatar_id(picture))


def put(client: Client, picture: bytes, options: PublishOptionsForm | None = OPEN, id_: str | None = None) -> None:
    """Publish a picture as XEP-0084 has it."""
    info = AvatarInfo(bytes=len(picture), id=id_ or avatar_id(picture), type="image/png")
    client.run(publish(DATA_NAMESPACE, AvatarData(data=picture), id=info.id, options=options))
    client.run(publish(METADATA_NAMESPACE, AvatarMetadata(infos=[info]), id=info.id, options=options))


# --- from the nodes to the vCard ------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0398", "2", "3.1")
def test_what_is_published_gets_into_the_vcard() -> None:
    _, juliet, romeo = friends()
    support = juliet.run(fetch_pep_support())
    assert support.converts_avatars
    juliet.run(set_vcard(card(None)))
    juliet.run(set_avatar(PNG, support=support))
    (photo,) = romeo.run(fetch_vcard(JULIET)).photos
    assert (photo.data, photo.type) == (PNG, "image/png")
    assert romeo.run(fetch_vcard(JULIET)).full_name == "Juliet"
    juliet.run(set_avatar(OTHER, support=support))
    (photo,) = romeo.run(fetch_vcard(JULIET)).photos
    assert photo.data == OTHER
    juliet.run(disable_avatar())
    assert romeo.run(fetch_vcard(JULIET)) == card(None)


@pytest.mark.spec("XEP-0398", "3.1")
def test_a_vcard_that_is_only_a_picture_is_kept_once() -> None:
    town, juliet, _ = friends()
    juliet.run(set_vcard(VCardTemp(photos=[Photo(type="image/png", data=PNG)])))
    account = town.server.hub.accounts.get(JID(JULIET))
    assert account is not None
    assert account.vcard is None
    assert juliet.run(fetch_vcard()).photos == [Photo(type="image/png", data=PNG)]
    juliet.run(set_vcard(juliet.run(fetch_vcard()).replace(full_name="Juliet")))
    assert account.vcard is not None
    assert "PHOTO" not in account.vcard


@pytest.mark.spec("XEP-0398", "3.1", "6.2", "8")
def test_the_vcard_shows_the_picture_to_those_who_may_see_it() -> None:
    town, juliet, romeo = friends()
    nurse = town.login("nurse@capulet.lit/house")

    def seen() -> list[bool]:
        return [client.run(fetch_vcard(JULIET)).photos != [] for client in (juliet, romeo, nurse)]

    put(juliet, PNG, None)
    assert seen() == [True, True, False]
    assert shown(romeo) == [digest(PNG)]
    juliet.say(Presence(nurse.jid))
    assert shown(nurse) == [b""]  # the hash would tell whose picture it is
    juliet.run(change_node(METADATA_NAMESPACE, access_model=AccessModel.OPEN))
    assert seen() == [True, True, False]
    juliet.run(change_node(DATA_NAMESPACE, access_model=AccessModel.OPEN))
    assert seen() == [True, True, True]
    juliet.run(change_node(DATA_NAMESPACE, access_model=AccessModel.WHITELIST))
    assert seen() == [True, False, False]


@pytest.mark.spec("XEP-0398", "3.1")
def test_a_picture_in_the_vcard_gives_way_to_one_that_is_published_later() -> None:
    """It was only there since there was no room for nodes."""
    _, juliet, romeo = friends(limits=LocalLimits(node_bytes=500))
    large = PNG + bytes(600)
    juliet.run(set_vcard(card(large)))
    assert [photo.data for photo in romeo.run(fetch_vcard(JULIET)).photos] == [large]
    put(juliet, PNG)
    assert [photo.data for photo in romeo.run(fetch_vcard(JULIET)).photos] == [PNG]
    juliet.run(set_vcard(card(large)))
    juliet.run(disable_avatar())
    assert romeo.run(fetch_vcard(JULIET)) == card(None)
    assert shown(romeo) == [digest(large), digest(PNG), digest(large), b""]


@pytest.mark.spec("XEP-0398", "3.1")
@pytest.mark.parametrize(
    "metadata",
    [
        AvatarMetadata(infos=[AvatarInfo(bytes=5, id=avatar_id(b"x"), type="image/png")]),  # not there
        AvatarMetadata(infos=[AvatarInfo(bytes=5, id="made-up", type="image/png")]),  # not its SHA-1
        AvatarMetadata(infos=[AvatarInfo(bytes=5, id=avatar_id(OTHER), type="image/png", url="https://x.lit/a")]),
        Element((METADATA_NAMESPACE, "metadata"), {}, [Element((METADATA_NAMESPACE, "info"), {"bytes": "x"})]),
        Element(("urn:example:other", "metadata")),
    ],
)
def test_metadata_that_lead_nowhere_are_of_no_picture(metadata: Any) -> None:
    _, juliet, romeo = friends()
    put(juliet, PNG)
    juliet.run(change_node(DATA_NAMESPACE, max_items=5))
    for id_ in ("made-up", avatar_id(OTHER)):
        juliet.run(publish(DATA_NAMESPACE, AvatarData(data=OTHER), id=id_))
    juliet.run(publish(METADATA_NAMESPACE, metadata, id="x"))
    assert romeo.run(fetch_vcard(JULIET)).photos == []
    assert shown(romeo) == [digest(PNG), b""]


@pytest.mark.parametrize("how", ["purge", "delete", "retract", "empty"])
def test_however_the_picture_is_taken_back(how: str) -> None:
    _, juliet, romeo = friends()
    put(juliet, PNG)
    assert shown(romeo) == [digest(PNG)]
    match how:
        case "purge":
            juliet.run(purge(METADATA_NAMESPACE))
        case "delete":
            juliet.run(delete_node(METADATA_NAMESPACE))
        case "retract":
            juliet.run(retract(METADATA_NAMESPACE, avatar_id(PNG)))
        case _:
            juliet.run(publish(METADATA_NAMESPACE, AvatarMetadata(), id="x"))
    assert shown(romeo) == [b""]
    assert romeo.run(fetch_vcard(JULIET)) == VCardTemp()


@pytest.mark.parametrize(("size", "taken"), [(100_000, True), (150_000, False)])
def test_a_vcard_never_gets_longer_than_a_stanza(size: int, taken: bool) -> None:
    _, juliet, romeo = friends()
    juliet.run(set_vcard(VCardTemp(notes=["x" * 60_000])))
    picture = bytes(size * 3 // 4)
    put(juliet, picture)
    assert (len(romeo.run(fetch_vcard(JULIET)).photos) == 1) is taken
    assert shown(romeo) == [digest(picture)]


# --- from the vCard to the nodes ------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0398", "3.2")
def test_what_is_in_the_vcard_is_published() -> None:
    town, juliet, romeo = friends()
    juliet.run(set_vcard(card(PNG)))
    info = romeo.run(fetch_avatar_info(JULIET))
    assert info == AvatarInfo(bytes=len(PNG), id=avatar_id(PNG), type="image/gif")
    assert info is not None
    nurse = town.login("nurse@capulet.lit/house")
    assert nurse.run(fetch_avatar(JULIET, info)) == PNG  # everybody may see a vCard
    assert romeo.run(fetch_vcard_avatar(JULIET, info.id)) == PNG
    before = len(romeo.run(fetch_items(METADATA_NAMESPACE, service=JULIET)))
    juliet.run(set_vcard(card(PNG).replace(full_name="J")))  # the same picture is not published again
    assert len(romeo.run(fetch_items(METADATA_NAMESPACE, service=JULIET))) == before
    juliet.run(set_vcard(card(None)))
    assert romeo.run(fetch_avatar_info(JULIET)) is None
    juliet.run(set_vcard(card(OTHER, None)))
    info = romeo.run(fetch_avatar_info(JULIET))
    assert info is not None
    assert (info.id, info.type) == (describe(OTHER).id, "image/png")


def test_a_picture_elsewhere_is_none_and_what_cannot_be_read_is_left_alone() -> None:
    _, juliet, romeo = friends()
    bad = Element(("vcard-temp", "PHOTO"), {}, [Element(("vcard-temp", "BINVAL"), {}, ["!!!"])])
    juliet.ask(Iq("set", payload=Element(("vcard-temp", "vCard"), {}, [bad])))
    juliet.run(set_vcard(VCardTemp(photos=[Photo(uri="https://capulet.lit/a.png")])))
    with pytest.raises(IqError):
        juliet.run(fetch_items(METADATA_NAMESPACE))
    assert shown(romeo) == []


@pytest.mark.parametrize(("most", "published"), [(1, False), (2, True)])
def test_without_room_for_nodes_it_is_in_the_vcard_alone(most: int, published: bool) -> None:
    _, juliet, romeo = friends(limits=LocalLimits(nodes=most))
    juliet.run(set_vcard(card(PNG)))
    assert (romeo.run(fetch_avatar_info(JULIET)) is not None) is published
    assert romeo.run(fetch_vcard(JULIET)).photos != []
    assert shown(romeo) == [digest(PNG)]


# --- presence -------------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0153", "4.1")
@pytest.mark.spec("XEP-0398", "4")
@pytest.mark.parametrize(
    ("said", "told"),
    [
        ([], digest(PNG)),
        ([VCardUpdate()], digest(PNG)),
        ([VCardUpdate(photo=digest(OTHER))], digest(PNG)),
        ([VCardUpdate(photo=b"")], b""),
    ],
)
def test_presence_says_which_picture_there_is(said: list[Any], told: bytes) -> None:
    town, juliet, romeo = friends()
    put(juliet, PNG)
    nurse = town.login("nurse@capulet.lit/house")
    shown(romeo)
    juliet.say(Presence(payloads=said), Presence(nurse.jid, payloads=said))
    assert (shown(romeo), shown(nurse)) == ([told], [told])
    romeo.say(Presence(type="unavailable"))
    romeo.heard()
    romeo.say(Presence())
    assert told in shown(romeo)  # whoever comes later hears the same
    juliet.say(Presence(type="unavailable", payloads=said))
    assert shown(romeo) == [said[0].photo if said else None]


def test_presence_without_a_picture_is_left_as_it_is() -> None:
    _, juliet, romeo = friends()
    for payloads, told in (([], None), ([VCardUpdate(photo=digest(OTHER))], digest(OTHER))):
        juliet.say(Presence(payloads=[*payloads]))
        assert shown(romeo) == [told]


@pytest.mark.spec("XEP-0398", "4")
def test_rooms_are_told_too() -> None:
    town, juliet, romeo = friends()
    put(juliet, PNG)
    shown(romeo)
    room = "cave@conference.capulet.lit"
    juliet.say(Presence(f"{room}/j", payloads=[MucJoin()]))
    (seen,) = [one for one in juliet.heard() if isinstance(one, Presence) and one.sender == JID(f"{room}/j")]
    update = seen.get(VCardUpdate)
    assert update == VCardUpdate(photo=digest(PNG))
    assert town.server.hub.rooms is not None


def test_those_who_are_there_are_told_of_another_picture_unless_a_client_shows_none() -> None:
    town, juliet, romeo = friends()
    tablet = town.login(f"{JULIET}/tablet")
    tablet.say(Presence(payloads=[VCardUpdate(photo=b"")]))
    shown(romeo)
    put(juliet, PNG)
    assert shown(romeo) == [digest(PNG)]
    put(juliet, OTHER)
    assert shown(romeo) == [digest(OTHER)]
    juliet.run(set_vcard(card(None)))
    assert shown(romeo) == [b""]
    put(juliet, PNG)
    assert shown(romeo) == [digest(PNG)]


def test_a_client_that_resumes_has_said_the_same() -> None:
    town, juliet, romeo = friends()
    nurse = town.login(f"{JULIET}/train", management=StreamManagement())
    nurse.wire.cut_off()
    town.world.settle()
    shown(romeo)
    put(juliet, PNG)
    assert shown(romeo) == [digest(PNG)] * 2
