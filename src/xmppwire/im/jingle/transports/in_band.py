"""In-Band Bytestreams as a transport (XEP-0261): what is offered, and what is answered.

The initiator of the session then opens the stream that both have agreed on, with `InBandStreams` for example.
"""

from __future__ import annotations

from typing import Final

from ....protocol.in_band_bytestreams import BlockStanza
from ....protocol.jingle_in_band import InBandTransport

BLOCK_SIZE: Final = 4096
"""How many bytes a block has where nobody says otherwise; servers are used to no more."""


def in_band_offer(sid: str, block_size: int = BLOCK_SIZE) -> InBandTransport:
    """The transport to offer: the name of the stream, and the longest block in bytes."""
    return InBandTransport(sid=sid, block_size=block_size, stanza=BlockStanza.IQ)


def in_band_answer(offered: InBandTransport, block_size: int = BLOCK_SIZE) -> InBandTransport:
    """What answers an offer: the same stream, with shorter blocks where ours are to be shorter (section 2.2)."""
    return offered.replace(block_size=min(offered.block_size, block_size))


def in_band_agreed(offered: InBandTransport, answered: InBandTransport) -> InBandTransport:
    """The stream that was agreed on. Raises ValueError where the answer is about another one, or wants longer blocks."""
    if answered.sid != offered.sid or answered.stanza is not offered.stanza:
        raise ValueError("the answer is about another stream")
    if not 0 < answered.block_size <= offered.block_size:
        raise ValueError("the answer wants longer blocks, or none")
    return answered
