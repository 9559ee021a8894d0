"""TLS through pyOpenSSL (the extra `exporter`): the same layer as in `tls`, which can give `tls-exporter` (RFC 9266).

Python's own `ssl` cannot export keys, and under TLS 1.3 some servers bind to nothing else. The price is that the
certificate's name is checked here, not by OpenSSL: DNS names and IP addresses of the subject alternative names, with
`*` as a whole first label only (RFC 6125 section 6.4). Import of this module fails where pyOpenSSL is not installed.
"""

from __future__ import annotations

import contextlib
import ipaddress
import time
from os import PathLike, fspath
from typing import Any

from OpenSSL import SSL, crypto

from xmppwire.sasl import ChannelBinding
from xmppwire.stream.events import TLSInfo

from . import der
from .tls import (
    ALPN_CLIENT,
    HandshakeFailed,
    TLSLayer,
    WallClock,
    end_point_binding,
    explain_reason,
    peer_expires,
    peer_names,
)

EXPORTER_LABEL = b"EXPORTER-Channel-Binding"

_PROBLEMS = {
    9: "certificate is not yet valid",
    10: "certificate has expired",
    18: "self-signed certificate",
    19: "self-signed certificate in certificate chain",
    20: "unable to get local issuer certificate",
    21: "unable to verify the first certificate",
}


def client_context(
    ca_file: str | PathLike[str] | None = None,
    cert_file: str | PathLike[str] | None = None,
    key_file: str | PathLike[str] | None = None,
) -> SSL.Context:
    """A client's context, as `tls.client_context`. Raises OSError for files that cannot be used."""
    context = _context()
    try:
        _load(context, ca_file, cert_file, key_file)
    except SSL.Error as error:
        raise OSError(f"cannot use the certificate files: {_explain(error)}") from error
    return context


def _load(
    context: SSL.Context,
    ca_file: str | PathLike[str] | None,
    cert_file: str | PathLike[str] | None,
    key_file: str | PathLike[str] | None,
) -> None:
    if ca_file is None:
        context.set_default_verify_paths()
    else:
        context.load_verify_locations(fspath(ca_file))
    if cert_file is not None:
        context.use_certificate_chain_file(fspath(cert_file))
        context.use_privatekey_file(fspath(key_file or cert_file))


def server_context(cert_file: str | PathLike[str], key_file: str | PathLike[str] | None = None) -> SSL.Context:
    """A server's context with its certificate chain and key (PEM files), TLS 1.2 or later."""
    context = _context()
    context.use_certificate_chain_file(fspath(cert_file))
    context.use_privatekey_file(fspath(key_file or cert_file))
    context.set_alpn_select_callback(_select_alpn)
    return context


def _context() -> SSL.Context:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    return context


def _select_alpn(connection: SSL.Connection, offered: list[bytes]) -> Any:  # noqa: ARG001
    return ALPN_CLIENT.encode() if ALPN_CLIENT.encode() in offered else SSL.NO_OVERLAPPING_PROTOCOLS


class OpenSSLTLS:
    """Connections of a client or of a server (`layer` says which). A client's peer is always verified."""

    def __init__(self, context: SSL.Context, *, alpn: tuple[str, ...] = (), clock: WallClock = time.time) -> None:
        self._context = context
        self._alpn = alpn
        self._clock = clock

    def layer(self, server_side: bool, server_name: str) -> TLSLayer:
        return OpenSSLLayer(self._context, server_side, server_name, self._alpn, self._clock)


