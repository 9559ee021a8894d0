"""Personal eventing of real servers, and what stands on it, over each adapter."""

from __future__ import annotations

import base64
import time
import uuid
from typing import Any

import pytest

from tests.interop.harness import Connect, account, play, until
from tests.interop.servers import Lab, Server
from xmppwire import Message, Presence
from xmppwire.im import avatars, displayed, nicknames
from xmppwire.im.avatars import (
    AvatarPublished,
    Avatars,
    announce,
    disable_avatar,
    fetch_avatar,
    fetch_avatar_info,
    fetch_vcard_avatar,
    set_avatar,
)
from xmppwire.im.caps import OwnCaps
from xmppwire.im.disco import OwnInfo
from xmppwire.im.displayed import DisplayedChanged, DisplayedStates, fetch_displayed, publish_displayed
from xmppwire.im.nicknames import NicknameChanged, Nicknames, fetch_nickname, publish_nickname
from xmppwire.im.pep import PepEvents, PepSupport, fetch_pep_support, publish_private, publish_public
from xmppwire.im.ping import ping
from xmppwire.im.pubsub import (
    ItemsPublished,
    PubsubIqError,
    delete_node,
    fetch_items,
    fetch_node_form,
    payload_of,
    subscribe,
)
from xmppwire.im.vcards import fetch_vcard, fetch_vcard4, publish_vcard4, set_vcard
from xmppwire.protocol.pubsub_forms import AccessModel, NodeConfig
from xmppwire.protocol.user_nickname import Nick
from xmppwire.protocol.vcard4 import NODE, VCard4
from xmppwire.protocol.vcard4_values import FormattedName
from xmppwire.protocol.vcard_avatars import VCardUpdate
from xmppwire.protocol.vcard_temp import NAMESPACE as VCARD_TEMP
from xmppwire.protocol.vcard_temp import VCardTemp

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


async def support_of(client: Any, server: Server) -> PepSupport:
    """What the account has; skips where there is no personal eventing."""
    support: PepSupport = await client.run(fetch_pep_support())
    if not support.available:
        pytest.skip(f"{server.name} has no personal eventing")
    return support


async def interested(client: Any, *features: str, publisher: Any = None) -> None:
    """Announce interests, and come back when the server knows them: it asks what the hash in presence stands for.

    `publisher` is another client of the account. ejabberd tells those whom a client of the account has seen, and takes any
    client for that: so it is there too, and sees this one.
    """
    own = OwnInfo(client.session.answers)
    own.add_features(*features)
    if publisher is not None:
        await publisher.send(Presence())
        await publisher.run(ping())
    await client.send(OwnCaps(own, "https://xmppwire.example").annotate(Presence()))
    for _ in range(3):  # before the second is answered we are asked, before the third our answer is there
        await client.run(ping())
    if publisher is not None:
        await until(publisher, Presence, lambda presence: presence.sender == client.jid)


async def told(client: Any, tracker: Any) -> Any:
    """The next change that a tracker tells of."""
    while True:
        changes = tracker.feed(await until(client, Message), client.jid)
        if changes:
            (change,) = changes
            return change


def fresh() -> str:
    return f"urn:example:{uuid.uuid4().hex}"


@pytest.mark.spec("XEP-0163", "3", "4.2", "4.3.1")
@pytest.mark.spec("XEP-0223", "3")
def test_what_is_private_reaches_the_own_clients_alone(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "alice")) as tablet,
            connect(**account(lab, im_server, "bob")) as bob,
        ):
            support = await support_of(alice, im_server)
            if not support.publish_options:
                pytest.skip(f"{im_server.name} does not offer publish-options")
            node = fresh()
            events = PepEvents(own=[node])
            await interested(tablet, *events.features, publisher=alice)
            await alice.run(publish_private(node, Nick(name="mine"), support=support))
            happened = await told(tablet, events)
            assert isinstance(happened, ItemsPublished)
            assert (happened.service, happened.node) == (alice.jid.bare, node)
            assert payload_of(happened.items[0], Nick) == Nick(name="mine")
            with pytest.raises(PubsubIqError):
                await bob.run(fetch_items(node, service=alice.jid.bare))
            await alice.run(delete_node(node))

    play(adapter, scenario)


@pytest.mark.spec("XEP-0222", "3")
@pytest.mark.spec("XEP-0060", "6.1", "7.1.5")
def test_what_is_public_is_for_everybody_until_it_is_closed(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "bob")) as bob,
            connect(**account(lab, im_server, "carol")) as carol,
        ):
            support = await support_of(alice, im_server)
            node = fresh()
            events = PepEvents(contacts=[node])
            await alice.run(publish_public(node, Nick(name="first")))
            (item,) = await bob.run(fetch_items(node, service=alice.jid.bare))
            assert payload_of(item, Nick) == Nick(name="first")
            await interested(bob, *events.features)  # some tell only those who are there
            await bob.run(subscribe(node, bob.jid, service=alice.jid.bare))
            await alice.run(publish_public(node, Nick(name="second")))
            while True:  # a server may send what was published last first
                happened = await told(bob, events)
                assert isinstance(happened, ItemsPublished)
                assert happened.service == alice.jid.bare
                if payload_of(happened.items[0], Nick) == Nick(name="second"):
                    break
            await alice.run(publish_private(node, Nick(name="third"), support=support))
            form = await alice.run(fetch_node_form(node))
            assert NodeConfig.from_form(form).access_model is AccessModel.WHITELIST
            (item,) = await alice.run(fetch_items(node))
            assert payload_of(item, Nick) == Nick(name="third")
            with pytest.raises(PubsubIqError):
                await carol.run(fetch_items(node, service=alice.jid.bare))
            await alice.run(delete_node(node))

    play(adapter, scenario)


