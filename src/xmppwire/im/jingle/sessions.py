"""The sessions of a client: who may begin one, how many there are, and what answers what comes (XEP-0166)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from ...jid import JID
from ...payload import Payload
from ...protocol.jingle import (
    NAMESPACE,
    Action,
    Content,
    Creator,
    Jingle,
    JingleErrorCondition,
    ReasonCondition,
)
from ...protocol.roster import Subscription
from ...session import Answer, AutomaticAnswers, IqRequest, SessionEvent
from ...stanza import ErrorCondition, ErrorType, IqType, Presence, PresenceType, StanzaError
from ...stream.events import Established, StreamEnded
from ...xml import Element, Name
from ..roster import Roster
from .contents import ContentKey, complete, equivalent, namespace_of
from .receiving import record_of
from .session import JingleSession
from .state import CONTENTS, SessionData, SessionState, jingle_error

LIMIT: Final = 100
EACH: Final = 10
SID: Final = 256
"""How long the name of a session may be."""


def from_contacts(roster: Roster) -> Callable[[JID], bool]:
    """For sessions with those who may see our presence: nobody else is to learn from an answer that we are here."""

    def allowed(jid: JID) -> bool:
        item = roster.get(jid)
        return item is not None and item.subscription in (Subscription.FROM, Subscription.BOTH)

    return allowed


class Sessions:
    """The sessions of a client.

    `allowed` says who may begin one with us: `from_contacts(roster)`, or `anybody` and `only(...)` of `xmppwire.im.commands`.
    Others get the answer of a client that has no Jingle. There are at most `limit` sessions, and `each` that one account
    begins. `changed` is called where `take_incoming`, `take_unsent` or the events of a session have something new. `random`
    gives random bytes, for names.
    """

    def __init__(
        self,
        allowed: Callable[[JID], bool],
        *,
        limit: int = LIMIT,
        each: int = EACH,
        changed: Callable[[], object] = lambda: None,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._allowed = allowed
        self._limit = limit
        self._each = each
        self._random = random
        self._sessions: dict[tuple[JID, str], JingleSession] = {}
        self._former: dict[JID, None] = {}
        """Those whose sessions ended, the newest at the end: they know that we are here."""
        self._incoming: list[JingleSession] = []
        self._unsent: dict[JingleSession, None] = {}
        self._applications: set[str] = set()
        self._transports: set[str] = set()
        self._infos: set[Name] = set()
        self._features: list[str] = [NAMESPACE]
        self.changed = changed

    def __len__(self) -> int:
        """How many sessions there are."""
        return len(self._sessions)

    def __iter__(self) -> Iterator[JingleSession]:
        return iter(list(self._sessions.values()))

    def support(
        self,
        *,
        applications: Iterable[str] = (),
        transports: Iterable[str] = (),
        infos: Iterable[Name] = (),
        features: Iterable[str] = (),
    ) -> None:
        """Take sessions with these applications and transports (their namespaces) from now on. `infos` are payloads of
        `session-info` that are understood; `features` is announced beside. To be called before `attach`."""
        self._applications.update(applications)
        self._transports.update(transports)
        self._infos.update(infos)
        self._features += [*applications, *transports, *features]

    def attach(self, answers: AutomaticAnswers) -> None:
        """Answer from now on what peers send, and announce what is supported (section 11)."""
        answers.register(IqType.SET, Jingle, self.answer, features=self._features)

    # --- ours -------------------------------------------------------------------------------------------------------

    def initiate(
        self,
        own: JID,
        peer: JID | str,
        contents: Sequence[Content],
        sid: str | None = None,
        payloads: Sequence[Payload | Element] = (),
    ) -> JingleSession:
        """Offer a session from our full JID to that of the peer. `sid` is for a session that was announced otherwise
        (XEP-0353); `payloads` go beside the contents. Raises ValueError for contents that make no session, for a `sid` that is
        in use with this peer, and for ourselves as the peer."""
        peer = JID(peer)
        if peer == own:
            raise ValueError("a session with ourselves")
        sid = self._random(16).hex() if sid is None else sid
        if (peer, sid) in self._sessions:
            raise ValueError("a session of this name is under way")
        session, _ = self._make(sid, own, peer, Creator.INITIATOR)
        session.initiate(contents, payloads)
        self._sessions[peer, sid] = session
        return session

    def take_incoming(self, application: str | None = None) -> list[JingleSession]:
        """The sessions that peers have offered, each given once, unless it was withdrawn; only those with an application of
        this namespace, if one is given."""
        found = [session for session in self._incoming if application is None or session.is_about(application)]
        self._incoming = [session for session in self._incoming if session not in found]
        return [session for session in found if session.state is not SessionState.ENDED]

    def take_unsent(self) -> list[JingleSession]:
        """The sessions that have something to send: `deliver` is to be run for each."""
        found, self._unsent = list(self._unsent), {}
        return [session for session in found if session.has_requests]

    def feed(self, event: SessionEvent) -> None:
        """Look at an event: a stream that begins anew, or ends, ends the sessions of the one before. A peer that goes offline
        is asked whether it is still there (section 6.7)."""
        match event:
            case Established() | StreamEnded():
                for session in self:
                    session.break_off("the connection was lost")
            case Presence(type=PresenceType.UNAVAILABLE, sender=JID() as peer):
                for session in self:
                    if session.peer != peer or session.state is SessionState.ENDED:
                        continue
                    if session.contents:
                        session.inform()
                    else:  # it was to end it, since there is nothing left
                        session.break_off("the peer is offline")
            case _:
                pass

    # --- theirs -----------------------------------------------------------------------------------------------------

    def answer(self, asked: IqRequest[Jingle]) -> Answer:
        """The answer to what a peer sends. Raises PayloadError for what does not decode."""
        sender, own = asked.sender, asked.iq.to or asked.own
        if sender is None or own is None or not self._known(sender):
            return StanzaError(ErrorCondition.SERVICE_UNAVAILABLE)
        jingle = asked.payload
        session = self._sessions.get((sender, jingle.sid))
        if jingle.action is Action.SESSION_INITIATE and (session is None or self._collides(session)):
            return self._offered(jingle, own, sender, session)
        if session is None:
            return jingle_error(JingleErrorCondition.UNKNOWN_SESSION)
        return session.receive(jingle)

    def _known(self, sender: JID) -> bool:
        """Whether we talk with somebody: by the rule, or since we have or had a session."""
        return sender in self._former or any(peer == sender for peer, _ in self._sessions) or self._allowed(sender)

    def _collides(self, session: JingleSession) -> bool:
        return session.role is Creator.INITIATOR and session.state is SessionState.PENDING

    def _offered(self, jingle: Jingle, own: JID, sender: JID, same: JingleSession | None) -> StanzaError | None:
        """The answer to an offer of a session (section 6.3)."""
        if not self._allowed(sender):
            return StanzaError(ErrorCondition.SERVICE_UNAVAILABLE)
        if (fault := _fault(jingle)) is not None:
            return StanzaError(ErrorCondition.BAD_REQUEST, ErrorType.CANCEL, fault)
        if (lost := self._tie(jingle, own, sender)) is False:
            return jingle_error(JingleErrorCondition.TIE_BREAK)
        if same is not None:
            if not lost:
                return jingle_error(JingleErrorCondition.OUT_OF_ORDER)
            self._sessions.pop((sender, jingle.sid))
        theirs = [one for one in self if one.role is Creator.RESPONDER and one.peer.bare == sender.bare]
        if len(self._sessions) >= self._limit or len(theirs) >= self._each or len(jingle.contents) > CONTENTS:
            return StanzaError(ErrorCondition.RESOURCE_CONSTRAINT, ErrorType.WAIT)
        session, data = self._make(jingle.sid, own, sender, Creator.RESPONDER)
        for content in jingle.contents:
            data.contents[ContentKey.of(content)] = record_of(content, ours=False, added=False)
        data.payloads = jingle.payloads
        self._sessions[sender, jingle.sid] = session
        refusal = self._refusal(jingle.contents)
        if refusal is None:
            self._incoming.append(session)
            self.changed()
        else:
            session.terminate(refusal)
        return None

    def _tie(self, jingle: Jingle, own: JID, sender: JID) -> bool | None:
        """Whether an offer of ours that has no answer, and is for the same purpose, is beaten by this one (True), or beats it
        (False); None where there is none (section 7.2.16)."""
        beaten = None
        for session in self:
            if session.peer != sender or not self._collides(session):
                continue
            offers = [record.offer for record in session.contents.values()]
            if not any(equivalent(one, other) for one in offers for other in jingle.contents):
                continue
            if (session.sid.encode(), str(own).encode()) < (jingle.sid.encode(), str(sender).encode()):
                return False
            beaten = True
        return beaten

    def _refusal(self, contents: Sequence[Content]) -> ReasonCondition | None:
        """Why we do not want a session with these contents, if we do not: it is acknowledged, and ended."""
        if not any(_supported(content.description, self._applications) for content in contents):
            return ReasonCondition.UNSUPPORTED_APPLICATIONS
        if not any(_supported(content.transport, self._transports) for content in contents):
            return ReasonCondition.UNSUPPORTED_TRANSPORTS
        if any(content.security is not None for content in contents):
            return ReasonCondition.SECURITY_ERROR
        return None

    def _make(self, sid: str, own: JID, peer: JID, role: Creator) -> tuple[JingleSession, SessionData]:
        def changed() -> None:
            over = session.state is SessionState.ENDED and not session.has_requests
            if over and self._sessions.get((peer, sid)) is session:
                del self._sessions[peer, sid]
                if session in self._incoming:  # withdrawn before anybody took it
                    self._incoming.remove(session)
                self._former[peer] = None
                if len(self._former) > self._limit:
                    del self._former[next(iter(self._former))]
            if session.has_requests:
                self._unsent[session] = None
            self.changed()

        data = SessionData(sid, own, peer, role, changed, frozenset(self._infos), frozenset(self._transports))
        session = JingleSession(data)
        return session, data


def _fault(jingle: Jingle) -> str | None:
    """What is wrong with an offer of a session, in words."""
    contents = jingle.contents
    if not 0 < len(jingle.sid) <= SID:
        return "the name of the session has no fitting length"
    if not contents or not all(complete(content) for content in contents):
        return "contents have a description and a transport"
    if len({ContentKey.of(content) for content in contents}) != len(contents):
        return "a content is there twice"
    if any(content.creator is not Creator.INITIATOR for content in contents):
        return "a content in the name of the other party"
    if all(content.disposition != "session" for content in contents):
        return "no content is for the session itself"
    return None


def _supported(payload: Payload | Element | None, namespaces: set[str]) -> bool:
    return payload is not None and namespace_of(payload) in namespaces
