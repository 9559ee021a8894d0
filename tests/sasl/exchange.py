"""A conversation between the two halves, for the tests of this folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from xmppwire.sasl import (
    AnonymousQuestion,
    Answer,
    Challenge,
    ClientMechanism,
    CredentialsQuestion,
    ExternalQuestion,
    KeyRequest,
    PasswordQuestion,
    Question,
    ServerMechanism,
    StoredCredentials,
    Success,
    TokenQuestion,
)


def counting_random() -> Callable[[int], bytes]:
    """Random bytes that are the same in each run, and different in each draw."""
    drawn = 0

    def draw(size: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return hashlib.shake_256(b"%d" % drawn).digest(size)

    return draw


def stored(password: str, algorithm: str, iterations: int = 4096) -> StoredCredentials:
    return StoredCredentials.from_password(password, b"salt of the test", iterations, algorithm)


def knowing(username: str, password: str) -> Callable[[Question], Answer]:
    """Answers as a server that has one account, whose token is its password and whose certificate is always there."""

    def answer(question: Question) -> Answer:
        match question:
            case CredentialsQuestion():
                return stored(password, question.hash) if question.username == username else None
            case PasswordQuestion():
                return (question.username, question.password) == (username, password)
            case TokenQuestion():
                return username if question.token == password else None
            case ExternalQuestion():
                return username
            case AnonymousQuestion():
                return "visitor"

    return answer


def converse(
    client: ClientMechanism,
    server: ServerMechanism,
    answer: Callable[[Question], Answer],
    *,
    initial: bool = True,
    late_success: bool = False,
) -> Success:
    """Run both halves to the end. `initial` False: the initial response waits for an empty challenge.

    `late_success`: additional data travels as a last challenge, success comes without.
    """
    first = client.initial()
    if initial:
        step = server.start(first)
    else:
        assert server.start(None) == Challenge(b"")
        assert first is not None
        step = server.response(first)
    while not isinstance(step, Success):
        if isinstance(step, Challenge):
            reply = client.challenge(step.data)
            if isinstance(reply, KeyRequest):
                reply = client.derived(reply.derive())
            step = server.response(reply)
        else:
            step = server.answer(answer(step))
    if late_success and step.data is not None:
        assert client.challenge(step.data) == b""
        client.success(None)
    else:
        client.success(step.data)
    return step
