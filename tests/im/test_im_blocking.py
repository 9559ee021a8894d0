"""Block lists (XEP-0191): what is asked for, what is told, and whom it matches."""

from __future__ import annotations

import pytest

from tests.session.play import JULIET, Play
from xmppwire.im.archive import ArchivedMessage
from xmppwire.im.blocking import (
    MOST_MESSAGES,
    BlockedAddresses,
    block,
    block_and_report,
    fetch_blocked,
    report_about,
    unblock,
    unblock_all,
)
from xmppwire.jid import JID
from xmppwire.protocol.blocking import Block, BlockItem, BlockList, Unblock
from xmppwire.protocol.blocking_reports import Report, ReportReason
from xmppwire.protocol.disco import DiscoInfo
from xmppwire.protocol.stanza_id import StanzaId
from xmppwire.stanza import Iq, IqType, Message

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


@pytest.mark.spec("XEP-0377", "4", "6")
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


@pytest.mark.spec("XEP-0377", "3", "6")
@pytest.mark.parametrize("offered", [True, False])
def test_somebody_is_reported_where_the_server_takes_reports(offered: bool) -> None:
    play = Play()
    report = Report(reason=ReportReason.ABUSE)
    running = play.run(block_and_report(TYBALT, report, "capulet.lit"))
    iq = play.asked()
    assert iq.to == JID("capulet.lit")
    play.say(iq.result(DiscoInfo(features=["urn:xmpp:reporting:1"] if offered else [])).replace(sender=iq.to))
    iq = play.asked()
    assert iq.get(Block) == Block(items=[BlockItem(jid=TYBALT, report=report if offered else None)])
    play.say(iq.result().replace(sender=None))
    assert running.result() is offered


def from_tybalt(number: int, *ids: StanzaId, sender: JID | str = "tybalt@capulet.lit/duel") -> Message:
    return Message(JULIET, f"duel {number}", sender=sender, id=str(number), payloads=ids)


@pytest.mark.spec("XEP-0377", "4", "5", "6")
def test_a_report_names_messages_as_the_own_archive_does() -> None:
    own = JULIET.bare
    messages: list[Message | ArchivedMessage] = [
        from_tybalt(1, StanzaId(id="a1", by=own), StanzaId(id="other", by=JID("capulet.lit"))),
        from_tybalt(2),
        from_tybalt(3, StanzaId(id="forged", by=TYBALT)),
        from_tybalt(4, StanzaId(id="a4", by=own), StanzaId(id="a5", by=own)),
        ArchivedMessage("a6", None, from_tybalt(6)),
        from_tybalt(1, StanzaId(id="a1", by=own)),
    ]
    report = report_about(TYBALT, ReportReason.SPAM, messages, archive=JULIET, text="a duel a day", third_party=True)
    assert report == Report(
        reason=ReportReason.SPAM,
        stanza_ids=[StanzaId(id="a1", by=own), StanzaId(id="a6", by=own)],
        texts={"": "a duel a day"},
        third_party=True,
    )
    assert Report.from_element(report.to_element()) == report
    assert report_about(TYBALT, "urn:example:rude", messages) == Report(reason="urn:example:rude")
    told = report_about(
        "capulet.lit", ReportReason.SPAM, messages, text={"de": "Duelle", "en": "duels"}, report_origin=True
    )
    assert (told.texts, told.report_origin, told.stanza_ids) == ({"de": "Duelle", "en": "duels"}, True, [])
    many = [from_tybalt(n, StanzaId(id=f"a{n}", by=own)) for n in range(MOST_MESSAGES + 5)]
    assert [one.id for one in report_about(TYBALT, "x", many, archive=own).stanza_ids] == [
        f"a{n}" for n in range(5, MOST_MESSAGES + 5)
    ]


@pytest.mark.parametrize("sender", ["paris@capulet.lit/x", "capulet.lit", None])
def test_nobody_is_reported_for_what_somebody_else_said(sender: str | None) -> None:
    with pytest.raises(ValueError, match="a message of"):
        report_about(TYBALT, ReportReason.SPAM, [Message(JULIET, "hi", sender=sender)])


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
