"""The requests that the server answers: in its own name, and for accounts (RFC 6120 sections 10.3.3 and 10.5.3). The answers
are those of the services."""

from __future__ import annotations

from collections.abc import Sequence

from ..payload import PayloadError
from ..protocol.roster import Roster
from ..stanza import ErrorCondition, Iq, IqType
from ..xml import Name
from .accounts import Account
from .hub import Correspondent, Hub
from .service import Answer, Audience, Request, RequestError, Service

ROSTER: Name = Roster.element_names[0]
"""What clients take at any length, since it is never sent in pages; `LocalLimits` bound it."""


class IqService:
    """Answers the IQs that are addressed to the server or to an account."""

    def __init__(self, hub: Hub, services: Sequence[Service]) -> None:
        self._hub = hub
        self._table: dict[tuple[IqType, Name], tuple[Service, Request]] = {
            key: (service, request) for service in services for key, request in service.requests().items()
        }
        self._known = {name for _, name in self._table}

    def answer(self, link: Correspondent, iq: Iq, now: float) -> None:
        """Answer a get or set to nobody, to one of our domains, or to the bare JID of an account."""
        to = iq.to
        if to is None or to.localpart is not None:
            account = link.account if to is None else self._hub.accounts.get(to)
            reply: Answer = ErrorCondition.SERVICE_UNAVAILABLE
            if account is not None:
                reply = self._handle(link, iq, account, now)
        else:
            reply = self._handle(link, iq, None, now)
        if not isinstance(reply, Iq):
            reply = iq.error_reply(reply)
        if iq.payload_name != ROSTER and self._hub.limits.is_too_long(reply):
            reply = iq.error_reply(ErrorCondition.RESOURCE_CONSTRAINT, text="the answer is too long to be sent")
        if reply.sender is None and link.account is not None:
            reply.sender = link.account.jid
        link.queue(reply, now)
        found = self._find(iq)
        if found is not None:
            found[0].after(link, iq, reply, now)

    def _find(self, iq: Iq) -> tuple[Service, Request] | None:
        return self._table.get((iq.type, iq.payload_name or ("", "")))

    def _handle(self, link: Correspondent, iq: Iq, account: Account | None, now: float) -> Answer:
        found = self._find(iq)
        if found is None:
            known = iq.payload_name in self._known and (account is None or account is link.account)
            return ErrorCondition.FEATURE_NOT_IMPLEMENTED if known else ErrorCondition.SERVICE_UNAVAILABLE
        request = found[1]
        if not self._may_ask(link, iq, account, request.audience):
            return ErrorCondition.SERVICE_UNAVAILABLE
        try:
            return request.handler(link, iq, account, now)
        except PayloadError as error:
            return iq.error_reply(ErrorCondition.BAD_REQUEST, text=str(error))
        except RequestError as refused:
            return refused.error

    def _may_ask(self, link: Correspondent, iq: Iq, account: Account | None, audience: Audience) -> bool:
        if account is None:
            return audience is not Audience.OWNER
        if account is link.account or audience is Audience.ANYBODY:
            return True
        shares = iq.sender is not None and account.roster.shares_presence_with(iq.sender.bare)
        return audience is Audience.CONTACTS and shares
