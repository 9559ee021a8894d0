"""Subscriptions (RFC 6121 section 3) as a client sees them: the states, the policies, and what is not believed."""

from __future__ import annotations

from typing import Any

import pytest

from xmppwire.im.roster import RefusedPush, Roster, RosterChange
from xmppwire.im.subscriptions import (
    Decision,
    SubscriptionFailed,
    SubscriptionNews,
    Subscriptions,
    accept_all,
    accept_from,
    ask_always,
)
from xmppwire.jid import JID
from xmppwire.protocol.roster import Ask, RosterItem, RosterVersioning, Subscription, SubscriptionPreApproval
from xmppwire.protocol.roster import Roster as RosterQuery
from xmppwire.protocol.user_nickname import Nick
from xmppwire.stanza import Iq, Message, Presence, PresenceType, StanzaError
from xmppwire.stanza.subscriptions import SubscriptionState
from xmppwire.stream import LocalProtocolError
from xmppwire.stream.events import Established
from xmppwire.xml import Element

JULIET = JID("juliet@capulet.lit/balcony")
ROMEO = JID("romeo@montague.lit")

STATES: dict[str, tuple[RosterItem | None, bool]] = {
    "None": (None, False),
    "None + Pending Out": (RosterItem(jid=ROMEO, ask=Ask.SUBSCRIBE), False),
    "None + Pending In": (None, True),
    "None + Pending Out+In": (RosterItem(jid=ROMEO, ask=Ask.SUBSCRIBE), True),
    "To": (RosterItem(jid=ROMEO, subscription=Subscription.TO), False),
    "To + Pending In": (RosterItem(jid=ROMEO, subscription=Subscription.TO), True),
    "From": (RosterItem(jid=ROMEO, subscription=Subscription.FROM), False),
    "From + Pending Out": (RosterItem(jid=ROMEO, subscription=Subscription.FROM, ask=Ask.SUBSCRIBE), False),
    "Both": (RosterItem(jid=ROMEO, subscription=Subscription.BOTH), False),
}
"""What the roster shows, and whether the contact asked for a subscription (appendix A.1)."""


def said(type: str, sender: JID | str | None = ROMEO, **more: Any) -> Presence:
    return Presence(JULIET.bare, type=type, sender=sender, **more)


def push(item: RosterItem, sender: JID | None = None) -> Iq:
    return Iq("set", JULIET, payload=RosterQuery(items=[item]), id="p", sender=sender)


def in_state(name: str, **more: Any) -> Subscriptions:
    item, pending = STATES[name]
    subscriptions = Subscriptions(Roster() if item is None else Roster([item]), **more)
    if pending:
        policy, subscriptions.policy = subscriptions.policy, ask_always
        subscriptions.feed(said("subscribe"), JULIET)
        subscriptions.policy = policy
    assert str(subscriptions.state(ROMEO)) == name
    return subscriptions


def news(subscriptions: Subscriptions, presence: Presence) -> SubscriptionNews:
    told = subscriptions.feed(presence, JULIET)
    assert isinstance(told, SubscriptionNews)
    return told


# --- what is told ---------------------------------------------------------------------------------------------------

TOLD = {
    "subscribe": {
        "None": "None + Pending In",
        "None + Pending Out": "None + Pending Out+In",
        "To": "To + Pending In",
    },
    "unsubscribe": {
        "None + Pending In": "None",
        "None + Pending Out+In": "None + Pending Out",
        "To + Pending In": "To",
        "From": "None",
        "From + Pending Out": "None + Pending Out",
        "Both": "To",
    },
    "subscribed": {
        "None + Pending Out": "To",
        "None + Pending Out+In": "To + Pending In",
        "From + Pending Out": "Both",
    },
    "unsubscribed": {
        "None + Pending Out": "None",
        "None + Pending Out+In": "None + Pending In",
        "To": "None",
        "To + Pending In": "None + Pending In",
        "From + Pending Out": "From",
        "Both": "From",
    },
}
"""The state changes of appendix A.3; all others are none."""


