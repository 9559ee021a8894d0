"""Where the comments on a post are (XEP-0277)."""

from __future__ import annotations

import pytest

from xmppwire.protocol.microblogging import comments_node


@pytest.mark.spec("XEP-0277", "3.1")
def test_the_node_for_comments() -> None:
    post = "dd88c9bc58886fce0049ed050df0c5f2"
    assert comments_node(post) == "urn:xmpp:microblog:0:comments/dd88c9bc58886fce0049ed050df0c5f2"
