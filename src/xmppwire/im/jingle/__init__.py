"""Jingle (XEP-0166)."""

from .contents import ContentKey, ContentRecord
from .events import (
    ActionRefused,
    ContentsAccepted,
    ContentsAdded,
    ContentsRejected,
    ContentsRemoved,
    DescriptionInfo,
    JingleEvent,
    SendersModified,
    SessionAccepted,
    SessionEnded,
    SessionInfo,
    TransportAccepted,
    TransportInfo,
    TransportRejected,
    TransportReplacement,
)
from .session import JingleSession
from .sessions import Sessions, from_contacts
from .state import SessionState

__all__ = [
    "ActionRefused",
    "ContentKey",
    "ContentRecord",
    "ContentsAccepted",
    "ContentsAdded",
    "ContentsRejected",
    "ContentsRemoved",
    "DescriptionInfo",
    "JingleEvent",
    "JingleSession",
    "SendersModified",
    "SessionAccepted",
    "SessionEnded",
    "SessionInfo",
    "SessionState",
    "Sessions",
    "TransportAccepted",
    "TransportInfo",
    "TransportRejected",
    "TransportReplacement",
    "from_contacts",
]
