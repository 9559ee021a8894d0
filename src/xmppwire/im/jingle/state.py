"""What a session knows, shared by the half that acts (`session`) and the half that listens (`receiving`)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from ...jid import JID
from ...payload import Payload, PayloadError
from ...protocol.jingle import Action, Creator, Jingle, JingleError, JingleErrorCondition, Reason
from ...stanza import ErrorCondition, ErrorType, Iq, StanzaError
from ...xml import Element, Name
from .contents import ContentKey, ContentRecord
from .events import JingleEvent, SessionEnded

CONTENTS: Final = 32
"""How many contents a session has at most."""
EVENTS: Final = 250
"""How many events wait at most; what would make more is refused until the program has taken them."""
GENERAL: Final = {
    JingleErrorCondition.OUT_OF_ORDER: ErrorCondition.UNEXPECTED_REQUEST,
    JingleErrorCondition.SECURITY_REQUIRED: ErrorCondition.NOT_ACCEPTABLE,
    JingleErrorCondition.TIE_BREAK: ErrorCondition.CONFLICT,
    JingleErrorCondition.UNKNOWN_SESSION: ErrorCondition.ITEM_NOT_FOUND,
    JingleErrorCondition.UNSUPPORTED_INFO: ErrorCondition.FEATURE_NOT_IMPLEMENTED,
}


class SessionState(Enum):
    """Where a session stands (section 5.1)."""

    PENDING = "pending"
    ACTIVE = "active"
    ENDED = "ended"


@dataclass(slots=True)
class SessionData:
    """One session. `role` is ours. `requests` are to be sent, those of `in_flight` were, and have no answer yet. `changed` is
    called where there is an event or a request. `payloads` are what
    the peer has put beside the contents. `known_infos` are the payloads of `session-info` that somebody here
    understands, `known_transports` the namespaces of transports."""

    sid: str
    own: JID
    peer: JID
    role: Creator
    changed: Callable[[], object]
    known_infos: frozenset[Name]
    known_transports: frozenset[str]
    state: SessionState = SessionState.PENDING
    contents: dict[ContentKey, ContentRecord] = field(default_factory=dict[ContentKey, ContentRecord])
    requests: deque[Jingle] = field(default_factory=deque[Jingle])
    in_flight: list[tuple[Iq, Jingle]] = field(default_factory=list[tuple[Iq, Jingle]])
    payloads: list[Payload | Element] = field(default_factory=list["Payload | Element"])
    events: deque[JingleEvent] = field(default_factory=deque[JingleEvent])

    @property
    def peer_role(self) -> Creator:
        """What the peer is."""
        return Creator.RESPONDER if self.role is Creator.INITIATOR else Creator.INITIATOR

    def tell(self, event: JingleEvent) -> None:
        """Note something for the program."""
        self.events.append(event)
        self.changed()

    def ask(self, jingle: Jingle) -> None:
        """Have something sent to the peer."""
        self.requests.append(jingle)
        self.changed()

    def finish(self, event: SessionEnded) -> None:
        """The session is over, and nothing is to be sent any more."""
        if self.state is not SessionState.ENDED:
            self.state = SessionState.ENDED
            self.requests.clear()
            self.tell(event)

    def terminate(self, reason: Reason | None) -> None:
        """End it from our side, behind all that is to be sent. A peer that has not heard of the session does not hear of it."""
        if any(one.action is Action.SESSION_INITIATE for one in self.requests):
            self.requests.clear()
        else:
            self.requests.append(Jingle(action=Action.SESSION_TERMINATE, sid=self.sid, reason=reason))
        self.state = SessionState.ENDED
        self.tell(SessionEnded(reason, by_peer=False))

    def pending(self, action: Action) -> list[Jingle]:
        """What we have asked of this kind, and has no answer yet."""
        return [one for _, one in self.in_flight if one.action is action]


def jingle_error(condition: JingleErrorCondition) -> StanzaError:
    """An error of section 10."""
    modify = condition is JingleErrorCondition.UNSUPPORTED_INFO
    type_ = ErrorType.MODIFY if modify else ErrorType.CANCEL
    return StanzaError(GENERAL[condition], type_, application=JingleError(condition=condition))


def jingle_condition(error: StanzaError) -> JingleErrorCondition | None:
    """What a stanza error means to a session (section 10); None where it does not say."""
    found = error.application
    if isinstance(found, Element) and found.name in JingleError.element_names:
        try:
            return JingleError.from_element(found).condition
        except PayloadError:
            return None
    return found.condition if isinstance(found, JingleError) else None
