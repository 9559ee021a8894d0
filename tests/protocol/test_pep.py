"""The interest in what contacts publish (XEP-0163)."""

from __future__ import annotations

import pytest

from xmppwire.protocol.pep import notify_feature


@pytest.mark.spec("XEP-0163", "4.2")
def test_the_feature_for_a_node() -> None:
    assert notify_feature("http://jabber.org/protocol/tune") == "http://jabber.org/protocol/tune+notify"
