"""Users who do whatever comes to their mind. Whatever that was, what both sides know must fit together."""

from __future__ import annotations

import contextlib
import random
from typing import Any

import pytest

from tests.localserver.town import Client, Town
from tests.pair import at_random
from xmppwire.im.roster import fetch_roster, remove_roster_item, set_roster_item
from xmppwire.jid import JID
from xmppwire.operation import IqError
from xmppwire.protocol.roster import Roster, RosterItem, Subscription
from xmppwire.stanza import Iq, Presence, PresenceType, Stanza

USERS = ["juliet@capulet.lit", "romeo@capulet.lit", "nurse@capulet.lit"]


class Watcher:
    """A client that keeps a roster and a list of who is there, from nothing but what it is told."""

    def __init__(self, town: Town, address: str, seed: int) -> None:
        self.client: Client = town.connect(address, mechanisms=["PLAIN"], cut=at_random(seed, 300))
        self.roster: dict[JID, RosterItem] = {}
        self.there: set[JID] = set()
        self.available = False
        result = self.client.run(fetch_roster())
        self.roster = {item.jid: item for item in result.items or []}
        self.client.end.take()

    def listen(self) -> None:
        for event in self.client.end.take():
            if not isinstance(event, Stanza):
                continue
            if isinstance(event, Iq):
                self._push(event)
            elif isinstance(event, Presence) and event.sender is not None:
                if event.type is None:
                    self.there.add(event.sender)
                elif event.type is PresenceType.UNAVAILABLE:
                    self.there.discard(event.sender)

    def _push(self, iq: Iq) -> None:
        roster = iq.get(Roster)
        assert roster is not None
        for item in roster.items:
            if item.subscription is Subscription.REMOVE:
                del self.roster[item.jid]
            else:
                self.roster[item.jid] = item

    def show(self, available: bool) -> None:
        self.available = available
        if not available:
            self.client.say(Presence(type=PresenceType.UNAVAILABLE))
            self.listen()
            self.there.clear()
        else:
            self.client.say(Presence(priority=1))


def step(town: Town, watchers: list[Watcher], source: random.Random, number: int) -> None:
    """One user does one thing."""
    watcher = source.choice(watchers)
    other = source.choice([user for user in USERS if JID(user) != watcher.client.jid.bare])
    deed = source.randrange(10)
    if deed < 5:
        type_ = source.choice(["subscribe", "subscribed", "unsubscribe", "unsubscribed", "subscribe", "subscribed"])
        watcher.client.say(Presence(other, type=type_))
    elif deed == 5:
        watcher.show(not watcher.available)
    elif deed == 6:
        watcher.client.run(set_roster_item(other, source.choice(["", "friend", "foe"])))
    elif deed == 7:
        with contextlib.suppress(IqError):  # it may not be listed
            watcher.client.run(remove_roster_item(other))
    elif deed == 8 and len(watchers) < 6:
        watchers.append(Watcher(town, f"{source.choice(USERS)}/{number}", number))
    elif deed == 9 and len(watchers) > 3:
        watchers.remove(watcher)
        if source.random() < 0.5:
            watcher.client.leave()
        else:
            watcher.client.wire.cut_off()


def check(town: Town, watchers: list[Watcher]) -> None:
    accounts = {user: town.server.hub.accounts.get(JID(user)) for user in USERS}

    def state(one: str, other: str) -> Any:
        contact = accounts[one].roster.get(JID(other))  # type: ignore[union-attr]
        return contact.state if contact is not None else None

    for one in USERS:
        for other in USERS:
            mine, theirs = state(one, other), state(other, one)
            assert (mine is not None and mine.to) == (theirs is not None and theirs.from_)
            assert (mine is not None and mine.ask) == (theirs is not None and theirs.pending)
            assert mine is None or not (mine.to and mine.ask)
            assert mine is None or not (mine.from_ and mine.pending)
    for watcher in watchers:
        watcher.listen()
        own = watcher.client.jid.bare
        items = accounts[str(own)].roster.items()  # type: ignore[union-attr]
        assert sorted(watcher.roster.values(), key=lambda item: item.jid) == sorted(items, key=lambda item: item.jid)
        if watcher.available:
            visible = {own} | {item.jid for item in items if item.subscription in (Subscription.TO, Subscription.BOTH)}
            assert watcher.there == {
                there.client.jid for there in watchers if there.available and there.client.jid.bare in visible
            }


@pytest.mark.spec("RFC 6121", "3", "4.2", "4.4", "4.5", "A")
@pytest.mark.parametrize("seed", range(4))
def test_both_sides_agree_whatever_was_done(seed: int) -> None:
    source = random.Random(seed)
    town = Town()
    watchers = [Watcher(town, f"{user}/start", seed) for user in USERS]
    for watcher in watchers:
        watcher.show(True)
    for number in range(250):
        step(town, watchers, source, number)
        town.world.settle()
        check(town, watchers)
        town.world.wires = [wire for wire in town.world.wires if not wire.client.closed]
