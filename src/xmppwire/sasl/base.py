"""What every SASL mechanism shares (RFC 4422, RFC 6120 section 6): errors, questions, and the shape of both halves.

Bytes in, bytes out: nothing here knows base64 in XML, streams or retries; that is the work of the stream feature.

The client half answers with bytes or, where keys have to be derived, with a `KeyRequest`. The server half is one
generator per mechanism (`_exchange`) that yields a step and receives what came back; `ServerMechanism` checks before it
resumes the generator that the call fits the last step and that the answer has the right type, so that a mistake of the
caller leaves the exchange untouched.

Three kinds of trouble are kept apart:

- `SASLError`: the client half cannot go on, because of what the server said.
- `SASLFailure`: the server half refuses the client, with the condition to send.
- `RuntimeError`, `TypeError`, `ValueError`: the program called in the wrong order or with a wrong value.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from .keys import KeyRequest, ScramKeys, StoredCredentials

RandomBytes: TypeAlias = Callable[[int], bytes]
"""Gives that many unpredictable bytes, as `os.urandom` does."""

MAX_MESSAGE = 10_000
"""The longest message of either side, in bytes before base64; longer ones are refused unread."""


class Condition(StrEnum):
    """The failure conditions of SASL in XMPP (RFC 6120 section 6.5)."""

    ABORTED = "aborted"
    ACCOUNT_DISABLED = "account-disabled"
    CREDENTIALS_EXPIRED = "credentials-expired"
    ENCRYPTION_REQUIRED = "encryption-required"
    INCORRECT_ENCODING = "incorrect-encoding"
    INVALID_AUTHZID = "invalid-authzid"
    INVALID_MECHANISM = "invalid-mechanism"
    MALFORMED_REQUEST = "malformed-request"
    MECHANISM_TOO_WEAK = "mechanism-too-weak"
    NOT_AUTHORIZED = "not-authorized"
    TEMPORARY_AUTH_FAILURE = "temporary-auth-failure"


class SASLError(Exception):
    """The client half cannot go on: what the server said is wrong, or proves nothing.

    `reason` says what, for people. `abort` is true where the exchange is still open and `<abort/>` is the answer; it is
    false where the server believes it to be over already, so that only the stream can be closed. `condition` is set
    where the server itself named its error inside SCRAM (`e=`).
    """

    def __init__(self, reason: str, *, abort: bool = True, condition: Condition | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.abort = abort
        self.condition = condition


class SASLFailure(Exception):  # noqa: N818 - the standard's word, `<failure/>`
    """The server half refuses the client: `condition` and perhaps a `text` go into `<failure/>` (RFC 6120 6.4.5)."""

    def __init__(self, condition: Condition, text: str | None = None) -> None:
        super().__init__(f"{condition}: {text}" if text else str(condition))
        self.condition = condition
        self.text = text


@dataclass(slots=True, frozen=True)
class ChannelBinding:
    """What ties the exchange to its TLS connection (RFC 5056).

    `type` is the registered name (`tls-exporter`, `tls-unique` or `tls-server-end-point`), `data` its bytes.
    """

    type: str
    data: bytes = field(repr=False)


@dataclass(slots=True, frozen=True)
class Challenge:
    """Send this to the client and hand its answer to `ServerMechanism.response`."""

    data: bytes = field(repr=False)


@dataclass(slots=True, frozen=True)
class CredentialsQuestion:
    """SCRAM: which keys are stored for this user? Answer: `StoredCredentials` of that `hash`, or None.

    None (no such user, or nothing stored for the hash) still leads to a challenge, so that nobody learns who exists.
    """

    username: str
    hash: str


@dataclass(slots=True, frozen=True)
class PasswordQuestion:
    """PLAIN: is this the password of `username`? Answer: bool. See `StoredCredentials.verify`."""

    username: str
    password: str = field(repr=False)
    authzid: str | None = None


@dataclass(slots=True, frozen=True)
class TokenQuestion:
    """OAUTHBEARER: whose bearer token is this? Answer: the authentication identity, or None to refuse.

    `host` and `port` are where the client believes to be connected, if it says so.
    """

    token: str = field(repr=False)
    authzid: str | None = None
    host: str | None = None
    port: int | None = None


@dataclass(slots=True, frozen=True)
class ExternalQuestion:
    """EXTERNAL: who is it, by the certificate? Answer: the authentication identity, or None to refuse."""

    authzid: str | None = None


@dataclass(slots=True, frozen=True)
class AnonymousQuestion:
    """ANONYMOUS: under which name does this visitor enter? Answer: the name, or None to refuse."""

    trace: str | None = None


@dataclass(slots=True, frozen=True)
class Success:
    """The client is who it says: `authcid` was proved, and it asks to act as `authzid` (None: as itself).

    Whether `authcid` may act as `authzid` has not been judged: whoever gets this must, before a session is opened for
    anybody, and answers `invalid-authzid` otherwise. `data` is the additional data to send with success (None: none).
    """

    authcid: str
    authzid: str | None = None
    data: bytes | None = None


Question: TypeAlias = CredentialsQuestion | PasswordQuestion | TokenQuestion | ExternalQuestion | AnonymousQuestion
ServerStep: TypeAlias = Challenge | Question | Success
Answer: TypeAlias = StoredCredentials | str | bool | None


class ClientMechanism(ABC):
    """The client half of one attempt.

    Call `initial` once, then `challenge` for each challenge, then `success`. Raises `SASLError` on whatever the server
    got wrong, and `RuntimeError` if `derived` is called without a request.
    """

    __slots__ = ()

    name: str
    """The mechanism's registered name, as it is sent."""

    keys: ScramKeys | None = None
    """The derived keys after a successful exchange, to be kept for the next login; None for other mechanisms."""

    @abstractmethod
    def initial(self) -> bytes | None:
        """The initial response. None: the mechanism has none; b"" is an empty one, sent as `=` (RFC 6120 6.4.2)."""

    @abstractmethod
    def challenge(self, data: bytes) -> bytes | KeyRequest:
        """The response to a challenge, or a request to derive keys (at leisure, in a thread) for `derived`."""

    def derived(self, keys: ScramKeys) -> bytes:
        """The response, now that `keys` were derived. Raises `ValueError` if they are for another request."""
        raise RuntimeError(f"no key derivation was asked for ({keys.hash})")

    @abstractmethod
    def success(self, data: bytes | None) -> None:
        """The server reports success; `data` is None where absent and b"" where empty (`=`).

        Raises `SASLError` where the mechanism proves the server's identity and this proof is missing or wrong.
        """


