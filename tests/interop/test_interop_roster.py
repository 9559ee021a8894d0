"""Rosters, subscriptions and presence (RFC 6121) through each server, over each adapter."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.interop.harness import Connect, account, play, until
from tests.interop.servers import Lab, Server
from xmppwire import JID, Iq, Message, Presence
from xmppwire.im.presence import OwnPresence, PresenceChange, PresenceMap
from xmppwire.im.roster import RefusedPush, Roster, RosterChange, remove_roster_item, set_roster_item
from xmppwire.im.subscriptions import SubscriptionFailed, SubscriptionNews, Subscriptions, accept_all, ask_always
from xmppwire.protocol.roster import Roster as RosterQuery
from xmppwire.protocol.roster import RosterItem, Subscription
from xmppwire.stream.events import Established


class Person:
    """A client with its trackers."""

    def __init__(self, client: Any, roster: Roster | None = None) -> None:
        self.client = client
        self.subscriptions = Subscriptions(roster)
        self.roster = self.subscriptions.roster
        self.presences = PresenceMap(self.roster)
        self.own = OwnPresence()
        self.told: list[Any] = []

    @property
    def jid(self) -> JID:
        jid: JID = self.client.jid
        return jid

    async def begin(self, *, available: bool = True) -> list[RosterChange]:
        established = self.client.negotiation[-1]
        assert isinstance(established, Established)
        self.subscriptions.feed(established, self.jid)
        changes: list[RosterChange] = await self.client.run(self.roster.fetch())
        if available:
            await self.client.send(self.own.stanza())
            await self.wait(lambda: self.jid in self.presences)
        return changes

    async def send(self, stanza: Any) -> None:
        await self.client.send(stanza)

    async def run(self, operation: Any) -> None:
        await self.client.run(operation)

    async def wait(self, condition: Callable[[], bool]) -> None:
        """Feed the trackers until they know this."""
        while not condition():
            event = await until(self.client, object)
            told = self.subscriptions.feed(event, self.jid)
            if told is not None:
                self.told.append(told)
            if isinstance(told, SubscriptionNews):
                for answer in told.answers:
                    await self.send(answer)
            for presence in (event, told):
                change = self.presences.feed(presence, self.jid)
                if change is not None:
                    self.told.append(change)

    def heard(self, kind: type[Any]) -> list[Any]:
        return [told for told in self.told if isinstance(told, kind)]

    def state(self, other: Person) -> str:
        return str(self.subscriptions.state(other.jid))

    async def clean(self, other: Person) -> None:
        """What earlier tests left."""
        if other.jid in self.roster:
            await self.run(remove_roster_item(other.jid.bare))
            await self.wait(lambda: other.jid not in self.roster)


def skip_if_legacy(server: Server) -> None:
    if server.legacy:
        pytest.skip(f"{server.name} dies of a double free when a contact is removed")


def two(scene: Callable[[Person, Person], Awaitable[None]], lab: Lab, server: Server, adapter: str) -> None:
    """Play a scene of two people who do not know each other."""
    skip_if_legacy(server)

    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, server, "alice")) as first,
            connect(**account(lab, server, "bob")) as second,
        ):
            alice, bob = Person(first), Person(second)
            for person in (alice, bob):
                await person.begin()
            await alice.clean(bob)
            await bob.clean(alice)
            for person in (alice, bob):
                person.told.clear()
            try:
                await scene(alice, bob)
            finally:
                for person, other in ((alice, bob), (bob, alice)):
                    if other.jid in person.roster:
                        await person.run(remove_roster_item(other.jid.bare))

    play(adapter, scenario)


# --- the roster -----------------------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6121", "2.1.6", "2.2", "2.3", "2.4", "2.5")
def test_two_clients_see_the_same_roster(lab: Lab, im_server: Server, adapter: str) -> None:
    skip_if_legacy(im_server)
    contact = JID(f"{uuid.uuid4().hex}@{im_server.domain}")

    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as first,
            connect(**account(lab, im_server, "alice")) as second,
        ):
            phone, desk = Person(first), Person(second)
            await phone.begin(available=False)
            await desk.begin(available=False)
            steps: list[tuple[Any, tuple[str | None, list[str]] | None]] = [
                (set_roster_item(contact, "Nurse", ["Household", "Friends"]), ("Nurse", ["Friends", "Household"])),
                (phone.roster.rename(contact, "Амма"), ("Амма", ["Friends", "Household"])),
                (phone.roster.regroup(contact, ["Friends"]), ("Амма", ["Friends"])),
                (phone.roster.rename_group("Friends", "Old friends"), ("Амма", ["Old friends"])),
                (phone.roster.rename(contact, None), (None, ["Old friends"])),
                (remove_roster_item(contact), None),
            ]
            for operation, expected in steps:
                await phone.run(operation)
                for person in (phone, desk):

                    def seen(roster: Roster = person.roster, wanted: Any = expected) -> bool:
                        item = roster.get(contact)
                        found = None if item is None else (item.name or None, sorted(item.groups))
                        return bool(found == wanted)

                    await person.wait(seen)
            assert len(phone.heard(RosterChange)) == len(desk.heard(RosterChange)) == len(steps)

    play(adapter, scenario)


@pytest.mark.spec("RFC 6121", "2.6.1", "2.6.2", "2.6.3")
def test_a_roster_that_was_kept_is_brought_up_to_date(lab: Lab, im_server: Server, adapter: str) -> None:
    skip_if_legacy(im_server)
    kept, added, removed = (JID(f"{uuid.uuid4().hex}@{im_server.domain}") for _ in range(3))

    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "carol")) as client:
            carol = Person(client)
            await carol.begin()
            if not carol.roster.versioning:
                pytest.skip(f"{im_server.name} does not offer versions of rosters")
            for contact in (kept, removed):
                await carol.run(set_roster_item(contact, "before"))
            await carol.wait(lambda: kept in carol.roster and removed in carol.roster)
            stored = carol.roster.export()
        async with connect(**account(lab, im_server, "carol")) as client:
            carol = Person(client, Roster.restore(stored))
            assert await carol.begin(available=False) == []
            assert {kept, removed} <= {item.jid for item in carol.roster}
            await carol.run(set_roster_item(added, "while away"))
            await carol.run(carol.roster.rename(kept, "after"))
            await carol.run(remove_roster_item(removed))
            await carol.wait(lambda: removed not in carol.roster)
        async with connect(**account(lab, im_server, "carol")) as client:
            late = Person(client, Roster.restore(stored))
            await late.begin()
            await late.wait(lambda: removed not in late.roster)  # if the changes come as pushes, this one is the last
            assert sorted(late.roster, key=lambda item: item.jid) == sorted(carol.roster, key=lambda item: item.jid)
            assert late.roster.version == carol.roster.version
            for contact in (kept, added):
                await late.run(remove_roster_item(contact))

    play(adapter, scenario)


@pytest.mark.spec("RFC 6121", "2.1.6")
def test_others_do_not_tell_what_is_on_the_roster(lab: Lab, im_server: Server, adapter: str) -> None:
    """CVE-2015-8688 and its like, through a server, with a client whose program looks at every request itself."""

    async def scene(alice: Person, bob: Person) -> None:
        alice.client.session.answers.unhandled = False
        item = RosterItem(jid=JID("tybalt@capulet.lit"), subscription=Subscription.BOTH)
        await bob.send(Iq("set", alice.jid, payload=RosterQuery(items=[item]), id="forged"))
        await bob.send(Message(alice.jid, "done", type="chat"))
        done = False
        while not done:
            event = await until(alice.client, object)
            told = alice.subscriptions.feed(event, alice.jid)
            assert told is None or isinstance(told, RefusedPush)
            done = isinstance(event, Message) and event.body == "done"
        assert item.jid not in alice.roster

    two(scene, lab, im_server, adapter)


# --- subscriptions and presence -------------------------------------------------------------------------------------


@pytest.mark.spec("RFC 6121", "3.1", "3.2", "3.3", "4.2", "4.4", "4.5")
@pytest.mark.spec("XEP-0319", "3.1", "3.2")
def test_two_people_get_to_know_each_other_and_part(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scene(alice: Person, bob: Person) -> None:
        bob.subscriptions.policy, bob.subscriptions.mutual = accept_all, True
        alice.subscriptions.policy = ask_always
        await alice.send(alice.subscriptions.request(bob.jid, "It is I"))
        await bob.wait(lambda: bool(bob.heard(SubscriptionNews)))
        (news,) = bob.heard(SubscriptionNews)
        assert (news.jid, str(news.type), news.presence.status) == (alice.jid.bare, "subscribe", "It is I")
        assert (str(news.before), str(news.after)) == ("None", "None + Pending In")
        await alice.wait(lambda: alice.state(bob) == "To + Pending In")
        approved, asked = alice.heard(SubscriptionNews)
        assert (str(approved.type), approved.credible, str(approved.after)) == ("subscribed", True, "To")
        assert (str(asked.type), str(asked.after)) == ("subscribe", "To + Pending In")
        await alice.send(alice.subscriptions.approve(bob.jid))
        await alice.wait(lambda: alice.state(bob) == "Both" and bob.jid in alice.presences)
        await bob.wait(lambda: bob.state(alice) == "Both" and alice.jid in bob.presences)
        assert alice.subscriptions.requests == bob.subscriptions.requests == {}

        alice.own.show, alice.own.priority, alice.own.status = "away", 7, "in the orchard"
        alice.own.idle_since = since = datetime(2026, 11, 23, 12, tzinfo=UTC)
        for stanza in alice.own.stanzas():
            await alice.send(stanza)
        for person in (alice, bob):

            def told(presences: PresenceMap = person.presences) -> bool:
                found = presences.get(alice.jid)
                return found is not None and found.priority == 7

            await person.wait(told)
            seen = person.presences.best(alice.jid)
            assert seen is not None
            assert (seen.jid, seen.show, seen.status, seen.idle_since) == (alice.jid, "away", "in the orchard", since)

        await alice.send(alice.subscriptions.unsubscribe(bob.jid))
        await alice.wait(lambda: alice.state(bob) == "From")
        assert bob.jid not in alice.presences
        await bob.wait(lambda: bob.state(alice) == "To" and bob.heard(SubscriptionNews)[-1].type == "unsubscribe")
        await alice.send(alice.subscriptions.cancel(bob.jid))
        await bob.wait(lambda: bob.state(alice) == "None" and bob.heard(SubscriptionNews)[-1].type == "unsubscribed")
        assert alice.jid not in bob.presences
        await alice.wait(lambda: alice.state(bob) == "None")

    two(scene, lab, im_server, adapter)


@pytest.mark.spec("RFC 6121", "3.1.4", "3.2.1")
def test_a_request_is_refused(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scene(alice: Person, bob: Person) -> None:
        await alice.send(alice.subscriptions.request(bob.jid))
        await bob.wait(lambda: alice.jid.bare in bob.subscriptions.requests)
        await bob.send(bob.subscriptions.cancel(alice.jid))
        await alice.wait(lambda: bool(alice.heard(SubscriptionNews)))
        (news,) = alice.heard(SubscriptionNews)
        assert (str(news.type), str(news.after)) == ("unsubscribed", "None")
        await alice.wait(lambda: alice.state(bob) == "None")
        assert bob.state(alice) == "None"

    two(scene, lab, im_server, adapter)


@pytest.mark.spec("RFC 6121", "3.1.2")
def test_a_request_does_not_get_there(lab: Lab, im_server: Server, adapter: str) -> None:
    skip_if_legacy(im_server)

    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as client:
            alice = Person(client)
            await alice.begin()
            nobody = JID(f"{uuid.uuid4().hex}@nowhere.invalid")
            await alice.send(alice.subscriptions.request(nobody))
            await alice.wait(lambda: bool(alice.heard(SubscriptionFailed)))
            (failed,) = alice.heard(SubscriptionFailed)
            assert failed.jid == nobody
            assert failed.error is not None
            if nobody in alice.roster:
                await alice.run(remove_roster_item(nobody))

    play(adapter, scenario)


@pytest.mark.spec("RFC 6121", "3.4.1", "3.4.2")
def test_a_contact_is_approved_beforehand(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scene(alice: Person, bob: Person) -> None:
        if not alice.subscriptions.pre_approval:
            pytest.skip(f"{im_server.name} does not offer to approve subscriptions beforehand")
        await alice.send(alice.subscriptions.pre_approve(bob.jid))
        await alice.wait(lambda: bob.jid in alice.roster)
        shown = alice.subscriptions.state(bob.jid).approved
        await bob.send(bob.subscriptions.request(alice.jid))
        await bob.wait(lambda: bob.state(alice) == "To")
        assert [(str(news.type), news.credible) for news in bob.heard(SubscriptionNews)] == [("subscribed", True)]
        assert alice.heard(SubscriptionNews) == []
        if not shown:
            return  # Prosody 0.12: it neither says that bob is approved nor changes alice's roster when he asks
        await bob.wait(lambda: alice.jid in bob.presences)
        await alice.wait(lambda: alice.state(bob) == "From")

    two(scene, lab, im_server, adapter)


@pytest.mark.spec("RFC 6121", "4.2.2", "4.4.2", "4.6", "4.7.2.3")
def test_directed_presence_and_several_resources(lab: Lab, im_server: Server, adapter: str) -> None:
    if im_server.legacy:
        pytest.skip(f"{im_server.name} does not show a client its own presence")

    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as first,
            connect(**account(lab, im_server, "bob")) as second,
        ):
            alice, bob = Person(first), Person(second)
            await alice.begin()
            await bob.begin()
            await alice.send(alice.own.direct(bob.jid))
            await bob.wait(lambda: alice.jid in bob.presences)
            alice.own.show = "dnd"
            for stanza in alice.own.stanzas():
                await alice.send(stanza)
            await bob.wait(lambda: getattr(bob.presences.best(alice.jid), "show", None) == "dnd")
            assert bob.heard(PresenceChange)[-1].stranger is (alice.jid not in bob.roster)
            await alice.send(alice.own.withdraw(bob.jid))
            await bob.wait(lambda: alice.jid not in bob.presences)

            async with connect(**account(lab, im_server, "alice")) as third:
                phone = Person(third)
                phone.own.priority = 5
                await phone.begin()
                await phone.wait(lambda: alice.jid in phone.presences)
                await alice.wait(lambda: phone.jid in alice.presences)
                best = alice.presences.best(alice.jid)
                assert best is not None
                assert (best.jid, best.priority) == (phone.jid, 5)
            await alice.wait(lambda: phone.jid not in alice.presences)
            assert alice.jid in alice.presences
            await alice.send(Presence(type="unavailable"))

    play(adapter, scenario)
