"""What a client may send along with a file (XEP-0363)."""

from __future__ import annotations

import pytest

from xmppwire.protocol.http_upload import Put, UploadHeader


@pytest.mark.spec("XEP-0363", "4")
def test_only_allowed_headers_are_sent_and_none_makes_a_second_one() -> None:
    put = Put(
        url="https://upload.example/1",
        headers=[
            UploadHeader(name="Cookie", value="foo=bar"),
            UploadHeader(name="Host", value="other.example"),
            UploadHeader(name="authorization", value="Basic\r\nX-Evil: 1"),
            UploadHeader(name="Exp\nires", value="x"),
            UploadHeader(name="Cookie", value="user=romeo"),
        ],
    )
    assert put.http_headers() == [
        ("Cookie", "foo=bar"),
        ("authorization", "BasicX-Evil: 1"),
        ("Expires", "x"),
        ("Cookie", "user=romeo"),
    ]
