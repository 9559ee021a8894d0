"""Where a domain's WebSocket is (XEP-0156): documents fetched over HTTPS, within bounds."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from xmppwire.localserver import LocalServer
from xmppwire.protocol.host_meta import BOSH, MAXIMUM_LENGTH, WEBSOCKET, Link, make_host_meta, make_host_meta_json
from xmppwire_io import discover
from xmppwire_io.blocking import connect, serve
from xmppwire_io.certs import Certificates, make_certificates
from xmppwire_io.errors import ConnectError
from xmppwire_io.resolve import ResolveError
from xmppwire_io.tls import client_context

pytest.importorskip("wsproto")

URL = "wss://web.capulet.lit/ws"
LINKS = [Link(BOSH, "https://web.capulet.lit/bosh"), Link(WEBSOCKET, URL)]
XML, JSON = "/.well-known/host-meta", "/.well-known/host-meta.json"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("hosts"), ["localhost"])


@contextmanager
def host(certificates: Certificates, pages: dict[str, Any]) -> Generator[str]:
    """A server for HTTPS with these pages: a text, or a status with a header; where its document is."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 30

        def do_GET(self) -> None:
            page = pages.get(self.path, (404, {}))
            status, headers = page if isinstance(page, tuple) else (200, {})
            body = b"" if isinstance(page, tuple) else page.encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.cert_file)
    with Quiet(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"https://localhost:{server.server_port}{XML}"
        finally:
            server.shutdown()
            thread.join()


class Quiet(HTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away in the middle is what some tests are about."""


def found(certificates: Certificates, pages: dict[str, Any], place: str = "{uri}") -> list[str]:
    with host(certificates, pages) as uri:
        for path, page in pages.items():
            if isinstance(page, tuple) and "Location" in page[1]:
                page[1]["Location"] = page[1]["Location"].replace("{root}", uri.removesuffix(XML))
            assert path
        return discover.websocket_uris(place.format(uri=uri), client_context(certificates.ca_file), 20.0)


@pytest.mark.spec("XEP-0156", "2")
@pytest.mark.parametrize(
    "pages",
    [
        {XML: make_host_meta(LINKS)},
        {JSON: make_host_meta_json(LINKS)},
        {XML: "<not this", JSON: make_host_meta_json(LINKS)},
        {XML: make_host_meta(LINKS[:1]), JSON: make_host_meta_json(LINKS)},
        {XML: (302, {"Location": "/elsewhere"}), "/elsewhere": make_host_meta(LINKS)},
        {XML: (301, {"Location": "{root}/elsewhere"}), "/elsewhere": make_host_meta(LINKS)},
    ],
)
def test_the_document_in_either_form(certificates: Certificates, pages: dict[str, Any]) -> None:
    assert found(certificates, pages) == [URL]


@pytest.mark.spec("XEP-0156", "2")
@pytest.mark.parametrize(
    ("pages", "reason"),
    [
        ({}, "HTTP 404"),
        ({XML: make_host_meta(LINKS[:1])}, "it names no WebSocket"),
        ({XML: make_host_meta(LINKS).replace("wss:", "ws:")}, "it names no WebSocket"),
        ({XML: (302, {"Location": XML})}, "too many redirects"),
        ({XML: (302, {"Location": "http://localhost/host-meta"})}, "HTTPS"),
        ({XML: (302, {"Location": "file:///etc/passwd"})}, "HTTPS"),
        ({XML: "<XRD>" + " " * MAXIMUM_LENGTH}, f"longer than {MAXIMUM_LENGTH}"),
        ({XML: "[]", JSON: "[" * 100_000}, "host-meta.json"),
        ({XML: "<!DOCTYPE x [<!ENTITY e 'x'>]><XRD>&e;</XRD>"}, "host-meta:"),
    ],
)
def test_documents_of_no_use(certificates: Certificates, pages: dict[str, Any], reason: str) -> None:
    with pytest.raises(ResolveError, match=reason):
        found(certificates, pages)


@pytest.mark.parametrize("begin", ["HTTP/1.1 200 OK\r\nX-Y: ", "HTTP/1.0 200 OK\r\n\r\n<XRD>"], ids=["head", "body"])
def test_a_document_that_comes_drop_by_drop_is_given_up(certificates: Certificates, begin: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.cert_file)
    over = threading.Event()

    def drip(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                with context.wrap_socket(listener.accept()[0], server_side=True) as client:
                    client.recv(4096)
                    client.sendall(begin.encode())
                    with suppress(OSError):
                        while not over.wait(0.05):
                            client.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        try:
            uri = f"https://localhost:{listener.getsockname()[1]}{XML}"
            with pytest.raises(ResolveError, match=r"it took too long.*it took too long"):
                discover.websocket_uris(uri, client_context(certificates.ca_file), 1.0)
        finally:
            over.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_nobody_is_believed_without_a_certificate(certificates: Certificates) -> None:
    with host(certificates, {XML: make_host_meta(LINKS)}) as uri, pytest.raises(ResolveError, match="CERTIFICATE"):
        discover.websocket_uris(uri, client_context(), 20.0)


def test_connect_by_the_document(certificates: Certificates) -> None:
    server = LocalServer(["capulet.lit"], {"juliet": "r0m30"}, iterations=4096)
    with serve(server, ssl_context=certificates.tls(), websocket=True) as running:
        url = f"wss://localhost:{running.port}/xmpp-websocket"
        pages = {XML: make_host_meta([Link(WEBSOCKET, "wss://localhost:1/nobody"), Link(WEBSOCKET, url)])}
        with host(certificates, pages) as uri:
            options: dict[str, Any] = {"password": "r0m30", "ca_file": certificates.ca_file}
            with connect("juliet@capulet.lit", websocket=uri, **options) as juliet:
                assert str(juliet.jid.bare) == "juliet@capulet.lit"


def test_the_domain_is_asked(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def unknown(host: str, port: int) -> Any:
        asked.append((host, port))
        raise ResolveError("unknown")

    monkeypatch.setattr(discover, "addresses", unknown)
    with (
        pytest.raises(ConnectError, match=r"cannot find the WebSocket of b\u00fccher\.example"),
        connect("juliet@b\u00fccher.example", websocket=True, ca_file=certificates.ca_file),
    ):
        pass
    assert asked == [("xn--bcher-kva.example", 443)] * 2
