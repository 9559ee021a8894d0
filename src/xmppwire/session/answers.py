"""The requests that a session answers without the program (RFC 6120 section 8.2.3: every get and set gets an answer).

Some it answers by itself (`AutomaticAnswers`). A program adds its own by the class of the payload:

    def count(request: IqRequest[LastActivity]) -> LastActivity | StanzaError:
        if request.iq.sender != friend:
            return StanzaError("forbidden")
        return LastActivity(seconds=0)

    client.session.answers.register("get", LastActivity, count, features=[last_activity.NAMESPACE])

A handler answers at once, or returns `LATER` and has the answer sent when it is known. What needs to wait for something is also
left to the program by `AutomaticAnswers.handle`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from typing import Generic, TypeAlias, TypeVar

from ..jid import JID
from ..payload import Payload, PayloadError
from ..protocol import blocking, disco, entity_time, last_activity, ping, roster, version
from ..protocol.disco import DiscoInfo, Identity
from ..protocol.entity_time import EntityTime
from ..protocol.last_activity import LastActivity
from ..protocol.version import Version
from ..stanza import ErrorCondition, Iq, IqType, StanzaError
from ..stream.config import ComponentConfig, SessionConfig
from ..xml import Element, Name

P = TypeVar("P", bound=Payload)

PING: Name = (ping.NAMESPACE, "ping")
DISCO_INFO: Name = (disco.INFO_NAMESPACE, "query")
ROSTER: Name = (roster.NAMESPACE, "query")
VERSION: Name = (version.NAMESPACE, "query")
TIME: Name = (entity_time.NAMESPACE, "time")
LAST: Name = (last_activity.NAMESPACE, "query")
BLOCKING: frozenset[Name] = frozenset({(blocking.NAMESPACE, "block"), (blocking.NAMESPACE, "unblock")})


def _client_identity() -> list[Identity]:
    return [Identity(category="client", type="bot")]


@dataclass(frozen=True, slots=True)
class IqRequest(Generic[P]):
    """A get or set, as a handler receives it. `own` is our full JID, `now` the time of the engine's clock in seconds."""

    iq: Iq
    kind: type[P]
    own: JID | None
    now: float

    @property
    def payload(self) -> P:
        """The payload. Raises PayloadError where it does not decode; from a handler that makes a `bad-request`."""
        payload = self.iq.get(self.kind)
        assert payload is not None  # noqa: S101 - or it would not be for this handler
        return payload

    @property
    def sender(self) -> JID | None:
        """Who asks. A server that leaves the address out speaks for the own account (RFC 6120 section 8.1.2.1)."""
        return self.iq.sender if self.iq.sender is not None or self.own is None else self.own.bare


class Later(Enum):
    """What a handler returns that answers later: whoever has the request then sends `iq.result()` or `iq.error_reply()`."""

    LATER = "later"


LATER = Later.LATER

Answer: TypeAlias = Payload | Element | StanzaError | Later | None
"""What a handler returns: the payload of the result, None for an empty result, an error, or `LATER`."""

Call: TypeAlias = Callable[[Iq, "JID | None", float], Answer]
"""A handler that has not looked at the payload yet: it takes the request, our full JID, and the time."""


@dataclass(slots=True)
class Verdict:
    """What becomes of a request: the `reply` to send at once, if any, and whether the program sees it. `failure` is what
    a handler raised."""

    reply: Iq | None
    deliver: bool
    failure: Exception | None = None


