"""`xmppwire probe`: what a server offers to clients, as far as one sees without an account, or to other servers.

One stream is opened without looking at the certificate, up to where a login would begin: that gives the ladder. A second
one, which is not shown, asks the TLS library whether it trusts the chain of certificates. Nothing secret is sent on either.
"""

from __future__ import annotations

import argparse
import json
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

from xmppwire import JID, Connection, Element, Limits
from xmppwire.stream.config import S2SOutgoingConfig, SessionConfig
from xmppwire.stream.engine import Engine
from xmppwire.stream.events import FeaturesReceived, StreamOpened, TLSInfo
from xmppwire.trace import Recorder, Tape, recorded_random
from xmppwire.trace.labels import label

from ..blocking import connect
from ..errors import AuthenticationError, ConnectError, TLSError
from ..options import ConnectOptions
from ..tls import ALPN_CLIENT, ALPN_SERVER, client_context
from . import probe_servers
from .certificate import Certificate
from .login import place
from .terminal import Failure, Progress, Usage, ladder, one_line, say, say_json, table_row

STREAM = "http://etherx.jabber.org/streams"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
SASL2 = "urn:xmpp:sasl:2"
BINDINGS = "urn:xmpp:sasl-cb:0"

_LIMITS = Limits(handshake_seconds=30.0)
_NOT_TRUSTED = "not trusted: "


def run(arguments: argparse.Namespace) -> int:
    """Look, and report."""
    watch = Watch(arguments.domain, None if arguments.json else ladder())
    with Progress(f"connecting to {arguments.domain}"):
        report = look(arguments, watch)
    if arguments.json:
        say_json(report.as_json())
    else:
        say()
        for line in report.as_text():
            say(line)
    return 0


class Watch:
    """Makes the engine of each attempt, hands its trace on, and keeps what the TLS layer told it."""

    def __init__(self, domain: str, draw: Callable[[str], object] | None) -> None:
        self.tls: TLSInfo | None = None
        self._domain = domain
        self._draw = draw
        self._title: str | None = None

    def engine(self, config: SessionConfig | S2SOutgoingConfig) -> Engine:
        """For `connect(trace=...)`."""
        self.tls = self._title = None
        tape = Tape(self._line)
        config = replace(config, random=recorded_random(config.random, tape))
        tape.header(config, self._domain)
        return _Watched(cast("Engine", Connection(config)), tape, self)

    def _line(self, line: str) -> None:
        if self._draw is None:
            return
        if '"AUTHENTICATION_FAILED"' in line:
            line = _expected(line)
        if self._title is None:
            self._title = line  # shown once there is a connection under it
            return
        if self._title:
            self._draw(self._title)
            self._title = ""
        self._draw(line)


def _expected(line: str) -> str:
    """The end that every probe comes to, in other words than those for a login that did not work."""
    record = json.loads(line)
    record["event"]["text"] = "without an account"
    return json.dumps(record)


class _Watched(Recorder):
    __slots__ = ("_watch",)

    def __init__(self, engine: Engine, tape: Tape, watch: Watch) -> None:
        super().__init__(engine, tape)
        self._watch = watch

    def tls_established(self, info: TLSInfo, now: float) -> None:
        self._watch.tls = info
        super().tls_established(info, now)