@pytest.mark.spec("RFC 6121", "A.1", "A.3", "A.3.1", "A.3.2", "A.3.3", "A.3.4", "3.1.6", "3.2.3", "3.3.3")
@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("type_", TOLD)
def test_what_a_contact_says_in_each_state(type_: str, name: str) -> None:
    subscriptions = in_state(name)
    presence = said(type_)
    told = news(subscriptions, presence)
    after = TOLD[type_].get(name, name)
    assert (told.jid, told.type, str(told.before), str(told.after)) == (ROMEO, PresenceType(type_), name, after)
    assert told.credible is (type_ != "subscribed" or "To" in after.split() or after == "Both")
    assert told.presence is presence
    assert told.answers == ()
    item = STATES[name][0]
    assert list(subscriptions.roster) == ([] if item is None else [item]), "the roster is what the server pushes"
    assert subscriptions.state(ROMEO).pending is told.after.pending


@pytest.mark.spec("RFC 6121", "A.1")
def test_a_subscription_that_exists_is_not_asked_for() -> None:
    subscriptions = in_state("None + Pending In")
    subscriptions.request(ROMEO)
    for name in ("From", "To", "Both"):
        item = STATES[name][0]
        assert item is not None
        subscriptions.roster = Roster([item.replace(ask=Ask.SUBSCRIBE)])  # as a new fetch may find it
        state = subscriptions.state(ROMEO)
        assert (state.pending, state.ask) == (not state.from_, not state.to)


@pytest.mark.spec("RFC 6121", "3.1.4", "3.1.6")
def test_a_request_waits_until_it_is_answered() -> None:
    subscriptions = Subscriptions()
    told = news(
        subscriptions, said("subscribe", "romeo@montague.lit/orchard", status="It is I", payloads=[Nick(name="R")])
    )
    assert (told.jid, told.presence.status, told.presence.get(Nick)) == (ROMEO, "It is I", Nick(name="R"))
    assert list(subscriptions.requests) == [ROMEO]
    again = news(subscriptions, said("subscribe", status="Please"))
    assert again.before == again.after
    assert [request.status for request in subscriptions.requests.values()] == ["Please"]

    approval = subscriptions.approve("romeo@montague.lit/orchard")
    assert (approval.to, approval.type) == (ROMEO, PresenceType.SUBSCRIBED)
    assert list(subscriptions.requests) == [ROMEO], "the server did not say yet that it is done"
    item = RosterItem(jid=ROMEO, subscription=Subscription.FROM)
    assert subscriptions.feed(push(item), JULIET) == RosterChange(ROMEO, None, item)
    assert subscriptions.requests == {}
    assert str(subscriptions.state(ROMEO)) == "From"

    # and nothing of it is left when another client ends the subscription
    subscriptions.feed(push(RosterItem(jid=ROMEO)), JULIET)
    assert str(subscriptions.state(ROMEO)) == "None"


@pytest.mark.spec("RFC 6121", "3.2.1")
def test_a_request_is_refused() -> None:
    subscriptions = in_state("To + Pending In")
    refusal = subscriptions.cancel(ROMEO)
    assert (refusal.to, refusal.type) == (ROMEO, PresenceType.UNSUBSCRIBED)
    assert subscriptions.requests == {}
    assert str(subscriptions.state(ROMEO)) == "To"


@pytest.mark.spec("RFC 6121", "3.1.1", "3.1.6")
def test_a_request_of_ours_is_approved_even_before_the_roster_shows_it() -> None:
    subscriptions = Subscriptions()
    request = subscriptions.request(JID("romeo@montague.lit/orchard"), "It is I", [Nick(name="Juliet")])
    assert (request.to, request.type, request.status) == (ROMEO, PresenceType.SUBSCRIBE, "It is I")
    assert request.get(Nick) == Nick(name="Juliet")
    assert request.id
    assert str(subscriptions.state(ROMEO)) == "None + Pending Out"
    told = news(subscriptions, said("subscribed"))
    assert (str(told.after), told.credible) == ("To", True)
    again = news(subscriptions, said("subscribed"))
    assert (str(again.after), again.credible) == ("None", False)
    subscriptions.feed(push(RosterItem(jid=ROMEO, subscription=Subscription.TO)), JULIET)
    assert str(subscriptions.state(ROMEO)) == "To"


def test_an_approval_behind_the_push_is_one_too() -> None:
    subscriptions = Subscriptions()
    subscriptions.request(ROMEO)
    subscriptions.feed(push(RosterItem(jid=ROMEO, subscription=Subscription.TO)), JULIET)
    told = news(subscriptions, said("subscribed"))
    assert (str(told.before), str(told.after), told.credible) == ("To", "To", True)


def test_nobody_approves_what_nobody_asked_for() -> None:
    for name in ("None", "None + Pending In", "From"):
        told = news(in_state(name, policy=accept_all), said("subscribed"))
        assert (str(told.after), told.credible, told.answers) == (name, False, ())