@dataclass(slots=True, kw_only=True)
class AutomaticAnswers:
    """Which requests are answered automatically. Each kind can be turned off; then such requests are events, to be answered
    by the program with `iq.result()` or `iq.error_reply()`. What `time` or `last_activity` raises is as with handlers."""

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
    may_ask: Callable[[JID], bool] | None = None
    """Who may ask us anything: those who may see our presence, for instance (`im.jingle.from_contacts(roster)`). To everybody
    else it is as if we were not there: whatever they ask is answered with `service-unavailable`, and no handler sees it
    (RFC 6120 section 13.10.2, XEP-0199 section 7). Our account and our server may always ask. None: everybody may."""
    unhandled: bool = True
    """Answer with `service-unavailable` what is neither answered above nor in `handled`."""
    identities: list[Identity] = field(default_factory=_client_identity)
    """What we are. By default a bot: only programs with a person in front of them are a `client/pc` or the like."""
    features: list[str] = field(default_factory=list[str])
    """Namespaces to announce beside those that the session itself supports."""
    handled: set[Name] = field(default_factory=set[Name])
    """Names of the payloads (namespace, local name) whose requests the program answers, before anything else here."""
    handlers: dict[tuple[IqType, Name], Call] = field(default_factory=dict[tuple[IqType, Name], "Call"], repr=False)
    """What `register` entered: asked after `handled`, and before what is answered here."""

    def handle(self, names: Iterable[Name]) -> None:
        """Leave requests with these payloads to the program: `handle(Version.element_names)`."""
        self.handled.update(names)

    def register(
        self,
        type: IqType | str,
        kind: type[P],
        handler: Callable[[IqRequest[P]], Answer],
        *,
        features: Iterable[str] = (),
    ) -> None:
        """Answer each request of this type (`get` or `set`) with a payload of the class `kind` by what `handler` returns.
        `features` are announced from now on. A handler registered later takes the place of an earlier one.

        What a handler raises becomes an `internal-server-error`, and a `HandlerFailed` for the program, and so does an answer
        that cannot be sent; a PayloadError becomes a `bad-request`, since it lies in what was asked. Raises ValueError for a
        type that is no request.
        """
        asked = IqType(type)
        if asked not in (IqType.GET, IqType.SET):
            raise ValueError(f"an iq of type {asked} is not answered")

        def call(iq: Iq, own: JID | None, now: float) -> Answer:
            return handler(IqRequest(iq, kind, own, now))

        for name in kind.element_names:
            self.handlers[asked, name] = call
        self.features = list(dict.fromkeys((*self.features, *features)))

    def info(self) -> DiscoInfo:
        """What is answered to who asks what we are and can do (XEP-0030)."""
        features = {disco.INFO_NAMESPACE, *self.features}
        if self.ping:
            features.add(ping.NAMESPACE)
        told = (
            (self.version, version.NAMESPACE),
            (self.time, entity_time.NAMESPACE),
            (self.last_activity, last_activity.NAMESPACE),
        )
        features.update(namespace for what, namespace in told if what is not None)
        return DiscoInfo(identities=list(self.identities), features=sorted(features))

    def judge(self, iq: Iq, own: JID | None, now: float) -> Verdict:
        """What to do with a get or set. `own` is our full JID, `now` the time."""
        name = iq.payload_name
        if self.may_ask is not None and iq.sender is not None and not _is_our_side(iq.sender, own):
            refusal = Verdict(iq.error_reply(ErrorCondition.SERVICE_UNAVAILABLE), False)
            try:
                if not self.may_ask(iq.sender):
                    return refusal
            except Exception as error:
                refusal.failure = error
                return refusal
        if name in self.handled:
            return Verdict(None, True)
        if name is not None and (call := self.handlers.get((iq.type, name))) is not None:
            return _called(call, iq, own, now)
        if name == PING and self.ping and iq.type is IqType.GET:
            return Verdict(iq.result(), False)
        if name == DISCO_INFO and self.disco and iq.type is IqType.GET:
            return Verdict(self._info(iq), False)
        if name == ROSTER and self.roster_push and iq.type is IqType.SET and _from_account(iq, own):
            return Verdict(iq.result(), True)
        if name in BLOCKING and self.block_push and iq.type is IqType.SET and _from_account(iq, own):
            return Verdict(iq.result(), True)
        try:
            told = self._told(name) if iq.type is IqType.GET else None
        except Exception as error:  # in a function of the program, as in a handler
            return Verdict(iq.error_reply(ErrorCondition.INTERNAL_SERVER_ERROR), False, error)
        if told is not None:
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
        return iq.result(self.info())


def default_answers(config: SessionConfig) -> AutomaticAnswers:
    """What a session answers where the program says nothing. A component has no roster, and answers for its whole domain."""
    if isinstance(config, ComponentConfig):
        return AutomaticAnswers(roster_push=False, identities=[Identity(category="component", type="generic")])
    return AutomaticAnswers()


def _called(call: Call, iq: Iq, own: JID | None, now: float) -> Verdict:
    """What a handler answers."""
    try:
        answer = call(iq, own, now)
        if isinstance(answer, Later):
            return Verdict(None, False)
        return Verdict(iq.error_reply(answer) if isinstance(answer, StanzaError) else iq.result(answer), False)
    except PayloadError as error:
        return Verdict(iq.error_reply(ErrorCondition.BAD_REQUEST, text=str(error)), False)
    except Exception as error:  # the session goes on, and whoever asked hears no details
        return Verdict(iq.error_reply(ErrorCondition.INTERNAL_SERVER_ERROR), False, error)


def _from_account(iq: Iq, own: JID | None) -> bool:
    """Whether the server says this for our account: nobody else can (RFC 6120 section 8.1.2.1)."""
    return iq.sender is None or (own is not None and iq.sender == own.bare)


def _is_our_side(sender: JID, own: JID | None) -> bool:
    """Whether that is our account, a client of it, or our server."""
    return own is not None and sender.bare in (own.bare, own.domain)
