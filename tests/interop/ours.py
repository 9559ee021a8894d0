"""Our own local server in the shape of a server under test, so that what runs against others runs against it."""

from __future__ import annotations

import ssl
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import xmppwire
import xmppwire_io.blocking
from tests.interop import files
from xmppwire.localserver import LocalServer
from xmppwire.protocol.contact_addresses import ServerInfo
from xmppwire.protocol.external_service_discovery import Service

NAME = "local"


@contextmanager
def running(
    certs: Path, domains: Sequence[str], users: dict[str, str], component: tuple[str, str], max_upload: int
) -> Generator[dict[str, Any]]:
    """Run it in a thread of this process, with a component's name and secret; gives its description."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certs / "server.pem", certs / "server.key")
    accounts = {f"{user}@{domain}": password for domain in domains for user, password in users.items()}
    name, secret = component
    with ExitStack() as stack:
        local = LocalServer(
            domains,
            accounts,
            iterations=4096,
            epoch=time.time() - time.monotonic(),
            components={name: secret},
            contacts=ServerInfo(abuse=[f"mailto:abuse@{domains[0]}", f"xmpp:abuse@{domains[0]}"]),
            status_pages=[f"https://status.{domains[0]}/v1.json"],
            administrators=[f"carol@{domain}" for domain in domains],
            directory=True,
            external_services=lambda user: [
                Service(type="stun", host=domains[0], port=3478, transport="udp"),
                Service(
                    type="turn", host=domains[0], port=3478, username=str(user), password="secret", restricted=True
                ),
            ],
            registration=True,
            uploads=stack.enter_context(files.serving(context, "127.0.0.1", max_upload)),
        )
        server = stack.enter_context(xmppwire_io.blocking.serve(local, ssl_context=context))
        yield {
            "name": NAME,
            "version": f"xmppwire local server {xmppwire.__version__}",
            "host": server.host,
            "domains": list(domains),
            "c2s": server.port,
            "component_port": server.port,
            "component": {"jids": [name], "secret": secret},
        }
