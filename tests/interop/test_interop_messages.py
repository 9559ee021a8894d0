"""Conversations of two of our clients over real servers: both come to the same history, live and from the archive."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.interop.harness import Connect, account, play, skip_without, until
from tests.interop.servers import Lab, Server
from tests.interop.test_interop_rooms import await_event, new_room
from xmppwire import JID, ErrorCondition, Message, Presence
from xmppwire.im.archive import ArchiveReader, fetch_archive_page
from xmppwire.im.carbons import enable_carbons
from xmppwire.im.conversation import Conversation, Entry, SendFailed
from xmppwire.im.disco import fetch_info
from xmppwire.im.messages import Acknowledgements, ChatStates, Composer, Incoming, read_incoming
from xmppwire.im.ping import ping
from xmppwire.im.rooms import (
    Joined,
    Room,
    SubjectChanged,
    destroy,
    fetch_configuration,
    fetch_room_info,
    submit_configuration,
)
from xmppwire.protocol import carbons, mam, message_retraction, occupant_id, stanza_id
from xmppwire.protocol.chat_states import ChatStateValue
from xmppwire.protocol.mam_forms import ArchiveFilter


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Side:
    """One of two who talk: whatever they say reaches the other one, and both histories."""

    client: Any
    to: JID
    conversation: Conversation
    composer: Composer
    features: Collection[str]
    changes: list[Any] = field(default_factory=list)

    async def say(self, message: Message, other: Side) -> None:
        self.conversation.sent(message, now())
        await self.client.send(message)
        if self.composer.room:
            await self.hear(message.id)
        await other.hear(message.id)

    @property
    def entries(self) -> Sequence[Entry]:
        return self.conversation.entries

    async def hear(self, id_: str | None) -> Message:
        """Take what comes, until the message with that id has come."""
        async for event in self.client:
            if isinstance(event, Message | Presence):
                self.changes += self.conversation.feed(event, now())
                if isinstance(event, Message) and event.id == id_:
                    return event
        raise AssertionError(f"the stream ended: {self.client.ended}")


async def meet(client: Any, other: Any) -> Side:
    features = (await client.run(fetch_info(client.jid.bare))).features
    conversation = Conversation(client.jid, other.jid.bare, features=features)
    return Side(client, other.jid, conversation, Composer(other.jid), features)


async def meet_in_a_room(client: Any, other: Any, server: Server) -> tuple[Side, Side, JID]:
    room = await new_room(client, server, "alice")
    form = await client.run(fetch_configuration(room.jid))
    archiving = [one.var for one in form.fields if one.var in ("mam", "muc#roomconfig_enablearchiving")]
    await client.run(submit_configuration(room.jid, form.submit(dict.fromkeys(archiving, True))))
    theirs = Room(room.jid, "bob")
    await other.send(theirs.join())
    await await_event(other, theirs, Joined)
    await await_event(other, theirs, SubjectChanged)
    features = (await client.run(fetch_room_info(room.jid))).features
    if stanza_id.NAMESPACE not in features:
        pytest.skip(f"rooms of {server.name} do not offer {stanza_id.NAMESPACE}")
    sides = [
        Side(
            one,
            room.jid,
            Conversation(one.jid, room.jid, room=True, nick=nick, features=features),
            Composer(room.jid, room=True),
            features,
        )
        for one, nick in ((client, "alice"), (other, "bob"))
    ]
    return sides[0], sides[1], room.jid


def author(entry: Entry | None) -> str | None:
    return None if entry is None else str(entry.author.address)


def lasting(conversation: Conversation) -> list[tuple[Any, ...]]:
    """What an archive has as well."""
    return [
        (
            author(entry),
            entry.text,
            [version.text for version in entry.versions],
            {str(who.address): emoji for who, emoji in entry.reactions.items()},
            entry.retraction is not None,
            entry.target and entry.target.text,
            entry.attached_to and entry.attached_to.text,
        )
        for entry in conversation.entries
    ]


async def story(alice: Side, bob: Side) -> None:
    """Everything that can be done to a message, once."""
    say, answer, room = alice.composer, bob.composer, alice.composer.room
    await alice.say(say.text(AIRLOCK, receipt=not room, markable=True), bob)
    asking = bob.entries[0].message
    assert asking is not None
    answers = Acknowledgements(bob.client.jid, lambda address: address == asking.sender)
    if not room:
        receipt = answers.receipt(asking)
        assert receipt is not None
        await bob.client.send(receipt)
    marker = answers.marker(asking, by=bob.to)
    assert marker is not None
    await bob.say(marker.replace(id="seen"), alice)
    await alice.say(say.correction(alice.entries[0].ids, WINDOW), bob)
    await bob.say(answer.reactions(bob.entries[0].ids, ["🌅", "👋"]), alice)
    await bob.say(answer.reactions(bob.entries[0].ids, ["🌅"]), alice)
    author = bob.entries[0].author.address
    await bob.say(answer.reply(bob.entries[0].ids, "It is the east", author=author, quoted=WINDOW), alice)
    await bob.say(answer.attachment(bob.entries[0].ids, "sun.png"), alice)
    await alice.say(say.action("sighs"), bob)
    await alice.say(say.text("wrong window", spoiler="", unstyled=True, mentions=[(0, 5, bob.client.jid.bare)]), bob)
    await alice.say(say.retraction(alice.entries[-1].ids), bob)


AIRLOCK, WINDOW = (f"But soft, what light through yonder {what} breaks?" for what in ("airlock", "window"))


def expected(first: JID, second: JID) -> list[tuple[Any, ...]]:
    quoted = f"> {WINDOW}\nIt is the east"
    alice, bob = str(first), str(second)
    return [
        (alice, WINDOW, [AIRLOCK, WINDOW], {bob: ("🌅",)}, False, None, None),
        (bob, "It is the east", [quoted], {}, False, WINDOW, None),
        (bob, "sun.png", ["sun.png"], {}, False, None, WINDOW),
        (alice, "/me sighs", ["/me sighs"], {}, False, None, None),
        (alice, None, [], {}, True, None, None),
    ]


def remembered(story: list[tuple[Any, ...]], features: Collection[str]) -> list[tuple[Any, ...]]:
    """What the archive tells of it. One that knows of retractions deletes what was taken back (ejabberd 24)."""
    if message_retraction.NAMESPACE not in features:
        return story
    return [entry for entry in story if not entry[4]]


@pytest.mark.spec("XEP-0184", "7")
@pytest.mark.spec("XEP-0308", "3")
@pytest.mark.spec("XEP-0333", "4.1", "4.2")
@pytest.mark.spec("XEP-0367", "3")
@pytest.mark.spec("XEP-0424", "3")
@pytest.mark.spec("XEP-0444", "3.1", "3.2")
@pytest.mark.spec("XEP-0461", "3")
def test_both_come_to_the_same_history(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as first,
            connect(**account(lab, im_server, "bob")) as second,
        ):
            alice, bob = await meet(first, second), await meet(second, first)
            await story(alice, bob)
            assert lasting(alice.conversation) == lasting(bob.conversation) == expected(first.jid.bare, second.jid.bare)
            assert [len(entry.received_by) for entry in alice.entries] == [1, 0, 0, 0, 0]
            for side in (alice, bob):
                (reader,) = side.conversation.displayed_by(side.entries[0])
                assert (reader.address, reader.own) == (second.jid.bare, side is bob)

    play(adapter, scenario)


@pytest.mark.spec("XEP-0280", "7", "8", "10.4")
def test_another_client_follows_by_copies(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as first,
            connect(**account(lab, im_server, "bob")) as second,
            connect(**account(lab, im_server, "bob")) as third,
        ):
            await skip_without(third, im_server, carbons.NAMESPACE)
            await third.run(enable_carbons())
            for client in (second, third):
                await client.send(Presence())
                await client.run(ping(client.jid.domain))
            alice, bob, tablet = await meet(first, second), await meet(second, first), await meet(third, first)
            answers = Acknowledgements(third.jid, to_strangers=True)
            await story(alice, bob)
            await alice.client.send(alice.composer.text("the end").replace(id="end"))
            async for event in third:
                if not isinstance(event, Message):
                    continue
                assert answers.receipt(event) is None
                assert answers.marker(event) is None
                found = read_incoming(event, third.jid)
                assert isinstance(found, Incoming)
                if found.message.id == "end":
                    break
                tablet.conversation.feed(event, now())
            assert lasting(tablet.conversation) == expected(first.jid.bare, second.jid.bare)
            assert [entry.own for entry in tablet.entries] == [False, True, True, False, False]

    play(adapter, scenario)


@pytest.mark.spec("XEP-0313", "4")
@pytest.mark.spec("XEP-0359", "3")
def test_the_archive_tells_the_same_history(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice", archived=True)) as first,
            connect(**account(lab, im_server, "bob", archived=True)) as second,
        ):
            await skip_without(second, im_server, mam.NAMESPACE, second.jid.bare)
            alice, bob = await meet(first, second), await meet(second, first)
            newest = await second.run(fetch_archive_page(before="", limit=1))
            position = newest.messages[0].id if newest.messages else None
            await story(alice, bob)
            with_alice = ArchiveFilter(correspondent=first.jid.bare)
            told = remembered(expected(first.jid.bare, second.jid.bare), bob.features)
            for limit in (100, 2):
                again = Conversation(second.jid, first.jid.bare, features=bob.features)
                reader = ArchiveReader(with_alice, limit=limit, position=position)
                while not reader.done:
                    again.feed_page(await second.run(reader.next_page()))
                assert lasting(again) == told
            backwards = Conversation(second.jid, first.jid.bare, features=bob.features)
            reader = ArchiveReader(with_alice, limit=3, backwards=True)
            while not reader.done and len(backwards.entries) < len(told):
                backwards.feed_page(await second.run(reader.next_page()), backwards=True)
            assert lasting(backwards)[-len(told) :] == told
            reader = ArchiveReader(with_alice, position=position)
            while not reader.done:
                bob.conversation.feed_page(await second.run(reader.next_page()))
            assert lasting(bob.conversation) == expected(first.jid.bare, second.jid.bare)

    play(adapter, scenario)


@pytest.mark.spec("XEP-0045", "7.4")
@pytest.mark.spec("XEP-0308", "4")
@pytest.mark.spec("XEP-0333", "4.3")
@pytest.mark.spec("XEP-0444", "4.2")
@pytest.mark.spec("XEP-0461", "4.1")
def test_both_come_to_the_same_history_in_a_room(lab: Lab, im_server: Server, adapter: str) -> None:
    archived = im_server.name == "ejabberd"  # which gives ids in archives only; Prosody has no rooms there

    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice", archived=archived)) as first,
            connect(**account(lab, im_server, "bob", archived=archived)) as second,
        ):
            alice, bob, room = await meet_in_a_room(first, second, im_server)
            await story(alice, bob)
            found = lasting(alice.conversation)
            assert found == lasting(bob.conversation)
            assert found == expected(room.with_resource("alice"), room.with_resource("bob"))
            assert [len(alice.conversation.displayed_by(entry)) for entry in alice.entries[:2]] == [1, 0]
            assert all(entry.confirmed for entry in (*alice.entries, *bob.entries))
            if mam.NAMESPACE in alice.features:
                await the_archive_tells_the_same(bob, room)
            await first.run(destroy(room))

    play(adapter, scenario)


async def the_archive_tells_the_same(bob: Side, room: JID) -> None:
    """Without occupant ids the archive does not tell who is who: we say that we know."""
    trusted = occupant_id.NAMESPACE not in bob.features
    again = Conversation(bob.client.jid, room, room=True, nick="bob", features=bob.features, trust_nicknames=trusted)
    reader = ArchiveReader(archive=room, limit=4)
    while not reader.done:
        again.feed_page(await bob.client.run(reader.next_page()))
    said = expected(room.with_resource("alice"), room.with_resource("bob"))
    assert lasting(again) == remembered(said, bob.features)


@pytest.mark.spec("XEP-0085", "5.1", "5.3")
def test_whether_the_other_one_is_typing(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as first,
            connect(**account(lab, im_server, "bob")) as second,
        ):
            alice, bob = await meet(first, second), await meet(second, first)
            hers, his = ChatStates(second.jid), ChatStates(first.jid)
            assert hers.composing(0) is None
            await alice.say(hers.outgoing(alice.composer.text("hi"), 0), bob)
            said = bob.entries[0].message
            assert said is not None
            assert his.feed(said) is ChatStateValue.ACTIVE
            for notification in (his.composing(1), his.handle_timeout(31)):
                assert notification is not None
                await second.send(notification)
            for expected_state in (ChatStateValue.COMPOSING, ChatStateValue.PAUSED):
                heard = await until(first, Message)
                alice.conversation.feed(heard, now())
                assert hers.feed(heard) is expected_state
                assert list(alice.conversation.states.values()) == [expected_state]
            assert hers.composing(2) is not None

    play(adapter, scenario)


@pytest.mark.spec("RFC 6120", "8.3")
def test_what_comes_back_is_undone(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as first:
            nobody = first.jid.domain.from_parts("nobody", first.jid.domainpart)
            alice = Side(first, nobody, Conversation(first.jid, nobody), Composer(nobody), ())
            sent = alice.composer.text("anybody?")
            alice.conversation.sent(sent, now())
            await first.send(sent)
            await alice.hear(sent.id)
            (failed,) = [change for change in alice.changes if isinstance(change, SendFailed)]
            assert failed.entry is alice.entries[0]
            assert failed.error.condition is ErrorCondition.SERVICE_UNAVAILABLE

    play(adapter, scenario)
