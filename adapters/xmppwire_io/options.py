"""What `connect()` and `connect_component()` take, in all adapters."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Collection, Sequence
from typing import Protocol, TypedDict, TypeVar, Unpack

from xmppwire.jid import JID
from xmppwire.sasl import BindingPolicy, ScramKeys
from xmppwire.session import MakeHabits, ReconnectPolicy
from xmppwire.stream.config import RandomBytes
from xmppwire.stream.features.base import Feature
from xmppwire.stream.limits import Limits
from xmppwire.stream.management import StreamManagement
from xmppwire.stream.registration import Registration
from xmppwire.stream.sasl2 import SASL2

from .client import Trace

C = TypeVar("C")
C_co = TypeVar("C_co", covariant=True)
COMPONENT_PORT = 5347
"""Where servers listen for components by custom; nobody has assigned it."""


class StreamOptions(TypedDict, total=False):
    """The fields of `ClientConfig` that `connect()` hands on as they are."""

    limits: Limits
    random: RandomBytes
    lang: str
    keepalive: float | None
    idle_timeout: float | None
    require_tls: bool
    allow_plain_without_tls: bool
    features: Sequence[Feature] | None
    elements: Collection[tuple[str, str]]
    keys: Sequence[ScramKeys]
    token: str | None
    external: bool
    anonymous: bool
    authcid: str | None
    authzid: JID | None
    mechanisms: Collection[str] | None
    channel_binding: BindingPolicy
    known_mechanisms: frozenset[str]
    known_bindings: frozenset[str]
    management: StreamManagement | None
    sasl2: SASL2 | None
    active: bool
    register: Registration | None
    compression: bool
    starttls_unoffered: bool


class ConnectOptions(StreamOptions, total=False):
    """What `connect()` takes beside the address.

    `password`: of the account. `host`, `port`: connect there, in place of asking the DNS. `direct_tls`: True for TLS from
    the first byte, False for STARTTLS; None for both as the DNS says, and STARTTLS for a given host. `ssl_context`: use
    this one as it is (it must check certificates and names). `ca_file`: trust only the authorities in this PEM file.
    `cert_file`, `key_file`: the client's own certificate. `exporter`: do TLS with pyOpenSSL, which can bind to TLS 1.3.
    `connect_timeout`: seconds for each TCP connection. `redirects`: how many `see-other-host` are followed. `backlog`:
    events that may wait for the program. `trace`: makes the engine, for instance a recorded one. `reconnect`: dial again
    after a loss, and go on; None: a loss is the end. `management`: acknowledge stanzas and resume streams (XEP-0198), which
    is on where `reconnect` is given. `state`: go on with the stream that `detach()` left, or of which `export()` told.
    `write_ahead`: tell and send only what is stored, see `Session`. `habits`: when what is sent leaves; `RadioHabits` of
    `xmppwire.im.csi_habits` spares the radio of a phone while the client is not active. `websocket`: connect over WebSocket
    (RFC 7395) to this URL; True asks the domain for it (XEP-0156), and so does the "https:" URL of a host-meta document. The
    certificate is then that of the host in the URL. `bosh`: connect over BOSH (XEP-0124) to this URL ("https:"), with the same
    certificate.
    """

    password: str | None
    host: str | None
    port: int | None
    direct_tls: bool | None
    ssl_context: ssl.SSLContext | None
    ca_file: str | os.PathLike[str] | None
    cert_file: str | os.PathLike[str] | None
    key_file: str | os.PathLike[str] | None
    exporter: bool
    connect_timeout: float
    redirects: int
    backlog: int
    trace: Trace | None
    reconnect: ReconnectPolicy | None
    state: bytes | None
    write_ahead: bool
    habits: MakeHabits | None
    websocket: str | bool | None
    bosh: str | None


class ComponentOptions(TypedDict, total=False):
    """What `connect_component()` takes beside domain, secret and place: as for `connect()`. Without `direct_tls` there is no
    TLS, since components have no STARTTLS."""

    limits: Limits
    random: RandomBytes
    lang: str
    keepalive: float | None
    idle_timeout: float | None
    require_tls: bool
    elements: Collection[tuple[str, str]]
    direct_tls: bool
    ssl_context: ssl.SSLContext | None
    ca_file: str | os.PathLike[str] | None
    cert_file: str | os.PathLike[str] | None
    key_file: str | os.PathLike[str] | None
    exporter: bool
    connect_timeout: float
    backlog: int
    trace: Trace | None
    reconnect: ReconnectPolicy | None


class ConnectComponent(Protocol[C_co]):
    """`connect_component()` of an adapter: what `connect()` gives, for a component (XEP-0114)."""

    def __call__(
        self,
        domain: JID | str,
        secret: str,
        host: str = "localhost",
        port: int = COMPONENT_PORT,
        **options: Unpack[ComponentOptions],
    ) -> C_co: ...


def for_components(connect: Callable[..., C]) -> ConnectComponent[C]:
    """The `connect_component` that belongs to a `connect`."""

    def connect_component(
        domain: JID | str,
        secret: str,
        host: str = "localhost",
        port: int = COMPONENT_PORT,
        **options: Unpack[ComponentOptions],
    ) -> C:
        """Speak for `domain`, as the server at `host` lets those who know `secret`; the options are those of
        `options.ComponentOptions`.

        Raises ConnectError, and of its kinds TLSError and AuthenticationError; JIDError, ValueError.
        """
        return connect(domain, secret=secret, host=host, port=port, **options)

    return connect_component
