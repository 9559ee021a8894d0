"""Stream Limits Advertisement (XEP-0478): how much the receiving entity takes, said before anybody has to find out.

There is nothing to negotiate. The receiving entity says in its features how long an element and a silence may be; the
initiating entity sends nothing longer (`Connection.send` raises), and is never silent for so long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...payload import PayloadError
from ...protocol.stream_limits import NAMESPACE, StreamLimits
from ...xml import Element, Name
from .base import Conversation, Feature

if TYPE_CHECKING:
    from ..negotiation import Negotiation


class LimitsAdvertisement(Feature):
    """The built-in feature for limits."""

    name: ClassVar[str] = "limits"
    element: ClassVar[Name] = (NAMESPACE, "limits")

    def advertise(self, stream: Negotiation) -> list[Element]:
        if not stream.receiving.advertise_limits:
            return []
        limits = stream.config.limits
        now = limits.before_login if stream.account is None else limits.after_login
        idle = stream.config.idle_timeout
        seconds = None if idle is None or idle < 1 else int(idle)
        return [StreamLimits(max_bytes=now.stanza_bytes, idle_seconds=seconds).to_element()]

    def accepts(self, stream: Negotiation, element: Element) -> bool:
        return False

    def receive(self, stream: Negotiation, element: Element) -> Conversation:
        raise NotImplementedError("it accepts nothing")

    def initiate(self, stream: Negotiation, offered: Element | None) -> Conversation | None:
        return None  # see `limits_of`


def limits_of(stream: Negotiation) -> StreamLimits:
    """Initiating entity: what the features that came last say."""
    offered = stream.offered(LimitsAdvertisement.element)
    try:
        return StreamLimits() if offered is None else StreamLimits.from_element(offered)
    except PayloadError:
        return StreamLimits()  # it is a hint, and no reason to give up
