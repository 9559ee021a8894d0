"""Sessions between two clients (Jingle, XEP-0166): files (XEP-0234), and calls as far as they are signalled (XEP-0167).

For files there are calls that do it all: `xmppwire_io.file_transfer`. What is here knows no network, and can be used alone:

- `Sessions` answers what peers send, and begins sessions; each of them is a `JingleSession`, a state machine:

      sessions = Sessions(from_contacts(roster), changed=...)
      support_calls(sessions)                                     # and support_files(sessions)
      sessions.attach(client.session.answers)

      for session in sessions.take_incoming(): ...                # session.accept(...), session.terminate(...)
      for session in sessions.take_unsent():
          await client.run(session.deliver())

- `FileExchange` is a file from the offer to the digest, as a plan of steps for whoever has a network;
- `Call` is a call, for whoever has audio and video;
- `Proposals` announces sessions to all devices of somebody by message (XEP-0353).

Nobody can begin a session but those who are allowed to; everybody else gets the answer of a client that has no Jingle. Peers
learn our addresses from what we offer them, and from connections that we make.
"""

from .applications.file_transfer import (
    NOT_AVAILABLE,
    FileCheck,
    FileDamagedError,
    FileIncompleteError,
    FileTooLargeError,
    FileTransferError,
    file_content,
    file_of,
    plain_name,
)
from .calls import Call, CallInfo, CallMedia, CallMuting, call_contents, common_payload_types, support_calls
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
from .exchange import FileExchange, offered_file, requested_file, support_files
from .message_initiation import Change, Proposal, ProposalChange, Proposals, ProposalState, RefusedProposal
from .session import JingleSession
from .sessions import Sessions, from_contacts
from .state import SessionState

__all__ = [
    "NOT_AVAILABLE",
    "ActionRefused",
    "Call",
    "CallInfo",
    "CallMedia",
    "CallMuting",
    "Change",
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
    "Proposal",
    "ProposalChange",
    "ProposalState",
    "Proposals",
    "RefusedProposal",
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
    "call_contents",
    "common_payload_types",
    "file_content",
    "file_of",
    "from_contacts",
    "offered_file",
    "plain_name",
    "requested_file",
    "support_calls",
    "support_files",
]
