"""One session (XEP-0166), of either party, as a state machine without I/O.

What we do is a method; what is to be sent because of it waits for `take_request`, one request at a time, whose answer goes to
`replied`. What the peer sends goes to `receive`, which returns the answer. What came of it all are events. Sessions are made
by `Sessions`. A program that has a client leaves the sending to an operation, which may be begun at any time, and also twice:

    session.accept(contents)
    await client.run(session.deliver())
    for event in session.take_events(): ...

Methods raise ValueError for what cannot be done as things stand, and then nothing has happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ...jid import JID
from ...operation import IqError, Operation, OperationCancelled, OperationError, request
from ...payload import Payload
from ...protocol.jingle import Action, Content, Creator, Jingle, JingleErrorCondition, Reason, ReasonCondition, Senders
from ...stanza import ErrorCondition, Iq, StanzaError
from ...stream.errors import LocalProtocolError
from ...xml import Element
from .contents import ContentKey, ContentRecord, namespace_of
from .events import ActionRefused, JingleEvent, SessionEnded
from .receiving import receive, record_of
from .state import CONTENTS, SessionData, SessionState, jingle_condition

ABSENT: Final = frozenset(
    {
        ErrorCondition.GONE,
        ErrorCondition.RECIPIENT_UNAVAILABLE,
        ErrorCondition.REMOTE_SERVER_NOT_FOUND,
        ErrorCondition.REMOTE_SERVER_TIMEOUT,
        ErrorCondition.SERVICE_UNAVAILABLE,
    }
)
"""Errors that come where there is nobody."""


class JingleSession:
    """One session. `sid` names it between us (`own`) and the `peer`; `role` is ours."""

    def __init__(self, data: SessionData) -> None:
        self._data = data
        self.sid = data.sid
        self.own: JID = data.own
        self.peer: JID = data.peer
        self.role = data.role

    @property
    def state(self) -> SessionState:
        """Where it stands."""
        return self._data.state

    @property
    def contents(self) -> dict[ContentKey, ContentRecord]:
        """The contents as they stand. Not to be changed."""
        return self._data.contents

    @property
    def payloads(self) -> list[Payload | Element]:
        """What the peer has put beside the contents of its offer or its acceptance: groups (XEP-0338), for instance."""
        return self._data.payloads

    def is_about(self, application: str) -> bool:
        """Whether a content has an application of this namespace."""
        return any(namespace_of(record.description) == application for record in self.contents.values())

    # --- the session ------------------------------------------------------------------------------------------------

    def initiate(self, contents: Sequence[Content], payloads: Sequence[Payload | Element] = ()) -> None:
        """Offer a session with these contents (section 6.2), and `payloads` beside them."""
        data = self._data
        if data.contents or self.role is not Creator.INITIATOR or data.state is not SessionState.PENDING:
            raise ValueError("the session is under way")
        if not any(content.disposition == "session" for content in contents):
            raise ValueError("a session has a content")
        self._enter(contents, added=False)
        message = self._message(Action.SESSION_INITIATE, contents, initiator=self.own)
        data.ask(message.replace(payloads=list(payloads)))

    def accept(self, contents: Sequence[Content], payloads: Sequence[Payload | Element] = ()) -> None:
        """Accept the session that the peer offers, with these contents of it as we want them (section 6.5), and `payloads`
        beside them. What is left out is not wanted."""
        data = self._data
        if self.role is Creator.INITIATOR or data.state is not SessionState.PENDING:
            raise ValueError("the session is not offered to us, or was accepted")
        self._answer(contents)
        wanted = {ContentKey.of(content) for content in contents}
        for key in [key for key, one in data.contents.items() if not one.ours and key not in wanted]:
            del data.contents[key]
        data.state = SessionState.ACTIVE
        message = self._message(Action.SESSION_ACCEPT, contents, responder=self.own)
        data.ask(message.replace(payloads=list(payloads)))

    def terminate(self, reason: Reason | ReasonCondition = ReasonCondition.SUCCESS) -> None:
        """End the session, or decline it (section 6.7). Nothing happens where it is over."""
        if self.state is not SessionState.ENDED:
            self._data.terminate(_reason(reason))

    def inform(self, *payloads: Payload | Element) -> None:
        """Tell the peer something about the session; with nothing, ask whether it is alive (section 6.8), unless that is being
        asked: if it is not, the session ends."""
        self._check()
        waiting = [*self._data.requests, *self._data.pending(Action.SESSION_INFO)]
        if not payloads and any(one.action is Action.SESSION_INFO and not one.payloads for one in waiting):
            return
        self._data.ask(Jingle(action=Action.SESSION_INFO, sid=self.sid, payloads=list(payloads)))

    # --- contents ---------------------------------------------------------------------------------------------------

    def add_contents(self, *contents: Content) -> None:
        """Propose further contents (section 7.2.2)."""
        self._check()
        self._enter(contents, added=True)
        self._data.ask(self._message(Action.CONTENT_ADD, contents))

    def accept_contents(self, *contents: Content) -> None:
        """Accept contents that the peer has added, as we want them."""
        self._check()
        self._answer(contents)
        self._data.ask(self._message(Action.CONTENT_ACCEPT, contents))

    def reject_contents(self, *keys: ContentKey, reason: Reason | ReasonCondition | None = None) -> None:
        """Do not take contents that the peer has added."""
        self._check()
        if any(record.ours or record.accepted for record in self._find(keys)):
            raise ValueError("a content that is not proposed to us")
        self._drop(Action.CONTENT_REJECT, keys, reason)

    def remove_contents(self, *keys: ContentKey, reason: Reason | ReasonCondition | None = None) -> None:
        """Remove contents (section 7.2.5). The peer ends a session that has none left."""
        self._check()
        self._find(keys)
        self._drop(Action.CONTENT_REMOVE, keys, reason)

    def modify_content(self, key: ContentKey, senders: Senders) -> None:
        """Change who sends; it counts once the peer has acknowledged it (section 7.2.3)."""
        self._tell_about(Action.CONTENT_MODIFY, key, senders=senders)

    def describe(self, key: ContentKey, description: Payload | Element) -> None:
        """Tell something about the application of a content (section 7.2.6)."""
        self._tell_about(Action.DESCRIPTION_INFO, key, description)

    # --- transports -------------------------------------------------------------------------------------------------

    def send_transport_info(self, key: ContentKey, transport: Payload | Element) -> None:
        """Tell something about the transport of a content, candidates for example."""
        self._tell_about(Action.TRANSPORT_INFO, key, transport)

    def replace_transport(self, key: ContentKey, transport: Payload | Element) -> None:
        """Propose another transport (section 7.2.15)."""
        self._check()
        (record,) = self._find([key])
        if record.proposed is not None:
            raise ValueError("another transport is proposed")
        record.propose(transport, by_us=True)
        self._tell_about(Action.TRANSPORT_REPLACE, key, transport)

    def accept_transport(self, key: ContentKey, transport: Payload | Element) -> None:
        """Accept the transport that the peer proposes, with our side of it."""
        self._proposed(key).use(transport)
        self._tell_about(Action.TRANSPORT_ACCEPT, key, transport)

    def reject_transport(self, key: ContentKey) -> None:
        """Stay with the transport that there is."""
        record = self._proposed(key)
        assert record.proposed is not None  # noqa: S101  # see _proposed
        transport = record.proposed
        record.use(record.transport)
        self._tell_about(Action.TRANSPORT_REJECT, key, transport)

    # --- in and out -------------------------------------------------------------------------------------------------

    def receive(self, jingle: Jingle) -> StanzaError | None:
        """Take what the peer sent, and return what answers it: None for the empty result. The caller has made sure that it is
        from the peer."""
        return receive(self._data, jingle)

    def take_events(self) -> list[JingleEvent]:
        """What happened since the last call."""
        events = list(self._data.events)
        self._data.events.clear()
        return events

    @property
    def has_requests(self) -> bool:
        """Whether there is something to send."""
        return bool(self._data.requests)

    def take_request(self) -> Iq | None:
        """The next request to send; None while one has no answer yet. The end of the session does not wait."""
        data = self._data
        if not data.requests or (data.in_flight and self.state is not SessionState.ENDED):
            return None
        jingle = data.requests.popleft()
        iq = Iq("set", self.peer, payload=jingle)
        data.in_flight.append((iq, jingle))
        if self.state is SessionState.ENDED:
            data.changed()
        return iq

    def replied(self, iq: Iq, error: StanzaError | None = None) -> None:
        """The request has got its answer: a result, or this error."""
        jingle = self._settle(iq)
        if error is None:
            if jingle.action is Action.CONTENT_MODIFY:
                for content in jingle.contents:
                    if (record := self.contents.get(ContentKey.of(content))) is not None:
                        record.senders = content.senders
            return
        condition = jingle_condition(error)
        gone = condition is JingleErrorCondition.UNKNOWN_SESSION or error.condition in ABSENT
        if jingle.action is Action.SESSION_INITIATE or gone:
            self._data.finish(SessionEnded(None, by_peer=True, error=error))
        elif self.state is not SessionState.ENDED:
            self._undo(jingle)
            tie_break = condition is JingleErrorCondition.TIE_BREAK
            self._data.tell(ActionRefused(jingle.action, error, tie_break))

    def lost(self, iq: Iq, text: str) -> None:
        """The request gets no answer: the session is over."""
        self._settle(iq)
        self.break_off(text)

    def break_off(self, text: str) -> None:
        """The session is over, and nobody is to be told."""
        self._data.finish(SessionEnded(None, by_peer=False, text=text))

    def deliver(self) -> Operation[None]:
        """Send what is to be sent, one request after the other. A peer that does not answer ends the session."""
        while (iq := self.take_request()) is not None:
            try:
                yield from request(iq)
            except IqError as error:
                self.replied(iq, error.error)
            except OperationCancelled:
                self._settle(iq)
                raise
            except (OperationError, LocalProtocolError, ValueError) as error:
                self.lost(iq, str(error))
            else:
                self.replied(iq)

    # --- what they share --------------------------------------------------------------------------------------------

    def _check(self) -> None:
        if self.state is SessionState.ENDED:
            raise ValueError("the session is over")
        if not self.contents:
            raise ValueError("the session has not begun")

    def _find(self, keys: Iterable[ContentKey]) -> list[ContentRecord]:
        try:
            return [self.contents[key] for key in keys]
        except KeyError as error:
            raise ValueError(f"there is no content {error.args[0]}") from None

    def _proposed(self, key: ContentKey) -> ContentRecord:
        self._check()
        (record,) = self._find([key])
        if record.proposed is None or record.proposed_by_us:
            raise ValueError("no transport is proposed to us")
        return record

    def _enter(self, contents: Sequence[Content], *, added: bool) -> None:
        records = {ContentKey.of(content): record_of(content, ours=True, added=added) for content in contents}
        if not contents or len(records) != len(contents) or records.keys() & self.contents.keys():
            raise ValueError("no content, or one that is there already")
        if any(content.creator is not self.role for content in contents):
            raise ValueError("a content in the name of the other party")
        if len(self.contents) + len(records) > CONTENTS:
            raise ValueError(f"a session has no more than {CONTENTS} contents")
        self.contents.update(records)

    def _answer(self, contents: Sequence[Content]) -> None:
        records = self._find(ContentKey.of(content) for content in contents)
        if not records or any(record.ours or record.accepted for record in records):
            raise ValueError("no content, or one that is not proposed to us")
        if any(content.description is None or content.transport is None for content in contents):
            raise ValueError("a content has a description and a transport")
        for record, content in zip(records, contents, strict=True):
            record.take_answer(content)

    def _drop(self, action: Action, keys: Sequence[ContentKey], reason: Reason | ReasonCondition | None) -> None:
        contents = [Content(creator=key.creator, name=key.name, senders=self.contents[key].senders) for key in keys]
        for key in keys:
            del self.contents[key]
        message = self._message(action, contents)
        message.reason = None if reason is None else _reason(reason)
        self._data.ask(message)

    def _tell_about(
        self, action: Action, key: ContentKey, *payloads: Payload | Element, senders: Senders | None = None
    ) -> None:
        self._check()
        (record,) = self._find([key])
        senders = record.senders if senders is None else senders
        content = Content(creator=key.creator, name=key.name, senders=senders, payloads=list(payloads))
        self._data.ask(self._message(action, [content]))

    def _message(
        self, action: Action, contents: Sequence[Content], initiator: JID | None = None, responder: JID | None = None
    ) -> Jingle:
        return Jingle(action=action, sid=self.sid, initiator=initiator, responder=responder, contents=list(contents))

    def _settle(self, iq: Iq) -> Jingle:
        for number, (sent, jingle) in enumerate(self._data.in_flight):
            if sent is iq:
                del self._data.in_flight[number]
                return jingle
        raise ValueError("it was not asked, or was answered")

    def _undo(self, jingle: Jingle) -> None:
        """What the peer refused did not happen."""
        for content in jingle.contents:
            record = self.contents.get(key := ContentKey.of(content))
            if record is None:
                continue
            if jingle.action is Action.CONTENT_ADD:
                del self.contents[key]
            elif jingle.action is Action.TRANSPORT_REPLACE and record.proposed_by_us:
                record.use(record.transport)


def _reason(reason: Reason | ReasonCondition) -> Reason:
    return reason if isinstance(reason, Reason) else Reason(condition=reason)
