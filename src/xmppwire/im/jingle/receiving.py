"""What the peer of a session does: checked, entered, told. Nothing is entered of what is refused."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Final, TypeAlias

from ...protocol.jingle import (
    Action,
    Content,
    Creator,
    Jingle,
    JingleErrorCondition,
    Reason,
    ReasonCondition,
)
from ...stanza import ErrorCondition, ErrorType, StanzaError
from .contents import ContentKey, ContentRecord, complete, equivalent, name_of, namespace_of
from .events import (
    ContentsAccepted,
    ContentsAdded,
    ContentsRejected,
    ContentsRemoved,
    DescriptionInfo,
    SendersModified,
    SessionAccepted,
    SessionEnded,
    SessionInfo,
    TransportAccepted,
    TransportInfo,
    TransportRejected,
    TransportReplacement,
)
from .state import CONTENTS, EVENTS, SessionData, SessionState, jingle_error


class _RefusedError(Exception):
    """What the peer wants is answered with `error`."""

    def __init__(self, error: StanzaError) -> None:
        super().__init__(error)
        self.error = error


def receive(session: SessionData, jingle: Jingle) -> StanzaError | None:
    """Take an action of the peer, and return the answer: None for the empty result."""
    if session.state is SessionState.ENDED:
        # Where the end was not told yet, the peer is not wrong.
        return None if session.requests else jingle_error(JingleErrorCondition.UNKNOWN_SESSION)
    if len(session.events) >= EVENTS and jingle.action is not Action.SESSION_TERMINATE:
        return StanzaError(ErrorCondition.RESOURCE_CONSTRAINT, ErrorType.WAIT)
    try:
        _ACTIONS[jingle.action](session, jingle)
    except _RefusedError as refused:
        return refused.error
    return None


# --- the session ----------------------------------------------------------------------------------------------------


def _session_initiate(_: SessionData, jingle: Jingle) -> None:
    raise _out_of_order(jingle)  # the first one has made the session


def _session_accept(session: SessionData, jingle: Jingle) -> None:
    if session.state is not SessionState.PENDING or session.role is not Creator.INITIATOR:
        raise _out_of_order(jingle)
    records = _records(session, jingle)
    if any(not record.ours or record.accepted for record in records):
        raise _out_of_order(jingle)
    if not all(complete(content) for content in jingle.contents):
        raise _bad("a content without description or transport")
    wanted = {ContentKey.of(content) for content in jingle.contents}
    left_out = [key for key, one in session.contents.items() if _of_session(one) and key not in wanted]
    for key in left_out:
        del session.contents[key]
    for record, content in zip(records, jingle.contents, strict=True):
        record.take_answer(content)
    session.state = SessionState.ACTIVE
    session.payloads = jingle.payloads
    session.tell(SessionAccepted(jingle.contents, left_out))


def _of_session(record: ContentRecord) -> bool:
    """Whether it was to be accepted with the session."""
    return record.ours and not record.accepted and not record.added and record.offer.disposition == "session"


def _session_terminate(session: SessionData, jingle: Jingle) -> None:
    session.finish(SessionEnded(jingle.reason, by_peer=True))


def _session_info(session: SessionData, jingle: Jingle) -> None:
    if any(name_of(payload) not in session.known_infos for payload in jingle.payloads):
        raise _RefusedError(jingle_error(JingleErrorCondition.UNSUPPORTED_INFO))
    for payload in jingle.payloads:
        session.tell(SessionInfo(payload))


def _security_info(_session: SessionData, _jingle: Jingle) -> None:
    raise _RefusedError(jingle_error(JingleErrorCondition.UNSUPPORTED_INFO))


# --- contents -------------------------------------------------------------------------------------------------------


def _content_add(session: SessionData, jingle: Jingle) -> None:
    if not jingle.contents or not all(complete(content) for content in jingle.contents):
        raise _bad("contents have a description and a transport")
    keys = {ContentKey.of(content) for content in jingle.contents}
    if len(keys) != len(jingle.contents) or keys & session.contents.keys():
        raise _bad("a content that is there already")
    if any(content.creator is not session.peer_role for content in jingle.contents):
        raise _bad("a content in the name of the other party")
    if any(content.security is not None for content in jingle.contents):
        raise _RefusedError(StanzaError(ErrorCondition.NOT_ACCEPTABLE, ErrorType.CANCEL))
    if len(session.contents) + len(keys) > CONTENTS:
        raise _RefusedError(StanzaError(ErrorCondition.RESOURCE_CONSTRAINT, ErrorType.WAIT))
    ours = [content for one in session.pending(jingle.action) for content in one.contents]
    if session.role is Creator.INITIATOR and any(equivalent(a, b) for a in ours for b in jingle.contents):
        raise _RefusedError(jingle_error(JingleErrorCondition.TIE_BREAK))
    for content in jingle.contents:
        session.contents[ContentKey.of(content)] = record_of(content, ours=False, added=True)
    session.tell(ContentsAdded(jingle.contents))


def _content_accept(session: SessionData, jingle: Jingle) -> None:
    records = _proposals(session, jingle)
    if not all(record.added for record in records):
        raise _out_of_order(jingle)  # those of the beginning are accepted with the session
    if not all(complete(content) for content in jingle.contents):
        raise _bad("a content without description or transport")
    for record, content in zip(records, jingle.contents, strict=True):
        record.take_answer(content)
    session.tell(ContentsAccepted(jingle.contents))


def _content_reject(session: SessionData, jingle: Jingle) -> None:
    _proposals(session, jingle)
    session.tell(ContentsRejected(_drop(session, jingle), jingle.reason))
    _end_if_void(session, jingle.reason)


def _content_remove(session: SessionData, jingle: Jingle) -> None:
    _break_tie(session, jingle)
    being_removed = _keys_of(*session.pending(jingle.action))
    if being_removed and _keys_of(jingle) <= being_removed:
        return  # both of us want it
    _records(session, jingle)
    session.tell(ContentsRemoved(_drop(session, jingle), jingle.reason))
    _end_if_void(session, jingle.reason)


def _content_modify(session: SessionData, jingle: Jingle) -> None:
    records = _records(session, jingle)
    _break_tie(session, jingle)
    for record, content in zip(records, jingle.contents, strict=True):
        record.senders = content.senders
        session.tell(SendersModified(ContentKey.of(content), content.senders))


def _description_info(session: SessionData, jingle: Jingle) -> None:
    records = _records(session, jingle)
    for record, content in zip(records, jingle.contents, strict=True):
        if content.description is None:
            raise _bad("no description")
        if namespace_of(content.description) != namespace_of(record.description):
            raise _RefusedError(jingle_error(JingleErrorCondition.UNSUPPORTED_INFO))
    for content in jingle.contents:
        assert content.description is not None  # noqa: S101  # looked at above
        session.tell(DescriptionInfo(ContentKey.of(content), content.description))


# --- transports -----------------------------------------------------------------------------------------------------


def _transport_info(session: SessionData, jingle: Jingle) -> None:
    records = _records(session, jingle)
    told: list[TransportInfo] = []
    for record, content in zip(records, jingle.contents, strict=True):
        transport = content.transport
        if transport is None:
            raise _bad("no transport")
        namespace = namespace_of(transport)
        if namespace not in session.known_transports:
            raise _RefusedError(jingle_error(JingleErrorCondition.UNSUPPORTED_INFO))
        if namespace == namespace_of(record.transport):  # else it was sent before the transport was replaced
            told.append(TransportInfo(ContentKey.of(content), transport))
    for event in told:
        session.tell(event)


def _transport_replace(session: SessionData, jingle: Jingle) -> None:
    records = _records(session, jingle)
    if any(content.transport is None for content in jingle.contents):
        raise _bad("no transport")
    if session.role is Creator.INITIATOR and any(record.proposed_by_us for record in records):
        raise _RefusedError(jingle_error(JingleErrorCondition.TIE_BREAK))
    for record, content in zip(records, jingle.contents, strict=True):
        assert content.transport is not None  # noqa: S101  # looked at above
        record.propose(content.transport, by_us=False)
        session.tell(TransportReplacement(ContentKey.of(content), content.transport))


def _transport_accept(session: SessionData, jingle: Jingle) -> None:
    records = _replacements(session, jingle)
    for record, content in zip(records, jingle.contents, strict=True):
        transport, proposed = content.transport, record.proposed
        if transport is None or proposed is None or namespace_of(transport) != namespace_of(proposed):
            raise _bad("not the transport that was proposed")
    for record, content in zip(records, jingle.contents, strict=True):
        assert content.transport is not None  # noqa: S101  # looked at above
        record.use(content.transport)
        session.tell(TransportAccepted(ContentKey.of(content), content.transport))


def _transport_reject(session: SessionData, jingle: Jingle) -> None:
    records = _replacements(session, jingle)
    for record, content in zip(records, jingle.contents, strict=True):
        record.use(record.transport)
        session.tell(TransportRejected(ContentKey.of(content), jingle.reason))


# --- what they share ------------------------------------------------------------------------------------------------


def record_of(content: Content, *, ours: bool, added: bool) -> ContentRecord:
    """A content that is new, from the beginning or `added` later. Raises ValueError for one that is not complete."""
    if content.description is None or content.transport is None:
        raise ValueError("a content has a description and a transport")
    return ContentRecord(content, ours, added, content.senders, content.transport)


def _records(session: SessionData, jingle: Jingle) -> list[ContentRecord]:
    """The contents that an action is about."""
    keys = [ContentKey.of(content) for content in jingle.contents]
    if not keys or len(set(keys)) != len(keys):
        raise _bad("it is about no content, or about one twice")
    if any(key not in session.contents for key in keys):
        raise _bad("there is no such content")
    return [session.contents[key] for key in keys]


def _proposals(session: SessionData, jingle: Jingle) -> list[ContentRecord]:
    """The contents that we added, and that the peer may accept or not."""
    records = _records(session, jingle)
    if any(not record.ours or record.accepted for record in records):
        raise _out_of_order(jingle)
    return records


def _replacements(session: SessionData, jingle: Jingle) -> list[ContentRecord]:
    """The contents for which we have proposed another transport."""
    records = _records(session, jingle)
    if not all(record.proposed_by_us for record in records):
        raise _out_of_order(jingle)
    return records


def _drop(session: SessionData, jingle: Jingle) -> list[ContentKey]:
    keys = [ContentKey.of(content) for content in jingle.contents]
    for key in keys:
        del session.contents[key]
    return keys


def _keys_of(*messages: Jingle) -> set[ContentKey]:
    return {ContentKey.of(content) for jingle in messages for content in jingle.contents}


def _end_if_void(session: SessionData, reason: Reason | None) -> None:
    """A session without contents is ended by who hears of it last (sections 7.2.4 and 7.2.5)."""
    if not session.contents:
        session.terminate(reason or Reason(condition=ReasonCondition.SUCCESS))


def _break_tie(session: SessionData, jingle: Jingle) -> None:
    """Where both parties do the same at once, that of the initiator counts (section 7.2.16)."""
    if session.role is Creator.INITIATOR and _keys_of(jingle) & _keys_of(*session.pending(jingle.action)):
        raise _RefusedError(jingle_error(JingleErrorCondition.TIE_BREAK))


def _out_of_order(_: Jingle) -> _RefusedError:
    return _RefusedError(jingle_error(JingleErrorCondition.OUT_OF_ORDER))


def _bad(text: str) -> _RefusedError:
    return _RefusedError(StanzaError(ErrorCondition.BAD_REQUEST, ErrorType.CANCEL, text))


_Receive: TypeAlias = Callable[[SessionData, Jingle], None]
_ACTIONS: Final = MappingProxyType[Action, _Receive](
    {
        Action.CONTENT_ACCEPT: _content_accept,
        Action.CONTENT_ADD: _content_add,
        Action.CONTENT_MODIFY: _content_modify,
        Action.CONTENT_REJECT: _content_reject,
        Action.CONTENT_REMOVE: _content_remove,
        Action.DESCRIPTION_INFO: _description_info,
        Action.SECURITY_INFO: _security_info,
        Action.SESSION_ACCEPT: _session_accept,
        Action.SESSION_INFO: _session_info,
        Action.SESSION_INITIATE: _session_initiate,
        Action.SESSION_TERMINATE: _session_terminate,
        Action.TRANSPORT_ACCEPT: _transport_accept,
        Action.TRANSPORT_INFO: _transport_info,
        Action.TRANSPORT_REJECT: _transport_reject,
        Action.TRANSPORT_REPLACE: _transport_replace,
    }
)