@pytest.mark.spec("RFC 6121", "3.1.2", "3.3.1")
@pytest.mark.parametrize("end", ["unsubscribe", "refused", "removed", "new stream"])
def test_what_ends_a_request_of_ours(end: str) -> None:
    subscriptions = Subscriptions()
    subscriptions.request(ROMEO)
    subscriptions.feed(push(RosterItem(jid=ROMEO)), JULIET)
    assert subscriptions.state(ROMEO).ask, "this push may be older than the request"
    match end:
        case "unsubscribe":
            subscriptions.unsubscribe(ROMEO)
        case "refused":
            subscriptions.feed(said("unsubscribed"), JULIET)
        case "removed":
            subscriptions.feed(push(RosterItem(jid=ROMEO, subscription=Subscription.REMOVE)), JULIET)
        case _:
            subscriptions.feed(Established(JULIET, []), JULIET)
    assert not subscriptions.state(ROMEO).ask


@pytest.mark.spec("RFC 6121", "3.1.2")
def test_a_request_of_ours_does_not_get_there() -> None:
    subscriptions = Subscriptions()
    request = subscriptions.request(ROMEO)
    others = [
        said("error", id=request.id, sender="tybalt@capulet.lit", error=StanzaError("item-not-found")),
        said("error", id="presence", error=StanzaError("item-not-found")),
        said("error", error=StanzaError("item-not-found")),
    ]
    assert [subscriptions.feed(other, JULIET) for other in others] == [None] * 3
    assert subscriptions.state(ROMEO).ask
    failed = subscriptions.feed(said("error", id=request.id, error=StanzaError("remote-server-not-found")), JULIET)
    assert failed == SubscriptionFailed(ROMEO, StanzaError("remote-server-not-found"))
    assert not subscriptions.state(ROMEO).ask
    assert subscriptions.feed(said("error", id=request.id), JULIET) is None

    unreadable = said("error", id=subscriptions.request(ROMEO).id)
    unreadable.children = [Element(("jabber:client", "error"), {"by": "@"})]
    assert subscriptions.feed(unreadable, JULIET) == SubscriptionFailed(ROMEO, None)


@pytest.mark.spec("RFC 6121", "3.4.1", "3.4.2")
def test_approval_beforehand_is_only_for_servers_that_offer_it() -> None:
    subscriptions = Subscriptions()
    with pytest.raises(LocalProtocolError, match="beforehand"):
        subscriptions.pre_approve(ROMEO)
    with pytest.raises(LocalProtocolError, match="did not ask"):
        subscriptions.approve(ROMEO)
    features = [RosterVersioning().to_element(), SubscriptionPreApproval().to_element()]
    assert subscriptions.feed(Established(JULIET, features), JULIET) is None
    assert subscriptions.pre_approval
    assert subscriptions.roster.versioning
    stanza = subscriptions.pre_approve("romeo@montague.lit/orchard")
    assert (stanza.to, stanza.type) == (ROMEO, PresenceType.SUBSCRIBED)
    subscriptions.feed(push(RosterItem(jid=ROMEO, approved=True)), JULIET)
    assert subscriptions.state(ROMEO) == SubscriptionState(approved=True)
    told = news(subscriptions, said("subscribe"))
    assert (told.after, told.answers) == (SubscriptionState(from_=True, approved=True), ())
    subscriptions.feed(Established(JULIET, []), JULIET)
    assert not subscriptions.pre_approval


@pytest.mark.spec("RFC 6121", "3.1.1", "3.1.4")
def test_the_stanzas_have_ids_of_their_own() -> None:
    subscriptions = Subscriptions()
    news(subscriptions, said("subscribe", id="subscribed-1"))
    stanzas = [
        subscriptions.request("nurse@capulet.lit"),
        subscriptions.approve(ROMEO),
        subscriptions.cancel(ROMEO),
        subscriptions.unsubscribe(ROMEO, "Farewell"),
    ]
    assert [str(stanza.type) for stanza in stanzas] == ["subscribe", "subscribed", "unsubscribed", "unsubscribe"]
    assert len({stanza.id for stanza in stanzas} - {None, "subscribed-1"}) == 4
    assert stanzas[3].status == "Farewell"