@pytest.mark.spec("XEP-0084", "3.1", "3.2", "3.3", "3.4", "3.5")
@pytest.mark.spec("XEP-0153", "3.1", "3.2")
@pytest.mark.spec("XEP-0398", "2", "3.1")
def test_a_picture(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "alice")) as tablet,
        ):
            support = await support_of(alice, im_server)
            picture = PNG + uuid.uuid4().bytes  # behind its end, where nobody looks: another one each time
            await interested(tablet, avatars.NOTIFY_FEATURE, publisher=alice)
            digest = await alice.run(set_avatar(picture, support=support))
            tracker = Avatars()
            while True:  # the picture before comes first
                change = await told(tablet, tracker)
                assert isinstance(change, AvatarPublished)
                if change.info is not None and change.info.id == avatars.describe(picture).id:
                    break
            assert change.jid == alice.jid.bare
            assert await tablet.run(fetch_avatar_info()) == change.info
            assert await tablet.run(fetch_avatar(None, change.info)) == picture
            assert await tablet.run(fetch_vcard_avatar(None, change.info.id)) == picture
            await alice.send(Presence() if support.converts_avatars else announce(Presence(), digest))
            shown = VCardUpdate(photo=bytes.fromhex(change.info.id))
            await until(tablet, Presence, lambda one: one.sender == alice.jid and one.get(VCardUpdate) == shown)
            await alice.run(disable_avatar())
            change = await told(tablet, tracker)
            assert isinstance(change, AvatarPublished)
            assert change.info is None

    play(adapter, scenario)


@pytest.mark.spec("XEP-0054", "3.1", "3.2", "3.3")
@pytest.mark.spec("XEP-0292", "4.1.1", "4.1.2")
def test_vcards(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "bob")) as bob,
        ):
            name = f"Alice {uuid.uuid4().hex}"
            support = await support_of(alice, im_server)
            await alice.run(publish_vcard4(VCard4(formatted_names=[FormattedName(text=name)])))
            found = await bob.run(fetch_vcard4(alice.jid.bare))
            assert found is not None
            assert found.formatted_names[0].text == name
            await alice.run(delete_node(NODE))
            assert await alice.run(fetch_vcard4()) is None
            if VCARD_TEMP not in {*support.features, *(await alice.run(fetch_pep_support(im_server.domain))).features}:
                pytest.skip(f"{im_server.name} has no old vCards")
            before = await alice.run(fetch_vcard())
            await alice.run(set_vcard(before.replace(full_name=name)))
            assert (await alice.run(fetch_vcard())).full_name == name
            assert (await bob.run(fetch_vcard(alice.jid.bare))).full_name == name
            await alice.run(set_vcard(VCardTemp()))

    play(adapter, scenario)


@pytest.mark.spec("XEP-0172", "4.3")
def test_nicknames(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "alice")) as tablet,
        ):
            await support_of(alice, im_server)
            tracker, name = Nicknames(), uuid.uuid4().hex
            await interested(tablet, nicknames.NOTIFY_FEATURE, publisher=alice)
            await alice.run(publish_nickname(name))
            while await told(tablet, tracker) != NicknameChanged(alice.jid.bare, name):
                pass
            assert await tablet.run(fetch_nickname()) == name
            await alice.run(publish_nickname(""))
            assert await told(tablet, tracker) == NicknameChanged(alice.jid.bare, None)
            assert await tablet.run(fetch_nickname()) is None

    play(adapter, scenario)


@pytest.mark.spec("XEP-0490", "4.2", "4.3", "4.4")
def test_what_was_displayed(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "alice")) as tablet,
            connect(**account(lab, im_server, "bob")) as bob,
        ):
            support = await support_of(alice, im_server)
            if not support.publish_options:
                pytest.skip(f"{im_server.name} does not offer publish-options")
            began = time.time_ns()
            chat, own, ids = bob.jid.bare, alice.jid.bare, [f"{began + number}" for number in range(2)]
            tracker = DisplayedStates(lambda _, known_as: int(known_as) if known_as in ids else None)
            await interested(tablet, displayed.NOTIFY_FEATURE, publisher=alice)
            for id_ in ids:
                await alice.run(publish_displayed(chat, id_, own, support=support))
                assert await told(tablet, tracker) == DisplayedChanged(chat, id_)
            await alice.run(publish_displayed(chat, ids[0], own, support=support))
            await tablet.run(ping())
            assert tracker.get(chat) == ids[1]
            later = DisplayedStates(lambda _, known_as: int(known_as) if known_as in ids else None)
            assert later.load(await tablet.run(fetch_displayed()), tablet.jid) == [DisplayedChanged(chat, ids[0])]

    play(adapter, scenario)
