"""What a plan of a transfer wants done outside: the steps that `FileExchange` makes, and that an adapter carries out.

A plan is a generator. Whoever carries it out sends back the result of each step, or throws in what it raised: OSError for
connections and files, an OperationError for operations. While a step waits, what sessions have to send is to be sent
(`Sessions.take_unsent`).

Streams are what the one who carries it out has: the plan only passes them on.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from ...jid import JID
from ...operation import Operation
from ...protocol.jingle_in_band import InBandTransport
from ...protocol.socks5_bytestreams import StreamHost

T = TypeVar("T")


@dataclass(slots=True)
class Run:
    """Run the operation; its result."""

    operation: Operation[Any]


@dataclass(slots=True)
class Wait:
    """Come back when `ready()`, which may change with anything that comes in, or after so many seconds."""

    ready: Callable[[], bool]
    seconds: float


@dataclass(slots=True)
class Expect:
    """Let in, from now on, who connects to us and asks for `destination`. The result: where we are, as others see us; nothing
    where nobody can connect to us."""

    destination: str


@dataclass(slots=True)
class Arrival:
    """The stream of whoever was expected. OSError (TimeoutError) if nobody comes within so many seconds."""

    destination: str
    seconds: float


@dataclass(slots=True)
class Dial:
    """Connect to one of the hosts, the first ones first, asking for `destination`: the host that let us in (the very object),
    and the stream. OSError if there is none. `ours`: they are from our server, and not from the peer."""

    hosts: Sequence[StreamHost]
    destination: str
    seconds: float
    ours: bool


@dataclass(slots=True)
class ExpectInBand:
    """Let the peer open this stream in stanzas."""

    peer: JID
    transport: InBandTransport


@dataclass(slots=True)
class InBand:
    """The stream in stanzas: opened by us (`opens`), or by the peer within so many seconds (TimeoutError)."""

    peer: JID
    transport: InBandTransport
    opens: bool
    seconds: float


@dataclass(slots=True)
class Send:
    """Send all of the data. OSError (TimeoutError) where that takes longer."""

    stream: Any
    data: bytes
    seconds: float


@dataclass(slots=True)
class Receive:
    """The next bytes of the stream; b"" at its end. OSError (TimeoutError) if none come within so many seconds."""

    stream: Any
    seconds: float


@dataclass(slots=True)
class SendEnd:
    """Say on the stream that nothing more is sent."""

    stream: Any


@dataclass(slots=True)
class Close:
    """Close the stream: it was not needed. All others are closed when the plan ends, however it does."""

    stream: Any


@dataclass(slots=True)
class Skip:
    """Pass over so many bytes at the beginning of the file that is read or written here."""

    count: int


@dataclass(slots=True)
class Read:
    """The next bytes of the file here, at most so many; b"" at its end."""

    count: int


@dataclass(slots=True)
class Write:
    """Write bytes to the file here."""

    data: bytes


Step: TypeAlias = (
    Run
    | Wait
    | Expect
    | Arrival
    | Dial
    | ExpectInBand
    | InBand
    | Send
    | Receive
    | SendEnd
    | Close
    | Skip
    | Read
    | Write
)
Plan: TypeAlias = Generator[Step, Any, T]
"""A transfer that ends with a `T`."""