class SingleMessage(ClientMechanism):
    """A mechanism in which the client says one thing: PLAIN, EXTERNAL, ANONYMOUS.

    A server that asks for it once more with an empty challenge, as some do for EXTERNAL, gets it once more.
    """

    __slots__ = ("_challenged", "_message", "name")

    def __init__(self, name: str, message: bytes) -> None:
        self.name = name
        self._message = message
        self._challenged = False

    def initial(self) -> bytes | None:
        return self._message

    def challenge(self, data: bytes) -> bytes | KeyRequest:
        if data or self._challenged:
            raise SASLError(f"{self.name} has no challenges")
        self._challenged = True
        return self._message

    def success(self, data: bytes | None) -> None:
        """Nothing is proved by the server in these mechanisms, so additional data means nothing."""


Exchange: TypeAlias = Generator[ServerStep, Any, None]
"""The conversation of a server half: yields steps and receives bytes for a challenge, the answer for a question."""


class ServerMechanism(ABC):
    """The server half of one attempt.

    `start` first; then `response` after a `Challenge`, `answer` after a question, until a `Success` or a `SASLFailure`.
    A call that does not fit the last step raises `RuntimeError`, an answer of the wrong type `TypeError`, and leaves
    the exchange where it was.
    """

    __slots__ = ("_generator", "_step")

    name: str

    def __init__(self) -> None:
        self._generator: Exchange | None = None
        self._step: ServerStep | None = None

    @abstractmethod
    def _exchange(self, message: bytes) -> Exchange:
        """The conversation, from the client's first message on."""

    def start(self, initial: bytes | None) -> ServerStep:
        """The client chose the mechanism. `initial` None: it sent no initial response; b"": an empty one (`=`)."""
        if self._generator is not None:
            raise RuntimeError("the exchange was started already")
        self._generator = self._conversation(initial)
        return self._resume(self._generator, None)

    def response(self, data: bytes) -> ServerStep:
        """The client answered the challenge."""
        if self._generator is None or not isinstance(self._step, Challenge):
            raise RuntimeError("no challenge is open")
        return self._resume(self._generator, data)

    def answer(self, value: Answer) -> ServerStep:
        """The answer to the question in the last step. What fits is said at each question."""
        step = self._step
        if self._generator is None or step is None or isinstance(step, Challenge | Success):
            raise RuntimeError("no question is open")
        check_answer(step, value)
        return self._resume(self._generator, value)

    def _conversation(self, initial: bytes | None) -> Exchange:
        message: bytes
        if initial is None:
            message = yield Challenge(b"")
        else:
            message = initial
        yield from self._exchange(within_limit(message))

    def _resume(self, generator: Exchange, value: bytes | Answer) -> ServerStep:
        self._step = None
        self._step = generator.send(value)
        return self._step


def within_limit(data: bytes) -> bytes:
    """The message of a client, if it is not too long. Raises `SASLFailure`."""
    if len(data) > MAX_MESSAGE:
        raise SASLFailure(Condition.MALFORMED_REQUEST, "the message is too long")
    return data


def check_answer(question: Question, value: Answer) -> None:
    """Raises `TypeError` or `ValueError` if the value is not an answer to the question."""
    match question:
        case CredentialsQuestion():
            if value is not None and not isinstance(value, StoredCredentials):
                raise TypeError("the answer is StoredCredentials or None")
            if value is not None and value.hash != question.hash:
                raise ValueError(f"the question is for {question.hash}, these credentials are for {value.hash}")
        case PasswordQuestion():
            if not isinstance(value, bool):
                raise TypeError("the answer is a bool")
        case _:
            if value is not None and not isinstance(value, str):
                raise TypeError("the answer is a str or None")
            if value == "":
                raise ValueError("an identity is never empty; None refuses")


def utf8(data: bytes) -> str:
    """The text of a client's message. Raises `SASLFailure` for wrong UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise SASLFailure(Condition.MALFORMED_REQUEST, "not UTF-8") from None
