"""Fixtures for people who test their own clients: a server to talk to, on loopback, with a certificate of its own.

    def test_my_client(xmppwire_server):
        client = MyClient(xmppwire_server.jid("juliet"), xmppwire_server.accounts["juliet"])
        client.connect(xmppwire_server.host, xmppwire_server.port, ca_file=xmppwire_server.ca_file)

The server runs in a thread of its own and ends with the test. It needs trustme (the extra `server`). pytest loads this by
itself wherever xmppwire is installed; it costs nothing until a test asks for a fixture.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass, field

import pytest

ACCOUNTS = {"juliet": "r0m30", "romeo": "jul13t"}


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A local server under test.

    It listens on `host` and `port` (STARTTLS), serves `domain`, and has a certificate of the authority in `ca_file` (PEM).
    `accounts` maps user names to passwords.
    """

    host: str
    port: int
    domain: str
    ca_file: str
    accounts: dict[str, str] = field(repr=False)

    def jid(self, name: str) -> str:
        """The bare JID of an account."""
        return f"{name}@{self.domain}"


@pytest.fixture
def xmppwire_accounts() -> dict[str, str]:
    """The accounts of `xmppwire_server`: user names and passwords. Override this fixture to have others."""
    return dict(ACCOUNTS)


@pytest.fixture
def xmppwire_server(xmppwire_accounts: dict[str, str]) -> Generator[RunningServer]:
    """A running `LocalServer` for the domain `localhost`."""
    pytest.importorskip("trustme", reason="xmppwire_server needs trustme: pip install 'xmppwire[server]'")
    from xmppwire.localserver import LocalServer

    from .blocking import serve
    from .certs import throwaway

    local = LocalServer(["localhost"], xmppwire_accounts, epoch=time.time() - time.monotonic())
    with throwaway(["localhost"]) as certs, serve(local, ssl_context=certs.tls()) as server:
        yield RunningServer(server.host, server.port, "localhost", str(certs.ca_file), dict(xmppwire_accounts))
