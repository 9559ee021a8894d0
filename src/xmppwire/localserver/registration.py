"""Accounts that people make, change and end by themselves (XEP-0077), where `LocalServer(registration=True)` allows it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from ..jid import JID, JIDError
from ..protocol.in_band_registration import NAMESPACE, RegistrationQuery
from ..stanza import ErrorCondition, Iq, IqType
from ..xml import Name
from .service import Answer, Request, Requests, Service

if TYPE_CHECKING:
    from .accounts import Account
    from .hub import Correspondent, Hub

QUERY: Name = RegistrationQuery.element_names[0]
WANTED = RegistrationQuery(instructions="Choose a user name and a password.", username="", password="")


class RegistrationService(Service):
    """Answers strangers, and those who are logged in."""

    features = (NAMESPACE,)

    def __init__(self, hub: Hub, remove: Callable[[JID, float], object], reserved: Collection[JID] = ()) -> None:
        self._hub = hub
        self._remove = remove
        self._reserved = reserved
        """Accounts that nobody may make, since they would be allowed more than others."""

    def make(self, domain: JID, query: RegistrationQuery) -> ErrorCondition | None:
        """Make an account. The condition says why not."""
        username, password = _values(query)
        if not username or not password:
            return ErrorCondition.NOT_ACCEPTABLE
        try:
            jid = JID.from_parts(username, domain.domainpart)
        except JIDError:
            return ErrorCondition.JID_MALFORMED
        if jid in self._hub.accounts or jid in self._reserved:
            return ErrorCondition.CONFLICT
        if len(self._hub.accounts) >= self._hub.limits.accounts:
            return ErrorCondition.RESOURCE_CONSTRAINT
        return self._put(jid, password)

    def requests(self) -> Requests:
        return {
            (IqType.GET, QUERY): Request(self._get),
            (IqType.SET, QUERY): Request(self._set),
        }

    def _get(self, link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Answer:
        """What is known of who asks."""
        asker = link.account
        if asker is None or account not in (None, asker):
            return ErrorCondition.FORBIDDEN
        return iq.result(RegistrationQuery(registered=True, username=asker.jid.localpart, password=""))

    def _set(self, link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Answer:
        """Change the password, or end the account: that follows, once this is answered."""
        asker = link.account
        if asker is None or account not in (None, asker):
            return ErrorCondition.FORBIDDEN
        temporary = getattr(
            link, "temporary", False
        )  # only clients have accounts, and only some for their stream alone
        query = iq.get(RegistrationQuery)
        if query is None:
            return ErrorCondition.BAD_REQUEST
        if query.remove:
            if query != RegistrationQuery(remove=True):
                return ErrorCondition.BAD_REQUEST
            return iq.result() if not temporary else ErrorCondition.NOT_ALLOWED
        username, password = _values(query)
        if not username or not password:
            return ErrorCondition.BAD_REQUEST
        try:
            named = JID.from_parts(username, asker.jid.domainpart)
        except JIDError:
            return ErrorCondition.JID_MALFORMED
        if named != asker.jid or temporary:
            return ErrorCondition.NOT_ALLOWED
        return self._put(asker.jid, password) or iq.result()

    def after(self, link: Correspondent, iq: Iq, reply: Iq, now: float) -> None:
        """An account that was ended is no more once the client was told."""
        if link.account is None or iq.type is not IqType.SET or reply.type is not IqType.RESULT:
            return
        query = iq.get(RegistrationQuery)
        if query is not None and query.remove:
            self._remove(link.account.jid, now)

    def _put(self, jid: JID, password: str) -> ErrorCondition | None:
        try:
            self._hub.accounts.add(jid, password)
        except ValueError:  # SASLprep forbids it
            return ErrorCondition.NOT_ACCEPTABLE
        self._hub.devices.forget(jid)
        return None


def _values(query: RegistrationQuery) -> tuple[str | None, str | None]:
    """User name and password, be they in a form or not."""
    if query.form is None:
        return query.username, query.password
    found = [query.form.get_field(name) for name in ("username", "password")]
    username, password = (one.values[0] if one is not None and one.values else None for one in found)
    return username, password
