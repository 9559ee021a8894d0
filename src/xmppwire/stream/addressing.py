"""Addresses of stanzas between servers (RFC 6120 sections 8.1.1.2 and 8.1.2.2), and of components (XEP-0114 section 3)."""

from __future__ import annotations

from ..jid import JID, JIDError
from ..stanza import Iq, Message, Presence, Stanza
from ..xml import Element
from .config import ComponentServerConfig, Config, ReceivingConfig
from .errors import LocalProtocolError, StreamError, StreamErrorCondition


def addressing_problem(config: Config, stanza: Message | Presence | Iq, peer: JID | None) -> StreamError | None:
    """The stream error for a stanza that `peer`, a server or a component, must not send; None if all is well.

    Both addresses are there; the sender is of the domain that logged in, the recipient of one that is ours, unless a component
    sends; and on a stream that we opened, only we send stanzas.
    """
    if not isinstance(config, ReceivingConfig):
        return StreamError(StreamErrorCondition.NOT_AUTHORIZED, "stanzas flow in one direction on this stream", "en")
    if stanza.sender is None or stanza.to is None:
        return StreamError(StreamErrorCondition.IMPROPER_ADDRESSING, "'from' and 'to' are both needed", "en")
    if peer is None or stanza.sender.domainpart != peer.domainpart:
        return StreamError(StreamErrorCondition.INVALID_FROM, "'from' is not of the domain that logged in", "en")
    if isinstance(config, ComponentServerConfig):
        return None  # where it leads is the server's business
    if stanza.to.domainpart not in {JID(domain).domainpart for domain in config.domains}:
        return StreamError(StreamErrorCondition.HOST_UNKNOWN, "'to' is of a domain that is not served here", "en")
    return None


def complete_sender(item: Stanza | Element, component: JID) -> bool:
    """Put the component's own address where a stanza has no sender; True if so.

    Raises `LocalProtocolError` for a stanza that would end the stream of a component.
    """
    if isinstance(item, Element) and item.local not in ("message", "presence", "iq"):
        return False
    try:
        sender, to = _addresses(item)
    except JIDError as error:
        raise LocalProtocolError(f"a stanza of a component needs both addresses: {error}") from None
    if to is None:
        raise LocalProtocolError("a stanza of a component says whom it is for")
    if sender is not None and sender.domainpart != component.domainpart:
        raise LocalProtocolError(f"{sender} is not of the component's domain, {component}")
    if sender is None and isinstance(item, Stanza):
        item.sender = component
        return True
    return False


def _addresses(item: Stanza | Element) -> tuple[JID | None, JID | None]:
    if isinstance(item, Stanza):
        return item.sender, item.to
    return JID(item.get("from") or ""), JID(item.get("to") or "")
