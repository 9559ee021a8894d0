"""What a reader's machine would have: names that lead to a server, and trust in its authority."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from xmppwire_io import resolve


@pytest.fixture
def reader_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str, int, str], None]:
    """Lets a domain be found at a host and port, and trusts the authority in a file."""

    def arrange(domain: str, host: str, port: int, ca_file: str) -> None:
        real = socket.getaddrinfo

        def look_up(name: Any, service: Any, *arguments: Any, **options: Any) -> Any:
            if name == domain:
                return real(host, port, *arguments, **options)
            return real(name, service, *arguments, **options)

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        monkeypatch.setattr(resolve, "lookup", lambda found, **_: [resolve.Target(found, port)])
        monkeypatch.setenv("SSL_CERT_FILE", ca_file)

    return arrange
