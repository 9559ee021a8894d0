"""How a server gets to other servers, as plans that any adapter carries out (see `dial`). Pure.

An acceptor asks for a stream to a domain (`Dial`). Its plan resolves the domain (RFC 6120 section 3.2, XEP-0368), and tries one
address after the other until a stream is established; the streams are the engines that the acceptor makes. Where nothing comes
of it, the acceptor is told, and gives back what was to be sent.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from xmppwire.stream.engine import Engine

from . import resolve
from .dial import Attempt, Call, words
from .driver import Driver
from .race import Place, Race
from .resolve import MAX_ADDRESSES, MAX_TARGETS, Target, join
from .tls import ALPN_SERVER, ClientTLS, Identity, ServerTLS, TLSProvider, client_context

if TYPE_CHECKING:
    from .server import Hub, Plan

S2S_PORT = 5269

_FAULT, _TEXT = 200, 500
"""Characters of what is said about one place, and about all: other servers write it, and it goes into each stanza that
comes back."""


class Attempting(Engine, Protocol):
    """The engine of a stream to another server."""

    @property
    def established(self) -> bool:
        """Whether it can carry stanzas, or could."""
        ...


class Dial(Protocol):
    """A request of an acceptor: connect to the server of the domain `remote`."""

    @property
    def remote(self) -> str: ...
    def engine(self, *, direct_tls: bool = False) -> Attempting:
        """The engine for one attempt."""
        ...

    def again(self) -> bool:
        """Whether to try the same place once more, because there is another way to log in."""
        ...

    def failed(self, text: str, now: float, *, found: bool = True) -> None:
        """Nobody was reached. `found`: but the domain leads somewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Federate:
    """How `serve()` speaks with other servers. See `load` for one that has its certificate in files.

    `host`, `port`: where others are accepted (port 0: any free one; None: nowhere). `direct_port`: where they begin with TLS
    (XEP-0368), at the same host. `incoming`, `outgoing`: TLS as the server
    of those streams that others open, and as the client of those that we open. `lookup`: finds the places of a domain, in
    place of the DNS; it may raise OSError, ValueError. `connect_timeout`: seconds for each TCP connection. `patience`: seconds
    after which no further name is looked up and no further place tried; it is no more than `MAX_TARGETS` and `MAX_ADDRESSES`.
    """

    host: str = "127.0.0.1"
    port: int | None = S2S_PORT
    direct_port: int | None = None
    incoming: TLSProvider | None = None
    outgoing: TLSProvider | None = None
    lookup: Callable[[str], Sequence[Target]] = field(default=partial(resolve.lookup, service="server"))
    connect_timeout: float = 10.0
    patience: float = 60.0

    @classmethod
    def load(
        cls,
        cert_file: str | os.PathLike[str],
        key_file: str | os.PathLike[str] | None = None,
        *,
        ca_file: str | os.PathLike[str] | None = None,
        verify: bool = True,
        **rest: Any,
    ) -> Federate:
        """With a certificate in PEM files, shown to both sides (XEP-0178); `rest` are the other fields.

        Others are believed by the authorities in `ca_file`, or else by those of the system. Without `verify` the certificates
        of others are neither demanded nor looked at: who they are is then for dialback alone. Raises OSError, ValueError.
        """
        identity = Identity.load(cert_file, key_file, client_ca_file=ca_file if verify else None)
        if verify and ca_file is None:
            identity.context.load_default_certs(ssl.Purpose.CLIENT_AUTH)
            identity.context.verify_mode = ssl.CERT_OPTIONAL
        identity.context.set_alpn_protocols([ALPN_SERVER])
        context = client_context(ca_file, cert_file, key_file)
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return cls(incoming=ServerTLS(identity), outgoing=ClientTLS(context, alpn=(ALPN_SERVER,)), **rest)

    def plan(self, dial: Dial, hub: Hub) -> Plan:
        """How to get to the server of `dial.remote`. Whatever ends it, the acceptor is told."""
        return _Journey(self, dial, hub).run()


class PeerConversation:
    """One attempt at a stream to another server: the engine, and the driver under it. An adapter takes it for a client's."""

    def __init__(self, engine: Attempting, driver: Driver) -> None:
        self.engine = engine
        self.driver = driver

    @property
    def established(self) -> bool:
        """Whether the stream is established."""
        return self.engine.established

    @property
    def settled(self) -> bool:
        """Whether it is known if the stream is established."""
        return self.established or self.driver.ended is not None


class _Journey:
    def __init__(self, federate: Federate, dial: Dial, hub: Hub) -> None:
        self._federate = federate
        self._dial = dial
        self._hub = hub
        self._faults: list[str] = []
        self._late = False
        self._found = False
        self._until = hub.now() + federate.patience

    def run(self) -> Plan:
        arrived = False
        try:
            arrived = yield from self._travel()
        finally:  # also where the server goes down meanwhile
            if not arrived:
                now = self._hub.now()
                late = ["it took too long"] if self._late else []
                text = _cut("; ".join([*late, *self._faults]) or "nobody was reached", _TEXT)
                self._dial.failed(
                    text, now, found=self._found or self._late
                )  # late: nobody knows that it leads nowhere
                self._hub.settle(now)

    def _travel(self) -> Generator[Call | Attempt, Any, bool]:
        """Try one place after the other. Whether a stream is established."""
        targets: Sequence[Target] = yield from self._ask(partial(self._federate.lookup, self._dial.remote))
        places = MAX_ADDRESSES
        for target in targets[:MAX_TARGETS]:
            found: list[Place] = yield from self._ask(partial(resolve.addresses, target.host, target.port))
            self._found = self._found or bool(found)
            found = found[:places]
            places -= len(found)
            while found and (left := self._left()) > 0:
                race = Race(found, self._federate.connect_timeout, left)
                if (yield from self._try(target, race)):
                    return True
                found = race.rest()
                if race.won is not None and self._dial.again():
                    found.insert(0, race.won)
            if self._late or not places:
                break
        return False

    def _left(self) -> float:
        """The seconds that are left."""
        left = self._until - self._hub.now()
        self._late = left <= 0
        return left

    def _ask(self, question: Callable[[], Any]) -> Generator[Call, Any, Any]:
        """What the network answers; nothing, where it cannot or where it is too late."""
        if self._left() <= 0:
            return ()
        try:
            return (yield Call(question))
        except (OSError, ValueError) as error:
            self._fault(str(error))
            return ()

    def _fault(self, text: str) -> None:
        self._faults.append(_cut(text, _FAULT))

    def _try(self, target: Target, race: Race) -> Generator[Attempt, Any, bool]:
        engine = self._dial.engine(direct_tls=target.direct_tls)
        driver = self._hub.adopt(engine, self._federate.outgoing)
        peer: Any = PeerConversation(engine, driver)  # it has all that an adapter asks of a Conversation
        try:
            yield Attempt(race, peer)
        except (OSError, ValueError) as error:
            race.broken(error if isinstance(error, OSError) else OSError(str(error)))
            self._hub.forget(driver)
        for place, fault in race.lost:
            self._fault(f"{join(*place)}: {words(fault)}")
        if race.won is None:
            return False
        if engine.established:
            return True
        ended = driver.ended
        reason = driver.tls_fault or (
            ended and (ended.text or (ended.error and str(ended.error)) or ended.reason.value)
        )
        self._fault(f"{join(*race.won)}: {reason}")
        return False


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
