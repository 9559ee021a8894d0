"""Throw-away certificates for tests and demonstrations, through trustme (the extra `server`).

The authority is made afresh, known to nobody, and its key is never written: clients trust it only through `ca_file`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from .tls import Identity, ServerTLS


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files in PEM form: the authority's certificate, and a server's chain with its key in one file."""

    ca_file: Path
    cert_file: Path

    def tls(self) -> ServerTLS:
        """The TLS of a server with this certificate."""
        return ServerTLS(Identity.load(self.cert_file))


def make_certificates(folder: Path, names: Sequence[str], *, not_after: datetime | None = None) -> Certificates:
    """Make an authority and a server's certificate for `names`, in `folder`. Raises ImportError without trustme."""
    import trustme

    authority = trustme.CA()
    issued = authority.issue_cert(*names) if not_after is None else authority.issue_cert(*names, not_after=not_after)
    made = Certificates(folder / "ca.pem", folder / "server.pem")
    authority.cert_pem.write_to_path(str(made.ca_file))
    made.cert_file.touch(mode=0o600)
    issued.private_key_and_cert_chain_pem.write_to_path(str(made.cert_file))
    return made


@contextmanager
def throwaway(names: Sequence[str]) -> Generator[Certificates]:
    """Certificates in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="xmppwire-") as folder:
        yield make_certificates(Path(folder), names)
