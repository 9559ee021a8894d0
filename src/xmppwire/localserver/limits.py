"""How much the local server keeps for its accounts and their clients: one record, each limit with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..stanza import Stanza, write_stanza
from ..stream.limits import Limits
from .rooms.limits import RoomLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalLimits:
    """Bounds of the local server; beyond each, what the standard names happens."""

    stream: Limits = field(default_factory=Limits)
    """The limits of each stream."""

    rooms: RoomLimits = field(default_factory=RoomLimits)
    """How much rooms keep (XEP-0045)."""

    queue_bytes: int = 2 * 1024 * 1024
    """Output that may wait for one client: a long roster, and the presence of all who are in it. A client that does not read is
    closed with `resource-constraint`, so that it costs the others nothing (RFC 6120 section 4.9.3.17)."""

    links: int = 1000
    """Streams open at once. More are refused with `resource-constraint`."""

    accounts: int = 1000
    """Accounts that there may be before people can make no more themselves (XEP-0077): `resource-constraint`."""

    resources: int = 20
    """Connected resources of one account. More are refused at binding with `resource-constraint` (RFC 6120 7.6.2.1)."""

    devices: int = 20
    """Installations of one account that have a token (XEP-0484). The one that used its own longest ago is forgotten."""

    roster_items: int = 5000
    """Items in one roster. More are refused with `not-allowed`."""

    roster_bytes: int = 2 * 1024 * 1024
    """Characters in one roster, with what is around them. It is sent in one stanza; more are refused with `not-allowed`."""

    roster_name: int = 256
    """Characters in the name of a roster item or group, else `not-acceptable` (RFC 6121 section 2.3.3)."""

    roster_groups: int = 32
    """Groups of one roster item, else `not-acceptable`."""

    requests: int = 100
    """Subscription requests that wait for one account: RFC 6121 section 3.1.3 warns of floods of them."""

    offline_messages: int = 100
    """Messages kept for one account that is away. The next one is answered with `service-unavailable` (XEP-0160)."""

    offline_bytes: int = 512 * 1024
    """Their size together."""

    archive_messages: int = 10_000
    """Messages in the archive of one account (XEP-0313). The oldest go."""

    archive_bytes: int = 8 * 1024 * 1024
    """Their size together, in characters."""

    archive_page: int = 100
    """Messages that one query brings at most; a quarter of `queue_bytes` bounds them as well."""

    archive_preferences: int = 1000
    """Addresses that one account names in its preferences (XEP-0441). More are refused with `resource-constraint`."""

    private_elements: int = 100
    """Elements that one account keeps for itself (XEP-0049). More are refused with `resource-constraint`."""

    private_bytes: int = 512 * 1024
    """Their size together, in characters."""

    nodes: int = 100
    """Nodes of one account (XEP-0163). More are refused with `resource-constraint`."""

    node_name: int = 1023
    """Characters in the name of a node or item, and in each setting of a node, else `not-acceptable`."""

    node_items: int = 1000
    """Items in one node; `max` stands for this (XEP-0060). The oldest go."""

    node_bytes: int = 2 * 1024 * 1024
    """Characters in all items of one account. What goes beyond is refused with `resource-constraint`."""

    node_members: int = 1000
    """Addresses that have an affiliation with one node, and addresses that subscribed to it."""

    pushes: int = 20
    """Nodes of push services that one account has enabled (XEP-0357). More are refused with `resource-constraint`."""

    push_options: int = 8192
    """Characters in what is published with each notification, and in the name of its node, else `not-acceptable`."""

    interests: int = 200
    """Nodes that one client wants to hear of."""

    found: int = 50
    """Users that one search finds (XEP-0055)."""

    command_sessions: int = 5
    """Commands of one user that wait for a form to be submitted (XEP-0050). The next one ends the oldest."""

    suspended: int = 1000
    """Clients whose transport was lost and that may still resume (XEP-0198). Beyond them the one that is away for longest is
    given up. What waits for one of them is bounded by `queue_bytes` and by `StreamManagement.queue`: beyond, it is given up."""

    blocked: int = 1000
    """Addresses that one account blocks (XEP-0191). More are refused with `resource-constraint`, and so is a list longer than
    `answer_bytes`."""

    reports: int = 200
    """Reports about those who are blocked (XEP-0377) that the program has not taken. The oldest go."""

    report_text: int = 1000
    """Characters of the text of a report that are kept."""

    directed: int = 1000
    """Addresses that one client sent directed presence to: each must be told when it goes."""

    peers: int = 200
    """Streams with other servers that are open at once, and domains that one is opened to. More are refused with
    `resource-constraint`. Strangers get half of both: peers that have not shown yet who they are, and domains that only wait
    for a reply, whose names a peer may have made up."""

    peer_stanzas: int = 100
    """Stanzas that wait while a stream to another server is opened; `queue_bytes` bounds them as well. The next one is
    answered with `resource-constraint`."""

    @property
    def strangers(self) -> int:
        """The half of `peers` that strangers get."""
        return (self.peers + 1) // 2

    @property
    def answer_bytes(self) -> int:
        """How long a list may be in an answer, so that the whole stanza is not too long for those who ask."""
        return self.stream.after_login.stanza_bytes * 3 // 4

    def is_too_long(self, stanza: Stanza) -> bool:
        """Whether a stanza is longer than those whom it is for have to take: other servers may have our limits."""
        return len(write_stanza(stanza).encode()) > self.stream.after_login.stanza_bytes


def narrowed(limits: Limits, part: int) -> Limits:
    """Limits of a stream without this part of what they allow of XML, though not of bytes, which the router looks after.

    What one client sends, others get with more in it: wrapped as a copy or out of the archive, marked by a room, with an
    address. They have the same limits, perhaps, and a stanza beyond them would cost them their streams.
    """
    xml = limits.after_login
    names = ("depth", "elements", "attributes", "names", "namespaces")
    less = {name: getattr(xml, name) - getattr(xml, name) // part for name in names}
    return replace(limits, after_login=replace(xml, **less))
