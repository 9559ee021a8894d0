"""What a session tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ...payload import Payload
from ...protocol.jingle import Action, Content, Reason, Senders
from ...stanza import StanzaError
from ...xml import Element
from .contents import ContentKey


@dataclass(frozen=True, slots=True)
class SessionAccepted:
    """The peer has accepted the session with these contents; `left_out` are those that it does not want."""

    contents: Sequence[Content]
    left_out: Sequence[ContentKey]


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The session is over. `by_peer`: the peer has ended or refused it, with this `reason` or this `error`; else we did, or
    the peer does not answer (`text`). An error of the condition `redirect` names another address; nobody follows it."""

    reason: Reason | None
    by_peer: bool
    error: StanzaError | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class ContentsAdded:
    """The peer proposes further contents: `accept_contents` or `reject_contents`."""

    contents: Sequence[Content]


@dataclass(frozen=True, slots=True)
class ContentsAccepted:
    """The peer has accepted contents that we added."""

    contents: Sequence[Content]


@dataclass(frozen=True, slots=True)
class ContentsRejected:
    """The peer does not want contents that we added."""

    keys: Sequence[ContentKey]
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class ContentsRemoved:
    """The peer has removed contents: nothing of them is to be sent any more."""

    keys: Sequence[ContentKey]
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class SendersModified:
    """The peer has changed who sends. Who does not agree says so with a `modify_content` of its own, or ends the session."""

    key: ContentKey
    senders: Senders


@dataclass(frozen=True, slots=True)
class DescriptionInfo:
    """What the peer tells about the application of a content."""

    key: ContentKey
    description: Payload | Element


@dataclass(frozen=True, slots=True)
class TransportInfo:
    """What the peer tells about the transport of a content, candidates for example."""

    key: ContentKey
    transport: Payload | Element


@dataclass(frozen=True, slots=True)
class TransportReplacement:
    """The peer proposes another transport: `accept_transport` or `reject_transport`."""

    key: ContentKey
    transport: Payload | Element


@dataclass(frozen=True, slots=True)
class TransportAccepted:
    """The peer has accepted the transport that we proposed."""

    key: ContentKey
    transport: Payload | Element


@dataclass(frozen=True, slots=True)
class TransportRejected:
    """The peer has not accepted the transport that we proposed: the former one remains."""

    key: ContentKey
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """What the peer tells about the session."""

    payload: Payload | Element


@dataclass(frozen=True, slots=True)
class ActionRefused:
    """The peer has answered one of our actions with an error; it had no effect. `tie_break`: since the peer, which is the
    initiator, has sent the same at the same time."""

    action: Action
    error: StanzaError
    tie_break: bool


JingleEvent: TypeAlias = (
    SessionAccepted
    | SessionEnded
    | ContentsAdded
    | ContentsAccepted
    | ContentsRejected
    | ContentsRemoved
    | SendersModified
    | DescriptionInfo
    | TransportInfo
    | TransportReplacement
    | TransportAccepted
    | TransportRejected
    | SessionInfo
    | ActionRefused
)
"""What `JingleSession.take_events` returns."""
