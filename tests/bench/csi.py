"""What an inactive client is spared (XEP-0352): `python -m tests.bench.csi` prints wake-ups and bytes of one day.

The day is generated, the same in every run: contacts that come, go and change their status, one of them with music; talks, in
which people type, write and read; and an owner who looks at the phone now and then. All that the server has for the client
goes through `HeldTraffic`, and is compared with what would have gone out without it. A wake-up is a write that finds the radio
asleep: more than 11 seconds after the last one, the tail time of LTE that XEP-0286 gives. Only the hours in which nobody
looks are counted; what waits when the owner looks again is counted as bytes, but the radio is awake then anyway.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from xmppwire.protocol.chat_states import ChatState, ChatStateValue
from xmppwire.protocol.displayed_markers import Displayed
from xmppwire.stanza import Message, MessageType, Presence, PresenceType, ShowValue, Stanza, write_stanza
from xmppwire.stream.csi import HeldTraffic
from xmppwire.xml import Element

HOURS = 24
TAIL = 11.0
OWN = "juliet@capulet.lit/phone"
CAPS = Element(
    ("http://jabber.org/protocol/caps", "c"),
    {"hash": "sha-1", "node": "https://client.example/", "ver": "QgayPKawpkPSDYmwT/WM94uAlu0="},
)
SHOWS = (None, ShowValue.AWAY, ShowValue.XA, ShowValue.DND)


@dataclass(slots=True)
class Account:
    """What has gone out one way."""

    stanzas: int = 0
    bytes: int = 0
    wakes: int = 0
    last: float = field(default=float("-inf"))

    def write(self, stanzas: list[Stanza], now: float, *, asleep: bool = True) -> None:
        """Count one write."""
        if not stanzas:
            return
        self.stanzas += len(stanzas)
        self.bytes += sum(len(write_stanza(stanza).encode()) for stanza in stanzas)
        if asleep:
            self.wakes += now - self.last > TAIL
            self.last = now


def presences(source: random.Random, contacts: int) -> Iterator[tuple[float, Stanza]]:
    """Contacts change their status now and then while they are up."""
    for number in range(contacts):
        sender = f"contact{number}@montague.lit/{source.randrange(10**6)}"
        begin, end = source.uniform(6, 10) * 3600, source.uniform(19, 24) * 3600
        now = begin
        while now < end:
            yield now, Presence(OWN, sender=sender, show=source.choice(SHOWS)).with_(CAPS)
            now += source.expovariate(1 / 1800)
        yield end, Presence(OWN, sender=sender, type=PresenceType.UNAVAILABLE)


def tunes(source: random.Random) -> Iterator[tuple[float, Stanza]]:
    """One contact tells what they listen to."""
    tune, pubsub = "http://jabber.org/protocol/tune", "http://jabber.org/protocol/pubsub#event"
    now = 9 * 3600.0
    while now < 17 * 3600:
        title = Element((tune, "tune"), {}, [Element((tune, "title"), {}, [f"Song {source.randrange(1000)}"])])
        item = Element((pubsub, "item"), {"id": f"{source.getrandbits(64):x}"}, [title])
        event = Element((pubsub, "event"), {}, [Element((pubsub, "items"), {"node": tune}, [item])])
        yield now, Message(OWN, sender="contact0@montague.lit", type=MessageType.HEADLINE).with_(event)
        now += source.uniform(150, 300)


def talks(source: random.Random, count: int) -> Iterator[tuple[float, Stanza]]:
    """Somebody types, pauses, writes; and has read what the owner wrote from another device."""
    for _ in range(count):
        sender = f"contact{source.randrange(10)}@montague.lit/home"
        now = source.uniform(8, 23) * 3600
        for number in range(source.randrange(1, 6)):
            for state in (ChatStateValue.COMPOSING, ChatStateValue.PAUSED, ChatStateValue.COMPOSING):
                yield now, Message(OWN, sender=sender, type=MessageType.CHAT).with_(ChatState(state=state))
                now += source.uniform(3, 25)
            yield now, Message(OWN, f"Line {number} of a talk.", sender=sender, type=MessageType.CHAT)
            now += source.uniform(10, 200)
            yield now, Message(OWN, sender=sender, type=MessageType.CHAT).with_(Displayed(id=f"m{number}"))


def looks(source: random.Random, count: int) -> list[tuple[float, bool]]:
    """When the owner begins to look at the phone, and ends; it begins in a pocket."""
    begins = sorted(source.uniform(7, 23) * 3600 for _ in range(count))
    changes = [(0.0, False)]
    for begin, following in zip(begins, [*begins[1:], HOURS * 3600.0], strict=True):
        changes += [(begin, True), (min(begin + source.uniform(30, 300), following), False)]
    return changes


def day(seed: int = 1, contacts: int = 80) -> tuple[Account, Account]:
    """The day without and with `HeldTraffic`, while nobody looks."""
    source = random.Random(seed)
    traffic = [*presences(source, contacts), *tunes(source), *talks(source, 25)]
    moments: list[tuple[float, Stanza | bool]] = [*traffic, *looks(source, 40)]
    moments.sort(key=lambda moment: moment[0])
    plain, spared, held = Account(), Account(), HeldTraffic()
    for now, what in moments:
        if isinstance(what, bool):
            spared.write(list(held.set_active(what)), now, asleep=False)
        elif held.active:
            assert list(held.offer(what)) == [what]
        else:
            plain.write([what], now)
            spared.write(list(held.offer(what)), now)
    return plain, spared


def table(plain: Account, spared: Account) -> str:
    """Both in columns."""
    rows = [f"{'while nobody looks':20}{'without':>10}{'with':>10}{'saved':>9}"]
    for name in ("wakes", "stanzas", "bytes"):
        before, after = getattr(plain, name), getattr(spared, name)
        rows.append(f"{name:20}{before:10}{after:10}{1 - after / before:9.1%}")
    return "\n".join(rows)


if __name__ == "__main__":
    print("One generated day of a phone with 80 contacts that is looked at 40 times")
    print(table(*day()))
