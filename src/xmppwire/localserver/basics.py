"""What every server answers: pings (XEP-0199), its software (XEP-0092), its clock (XEP-0202), since when somebody is away or it
runs (XEP-0012), the session of old (RFC 3921 section 3); and whom to ask about it (XEP-0157, XEP-0455)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import TYPE_CHECKING

from ..protocol import entity_time, last_activity, ping, session
from ..protocol.contact_addresses import ServerInfo
from ..protocol.data_forms import DataForm, DataFormType
from ..protocol.entity_time import EntityTime
from ..protocol.last_activity import LastActivity
from ..protocol.service_outage_status import OutageAddresses
from ..protocol.version import NAMESPACE as VERSION_NAMESPACE
from ..protocol.version import Version
from ..stanza import ErrorCondition, Iq, IqType
from ..xml import Name
from .service import Answer, Audience, Request, Requests, Service

if TYPE_CHECKING:
    from .accounts import Account
    from .hub import Correspondent, Hub

PING: Name = (ping.NAMESPACE, "ping")
SESSION: Name = (session.NAMESPACE, "session")
VERSION: Name = (VERSION_NAMESPACE, "query")
TIME: Name = EntityTime.element_names[0]
LAST: Name = LastActivity.element_names[0]


class BasicService(Service):
    """Says that the server is there, and what it is."""

    features: Sequence[str] = (VERSION_NAMESPACE, "msgoffline", ping.NAMESPACE, last_activity.NAMESPACE)
    account_features = (last_activity.NAMESPACE,)

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        if hub.stamp(0.0) is not None:
            self.features = (*self.features, entity_time.NAMESPACE)

    def requests(self) -> Requests:
        return {
            (IqType.GET, PING): Request(_pong),
            (IqType.SET, SESSION): Request(_pong),
            (IqType.GET, VERSION): Request(_version),
            (IqType.GET, TIME): Request(self._time),
            (IqType.GET, LAST): Request(self._last, Audience.ANYBODY),
        }

    def _time(self, _link: Correspondent, iq: Iq, account: Account | None, now: float) -> Answer:
        stamp = self._hub.stamp(now)
        if account is not None or stamp is None:
            return ErrorCondition.SERVICE_UNAVAILABLE
        return iq.result(EntityTime(tzo=UTC, utc=stamp.astimezone(UTC)))

    def _last(self, link: Correspondent, iq: Iq, account: Account | None, now: float) -> Answer:
        """Since when the server runs, or the account is away (XEP-0012 sections 3 and 5)."""
        if account is None:
            return iq.result(LastActivity(seconds=int(now - (self._hub.started or 0.0))))
        asking = iq.sender
        own = account is link.account
        if not own and (asking is None or not account.roster.shares_presence_with(asking.bare)):
            return ErrorCondition.FORBIDDEN
        if account.available():
            return iq.result(LastActivity(seconds=0))
        if account.last_seen is None:
            return ErrorCondition.ITEM_NOT_FOUND
        return iq.result(LastActivity(seconds=int(now - account.last_seen), status=account.last_status))


class InformationService(Service):
    """Tells whom to ask about the server, and where to look when it is away: the program knows that."""

    def __init__(self, contacts: ServerInfo | None, status_pages: Sequence[str]) -> None:
        forms: list[DataForm] = [] if contacts is None else [contacts.to_form(DataFormType.RESULT)]
        if status_pages:
            forms.append(OutageAddresses(addresses=list(status_pages)).to_form(DataFormType.RESULT))
        self.forms: Sequence[DataForm] = forms


def _pong(_link: Correspondent, iq: Iq, _account: Account | None, _now: float) -> Answer:
    return iq.result()


def _version(_link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Answer:
    if account is not None:
        return ErrorCondition.SERVICE_UNAVAILABLE
    return iq.result(Version(software="xmppwire local server", version="0.1"))
