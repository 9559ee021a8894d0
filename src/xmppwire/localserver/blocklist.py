"""Whom an account blocks (XEP-0191)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ..jid import JID


class BlockList:
    """The addresses that the account with the bare JID `own` blocks."""

    def __init__(self, own: JID) -> None:
        self._own = own
        self._jids: dict[JID, None] = {}

    def __iter__(self) -> Iterator[JID]:
        return iter(self._jids)

    def __len__(self) -> int:
        return len(self._jids)

    def blocks(self, jid: JID) -> bool:
        """Whether the address is blocked. The clients of one account cannot block each other."""
        return bool(self._jids) and jid.bare != self._own and matches(self._jids, jid)

    def add(self, jids: Iterable[JID]) -> None:
        """Block these as well."""
        self._jids.update(dict.fromkeys(jids))

    def remove(self, jids: Iterable[JID]) -> None:
        """Block these no longer."""
        for jid in jids:
            self._jids.pop(jid, None)


def matches(listed: Collection[JID], jid: JID) -> bool:
    """Whether an address is one of those listed, or in an account or domain that is (section 5)."""
    if jid in listed or jid.bare in listed or jid.domain in listed:
        return True
    return jid.resourcepart is not None and JID.from_parts(None, jid.domainpart, jid.resourcepart) in listed
