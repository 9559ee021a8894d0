"""The id of an avatar (XEP-0084)."""

from __future__ import annotations

import pytest

from xmppwire.protocol.user_avatar import avatar_id


@pytest.mark.spec("XEP-0084", "4.2.1")
def test_the_id_is_the_sha1_of_the_picture() -> None:
    assert avatar_id(b"abc") == "a9993e364706816aba3e25717850c26c9cd0d89d"  # RFC 3174, section 7.3
