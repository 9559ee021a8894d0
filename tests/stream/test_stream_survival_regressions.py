"""Known faults of other implementations in what makes streams survive: stream management, resumption, SASL2 and tokens.

Each test is named after where the fault was seen: a number is that of an issue there.
"""

from __future__ import annotations

import re

import pytest

from tests.pair import seeded
from tests.stream.sasl2_world import FAST, NS, policy
from tests.stream.streams import (
    BIND,
    CLIENT_HEADER,
    HEADER,
    JULIET,
    SUCCESS,
    Solo,
    client_config,
    client_in_tls,
    features,
    mechanisms,
    server_in_tls,
)
from xmppwire.jid import JID
from xmppwire.stanza import Message
from xmppwire.stream import (
    ComponentConfig,
    FastPolicy,
    ManagementEnabled,
    Phase,
    Resumed,
    Resumption,
    ResumptionFailed,
    SASL2Offer,
    StanzasAcknowledged,
    StreamManagement,
)

SM = "urn:xmpp:sm:3"
OFFER = f"<sm xmlns='{SM}'/>"
TO = JID("romeo@montague.lit")
UNKNOWN = "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"


def resuming(*texts: str) -> Solo:
    """A client that has asked to resume a stream, with these messages unconfirmed; the server's answer is next."""
    unconfirmed = tuple((Message(TO, text, id=text), None) for text in texts)
    state = Resumption(jid=JULIET, id="sm-1", handled=5, acknowledged=7, unacknowledged=unconfirmed)
    solo = client_in_tls(management=StreamManagement(), resume=state)
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS)
    solo.sent()
    solo.feed(HEADER + features(BIND, OFFER))
    return solo


def test_chatsecure_361_resumption_comes_before_binding() -> None:
    """A resource was bound first, and the stream could not be resumed any more."""
    solo = resuming("a")
    sent = solo.sent()
    assert sent.endswith(f"<resume xmlns='{SM}' h='5' previd='sm-1'/>")
    assert "<bind" not in sent
    solo.feed(f"<resumed xmlns='{SM}' h='7' previd='sm-1'/>")
    assert "<bind" not in solo.sent()


def test_aioxmpp_253_a_resumption_that_fails_tells_what_arrived() -> None:
    """`h` of `<failed/>` was not looked at, and all counted as lost."""
    solo = resuming("a", "b", "c")
    solo.feed(f"<failed xmlns='{SM}' h='9'>{UNKNOWN}</failed>")
    told = solo.one(ResumptionFailed)
    assert [item.body for item in told.acknowledged if isinstance(item, Message)] == ["a", "b"]
    assert [item.body for item in told.unknown if isinstance(item, Message)] == ["c"]


def test_aioxmpp_what_is_sent_again_keeps_its_order() -> None:
    """What was not confirmed went out again with the last one first."""
    solo = resuming("a", "b", "c", "d")
    solo.sent()
    solo.feed(f"<resumed xmlns='{SM}' h='8' previd='sm-1'/>")
    assert re.findall(r"<body>(.)</body>", solo.sent()) == ["b", "c", "d"]
    assert [item.body for item in solo.one(Resumed).resent if isinstance(item, Message)] == ["b", "c", "d"]


def test_xmpp_js_what_is_sent_in_the_moment_of_resumption_is_counted() -> None:
    """Answers to what came along with `<resumed/>` were not counted; the next acknowledgement made the client fall over."""
    solo = resuming("a")
    solo.sent()

    def answer(solo: Solo, event: object) -> None:
        if isinstance(event, Message):
            solo.engine.send(Message(TO, f"echo: {event.body}"), solo.now)

    solo.on_event = answer
    solo.feed(
        f"<resumed xmlns='{SM}' h='7' previd='sm-1'/>"
        f"<message from='{TO}'><body>x</body></message><message from='{TO}'><body>y</body></message>"
    )
    assert len(solo.engine.unacknowledged) == 3
    solo.feed(f"<a xmlns='{SM}' h='10'/>")
    assert len(solo.one(StanzasAcknowledged).stanzas) == 3
    assert solo.engine.phase is Phase.ESTABLISHED


def test_qxmpp_650_management_is_not_enabled_where_it_is_not_offered() -> None:
    solo = client_in_tls(management=StreamManagement())
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS)
    solo.feed(HEADER + features(BIND))
    identifier = re.findall(r"id='([^']+)'", solo.sent())[-1]
    bound = f"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{JULIET}</jid></bind>"
    solo.feed(f"<iq type='result' id='{identifier}'>{bound}</iq>")
    assert solo.engine.phase is Phase.ESTABLISHED
    assert SM not in solo.sent()
    assert not any(isinstance(event, ManagementEnabled) for event in solo.events)


def test_go_xmpp_47_components_know_no_management() -> None:
    """Components sent `<enable/>` and `<r/>`, which their servers do not know."""
    solo = Solo(ComponentConfig(jid=JID("plays.shakespeare.lit"), secret="x", random=seeded(1)))
    opening = (
        "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' "
        "from='plays.shakespeare.lit' id='3BF96D32'>"
    )
    solo.feed(opening, "<handshake/>")
    for number in range(20):
        solo.engine.send(Message(TO, str(number), sender="plays.shakespeare.lit"), solo.now)
    assert SM not in solo.sent()
    assert not solo.engine.unacknowledged


def test_fluux_348_the_header_inside_tls_says_who_we_are() -> None:
    """Without `from`, servers hide SASL2 and tokens. Outside TLS it would tell everybody who logs in (RFC 6120 4.7.1)."""
    solo = Solo(client_config())
    assert " from='" not in solo.sent()
    solo = client_in_tls()
    assert f" from='{JULIET.bare}'" in solo.sent().rpartition("<stream:stream")[2]


@pytest.mark.parametrize("sender", ["", f" from='{JULIET.bare}'"])
def test_ejabberd_24_and_prosody_13_sasl2_is_offered_to_those_who_hide_their_name(sender: str) -> None:
    """There SASL2, or its tokens, depend on `from`."""
    solo = server_in_tls(sasl2=SASL2Offer(fast=policy()))
    solo.feed(CLIENT_HEADER.replace(" to=", f"{sender} to="))
    sent = solo.sent()
    assert f"<authentication xmlns='{NS}'>" in sent
    assert f"<fast xmlns='{FAST}'" in sent


def test_ejabberd_2607_tokens_are_random_whoever_knows_the_engines_bytes() -> None:
    """Tokens came from a generator that can be foretold (the class of CVE-2016-1232)."""

    def of(given: FastPolicy, seed: int) -> str:
        return given.issue("HT-SHA-256-NONE", 0.0, seeded(seed)).token

    one, other = FastPolicy(epoch=0.0), FastPolicy(epoch=0.0)
    assert of(one, 1) != of(other, 1), "the secret is drawn by each policy"
    assert of(one, 1) != of(one, 2), "the engine's bytes go in as well"
    assert of(policy(), 1) == of(policy(), 1)
    assert len(of(one, 1)) * 6 >= 256
