"""How a stream ends (RFC 6120 sections 4.4 and 4.9): one script for each way. The last event is always `StreamEnded`."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any

from ..xml import Element, StreamEnd
from . import dialback
from .config import InitiatingConfig
from .core import StreamCore
from .errors import StreamError, StreamErrorCondition
from .events import (
    EndReason,
    PeerClosed,
    SeeOtherHost,
    SeeOtherURI,
    StanzasAcknowledged,
    StanzasUnknown,
    StreamEnded,
    StreamErrorReceived,
    StreamErrorSent,
    StreamSuspended,
)
from .features.base import AWAIT, Step
from .framing import StreamClose, acceptable_uri
from .phases import Cause, Phase

Script = Generator[Step, Any, None]

_HOST = re.compile(
    r"\[(?P<v6>[0-9A-Fa-f:.]+)\](:(?P<port6>[0-9]{1,5}))?\Z|(?P<host>[^\s:\[\]/@]{1,1023})(:(?P<port>[0-9]{1,5}))?\Z"
)


def fault(core: StreamCore, error: StreamError) -> Script:
    """The peer broke the rules, or was too slow: say so, and end."""
    if core.phase is Phase.TLS_HANDSHAKE:  # not a byte of ours may stand between those of TLS
        core.end()
        yield StreamEnded(EndReason.TLS_FAILED, False, error, error.text or error.condition.value)
        return
    core.close_stream(error)
    core.move(Cause.CLOSE)
    yield StreamErrorSent(error)
    yield from _end(core, StreamEnded(EndReason.STREAM_ERROR_SENT, False, error, str(error)))


def peer_error(core: StreamCore, error: StreamError) -> Script:
    """The peer ends the stream with an error."""
    core.close_stream()
    _begin_closing(core)
    yield StreamErrorReceived(error)
    if error.condition is StreamErrorCondition.SEE_OTHER_HOST and (place := parse_host(error.content)) is not None:
        yield SeeOtherHost(place[0], place[1], error)
    clean = yield from _await_end()
    yield from _end(core, _refused_tls(core, StreamEnded(EndReason.STREAM_ERROR_RECEIVED, clean, error, str(error))))


def peer_closed(core: StreamCore, end: StreamEnd) -> Script:
    """The peer has sent its closing tag."""
    core.close_stream()
    _begin_closing(core)
    yield PeerClosed()
    if isinstance(end, StreamClose) and isinstance(core.config, InitiatingConfig):
        uri = acceptable_uri(end.see_other_uri, core.config.direct_tls)
        if uri is not None:
            yield SeeOtherURI(uri)
    yield from _end(core, _refused_tls(core, StreamEnded(EndReason.PEER_CLOSE, True)))


def close(
    core: StreamCore, error: StreamError | None, reason: EndReason, text: str = "", *, see_other_uri: str | None = None
) -> Script:
    """We end the stream: our closing tag goes out, the peer's is awaited, and what it still sends is delivered."""
    core.close_stream(error, see_other_uri)
    _begin_closing(core)
    clean = yield from _await_end()
    yield from _end(core, StreamEnded(reason, clean, error, text))


def lost(core: StreamCore, reason: EndReason, text: str) -> Script:
    """The transport is gone, or cannot be used. A managed stream may go on over another one (XEP-0198 section 5)."""
    if core.phase is Phase.ESTABLISHED and (state := core.resumption) is not None:
        core.move(Cause.SUSPEND)
        yield StreamSuspended(state)
        core.end()
        yield StreamEnded(reason, False, None, text)
    else:
        yield from _end(core, _refused_tls(core, StreamEnded(reason, False, None, text)))


def _refused_tls(core: StreamCore, ended: StreamEnded) -> StreamEnded:
    """The end, with its reason where the peer ended the stream since it was asked for TLS."""
    if not core.tls_unoffered or ended.reason is EndReason.LOCAL_CLOSE:
        return ended
    text = "the server does not offer STARTTLS, and ended the stream when it was asked for it"
    return StreamEnded(EndReason.TLS_FAILED, ended.clean, ended.error, f"{text}: {ended.text}" if ended.text else text)


def _end(core: StreamCore, ended: StreamEnded) -> Script:
    """The stream is over for good. What the peer did not confirm has an uncertain fate, and the program hears of it."""
    core.end()
    yield from dialback.abandon(core)
    if core.untold:
        yield StanzasAcknowledged(core.untold)
    if core.acks is not None and (left := core.acks.leftover()):
        yield StanzasUnknown(left, [when for _, when in core.acks.left()])
    yield ended


def _begin_closing(core: StreamCore) -> None:
    core.move(Cause.CLOSE)
    clock = core.clock
    clock.handshake = clock.keepalive_after = clock.idle_after = clock.certificate = clock.ask = clock.asked = None
    clock.dialback = None
    clock.close = core.now + core.config.limits.close_seconds


def _await_end() -> Generator[Step, Any, bool]:
    """Wait for the peer's closing tag. True if it came, False if the transport ended or the time was up.

    What is resumed with: `StreamEnd`; None for the end of the transport or of the time; an element that is of no use now.
    """
    while True:
        item: Element | StreamEnd | None = yield AWAIT
        if item is None:
            return False
        if isinstance(item, StreamEnd):
            return True


def parse_host(text: str | None) -> tuple[str, int | None] | None:
    """The address in `<see-other-host/>` (section 4.9.3.19): a name or IP address, IPv6 in brackets, perhaps a port."""
    match = _HOST.match(text or "")
    if match is None:
        return None
    port = match["port6"] or match["port"]
    if port is not None and not 0 < int(port) < 65536:
        return None
    return match["v6"] or match["host"], int(port) if port is not None else None
