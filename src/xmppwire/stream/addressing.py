"""Addresses of stanzas between servers (RFC 6120 sections 8.1.1.2 and 8.1.2.2)."""

from __future__ import annotations

from ..jid import JID
from ..stanza import Iq, Message, Presence
from .config import Config, ReceivingConfig
from .errors import StreamError, StreamErrorCondition


def addressing_problem(config: Config, stanza: Message | Presence | Iq, peer: JID | None) -> StreamError | None:
    """The stream error for a stanza that `peer`, a server, must not send; None if all is well.

    Both addresses are there; the sender is of the domain that logged in, the recipient of one that is ours; and on a stream
    that we opened, only we send stanzas.
    """
    if not isinstance(config, ReceivingConfig):
        return StreamError(StreamErrorCondition.NOT_AUTHORIZED, "stanzas flow in one direction on this stream", "en")
    if stanza.sender is None or stanza.to is None:
        return StreamError(StreamErrorCondition.IMPROPER_ADDRESSING, "'from' and 'to' are needed between servers", "en")
    if peer is None or stanza.sender.domainpart != peer.domainpart:
        return StreamError(StreamErrorCondition.INVALID_FROM, "'from' is not of the domain that logged in", "en")
    if stanza.to.domainpart not in {JID(domain).domainpart for domain in config.domains}:
        return StreamError(StreamErrorCondition.HOST_UNKNOWN, "'to' is of a domain that is not served here", "en")
    return None
