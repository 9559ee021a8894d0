"""The status of a server that is away (XEP-0455), fetched as the docstring of `im.outage` says: its example runs here."""

from __future__ import annotations

import asyncio
import json
import re
import textwrap
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from xmppwire.im import outage
from xmppwire.im.outage import MAX_LENGTH, Outage, OutageState, read_status, state_of

httpx = pytest.importorskip("httpx")

pytestmark = pytest.mark.spec("XEP-0455", "2.2")

STATUS = {"planned": False, "beginning": "2027-01-12T01:01:01Z", "message": {"default": "Umbau", "en": "Works"}}
PAGES = {
    "/status.json": (200, json.dumps(STATUS).encode()),
    "/over.json": (200, b"{}"),
    "/gone.json": (404, b"{}"),
    "/moved.json": (302, b"{}"),
    "/page.html": (200, b"<html/>"),
}


@pytest.fixture
def web() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A server of files: its address, and the headers of the requests that it got."""
    asked: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append({name.lower(): value for name, value in self.headers.items()})
            endless = self.path == "/endless.json"
            status, body = (200, b" " * 4096) if endless else PAGES[self.path]
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/status.json")
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(body)
                while endless:
                    self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


def example() -> Callable[[str], Coroutine[Any, Any, Outage | None]]:
    """The function of the docstring."""
    found = re.search(r"^ {4}async def fetch_outage.*?\n\n(?=\S)", outage.__doc__ or "", re.DOTALL | re.MULTILINE)
    assert found is not None
    names: dict[str, Any] = {"httpx": httpx, "Outage": Outage, "MAX_LENGTH": MAX_LENGTH, "read_status": read_status}
    exec(textwrap.dedent(found[0]), names)  # it is ours
    function: Callable[[str], Coroutine[Any, Any, Outage | None]] = names["fetch_outage"]
    return function


def fetch(address: str) -> Outage | None:
    return asyncio.run(asyncio.wait_for(example()(address), 20))


def test_a_status_is_fetched_and_read(web: tuple[str, list[dict[str, str]]]) -> None:
    address, asked = web
    found = fetch(f"{address}/status.json")
    assert found is not None
    assert found.message("en-GB") == "Works"
    assert state_of(found, datetime(2027, 1, 13, tzinfo=UTC)) is OutageState.UNDER_WAY
    assert fetch(f"{address}/over.json") is None
    assert all("authorization" not in one and "cookie" not in one for one in asked)
    assert {one["accept-encoding"] for one in asked} == {"identity"}


@pytest.mark.parametrize("page", ["gone", "moved"])
def test_what_is_elsewhere_is_not_fetched(web: tuple[str, list[dict[str, str]]], page: str) -> None:
    address, asked = web
    with pytest.raises(httpx.HTTPStatusError):
        fetch(f"{address}/{page}.json")
    assert len(asked) == 1


def test_no_more_is_read_than_a_status_can_be_long(web: tuple[str, list[dict[str, str]]]) -> None:
    with pytest.raises(ValueError, match="longer than"):
        fetch(f"{web[0]}/endless.json")


def test_what_is_no_status_is_an_error(web: tuple[str, list[dict[str, str]]]) -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        fetch(f"{web[0]}/page.html")
