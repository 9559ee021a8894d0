"""A place for files on the web, for our local server: what XEP-0363 leaves to HTTP."""

from __future__ import annotations

import ssl
import threading
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from xmppwire.jid import JID
from xmppwire.localserver import Uploads
from xmppwire.protocol.http_upload import Get, Put, UploadHeader, UploadRequest, UploadSlot


@contextmanager
def serving(context: ssl.SSLContext, host: str, max_file_size: int) -> Generator[Uploads]:
    """Take files, and hand them out, in a thread. Each address takes what was asked for it, and that once."""
    asked: dict[str, tuple[str, UploadRequest]] = {}
    stored: dict[str, tuple[str | None, bytes]] = {}

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_PUT(self) -> None:
            token, request = asked.get(self.path, ("", None))
            data = self.rfile.read(min(int(self.headers["Content-Length"] or 0), max_file_size))
            if request is None or self.headers["Authorization"] != token:
                return self.send_error(403)
            if len(data) != request.size:
                return self.send_error(400)
            del asked[self.path]
            stored[self.path] = request.content_type, data
            self.send_response(201)
            self.end_headers()
            return None

        def do_GET(self) -> None:
            if self.path not in stored:
                return self.send_error(404)
            kind, data = stored[self.path]
            self.send_response(200)
            self.send_header("Content-Type", kind or "application/octet-stream")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            return None

    server = ThreadingHTTPServer((host, 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)

    def slot(_user: JID, request: UploadRequest) -> UploadSlot:
        path, token = f"/{uuid.uuid4().hex}", f"Bearer {uuid.uuid4().hex}"
        asked[path] = token, request
        url = f"https://{host}:{server.server_port}{path}"
        return UploadSlot(put=Put(url=url, headers=[UploadHeader(name="Authorization", value=token)]), get=Get(url=url))

    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Uploads(slot, max_file_size)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
