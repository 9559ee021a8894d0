"""Jingle (XEP-0166)."""

from .applications.file_transfer import (
    NOT_AVAILABLE,
    UNDERSTOOD,
    FileCheck,
    FileDamagedError,
    FileIncompleteError,
    FileTooLargeError,
    FileTransferError,
    file_content,
    file_of,
    plain_name,
)
from .connecting import Route, TransferEndedError, TransferOptions
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
from .exchange import FileExchange, offered_file, requested_file
from .session import JingleSession
from .sessions import Sessions, from_contacts
from .state import SessionState

__all__ = [
    "NOT_AVAILABLE",
    "UNDERSTOOD",
    "ActionRefused",
    "ContentKey",
    "ContentRecord",
    "ContentsAccepted",
    "ContentsAdded",
    "ContentsRejected",
    "ContentsRemoved",
    "DescriptionInfo",
    "FileCheck",
    "FileDamagedError",
    "FileExchange",
    "FileIncompleteError",
    "FileTooLargeError",
    "FileTransferError",
    "JingleEvent",
    "JingleSession",
    "Route",
    "SendersModified",
    "SessionAccepted",
    "SessionEnded",
    "SessionInfo",
    "SessionState",
    "Sessions",
    "TransferEndedError",
    "TransferOptions",
    "TransportAccepted",
    "TransportInfo",
    "TransportRejected",
    "TransportReplacement",
    "file_content",
    "file_of",
    "from_contacts",
    "offered_file",
    "plain_name",
    "requested_file",
]
