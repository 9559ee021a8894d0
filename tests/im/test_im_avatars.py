"""Pictures (XEP-0084, XEP-0153, XEP-0398): published, announced, fetched, and what of others is not taken."""

from __future__ import annotations

import base64

import pytest

from tests.im.service import answered, event, published, query, refused, retracted
from tests.session.play import JULIET, Play
from xmppwire.im.avatars import (
    AvatarError,
    AvatarPublished,
    Avatars,
    VCardAvatarAnnounced,
    announce,
    describe,
    disable_avatar,
    fetch_avatar,
    fetch_avatar_info,
    fetch_vcard_avatar,
    picture_type,
    publish_avatar,
    published_info,
    set_avatar,
)
from xmppwire.im.pep import PepSupport
from xmppwire.im.pubsub import RefusedEvent
from xmppwire.jid import JID
from xmppwire.operation import IqError
from xmppwire.protocol.disco import DiscoInfo
from xmppwire.protocol.muc_user import MucUser
from xmppwire.protocol.pubsub import Item, Items, Publish, Pubsub
from xmppwire.protocol.pubsub_event import EventConfiguration, EventItems, EventPurge
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
from xmppwire.stanza import ErrorCondition, Presence
from xmppwire.xml import Element

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
INFO = AvatarInfo(bytes=len(PNG), id=avatar_id(PNG), type="image/png", width=1, height=1)
ROMEO = JID("romeo@montague.lit")
CONVERTING = PepSupport(True, frozenset({"urn:xmpp:pep-vcard-conversion:0"}))


def metadata(*infos: AvatarInfo) -> AvatarMetadata:
    return AvatarMetadata(infos=list(infos))


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVE", None),
        (b"<svg/>", None),
        (b"", None),
    ],
)
def test_pictures_are_known_by_their_content(picture: bytes, expected: str | None) -> None:
    assert picture_type(picture) == expected


@pytest.mark.spec("XEP-0084", "4.2.1")
def test_a_png_is_described() -> None:
    assert describe(PNG) == INFO
    for wrong in (b"\xff\xd8\xff\xe0" * 9, PNG[:20], PNG[:12] + b"IDAT" + PNG[16:]):
        with pytest.raises(ValueError, match="has to be a PNG"):
            describe(wrong)
    with pytest.raises(ValueError, match="width or height"):
        describe(PNG[:16] + b"\0\0\0\0" + PNG[20:])


@pytest.mark.spec("XEP-0084", "3.1", "3.2", "3.5")
def test_a_picture_is_published_before_it_is_announced() -> None:
    play = Play()
    running = play.run(publish_avatar(PNG))
    iq = answered(play)
    assert query(iq) == Pubsub(
        action=Publish(node=DATA_NAMESPACE, items=[Item(id=INFO.id, payload=AvatarData(data=PNG))])
    )
    iq = answered(play)
    assert query(iq).action == Publish(node=METADATA_NAMESPACE, items=[Item(id=INFO.id, payload=metadata(INFO))])
    assert running.result() == INFO

    play.run(publish_avatar(PNG, access=AccessModel.OPEN))
    for _ in range(2):
        options = query(answered(play)).publish_options
        assert options is not None
        assert options.form is not None
        assert PublishOptionsForm.from_form(options.form) == PublishOptionsForm(access_model=AccessModel.OPEN)

    running = play.run(publish_avatar(PNG))
    refused(play, ErrorCondition.FORBIDDEN)
    with pytest.raises(IqError):
        running.result()
    assert play.server.take() == []  # nobody is told of a picture that is not there

    running = play.run(disable_avatar())
    assert query(answered(play)).action == Publish(
        node=METADATA_NAMESPACE, items=[Item(id="current", payload=AvatarMetadata())]
    )
    assert running.result() is None


@pytest.mark.spec("XEP-0398", "2", "5.1")
def test_the_server_puts_the_picture_into_the_vcard() -> None:
    play = Play()
    running = play.run(set_avatar(PNG, support=CONVERTING))
    answered(play)
    answered(play)
    assert running.result() is None
    assert play.server.take() == []


@pytest.mark.spec("XEP-0153", "3.1", "4.1", "4.5")
@pytest.mark.parametrize("pep", [False, True])
def test_where_the_server_does_not_the_client_does(pep: bool) -> None:
    play = Play()
    running = play.run(set_avatar(PNG, support=PepSupport(pep)))
    for _ in range(2 if pep else 0):
        answered(play)
    known = VCardTemp(full_name="Juliet Capulet", photos=[Photo(data=b"old")])
    assert answered(play, known).get(VCardTemp) == VCardTemp()
    assert answered(play).get(VCardTemp) == known.replace(photos=[Photo(type="image/png", data=PNG)])
    digest = running.result()
    assert digest == INFO.id
    presence = announce(Presence(), digest)
    assert presence.get(VCardUpdate) == VCardUpdate(photo=bytes.fromhex(INFO.id))
    assert announce(presence, None).get_all(VCardUpdate) == [VCardUpdate(photo=b"")]


