"""Both halves against each other: every mechanism, binding type and flag; right and wrong secrets."""

from __future__ import annotations

import itertools

import pytest

from tests.sasl.exchange import converse, counting_random, knowing
from xmppwire.sasl import (
    SUPPORTED,
    Challenge,
    ChannelBinding,
    Choice,
    ClientMechanism,
    Condition,
    Credentials,
    KeyRequest,
    Offer,
    SASLError,
    SASLFailure,
    ServerMechanism,
    StoredCredentials,
    client_mechanism,
    server_mechanism,
)

TYPES = ("tls-exporter", "tls-unique", "tls-server-end-point")
BINDINGS = [ChannelBinding(kind, kind.encode() + bytes(range(256))) for kind in TYPES]
SCRAM = [name for name in SUPPORTED if name.startswith("SCRAM-")]
JULIET = Credentials("juliet", "r0m30", token="r0m30", certificate=True, anonymous=True)


def halves(
    choice: Choice,
    credentials: Credentials = JULIET,
    *,
    bindings: list[ChannelBinding] | None = None,
    plus_offered: bool = True,
    offer: Offer | None = None,
    server_offer: Offer | None = None,
) -> tuple[ClientMechanism, ServerMechanism]:
    random = counting_random()
    return (
        client_mechanism(choice, credentials, random, offer=offer),
        server_mechanism(
            choice.mechanism,
            BINDINGS if bindings is None else bindings,
            random,
            plus_offered=plus_offered,
            offer=server_offer,
            decoy_secret=b"secret",
        ),
    )


CHOICES = [
    *(Choice(name, "p", binding) for name in SCRAM if name.endswith("-PLUS") for binding in BINDINGS),
    *(Choice(name, "n") for name in SUPPORTED if not name.endswith("-PLUS")),
    *(Choice(name, "y") for name in SCRAM if not name.endswith("-PLUS")),
]


@pytest.mark.spec("RFC 6120", "6.4")
@pytest.mark.spec("RFC 5802", "6")
@pytest.mark.parametrize("authzid", [None, "romeo=a,b@capulet.lit"])
@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: f"{choice.label}-{choice.gs2}")
def test_every_mechanism_with_every_binding_and_flag(choice: Choice, authzid: str | None) -> None:
    credentials = Credentials("juliet", "r0m30", token="r0m30", authzid=authzid)
    answer = knowing("juliet", "r0m30")
    for initial, late in itertools.product((True, False), repeat=2):
        client, server = halves(choice, credentials, plus_offered=choice.gs2 == "p")
        success = converse(client, server, answer, initial=initial, late_success=late)
        visitor = choice.mechanism == "ANONYMOUS"
        assert success.authcid == ("visitor" if visitor else "juliet")
        assert success.authzid == (None if visitor else authzid)
        assert client.name == server.name == choice.mechanism
        assert (client.keys is not None) == choice.mechanism.startswith("SCRAM")


@pytest.mark.spec("RFC 6120", "6.5.10")
@pytest.mark.parametrize("who", ["juliet", "nobody"])
@pytest.mark.parametrize("choice", [c for c in CHOICES if c.mechanism not in ("EXTERNAL", "ANONYMOUS")], ids=str)
def test_a_wrong_secret_or_an_unknown_user(choice: Choice, who: str) -> None:
    client, server = halves(choice, Credentials(who, "wrong", token="wrong"), plus_offered=choice.gs2 == "p")
    with pytest.raises(SASLFailure) as info:
        converse(client, server, knowing("juliet", "r0m30"))
    assert info.value.condition is Condition.NOT_AUTHORIZED
    assert client.keys is None


@pytest.mark.spec("RFC 5802", "5.1")
@pytest.mark.parametrize("name", ["a,b=c", "=2C", "=3D=", "j\u00fcliet", ",,,"])
def test_names_with_commas_equals_signs_and_other_letters(name: str) -> None:
    client, server = halves(Choice("SCRAM-SHA-256"), Credentials(name, "p\u00e4ss"), plus_offered=False)
    assert converse(client, server, knowing(name, "p\u00e4ss")).authcid == name


def test_kept_keys_spare_the_derivation() -> None:
    client, server = halves(Choice("SCRAM-SHA-1"))
    converse(client, server, knowing("juliet", "r0m30"))
    keys = client.keys
    assert keys is not None

    client, server = halves(Choice("SCRAM-SHA-1"), Credentials("juliet", keys=(keys,)))
    server.start(client.initial())
    challenge = server.answer(keys.credentials())
    assert isinstance(challenge, Challenge)
    reply = client.challenge(challenge.data)
    assert isinstance(reply, bytes)
    success = server.response(reply)
    client.success(getattr(success, "data", None))
    assert client.keys == keys


def test_kept_keys_out_of_date() -> None:
    keys = KeyRequest("sha1", "r0m30", b"another salt", 4096).derive()
    client, server = halves(Choice("SCRAM-SHA-1"), Credentials("juliet", keys=(keys,)))
    with pytest.raises(SASLError, match="out of date"):
        converse(client, server, knowing("juliet", "r0m30"))
    both = Credentials("juliet", "r0m30", keys=(keys,))
    client, server = halves(Choice("SCRAM-SHA-1"), both)
    converse(client, server, knowing("juliet", "r0m30"))
    assert client.keys is not None
    assert client.keys.salt == b"salt of the test"


