"""How much a peer may ask of us: one frozen record, each limit with its reason.

What is refused never depends on how the bytes were cut into packets. A limit of XML gives the stream error
`policy-violation` (RFC 6120 section 4.9.3.14); what a limit of another kind gives is said beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..xml import XMLLimits

BEFORE_LOGIN = XMLLimits(stanza_bytes=16 * 1024, depth=16, elements=128)
"""For a peer that has proved nothing: the longest honest element is a SASL message."""

AFTER_LOGIN = XMLLimits(stanza_bytes=256 * 1024)
"""For a peer that is known: what the servers in common use allow their clients."""

FROM_SERVER = XMLLimits(
    stanza_bytes=4 * 1024 * 1024, elements=50_000, depth=128, attributes=256, names=20_000, namespaces=8_000
)
"""For a client, from its own server. A roster is one stanza: 20 000 contacts with a name and a group take about 200 bytes and
two elements each. A server that fills both costs its client some 50 MiB for a while. The other bounds are wider than what a
server takes of others: it adds to what it passes on, and a stanza that ends the client's stream comes again out of the
archive."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one stream. Times are in seconds, sizes in bytes."""

    before_login: XMLLimits = BEFORE_LOGIN
    """XML limits until authentication has succeeded. 10 000 bytes a stanza is the floor that RFC 6120 13.12 sets."""

    after_login: XMLLimits = AFTER_LOGIN
    """XML limits once authentication has succeeded. Clients take longer stanzas: see `CLIENT_LIMITS`."""

    input_bytes: int = 64 * 1024
    """Bytes received and not yet pulled, beyond which `wants_read` turns false: one TLS record is 16 KiB."""

    output_high: int = 256 * 1024
    """Bytes waiting in the output, from which on `OutputHigh` asks the program to stop sending."""

    output_low: int = 64 * 1024
    """Bytes waiting in the output, below which `OutputLow` says that it may go on."""

    output_bytes: int = 16 * 1024 * 1024
    """Bytes waiting in the output, beyond which `send` raises: a peer that reads nothing must not cost memory."""

    handshake_seconds: float = 60.0
    """From `start` to the established stream, as most servers grant; then `connection-timeout`."""

    close_seconds: float = 5.0
    """How long to wait for the peer's closing tag (RFC 6120 section 4.4 leaves the time to us)."""

    sasl_attempts: int = 3
    """Failed logins that a server accepts on one stream: RFC 6120 section 6.4.5 recommends 2 to 5."""

    bind_attempts: int = 5
    """Failed tries at resource binding: RFC 6120 section 7.7.2.x recommends 5 to 10."""

    registration_attempts: int = 10
    """Requests to register that a server answers before a login (XEP-0077): a form, and some names that are taken."""

    resume_attempts: int = 3
    """Failed tries at resumption that a server answers on one stream (XEP-0198 section 5): an honest client has one stream to
    go on with."""

    restarts: int = 4
    """Stream restarts: TLS and SASL need two; a peer that restarts for ever gets `policy-violation`."""

    features: int = 64
    """Children of `<stream:features/>` that are looked at."""

    scram_iterations: tuple[int, int] = field(default=(4096, 1_000_000))
    """The SCRAM iteration counts that a client accepts: RFC 7677 asks for 4096; more than the upper bound is a way to
    keep the processor busy."""

    dialback_seconds: float = 30.0
    """How long the verification of a dialback key may take; then the peer hears `remote-server-timeout`. For the answer to a
    key of ours we wait twice as long, since the other side has to ask first."""

    dialback_pending: int = 16
    """Dialback keys of one stream that are under verification at once; beyond, `resource-constraint`."""

    peer_domains: int = 100
    """Domains that one peer shows by dialback on one stream; beyond, `resource-constraint`."""

    derive_inline: int = 16_384
    """Up to this many SCRAM iterations are computed at once; from there on `KeyDerivationRequested` asks the program
    to do it, so that an adapter can use a thread. 16 384 take 5 to 12 ms."""

    inflate_ratio: int = 100
    """Bytes that a compressed stream may give for each that came, over 64 KiB of them: chats give 5 to 20, a bomb 1000."""

    inflate_ahead: int = 256 * 1024
    """Bytes that it may give beyond that: the same stanza many times over is honest for a while."""

    def __post_init__(self) -> None:
        if not 0 < self.output_low <= self.output_high:
            raise ValueError("output_low lies between 1 and output_high: each mark would announce the other for ever")


CLIENT_LIMITS = Limits(after_login=FROM_SERVER)
"""The default of clients. A client chooses its server, and believes it more than a server believes those who log in. To change
one of them: `dataclasses.replace(CLIENT_LIMITS, handshake_seconds=20)`."""
