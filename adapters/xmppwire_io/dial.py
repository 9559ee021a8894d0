"""How a client gets from an address to an established session, as a plan that any adapter carries out. Pure.

`dial()` is a generator of steps. An adapter carries out each and sends back its result, or throws in what it raised
(OSError, ValueError); what the generator returns is the established `Conversation`:

- `Call(function)`: run it, in a thread if there is one, since it waits for DNS or reads files;
- `Attempt(race, conversation)`: connect a TCP socket to the place that answers first, start the conversation's driver on
  it, and come back when it is `settled` (result: None). If it is not established, close the socket;
- `Wait(ready, until)`: come back when `ready()`, which may change with anything that happens, and at the time `until`.

Targets are tried in the order of the DNS, the addresses of each in the order of the system, until a session is
established. Those of one priority are raced against each other, as far as they have the same kind of TLS (XEP-0495). A
refused login ends the search; anything else leads to the next address. `see-other-host` leads elsewhere,
while the domain whose certificate is expected, and what is demanded of TLS, stay the same (RFC 6120 section 4.9.3.19).

With a `ReconnectPolicy`, the conversation comes with an `errand`: a plan of the same steps that dials again after each loss, as
the session says, first where the server wants the stream resumed, or where it was.
"""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile
from typing import Any, cast

from xmppwire.jid import JID
from xmppwire.session import MakeHabits, ReconnectPolicy, Session
from xmppwire.stream.config import ClientConfig, ComponentConfig, SessionConfig
from xmppwire.stream.connection import Connection
from xmppwire.stream.errors import StreamErrorCondition
from xmppwire.stream.events import AuthenticationFailed, EndReason, RegistrationFailed, SeeOtherHost, SeeOtherURI
from xmppwire.stream.framing import Framing
from xmppwire.stream.management import StreamManagement

from . import discover, resolve
from .client import Conversation, Trace
from .driver import Driver
from .errors import AuthenticationError, ConnectError, RegistrationError, TLSError
from .options import ConnectOptions
from .race import Place, Race
from .resolve import DIRECT_PORT, MAX_ADDRESSES, PORT, ResolveError, Target, join
from .tls import ALPN_CLIENT, ClientTLS, TLSProvider, client_context


@dataclass(slots=True)
class Call:
    """Run `function` and send back what it returns."""

    function: Callable[[], Any]


@dataclass(slots=True)
class Attempt:
    """Connect to one of the places, and run the conversation until it is settled."""

    race: Race
    conversation: Conversation

    @property
    def driver(self) -> Driver:
        """What carries the connection; asked for once."""
        return self.conversation.driver.carrier()


class Join(Attempt):
    """Connect once more for a conversation that is settled: come back at once."""

    __slots__ = ()


@dataclass(slots=True)
class Wait:
    """Wait until `ready()`; it need not be looked at before something changed, or the time is `until`."""

    ready: Callable[[], bool]
    until: float | None = None


MakeTLS = Callable[[bool], TLSProvider | None]
"""Makes the TLS of a connection; told whether it is there from the first byte."""
Plan = Generator[Call | Attempt, Any, Conversation]
Errand = Generator[Call | Attempt | Wait, Any, None]


def dial(address: JID | str, options: ConnectOptions, now: Callable[[], float] = time.monotonic) -> Plan:
    """The plan for one client, whose adapter has the clock `now`. Raises ConnectError (TLSError, AuthenticationError),
    JIDError, TypeError, and ValueError where `state` is none."""
    if options.get("bosh"):
        try:
            from .dial_bosh import BOSHDialer
        except ImportError:
            raise ValueError("BOSH needs h11 (the extra `bosh`)") from None
        return BOSHDialer(JID(address), options, now).run()
    return Dialer(JID(address), options, now).run()


