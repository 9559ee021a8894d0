"""SASL SCRAM Downgrade Protection (XEP-0474).

A hash over the mechanisms and channel bindings that the server offered is signed along with the password. It travels inside
the messages of SCRAM, so there are no elements: `xmppwire.sasl` computes and checks it.
"""

from __future__ import annotations

from xmppwire.protocol.standard import Standard, Status

STANDARD = Standard(
    "XEP-0474", "SASL SCRAM Downgrade Protection", Status.EXPERIMENTAL, "0.5.0", note="in xmppwire.sasl; no elements"
)
