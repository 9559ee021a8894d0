"""The requests that a session answers without the program (RFC 6120 section 8.2.3: every get and set gets an answer)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from ..jid import JID
from ..payload import Payload, PayloadError
from ..protocol import blocking, disco, entity_time, last_activity, ping, roster, version
from ..protocol.disco import DiscoInfo, Identity
from ..protocol.entity_time import EntityTime
from ..protocol.last_activity import LastActivity
from ..protocol.version import Version
from ..stanza import ErrorCondition, Iq, IqType
from ..stream.config import ComponentConfig, SessionConfig
from ..xml import Name

PING: Name = (ping.NAMESPACE, "ping")
DISCO_INFO: Name = (disco.INFO_NAMESPACE, "query")
ROSTER: Name = (roster.NAMESPACE, "query")
VERSION: Name = (version.NAMESPACE, "query")
TIME: Name = (entity_time.NAMESPACE, "time")
LAST: Name = (last_activity.NAMESPACE, "query")
BLOCKING: frozenset[Name] = frozenset({(blocking.NAMESPACE, "block"), (blocking.NAMESPACE, "unblock")})


def _client_identity() -> list[Identity]:
    return [Identity(category="client", type="bot")]


@dataclass(slots=True)
class Verdict:
    """What becomes of a request: the `reply` to send at once, if any, and whether the program sees it."""

    reply: Iq | None
    deliver: bool


@dataclass(slots=True, kw_only=True)
class AutomaticAnswers:
    """Which requests are answered automatically. Each kind can be turned off; then such requests are events, to be answered
    by the program with `iq.result()` or `iq.error_reply()`."""

    ping: bool = True
    """Answer pings (XEP-0199)."""
    roster_push: bool = True
    """Acknowledge roster pushes, which are events too (RFC 6121 section 2.1.6). Only those that the own account or
    nobody sent: others are requests like any other."""
    block_push: bool = True
    """Acknowledge what the server tells of the block list (XEP-0191 sections 3.3 and 3.4), by the same rule; an event too."""
    version: Version | None = None
    """Answer who asks for our software (XEP-0092) with this; None: do not."""
    time: Callable[[], datetime] | None = None
    """Answer who asks for our time (XEP-0202) with what this says, an aware datetime; None: do not. The offset of it tells
    where we are."""
    last_activity: Callable[[], float] | None = None
    """Answer who asks when we were active last (XEP-0012) with what this says, in seconds since then; None: do not. A client
    should answer only who may see its presence."""
    disco: bool = True
    """Answer service discovery (XEP-0030) with `identities` and `features`."""
    unhandled: bool = True
    """Answer with `service-unavailable` what is neither answered above nor in `handled`."""
    identities: list[Identity] = field(default_factory=_client_identity)
    """What we are. By default a bot: only programs with a person in front of them are a `client/pc` or the like."""
    features: list[str] = field(default_factory=list[str])
    """Namespaces to announce beside those that the session itself supports."""
    handled: set[Name] = field(default_factory=set[Name])
    """Names of the payloads (namespace, local name) whose requests the program answers, before anything else here."""

    def handle(self, names: Iterable[Name]) -> None:
        """Leave requests with these payloads to the program: `handle(Version.element_names)`."""
        self.handled.update(names)

    def judge(self, iq: Iq, own: JID | None) -> Verdict:
        """What to do with a get or set. `own` is our full JID."""
        name = iq.payload_name
        if name in self.handled:
            return Verdict(None, True)
        if name == PING and self.ping and iq.type is IqType.GET:
            return Verdict(iq.result(), False)
        if name == DISCO_INFO and self.disco and iq.type is IqType.GET:
            return Verdict(self._info(iq), False)
        if name == ROSTER and self.roster_push and iq.type is IqType.SET and _from_account(iq, own):
            return Verdict(iq.result(), True)
        if name in BLOCKING and self.block_push and iq.type is IqType.SET and _from_account(iq, own):
            return Verdict(iq.result(), True)
        if iq.type is IqType.GET and (told := self._told(name)) is not None:
            return Verdict(iq.result(told), False)
        if self.unhandled:
            return Verdict(iq.error_reply(ErrorCondition.SERVICE_UNAVAILABLE), False)
        return Verdict(None, True)

    def _told(self, name: Name | None) -> Payload | None:
        """What we tell about ourselves."""
        if name == VERSION:
            return self.version
        if name == TIME and self.time is not None:
            now = self.time()
            return EntityTime(tzo=timezone(now.utcoffset() or timedelta()), utc=now.astimezone(UTC))
        if name == LAST and self.last_activity is not None:
            return LastActivity(seconds=max(0, int(self.last_activity())))
        return None

    def _info(self, iq: Iq) -> Iq:
        try:
            query = iq.get(DiscoInfo)
        except PayloadError as error:
            return iq.error_reply(ErrorCondition.BAD_REQUEST, text=str(error))
        if query is not None and query.node is not None:
            return iq.error_reply(ErrorCondition.ITEM_NOT_FOUND)
        features = {disco.INFO_NAMESPACE, *self.features}
        if self.ping:
            features.add(ping.NAMESPACE)
        told = (
            (self.version, version.NAMESPACE),
            (self.time, entity_time.NAMESPACE),
            (self.last_activity, last_activity.NAMESPACE),
        )
        features.update(namespace for what, namespace in told if what is not None)
        return iq.result(DiscoInfo(identities=self.identities, features=sorted(features)))


def default_answers(config: SessionConfig) -> AutomaticAnswers:
    """What a session answers where the program says nothing. A component has no roster, and answers for its whole domain."""
    if isinstance(config, ComponentConfig):
        return AutomaticAnswers(roster_push=False, identities=[Identity(category="component", type="generic")])
    return AutomaticAnswers()


def _from_account(iq: Iq, own: JID | None) -> bool:
    """Whether the server says this for our account: nobody else can (RFC 6120 section 8.1.2.1)."""
    return iq.sender is None or (own is not None and iq.sender == own.bare)
