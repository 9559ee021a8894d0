"""TLS over memory: what a driver needs of it, and the one of the standard library (RFC 7590, RFC 6120 section 13.7).

A `TLSProvider` makes a `TLSLayer` for each connection. Ciphertext goes in with `receive_data` and out with
`data_to_send`; plain bytes go in with `write` and out with `read`. Nothing here touches a socket or waits.

Channel bindings (`TLSInfo.bindings`), best first:

- `tls-exporter` (RFC 9266) where the library can export keys: see `pyopenssl`;
- `tls-unique` (RFC 5929 section 3) up to TLS 1.2. `ssl` gives bytes for it under TLS 1.3 too, where it is not defined;
- `tls-server-end-point` (RFC 5929 section 4). A server cannot read its own certificate back from `ssl`, so that its
  `ServerTLS` carries the DER, one for each name that it serves.
"""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Protocol

from xmppwire.sasl import ChannelBinding
from xmppwire.stream.events import TLSInfo

from . import der

ALPN_CLIENT = "xmpp-client"
"""The protocol name of a client-to-server stream (XEP-0368)."""
ALPN_SERVER = "xmpp-server"
"""The protocol name of a server-to-server stream (XEP-0368)."""

WallClock = Callable[[], float]
_READ_SIZE = 64 * 1024


class HandshakeFailed(Exception):  # noqa: N818  # an outcome, told to the engine; users see TLSError
    """The handshake cannot succeed. The text is for a person. The alert in `data_to_send` is still to be sent.

    `untrusted`: the reason is the peer's certificate.
    """

    def __init__(self, text: str, untrusted: bool = False) -> None:
        super().__init__(text)
        self.untrusted = untrusted


class TLSLayer(Protocol):
    """One TLS connection over memory."""

    @property
    def fault(self) -> str | None:
        """What broke the connection after the handshake, in words; None for an end in order, or a ragged one."""
        ...

    def receive_data(self, data: bytes) -> None:
        """Store ciphertext; b"" is end of file."""

    def handshake(self) -> bool:
        """Go on with the handshake: True once it is complete. Raises HandshakeFailed."""
        ...

    def read(self) -> bytes | None:
        """Plain bytes of one record; None if more ciphertext is needed; b"" at the end: in order, ragged or broken."""
        ...

    def write(self, data: bytes) -> None:
        """Encrypt. After the connection broke this does nothing."""

    def data_to_send(self) -> bytes:
        """The ciphertext that waits."""
        ...

    def close(self) -> None:
        """Put `close_notify` into the output. Late data of the peer can still be read."""

    def info(self, now: float) -> TLSInfo:
        """What the engine wants to know after the handshake; times on the clock of `now`."""
        ...


class TLSProvider(Protocol):
    """Makes the TLS connections of one client or one server."""

    def layer(self, server_side: bool, server_name: str) -> TLSLayer:
        """A new connection. `server_name` (A-labels): whose certificate a client expects, or whom it asked for."""
        ...


def client_context(
    ca_file: str | PathLike[str] | None = None,
    cert_file: str | PathLike[str] | None = None,
    key_file: str | PathLike[str] | None = None,
) -> ssl.SSLContext:
    """A client's context: TLS 1.2 or later, certificate and name checked.

    With `ca_file` only the authorities in it are trusted, without it those of the system. Reading the system's takes
    some 50 ms: not for the body of an event loop. `cert_file` and `key_file` are the client's own certificate, to log in
    with EXTERNAL. Raises OSError, ssl.SSLError.
    """
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=ca_file)
    context.hostname_checks_common_name = False  # names stand among the alternative names (RFC 9525 section 2)
    if cert_file is not None:
        context.load_cert_chain(cert_file, key_file)
    return _hardened(context)


