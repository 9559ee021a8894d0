"""What a `Connection` between servers tells: which domains may speak to which on it, and which keys are right (XEP-0220)."""

from __future__ import annotations

from dataclasses import dataclass

from ..jid import JID
from .questions import DialbackRequested


@dataclass(slots=True)
class PairVerified:
    """Servers: stanzas from the domain `sender` to the domain `to` may flow on this stream, by dialback (XEP-0220). What SASL
    has shown is in `Established` alone."""

    sender: JID
    to: JID


@dataclass(slots=True)
class PairRefused:
    """Initiating server: the peer takes no stanzas from `sender` to `to`. `condition` is its stanza error condition, or
    "invalid": it believes that we are not `sender`. Return what waits with the stanza error condition `bounce`."""

    sender: JID
    to: JID
    condition: str
    text: str | None = None

    @property
    def bounce(self) -> str:
        """What senders are told (XEP-0220 section 2.1.1)."""
        return "internal-server-error" if self.condition == "invalid" else "remote-server-timeout"


@dataclass(slots=True)
class KeyVerified:
    """What the authoritative server says to `Connection.verify_key`. Without `condition`, answer `request` with `valid`, on the
    connection that it came from; with one, refuse it with that."""

    request: DialbackRequested
    valid: bool
    condition: str | None = None
    text: str | None = None
