"""Every row of the tables in appendix A of RFC 6121, as printed there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xmppwire.stanza.subscriptions import SubscriptionState, inbound, outbound

STATES = {
    "None": SubscriptionState(),
    "None + Pending Out": SubscriptionState(ask=True),
    "None + Pending In": SubscriptionState(pending=True),
    "None + Pending Out+In": SubscriptionState(ask=True, pending=True),
    "To": SubscriptionState(to=True),
    "To + Pending In": SubscriptionState(to=True, pending=True),
    "From": SubscriptionState(from_=True),
    "From + Pending Out": SubscriptionState(from_=True, ask=True),
    "Both": SubscriptionState(to=True, from_=True),
}
SAME = "no state change"

OUTBOUND = {
    "subscribe": {
        "None": (True, "None + Pending Out"),
        "None + Pending Out": (True, SAME),
        "None + Pending In": (True, "None + Pending Out+In"),
        "None + Pending Out+In": (True, SAME),
        "To": (True, SAME),
        "To + Pending In": (True, SAME),
        "From": (True, "From + Pending Out"),
        "From + Pending Out": (True, SAME),
        "Both": (True, SAME),
    },
    "unsubscribe": {
        "None": (True, SAME),
        "None + Pending Out": (True, "None"),
        "None + Pending In": (True, SAME),
        "None + Pending Out+In": (True, "None + Pending In"),
        "To": (True, "None"),
        "To + Pending In": (True, "None + Pending In"),
        "From": (True, SAME),
        "From + Pending Out": (True, "From"),
        "Both": (True, "From"),
    },
    "subscribed": {
        "None": (False, "approved"),
        "None + Pending Out": (False, "approved"),
        "None + Pending In": (True, "From"),
        "None + Pending Out+In": (True, "From + Pending Out"),
        "To": (False, "approved"),
        "To + Pending In": (True, "Both"),
        "From": (False, SAME),
        "From + Pending Out": (False, SAME),
        "Both": (False, SAME),
    },
    "unsubscribed": {
        "None": (False, SAME),
        "None + Pending Out": (False, SAME),
        "None + Pending In": (True, "None"),
        "None + Pending Out+In": (True, "None + Pending Out"),
        "To": (False, SAME),
        "To + Pending In": (True, "To"),
        "From": (True, "None"),
        "From + Pending Out": (True, "None + Pending Out"),
        "Both": (True, "To"),
    },
}

INBOUND = {
    "subscribe": {
        "None": (True, "None + Pending In", None),
        "None + Pending Out": (True, "None + Pending Out+In", None),
        "None + Pending In": (False, SAME, None),
        "None + Pending Out+In": (False, SAME, None),
        "To": (True, "To + Pending In", None),
        "To + Pending In": (False, SAME, None),
        "From": (False, SAME, "subscribed"),
        "From + Pending Out": (False, SAME, "subscribed"),
        "Both": (False, SAME, "subscribed"),
    },
    "unsubscribe": {
        "None": (False, SAME, None),
        "None + Pending Out": (False, SAME, None),
        "None + Pending In": (True, "None", "unsubscribed"),
        "None + Pending Out+In": (True, "None + Pending Out", "unsubscribed"),
        "To": (False, SAME, None),
        "To + Pending In": (True, "To", "unsubscribed"),
        "From": (True, "None", "unsubscribed"),
        "From + Pending Out": (True, "None + Pending Out", "unsubscribed"),
        "Both": (True, "To", "unsubscribed"),
    },
    "subscribed": {
        "None": (False, SAME, None),
        "None + Pending Out": (True, "To", None),
        "None + Pending In": (False, SAME, None),
        "None + Pending Out+In": (True, "To + Pending In", None),
        "To": (False, SAME, None),
        "To + Pending In": (False, SAME, None),
        "From": (False, SAME, None),
        "From + Pending Out": (True, "Both", None),
        "Both": (False, SAME, None),
    },
    "unsubscribed": {
        "None": (False, SAME, None),
        "None + Pending Out": (True, "None", None),
        "None + Pending In": (False, SAME, None),
        "None + Pending Out+In": (True, "None + Pending In", None),
        "To": (True, "None", None),
        "To + Pending In": (True, "None + Pending In", None),
        "From": (False, SAME, None),
        "From + Pending Out": (True, "From", None),
        "Both": (True, "From", None),
    },
}


def copy(state: SubscriptionState) -> SubscriptionState:
    return SubscriptionState(state.to, state.from_, state.ask, state.pending, state.approved)


@pytest.mark.spec("RFC 6121", "A.1")
@pytest.mark.parametrize("name", STATES)
def test_the_states_have_the_names_of_the_standard(name: str) -> None:
    assert str(STATES[name]) == name
    assert str(replace(STATES[name], approved=True)) == name


@pytest.mark.spec("RFC 6121", "A.2", "A.2.1", "A.2.2", "A.2.3", "A.2.4", "3.4.2")
@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("type_", OUTBOUND)
def test_outbound(type_: str, name: str) -> None:
    routed, after = OUTBOUND[type_][name]
    state = copy(STATES[name])
    outcome = outbound(state, type_)
    assert outcome.forward is routed
    assert outcome.reply is None
    expected = copy(STATES[name if after in (SAME, "approved") else after])
    expected.approved = after == "approved"
    assert state == expected


@pytest.mark.spec("RFC 6121", "A.3", "A.3.1", "A.3.2", "A.3.3", "A.3.4")
@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize("type_", INBOUND)
def test_inbound(type_: str, name: str) -> None:
    delivered, after, reply = INBOUND[type_][name]
    state = copy(STATES[name])
    outcome = inbound(state, type_)
    assert (outcome.forward, outcome.reply) == (delivered, reply)
    assert state == STATES[name if after == SAME else after]


@pytest.mark.spec("RFC 6121", "3.4.2")
@pytest.mark.parametrize(
    ("before", "after"), [("None", "From"), ("None + Pending Out", "From + Pending Out"), ("To", "Both")]
)
def test_a_pre_approved_request_is_granted_without_asking(before: str, after: str) -> None:
    state = copy(STATES[before])
    outbound(state, "subscribed")
    outcome = inbound(state, "subscribe")
    assert (outcome.forward, outcome.reply) == (False, "subscribed")
    assert (state.to, state.from_, state.ask) == (STATES[after].to, STATES[after].from_, STATES[after].ask)


@pytest.mark.spec("RFC 6121", "3.2.2", "3.4.2")
def test_unsubscribed_takes_a_pre_approval_back() -> None:
    state = SubscriptionState()
    outbound(state, "subscribed")
    assert not outbound(state, "unsubscribed").forward
    assert state == SubscriptionState()


@pytest.mark.spec("RFC 6121", "2.1.2.5")
def test_the_value_for_the_roster() -> None:
    values = {name: state.subscription for name, state in STATES.items()}
    assert {name: value for name, value in values.items() if "Pending" not in name} == {
        "None": "none",
        "To": "to",
        "From": "from",
        "Both": "both",
    }
    assert values["None + Pending Out+In"] == "none"
    assert values["From + Pending Out"] == "from"
