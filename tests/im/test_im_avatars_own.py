"""What the own presence says about the own picture (XEP-0153), and what other clients of the account do about it."""

from __future__ import annotations

import hashlib

import pytest

from tests.im.service import answered
from tests.session.play import JULIET, Play
from xmppwire.im.own_avatar import OwnVCardAvatar
from xmppwire.jid import JID
from xmppwire.protocol.vcard_avatars import VCardUpdate
from xmppwire.protocol.vcard_temp import Photo, VCardTemp
from xmppwire.stanza import Presence
from xmppwire.xml import Element

PICTURE = b"a picture"
DIGEST = hashlib.sha1(PICTURE).digest()
PHONE = JID("juliet@capulet.lit/phone")
UPDATE = "vcard-temp:x:update"


def said(avatar: OwnVCardAvatar) -> bytes | None:
    """What presence announces."""
    update = avatar.annotate(Presence()).get(VCardUpdate)
    assert update is not None
    return update.photo


def other(photo: bytes | None, sender: JID = PHONE) -> Presence:
    return Presence(JULIET, sender=sender, payloads=[VCardUpdate(photo=photo)])


def announced() -> OwnVCardAvatar:
    avatar = OwnVCardAvatar()
    avatar.set(DIGEST.hex())
    return avatar


@pytest.mark.spec("XEP-0153", "4.1", "4.2")
def test_nothing_is_announced_before_the_vcard_was_seen() -> None:
    play = Play()
    avatar = OwnVCardAvatar()
    assert (avatar.known, said(avatar)) == (False, None)
    for photos, expected in (([Photo(data=PICTURE)], DIGEST), ([Photo(data=b"")], b""), ([], b"")):
        running = play.run(avatar.fetch())
        answered(play, VCardTemp(photos=photos))
        assert running.result() is None
        assert (avatar.known, said(avatar)) == (True, expected)
    avatar.set(None)
    assert said(avatar) == b""
    old = Presence(payloads=[VCardUpdate(photo=DIGEST)])
    assert avatar.annotate(old).get_all(VCardUpdate) == [VCardUpdate(photo=b"")]
    leaving = Presence(type="unavailable")
    assert avatar.annotate(leaving) is leaving


@pytest.mark.spec("XEP-0153", "4.3", "4.4")
@pytest.mark.parametrize("photo", [b"", hashlib.sha1(b"another").digest()])
def test_another_client_has_changed_it(photo: bytes) -> None:
    avatar = announced()
    assert avatar.feed(other(photo), JULIET)
    assert (avatar.known, said(avatar)) == (False, None)
    assert not avatar.feed(other(photo), JULIET)


@pytest.mark.spec("XEP-0153", "4.3")
@pytest.mark.parametrize("photo", [None, DIGEST])
def test_another_client_has_not(photo: bytes | None) -> None:
    avatar = announced()
    assert not avatar.feed(other(photo), JULIET)
    assert said(avatar) == DIGEST


@pytest.mark.spec("XEP-0153", "4.3")
def test_clients_that_change_it_without_a_word() -> None:
    avatar = announced()
    tablet = JID("juliet@capulet.lit/tablet")
    assert avatar.feed(Presence(JULIET, sender=PHONE), JULIET)
    assert said(avatar) is None
    assert not avatar.feed(Presence(JULIET, sender=tablet), JULIET)
    assert not avatar.feed(Presence(JULIET, sender=PHONE, type="unavailable"), JULIET)
    assert not avatar.feed(Presence(JULIET, sender=PHONE, type="unavailable"), JULIET)
    assert said(avatar) is None
    assert avatar.feed(other(None, tablet), JULIET)  # it was updated, and is the last one
    assert not avatar.known
    avatar.set(DIGEST.hex())
    assert said(avatar) == DIGEST


def test_what_others_say_is_about_them() -> None:
    avatar = announced()
    broken = Element((UPDATE, "x"), {}, [Element((UPDATE, "photo"), {}, ["no hash"])])
    for event in (
        other(b"", JID("romeo@montague.lit/orchard")),
        other(b"", JID("juliet@montague.lit/phone")),
        other(b"", JULIET),
        other(b"", JULIET.bare),
        Presence(payloads=[VCardUpdate(photo=b"")]),
        Presence(JULIET, sender=PHONE, type="error"),
        Presence(JULIET, sender=PHONE, payloads=[broken]),
        "something else",
    ):
        assert not avatar.feed(event, JULIET)
    assert said(avatar) == DIGEST


def test_a_flood_of_clients() -> None:
    avatar = announced()
    clients = [JID(f"juliet@capulet.lit/{number}") for number in range(200)]
    assert [avatar.feed(Presence(JULIET, sender=jid), JULIET) for jid in clients].count(True) == 1
    assert [avatar.feed(other(None, jid), JULIET) for jid in clients].count(True) == 1
