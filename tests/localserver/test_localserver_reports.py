"""Reports about those who are blocked (XEP-0377), at the local server."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localserver.town import Client, Town
from xmppwire.im.blocking import BlockedAddresses, block, fetch_blocked
from xmppwire.im.disco import fetch_info
from xmppwire.jid import JID
from xmppwire.localserver import AbuseReport, LocalLimits
from xmppwire.protocol.blocking import Block
from xmppwire.protocol.blocking_reports import NAMESPACE, Report, ReportReason
from xmppwire.protocol.stanza_id import StanzaId
from xmppwire.stanza import Iq
from xmppwire.xml import Element

JULIET, SPAMMER = JID("juliet@capulet.lit"), JID("spammer@montague.lit")


def home(**keywords: Any) -> tuple[Town, Client]:
    town = Town(**keywords)
    return town, town.login(f"{JULIET}/balcony")


@pytest.mark.spec("XEP-0377", "3", "4")
def test_what_users_report_is_for_the_program_alone() -> None:
    town, juliet = home()
    assert NAMESPACE in juliet.run(fetch_info("capulet.lit")).features
    tablet = town.login(f"{JULIET}/tablet")
    blocked: BlockedAddresses = tablet.run(fetch_blocked())
    tablet.heard()
    report = Report(
        reason=ReportReason.SPAM,
        texts={"en": "Never came trouble to my house like this."},
        stanza_ids=[StanzaId(id="28482-98726-73623", by=JULIET)],
        report_origin=True,
    )
    juliet.run(block(SPAMMER, "tybalt@capulet.lit", report=report))
    (push,) = tablet.heard()
    assert blocked.feed(push, tablet.jid)
    change = push.get(Block)
    assert change is not None
    assert [item.report for item in change.items] == [None, None]
    reported = [SPAMMER, JID("tybalt@capulet.lit")]
    assert town.server.take_reports() == [AbuseReport(JULIET, jid, report) for jid in reported]
    assert town.server.take_reports() == []
    juliet.run(block("paris@capulet.lit"))
    assert town.server.take_reports() == []


def test_a_report_that_cannot_be_read_blocks_nobody() -> None:
    town, juliet = home()
    item = Element(("urn:xmpp:blocking", "item"), {"jid": str(SPAMMER)}, [Element((NAMESPACE, "report"))])
    reply = juliet.ask(Iq("set", payload=Element(("urn:xmpp:blocking", "block"), {}, [item])))
    assert reply.error is not None
    assert reply.error.condition == "bad-request"
    assert list(juliet.run(fetch_blocked())) == []
    assert town.server.take_reports() == []


@pytest.mark.parametrize(("made", "first"), [(3, "0"), (4, "1")])
def test_so_many_are_kept(made: int, first: str) -> None:
    town, juliet = home(limits=LocalLimits(reports=3))
    for number in range(made):
        juliet.run(block(f"{number}@x.lit", report=Report(reason="urn:example:rude")))
    kept = town.server.take_reports()
    assert len(kept) == 3
    assert kept[0].jid == JID(f"{first}@x.lit")


@pytest.mark.parametrize(("length", "kept"), [(30, 30), (31, 30)])
def test_so_much_of_each_is_kept(length: int, kept: int) -> None:
    town, juliet = home(limits=LocalLimits(report_text=30))
    report = Report(
        reason="urn:x:" + "x" * (length - 6),
        texts={f"x-{number}": "y" * length for number in range(6)},
        stanza_ids=[StanzaId(id="z" * length, by=JULIET)] * 21,
    )
    juliet.run(block(SPAMMER, report=report))
    (found,) = town.server.take_reports()
    assert len(found.report.reason) == kept
    assert list(found.report.texts.values()) == ["y" * kept] * 5
    assert [one.id for one in found.report.stanza_ids] == ["z" * kept] * 20
