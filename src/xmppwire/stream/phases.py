"""The phases of a stream, and every move between them (RFC 6120 section 4.3.5), as data.

A stream is always in one phase. What happened is a `Cause`; the table says where it leads. A pair that is not in the
table cannot happen: reaching for it is a bug in the engine, and the exhaustive test of the table says so. Neither the
table nor the phases know which side we are on: both sides go through the same ones.

The moves of a usual login: CONNECTED, NEGOTIATING (headers, features), TLS_HANDSHAKE, NEGOTIATING again on a new stream,
RESTARTING (after authentication the stream begins anew), NEGOTIATING, ESTABLISHED, CLOSING, CLOSED.
"""

from __future__ import annotations

from enum import Enum


class Phase(Enum):
    """Where a stream stands."""

    CONNECTED = "connected"
    """The transport is there; nothing was sent."""
    NEGOTIATING = "negotiating"
    """Headers and features are exchanged; no stanza of the application flows."""
    TLS_HANDSHAKE = "tls-handshake"
    """The bytes on the wire belong to TLS."""
    COMPRESSING = "compressing"
    """The bytes on the wire change to compressed ones."""
    RESTARTING = "restarting"
    """Both sides forget the stream and open a new one on the same transport."""
    ESTABLISHED = "established"
    """Stanzas flow."""
    SUSPENDED = "suspended"
    """The transport is lost, the stream can be resumed."""
    CLOSING = "closing"
    """One side has sent its closing tag; the other side's is awaited."""
    CLOSED = "closed"
    """Nothing more is sent or received."""


class Cause(Enum):
    """What moves a stream from one phase to another."""

    START = "the stream header was sent or is awaited"
    TLS_AGREED = "both sides agreed on STARTTLS, or TLS comes first"
    TLS_DONE = "the TLS handshake succeeded"
    COMPRESSION_AGREED = "both sides agreed on compression"
    COMPRESSION_ON = "the compression layer is in place"
    RESTART = "a feature demands a new stream"
    REOPENED = "the new stream header was sent or is awaited"
    COMPLETE = "every mandatory feature is negotiated"
    CLOSE = "a closing tag was sent or received"
    SUSPEND = "the transport was lost, the stream can be resumed"
    END = "both closing tags were seen, or the transport is gone"


TRANSITIONS: dict[tuple[Phase, Cause], Phase] = {
    (Phase.CONNECTED, Cause.START): Phase.NEGOTIATING,
    (Phase.CONNECTED, Cause.TLS_AGREED): Phase.TLS_HANDSHAKE,
    (Phase.CONNECTED, Cause.END): Phase.CLOSED,
    (Phase.NEGOTIATING, Cause.TLS_AGREED): Phase.TLS_HANDSHAKE,
    (Phase.NEGOTIATING, Cause.COMPRESSION_AGREED): Phase.COMPRESSING,
    (Phase.NEGOTIATING, Cause.RESTART): Phase.RESTARTING,
    (Phase.NEGOTIATING, Cause.COMPLETE): Phase.ESTABLISHED,
    (Phase.NEGOTIATING, Cause.CLOSE): Phase.CLOSING,
    (Phase.NEGOTIATING, Cause.END): Phase.CLOSED,
    (Phase.TLS_HANDSHAKE, Cause.TLS_DONE): Phase.RESTARTING,
    (Phase.TLS_HANDSHAKE, Cause.END): Phase.CLOSED,
    (Phase.COMPRESSING, Cause.COMPRESSION_ON): Phase.RESTARTING,
    (Phase.COMPRESSING, Cause.CLOSE): Phase.CLOSING,
    (Phase.COMPRESSING, Cause.END): Phase.CLOSED,
    (Phase.RESTARTING, Cause.REOPENED): Phase.NEGOTIATING,
    (Phase.RESTARTING, Cause.CLOSE): Phase.CLOSING,
    (Phase.RESTARTING, Cause.END): Phase.CLOSED,
    (Phase.ESTABLISHED, Cause.CLOSE): Phase.CLOSING,
    (Phase.ESTABLISHED, Cause.SUSPEND): Phase.SUSPENDED,
    (Phase.ESTABLISHED, Cause.END): Phase.CLOSED,
    (Phase.SUSPENDED, Cause.END): Phase.CLOSED,
    (Phase.CLOSING, Cause.CLOSE): Phase.CLOSED,
    (Phase.CLOSING, Cause.END): Phase.CLOSED,
}


def move(phase: Phase, cause: Cause) -> Phase:
    """The phase that `cause` leads to from `phase`. Raises KeyError for a move that does not exist."""
    return TRANSITIONS[phase, cause]
