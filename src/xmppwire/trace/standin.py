"""Plays the SASL part of the other side when a blanked trace is replayed.

A blanked trace lacks what the two sides said while they authenticated, and nobody should be able to make it up without
the password. So the replay logs in again, with a made-up password: the stand-in is the other half of the mechanism, and
puts into each blank what fits the engine's own messages of this replay. The engine under replay therefore really goes
through its login, and ends in the state in which the recorded one was.

    client's trace: the engine says <auth/>, <response/>; the stand-in fills <challenge>***</challenge>, <success>***</success>
    server's trace: the stand-in fills <auth>***</auth>, <response>***</response>; the engine answers
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..sasl import (
    Answer,
    Challenge,
    ChannelBinding,
    Choice,
    ClientMechanism,
    Credentials,
    CredentialsQuestion,
    KeyRequest,
    PasswordQuestion,
    SASLError,
    SASLFailure,
    ServerMechanism,
    ServerStep,
    StoredCredentials,
    Success,
    client_mechanism,
    server_mechanism,
)
from ..xml import Element
from .blank import BLANK
from .peek import Peek
from .split import PieceKind, Splitter

PASSWORD = "stand-in"
_WRONG_PASSWORD = "stand-in that is wrong"
BINDING_DATA = b"stand-in"
_BINDINGS = tuple(ChannelBinding(kind, BINDING_DATA) for kind in ("tls-exporter", "tls-unique", "tls-server-end-point"))
_SALT = b"stand-in salt 16"
_ITERATIONS = 4096


def stand_in_value(name: str) -> object:
    """What takes the place of a blanked config field or argument."""
    match name:
        case "keys":
            return ()
        case "data" | "decoy_secret":
            return BINDING_DATA
        case _:
            return PASSWORD


def stand_in_credentials(hash: str) -> StoredCredentials:
    """What a server has stored for the made-up password."""
    return StoredCredentials.from_password(PASSWORD, _SALT, _ITERATIONS, hash)


@dataclass(slots=True)
class Attempt:
    """What the trace tells about one try to log in."""

    mechanism: str
    binding: str | None = None
    username: str = ""
    authzid: str | None = None
    succeeded: bool = False


class StandIn(Protocol):
    """One side of the login."""

    def observe(self, data: bytes) -> None:
        """What the engine under replay wrote."""

    def fill(self, name: str, attributes: Mapping[str, str]) -> bytes:
        """What stands in the element `name`, which the trace has blanked."""
        ...


def _random(size: int) -> bytes:
    return (b"stand-in nonce " * (size // 15 + 1))[:size]


def _encode(data: bytes) -> bytes:
    return base64.b64encode(data) or b"="


def _decode(element: Element) -> bytes | None:
    text = element.text.strip()
    if not text:
        return None
    try:
        return b"" if text == "=" else base64.b64decode(text)
    except binascii.Error:
        return b""


class _Observer:
    """Reads the SASL elements out of what the engine writes."""

    def __init__(self, handle: Callable[[Element], None]) -> None:
        self._handle = handle
        self._splitter = Splitter()
        self._peek = Peek()

    def feed(self, data: bytes) -> None:
        for piece in self._splitter.feed(data):
            if piece.kind is PieceKind.HEADER:
                self._peek.header(piece.raw)
            elif piece.kind is PieceKind.ELEMENT and (element := self._peek.element(piece.raw)) is not None:
                self._handle(element)


class StandInServer:
    """The server that a client's trace talked to."""

    def __init__(self) -> None:
        self._observer = _Observer(self._said)
        self._mechanism: ServerMechanism | None = None
        self._step: ServerStep | None = None

    def observe(self, data: bytes) -> None:
        self._observer.feed(data)

    def fill(self, name: str, attributes: Mapping[str, str]) -> bytes:
        if name not in ("challenge", "success"):
            return BLANK
        match self._step:
            case Challenge(data):
                return _encode(data)
            case Success(_, _, data) if data is not None:
                return _encode(data)
            case _:
                return BLANK

    def _said(self, element: Element) -> None:
        try:
            if element.local == "auth":
                self._mechanism = server_mechanism(
                    element.get("mechanism") or "", _BINDINGS, _random, plus_offered=False
                )
                self._proceed(self._mechanism.start(_decode(element)))
            elif element.local == "response" and self._mechanism is not None and isinstance(self._step, Challenge):
                self._proceed(self._mechanism.response(_decode(element) or b""))
        except (SASLFailure, ValueError):
            self._step = None

    def _proceed(self, step: ServerStep) -> None:
        mechanism = self._mechanism
        while mechanism is not None and not isinstance(step, Challenge | Success):
            answer: Answer = PASSWORD
            if isinstance(step, CredentialsQuestion):
                answer = stand_in_credentials(step.hash)
            elif isinstance(step, PasswordQuestion):
                answer = True
            step = mechanism.answer(answer)
        self._step = step


class StandInClient:
    """The client that a server's trace talked to. `attempts` are its tries to log in, in order."""

    def __init__(self, attempts: Sequence[Attempt]) -> None:
        self._attempts = list(attempts)
        self._observer = _Observer(self._said)
        self._mechanism: ClientMechanism | None = None
        self._answer = b""

    def observe(self, data: bytes) -> None:
        self._observer.feed(data)

    def fill(self, name: str, attributes: Mapping[str, str]) -> bytes:
        if name == "auth":
            attempt = self._attempts.pop(0) if self._attempts else Attempt(attributes.get("mechanism", ""))
            try:
                self._mechanism = _client(attempt)
            except ValueError:
                self._mechanism = None
                return BLANK
            return _encode(self._mechanism.initial() or b"")
        return (base64.b64encode(self._answer) or b"=") if name == "response" else BLANK

    def _said(self, element: Element) -> None:
        mechanism = self._mechanism
        if element.local != "challenge" or mechanism is None:
            return
        try:
            answer = mechanism.challenge(_decode(element) or b"")
            self._answer = mechanism.derived(answer.derive()) if isinstance(answer, KeyRequest) else answer
        except SASLError:
            self._mechanism = None
            self._answer = b""


def _client(attempt: Attempt) -> ClientMechanism:
    """The client half for one try. Raises ValueError where there is none."""
    plus = attempt.mechanism.endswith("-PLUS")
    password = PASSWORD if attempt.succeeded else _WRONG_PASSWORD
    credentials = Credentials(
        username=attempt.username or PASSWORD,
        password=password,
        token=PASSWORD,
        certificate=True,
        anonymous=attempt.mechanism == "ANONYMOUS",
        authzid=attempt.authzid,
    )
    binding = attempt.binding or "tls-exporter"
    choice = Choice(attempt.mechanism, "p" if plus else "n", ChannelBinding(binding, BINDING_DATA) if plus else None)
    return client_mechanism(choice, credentials, _random)
