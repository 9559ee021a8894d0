"""TLS Channel-Binding Downgrade Protection (XEP-0515): the server says in the SCRAM exchange what version of TLS it
sees.

The attribute `t` of the server's first message has it; the exchange proves that nobody changed it. It goes with
XEP-0474.
"""

from __future__ import annotations

from xmppwire.protocol.standard import Standard, Status

STANDARD = Standard(
    "XEP-0515",
    "TLS Channel-Binding Downgrade Protection",
    Status.EXPERIMENTAL,
    "0.1.0",
    note="The value of a SCRAM attribute; no elements.",
)

_VERSIONS = {"TLSv1": "0301", "TLSv1.0": "0301", "TLSv1.1": "0302", "TLSv1.2": "0303", "TLSv1.3": "0304"}


def tls_version_value(version: str) -> str:
    """The value of `t` for the protocol `version` as it is called in `TLSInfo` (`"TLSv1.3"`): four hexadecimal digits.

    Raises ValueError for a version that has none here.
    """
    value = _VERSIONS.get(version)
    if value is None:
        raise ValueError(f"not a version of TLS: {version[:40]!r}")
    return value


def tls_version_matches(value: str, version: str) -> bool:
    """Whether the server's value is the one of the client's own connection. If not, the client ends the exchange
    (section 4.2)."""
    return value == tls_version_value(version)