@dataclass(slots=True)
class Report:
    """What was seen. `before_tls` and `features` are the features announced before and after TLS."""

    domain: str
    address: str
    direct_tls: bool
    websocket: bool = False
    tls: TLSInfo | None = None
    certificate: Certificate | None = None
    problems: list[str] = field(default_factory=list[str])
    stream: StreamOpened | None = None
    before_tls: Sequence[Element] = ()
    features: Sequence[Element] = ()
    bosh: bool = False
    servers: bool = False
    """What is offered to other servers, not to clients."""

    @property
    def mechanisms(self) -> list[str]:
        """The mechanisms of SASL."""
        return _texts(self.features, (SASL, "mechanisms"), "mechanism")

    @property
    def mechanisms_sasl2(self) -> list[str]:
        """The mechanisms of SASL 2 (XEP-0388)."""
        return _texts(self.features, (SASL2, "authentication"), "mechanism")

    @property
    def announced_bindings(self) -> list[str]:
        """The types of channel binding that the server announces (XEP-0440)."""
        for feature in self.features:
            if feature.name == (BINDINGS, "sasl-channel-binding"):
                return [one_line(child.get("type") or "") for child in feature.elements()]
        return []

    @property
    def own_bindings(self) -> list[str]:
        """The types that this end could use on this connection."""
        return [binding.type for binding in self.tls.bindings] if self.tls is not None else []

    def as_json(self) -> dict[str, Any]:
        """The report as one object."""
        tls, certificate = self.tls, self.certificate
        federation = {
            "dialback": probe_servers.dialback_of(self.features),
            "bidirectional": probe_servers.bidirectional(self.features),
        }
        return {
            "domain": self.domain,
            "to": "servers" if self.servers else "clients",
            "address": self.address,
            "direct_tls": self.direct_tls,
            "websocket": self.websocket,
            "tls": tls and {"version": tls.version, "cipher": tls.cipher, "alpn": tls.alpn},
            "certificate": certificate
            and {
                "subject": certificate.subject,
                "issuer": certificate.issuer,
                "names": certificate.names,
                "not_before": certificate.not_before and certificate.not_before.isoformat(),
                "not_after": certificate.not_after and certificate.not_after.isoformat(),
                "sha256": certificate.sha256,
            },
            "problems": self.problems,
            "features_before_tls": [_feature(element) for element in self.before_tls],
            "features": [_feature(element) for element in self.features],
            "mechanisms": self.mechanisms,
            "mechanisms_sasl2": self.mechanisms_sasl2,
            "channel_bindings": {"announced": self.announced_bindings, "usable": self.own_bindings},
            **(federation if self.servers else {}),
        }

    def as_text(self) -> list[str]:
        """The report for people."""
        how = "TLS from the first byte" if self.direct_tls else "STARTTLS" if self.tls is not None else "no TLS"
        if self.websocket:
            how = "WebSocket inside TLS"
        elif self.bosh:
            how = "BOSH inside TLS"
        rows = [("Server", f"{self.address}, {how}")]
        if self.tls is not None:
            alpn = f", ALPN {self.tls.alpn}" if self.tls.alpn else ""
            rows.append(("TLS", f"{self.tls.version}, {self.tls.cipher}{alpn}"))
        rows += self._certificate_rows()
        if self.before_tls:
            rows.append(("Before TLS", _summary(self.before_tls)))
        rows.append(("Features", _summary(self.features)))
        rows.append(("Mechanisms", ", ".join(self.mechanisms) or "none"))
        if self.servers:
            rows.append(("Dialback", probe_servers.dialback_of(self.features)))
            rows.append(
                ("Both ways", "on one stream" if probe_servers.bidirectional(self.features) else "a stream each")
            )
            return [line for name, text in rows for line in table_row(name, one_line(text))]
        if self.mechanisms_sasl2:
            rows.append(("SASL 2", ", ".join(self.mechanisms_sasl2)))
        announced = ", ".join(self.announced_bindings) or "none announced"
        usable = ", ".join(self.own_bindings) or "none"
        rows.append(("Binding", f"{announced}; usable here: {usable}"))
        return [line for name, text in rows for line in table_row(name, one_line(text))]

    def _certificate_rows(self) -> list[tuple[str, str]]:
        certificate = self.certificate
        if certificate is None:
            return []
        rows = [
            ("Certificate", f"{certificate.subject or '(no subject)'}; issued by {certificate.issuer}"),
            ("", f"for {', '.join(certificate.names) or 'no name'}"),
        ]
        if certificate.not_before is not None and certificate.not_after is not None:
            rows.append(("", f"valid from {certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}"))
        return [*rows, *(("  PROBLEM", problem) for problem in self.problems)]