class Dialer:
    """Finds a way for one client, and makes the steps of it."""

    def __init__(self, jid: JID, options: ConnectOptions, now: Callable[[], float]) -> None:
        rest: dict[str, Any] = {**options}
        self._jid = jid
        self._now = now
        self._host: str | None = rest.pop("host", None)
        self._port: int | None = rest.pop("port", None)
        if self._port is not None and not 0 < self._port < 65536:
            raise ValueError(f"{self._port} is no port")
        self._direct: bool | None = rest.pop("direct_tls", None)
        self._context: ssl.SSLContext | None = rest.pop("ssl_context", None)
        self._files = [rest.pop(name, None) for name in ("ca_file", "cert_file", "key_file")]
        self._exporter: bool = rest.pop("exporter", False)
        self._timeout: float = rest.pop("connect_timeout", 10.0)
        self._allowed: int = rest.pop("redirects", 3)
        self._redirects = self._allowed
        self._backlog: int = rest.pop("backlog", 1000)
        self._trace: Trace | None = rest.pop("trace", None)
        self._reconnect: ReconnectPolicy | None = rest.pop("reconnect", None)
        self._state: bytes | None = rest.pop("state", None)
        self._websocket: str | None = self._web_address(rest.pop("websocket", None), rest.pop("bosh", None))
        self._write_ahead: bool = rest.pop("write_ahead", False)
        self._habits: MakeHabits | None = rest.pop("habits", None)
        lasting = self._reconnect is not None or self._state is not None or self._write_ahead
        management = rest.pop("management", StreamManagement() if lasting and "secret" not in rest else None)
        if management is not None:
            if management.epoch is None:
                management = replace(management, epoch=time.time() - now())
            rest["management"] = management
        self._config: SessionConfig
        if "secret" in rest:  # from `for_components`
            self._config = ComponentConfig(jid=jid, direct_tls=bool(self._direct), **rest)
        elif self._websocket is None:
            self._config = ClientConfig(jid=jid, **rest)
        else:
            if self._host is not None or self._port is not None:
                raise ValueError("the URL says where to connect: neither `host` nor `port` goes with it")
            plain = self._websocket.startswith(("ws:", "http:"))
            if plain and rest.get("require_tls", True):
                raise ValueError("this URL is without TLS: use a wss: or https: one, or give require_tls=False")
            self._direct = not plain
            self._config = ClientConfig(jid=jid, framing=Framing.WEBSOCKET, direct_tls=self._direct, **rest)
        self._attempts: list[tuple[str, str]] = []
        self._tls_failed = False
        self._session: Session | None = None
        self._last: Conversation | None = None
        self._target: Target | None = None  # where the last stream was established

    def run(self) -> Plan:
        try:
            make_tls: MakeTLS = yield Call(self._prepare_tls)
        except (OSError, ValueError) as error:
            raise TLSError(f"cannot set up TLS: {error}") from error
        conversation = yield from self._connect(make_tls)
        if self._reconnect is not None:
            conversation.errand, conversation.lasting = self._stay(conversation, make_tls), True
        else:
            conversation.errand = self._beside(conversation)
        return conversation

    def _web_address(self, websocket: str | bool | None, bosh: str | None) -> str | None:
        """The URL to connect to, in place of asking the DNS. Raises ValueError."""
        return discover.web_address(websocket, self._jid.domainpart)

    def _web_targets(self, uris: list[str]) -> list[Target]:
        """Where to go for these URLs."""
        return discover.web_targets(uris, self._config.direct_tls, self._attempts)

    def _keep(self, conversation: Conversation) -> Errand:
        """What is to be done until the connection is lost."""
        yield Wait(partial(is_lost, conversation))

    def _beside(self, conversation: Conversation) -> Errand | None:
        """What is to be done beside a program that does not want to dial again."""
        return None

    def _stay(self, conversation: Conversation, make_tls: MakeTLS) -> Errand:
        """Dial after each loss, when and for as long as the session says."""
        session = conversation.session
        while session.ended is None:
            yield from self._keep(conversation)
            while (due := session.retry_at) is not None:
                yield Wait(partial(self._is_time, session, due), due)
                if session.ended is not None:
                    break
                self._attempts.clear()
                self._tls_failed, self._redirects, self._last = False, self._allowed, None
                try:
                    conversation = yield from self._connect(make_tls)
                except ConnectError as error:
                    untrusted = self._last is not None and self._last.driver.untrusted
                    session.failed(str(error), self._now(), final=untrusted)

    def _is_time(self, session: Session, due: float) -> bool:
        return session.ended is not None or self._now() >= due

    def _connect(self, make_tls: MakeTLS) -> Plan:
        """Try one target after the other."""
        targets = self._first_of_all()
        try:
            targets += yield from self._find(self._host, self._port, self._direct)
        except ConnectError:
            if not targets:
                raise
        while targets:
            where, targets = yield from self._places(targets)
            places = list(where)
            while places:
                if self._session is not None and self._session.closing:
                    raise ConnectError("closed by the program", self._attempts)
                conversation = self._converse(where[places[0]], make_tls)
                race = Race(places, self._timeout)
                try:
                    yield Attempt(race, conversation)
                except OSError as error:
                    race.broken(error)
                self._attempts += [(_name(where[place], place), words(error)) for place, error in race.lost]
                places = race.rest()
                if race.won is None:
                    continue
                target = where[race.won]
                if conversation.established:
                    self._target = target
                    return conversation
                redirect = self._judge(_name(target, race.won), conversation)
                if redirect is not None:
                    targets = yield from self._follow(redirect, target)
                    break
        raise self._error()

    def _places(
        self, targets: list[Target]
    ) -> Generator[Call | Attempt, Any, tuple[dict[Place, Target], list[Target]]]:
        """The addresses of the first target, and of those that may be tried beside it; and the targets that are left."""
        group = list(takewhile(partial(Target.beside, targets[0]), targets))
        rest = targets[len(group) :]
        found: list[list[Place] | ResolveError | None] = yield Call(partial(resolve.together, group))
        where: dict[Place, Target] = {}
        late: list[Target] = []
        for target, answer in zip(group, found, strict=True):
            if answer is None:
                late.append(target)
            elif isinstance(answer, ResolveError):
                self._attempts.append((str(target), str(answer)))
            else:
                for place in answer:
                    if len(where) < MAX_ADDRESSES:
                        where.setdefault(place, target)
        return where, late + rest

    def _first_of_all(self) -> list[Target]:
        """Where to go before all places that the DNS knows: where the session was sent, where the stream to resume was."""
        session = self._session
        if self._websocket is not None:
            if session is None and self._state is not None:
                self._make_session(bool(self._direct))
            uris = [session.uri] if session is not None and session.uri is not None else []
            return self._web_targets(uris)
        direct = self._target.direct_tls if self._target is not None else bool(self._direct)
        place = session.place if session is not None else None
        if session is None and self._state is not None:
            place = self._make_session(direct).place
        targets: list[Target] = []
        if place is not None:
            targets.append(Target(place[0], place[1] or (DIRECT_PORT if direct else PORT), direct))
        if self._target is not None and session is not None and session.resumable:
            targets.append(replace(self._target, priority=None))  # there, and at first nowhere else
        return targets

    def _make_session(self, direct_tls: bool) -> Session:
        self._session = Session(
            replace(self._config, direct_tls=direct_tls),
            backlog=self._backlog,
            engine=self._trace or Connection,
            reconnect=self._reconnect,
            state=self._state,
            write_ahead=self._write_ahead,
            habits=self._habits,
        )
        return self._session

    def _prepare_tls(self) -> MakeTLS:
        """Load certificates, which takes long, once for all attempts."""
        ca_file, cert_file, key_file = self._files
        names = (ALPN_CLIENT,) if isinstance(self._config, ClientConfig) else ()
        if self._websocket is not None:
            names = ("http/1.1",)
        if self._exporter:
            try:
                from . import pyopenssl
            except ImportError:
                raise ValueError("exporter=True needs pyOpenSSL (the extra `exporter`)") from None
            context = pyopenssl.client_context(ca_file, cert_file, key_file)
            return lambda direct: pyopenssl.OpenSSLTLS(context, alpn=names if direct else ())
        if isinstance(self._config, ComponentConfig) and not self._direct:
            return lambda _: None
        if self._context is not None:
            ready = ClientTLS(self._context)
            return lambda _: ready
        own = client_context(ca_file, cert_file, key_file)
        return lambda direct: ClientTLS(own, alpn=names if direct else ())

    def _find(
        self, host: str | None, port: int | None, direct: bool | None
    ) -> Generator[Call | Attempt, Any, list[Target]]:
        domain = self._jid.domainpart
        if self._websocket is not None:
            return (yield from self._find_websocket(self._websocket))
        if host is not None or port is not None:
            place = (host or domain).strip("[]")
            return [Target(place, port or (DIRECT_PORT if direct else PORT), bool(direct))]
        try:
            found: list[Target] = yield Call(partial(resolve.lookup, domain, direct_tls=direct))
        except (OSError, ValueError) as error:
            raise ConnectError(f"cannot connect to {domain}: {error}") from error
        return found

    def _find_websocket(self, uri: str) -> Generator[Call | Attempt, Any, list[Target]]:
        """The WebSockets at a URL: itself, or those that the document there names."""
        if not uri.startswith("https:"):
            return self._web_targets([uri])
        try:
            context = yield Call(self._context_for_documents)
            found: list[str] = yield Call(partial(discover.websocket_uris, uri, context, self._timeout))
        except (OSError, ValueError) as error:
            raise ConnectError(f"cannot find the WebSocket of {self._jid.domainpart}: {error}") from error
        return self._web_targets(found)

    def _context_for_documents(self) -> ssl.SSLContext:
        return self._context or client_context(self._files[0])

    def _converse(self, target: Target, make_tls: MakeTLS) -> Conversation:
        session = self._session or self._make_session(target.direct_tls)
        tls = make_tls(target.direct_tls)
        layer = None if target.uri is None else discover.web_layer(target.uri, session.config.limits)
        name = None if layer is None else target.host
        self._last = Conversation(session, tls, direct_tls=target.direct_tls, websocket=layer, tls_name=name)
        return self._last

    def _judge(self, name: str, conversation: Conversation) -> SeeOtherHost | SeeOtherURI | None:
        """What to do about a stream that ended before it was established."""
        ended = conversation.driver.ended
        assert ended is not None  # noqa: S101
        events = conversation.events
        fault = conversation.driver.tls_fault
        refused = conversation.driver.transport_fault
        text = ended.text or (str(ended.error) if ended.error else "") or ended.reason.value
        self._attempts.append((name, fault or refused or text))
        denied = ended.error is not None and ended.error.condition is StreamErrorCondition.NOT_AUTHORIZED
        wrong_secret = denied and isinstance(self._config, ComponentConfig)
        if ended.reason is EndReason.REGISTRATION_FAILED:
            raise RegistrationError(
                f"{name} did not make the account {self._jid.bare}: {text}",
                self._attempts,
                failure=next((e for e in reversed(events) if isinstance(e, RegistrationFailed)), None),
                error=ended.error,
                events=events,
            )
        if ended.reason is EndReason.AUTHENTICATION_FAILED or wrong_secret:
            failure = next((e for e in reversed(events) if isinstance(e, AuthenticationFailed)), None)
            raise AuthenticationError(
                f"{self._jid.bare} cannot log in at {name}: {text}",
                self._attempts,
                failure=failure,
                error=ended.error,
                events=events,
            )
        self._tls_failed |= ended.reason is EndReason.TLS_FAILED or fault is not None
        kind = SeeOtherHost if self._websocket is None else SeeOtherURI
        return next((event for event in events if isinstance(event, kind)), None)

    def _follow(
        self, redirect: SeeOtherHost | SeeOtherURI, target: Target
    ) -> Generator[Call | Attempt, Any, list[Target]]:
        if self._redirects <= 0:
            place = redirect.uri if isinstance(redirect, SeeOtherURI) else redirect.host
            raise ConnectError(
                f"cannot connect to {self._jid.domainpart}: too many redirects, the last one to {place}",
                self._attempts,
            )
        self._redirects -= 1
        if isinstance(redirect, SeeOtherURI):
            return self._web_targets([redirect.uri])
        if redirect.port is not None or resolve.is_address(redirect.host):
            default = DIRECT_PORT if target.direct_tls else PORT
            return [Target(redirect.host, redirect.port or default, target.direct_tls)]
        try:
            found: list[Target] = yield Call(partial(resolve.lookup, redirect.host, direct_tls=self._direct))
        except (OSError, ValueError) as error:
            self._attempts.append((redirect.host, str(error)))
            return []
        return found

    def _error(self) -> ConnectError:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in self._attempts) or "no address found"
        ended = self._last.driver.ended if self._last is not None else None
        kind = TLSError if self._tls_failed else ConnectError
        return kind(
            f"cannot connect to {self._jid.domainpart}: {reasons}",
            self._attempts,
            error=ended.error if ended else None,
            events=self._last.events if self._last is not None else (),
        )


def _name(target: Target, place: Place) -> str:
    """An address, and whose it is."""
    return join(*place) if resolve.is_address(target.host) else f"{target.host} ({join(*place)})"


def is_lost(conversation: Conversation) -> bool:
    """Whether the connection is lost, and it is time to see what the session says."""
    session = conversation.session
    return session.ended is not None or (session.retry_at is not None and conversation.driver.gone)


def words(error: OSError) -> str:
    """Why a connection failed, in the system's words, whatever a framework wrapped around them."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, OSError) and inner.errno is not None and not isinstance(inner, TimeoutError):
            return os.strerror(inner.errno).lower()
        if isinstance(inner, TimeoutError):
            return "timed out"
        inner = inner.__cause__ or inner.__context__
        if isinstance(inner, ExceptionGroup):
            inner = cast("ExceptionGroup[Exception]", inner).exceptions[0]
    return str(error) or type(error).__name__
