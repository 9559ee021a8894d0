"""Stream Compression (XEP-0138): behind the login and before a resource is bound or a stream resumed (XEP-0170 section 2.2).

<compress><method>zlib</method></compress> ->    <- <compressed/>    from the next byte on, both sides compress a new stream
                                                 <- <failure/>       ... or the stream goes on as it is

It is obsolete, since it can give secrets away: see the explanation of security. Neither half does it unless it is asked to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from ...protocol.stream_compression import Compress, Compressed, Compression, CompressionCondition, CompressionFailure
from ...xml import Element, Name
from ..compression import METHOD
from ..errors import StreamErrorCondition
from ..events import CompressionFailed, CompressionStarted
from ..header import StreamFault
from .base import Conversation, Feature, Outcome, receive_element

if TYPE_CHECKING:
    from ..negotiation import Negotiation

_COMPRESS = Compress.element_names[0]
_COMPRESSED = Compressed.element_names[0]
_FAILURE = CompressionFailure.element_names[0]


class StreamCompression(Feature):
    """The built-in feature for compression, where `ClientConfig.compression` or `ServerConfig.compression` says so."""

    name: ClassVar[str] = "compression"
    element: ClassVar[Name] = Compression.element_names[0]
    requires: ClassVar[frozenset[str]] = frozenset({"sasl"})

    def advertise(self, stream: Negotiation) -> list[Element]:
        config = stream.server_config
        offered = config is not None and config.compression and self.ready(stream) and stream.jid is None
        return [Compression(methods=[METHOD]).to_element()] if offered else []

    def accepts(self, stream: Negotiation, element: Element) -> bool:
        return element.name == _COMPRESS and stream.server_config is not None

    def receive(self, stream: Negotiation, element: Element) -> Conversation:
        methods = [child.text.strip() for child in element.elements() if child.name == (element.namespace, "method")]
        if not self.advertise(stream):
            stream.send(CompressionFailure(condition=CompressionCondition.SETUP_FAILED).to_element())
            return Outcome.NEXT
        if METHOD not in methods:
            stream.send(CompressionFailure(condition=CompressionCondition.UNSUPPORTED_METHOD).to_element())
            return Outcome.NEXT
        stream.send(Compressed().to_element())
        stream.switch_to_compression()
        yield CompressionStarted(METHOD)
        return Outcome.RESTART

    def initiate(self, stream: Negotiation, offered: Element | None) -> Conversation | None:
        config = stream.client_config
        if offered is None or config is None or not config.compression or stream.jid is not None:
            return None
        methods = [child.text.strip() for child in offered.elements() if child.name == (offered.namespace, "method")]
        return self._initiate(stream) if METHOD in methods else None

    def _initiate(self, stream: Negotiation) -> Conversation:
        stream.send(Compress(methods=[METHOD]).to_element())
        reply = yield from receive_element()
        if reply.name == _FAILURE:
            condition = next(
                (child.local for child in reply.elements() if child.local != "text"), "undefined-condition"
            )
            yield CompressionFailed(condition)
            return Outcome.DONE
        if reply.name != _COMPRESSED:
            raise StreamFault(StreamErrorCondition.UNSUPPORTED_STANZA_TYPE, "expected <compressed/> or <failure/>")
        stream.switch_to_compression()
        yield CompressionStarted(METHOD)
        return Outcome.RESTART
