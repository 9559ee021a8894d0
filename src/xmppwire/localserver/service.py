"""What a service of the local server is: requests that it answers, features that it announces, and a hand in what passes by.

    class Greeting(Service):
        features = ("urn:example:greeting",)

        def requests(self) -> Requests:
            return {(IqType.GET, ("urn:example:greeting", "hello")): Request(self._hello, Audience.ANYBODY)}

Each method of `Service` does nothing by itself: a service overrides those that it needs. They are called in the order in which
the server has its services (`Hub.services`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

from ..stanza import ErrorCondition, Iq, IqType, Message, Presence, Stanza, StanzaError
from ..xml import Element, Name

if TYPE_CHECKING:
    from ..jid import JID
    from ..protocol.data_forms import DataForm
    from ..protocol.disco import DiscoInfo, DiscoItem, Identity
    from .accounts import Account
    from .hub import Correspondent
    from .link import Link
    from .pep.nodes import Node

Answer: TypeAlias = "Iq | ErrorCondition | StanzaError"
Handler: TypeAlias = "Callable[[Correspondent, Iq, Account | None, float], Answer]"
"""Answers a request. The account is the one that is asked; None where the server itself is. It may raise `RequestError`, and
PayloadError for a request that cannot be read."""


class RequestError(Exception):
    """A request that is answered with an error."""

    def __init__(self, error: StanzaError | ErrorCondition, text: str | None = None) -> None:
        super().__init__(error, text)
        self.error = StanzaError(error, text=text) if isinstance(error, ErrorCondition) else error


class Audience(Enum):
    """Who may ask an account. The others are told that there is nothing there."""

    OWNER = "owner"
    """Its own clients; the server itself cannot be asked."""
    CONTACTS = "contacts"
    """Those who may see its presence. Everybody may ask the server itself."""
    ANYBODY = "anybody"


@dataclass(frozen=True, slots=True)
class Request:
    """How a kind of request is answered."""

    handler: Handler
    audience: Audience = Audience.CONTACTS


Requests: TypeAlias = Mapping[tuple[IqType, Name], Request]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A stanza that goes no further; without an error nobody is told."""

    error: StanzaError | None = None


class Service:
    """One thing that the server does beside delivering stanzas."""

    features: Sequence[str] = ()
    """What the server itself announces (XEP-0030)."""
    account_features: Sequence[str] = ()
    """What each account announces."""
    account_identities: Sequence[Identity] = ()
    """What each account is, beside an account."""
    forms: Sequence[DataForm] = ()
    """What the server itself tells about its features (XEP-0128)."""

    def requests(self) -> Requests:
        """The requests that it answers."""
        return {}

    def info(self, link: Correspondent, iq: Iq, account: Account | None, node: str) -> DiscoInfo | None:
        """What there is to know of a node of an account, or of the server; None for one of somebody else, or of nobody."""
        return None

    def items(
        self, link: Correspondent, iq: Iq, account: Account | None, node: str | None
    ) -> Sequence[DiscoItem] | None:
        """What belongs to an account or to the server, or to a node of them; None where that is nothing of this service."""
        return None

    def after(self, link: Correspondent, iq: Iq, reply: Iq, now: float) -> None:
        """A request that this service answered is answered."""

    def answered(self, link: Correspondent, iq: Iq, now: float) -> None:
        """An answer came for the server or for an account: to a request of a service, or of nobody."""

    def outgoing(self, account: Account, stanza: Stanza) -> Refusal | None:
        """A client of the account sends a stanza that is addressed to somebody."""
        return None

    def incoming(self, account: Account, stanza: Stanza) -> Refusal | None:
        """A message or IQ is for the account or one of its clients."""
        return None

    def bound(self, link: Link, wish: Element) -> None:
        """A client has bound its resource with its login, and wants this along with it (XEP-0386)."""

    def sent(self, link: Link, account: Account, message: Message, now: float) -> Message:
        """A client of the account has sent a message, which goes on as it was. What is returned is what the services behind
        this one take for it."""
        return message

    def arriving(self, account: Account, message: Message, now: float) -> Message:
        """A message is about to be delivered to clients of the account, or to be kept for them: as it is returned."""
        return message

    def keeps(self, account: Account, message: Message) -> bool:
        """Whether a message that was to be kept for the account is not lost if it is not."""
        return False

    def delivered(self, account: Account, message: Message, receivers: Sequence[Link], now: float) -> None:
        """A message was delivered to these clients; to none where it is kept."""

    def present(self, link: Link, account: Account, presence: Presence, initial: bool, now: float) -> None:
        """A client has broadcast that it is available, for the first time if `initial`."""

    def showing(self, account: Account, presence: Presence) -> Presence:
        """A client of the account says that it is available, to all or to somebody. What is returned is what they are told."""
        return presence

    def node_changed(self, account: Account, node: Node, now: float) -> None:
        """Other items are in a node of the account (XEP-0163)."""

    def private_shown(self, account: Account, element: Element, now: float) -> Element:
        """The user asks for what private storage has (XEP-0049). What is returned is what the user gets."""
        return element

    def private_stored(self, account: Account, element: Element, now: float) -> Element:
        """The user puts something into private storage. What is returned is kept there."""
        return element

    def vcard_shown(self, account: Account, asking: JID | None, card: Element | None) -> Element | None:
        """Somebody asks for the vCard of the account. What is returned is what they get; None for nothing."""
        return card

    def vcard_changed(self, account: Account, now: float) -> None:
        """The user has another vCard (XEP-0054)."""

    def shared(self, account: Account, to: JID, now: float) -> None:
        """Somebody may see the presence of the account from now on."""

    def gone(self, link: Link) -> None:
        """A client is no longer there."""
