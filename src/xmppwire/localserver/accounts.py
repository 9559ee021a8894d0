"""The accounts of the local server, in memory. No password is kept, only what SCRAM stores of it (RFC 5802 section 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..jid import JID
from ..sasl import StoredCredentials
from ..xml import Name
from .archive_preferences import Preferences
from .blocklist import BlockList
from .directory import Listing
from .offline import OfflineMessages
from .roster import Roster

if TYPE_CHECKING:
    from ..protocol.data_forms import DataForm
    from .archive import Archive
    from .limits import LocalLimits
    from .link import Link
    from .pep.nodes import Node

HASHES = ("sha512", "sha256", "sha1")
"""What SCRAM may be run with here."""

ITERATIONS = 4096
"""The floor that RFC 7677 sets: three derivations take about ten milliseconds, and this is no server for secrets."""


class Account:
    """One user: credentials, roster, what is kept for it, and the resources that are connected now.

    `resources` maps resourceparts to links, in the order of binding.
    """

    def __init__(self, jid: JID, credentials: dict[str, StoredCredentials], limits: LocalLimits, instance: str) -> None:
        self.jid = jid
        self.credentials = credentials
        self.roster = Roster(limits, instance)
        self.offline = OfflineMessages(limits)
        self.blocked = BlockList(jid)
        self.archive: Archive | None = None
        self.archiving = Preferences()
        self.private: dict[Name, str] = {}
        """What the user keeps for itself (XEP-0049)."""
        self.vcard: str | None = None
        self.photo: bytes | None = None
        """The SHA-1 of the user's picture (XEP-0153); empty where there is none any more."""
        self.listing = Listing()
        """What of the vCard is in the directory (XEP-0055)."""
        self.pushes: dict[tuple[JID, str | None], DataForm | None] = {}
        """The nodes of push services that are told (XEP-0357), and with what options."""
        self.nodes: dict[str, Node] = {}
        """What the user publishes (XEP-0163)."""
        self.resources: dict[str, Link] = {}
        self.temporary = False
        """Whether it ends with the stream (ANONYMOUS)."""
        self.last_seen: float | None = None
        """When the last available resource became unavailable, on the clock of the engine."""
        self.last_status = ""
        """What it said in going."""

    def available(self) -> list[Link]:
        """The resources that have sent initial presence (RFC 6121 section 4.2)."""
        return [link for link in self.resources.values() if link.presence is not None]

    def interested(self) -> list[Link]:
        """The resources that have asked for the roster (RFC 6121 section 2.2)."""
        return [link for link in self.resources.values() if link.interested]


class Accounts:
    """All accounts, by bare JID."""

    def __init__(self, random: Callable[[int], bytes], limits: LocalLimits, iterations: int = ITERATIONS) -> None:
        self._random = random
        self._limits = limits
        self._iterations = iterations
        self._accounts: dict[JID, Account] = {}

    def __contains__(self, jid: object) -> bool:
        return jid in self._accounts

    def __len__(self) -> int:
        return len(self._accounts)

    def __iter__(self) -> Iterator[Account]:
        return iter(list(self._accounts.values()))

    def get(self, jid: JID | None) -> Account | None:
        """The account with this bare JID, or the bare form of this one."""
        return None if jid is None else self._accounts.get(jid.bare)

    def add(self, jid: JID, password: str | None) -> Account:
        """Create an account, or change the password of one. Without a password, nobody can log in with SCRAM or PLAIN.

        Raises ValueError for a password that SASLprep forbids.
        """
        credentials: dict[str, StoredCredentials] = {}
        if password is not None:
            salt = self._random(16)
            for name in HASHES:
                credentials[name] = StoredCredentials.from_password(password, salt, self._iterations, name)
        account = self._accounts.get(jid)
        if account is None:
            account = self._accounts[jid] = Account(jid, credentials, self._limits, self._random(4).hex())
        else:
            account.credentials = credentials
        return account

    def remove(self, jid: JID) -> Account | None:
        """Forget an account. Its links are the caller's business."""
        return self._accounts.pop(jid, None)

    def credentials(self, jid: JID, name: str) -> StoredCredentials | None:
        """What is stored for the hash function `name`, if there is such an account."""
        account = self._accounts.get(jid)
        return None if account is None else account.credentials.get(name)

    def store(self, jid: JID, credentials: StoredCredentials) -> bool:
        """Keep keys of an account for a hash function that it has none for. Whether they are kept."""
        account = self._accounts.get(jid)
        if account is None or credentials.hash in account.credentials:
            return False
        account.credentials[credentials.hash] = credentials
        return True

    def verify(self, jid: JID, password: str) -> bool:
        """Whether this is the password (for PLAIN)."""
        stored = next((found for name in HASHES if (found := self.credentials(jid, name)) is not None), None)
        return stored is not None and stored.verify(password)