def server_context(
    cert_file: str | PathLike[str],
    key_file: str | PathLike[str] | None = None,
    *,
    client_ca_file: str | PathLike[str] | None = None,
) -> ssl.SSLContext:
    """A server's context with its certificate chain and key (PEM files), TLS 1.2 or later.

    With `client_ca_file` clients may present a certificate of these authorities, to log in with EXTERNAL.
    Raises OSError, ssl.SSLError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert_file, key_file)
    if client_ca_file is not None:
        context.load_verify_locations(client_ca_file)
        context.verify_mode = ssl.CERT_OPTIONAL
    context.set_alpn_protocols([ALPN_CLIENT])
    return _hardened(context)


def _hardened(context: ssl.SSLContext) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    return context


def leaf_certificate(cert_file: str | PathLike[str]) -> bytes:
    """The first certificate of a PEM file, in DER. Raises OSError, ValueError."""
    text = Path(cert_file).read_text(encoding="ascii", errors="replace")
    _, begin, rest = text.partition(ssl.PEM_HEADER)
    body, end, _ = rest.partition(ssl.PEM_FOOTER)
    if not begin or not end:
        raise ValueError(f"{cert_file} has no certificate in PEM form")
    return ssl.PEM_cert_to_DER_cert(begin + body + end)


class ClientTLS:
    """TLS connections of a client. `alpn` is set on `context` before each use; None leaves the context alone."""

    def __init__(
        self, context: ssl.SSLContext, *, alpn: tuple[str, ...] | None = None, clock: WallClock = time.time
    ) -> None:
        self._context = context
        self._alpn = alpn
        self._clock = clock

    def layer(self, server_side: bool, server_name: str) -> TLSLayer:
        if server_side:
            raise ValueError("ClientTLS cannot play the server")
        if self._alpn is not None:
            self._context.set_alpn_protocols(self._alpn)
        return SSLLayer(self._context, server_name, clock=self._clock)


@dataclass(slots=True)
class Identity:
    """What a server shows for one name: its context, and its certificate in DER (None: no `tls-server-end-point`)."""

    context: ssl.SSLContext
    certificate: bytes | None = None

    @classmethod
    def load(
        cls,
        cert_file: str | PathLike[str],
        key_file: str | PathLike[str] | None = None,
        *,
        client_ca_file: str | PathLike[str] | None = None,
    ) -> Identity:
        """From PEM files, as `server_context`. Raises OSError, ValueError, ssl.SSLError."""
        context = server_context(cert_file, key_file, client_ca_file=client_ca_file)
        return cls(context, leaf_certificate(cert_file))


class ServerTLS:
    """TLS connections of a server.

    `default` answers for every name that is not in `identities` (by server name in lower case, A-labels). The name is
    the one in the client's TLS handshake (SNI), and without it the one in its stream header. The `sni_callback` of the
    default context, and of those in `identities`, becomes ours.
    """

    def __init__(
        self, default: Identity, identities: Mapping[str, Identity] | None = None, *, clock: WallClock = time.time
    ) -> None:
        self._default = default
        self._identities = dict(identities or {})
        self._clock = clock
        self._layers: dict[int, SSLLayer] = {}
        for identity in (default, *self._identities.values()):
            identity.context.sni_callback = self._named

    def layer(self, server_side: bool, server_name: str) -> TLSLayer:
        if not server_side:
            raise ValueError("ServerTLS cannot play the client")
        identity = self._identities.get(server_name, self._default)
        layer = SSLLayer(identity.context, None, own_certificate=identity.certificate, clock=self._clock)
        layer.on_done = lambda: self._layers.pop(id(layer.object), None)
        self._layers[id(layer.object)] = layer
        return layer

    def _named(self, connection: object, name: str | None, context: object) -> None:
        layer = self._layers.get(id(connection))
        if layer is None or name is None:
            return
        identity = self._identities.get(name.lower(), self._default)
        layer.object.context = identity.context
        layer.own_certificate = identity.certificate
        layer.server_name = name.lower()


class SSLLayer:
    """TLS with `ssl.MemoryBIO`. With `server_name` it is a client's, which checks that name; with None a server's."""

    def __init__(
        self,
        context: ssl.SSLContext,
        server_name: str | None,
        *,
        own_certificate: bytes | None = None,
        clock: WallClock = time.time,
    ) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self.server_side = server_name is None
        self.object = context.wrap_bio(self._incoming, self._outgoing, self.server_side, server_name)
        self.own_certificate = own_certificate
        self.server_name = server_name
        self.on_done: Callable[[], object] = lambda: None
        self._clock = clock
        self._closed = False
        self._fault: str | None = None

    @property
    def fault(self) -> str | None:
        return self._fault

    def receive_data(self, data: bytes) -> None:
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def handshake(self) -> bool:
        try:
            self.object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError as error:
            self.on_done()
            raise HandshakeFailed(self._explain(error), isinstance(error, ssl.SSLCertVerificationError)) from error
        self.on_done()
        return True

    def _explain(self, error: ssl.SSLError) -> str:
        if isinstance(error, ssl.SSLCertVerificationError):
            whose = "the client's certificate" if self.server_side else f"the certificate for {self.server_name}"
            return f"{whose} is not trusted: {error.verify_message.rstrip('.')}"
        if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):  # the latter in older releases of Python 3.11
            return "the peer closed the connection during the TLS handshake"
        return explain_reason(error.reason or str(error))

    def read(self) -> bytes | None:
        try:
            return self.object.read(_READ_SIZE)
        except ssl.SSLWantReadError:
            return None
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""
        except ssl.SSLError as error:
            self._fault = self._fault or self._explain(error)
            return b""

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view and not self._closed:
                view = view[self.object.write(view) :]
        except ssl.SSLError as error:
            self._closed = True
            self._fault = self._fault or self._explain(error)

    def data_to_send(self) -> bytes:
        return self._outgoing.read()

    def close(self) -> None:
        self._closed = True
        self.on_done()
        with contextlib.suppress(ssl.SSLError):  # that it waits for the peer's, or that there is nothing left to close
            self.object.unwrap()

    def info(self, now: float) -> TLSInfo:
        version = self.object.version() or "unknown"
        cipher = self.object.cipher()
        certificate = self.object.getpeercert(binary_form=True)
        unique = self.object.get_channel_binding("tls-unique") if version == "TLSv1.2" else None
        bindings = [ChannelBinding("tls-unique", unique)] if unique else []
        verified = self.object.context.verify_mode is not ssl.CERT_NONE
        return TLSInfo(
            version,
            cipher[0] if cipher else None,
            [*bindings, *end_point_binding(self.own_certificate if self.server_side else certificate)],
            peer_certificate=certificate,
            peer_names=peer_names(certificate) if verified else (),
            peer_expires=peer_expires(certificate, now, self._clock()),
            alpn=self.object.selected_alpn_protocol(),
            server_name=self.server_name,
        )


def explain_reason(reason: str) -> str:
    """OpenSSL's name for a failure, as words."""
    words = reason.lower().replace("_", " ")
    _, alert, what = words.partition(" alert ")
    return f"the peer refused with the TLS alert: {what}" if alert else f"TLS failed: {words}"


def end_point_binding(server_certificate: bytes | None) -> list[ChannelBinding]:
    """`tls-server-end-point` for the server's certificate, if it is defined."""
    data = der.server_end_point(server_certificate) if server_certificate else None
    return [ChannelBinding("tls-server-end-point", data)] if data else []


def peer_names(certificate: bytes | None) -> list[str]:
    """The XMPP addresses in a certificate whose chain was verified, and the domains of servers (RFC 6120 section 13.7.1.2)."""
    try:
        if not certificate:
            return []
        domains = [*der.srv_names(certificate, "_xmpp-server"), *der.dns_names(certificate)]
        addresses = der.xmpp_addresses(certificate)
    except ValueError:
        return []
    return [*addresses, *(name for name in dict.fromkeys(domains) if "@" not in name and name not in addresses)]


def peer_expires(certificate: bytes | None, now: float, wall: float) -> float | None:
    """When the certificate expires, on the clock of `now`; `wall` is the Unix time at that moment."""
    try:
        return now + der.not_after(certificate) - wall if certificate else None
    except ValueError:
        return None
