"""Known faults of other servers, one test each, named after what went wrong there."""

from __future__ import annotations

import gc
import weakref

from tests.localserver.test_localserver_resumption import MANAGED, Guest
from tests.localserver.town import Town
from xmppwire.stanza import Message


def test_cve_2026_43507_who_never_comes_back_is_freed() -> None:
    """Prosody: what streams left behind stayed. Here it is what could have been resumed, and what waited for it."""
    town = Town(epoch=1_000_000.0)
    romeo = Guest(town, "romeo@capulet.lit/orchard")
    for number in range(5):
        guest = Guest(town, f"juliet@capulet.lit/{number}", management=MANAGED)
        guest.vanish()
        town.world.wires.remove(guest.wire)
    del guest
    romeo.say(*(Message(f"juliet@capulet.lit/{number}", "x", type="headline") for number in range(5)))
    left = [weakref.ref(link) for link in town.server.hub.sessions.suspended]
    assert len(left) == 5
    gc.collect()
    assert None not in [link() for link in left]
    town.world.advance(1000.0)
    town.server.sweep(town.world.now)
    assert town.server.suspended == []
    gc.collect()
    assert [link() for link in left] == [None] * 5
