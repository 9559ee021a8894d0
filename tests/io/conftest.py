"""The kinds of I/O, and certificates for the servers of these tests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.io.conformance.kits import CONCURRENT, KITS, REAL
from xmppwire_io.certs import Certificates, make_certificates


@pytest.fixture(scope="session")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certs"), ["capulet.lit"])


@pytest.fixture(params=list(KITS))
def io(request: pytest.FixtureRequest) -> Any:
    return KITS[request.param]()


@pytest.fixture(params=CONCURRENT)
def concurrent(request: pytest.FixtureRequest) -> Any:
    return KITS[request.param]()


@pytest.fixture(params=REAL)
def real(request: pytest.FixtureRequest) -> Any:
    return KITS[request.param]()
