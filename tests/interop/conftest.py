"""Which servers there are: those of the file that XMPPWIRE_LAB names, or the distribution's, started here.

A server that is not installed skips its tests; with XMPPWIRE_REQUIRE_SERVERS=1 it fails them.
"""

from __future__ import annotations

import os
import signal
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.interop import ours
from tests.interop.harness import ADAPTERS, missing
from tests.interop.npm import prepare
from tests.interop.servers import NAMES, Lab, Launcher, NotInstalled, Server, load

LAB_FILE = os.environ.get("XMPPWIRE_LAB")
LAB = load(LAB_FILE) if LAB_FILE else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.interop)
    if LAB is not None:
        others = [item for item in items if here in item.path.parents and not _is_for_a_lab(item)]
        config.hook.pytest_deselected(items=others)
        left_out = set(others)
        items[:] = [item for item in items if item not in left_out]


def _is_for_a_lab(item: pytest.Item) -> bool:
    """Whether it needs a server at all.

    A test of instant messaging runs with each server of a lab on one adapter, which one depends on the names of both. With the
    servers that are started here it runs on all.
    """
    parameters: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    if "im_server" not in parameters or "adapter" not in parameters:
        return "server" in parameters or "im_server" in parameters
    test = item.nodeid.partition("[")[0]
    chosen = zlib.crc32(f"{test} {parameters['im_server']}".encode()) % len(ADAPTERS)
    return parameters["adapter"] == ADAPTERS[chosen]


@pytest.fixture(scope="session", autouse=True)
def orderly() -> Iterator[None]:
    """Told to terminate, the session ends as at Ctrl-C: whatever was started is ended."""

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    with Launcher(tmp_path_factory.mktemp("servers")) as launcher:
        yield launcher


@pytest.fixture(scope="session", params=NAMES if LAB is None else tuple(LAB.servers))
def server(request: pytest.FixtureRequest) -> Server:
    """Each server in turn."""
    if LAB is not None:
        return LAB.servers[request.param]
    try:
        return request.getfixturevalue("launcher").start(request.param)
    except NotInstalled as problem:
        missing(str(problem))


@pytest.fixture(scope="session", params=(*NAMES, ours.NAME) if LAB is None else tuple(LAB.servers))
def im_server(request: pytest.FixtureRequest) -> Server:
    """Each server in turn, and our own, where there is no lab."""
    if LAB is not None:
        return LAB.servers[request.param]
    try:
        return request.getfixturevalue("launcher").start(request.param)
    except NotInstalled as problem:
        missing(str(problem))


@pytest.fixture(scope="session")
def lab(request: pytest.FixtureRequest) -> Lab:
    """Users, certificates and authority."""
    return LAB if LAB is not None else request.getfixturevalue("launcher").lab()


@pytest.fixture(scope="session")
def npm() -> Path:
    """The folder of the clients in JavaScript."""
    return prepare()


@pytest.fixture(params=ADAPTERS)
def adapter(request: pytest.FixtureRequest) -> str:
    """Each adapter in turn."""
    return request.param
