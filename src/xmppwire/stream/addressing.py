"""Addresses of stanzas between servers (RFC 6120 sections 8.1.1.2 and 8.1.2.2), and of components (XEP-0114 section 3)."""

from __future__ import annotations

from ..jid import JID, JIDError
from ..stanza import Iq, Message, Presence, Stanza
from ..xml import Element
from .errors import LocalProtocolError, StreamError, StreamErrorCondition
from .federation import Federation


def addressing_problem(
    federation: Federation | None, stanza: Message | Presence | Iq, peer: JID | None
) -> StreamError | None:
    """The stream error for a stanza that `peer`, a server or a component, must not send; None if all is well.

    Both addresses are there. The sender is of the domain that logged in, or, between servers, may write to the recipient's
    domain as SASL or dialback has shown; on a stream of one direction that we opened, only we send stanzas.
    """
    if federation is not None and not federation.accepted and federation.granted:
        return StreamError(StreamErrorCondition.NOT_AUTHORIZED, "stanzas flow in one direction on this stream", "en")
    if federation is not None and not federation.accepted:
        return StreamError(StreamErrorCondition.NOT_AUTHORIZED, "a stanza before any domain was verified", "en")
    if stanza.sender is None or stanza.to is None:
        return StreamError(StreamErrorCondition.IMPROPER_ADDRESSING, "'from' and 'to' are both needed", "en")
    sender, to = stanza.sender.domainpart, stanza.to.domainpart
    if federation is None:
        known = peer is not None and sender == peer.domainpart  # where it leads is the server's business
    elif (sender, to) in federation.accepted:
        return None
    else:
        known = any(sender == domain for domain, _ in federation.accepted)
    if not known:
        return StreamError(StreamErrorCondition.INVALID_FROM, "'from' is not of a domain that was verified here", "en")
    if federation is None:
        return None
    if to not in federation.served:
        return StreamError(StreamErrorCondition.HOST_UNKNOWN, "'to' is of a domain that is not served here", "en")
    return StreamError(StreamErrorCondition.NOT_AUTHORIZED, "these two domains were not verified together", "en")


def sending_problem(federation: Federation, item: Stanza | Element) -> str | None:
    """Why a stanza cannot be sent on a stream between servers; None if it can."""
    if isinstance(item, Element) and item.local not in ("message", "presence", "iq"):
        return None
    try:
        sender, to = _addresses(item)
    except JIDError as error:
        return f"a stanza between servers needs both addresses: {error}"
    if sender is None or to is None:
        return "a stanza between servers needs both addresses"
    if (sender.domainpart, to.domainpart) not in federation.granted:
        return f"nothing shows {to.domainpart} on this stream that we are {sender.domainpart}"
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
