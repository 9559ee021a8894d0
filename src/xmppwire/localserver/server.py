"""`LocalServer`: a small XMPP server in memory, for demonstrations and for the tests of people who write clients.

It is as pure as the engine: `accept` gives a `Link` for each transport, an adapter moves its bytes. Everything is in
memory and gone with the object. It keeps to the rules of RFC 6120 and RFC 6121, so that what works with it works with
real servers. Beside rosters and messages for who is away it has block lists, copies of messages, archives, private storage,
vCards, personal eventing, push notifications, places for files, rooms, nodes and commands: what there is, service discovery
says. But it is not meant for strangers: no storage, no defence beyond its limits. It speaks with other servers if it is told
to (`federation`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from ..jid import JID
from ..protocol.contact_addresses import ServerInfo
from ..stanza import Iq, Message, Presence, Stanza
from ..stream.config import ComponentServerConfig, ServerConfig
from ..stream.engine import Engine
from ..stream.errors import StreamError, StreamErrorCondition
from ..stream.events import ResumeRequested
from ..stream.framing import Framing
from ..stream.management import Resumption, StreamManagement
from ..xml import Element
from .accounts import ITERATIONS
from .commands.administration import Administration
from .commands.own import OwnCommands
from .configuration import MANAGEMENT, ConflictPolicy, stream_config
from .external_services import ExternalServices
from .federation import Dial, Federation
from .hub import Hub
from .iq import IqService
from .limits import LocalLimits
from .link import Link, resource_name
from .peers import FederationPolicy, Incoming
from .presence import PresenceService
from .pubsub import PubsubService
from .registration import RegistrationService
from .reports import AbuseReport
from .rooms.service import RoomService
from .router import Router
from .services import all_services
from .subscribe import SubscriptionService
from .suspended import MAX_SECONDS, Suspended
from .uploads import Uploads


class LocalServer:
    """A server for `domains` with `accounts` (user names or bare JIDs, and their passwords).

    `config` holds the settings of its streams (TLS, timeouts, mechanisms); what is given here is put into it.
    `epoch` is what Unix time is when the engine's clock shows zero (`time.time() - time.monotonic()`): with it, delayed
    messages bear their date. `private` keeps IQs between users who do not share presence from being delivered, as RFC
    6121 section 8.5.3.1 recommends. `iterations` is the cost of a password. `components` maps the domains
    of components to their secrets: see `add_component`. `management` says how streams are managed and
    for how long a client that lost its connection may resume (XEP-0198), while the others see it as it was; None: not at all.
    `sasl2` offers the shorter login (XEP-0388, XEP-0386), and tokens where the `epoch` is known (XEP-0484).
    `registration` lets anybody make an account (XEP-0077), and those who have one change the password or end it.
    `archive` keeps messages (XEP-0313), where the `epoch` is known: without it they would have no date. `uploads` gives places
    for files (XEP-0363).
    `federation` lets it speak with other servers, as the policy says; the adapter must be told to, too.
    `rooms` is the name under which each domain has its rooms (XEP-0045), `conference` by itself; None: there are none.
    `pubsub` is the name under which it has nodes that are of no account (XEP-0060), `pubsub` by itself; None: there are none.
    `contacts` says whom to ask about the server (XEP-0157), `status_pages` where to look when it is away (XEP-0455): URIs.
    `administrators` are accounts that may do more (XEP-0133): see `xmppwire.localserver.commands`.
    `directory` lets users find each other by their vCards (XEP-0055). `external_services` tells where TURN is (XEP-0215).
    """

    def __init__(
        self,
        domains: Sequence[str] = ("localhost",),
        accounts: Mapping[str, str] | None = None,
        *,
        random: Callable[[int], bytes] = os.urandom,
        limits: LocalLimits | None = None,
        config: ServerConfig | None = None,
        conflict: ConflictPolicy = ConflictPolicy.REPLACE,
        anonymous: bool = False,
        private: bool = True,
        iterations: int = ITERATIONS,
        epoch: float | None = None,
        components: Mapping[str, str] | None = None,
        management: StreamManagement | None = MANAGEMENT,
        sasl2: bool = False,
        federation: FederationPolicy | None = None,
        registration: bool = False,
        archive: bool = True,
        uploads: Uploads | None = None,
        rooms: str | None = "conference",
        pubsub: str | None = "pubsub",
        contacts: ServerInfo | None = None,
        status_pages: Sequence[str] = (),
        directory: bool = False,
        external_services: ExternalServices | None = None,
        administrators: Iterable[str | JID] = (),
    ) -> None:
        limits = LocalLimits() if limits is None else limits
        self.hub = Hub(domains, random, limits, iterations, epoch)
        self.config = stream_config(
            self.hub,
            config,
            domains,
            anonymous=anonymous,
            epoch=epoch,
            management=management,
            sasl2=sasl2,
            registration=registration,
        )
        self.conflict = conflict
        self._anonymous = anonymous
        subscriptions = SubscriptionService(self.hub)
        self._subscriptions = subscriptions
        self._presence = PresenceService(self.hub, subscriptions, private=private)
        self.administrators = frozenset(map(self.address, administrators))
        self.registration: RegistrationService | None = None
        if self.config.registration:
            self.registration = RegistrationService(self.hub, self.remove_account, self.administrators)
        services = all_services(
            self.hub,
            subscriptions,
            self._presence,
            archive=archive,
            uploads=uploads,
            registration=self.registration,
            contacts=contacts,
            status_pages=status_pages,
            commands=[*OwnCommands(self.hub).offers(), *Administration(self.hub, self, self.administrators).offers()],
            directory=directory,
            external_services=external_services,
        )
        self.hub.services = tuple(services)
        self._router = Router(self.hub, IqService(self.hub, services), self._presence)
        if rooms is not None:
            self.hub.rooms = RoomService(self.hub, rooms, self._router.from_outside, archive=archive)
        if pubsub is not None:
            self.hub.pubsub = PubsubService(self.hub, pubsub, self._router.from_outside)
        if federation is not None:
            self.hub.federation = Federation(self.hub, self.config, federation, self._from_elsewhere)
        for name, password in (accounts or {}).items():
            self.add_account(name, password)
        for domain, secret in (components or {}).items():
            self.add_component(domain, secret)

    # --- for an adapter ---------------------------------------------------------------------------------------------

    def accept(self, now: float, *, direct_tls: bool | None = None, framing: Framing | None = None) -> Link:
        """The engine for a new transport. `direct_tls` overrides what the config says of TLS from the first byte, and
        `framing` what it says of WebSocket."""
        self.sweep(now)
        refusal = None
        if len(self.hub.links) >= self.hub.limits.links:
            refusal = StreamError(StreamErrorCondition.RESOURCE_CONSTRAINT, "too many streams are open", "en")
        config = self.config
        if direct_tls is not None and direct_tls != config.direct_tls:
            config = replace(config, direct_tls=direct_tls, framing=framing or config.framing)
        elif framing is not None:
            config = replace(config, framing=framing)
        link = Link(self, config, refusal)
        self.hub.links[link] = None
        self.hub.sessions.elect()
        return link

    def take_ready(self) -> list[Engine]:
        """The streams that others have given something to write or to pull since the last call."""
        return self.hub.take_ready()

    @property
    def federation(self) -> Federation | None:
        """The streams with other servers, if there may be any."""
        return self.hub.federation

    def accept_peer(self, now: float, *, direct_tls: bool | None = None) -> Incoming:
        """The engine for a transport on which another server speaks. Raises ValueError without `federation`."""
        self.sweep(now)
        if self.hub.federation is None:
            raise ValueError("this server does not speak with others")
        return self.hub.federation.accept(bool(direct_tls))

    def take_dials(self) -> list[Dial]:
        """The servers to connect to since the last call: see `Dial`."""
        return [] if self.hub.federation is None else self.hub.federation.take_dials()

    @property
    def links(self) -> list[Link]:
        """All streams that are open."""
        return list(self.hub.links)

    def take_reports(self) -> list[AbuseReport]:
        """What users have reported about others in blocking them (XEP-0377), since the last call."""
        return self.hub.reports.take()

    @property
    def suspended(self) -> list[JID]:
        """The clients that lost their transport and may still resume."""
        return [link.jid for link in self.hub.sessions.suspended if link.jid is not None]

    def shutdown(self, now: float) -> None:
        """End all streams with `system-shutdown`."""
        if self.hub.rooms is not None:
            self.hub.rooms.shutdown(now)
        for link in (*self.links, *self.hub.sessions.suspended):
            link.drop(now, StreamErrorCondition.SYSTEM_SHUTDOWN, "the server goes down")
        if self.hub.federation is not None:
            self.hub.federation.shutdown(now)

    # --- accounts ---------------------------------------------------------------------------------------------------

    def address(self, name: str | JID) -> JID:
        """The bare JID of an account, from a user name in the first domain or from an address.

        Raises ValueError for one that is not in our domains.
        """
        text = str(name)
        jid = (JID(text) if "@" in text else JID.from_parts(text, self.hub.domains[0].domainpart)).bare
        if jid.localpart is None or not self.hub.is_local(jid):
            raise ValueError(f"{text!r} is not a user of this server")
        return jid

    def add_account(self, name: str | JID, password: str | None) -> JID:
        """Create an account, or change its password. Without one, only certificates (EXTERNAL) open it. Returns its address."""
        account = self.hub.accounts.add(self.address(name), password).jid
        self.hub.devices.forget(account)
        return account

    def remove_account(self, name: str | JID, now: float) -> bool:
        """Delete an account: its streams end with `not-authorized`, its subscriptions end. False if there is none."""
        account = self.hub.accounts.get(self.address(name))
        if account is None:
            return False
        for link in list(account.resources.values()):
            link.drop(now, StreamErrorCondition.NOT_AUTHORIZED, "the account was deleted")
        for contact in account.roster.contacts():
            self._subscriptions.remove(account, contact, now, deny=True)
        self.hub.accounts.remove(account.jid)
        self.hub.devices.forget(account.jid)
        if self.hub.pubsub is not None:
            self.hub.pubsub.forget(account.jid)
        return True

    # --- components -------------------------------------------------------------------------------------------------

    def add_component(self, domain: str, secret: str) -> None:
        """Let a component (XEP-0114) that knows `secret` speak for `domain`, or change the secret. It connects to the same port
        as clients do. Raises ValueError for a domain that is none, or is ours.
        """
        jid = JID(domain)
        if not jid.is_domain or self.hub.is_local(jid) or not secret:
            raise ValueError(f"{domain!r} cannot be a component's domain")
        self.hub.components.secrets[jid.domainpart] = secret

    def component_config(self) -> ComponentServerConfig:
        """The settings of a component's stream."""
        base = self.config
        return ComponentServerConfig(
            domains=tuple(self.hub.components.secrets),
            random=base.random,
            limits=self.hub.limits.stream,
            lang=base.lang,
            keepalive=base.keepalive,
            idle_timeout=base.idle_timeout,
        )

    # --- for links --------------------------------------------------------------------------------------------------

    def handle(self, link: Link, stanza: Message | Presence | Iq, now: float) -> None:
        """A client or a component has sent a stanza."""
        if link.account is None and link.component is None:
            return  # the stream is on the way out
        if stanza.lang is None and stanza.inherited_lang not in (None, self.config.lang):
            stanza.lang = stanza.inherited_lang  # RFC 6120 section 8.1.5
        if link.account is not None:
            self._router.handle(link, link.account, stanza, now)
        else:
            self._router.from_outside(link, stanza, now)

    def _from_elsewhere(self, stanza: Message | Presence | Iq, now: float) -> None:
        """Another server has sent a stanza, or could not be reached."""
        if stanza.lang is None and stanza.inherited_lang not in (None, self.config.lang):
            stanza.lang = stanza.inherited_lang
        if self.hub.federation is not None:
            self._router.from_outside(self.hub.federation, stanza, now)

    def anonymous_user(self) -> str | None:
        """A fresh user for ANONYMOUS, if that is allowed; it is deleted when its stream ends."""
        if not self._anonymous:
            return None
        return resource_name(self.hub.random(10))

    def bind(self, link: Link, jid: JID, resource: str | None, now: float) -> JID | str:
        """The full JID for a client that has logged in as `jid`, or the condition that refuses it (RFC 6120 section 7)."""
        account = self.hub.accounts.get(jid)
        if account is None and link.temporary:
            account = self.hub.accounts.add(jid, None)
            account.temporary = True
        if account is None:
            return "not-allowed"
        old = None if resource is None else account.resources.get(resource)
        if old is not None and self.conflict is ConflictPolicy.REFUSE and old.suspended is None:
            return "conflict"
        away = [link for link in account.resources.values() if link.suspended is not None]
        if old is None and away and len(account.resources) >= self.hub.limits.resources:
            self.expire(away[0], now)  # somebody who is there comes first
        if old is not None and self.conflict is not ConflictPolicy.GENERATE:
            old.drop(now, StreamErrorCondition.CONFLICT, "another client took this resource")
        elif len(account.resources) >= self.hub.limits.resources:
            return "resource-constraint"
        elif resource is None or old is not None:
            resource = resource_name(self.hub.random(10))
        link.account = account
        link.jid = account.jid.with_resource(resource)
        account.resources[link.jid.resourcepart or ""] = link
        return link.jid

    def gone(self, link: Link, now: float) -> None:
        """A stream is over, or about to be: for everybody else the client is gone."""
        self.hub.components.leave(link)
        account = link.account
        if account is not None and link.jid is not None:
            self.hub.sessions.forget(link)
            link.account = None
            if account.resources.get(link.jid.resourcepart or "") is link:
                del account.resources[link.jid.resourcepart or ""]
            link.interested = False
            link.wants = set()
            for service in self.hub.services:
                service.gone(link)
            self._presence.gone(link, account, now)
            self.redeliver([(stanza, None) for stanza in link.take_held()], now)
            if link.temporary:
                self.remove_account(account.jid, now)
        self.ended(link, now)

    def ended(self, link: Link, now: float) -> None:
        """A stream is over. So is the client, unless it may resume."""
        self.hub.components.leave(link)
        if link.account is not None and link.suspended is None:
            self.gone(link, now)
        elif link in self.hub.links:
            del self.hub.links[link]
            self.hub.sessions.elect()

    # --- for links: streams that are resumed (XEP-0198) -------------------------------------------------------------

    def arrived(self, stanzas: Iterable[Stanza | Element]) -> None:
        """A client has confirmed these."""
        self._router.arrived(stanzas)

    def redeliver(self, stanzas: Iterable[tuple[Stanza | Element, float | None]], now: float) -> None:
        """A client that is gone has not confirmed these."""
        self._router.redeliver(stanzas, now)

    def suspend(self, link: Link, state: Resumption, now: float) -> None:
        """A client has lost its transport: it stays for a while, in case it resumes. Who was anonymous cannot."""
        if link.account is None or link.temporary:
            self.gone(link, now)
            self.redeliver(state.unacknowledged, now)
        else:
            self.hub.sessions.suspend(link, Suspended(state, now + (state.max_seconds or MAX_SECONDS)))
            for stanza in link.take_held():
                link.queue(stanza, now)

    def resume(self, question: ResumeRequested) -> tuple[Link | None, Resumption | int | None]:
        """Whose stream a client wants to go on with, and its state, or what is left of it. It must be of the same account."""
        link = self.hub.sessions.find(question.id)
        if link is None:
            return None, self.hub.sessions.count_of(question.id, question.jid)
        if link.account is None or link.account.jid != question.jid:
            return None, None
        state = link.connection.resumption if link.suspended is None else link.suspended.state()
        return (link, state) if state is not None else (None, None)

    def replace(self, old: Link, link: Link, now: float) -> None:
        """A client goes on with its stream on another link; for everybody else nothing has happened."""
        alive = old.suspended is None
        held = old.take_held()
        self.hub.sessions.hand_over(old, link)
        link.take_place_of(old)
        for stanza in held:
            link.queue(stanza, now)
        if alive:
            old.hand_over(now)

    def expire(self, link: Link, now: float) -> None:
        """A client that lost its transport has not come back, or must not any more."""
        if link.suspended is not None:
            waiting = link.suspended.state().unacknowledged
            self.gone(link, now)
            self.redeliver(waiting, now)

    def sweep(self, now: float) -> None:
        """Give up the clients whose time is up."""
        self.hub.started = now if self.hub.started is None else self.hub.started
        sessions = self.hub.sessions
        if sessions.due is not None and (sessions.due <= now or sessions.crowded):
            for link in sessions.overdue(now):
                self.expire(link, now)
