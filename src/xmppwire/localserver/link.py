"""`Link`: the server's end of one client's stream.

It has the surface of an engine. Its driver sees what concerns the transport (TLS, the end) and what may interest a log;
all questions about accounts, and all stanzas, are seen to here.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..jid import JID
from ..stanza import ErrorCondition, Iq, Message, Presence, Stanza
from ..stream.config import ComponentServerConfig, ServerConfig
from ..stream.connection import Connection
from ..stream.csi import HeldTraffic
from ..stream.errors import LocalProtocolError, StreamError, StreamErrorCondition
from ..stream.events import (
    AnonymousRequested,
    AuthorizationRequested,
    BindRequested,
    ClientStateChanged,
    ComponentRequested,
    CredentialsOffered,
    CredentialsRequested,
    Established,
    Event,
    ExternalRequested,
    FastTokensChanged,
    FastTokensRequested,
    ManagementEnabled,
    PasswordRequested,
    PeerClosed,
    Question,
    RegistrationFormRequested,
    RegistrationRequested,
    Resumed,
    ResumeRequested,
    Signal,
    StanzasAcknowledged,
    StanzasUnknown,
    StreamEnded,
    StreamErrorReceived,
    StreamErrorSent,
    StreamSuspended,
    TLSInfo,
    TokenRequested,
)
from ..stream.framing import Framing
from ..stream.phases import Phase
from ..xml import Element
from .component import Doorman
from .registration import WANTED

if TYPE_CHECKING:
    from .accounts import Account
    from .server import LocalServer
    from .suspended import Suspended

ASK_SECONDS = 1.0
"""An inactive client is asked what it got along with what wakes it, but not more often than this."""


class Link:
    """One client or component of a `LocalServer`. Made by `LocalServer.accept`; move its bytes as you move a `Connection`'s.

    `jid` is the client's full JID once a resource is bound, `presence` what it broadcast last while it is available.
    """

    def __init__(self, server: LocalServer, config: ServerConfig, refusal: StreamError | None) -> None:
        self.connection = Connection(config)
        self.account: Account | None = None
        self.jid: JID | None = None
        self.component: JID | None = None
        """The domain that a component speaks for (XEP-0114)."""
        self.presence: Presence | None = None
        self.said: Presence | None = None
        """The same as the client said it, before the server added anything."""
        self.interested = False
        """Whether the client asked for the roster, and so gets pushes (RFC 6121 section 2.2)."""
        self.wants: set[str] = set()
        """What else the client asked to be told of, by namespaces."""
        self.interests: frozenset[str] = frozenset()
        """The nodes of contacts that the client wants to hear of (XEP-0163 section 4.2)."""
        self.directed: dict[JID, None] = {}
        """Who was sent directed presence and not taken back (RFC 6121 section 4.6.1)."""
        self.temporary = False
        """Whether the account ends with the stream (ANONYMOUS)."""
        self.stream_id: str | None = None
        """What the stream is resumed by, if it can be (XEP-0198)."""
        self.device: str | None = None
        """The id of the client's user agent (XEP-0388), if it binds with its login and has one."""
        self.suspended: Suspended | None = None
        """What waits for the client since the transport was lost, while it may come back on another link."""
        self._resumes: Link | None = None
        self._managed = False
        self._asked = float("-inf")
        self._held: HeldTraffic | None = None
        """What waits for a client that nobody looks at (XEP-0352)."""
        maybe = server.hub.components.secrets and refusal is None and config.framing is Framing.TCP
        self._doorman = Doorman(config.limits) if maybe else None
        """Looks who is coming, where it may be a component."""
        self._started = 0.0
        self._stuck = False
        self._server = server
        self._hub = server.hub
        self._refusal = refusal

    @property
    def priority(self) -> int:
        """The priority of an available resource (RFC 6121 section 4.7.2.3)."""
        return 0 if self.presence is None else self.presence.priority

    # --- for the server ---------------------------------------------------------------------------------------------

    def queue(self, stanza: Stanza, now: float) -> bool:
        """Send a stanza to the client, unless its stream is on the way out. A client that does not read is closed.

        True if it will be known what became of the stanza: then it is `redelivered` should the client not get it.
        """
        if self.suspended is not None:
            self._wait(self.suspended, stanza, now)
            return True
        if self._stuck or self.connection.phase is not Phase.ESTABLISHED:
            return False
        if self._held is None or self._held.active:
            return self._send(stanza, now)
        ready = self._held.offer(stanza)
        self._send_all(ready, now)
        return bool(ready) and self._managed

    def _send_all(self, stanzas: Sequence[Stanza], now: float) -> None:
        """Send what waited for an inactive client, and ask for its acknowledgement while its radio is on (XEP-0286)."""
        for stanza in stanzas:
            self._send(stanza, now)
        if stanzas and self._managed and self._asked + ASK_SECONDS <= now and self.phase is Phase.ESTABLISHED:
            self._asked = now
            self.connection.ask(now)

    def _send(self, stanza: Stanza, now: float) -> bool:
        waiting = self.connection.output_size
        try:
            if waiting > self._hub.limits.queue_bytes:
                raise LocalProtocolError(f"{waiting} bytes wait to be read")
            self.connection.send(stanza, now)
        except LocalProtocolError as error:  # nothing else can be wrong with a stanza that was parsed
            self._stuck = True
            self._hub.drop_stuck(self, str(error), now)
            return False
        self._hub.wake(self)
        return self._managed

    def take_held(self) -> Sequence[Stanza]:
        """What waits for an inactive client; it is the caller's now."""
        return () if self._held is None else self._held.set_active(True)

    def _wait(self, suspended: Suspended, stanza: Stanza, now: float) -> None:
        suspended.add(stanza, self._hub.unix(now))
        management = self.connection.config.management
        most = 0 if management is None else management.queue
        if not self._stuck and (len(suspended.waiting) > most or suspended.size > self._hub.limits.queue_bytes):
            self._stuck = True
            self._hub.drop_stuck(self, "too much waits for a client that is away", now)

    def drop(self, now: float, condition: StreamErrorCondition, text: str) -> None:
        """End the stream for a reason of the server, and the client's presence with it."""
        if self.suspended is not None:
            self._server.expire(self, now)
        else:
            self.close(now, StreamError(condition, text, "en"))

    def hand_over(self, now: float) -> None:
        """The client goes on elsewhere with the stream that is still open here."""
        self.connection.hand_over(now)
        self._hub.wake(self)

    def take_place_of(self, old: Link) -> None:
        """The client goes on here; the old link is nobody's any more."""
        self.account, self.jid = old.account, old.jid
        self.presence, self.said = old.presence, old.said
        self.interested, self.wants, self.directed = old.interested, old.wants, old.directed
        self.interests = old.interests
        if self.account is not None and self.jid is not None:
            self.account.resources[self.jid.resourcepart or ""] = self
        old.account = old.jid = old.presence = None

    # --- the surface of an engine -----------------------------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        """Where the stream stands."""
        return self.connection.phase

    @property
    def wants_read(self) -> bool:
        """Whether to read from the transport."""
        return self.connection.wants_read

    @property
    def output_size(self) -> int:
        """Bytes that wait in `data_to_send`."""
        return self.connection.output_size

    def start(self, now: float) -> None:
        """The transport is connected."""
        self._started = now
        self.connection.start(now)
        if self._refusal is not None:
            self.connection.close(now, self._refusal)

    def receive_data(self, data: bytes, now: float) -> None:
        """Take input; `b""` is the end of file."""
        if self._doorman is not None:
            component = self._doorman.is_component(data)
            if component is None:
                return
            held, self._doorman = self._doorman.held, None
            if component:
                self.connection = Connection(self._server.component_config())
                self.connection.start(self._started)
            if data:
                data = held
            elif held:
                self.connection.receive_data(held, now)
        self.connection.receive_data(data, now)

    def next_event(self, now: float) -> Event | Signal:
        """The next event that concerns the driver, or a `Signal`. Stanzas are handled on the way."""
        hub = self._hub
        self._server.sweep(now)
        hub.active = self
        try:
            while True:
                event = self.connection.next_event(now)
                if isinstance(event, Message | Presence | Iq):
                    if self._held is not None:
                        self._send_all(self._held.release(), now)
                    self._server.handle(self, event, now)
                elif isinstance(event, Question):
                    if not self._settle(event, now):
                        return event
                else:
                    self._follow(event, now)
                    return event
        finally:
            hub.active = None

    def data_to_send(self) -> bytes:
        """All output since the last call."""
        return self.connection.data_to_send()

    def next_timeout(self) -> float | None:
        """When `handle_timeout` is due. It may be for a client that is away: see `suspended`."""
        own, other = self.connection.next_timeout(), self._hub.sessions.timer(self)
        return own if other is None else other if own is None else min(own, other)

    def handle_timeout(self, now: float) -> None:
        """Do what is due."""
        self.connection.handle_timeout(now)
        self._server.sweep(now)

    def send(self, item: Stanza | Element, now: float) -> None:
        """Send something to the client in the server's name."""
        self.connection.send(item, now)
        self._hub.wake(self)

    def close(self, now: float, error: StreamError | None = None) -> None:
        """Begin to close the stream. For everybody else the client is gone at once."""
        self.connection.close(now, error)
        self._hub.wake(self)
        if self.suspended is None:
            self._server.gone(self, now)

    def tls_established(self, info: TLSInfo, now: float) -> None:
        """TLS is in place."""
        self.connection.tls_established(info, now)

    def tls_failed(self, reason: str, now: float) -> None:
        """TLS could not be had."""
        self.connection.tls_failed(reason, now)

    def answer(self, question: Question, value: object, now: float) -> None:
        """Answer a question that `next_event` returned."""
        self.connection.answer(question, value, now)

    def refuse(self, question: Question, condition: str, now: float, text: str | None = None) -> None:
        """Refuse a question that `next_event` returned."""
        self.connection.refuse(question, condition, now, text)

    # --- the stream's course ----------------------------------------------------------------------------------------

    def _follow(self, event: Event | Signal, now: float) -> None:
        """See to what an event of the stream means for the others."""
        server = self._server
        match event:
            case Established(jid=jid) if isinstance(self.connection.config, ComponentServerConfig):
                if not self._hub.components.enter(self, jid):
                    self.drop(now, StreamErrorCondition.CONFLICT, "this component is connected already")
            case ManagementEnabled(id=identifier):
                self._managed = True
                if identifier is not None:
                    self._hub.sessions.begin(identifier, self)
            case StanzasAcknowledged(stanzas=stanzas):
                server.arrived(stanzas)
            case Resumed(acknowledged=stanzas) if self._resumes is not None:
                server.arrived(stanzas)
                self._managed = True
                server.replace(self._resumes, self, now)
                self._resumes = None
            case ClientStateChanged(active=active):
                self._held = self._held or HeldTraffic()
                self._send_all(self._held.set_active(active), now)
            case StreamSuspended(resumption=state):
                server.suspend(self, state, now)
            case StanzasUnknown(stanzas=stanzas, times=times):
                server.gone(self, now)
                if self.jid is not None:
                    server.redeliver(zip(stanzas, times, strict=True), now)
            case PeerClosed() | StreamErrorReceived() | StreamErrorSent():
                server.gone(self, now)
            case StreamEnded():
                server.ended(self, now)
            case _:
                pass

    # --- questions --------------------------------------------------------------------------------------------------

    def _settle(self, question: Question, now: float) -> bool:
        """Answer what the server can answer. False for what only the driver can."""
        accounts = self._hub.accounts
        answer: object
        if isinstance(question, CredentialsRequested):
            answer = accounts.credentials(question.jid, question.hash)
        elif isinstance(question, CredentialsOffered):
            answer = accounts.store(question.jid, question.credentials)
        elif isinstance(question, PasswordRequested):
            answer = accounts.verify(question.jid, question.password)
        elif isinstance(question, ExternalRequested):
            known = [jid for jid in question.candidates if jid in accounts]
            if len(known) > 1:  # the client says which of them it is (XEP-0178 section 2)
                known = [jid for jid in known if question.authzid in (jid.localpart, str(jid))]
                if not known:
                    self.connection.refuse(question, "invalid-authzid", now)
                    return True
            answer = known[0].localpart if known else None
        elif isinstance(question, TokenRequested):
            answer = None
        elif isinstance(question, AnonymousRequested):
            answer = self._server.anonymous_user()
            self.temporary = answer is not None
        elif isinstance(question, AuthorizationRequested):
            answer = False
        elif isinstance(question, BindRequested):
            self._bind(question, now)
            return True
        elif isinstance(question, ComponentRequested):
            if self._hub.components.get(question.jid) is not None:
                self.connection.refuse(question, "conflict", now, "this component is connected already")
                return True
            answer = self._hub.components.secrets.get(question.jid.domainpart)
        elif isinstance(question, RegistrationFormRequested):
            answer = WANTED.to_element()
        elif isinstance(question, RegistrationRequested):
            service = self._server.registration
            problem = ErrorCondition.NOT_ALLOWED if service is None else service.make(question.domain, question.query)
            if problem is not None:
                self.connection.refuse(question, problem.value, now)
                return True
            answer = True
        elif isinstance(question, FastTokensRequested | FastTokensChanged):
            answer = self._hub.devices.settle(question)
        elif isinstance(question, ResumeRequested):
            self._resumes, answer = self._server.resume(question)
        else:
            return False
        self.connection.answer(question, answer, now)
        return True

    def _bind(self, question: BindRequested, now: float) -> None:
        resource = question.resource
        if question.tag is not None:
            resource = f"{question.tag}/{resource_name(self._hub.random(10))}"
        outcome = self._server.bind(self, question.jid, resource, now)
        if isinstance(outcome, JID):
            self._hub.devices.bound(self, question, now)
            for wish in question.features:
                for service in self._hub.services:
                    service.bound(self, wish)
            self.connection.answer(question, outcome, now)
        else:
            self.connection.refuse(question, outcome, now)


def resource_name(random: bytes) -> str:
    """A resourcepart that nobody can guess (RFC 6120 section 7.6)."""
    return base64.b32encode(random).decode("ascii").rstrip("=").lower()
