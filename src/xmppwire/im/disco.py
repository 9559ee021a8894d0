"""Service discovery (XEP-0030): what is there, and what it can do."""

from __future__ import annotations

from ..jid import JID
from ..operation import Operation, request
from ..protocol.disco import DiscoInfo, DiscoItem, DiscoItems
from ..stanza import Iq


def fetch_info(target: JID | str | None = None, node: str | None = None) -> Operation[DiscoInfo]:
    """What `target` (None: the own account), or a node of it, is and can do. Raises what `request` raises."""
    reply = yield from request(Iq("get", target, payload=DiscoInfo(node=node)))
    return reply.get(DiscoInfo) or DiscoInfo(node=node)


def fetch_items(target: JID | str | None = None, node: str | None = None) -> Operation[list[DiscoItem]]:
    """What belongs to `target`, or to a node of it. Raises what `request` raises."""
    reply = yield from request(Iq("get", target, payload=DiscoItems(node=node)))
    found = reply.get(DiscoItems)
    return [] if found is None else found.items