def test_what_the_server_does_is_asked_first_and_only_pngs_are_published() -> None:
    play = Play()
    running = play.run(set_avatar(PNG))
    answered(play, DiscoInfo())
    answered(play)
    answered(play)
    assert running.result() == INFO.id
    with pytest.raises(ValueError, match="PNG"):
        next(set_avatar(b"GIF89a"))


@pytest.mark.spec("XEP-0084", "3.4", "7.2")
def test_a_picture_is_fetched() -> None:
    play = Play()
    web = INFO.replace(url="https://montague.lit/a.png")
    gif = INFO.replace(type="image/gif", id="0" * 40)
    running = play.run(fetch_avatar_info(ROMEO))
    iq = answered(play, Pubsub(action=Items(node=METADATA_NAMESPACE, items=[Item(payload=metadata(web, gif, INFO))])))
    assert (iq.to, query(iq).action) == (ROMEO, Items(node=METADATA_NAMESPACE, max_items=1))
    assert running.result() == INFO
    running = play.run(fetch_avatar(ROMEO, INFO))
    iq = answered(
        play, Pubsub(action=Items(node=DATA_NAMESPACE, items=[Item(id=INFO.id, payload=AvatarData(data=PNG))]))
    )
    assert (iq.to, query(iq).action) == (ROMEO, Items(node=DATA_NAMESPACE, items=[Item(id=INFO.id)]))
    assert running.result() == PNG
    with pytest.raises(ValueError, match="on the web"):
        next(fetch_avatar(ROMEO, web))


def test_there_may_be_no_picture() -> None:
    play = Play()
    for items in ([], [Item(payload=AvatarMetadata())], [Item(payload=AvatarData(data=PNG))]):
        running = play.run(fetch_avatar_info(ROMEO))
        answered(play, Pubsub(action=Items(node=METADATA_NAMESPACE, items=items)))
        assert running.result() is None
    running = play.run(fetch_avatar_info())
    refused(play, ErrorCondition.ITEM_NOT_FOUND)
    assert running.result() is None
    running = play.run(fetch_avatar_info(ROMEO))
    refused(play, ErrorCondition.FORBIDDEN)
    with pytest.raises(IqError):
        running.result()
    assert (
        published_info(metadata(INFO.replace(url="https://montague.lit/a.png"), INFO.replace(id="../../etc"))) is None
    )


@pytest.mark.parametrize(
    ("items", "limit", "fault"),
    [
        ([Item(id=INFO.id, payload=AvatarData(data=PNG + b"!"))], 1000, "another picture"),
        ([Item(id=INFO.id, payload=AvatarData(data=PNG * 20))], 1000, "more than 1000"),
        ([Item(id="other", payload=AvatarData(data=PNG))], 1000, "no picture"),
        ([Item(id=INFO.id, payload=AvatarData(data=b""))], 1000, "no picture"),
        ([Item(id=INFO.id, payload=metadata(INFO))], 1000, "no picture"),
        ([], 1000, "no picture"),
    ],
)
@pytest.mark.spec("XEP-0084", "3.4")
def test_a_picture_that_is_not_the_one_that_was_announced(items: list[Item], limit: int, fault: str) -> None:
    play = Play()
    running = play.run(fetch_avatar(ROMEO, INFO, limit=limit))
    answered(play, Pubsub(action=Items(node=DATA_NAMESPACE, items=items)))
    with pytest.raises(AvatarError, match=fault):
        running.result()


def test_a_picture_that_says_of_itself_to_be_large_is_not_fetched() -> None:
    play = Play()
    running = play.run(fetch_avatar(ROMEO, INFO.replace(bytes=10**9)))
    with pytest.raises(AvatarError, match="more than 131072"):
        running.result()
    assert play.server.take() == []


@pytest.mark.spec("XEP-0153", "3.2")
def test_the_picture_in_a_vcard() -> None:
    play = Play()
    occupant = JID("ball@rooms.capulet.lit/tybalt")
    running = play.run(fetch_vcard_avatar(occupant, INFO.id.upper()))
    iq = answered(play, VCardTemp(photos=[Photo(uri="https://montague.lit/a.png"), Photo(data=PNG)]))
    assert iq.to == occupant
    assert running.result() == PNG
    for photos, limit, fault in (
        ([], 1000, "no picture"),
        ([Photo(data=b"")], 1000, "no picture"),
        ([Photo(data=PNG)], 10, "more than 10"),
        ([Photo(data=PNG + b"!")], 1000, "another picture"),
    ):
        running = play.run(fetch_vcard_avatar(ROMEO, INFO.id, limit=limit))
        answered(play, VCardTemp(photos=photos))
        with pytest.raises(AvatarError, match=fault):
            running.result()
    running = play.run(fetch_vcard_avatar(None))
    answered(play, VCardTemp(photos=[Photo(data=PNG)]))
    assert running.result() == PNG