# --- policies -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("jid", "accepted"),
    [
        ("nurse@capulet.lit", True),
        ("nurse@CAPULET.lit", True),
        ("capulet.lit", True),
        ("romeo@montague.lit", True),
        ("a@evilcapulet.lit", False),
        ("a@capulet.lit.evil.example", False),
        ("a@sub.capulet.lit", False),
        ("capulet.lit@evil.example", False),
    ],
)
def test_domains_are_accepted_whole(jid: str, accepted: bool) -> None:
    policy = accept_from("Capulet.lit", JID("romeo@montague.lit/orchard"))
    assert policy(JID(jid)) is (Decision.ACCEPT if accepted else Decision.ASK)
    strict = accept_from("capulet.lit", "montague.lit", otherwise=Decision.REFUSE)
    assert strict(JID(jid)) is (Decision.ACCEPT if accepted else Decision.REFUSE)


@pytest.mark.spec("RFC 6121", "3.1.4")
def test_the_policy_answers() -> None:
    def answers(subscriptions: Subscriptions, sender: JID | str = ROMEO) -> list[tuple[str, str]]:
        told = news(subscriptions, said("subscribe", sender))
        return [(str(answer.to), str(answer.type)) for answer in told.answers]

    approval, request = (str(ROMEO), "subscribed"), (str(ROMEO), "subscribe")
    assert answers(Subscriptions()) == []
    assert answers(Subscriptions(policy=accept_all)) == [approval]
    assert answers(Subscriptions(policy=accept_all, mutual=True)) == [approval, request]
    assert answers(in_state("To", policy=accept_all, mutual=True)) == [approval]
    assert answers(in_state("None + Pending Out", policy=accept_all, mutual=True)) == [approval]
    refusing = Subscriptions(policy=accept_from("capulet.lit", otherwise=Decision.REFUSE))
    assert answers(refusing) == [(str(ROMEO), "unsubscribed")]
    assert refusing.requests == {}
    assert answers(refusing, "nurse@capulet.lit") == [("nurse@capulet.lit", "subscribed")]
    # whoever was let in is not thrown out again by a request that a server lost sight of
    assert answers(in_state("From", policy=accept_from(otherwise=Decision.REFUSE))) == []
    assert answers(in_state("None + Pending In", policy=accept_all)) == [approval]


# --- who is not believed --------------------------------------------------------------------------------------------


def test_what_is_not_about_subscriptions() -> None:
    subscriptions = Subscriptions(policy=accept_all)
    others = [
        said("subscribe", None),
        said("subscribe", JULIET.bare),
        said("subscribed", JID("juliet@capulet.lit/chamber")),
        said("unavailable"),
        said("probe"),
        Presence(JULIET, sender=ROMEO),
        Message(JULIET, "hi", sender=ROMEO),
        "something else",
    ]
    assert [subscriptions.feed(other, JULIET) for other in others] == [None] * len(others)
    assert subscriptions.requests == {}


@pytest.mark.spec("RFC 6121", "2.1.6")
def test_a_forged_push_ends_no_request() -> None:
    subscriptions = in_state("None + Pending In")
    subscriptions.request("nurse@capulet.lit")
    for item in (
        RosterItem(jid=ROMEO, subscription=Subscription.FROM),
        RosterItem(jid=JID("nurse@capulet.lit"), subscription=Subscription.REMOVE),
    ):
        assert isinstance(subscriptions.feed(push(item, sender=ROMEO), JULIET), RefusedPush)
    assert list(subscriptions.requests) == [ROMEO]
    assert subscriptions.state("nurse@capulet.lit").ask


def test_a_flood_of_requests_is_told_but_not_kept() -> None:
    subscriptions = Subscriptions(limit=10)
    for number in range(50):
        told = news(subscriptions, said("subscribe", f"user{number}@evil.example"))
        assert str(told.after) == "None + Pending In"
    assert [str(jid) for jid in subscriptions.requests] == [f"user{number}@evil.example" for number in range(40, 50)]
    subscriptions.feed(Established(JULIET, []), JULIET)
    assert subscriptions.requests == {}


def test_whom_we_ask_in_turn_does_not_fill_the_memory() -> None:
    subscriptions = Subscriptions(policy=accept_all, mutual=True, limit=10)
    for number in range(30):
        told = news(subscriptions, said("subscribe", f"u{number}@montague.lit"))
        assert [one.type for one in told.answers] == ["subscribed", "subscribe"]
    asked = [subscriptions.state(f"u{number}@montague.lit").ask for number in range(30)]
    assert asked == [False] * 20 + [True] * 10
