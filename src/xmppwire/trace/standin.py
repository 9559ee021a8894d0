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
    HT_MECHANISMS,
    Answer,
    Challenge,
    ChannelBinding,
    Choice,
    ClientMechanism,
    Credentials,
    CredentialsQuestion,
    HashedTokenClient,
    HashedTokenServer,
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
        case "data" | "decoy_secret" | "token_secret":
            return BINDING_DATA
        case _:
            return PASSWORD


def stand_in_credentials(hash: str) -> StoredCredentials:
    """What a server has stored for the made-up password."""
    return StoredCredentials.from_password(PASSWORD, _SALT, _ITERATIONS, hash)


@dataclass(slots=True)
class Attempt:
    """What the trace tells about one try to log in. `heard` says that the server challenged the client or asked its
    program: a try that failed without that was refused for how its first message was written."""

    mechanism: str
    binding: str | None = None
    username: str = ""
    authzid: str | None = None
    succeeded: bool = False
    heard: bool = False


class StandIn(Protocol):
    """One side of the login."""

    def observe(self, data: bytes) -> None:
        """What the engine under replay wrote."""

    def told(self, data: bytes) -> None:
        """What the engine under replay is about to get, with the blanks filled."""

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

    def told(self, data: bytes) -> None:
        """Of no interest: each blank is filled from what the engine said."""

    def fill(self, name: str, attributes: Mapping[str, str]) -> bytes:
        if name not in ("challenge", "success", "additional-data"):
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
            name = element.get("mechanism") or ""
            if element.local == "authenticate" and name in HT_MECHANISMS:
                self._mechanism = None
                self._step = Success("", None, HashedTokenServer(name, _BINDINGS).proof(PASSWORD))
            elif element.local in ("auth", "authenticate"):
                first = element if element.local == "auth" else element.find((element.namespace, "initial-response"))
                self._mechanism = server_mechanism(name, _BINDINGS, _random, plus_offered=False)
                self._proceed(self._mechanism.start(None if first is None else _decode(first)))
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
        self._observer = _Observer(self._server_said)
        self._own = _Observer(self._client_said)
        self._mechanism: ClientMechanism | None = None
        self._answer = b""
        self._open = False
        self._initial: bytes | None = None
        """The first message, where the server asks for it with an empty challenge."""

    def observe(self, data: bytes) -> None:
        self._observer.feed(data)

    def told(self, data: bytes) -> None:
        self._own.feed(data)

    def fill(self, name: str, attributes: Mapping[str, str]) -> bytes:
        match name:
            case "auth" | "initial-response":
                initial = self._begin(attributes.get("mechanism", ""))
                return b"!" if initial is None else _encode(initial)  # "!" is no base64: refused at once, as recorded
            case "response":
                return _encode(self._answer)
            case _:
                return BLANK

    def _begin(self, name: str) -> bytes | None:
        """The first message of the next try; None if that try was refused unread."""
        if self._open:
            return None  # in the middle of a try, where it is out of order
        self._open = True
        self._answer = b""
        attempt = self._attempts.pop(0) if self._attempts else Attempt(name)
        self._initial = None
        self._mechanism = None
        if not attempt.succeeded and not attempt.heard:
            return None
        try:
            self._mechanism = _client(attempt)
        except ValueError:
            return None
        return self._mechanism.initial() or b""

    def _client_said(self, element: Element) -> None:
        begins = element.local == "authenticate" and element.find((element.namespace, "initial-response")) is None
        if begins or (element.local == "auth" and not element.text):
            self._initial = self._begin(element.get("mechanism") or "")

    def _server_said(self, element: Element) -> None:
        mechanism = self._mechanism
        self._open &= element.local not in ("failure", "success")
        if element.local != "challenge" or mechanism is None:
            return
        if self._initial is not None:
            self._answer, self._initial = self._initial, None
            return
        try:
            answer = mechanism.challenge(_decode(element) or b"")
            self._answer = mechanism.derived(answer.derive()) if isinstance(answer, KeyRequest) else answer
        except SASLError:
            self._mechanism = None
            self._answer = b""


def _client(attempt: Attempt) -> ClientMechanism:
    """The client half for one try. Raises ValueError where there is none."""
    if attempt.mechanism in HT_MECHANISMS:
        kind = HT_MECHANISMS[attempt.mechanism]
        bound = None if kind is None else ChannelBinding(kind, BINDING_DATA)
        token = PASSWORD if attempt.succeeded else _WRONG_PASSWORD
        return HashedTokenClient(attempt.mechanism, attempt.username or PASSWORD, token, bound)
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
