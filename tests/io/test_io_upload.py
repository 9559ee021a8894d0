"""Files that are put to a slot over HTTP (XEP-0363 section 7), on each kind of I/O, at a server that the test plays."""

from __future__ import annotations

import asyncio
import io
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import anyio
import pytest
import trio

from xmppwire.im.upload import UploadSlot
from xmppwire_io.certs import Certificates, make_certificates

httpx = pytest.importorskip("httpx")

from xmppwire_io.upload import CHUNK, TransferError, upload, upload_blocking  # noqa: E402

BIG = bytes(range(256)) * (5 * CHUNK // 512)  # two pieces and a half


@dataclass
class Web:
    """The server: what was put where, with which headers."""

    url: str
    certs: Certificates
    puts: dict[str, bytes] = field(default_factory=dict[str, bytes])
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    done: threading.Event = field(default_factory=threading.Event)

    def slot(self, path: str = "/file", size: int = len(BIG), *headers: tuple[str, str]) -> UploadSlot:
        own = ("Content-Length", str(size)), ("Content-Type", "image/jpeg")
        return UploadSlot(self.url + path, (*own, *headers), size, self.url + path)


def handler(web: Web) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            kind = self.path.split("/")[1]
            self.close_connection = True
            if kind not in ("early", "hasty"):
                web.headers = list(self.headers.items())
                length = int(self.headers["Content-Length"])
                if len(content := self.rfile.read(length)) < length:
                    return
                web.puts[self.path] = content
            if kind == "silent":
                web.done.wait(10)
                return
            status = int(self.path[-3:]) if kind == "status" else {"early": 413, "moved": 307}.get(kind, 201)
            self.send_response(status)
            if kind == "moved":
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    return Handler


class Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away are part of the tests."""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("web"), ["127.0.0.1"])


@pytest.fixture
def web(certificates: Certificates) -> Iterator[Web]:
    web = Web("", certificates)
    with Server(("127.0.0.1", 0), handler(web)) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.cert_file)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        web.url = f"https://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=partial(server.serve_forever, 0.01))
        thread.start()
        try:
            yield web
        finally:
            web.done.set()
            server.shutdown()
            thread.join()


Put = Callable[..., None]
RUNS: dict[str, Callable[[Callable[[], Awaitable[None]]], None]] = {
    "asyncio": lambda main: asyncio.run(main()),  # type: ignore[arg-type]
    "trio": trio.run,
    "anyio": partial(anyio.run, backend="trio"),
}


@pytest.fixture(params=[*RUNS, "blocking"])
def put(request: pytest.FixtureRequest, web: Web) -> Put:
    """Upload on one kind of I/O, with trust in the server."""
    run = RUNS.get(request.param)

    def put(*args: Any, **keywords: Any) -> None:
        keywords = {"ca_file": web.certs.ca_file, **keywords}
        if run is None:
            upload_blocking(*args, **keywords)
        else:
            run(partial(upload, *args, **keywords))

    return put


@pytest.mark.spec("XEP-0363", "7")
def test_a_file_is_put_there_as_it_is(put: Put, web: Web, tmp_path: Path) -> None:
    path = tmp_path / "summit.jpg"
    path.write_bytes(BIG)
    seen: list[tuple[int, int]] = []
    slot = web.slot("/file", len(BIG), ("Authorization", "Bearer a"), ("Cookie", "foo=bar"), ("Cookie", "user=romeo"))
    put(slot, path, progress=lambda *numbers: seen.append(numbers))
    assert web.puts == {"/file": BIG}
    assert [header for header in web.headers if header[0] != "Host"] == list(slot.headers)  # and nothing else
    total = len(BIG)
    assert seen == [(CHUNK, total), (2 * CHUNK, total), (total, total)]


def test_bytes_and_open_files(put: Put, web: Web) -> None:
    put(web.slot("/bytes", 3), b"abc")
    rest = io.BytesIO(b"headabc")
    rest.seek(4)
    put(web.slot("/rest", 3), rest)
    assert not rest.closed
    put(web.slot("/path%20with%2Fslash", 3), b"abc")
    assert web.puts == {"/bytes": b"abc", "/rest": b"abc", "/path%20with%2Fslash": b"abc"}


@pytest.mark.spec("XEP-0363", "7")
@pytest.mark.parametrize("size", [2, 4])
def test_a_file_of_another_size_is_not_sent(put: Put, web: Web, size: int) -> None:
    with pytest.raises(TransferError, match=f"3 bytes, the slot is for {size}"):
        put(web.slot("/file", size), b"abc")
    assert web.puts == {}


class Growing(io.RawIOBase):
    """A file whose size nobody knows beforehand."""

    def __init__(self, data: bytes) -> None:
        self._rest = data

    def seekable(self) -> bool:
        return False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)


@pytest.mark.spec("XEP-0363", "7")
def test_a_file_that_changes_meanwhile(put: Put, web: Web) -> None:
    put(web.slot("/file", 3), Growing(b"abc"))
    assert web.puts == {"/file": b"abc"}
    with pytest.raises(TransferError, match="ends after 2 of 3"):
        put(web.slot("/short", 3), Growing(b"ab"))
    with pytest.raises(TransferError, match="more than 3"):
        put(web.slot("/long", 3), Growing(b"abcd"))


@pytest.mark.spec("XEP-0363", "7")
@pytest.mark.parametrize("status", [200, 204])
def test_other_answers_that_say_that_it_is_there(put: Put, web: Web, status: int) -> None:
    put(web.slot(f"/status/{status}", 3), b"abc")
    assert web.puts == {f"/status/{status}": b"abc"}


@pytest.mark.spec("XEP-0363", "7")
@pytest.mark.parametrize("status", [202, 403, 404, 500])
def test_answers_that_do_not(put: Put, web: Web, status: int) -> None:
    with pytest.raises(TransferError, match=f"does not take the file.*{status}") as refused:
        put(web.slot(f"/status/{status}", 3), b"abc")
    assert refused.value.status == status


def test_a_redirection_is_not_followed(put: Put, web: Web) -> None:
    with pytest.raises(TransferError, match="elsewhere") as refused:
        put(web.slot("/moved", 3, ("Authorization", "Bearer a")), b"abc")
    assert refused.value.status == 307
    assert list(web.puts) == ["/moved"]


@pytest.mark.parametrize(("path", "status"), [("/early", 413), ("/hasty", 201)])
def test_an_answer_before_the_end_is_no_success(put: Put, web: Web, path: str, status: int) -> None:
    size = 64 * len(BIG)  # more than the buffers between us hold
    with pytest.raises(TransferError) as refused:
        put(web.slot(path, size), BIG * 64)
    assert refused.value.status in (status, None)  # the answer may be lost with the connection


def test_a_server_that_does_not_answer(put: Put, web: Web) -> None:
    with pytest.raises(TransferError, match="Timeout") as lost:
        put(web.slot("/silent", 3), b"abc", timeout=0.2)
    assert lost.value.status is None


def test_a_server_that_is_not_there_or_not_trusted(put: Put, web: Web, certs: Certificates) -> None:
    gone = UploadSlot("https://127.0.0.1:1/file", (("Content-Length", "3"),), 3, "https://127.0.0.1:1/file")
    with pytest.raises(TransferError, match="ConnectError"):
        put(gone, b"abc")
    with pytest.raises(TransferError, match=r"(?i)certificate"):
        put(web.slot("/file", 3), b"abc", ca_file=certs.ca_file)
    with pytest.raises(TransferError):
        put(UploadSlot("https://[::1/", (), 3, ""), b"abc")
    assert web.puts == {}


def test_files_that_are_not_there(put: Put, web: Web, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        put(web.slot("/file", 3), tmp_path / "none")
    with pytest.raises(FileNotFoundError):
        put(web.slot("/file", 3), b"abc", ca_file=tmp_path / "none")


def test_who_is_told_may_stop_it(put: Put, web: Web) -> None:
    def enough(sent: int, total: int) -> None:
        raise KeyError(sent)

    with pytest.raises(KeyError):
        put(web.slot("/file"), BIG, progress=enough)
    assert web.puts == {}


def test_a_client_of_ones_own_keeps_its_secrets(put: Put, web: Web, request: pytest.FixtureRequest) -> None:
    def answer(asked: Any) -> Any:
        seen.append(asked)
        return httpx.Response(201)

    async def answer_later(asked: Any) -> Any:
        pieces.extend([piece async for piece in asked.stream])
        return answer(asked)

    def answer_now(asked: Any) -> Any:
        pieces.extend(asked.stream)
        return answer(asked)

    seen: list[Any] = []
    pieces: list[bytes] = []
    own: dict[str, Any] = {
        "headers": {"X-Own": "1"},
        "cookies": {"a": "b"},
        "auth": ("u", "p"),
        "follow_redirects": True,
    }
    blocking = "blocking" in request.node.callspec.id
    client = (
        httpx.Client(transport=httpx.MockTransport(answer_now), **own)
        if blocking
        else httpx.AsyncClient(transport=httpx.MockTransport(answer_later), **own)
    )
    put(web.slot("/file", 3), b"abc", client=client)
    assert pieces == [b"abc"]
    assert [name.lower() for name, _ in seen[0].headers.multi_items()] == ["host", "content-length", "content-type"]
    assert not client.is_closed
