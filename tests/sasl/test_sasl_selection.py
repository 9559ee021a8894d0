"""Which mechanism and which binding: the table row by row, and the attacks and lock-outs it is there for."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence

import pytest

import xmppwire.sasl.selection as module
from tests.sasl.exchange import converse, counting_random, knowing
from xmppwire.sasl import (
    BindingPolicy,
    ChannelBinding,
    Choice,
    Credentials,
    KeyRequest,
    NoSuitableMechanism,
    Offer,
    Policy,
    SASLFailure,
    candidates,
    client_mechanism,
    select,
    selection_table,
    server_mechanism,
)

EXPORTER, UNIQUE, END_POINT = "tls-exporter", "tls-unique", "tls-server-end-point"
JULIET = Credentials("juliet", "r0m30")
ALL_SCRAM = tuple(f"SCRAM-SHA-{size}{plus}" for size in (1, 256, 512) for plus in ("", "-PLUS"))


def binding(*types: str) -> list[ChannelBinding]:
    return [ChannelBinding(kind, b"data of " + kind.encode()) for kind in types]


def offer(mechanisms: str | Sequence[str], types: Sequence[str] | None = None) -> Offer:
    names = mechanisms.split() if isinstance(mechanisms, str) else mechanisms
    return Offer(tuple(names), None if types is None else tuple(types))


def plan(
    seen: Offer,
    bindings: Sequence[ChannelBinding] = (),
    credentials: Credentials = JULIET,
    *,
    tls: bool = True,
    policy: Policy | None = None,
    excluded: Collection[str] = (),
) -> list[str]:
    """All that would be tried, as `label:flag`, with a star where the offer has to be confirmed."""
    choices = candidates(seen, bindings, credentials, tls=tls, policy=policy, excluded=excluded)
    return [f"{choice.label}:{choice.gs2}{'*' if choice.prove_offer else ''}" for choice in choices]


ONE_HASH = "SCRAM-SHA-1 PLAIN"
WITH_PLUS = "SCRAM-SHA-1 SCRAM-SHA-1-PLUS PLAIN"


@pytest.mark.spec("RFC 5802", "6")
@pytest.mark.spec("XEP-0440", "3")
@pytest.mark.parametrize(
    ("mechanisms", "types", "at_hand", "expected"),
    [
        # No binding at hand: n, whatever is offered.
        (ONE_HASH, None, [], ["SCRAM-SHA-1:n", "PLAIN:n"]),
        (ONE_HASH, [EXPORTER], [], ["SCRAM-SHA-1:n", "PLAIN:n"]),
        (WITH_PLUS, None, [], ["SCRAM-SHA-1:n", "PLAIN:n"]),
        (WITH_PLUS, [EXPORTER], [], ["SCRAM-SHA-1:n", "PLAIN:n"]),
        # -PLUS is not offered, or taken away: y.
        (ONE_HASH, None, [END_POINT], ["SCRAM-SHA-1:y", "PLAIN:n"]),
        (ONE_HASH, [END_POINT], [END_POINT], ["SCRAM-SHA-1:y", "PLAIN:n"]),
        (ONE_HASH, [EXPORTER], [END_POINT], ["SCRAM-SHA-1:y", "PLAIN:n"]),
        # -PLUS without a list (ejabberd 23, Prosody 0.12): guess, then n.
        (WITH_PLUS, None, [END_POINT], [f"SCRAM-SHA-1-PLUS {END_POINT}:p", "SCRAM-SHA-1:n", "PLAIN:n"]),
        (WITH_PLUS, [], [END_POINT], [f"SCRAM-SHA-1-PLUS {END_POINT}:p", "SCRAM-SHA-1:n", "PLAIN:n"]),
        (
            WITH_PLUS,
            None,
            [END_POINT, EXPORTER],
            [f"SCRAM-SHA-1-PLUS {EXPORTER}:p", f"SCRAM-SHA-1-PLUS {END_POINT}:p", "SCRAM-SHA-1:n", "PLAIN:n"],
        ),
        (
            WITH_PLUS,
            None,
            [END_POINT, UNIQUE],
            [f"SCRAM-SHA-1-PLUS {UNIQUE}:p", f"SCRAM-SHA-1-PLUS {END_POINT}:p", "SCRAM-SHA-1:n", "PLAIN:n"],
        ),
        # A common type is listed: that, and nothing else.
        (WITH_PLUS, [END_POINT], [END_POINT], [f"SCRAM-SHA-1-PLUS {END_POINT}:p"]),
        (WITH_PLUS, [END_POINT, EXPORTER], [END_POINT, EXPORTER], [f"SCRAM-SHA-1-PLUS {EXPORTER}:p"]),
        (WITH_PLUS, [END_POINT, UNIQUE], [END_POINT, UNIQUE, EXPORTER], [f"SCRAM-SHA-1-PLUS {UNIQUE}:p"]),
        # Nothing in common (Prosody 13 on TLS 1.3 against Python's ssl): n, and never y.
        (WITH_PLUS, [EXPORTER], [END_POINT], ["SCRAM-SHA-1:n", "PLAIN:n"]),
        (WITH_PLUS, [EXPORTER], [UNIQUE, END_POINT], ["SCRAM-SHA-1:n", "PLAIN:n"]),
        # A type that nobody knows is no binding at hand.
        (WITH_PLUS, ["tls-new"], ["tls-new"], ["SCRAM-SHA-1:n", "PLAIN:n"]),
        (ONE_HASH, None, ["tls-new"], ["SCRAM-SHA-1:n", "PLAIN:n"]),
        # A -PLUS mechanism that we do not know forbids y all the same.
        ("SCRAM-SHA-1 SCRAM-SHA3-512-PLUS", None, [END_POINT], ["SCRAM-SHA-1:n"]),
        ("SCRAM-SHA-1 SCRAM-SHA3-512-PLUS", [END_POINT], [END_POINT], ["SCRAM-SHA-1:n"]),
        # Only -PLUS, and we cannot.
        ("SCRAM-SHA-1-PLUS", [EXPORTER], [END_POINT], []),
    ],
)
def test_each_row(mechanisms: str, types: list[str] | None, at_hand: list[str], expected: list[str]) -> None:
    assert plan(offer(mechanisms, types), binding(*at_hand)) == expected


@pytest.mark.parametrize(
    ("types", "at_hand", "expected"),
    [
        (None, [], ["SCRAM-SHA-512:n", "SCRAM-SHA-256:n", "SCRAM-SHA-1:n"]),
        (
            [EXPORTER],
            [EXPORTER],
            [f"SCRAM-SHA-{size}-PLUS {EXPORTER}:p" for size in (512, 256, 1)],
        ),
        (
            None,
            [UNIQUE],
            [f"SCRAM-SHA-512-PLUS {UNIQUE}:p", "SCRAM-SHA-512:n", "SCRAM-SHA-256:n", "SCRAM-SHA-1:n"],
        ),
    ],
)
def test_the_strongest_hash_first(types: list[str] | None, at_hand: list[str], expected: list[str]) -> None:
    for names in itertools.permutations(ALL_SCRAM[:4]):
        assert plan(offer([*names, *ALL_SCRAM[4:]], types), binding(*at_hand)) == expected


SUBSETS = [
    tuple(itertools.compress((EXPORTER, UNIQUE, END_POINT), mask)) for mask in itertools.product((0, 1), repeat=3)
]
MECHANISM_LISTS = [
    tuple(itertools.compress(("SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-512", "SCRAM-SHA-512-PLUS", "PLAIN"), mask))
    for mask in itertools.product((0, 1), repeat=5)
]


@pytest.mark.parametrize("remembered", [False, True])
def test_promises_over_every_combination(remembered: bool) -> None:
    """No `y` where -PLUS is offered, no way around a common type, no lock-out, memory kept: over all of it."""
    policy = Policy(known_mechanisms=frozenset({"SCRAM-SHA-1-PLUS"}) if remembered else frozenset())
    for mechanisms, types, at_hand in itertools.product(MECHANISM_LISTS, [None, *SUBSETS], SUBSETS):
        seen = offer(mechanisms, types)
        choices = list(candidates(seen, binding(*at_hand), JULIET, tls=True, policy=policy))
        plus = any(name.endswith("-PLUS") for name in mechanisms)
        common = set(types or ()) & set(at_hand)
        assert len({choice.label for choice in choices}) == len(choices)
        for choice in choices:
            assert choice.mechanism in mechanisms
            assert (choice.gs2 == "p") == (choice.binding is not None) == choice.mechanism.endswith("-PLUS")
            assert not (choice.gs2 == "y" and plus)
            assert not (choice.gs2 == "y" and not at_hand)
            if choice.binding is not None:
                assert choice.binding.type in at_hand
                assert not types or choice.binding.type in types
            if choice.mechanism.startswith("SCRAM") and at_hand and not plus:
                assert choice.gs2 == "y"
            if plus and common:
                assert choice.gs2 == "p"
            if remembered:
                assert choice.mechanism != "PLAIN"
                if plus and at_hand and choice.gs2 == "n":
                    assert choice.prove_offer
            else:
                assert not choice.prove_offer
        able = [name for name in mechanisms if name.startswith("SCRAM") and (common or not name.endswith("-PLUS"))]
        if able and (not (plus and common) or any(name.endswith("-PLUS") for name in able)):
            assert choices, (mechanisms, types, at_hand)


def test_the_table_stands_in_the_documentation() -> None:
    assert module.__doc__ is not None
    assert selection_table() in module.__doc__


@pytest.mark.spec("XEP-0474", "7")
@pytest.mark.parametrize("known", ["SCRAM-SHA-1", "SCRAM-SHA-512-PLUS", "EXTERNAL"])
def test_plain_never_again(known: str) -> None:
    policy = Policy(known_mechanisms=frozenset({known}))
    assert plan(offer("PLAIN"), policy=policy) == []
    assert plan(offer("PLAIN SCRAM-SHA-1"), policy=policy) == ["SCRAM-SHA-1:n"]
    with pytest.raises(NoSuitableMechanism, match="better than PLAIN") as info:
        select(offer("PLAIN"), [], JULIET, tls=True, policy=policy)
    assert not info.value.abort
    assert select(offer("PLAIN"), [], JULIET, tls=True, policy=Policy(known_mechanisms=frozenset({"PLAIN"})))


@pytest.mark.spec("RFC 6120", "13.8.3")
def test_no_secrets_without_tls() -> None:
    credentials = Credentials("juliet", "r0m30", token="abc", certificate=True)
    seen = offer("PLAIN OAUTHBEARER EXTERNAL SCRAM-SHA-1 SCRAM-SHA-1-PLUS", [UNIQUE])
    # Bindings without TLS can only be a mistake.
    assert plan(seen, binding(UNIQUE), credentials, tls=False) == ["SCRAM-SHA-1:n"]
    allowed = Policy(allow_plain_without_tls=True)
    assert plan(seen, [], credentials, tls=False, policy=allowed) == ["SCRAM-SHA-1:n", "OAUTHBEARER:n", "PLAIN:n"]
    with pytest.raises(NoSuitableMechanism, match="without TLS"):
        select(offer("PLAIN"), [], JULIET, tls=False)


def test_each_credential_opens_its_mechanism_only() -> None:
    seen = offer("ANONYMOUS PLAIN OAUTHBEARER SCRAM-SHA-1 SCRAM-SHA-256 EXTERNAL")
    keys = KeyRequest("sha1", "r0m30", b"salt", 1).derive()
    assert plan(seen, credentials=Credentials()) == []
    assert plan(seen, credentials=Credentials("juliet")) == []
    assert plan(seen, credentials=JULIET) == ["SCRAM-SHA-256:n", "SCRAM-SHA-1:n", "PLAIN:n"]
    assert plan(seen, credentials=Credentials("juliet", keys=(keys,))) == ["SCRAM-SHA-1:n"]
    assert plan(seen, credentials=Credentials(certificate=True)) == ["EXTERNAL:n"]
    assert plan(seen, credentials=Credentials(token="abc")) == ["OAUTHBEARER:n"]
    assert plan(seen, credentials=Credentials(anonymous=True)) == ["ANONYMOUS:n"]
    everything = Credentials("juliet", "r0m30", (keys,), certificate=True, token="abc", anonymous=True)
    assert plan(seen, credentials=everything) == [
        *("EXTERNAL:n", "SCRAM-SHA-256:n", "SCRAM-SHA-1:n", "OAUTHBEARER:n", "PLAIN:n", "ANONYMOUS:n"),
    ]
    with pytest.raises(NoSuitableMechanism, match="offered: DIGEST-MD5"):
        select(offer("DIGEST-MD5"), [], everything, tls=True)
    with pytest.raises(NoSuitableMechanism, match="offered: nothing"):
        select(offer(""), [], everything, tls=True)


def test_another_mechanism_after_a_failure() -> None:
    seen = offer([*ALL_SCRAM, "PLAIN"])
    tried: set[str] = set()
    labels = []
    for _ in range(5):
        choice = select(seen, binding(END_POINT), JULIET, tls=True, excluded=tried)
        labels.append(choice.label)
        tried.add(choice.label)
    with pytest.raises(NoSuitableMechanism, match="nothing else to try"):
        select(seen, binding(END_POINT), JULIET, tls=True, excluded=tried)
    assert labels == [
        *(f"SCRAM-SHA-512-PLUS {END_POINT}", "SCRAM-SHA-512", "SCRAM-SHA-256"),
        *("SCRAM-SHA-1", "PLAIN"),
    ]
    # By name: the server does not know the mechanism after all.
    excluded = {"SCRAM-SHA-512-PLUS"}
    assert select(seen, binding(UNIQUE), JULIET, tls=True, excluded=excluded).label == f"SCRAM-SHA-256-PLUS {UNIQUE}"


def test_the_allowed_mechanisms() -> None:
    seen = offer([*ALL_SCRAM, "PLAIN"], [EXPORTER])
    only = Policy(mechanisms={"SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"})
    assert plan(seen, binding(EXPORTER), policy=only) == [f"SCRAM-SHA-256-PLUS {EXPORTER}:p"]
    # Who forbids -PLUS cannot bind, and must not be told to pretend otherwise.
    assert plan(seen, binding(EXPORTER), policy=Policy(mechanisms=["SCRAM-SHA-1"])) == ["SCRAM-SHA-1:n"]
    assert plan(seen, binding(EXPORTER), policy=Policy(mechanisms=["PLAIN"])) == ["PLAIN:n"]


def test_binding_required_or_ignored() -> None:
    require = Policy(channel_binding=BindingPolicy.REQUIRE)
    credentials = Credentials("juliet", "r0m30", token="abc", certificate=True)
    everything = [*ALL_SCRAM, "PLAIN", "OAUTHBEARER", "EXTERNAL"]
    for types, at_hand, expected in (
        ([EXPORTER], [EXPORTER], [f"SCRAM-SHA-{size}-PLUS {EXPORTER}:p" for size in (512, 256, 1)]),
        (None, [EXPORTER], [f"SCRAM-SHA-{size}-PLUS {EXPORTER}:p" for size in (512, 256, 1)]),
        ([EXPORTER], [UNIQUE], []),
        (None, [], []),
    ):
        found = plan(offer(everything, types), binding(*at_hand), credentials, policy=require)
        assert found == ["EXTERNAL:n", *expected]
    ignore = Policy(channel_binding=BindingPolicy.IGNORE)
    assert plan(offer(WITH_PLUS, [UNIQUE]), binding(UNIQUE), policy=ignore) == ["SCRAM-SHA-1:n", "PLAIN:n"]
    assert plan(offer(ONE_HASH), binding(UNIQUE), policy=ignore) == ["SCRAM-SHA-1:n", "PLAIN:n"]


def test_what_is_remembered_of_bindings() -> None:
    seen = offer(WITH_PLUS, [EXPORTER])
    plus = frozenset({"SCRAM-SHA-1-PLUS"})
    # It worked with a type that is at hand, and now nothing is in common: the server has to confirm that.
    at_hand = Policy(known_mechanisms=plus, known_bindings=frozenset({END_POINT}))
    assert plan(seen, binding(END_POINT), policy=at_hand) == ["SCRAM-SHA-1:n*"]
    # It worked with a type that we do not have any more: nothing follows from that.
    gone = Policy(known_mechanisms=plus, known_bindings=frozenset({EXPORTER}))
    assert plan(seen, binding(END_POINT), policy=gone) == ["SCRAM-SHA-1:n"]
    # Without a list: the remembered type is tried, and no way leads around it unconfirmed.
    found = plan(offer(WITH_PLUS), binding(UNIQUE, END_POINT), policy=at_hand)
    assert found == [f"SCRAM-SHA-1-PLUS {END_POINT}:p", f"SCRAM-SHA-1-PLUS {UNIQUE}:p", "SCRAM-SHA-1:n*"]
    # -PLUS is gone altogether: the server itself judges the y.
    assert plan(offer(ONE_HASH), binding(END_POINT), policy=at_hand) == ["SCRAM-SHA-1:y"]


@pytest.mark.spec("RFC 5802", "6")
@pytest.mark.parametrize(
    ("true", "forged", "caught"),
    [
        # -PLUS taken away, with and without the list.
        ((WITH_PLUS, [END_POINT]), (ONE_HASH, None), True),
        ((WITH_PLUS, [END_POINT]), (ONE_HASH, [END_POINT]), True),
        # The list taken away: the guess binds.
        ((WITH_PLUS, [END_POINT]), (WITH_PLUS, None), True),
        # The list replaced: the hash of XEP-0474 finds out.
        ((WITH_PLUS, [END_POINT]), (WITH_PLUS, ["tls-new"]), True),
        ((WITH_PLUS, [END_POINT]), (WITH_PLUS, [END_POINT]), True),
        # Nobody changed anything and the server cannot bind.
        ((ONE_HASH, None), (ONE_HASH, None), False),
    ],
)
def test_somebody_in_the_middle_changes_the_offer(
    true: tuple[str, list[str] | None], forged: tuple[str, list[str] | None], caught: bool
) -> None:
    """Two TLS connections, so two different bindings; the first choice must not get through."""
    seen, sent = offer(*forged), offer(*true)
    choice = select(seen, binding(END_POINT), JULIET, tls=True)
    random = counting_random()
    client = client_mechanism(choice, JULIET, random, offer=seen)
    server = server_mechanism(
        choice.mechanism,
        [ChannelBinding(END_POINT, b"the other connection")],
        random,
        plus_offered="SCRAM-SHA-1-PLUS" in sent.mechanisms,
        offer=sent,
    )
    if caught:
        with pytest.raises((SASLFailure, module.SASLError)):
            converse(client, server, knowing("juliet", "r0m30"))
    else:
        converse(client, server, knowing("juliet", "r0m30"))


def test_labels() -> None:
    assert Choice("SCRAM-SHA-1").label == "SCRAM-SHA-1"
    assert Choice("SCRAM-SHA-1-PLUS", "p", binding(UNIQUE)[0]).label == "SCRAM-SHA-1-PLUS tls-unique"
    assert "data" not in repr(binding(UNIQUE)[0])
