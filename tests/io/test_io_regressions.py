"""Known faults of other programs in what the adapters do, one test each, named after what went wrong there."""

from __future__ import annotations

from typing import Any

import pytest

from xmppwire.localserver import LocalServer
from xmppwire_io import blocking
from xmppwire_io.certs import Certificates
from xmppwire_io.errors import TLSError


@pytest.mark.parametrize("direct_tls", [False, True])
@pytest.mark.spec("RFC 6120", "13.7.2.1")
def test_cve_2022_45197_a_good_certificate_of_somebody_else(certs: Certificates, direct_tls: bool) -> None:
    """slixmpp trusted any certificate of a known authority, whoever it was for."""
    accounts = {"juliet": "r0m30"}
    serving = {"ssl_context": certs.tls(), "direct_tls": direct_tls}
    with blocking.serve(LocalServer(["capulet.lit", "verona.lit"], accounts), **serving) as server:  # type: ignore[arg-type]
        place: Any = {"host": server.host, "port": server.port, "direct_tls": direct_tls, "ca_file": certs.ca_file}
        with blocking.connect("juliet@capulet.lit", password="r0m30", **place) as client:
            assert client.jid.domainpart == "capulet.lit"
        with pytest.raises(TLSError, match=r"not valid for 'verona\.lit'"):
            blocking.connect("juliet@verona.lit", password="r0m30", **place).__enter__()
