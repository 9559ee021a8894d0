"""Block lists (XEP-0191): what is asked for, what is told, and whom it matches."""

from __future__ import annotations

import pytest

from tests.session.play import JULIET, Play
from xmppwire.im.blocking import BlockedAddresses, block, fetch_blocked, unblock, unblock_all
from xmppwire.jid import JID
from xmppwire.protocol.blocking import Block, BlockItem, BlockList, Unblock
from xmppwire.protocol.blocking_reports import Report, ReportReason
from xmppwire.stanza import Iq, IqType

TYBALT = JID("tybalt@capulet.lit")


def push(payload: Block | Unblock, sender: JID | str | None = JULIET.bare, id: str = "p") -> Iq:
    return Iq("set", JULIET, payload=payload, id=id, sender=sender)


def items(*jids: JID | str) -> list[BlockItem]:
    return [BlockItem(jid=JID(jid)) for jid in jids]


@pytest.mark.spec("XEP-0191", "3.2", "3.3", "3.4")
def test_what_is_asked_for() -> None:
    play = Play()
    running = play.run(fetch_blocked())
    iq = play.asked()
    assert (iq.type, iq.to, iq.get(BlockList)) == (IqType.GET, None, BlockList(items=[]))
    play.say(iq.result(BlockList(items=items(TYBALT, "paris.lit"))).replace(sender=None))
    assert list(running.result()) == [TYBALT, JID("paris.lit")]
    running = play.run(fetch_blocked())
    play.say(play.asked().result().replace(sender=None))
    assert len(running.result()) == 0

    play.run(block(TYBALT, "paris.lit"))
    assert play.asked().get(Block) == Block(items=items(TYBALT, "paris.lit"))
    play.run(unblock(TYBALT))
    assert play.asked().get(Unblock) == Unblock(items=items(TYBALT))
    play.run(unblock_all())
    assert play.asked().get(Unblock) == Unblock(items=[])
    for nobody in (block(), unblock()):
        with pytest.raises(ValueError, match="nobody"):
            next(nobody)


@pytest.mark.spec("XEP-0377", "3")
def test_a_report_goes_along() -> None:
    play = Play()
    report = Report(reason=ReportReason.SPAM, texts={"en": "a duel a day"})
    running = play.run(block(TYBALT, report=report))
    iq = play.asked()
    sent = iq.get(Block)
    assert sent is not None
    assert sent.items == [BlockItem(jid=TYBALT, report=report)]
    play.say(iq.result().replace(sender=None))
    assert running.result() is None


@pytest.mark.spec("XEP-0191", "3.3", "3.4", "3.5")
def test_what_other_clients_block_is_told_and_acknowledged() -> None:
    play = Play()
    blocked = BlockedAddresses()
    play.say(push(Block(items=items(TYBALT, "paris.lit")), id="a"))
    (event,) = play.client.take()
    assert blocked.feed(event, JULIET)
    assert not blocked.feed(event, JULIET)
    assert list(blocked) == [TYBALT, JID("paris.lit")]
    (answer,) = [event for event in play.server.take() if isinstance(event, Iq)]
    assert (answer.type, answer.id) == (IqType.RESULT, "a")
    assert blocked.feed(push(Unblock(items=items(TYBALT, "rosaline@capulet.lit"))), JULIET)
    assert list(blocked) == [JID("paris.lit")]
    assert blocked.feed(push(Unblock(items=[]), None), JULIET)
    assert len(blocked) == 0


@pytest.mark.spec("XEP-0191", "6")
@pytest.mark.parametrize("sender", [TYBALT, JULIET, JID("capulet.lit"), JID("juliet@capulet.lit.evil.example")])
def test_nobody_else_decides_who_is_blocked(sender: JID) -> None:
    play = Play()
    blocked = BlockedAddresses([TYBALT])
    for payload in (Block(items=items("romeo@montague.lit")), Unblock(items=[])):
        assert not blocked.feed(push(payload, sender), JULIET)
        play.say(push(payload, sender))
        assert play.client.take() == []
        (answer,) = [event for event in play.server.take() if isinstance(event, Iq)]
        assert answer.type is IqType.ERROR
    assert list(blocked) == [TYBALT]
    assert not blocked.feed("something else", JULIET)


@pytest.mark.spec("XEP-0191", "5")
@pytest.mark.parametrize(
    ("listed", "hit", "missed"),
    [
        ("tybalt@capulet.lit/hall", ["tybalt@capulet.lit/hall"], ["tybalt@capulet.lit", "tybalt@capulet.lit/yard"]),
        ("tybalt@capulet.lit", ["tybalt@capulet.lit", "tybalt@capulet.lit/x"], ["capulet.lit", "paris@capulet.lit"]),
        ("capulet.lit/hall", ["capulet.lit/hall", "tybalt@capulet.lit/hall"], ["capulet.lit", "a@capulet.lit/yard"]),
        ("capulet.lit", ["capulet.lit", "a@capulet.lit", "capulet.lit/b", "a@capulet.lit/b"], ["b.capulet.lit"]),
    ],
)
def test_whom_an_address_matches(listed: str, hit: list[str], missed: list[str]) -> None:
    blocked = BlockedAddresses([JID(listed)])
    assert [jid for jid in (*hit, *missed) if JID(jid) in blocked] == hit