@pytest.mark.spec("XEP-0084", "3.3", "3.5")
def test_what_contacts_publish_is_told_once() -> None:
    play = Play()
    avatars = Avatars()
    play.say(
        published(METADATA_NAMESPACE, ROMEO, a=AvatarMetadata()),
        published(METADATA_NAMESPACE, ROMEO, a=metadata(INFO)),
        published(METADATA_NAMESPACE, ROMEO, a=metadata(INFO)),
        published(METADATA_NAMESPACE, ROMEO, a=AvatarMetadata()),
        published(METADATA_NAMESPACE, ROMEO, a=metadata(INFO)),
        retracted(METADATA_NAMESPACE, ROMEO, "a"),
        event(EventPurge(node=METADATA_NAMESPACE), ROMEO),
        event(EventConfiguration(node=METADATA_NAMESPACE), ROMEO),
    )
    changes = [one for happened in play.client.take() for one in avatars.feed(happened, JULIET)]
    there, gone = AvatarPublished(ROMEO, INFO, metadata(INFO)), AvatarPublished(ROMEO, None, AvatarMetadata())
    assert changes == [there, gone, there, gone]
    assert len(avatars) == 0


@pytest.mark.spec("XEP-0163", "4.3.1")
def test_pictures_that_somebody_else_publishes_in_the_name_of_a_contact() -> None:
    avatars = Avatars()
    full = JID("romeo@montague.lit/orchard")
    (refusal,) = avatars.feed(published(METADATA_NAMESPACE, full, a=metadata(INFO)), JULIET)
    assert refusal == RefusedEvent(full, METADATA_NAMESPACE, "a full JID does not speak for an account")
    broken = Element((METADATA_NAMESPACE, "metadata"), {}, [Element((METADATA_NAMESPACE, "info"))])
    assert avatars.feed(published(METADATA_NAMESPACE, ROMEO, a=broken), JULIET) == []
    assert avatars.feed(event(EventItems(node=METADATA_NAMESPACE), ROMEO), JULIET) == []
    assert len(avatars) == 0


@pytest.mark.spec("XEP-0153", "4.1")
def test_what_presence_announces() -> None:
    avatars = Avatars()
    digest = bytes.fromhex(INFO.id)
    full, room = JID("romeo@montague.lit/orchard"), "ball@rooms.capulet.lit"

    def said(sender: str | JID, photo: bytes | None, *more: MucUser, type: str | None = None) -> list[object]:
        presence = Presence(JULIET, sender=sender, type=type, payloads=[VCardUpdate(photo=photo), *more])
        return list(avatars.feed(presence, JULIET))

    assert said(full, None) == []
    assert said(full, b"") == []
    assert said(full, digest) == [VCardAvatarAnnounced(ROMEO, INFO.id)]
    assert said(full, digest) == []
    assert said("romeo@montague.lit/phone", digest) == []
    assert said(full, None) == []
    assert said(full, b"") == [VCardAvatarAnnounced(ROMEO, None)]
    assert said(f"{room}/tybalt", digest, MucUser()) == [VCardAvatarAnnounced(JID(f"{room}/tybalt"), INFO.id)]
    assert said(f"{room}/paris", digest, MucUser()) == [VCardAvatarAnnounced(JID(f"{room}/paris"), INFO.id)]
    assert said(full, digest, type="unavailable") == []
    assert said(full, digest[:10]) == []
    broken = Element(("vcard-temp:x:update", "x"), {}, [Element(("vcard-temp:x:update", "photo"), {}, ["no hash"])])
    assert avatars.feed(Presence(JULIET, sender=full, payloads=[broken]), JULIET) == []
    assert avatars.feed(Presence(JULIET, sender=full), JULIET) == []
    assert avatars.feed(Presence(payloads=[VCardUpdate(photo=digest)]), JULIET) == []
    assert avatars.feed("something else", JULIET) == []


def test_a_flood_of_pictures_is_forgotten() -> None:
    avatars = Avatars()
    update = VCardUpdate(photo=bytes.fromhex(INFO.id))
    for number in range(10_001):
        avatars.feed(Presence(JULIET, sender=JID(f"u{number}@montague.lit/x"), payloads=[update]), JULIET)
    assert len(avatars) == 10_000
