"""Service discovery and capabilities (XEP-0030, XEP-0115, XEP-0390) with real servers, over each adapter."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.interop.harness import Connect, account, answering, play, until
from tests.interop.servers import Lab, Server
from xmppwire import JID, Message, Presence
from xmppwire.im.about import fetch_version
from xmppwire.im.caps import CapsCache, OwnCaps
from xmppwire.im.disco import OwnInfo, fetch_info, fetch_items, fetch_items_page, fetch_services, find_services
from xmppwire.im.ping import ping
from xmppwire.im.rooms import accept_defaults
from xmppwire.operation import IqError
from xmppwire.protocol.caps2 import Caps2
from xmppwire.protocol.disco import DiscoInfo, DiscoItem, Identity
from xmppwire.protocol.disco_extensions import get_extension
from xmppwire.protocol.muc import MucJoin
from xmppwire.protocol.rsm import ResultSet
from xmppwire.protocol.software_information import SoftwareInfo
from xmppwire.protocol.version import Version
from xmppwire.stanza import ErrorCondition

NODE = "https://balcony.example"
RECEIPTS = "urn:xmpp:receipts"


def skip_if_it_answers_itself(server: Server) -> None:
    """Its module for discovery comes before delivery, and says of any client that asks for it: registered, no features."""
    if server.legacy:
        pytest.skip(f"{server.name} answers discovery in place of its users' clients")


async def meet(one: Any, other: Any) -> None:
    """Show presence to somebody, who may ask then: servers need not let strangers do so (RFC 6121 section 8.5.3.1)."""
    for client in (one, other):  # where one of them is not available, jabberd2 does not deliver it
        await client.send(Presence())
        await client.run(ping(client.jid.domain))
    await one.send(Presence(other.jid))
    await until(other, Presence, lambda presence: presence.sender == one.jid)


@pytest.mark.spec("XEP-0030", "3.1", "4.1")
def test_what_a_server_is_and_has(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            domain = JID(im_server.domain)
            services = await alice.run(fetch_services(domain))
            (home,) = [one for one in services if one.jid == domain]
            assert home.is_a("server", "im")
            found = await alice.run(find_services(domain, category="server", type="im"))
            assert [one.jid for one in found] == [domain]
            told = {item.jid for item in await alice.run(fetch_items(domain)) if item.node is None}
            known = {one.jid for one in services} | set(services.failures)
            assert known == told | {domain}
            own = await alice.run(fetch_info())
            assert any(one.category == "account" for one in own.identities)

    play(adapter, scenario)


@pytest.mark.spec("XEP-0030", "3.1", "3.2", "4.1", "4.2")
@pytest.mark.spec("XEP-0059", "2.1", "2.2")
@pytest.mark.spec("XEP-0128", "2")
def test_what_one_of_us_registered_another_finds(lab: Lab, im_server: Server, adapter: str) -> None:
    skip_if_it_answers_itself(im_server)

    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "bob")) as bob,
        ):
            await meet(bob, alice)
            own = OwnInfo(bob.session.answers)
            own.add_features(RECEIPTS)
            own.set_form(SoftwareInfo(software="Balcony"))
            own.items += [DiscoItem(jid=bob.jid, node=f"song {number}", name="Song") for number in range(7)]
            own.add_node("song 1", DiscoInfo(identities=[Identity(category="hierarchy", type="leaf")]))
            with answering(bob):
                info = await alice.run(fetch_info(bob.jid))
                assert info == own.info()
                assert get_extension(info, SoftwareInfo) == SoftwareInfo(software="Balcony")
                assert await alice.run(fetch_items(bob.jid)) == own.items
                assert await alice.run(fetch_items(bob.jid, page=3)) == own.items
                leaf = await alice.run(fetch_info(bob.jid, "song 1"))
                assert leaf.identities[0].type == "leaf"
                with pytest.raises(IqError) as caught:
                    await alice.run(fetch_info(bob.jid, "song 9"))
                assert caught.value.error.condition is ErrorCondition.ITEM_NOT_FOUND

    play(adapter, scenario)


@pytest.mark.spec("XEP-0059", "2.1", "2.2")
@pytest.mark.spec("XEP-0045", "6.3")
def test_a_service_gives_its_list_in_pages(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            services = await alice.run(find_services(im_server.domain, category="conference", type="text"))
            if not services:
                pytest.skip(f"{im_server.name} has no rooms")
            rooms = {JID(f"{uuid.uuid4().hex}@{services[0].jid}") for _ in range(5)}
            for room in rooms:
                await alice.send(Presence(room.with_resource("alice"), payloads=[MucJoin()]))
                await until(alice, Message, lambda message, room=room: message.sender.bare == room)
                await alice.run(accept_defaults(room))
            page = await alice.run(fetch_items_page(services[0].jid, set=ResultSet(max=2)))
            if page.last is None:
                pytest.skip(f"{im_server.name} gives its rooms at once")
            assert len(page.items) == 2
            assert page.count is None or page.count >= 5
            found = await alice.run(fetch_items(services[0].jid, page=2))
            assert rooms <= {item.jid for item in found}
            assert len({item.jid for item in found}) == len(found)

    play(adapter, scenario)


@pytest.mark.spec("XEP-0115", "5.4", "6.1", "6.2")
@pytest.mark.spec("XEP-0390", "4.4", "5.4", "5.5")
def test_capabilities_go_with_presence_and_are_verified(lab: Lab, im_server: Server, adapter: str) -> None:
    skip_if_it_answers_itself(im_server)

    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "bob")) as bob,
        ):
            own = OwnInfo(bob.session.answers)
            own.set_form(SoftwareInfo(software="Balcony"))
            capabilities = OwnCaps(own, NODE)
            cache = CapsCache()
            old = capabilities.annotate(Presence(alice.jid)).without(Caps2)
            await bob.send(old)
            assert cache.feed(await until(alice, Presence, lambda one: one.sender == bob.jid), alice.jid) == bob.jid
            with answering(bob):
                assert await alice.run(cache.fetch(bob.jid)) == own.info()
            assert cache.is_verified(bob.jid)
            assert cache.supports(bob.jid, RECEIPTS) is False
            own.add_features(RECEIPTS)
            assert capabilities.changed
            await bob.send(capabilities.annotate(Presence(alice.jid)))
            assert cache.feed(await until(alice, Presence, lambda one: one.sender == bob.jid), alice.jid) == bob.jid
            with answering(bob):
                assert await alice.run(cache.fetch(bob.jid)) == own.info()
            assert cache.is_verified(bob.jid)
            assert cache.supports(bob.jid, RECEIPTS) is True
            await bob.send(capabilities.annotate(Presence(alice.jid)))
            await bob.run(ping(im_server.domain))
            again = await until(alice, Presence, lambda one: one.sender == bob.jid)
            assert cache.feed(again, alice.jid) is None
            await bob.send(Presence(alice.jid, type="unavailable"))
            cache.feed(await until(alice, Presence, lambda one: one.type == "unavailable"), alice.jid)
            assert cache.info(bob.jid) is None

    play(adapter, scenario)


@pytest.mark.spec("XEP-0115", "6.3")
def test_a_server_announces_its_capabilities(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            cache = CapsCache()
            domain = JID(alice.jid.domain)
            announced = [who for event in alice.negotiation if (who := cache.feed(event, alice.jid)) is not None]
            if not announced:
                pytest.skip(f"{im_server.name} announces no capabilities among its stream features")
            assert announced == [domain]
            info = await alice.run(cache.fetch(domain))
            assert info.features
            assert cache.is_verified(domain)

    play(adapter, scenario)


@pytest.mark.spec("RFC 6120", "8.2.3")
def test_requests_are_answered_by_handlers(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "bob")) as bob,
        ):
            await meet(bob, alice)
            bob.session.answers.register("get", Version, lambda request: Version(software=str(request.sender)))
            with answering(bob):
                told = await alice.run(fetch_version(bob.jid))
            assert told.software == str(alice.jid)

    play(adapter, scenario)
