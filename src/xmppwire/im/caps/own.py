"""The hashes of what we say about ourselves."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...protocol import caps, caps2
from ...protocol.caps import Caps
from ...protocol.caps2 import Caps2
from ...protocol.disco import DiscoInfo, DiscoItem, DiscoItems
from ...protocol.hashes import HashAlgorithm
from ...session import IqRequest
from ...stanza import Presence, StanzaError
from ..disco import OwnInfo

ANNOUNCED = 3
"""How many sets of hashes are answered for: the present one, and those before it that others may still ask about (XEP-0390
section 6.1)."""


@dataclass(frozen=True, slots=True)
class _Announcement:
    """What was said of which info. `nodes` are those by which it is asked for."""

    info: DiscoInfo
    caps: Caps
    hashes: Caps2
    nodes: frozenset[str]


class OwnCaps:
    """The capabilities of `own`, announced in presence. `node` is a URI for the software, best one where people can read about
    it (XEP-0115 section 4); `algorithms` are the hash functions of XEP-0390.

    Others ask for nodes that are named after the hashes; from here on `own` answers for those too.
    """

    def __init__(
        self,
        own: OwnInfo,
        node: str,
        *,
        algorithms: Iterable[str] = (HashAlgorithm.SHA_256, HashAlgorithm.SHA3_256),
    ) -> None:
        self._own = own
        self._node = node
        self._algorithms = tuple(algorithms)
        self._announced: deque[_Announcement] = deque(maxlen=ANNOUNCED)
        own.add_features(caps.NAMESPACE, caps2.NAMESPACE)
        own.add_source(self)

    @property
    def changed(self) -> bool:
        """Whether what we are and can do is not what was announced last: it is time for another presence (XEP-0115
        section 6.1)."""
        return not self._announced or self._announced[-1].info != self._own.info()

    def payloads(self) -> tuple[Caps, Caps2]:
        """The hashes of what we are and can do now, which counts as announced from here on.

        Raises IllFormedError (a ValueError) for info that no hash can be made of: with an identity, a feature or a form twice.
        """
        if self.changed:
            info = self._own.info()
            old = Caps(node=self._node, ver=caps.verification_string(info), hash=HashAlgorithm.SHA_1)
            new = caps2.hash_set(info, self._own.language, self._algorithms)
            nodes = frozenset((old.disco_node, *map(caps2.hash_node, new.hashes)))
            self._announced.append(_Announcement(info, old, new, nodes))
        newest = self._announced[-1]
        return newest.caps, newest.hashes

    def annotate(self, presence: Presence) -> Presence:
        """A copy of a presence with our capabilities in it, as belongs to every available presence. Others are returned as they
        are. Raises what `payloads` raises."""
        if presence.type is not None:
            return presence
        return presence.without(Caps).without(Caps2).with_(*self.payloads())

    def info(self, node: str, request: IqRequest[DiscoInfo]) -> DiscoInfo | StanzaError | None:
        """What was announced by a hash."""
        return next((one.info for one in reversed(self._announced) if node in one.nodes), None)

    def items(self, node: str, request: IqRequest[DiscoItems]) -> Sequence[DiscoItem] | StanzaError | None:
        """Nothing belongs to a hash."""
        return [] if any(node in one.nodes for one in self._announced) else None
