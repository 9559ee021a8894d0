"""Our own local server in the shape of a server under test, so that what runs against others runs against it."""

from __future__ import annotations

import ssl
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xmppwire
import xmppwire_io.blocking
from xmppwire.localserver import LocalServer

NAME = "local"


@contextmanager
def running(certs: Path, domains: Sequence[str], users: dict[str, str]) -> Generator[dict[str, Any]]:
    """Run it in a thread of this process; gives its description."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certs / "server.pem", certs / "server.key")
    accounts = {f"{user}@{domain}": password for domain in domains for user, password in users.items()}
    local = LocalServer(domains, accounts, iterations=4096, epoch=time.time() - time.monotonic())
    with xmppwire_io.blocking.serve(local, ssl_context=context) as server:
        yield {
            "name": NAME,
            "version": f"xmppwire local server {xmppwire.__version__}",
            "host": server.host,
            "domains": list(domains),
            "c2s": server.port,
        }
