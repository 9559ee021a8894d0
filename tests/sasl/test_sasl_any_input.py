"""Whatever arrives, only the documented exceptions leave; and nobody gets in by it."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sasl.exchange import counting_random, knowing
from xmppwire.sasl import (
    SUPPORTED,
    Challenge,
    ChannelBinding,
    Choice,
    Credentials,
    KeyRequest,
    Offer,
    SASLError,
    SASLFailure,
    StoredCredentials,
    Success,
    client_mechanism,
    server_mechanism,
)

BINDING = ChannelBinding("tls-unique", b"data")
STORED = {name: StoredCredentials.from_password("r0m30", b"salt", 1, name) for name in ("sha1", "sha256", "sha512")}

# Pieces of real messages, so that chance gets past the first check.
PIECES = st.sampled_from(
    [
        *(b"n,,", b"y,,", b"p=tls-unique,,", b"n,a=x,", b"n=juliet", b"n=nobody", b"r=", b"r=abc", b",", b"=", b"=2C"),
        *(b"c=biws", b"p=", b"v=", b"e=other-error", b"i=4096", b"s=c2FsdA==", b"m=x", b"h=QUJD", b"\0", b"\x01"),
        *(b"auth=Bearer abc", b"host=x", b"port=1", b"juliet", b"wrong", b'{"status":"x"}', b"\xff", b"A" * 28),
    ]
)
MESSAGES = st.one_of(st.binary(max_size=60), st.lists(PIECES, max_size=8).map(b"".join))
SETTINGS = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SETTINGS
@given(st.sampled_from(SUPPORTED), st.none() | MESSAGES, st.lists(MESSAGES, max_size=3), st.booleans())
def test_a_server_half(name: str, initial: bytes | None, messages: list[bytes], plus: bool) -> None:
    server = server_mechanism(
        name, [BINDING] if plus else [], counting_random(), plus_offered=plus, offer=Offer((name,), ("tls-unique",))
    )
    answer = knowing("juliet", "r0m30")
    pending = iter(messages)
    try:
        step = server.start(initial)
        while not isinstance(step, Success):
            if isinstance(step, Challenge):
                message = next(pending, None)
                if message is None:
                    return
                step = server.response(message)
            elif hasattr(step, "hash"):
                step = server.answer(STORED[step.hash] if step.username == "juliet" else None)
            else:
                step = server.answer(answer(step))
    except SASLFailure:
        return
    # The secret is in none of the pieces.
    assert name in ("EXTERNAL", "ANONYMOUS")


@SETTINGS
@given(st.sampled_from(SUPPORTED), st.lists(MESSAGES, max_size=3), st.none() | MESSAGES, st.booleans())
def test_a_client_half(name: str, challenges: list[bytes], data: bytes | None, ours: bool) -> None:
    plus = name.endswith("-PLUS")
    client = client_mechanism(
        Choice(name, "p" if plus else "n", BINDING if plus else None),
        Credentials("juliet", "r0m30", token="abc"),
        counting_random(),
        offer=Offer((name,)),
        min_iterations=1,
    )
    first = client.initial()
    assert first is not None
    nonce = first.rpartition(b"r=")[2]
    try:
        for challenge in challenges:
            reply = client.challenge(challenge.replace(b"r=abc", b"r=" + nonce + b"x") if ours else challenge)
            if isinstance(reply, KeyRequest):
                client.derived(reply.derive())
        client.success(data)
    except SASLError:
        return
    assert not name.startswith("SCRAM")


@SETTINGS
@given(st.data())
def test_a_right_exchange_with_one_byte_changed(data: st.DataObject) -> None:
    """No single change anywhere in a SCRAM exchange leads to success on both sides."""
    random = counting_random()
    client = client_mechanism(Choice("SCRAM-SHA-1"), Credentials("juliet", "r0m30"), random, min_iterations=1)
    server = server_mechanism("SCRAM-SHA-1", [], random, plus_offered=False)
    where = data.draw(st.integers(0, 3))
    count = 0

    def travel(message: bytes) -> bytes:
        nonlocal count
        count += 1
        if count != where + 1:
            return message
        at = data.draw(st.integers(0, len(message) - 1))
        byte = data.draw(st.integers(0, 255).filter(lambda value: value != message[at]))
        return message[:at] + bytes([byte]) + message[at + 1 :]

    try:
        initial = client.initial()
        assert initial is not None
        step = server.start(travel(initial))
        step = server.answer(STORED["sha1"])
        assert isinstance(step, Challenge)
        reply = client.challenge(travel(step.data))
        assert isinstance(reply, KeyRequest)
        if reply.iterations > 10_000:
            return
        step = server.response(travel(client.derived(reply.derive())))
        assert isinstance(step, Success)
        assert step.data is not None
        client.success(travel(step.data))
    except (SASLError, SASLFailure):
        return
    raise AssertionError("a changed exchange went through")
