"""Which nodes a client wants to hear of (XEP-0163 section 4.2): its capabilities say it (XEP-0115), which the server asks for.

The answer of one client holds for all with the same hash, if the hash is right. A wrong one holds for that client alone.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from ...jid import JID
from ...payload import PayloadError
from ...protocol.caps import Caps, verify
from ...protocol.disco import DiscoInfo
from ...stanza import Iq, IqType, Presence

if TYPE_CHECKING:
    from ..accounts import Account
    from ..hub import Hub
    from ..link import Link

KEPT = 1000
"""Hashes whose meaning is remembered."""
_SUFFIX = "+notify"


class Interests:
    """Finds out what clients are interested in."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._known: OrderedDict[tuple[str | None, str], frozenset[str]] = OrderedDict()
        self._asked: dict[JID, tuple[str, Caps]] = {}
        """The question that each client has not answered yet: one at a time."""

    def of(self, link: Link, account: Account, presence: Presence, now: float) -> frozenset[str] | None:
        """What a client is interested in that has sent this presence; None where that is to be asked first, or where it says
        nothing about that."""
        try:
            caps = presence.get(Caps)
        except PayloadError:
            caps = None
        if caps is None or link.jid is None:
            return None
        known = self._known.get((caps.hash, caps.ver))
        if known is None:
            asked = self._asked.get(link.jid)
            if asked is None or asked[1] != caps:
                id_ = self._hub.fresh_id()
                self._asked[link.jid] = (id_, caps)
                question = DiscoInfo(node=caps.disco_node)
                link.queue(Iq(IqType.GET, link.jid, payload=question, sender=account.jid, id=id_), now)
        return known

    def answered(self, link: Link, iq: Iq) -> frozenset[str] | None:
        """What a client is interested in that has answered; None for an answer to nothing."""
        id_, caps = (None, None) if link.jid is None else self._asked.get(link.jid, (None, None))
        if caps is None or link.jid is None or iq.id != id_:
            return None
        del self._asked[link.jid]
        try:
            info = iq.get(DiscoInfo) if iq.type is IqType.RESULT else None
        except PayloadError:
            info = None
        if info is None:
            return frozenset()
        nodes = sorted(name.removesuffix(_SUFFIX) for name in info.features if name.endswith(_SUFFIX))
        found = frozenset(nodes[: self._hub.limits.interests])
        if verify(caps, info):
            self._known[caps.hash, caps.ver] = found
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        return found

    def forget(self, link: Link) -> None:
        """A client is gone."""
        if link.jid is not None:
            self._asked.pop(link.jid, None)