@pytest.mark.spec("RFC 5802", "6")
@pytest.mark.parametrize(
    ("choice", "bindings", "condition"),
    [
        # Another TLS connection on the way.
        (Choice("SCRAM-SHA-1-PLUS", "p", BINDINGS[0]), [ChannelBinding(TYPES[0], b"other")], Condition.NOT_AUTHORIZED),
        # A type that this connection does not have.
        (Choice("SCRAM-SHA-1-PLUS", "p", BINDINGS[0]), BINDINGS[1:], Condition.NOT_AUTHORIZED),
        # The list of mechanisms was cut down on the way.
        (Choice("SCRAM-SHA-1", "y"), BINDINGS, Condition.NOT_AUTHORIZED),
    ],
)
def test_somebody_in_the_middle(choice: Choice, bindings: list[ChannelBinding], condition: Condition) -> None:
    client, server = halves(choice, bindings=bindings, plus_offered=True)
    with pytest.raises(SASLFailure) as info:
        converse(client, server, knowing("juliet", "r0m30"))
    assert info.value.condition is condition


@pytest.mark.spec("XEP-0474", "6.2")
def test_an_offer_that_was_tampered_with() -> None:
    true = Offer(("SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"), ("tls-exporter",))
    forgeries = [
        Offer(("SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"), ("tls-other",)),
        Offer(("SCRAM-SHA-1", "SCRAM-SHA-1-PLUS")),
        Offer(("SCRAM-SHA-1",), ("tls-exporter",)),
        Offer(("SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "PLAIN"), ("tls-exporter",)),
    ]
    for seen in [true, *forgeries]:
        client, server = halves(Choice("SCRAM-SHA-1"), offer=seen, server_offer=true)
        if seen is true:
            converse(client, server, knowing("juliet", "r0m30"))
            assert client.offer_verified  # type: ignore[attr-defined]
        else:
            with pytest.raises(SASLError, match="attack") as info:
                converse(client, server, knowing("juliet", "r0m30"))
            assert info.value.abort


@pytest.mark.spec("XEP-0474", "6.1")
def test_an_empty_list_of_types_is_hashed_as_none() -> None:
    client, server = halves(
        Choice("SCRAM-SHA-1"), offer=Offer(("SCRAM-SHA-1",), ()), server_offer=Offer(("SCRAM-SHA-1",))
    )
    converse(client, server, knowing("juliet", "r0m30"))


def test_an_offer_that_has_to_be_confirmed() -> None:
    offer = Offer(("SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"), ("tls-other",))
    choice = Choice("SCRAM-SHA-1", prove_offer=True)
    client, server = halves(choice, offer=offer, server_offer=offer)
    converse(client, server, knowing("juliet", "r0m30"))
    client, server = halves(choice, offer=offer)
    with pytest.raises(SASLError, match="does not confirm"):
        converse(client, server, knowing("juliet", "r0m30"))
    # Without TLS nobody hashes anything; without an offer to compare with, nothing is checked.
    client, server = halves(Choice("SCRAM-SHA-1"), server_offer=offer)
    converse(client, server, knowing("juliet", "r0m30"))
    assert not client.offer_verified  # type: ignore[attr-defined]


@pytest.mark.spec("RFC 5802", "5")
def test_a_server_that_does_not_know_the_password() -> None:
    """It stores what it likes: without the client key's owner it cannot sign."""
    for late in (True, False):
        client, _ = halves(Choice("SCRAM-SHA-256"))
        first = client.initial()
        assert first is not None
        nonce = first.decode().rpartition("r=")[2]
        request = client.challenge(f"r={nonce}more,s=c2FsdA==,i=4096".encode())
        assert isinstance(request, KeyRequest)
        client.derived(request.derive())
        forged = b"v=" + b"A" * 43 + b"="
        last = client.challenge if late else client.success
        with pytest.raises(SASLError, match="does not know the password") as info:
            last(forged)
        assert info.value.abort is late
        assert client.keys is None
        with pytest.raises(SASLError):
            client.success(None)


def test_an_unknown_user_looks_like_a_known_one() -> None:
    def challenge(username: str, credentials: StoredCredentials | None, secret: bytes | None = b"secret") -> str:
        server = server_mechanism(
            "SCRAM-SHA-256", [], counting_random(), plus_offered=False, decoy_secret=secret, decoy_salt_size=16
        )
        server.start(f"n,,n={username},r=abc".encode())
        step = server.answer(credentials)
        assert isinstance(step, Challenge)
        return step.data.decode()

    def salt(message: str) -> str:
        return message.split(",")[1]

    known = challenge("juliet", StoredCredentials.from_password("r0m30", b"0123456789abcdef"))
    assert len(known) == len(challenge("nobody", None))
    assert salt(challenge("nobody", None)) == salt(challenge("nobody", None))
    assert salt(challenge("nobody", None)) != salt(challenge("noone", None))
    assert salt(challenge("nobody", None)) != salt(challenge("nobody", None, b"another"))
    assert salt(challenge("nobody", None, None)) != salt(challenge("nobody", None))