def look(arguments: argparse.Namespace, watch: Watch) -> Report:
    """Connect, and collect what is told. Raises Failure where nothing answered, or nothing that speaks XMPP."""
    if arguments.s2s and (arguments.websocket or arguments.bosh) is not None:
        raise Usage("servers do not speak over the web with each other: --s2s or --websocket, --bosh")
    context = _context(arguments)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    error = _visit(arguments, context, watch)
    features = [event for event in error.events if isinstance(event, FeaturesReceived)]
    address = error.attempts[-1][0] if error.attempts else arguments.domain
    if not features or isinstance(error, TLSError):
        raise Failure(str(error))
    direct = not any(child.local == "starttls" for child in features[0].features) and watch.tls is not None
    web = (arguments.websocket or arguments.bosh) is not None
    over = arguments.websocket is not None
    report = Report(arguments.domain, address, direct, over, watch.tls, features=features[-1].features)
    report.bosh = arguments.bosh is not None
    report.servers = arguments.s2s
    report.stream = next((event for event in error.events if isinstance(event, StreamOpened)), None)
    if watch.tls is not None:
        if len(features) > 1:
            report.before_tls = features[0].features
        if watch.tls.peer_certificate is not None:
            report.certificate = Certificate.read(watch.tls.peer_certificate)
            distrust = _distrust(arguments)
            name = watch.tls.server_name if web and watch.tls.server_name else arguments.domain
            report.problems = report.certificate.problems(name, datetime.now(UTC), distrust)
    return report


def _context(arguments: argparse.Namespace) -> ssl.SSLContext:
    try:
        context = client_context(arguments.ca_file)
    except (OSError, ValueError) as error:
        raise Failure(f"cannot set up TLS: {error}") from None
    if arguments.direct_tls:
        context.set_alpn_protocols([ALPN_SERVER if arguments.s2s else ALPN_CLIENT])
    return context


def _visit(arguments: argparse.Namespace, context: ssl.SSLContext, watch: Watch | None) -> ConnectError:
    """Go as far as one gets without credentials; how that ended is an error of `connect` in any case."""
    if arguments.s2s:
        return probe_servers.visit(arguments, context, _LIMITS, Connection if watch is None else watch.engine)
    options = cast("ConnectOptions", {**place(arguments), "ca_file": None})
    options["ssl_context"] = context
    options["require_tls"] = False
    options["limits"] = _LIMITS
    if watch is not None:
        options["trace"] = watch.engine
    try:
        with connect(JID(arguments.domain), **options):
            raise Failure(f"{arguments.domain} lets everybody in without a login")
    except AuthenticationError as error:
        return error
    except ConnectError as error:
        return error


def _distrust(arguments: argparse.Namespace) -> str | None:
    """Why the chain of certificates is not trusted; None if it is."""
    context = _context(arguments)
    context.check_hostname = False
    error = _visit(arguments, context, None)
    if not isinstance(error, TLSError) or not error.attempts:
        return None
    reason = error.attempts[-1][1]
    return reason.partition(_NOT_TRUSTED)[2] or reason


def _texts(features: Sequence[Element], name: tuple[str, str], local: str) -> list[str]:
    for feature in features:
        if feature.name == name:
            return [one_line(child.text) for child in feature.elements() if child.local == local]
    return []


def _feature(element: Element) -> dict[str, Any]:
    required = element.find((element.namespace, "required")) is not None
    return {"namespace": one_line(element.namespace), "name": one_line(element.local), "required": required}


def _summary(features: Sequence[Element]) -> str:
    shown = [feature for feature in features if feature.name != (SASL, "mechanisms")]
    return label(Element((STREAM, "features"), {}, list(shown))).removeprefix("features: ")
