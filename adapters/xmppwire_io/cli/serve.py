"""`xmppwire serve`: the local server on a port, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import importlib.util
import ipaddress
import time
from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from xmppwire import JIDError
from xmppwire.localserver import FederationPolicy, LocalServer
from xmppwire.stream import DialbackUse, DomainPolicies, DomainPolicy, ServerConfig

from .. import certs, resolve
from ..federate import S2S_PORT, Federate
from ..server import ServerBase
from ..tls import Identity, ServerTLS
from . import loops
from .arguments import components, users
from .signals import interruptible
from .terminal import Usage, say, say_json


def run(arguments: argparse.Namespace) -> int:
    """Serve until somebody interrupts."""
    host, port = arguments.listen
    for place in (host, *(arguments.websocket or ())[:1]):
        if arguments.user and not is_loopback(place):
            raise Usage(
                f"--user shows passwords to others, and {place} is not loopback: give the accounts with --users FILE"
            )
    policy = federation(arguments)
    server = make_server(
        arguments.domain,
        users(arguments),
        components(arguments),
        policy,
        registration=arguments.registration,
        compression=arguments.compression,
    )
    io = loops.choose("asyncio")

    async def command() -> None:
        with identity(arguments) as (tls, ca_file, cert_file):
            others: dict[str, Any] = {} if policy is None else {"federate": federate(arguments, cert_file)}
            async with AsyncExitStack() as stack:
                first = io.serve(server, host=host, port=port, ssl_context=tls, **others)
                running = await stack.enter_async_context(first)
                url = None
                if arguments.websocket is not None:
                    there, at = arguments.websocket
                    web = io.serve(server, host=there, port=at, ssl_context=tls, websocket=True)
                    web_running = await stack.enter_async_context(web)
                    url = f"wss://{resolve.join(web_running.host, web_running.port)}/xmpp-websocket"
                announce(arguments, running, ca_file, url)
                await running.wait_closed()

    with interruptible(), suppress(KeyboardInterrupt):
        io.run(command)
    return 0


def federation(arguments: argparse.Namespace) -> FederationPolicy | None:
    """What is asked of other servers; None where none are spoken with. Raises Usage."""
    if not arguments.federate:
        if arguments.dialback or arguments.s2s_ca_file is not None or arguments.s2s_listen is not None:
            raise Usage("--dialback, --s2s-ca-file and --s2s-listen belong to --federate")
        return None
    if arguments.dialback and arguments.s2s_ca_file is not None:
        raise Usage("with --dialback nobody's certificate is looked at: no --s2s-ca-file")
    if arguments.cert is None and not arguments.dialback:
        raise Usage("other servers know us by our certificate: --federate needs a --cert, or --dialback")
    use = DialbackUse.ALLOWED if arguments.dialback else DialbackUse.NEVER
    return FederationPolicy(domains=DomainPolicies(default=DomainPolicy(dialback=use)))


def federate(arguments: argparse.Namespace, cert_file: Path) -> Federate:
    """How other servers are reached. Raises Usage."""
    host, port = arguments.s2s_listen or ("127.0.0.1", S2S_PORT)
    rest: dict[str, Any] = {"ca_file": arguments.s2s_ca_file, "verify": not arguments.dialback}
    try:
        return Federate.load(cert_file, arguments.key, host=host, port=port, **rest)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise Usage(f"cannot speak with other servers: {error}") from None


def make_server(
    domains: list[str],
    accounts: dict[str, str],
    secrets: dict[str, str],
    policy: FederationPolicy | None = None,
    *,
    registration: bool = False,
    compression: bool = False,
) -> LocalServer:
    """The server with its accounts and components. Raises Usage for a name, password or secret that cannot be one."""
    epoch = time.time() - time.monotonic()
    config = ServerConfig(domains=tuple(domains), compression=compression)
    server = LocalServer(tuple(domains), config=config, epoch=epoch, federation=policy, registration=registration)
    for name, secret in accounts.items():
        try:
            server.add_account(name, secret)
        except (JIDError, ValueError) as error:
            raise Usage(f"the account {name!r} cannot be: {error}") from None
    for domain, secret in secrets.items():
        try:
            server.add_component(domain, secret)
        except (JIDError, ValueError) as error:
            raise Usage(f"the component {domain!r} cannot be: {error}") from None
    return server


@contextmanager
def identity(arguments: argparse.Namespace) -> Generator[tuple[ServerTLS, Path | None, Path]]:
    """The TLS of the server; the file with the authority that clients must trust, if it is a throw-away one; and the file with
    the certificate."""
    if arguments.cert is not None:
        try:
            tls = ServerTLS(Identity.load(arguments.cert, arguments.key))
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise Usage(f"cannot use the certificate {arguments.cert}: {error}") from None
        yield tls, None, arguments.cert
        return
    if arguments.key is not None:
        raise Usage("--key belongs to a --cert")
    with throwaway([*arguments.domain, "localhost", "127.0.0.1", "::1"]) as certificates:
        yield certificates.tls(), certificates.ca_file, certificates.cert_file


@contextmanager
def throwaway(names: list[str]) -> Generator[certs.Certificates]:
    """Certificates that are removed afterwards. Raises Usage where trustme is missing."""
    if importlib.util.find_spec("trustme") is None:
        raise Usage("a throw-away certificate needs trustme: pip install 'xmppwire[server]'")
    with certs.throwaway(list(dict.fromkeys(names))) as certificates:
        yield certificates


def announce(arguments: argparse.Namespace, running: ServerBase, ca_file: Path | None, url: str | None) -> None:
    """Say that clients are accepted, and how they get here; and other servers, if they are."""
    host, port = running.address
    s2s = running.s2s_address
    if arguments.json:
        file = ca_file and str(ca_file)
        web: dict[str, Any] = {} if url is None else {"websocket": url}
        if s2s is not None:
            web |= {"s2s_host": s2s[0], "s2s_port": s2s[1]}
        say_json({"host": host, "port": port, "ca_file": file, "domains": arguments.domain, **web})
        return
    say(f"Serving {', '.join(arguments.domain)} on {resolve.join(host, port)}; Ctrl-C ends it.")
    if s2s is not None:
        say(f"Other servers: {resolve.join(*s2s)}")
    if url is not None:
        say(f"WebSocket: {url}")
    if ca_file is not None:
        say(f"Nobody knows the authority behind its certificate: clients need --ca-file {ca_file}")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