class OpenSSLLayer:
    """One connection over the memory buffers of OpenSSL."""

    def __init__(
        self, context: SSL.Context, server_side: bool, server_name: str, alpn: tuple[str, ...], clock: WallClock
    ) -> None:
        self._connection = SSL.Connection(context, None)
        self._server_side = server_side
        self._server_name = server_name
        self._clock = clock
        self._closed = False
        self._problem: str | None = None
        self._fault: str | None = None
        if server_side:
            self._connection.set_accept_state()
        else:
            self._connection.set_connect_state()
            self._connection.set_verify(SSL.VERIFY_PEER, self._verify)
            if alpn:
                self._connection.set_alpn_protos([name.encode("ascii") for name in alpn])
            if _address(server_name) is None:
                self._connection.set_tlsext_host_name(server_name.encode("ascii"))

    @property
    def fault(self) -> str | None:
        return self._fault

    def _verify(self, connection: SSL.Connection, certificate: crypto.X509, code: int, depth: int, ok: int) -> bool:
        if not ok:
            self._problem = self._problem or _PROBLEMS.get(code, f"certificate verification failed ({code})")
        elif depth == 0 and not matches(crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate), self._server_name):
            self._problem = f"name mismatch, certificate is not valid for '{self._server_name}'"
        return self._problem is None

    def receive_data(self, data: bytes) -> None:
        if data:
            self._connection.bio_write(data)
        else:
            self._connection.bio_shutdown()

    def handshake(self) -> bool:
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            return False
        except SSL.Error as error:
            if self._problem is not None:
                text = f"the certificate for {self._server_name} is not trusted: {self._problem}"
                raise HandshakeFailed(text, untrusted=True) from error
            raise HandshakeFailed(_explain(error)) from error
        return True

    def read(self) -> bytes | None:
        try:
            return self._connection.recv(64 * 1024)
        except SSL.WantReadError:
            return None
        except (SSL.ZeroReturnError, SSL.SysCallError):
            return b""
        except SSL.Error as error:
            self._fault = self._fault or _explain(error)
            return b""

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view and not self._closed:
                view = view[self._connection.send(view[: 1 << 20].tobytes()) :]
        except SSL.Error as error:
            self._closed = True
            self._fault = self._fault or _explain(error)

    def data_to_send(self) -> bytes:
        chunks: list[bytes] = []
        try:
            while True:
                chunks.append(self._connection.bio_read(64 * 1024))
        except SSL.WantReadError:
            return b"".join(chunks)

    def close(self) -> None:
        self._closed = True
        with contextlib.suppress(SSL.Error):  # the connection broke before: there is nothing left to close
            self._connection.shutdown()

    def info(self, now: float) -> TLSInfo:
        connection = self._connection
        version = connection.get_protocol_version_name()
        peer = _to_der(connection.get_peer_certificate())
        server = _to_der(connection.get_certificate()) if self._server_side else peer
        bindings: list[ChannelBinding] = []
        if version == "TLSv1.3":  # below, it needs an extension that cannot be asked for here (RFC 9266 section 4.2)
            bindings.append(ChannelBinding("tls-exporter", connection.export_keying_material(EXPORTER_LABEL, 32, b"")))
        elif not self._server_side and (finished := connection.get_finished()):
            # Of a client that resumes no session: the first Finished is its own. A server may have resumed one.
            bindings.append(ChannelBinding("tls-unique", finished))
        verified = connection.get_verify_mode() != SSL.VERIFY_NONE
        name = connection.get_servername()
        return TLSInfo(
            version,
            connection.get_cipher_name(),
            [*bindings, *end_point_binding(server)],
            peer_certificate=peer,
            peer_names=peer_names(peer) if verified else (),
            peer_expires=peer_expires(peer, now, self._clock()),
            alpn=connection.get_alpn_proto_negotiated().decode("ascii", "replace") or None,
            server_name=name.decode("ascii", "replace") if name else None,
        )


def matches(certificate: bytes, name: str) -> bool:
    """Whether the certificate is for `name`: a domain in A-labels, or an IP address (RFC 6125 section 6.4)."""
    try:
        address = _address(name)
        if address is not None:
            return address in der.ip_addresses(certificate)
        wanted = name.lower().rstrip(".")
        first, _, parent = wanted.partition(".")
        for presented in map(str.lower, der.dns_names(certificate)):
            if presented == wanted or (first and "." in parent and presented == f"*.{parent}"):
                return True
    except ValueError:
        pass
    return False


def _address(name: str) -> bytes | None:
    try:
        return ipaddress.ip_address(name.strip("[]")).packed
    except ValueError:
        return None


def _to_der(certificate: crypto.X509 | None) -> bytes | None:
    return None if certificate is None else crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)


def _explain(error: SSL.Error) -> str:
    if isinstance(error, SSL.SysCallError):
        return "the peer closed the connection during the TLS handshake"
    queue: list[tuple[str, str, str]] = error.args[0] if error.args else []
    reason = queue[-1][2] if queue else "unknown"
    return explain_reason(reason)
