"""What a stream feature is (RFC 6120 section 4.3): one class, both halves of one negotiation.

The receiving entity calls `advertise` for its `<stream:features/>` and `receive` when the initiating entity begins; the
initiating entity calls `initiate` when it has seen the features. Both halves are conversations: generators that `send` on
the negotiation they were given and then yield what they wait for. What is yielded comes back as the value of the yield:

- `AWAIT`: the next first-level element of the peer;
- a `Question`: the answer that the program gave (a refusal is thrown in as `Refused`);
- any other event: it is handed to the program, nothing comes back.

A conversation returns an `Outcome`. A peer that breaks the rules: raise `StreamFault`. Nothing more to try: raise
`GiveUp`. A feature outside this package is written and registered (in `StreamConfig.features`) in the same way.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Final

from ...xml import Element, Name
from ..events import EndReason, Event, Question

if TYPE_CHECKING:
    from ..negotiation import Negotiation


class Await(Enum):
    """What a conversation waits for when it is not a question."""

    ELEMENT = "element"
    PULL = "pull"


AWAIT: Final = Await.ELEMENT
"""The next first-level element of the peer."""
AWAIT_PULL: Final = Await.PULL
"""The next call of `next_event`."""

Step = Await | Event


class Outcome(Enum):
    """How a conversation ended."""

    NEXT = "next"
    """Negotiation goes on in this stream, with the features that were advertised."""
    DONE = "done"
    """As NEXT, and the feature is negotiated: it is not tried or advertised again."""
    FEATURES = "features"
    """The feature is negotiated, and the features are advertised anew in this stream (XEP-0388 section 2.6.1)."""
    RESTART = "restart"
    """The feature is negotiated and demands a new stream (RFC 6120 section 4.3.3)."""


Conversation = Generator[Step, Any, Outcome]


class GiveUp(Exception):  # noqa: N818 - raised inside the engine only; it never reaches the program
    """Our side has nothing left to try: close the stream in order, with this reason."""

    def __init__(self, reason: EndReason, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text


class Refused(Exception):  # noqa: N818 - thrown into a conversation, which answers the peer
    """The program refused what was asked in a question."""

    def __init__(self, condition: str, text: str | None) -> None:
        super().__init__(condition)
        self.condition = condition
        self.text = text


class Feature(ABC):
    """One stream feature. Instances hold no state of a stream and may be shared."""

    name: ClassVar[str]
    """A short name, unique among the features of a config; others refer to it in `requires`."""
    element: ClassVar[Name]
    """The element that advertises it."""
    requires: ClassVar[frozenset[str]] = frozenset()
    """Names of the features that must be negotiated before."""

    def ready(self, stream: Negotiation) -> bool:
        """Whether it is this feature's turn: not negotiated yet, and what it requires is."""
        return self.name not in stream.done and self.requires <= stream.done

    @abstractmethod
    def advertise(self, stream: Negotiation) -> list[Element]:
        """Receiving entity: the elements for `<stream:features/>`; none if it is not on offer now."""

    def exclusive(self, stream: Negotiation) -> bool:
        """Receiving entity: whether nothing that comes after this feature may be advertised before it is negotiated."""
        return False

    @abstractmethod
    def accepts(self, stream: Negotiation, element: Element) -> bool:
        """Receiving entity: whether this first-level element begins this feature's negotiation."""

    @abstractmethod
    def receive(self, stream: Negotiation, element: Element) -> Conversation:
        """Receiving entity: the conversation that `element` begins."""

    def anticipate(self, stream: Negotiation) -> Generator[Step, Any, None]:
        """Initiating entity, inside TLS: what can be sent behind our header at once, before the peer has advertised anything.
        `initiate` goes on with it. By default nothing is."""
        return
        yield

    @abstractmethod
    def initiate(self, stream: Negotiation, offered: Element | None) -> Conversation | None:
        """Initiating entity: the conversation that negotiates it, or None to leave it. `offered` is what was advertised."""


def ask(question: Question) -> Generator[Step, Any, Any]:
    """Put a question to the program; its answer is the result."""
    return (yield question)


def receive_element() -> Generator[Step, Any, Element]:
    """The next first-level element of the peer."""
    element: Element = yield AWAIT
    return element
