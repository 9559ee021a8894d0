"""The contents of a session: what is exchanged, how it travels, and how far the parties have agreed on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ...payload import Payload
from ...protocol.jingle import Content, Creator, Senders
from ...protocol.jingle_rtp import RtpDescription
from ...xml import Element, Name


class ContentKey(NamedTuple):
    """What names a content in its session (XEP-0166 section 7.3)."""

    creator: Creator
    name: str

    @classmethod
    def of(cls, content: Content) -> ContentKey:
        """The key of this content."""
        return cls(content.creator, content.name)


@dataclass(slots=True)
class ContentRecord:
    """A content as it stands: what was offered, what was answered (None so far), and who sends.

    `ours`: it comes from us. `added`: it was not there from the beginning. `transport` is the one in use. `proposed` is the one
    that is to replace it, and `proposed_by_us` whether we want that.
    """

    offer: Content
    ours: bool
    added: bool
    senders: Senders
    transport: Payload | Element
    answer: Content | None = None
    proposed: Payload | Element | None = None
    proposed_by_us: bool = False

    @property
    def accepted(self) -> bool:
        """Whether both parties want it."""
        return self.answer is not None

    @property
    def description(self) -> Payload | Element:
        """The application, as it was offered."""
        description = self.offer.description
        assert description is not None  # noqa: S101  # or it would not have been added
        return description

    def take_answer(self, answer: Content) -> None:
        """Both parties want it, with these parameters of the answer."""
        self.answer = answer
        self.senders = answer.senders
        if answer.transport is not None:
            self.transport = answer.transport

    def propose(self, transport: Payload | Element, *, by_us: bool) -> None:
        """Another transport is to take the place of the present one."""
        self.proposed, self.proposed_by_us = transport, by_us

    def use(self, transport: Payload | Element) -> None:
        """This transport is in use from now on, and no other one is proposed."""
        self.transport, self.proposed, self.proposed_by_us = transport, None, False


def name_of(payload: Payload | Element) -> Name:
    """The namespace and local name of a description, a transport or another payload."""
    return payload.name if isinstance(payload, Element) else payload.to_element().name


def namespace_of(payload: Payload | Element) -> str:
    """The namespace, which says which application or transport it is."""
    return name_of(payload)[0]


def complete(content: Content) -> bool:
    """Whether it says what is exchanged and how it travels."""
    return content.description is not None and content.transport is not None


def equivalent(one: Content, other: Content) -> bool:
    """Whether two contents are for the same purpose, so that only one of them is wanted: media of the same kind, else equal
    descriptions. Two files are two purposes."""
    first, second = one.description, other.description
    if isinstance(first, RtpDescription) and isinstance(second, RtpDescription):
        return first.media == second.media
    return first == second
