"""Server Dialback (XEP-0220) as a way to begin: what the two ends of a stream do where no certificate shows who we are.

<db:result from='us' to='them'>key</> ->    <- <db:result from='them' to='us' type='valid'/>

The peer asks our authoritative server meanwhile. From here on the stream is open, and `stream.dialback` goes on with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...protocol.server_dialback import FEATURE_NAMESPACE, NAMESPACE
from ...xml import Element, Name
from .. import dialback
from ..errors import StreamErrorCondition
from ..events import EndReason, PairRefused
from ..header import StreamFault
from .base import Conversation, Feature, GiveUp, Outcome, receive_element

if TYPE_CHECKING:
    from ..negotiation import Negotiation

FEATURE = (FEATURE_NAMESPACE, "dialback")
ERRORS = (FEATURE_NAMESPACE, "errors")


class ServerDialback(Feature):
    """The built-in feature that begins with dialback."""

    name: ClassVar[str] = "dialback"
    element: ClassVar[Name] = FEATURE

    def advertise(self, stream: Negotiation) -> list[Element]:
        federation = stream.federation
        if federation.secret is None or (federation.require_tls and not federation.secured):
            return []
        return [Element(FEATURE, {}, [Element(ERRORS)])]

    def accepts(self, stream: Negotiation, element: Element) -> bool:
        return element.namespace == NAMESPACE and stream.federation.secret is not None

    def receive(self, stream: Negotiation, element: Element) -> Conversation:
        stream.core.deferred.append(element)  # what is wrong with it is said in the words of dialback
        return Outcome.DONE
        yield  # a generator that waits for nothing

    def initiate(self, stream: Negotiation, offered: Element | None) -> Conversation | None:
        federation = stream.federation
        federation.errors_known = offered is not None and offered.find(ERRORS) is not None
        if stream.account is not None or federation.secret is None:
            return None
        if not federation.login:
            return self._wait_for_keys()
        return self._initiate(stream) if federation.dialback_left else None

    def _wait_for_keys(self) -> Conversation:
        """Nothing is to be shown: the stream is for `Connection.verify_key`."""
        return Outcome.DONE
        yield  # a generator that waits for nothing

    def _initiate(self, stream: Negotiation) -> Conversation:
        federation = stream.federation
        pair = (str(stream.initiating.address), stream.initiating.domain)
        if not federation.stream_id:
            raise StreamFault(StreamErrorCondition.BAD_FORMAT, "without an id of the stream there is no dialback")
        dialback.send_key(stream.core, pair, None)
        while pair in federation.asked:
            element = yield from receive_element()
            if element.namespace != NAMESPACE:
                raise StreamFault(StreamErrorCondition.NOT_AUTHORIZED, "a result of dialback is awaited")
            if (event := dialback.handle(stream.core, element)) is not None:
                yield event
                if isinstance(event, PairRefused):
                    text = f"dialback: {event.condition}" + (f" ({event.text})" if event.text else "")
                    raise GiveUp(EndReason.AUTHENTICATION_FAILED, text)
        return Outcome.DONE
