"""Copies of what the other clients of the account send and receive (XEP-0280).

Where the server announces `urn:xmpp:carbons:2`, `enable_carbons` asks for them. From then on they come among the messages:

    async for event in client:
        if isinstance(event, Message):
            match read_carbon(event, client.jid):
                case Carbon(message=message, sent=True): ...   # we said this, on another device
                case Carbon(message=message): ...              # somebody said this to another device
                case ForgedCarbon(): ...                       # somebody would like us to believe that
                case None: ...                                 # a message like any other

Nothing is to be answered because of a copy: who it was for does that (section 8).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..jid import JID
from ..operation import Operation, request
from ..payload import PayloadError
from ..protocol.carbons import DisableCarbons, EnableCarbons, ReceivedCarbon, SentCarbon
from ..stanza import Iq, Message


@dataclass(frozen=True, slots=True)
class Carbon:
    """The copy of a message; `sent`: from the account, and not to it. `stamp` is there where the copy was delayed."""

    message: Message
    sent: bool
    stamp: datetime | None = None


@dataclass(frozen=True, slots=True)
class ForgedCarbon:
    """A message that only looks like a copy (section 11): it is not from the account, or its content cannot be. `reason` says
    it in words."""

    sender: JID | None
    reason: str


def enable_carbons() -> Operation[None]:
    """Ask the server for copies from now on (section 4). Raises what `request` raises."""
    yield from request(Iq("set", payload=EnableCarbons()))


def disable_carbons() -> Operation[None]:
    """Ask the server for no more copies (section 5). Raises what `request` raises."""
    yield from request(Iq("set", payload=DisableCarbons()))


def read_carbon(message: Message, own: JID) -> Carbon | ForgedCarbon | None:
    """The copy that a message brings to the client with the full JID `own`; None for a message that says of itself that
    it is something else.

    Only the account itself, by its bare address, hands out copies: the server lets nobody else send in that name.
    """
    carbon: SentCarbon | ReceivedCarbon | None
    try:
        carbon = message.get(SentCarbon) or message.get(ReceivedCarbon)
    except PayloadError as error:
        return ForgedCarbon(message.sender, str(error))
    if carbon is None:
        return None
    if message.sender != own.bare:
        return ForgedCarbon(message.sender, f"copies come from {own.bare} only")
    if message.type == "error":
        return ForgedCarbon(message.sender, "it is an error")
    inner = carbon.forwarded.stanza
    if not isinstance(inner, Message):
        return ForgedCarbon(message.sender, "there is no message in it")
    delay = carbon.forwarded.delay
    return Carbon(inner, isinstance(carbon, SentCarbon), None if delay is None else delay.stamp)
