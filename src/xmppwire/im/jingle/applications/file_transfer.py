"""Files as contents of a session (XEP-0234): what is offered or asked for, and the check of what comes.

    check = FileCheck(file)
    check.feed(data)         # for each piece; raises FileTooLargeError
    check.finish()           # raises FileIncompleteError, FileDamagedError; whether a digest has shown that it is the file

Never use the name of a file as a path: `plain_name` makes one of it that stays in its folder.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable
from typing import Any, Final

from ....payload import Payload
from ....protocol.hashes import ALGORITHMS, PREFERENCE, Hash, HashAlgorithm, HashUsed
from ....protocol.jingle import Content, Creator, Reason, ReasonCondition, Senders
from ....protocol.jingle_file_transfer import (
    File,
    FileChecksum,
    FileError,
    FileErrorCondition,
    FileReceived,
    FileTransferDescription,
    Range,
)
from ....xml import Element
from ..contents import ContentKey

NAME_LENGTH: Final = 200
"""How many bytes of UTF-8 a name has at most: file systems take about 255."""
_DEVICE: Final = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[\d¹²³]|lpt[\d¹²³])[ .]*(?:\.|\Z)", re.IGNORECASE)


class FileTransferError(Exception):
    """A file did not come as it should. `reason` is what to tell the peer."""

    reason = Reason(condition=ReasonCondition.MEDIA_ERROR)


class FileTooLargeError(FileTransferError):
    """There is more of it than was said or than is taken (section 9.2)."""

    reason = Reason(
        condition=ReasonCondition.MEDIA_ERROR, payloads=[FileError(condition=FileErrorCondition.FILE_TOO_LARGE)]
    )


class FileIncompleteError(FileTransferError):
    """The stream has ended before the file."""


class FileDamagedError(FileTransferError):
    """The digest is another one: it is not the file that was offered."""


NOT_AVAILABLE: Final = Reason(
    condition=ReasonCondition.FAILED_APPLICATION, payloads=[FileError(condition=FileErrorCondition.FILE_NOT_AVAILABLE)]
)
"""Why a file that is asked for is not sent (section 9.1)."""
UNDERSTOOD: Final = (*FileReceived.element_names, *FileChecksum.element_names)
"""The payloads of `session-info` that are about files."""


def file_content(name: str, file: File, transport: Payload | Element, creator: Creator, *, offer: bool) -> Content:
    """A content for one file: the party that adds it offers to send it, or asks for it (section 4.1)."""
    sends = creator if offer else {Creator.INITIATOR: Creator.RESPONDER}.get(creator, Creator.INITIATOR)
    description = FileTransferDescription(file=file)
    return Content(creator=creator, name=name, senders=Senders(sends), payloads=[description, transport])


def file_of(content: Content) -> File | None:
    """The file of a content; None where it is about something else."""
    description = content.description
    return description.file if isinstance(description, FileTransferDescription) else None


def plain_name(file: File, default: str = "file") -> str:
    """A name without anything that leads elsewhere: no folders, no control characters, nothing hidden, no devices of Windows
    (section 13)."""
    name = (file.name or "").replace("\\", "/").rpartition("/")[2]
    name = "".join(character for character in name if character.isprintable() and character not in ':*?"<>|')
    name = name.strip(". ").encode()[:NAME_LENGTH].decode(errors="ignore").rstrip(". ")
    return (f"_{name}" if _DEVICE.match(name) else name) or default


def part_of(file: File) -> tuple[int, int | None]:
    """Which part of a file travels: where it begins, and how many bytes there are; None where that is not known."""
    offset = 0 if file.range is None else file.range.offset
    length = None if file.range is None else file.range.length
    rest = None if file.size is None else max(0, file.size - offset)
    if length is None or rest is None:
        return offset, rest if length is None else length
    return offset, min(length, rest)


class FileCheck:
    """What comes of a file, checked against what was said of it: how much there is, and its digest.

    `part` is the range that was agreed on. `limit` is how many bytes are taken, whatever is said. Raises
    FileTooLargeError where more are to come.
    """

    def __init__(self, file: File, part: Range | None = None, *, limit: int | None = None) -> None:
        self.received = 0
        """How many bytes have come."""
        asked = file if part is None else file.replace(range=part)
        offset, self.expected = part_of(asked)
        if limit is not None and self.expected is not None and self.expected > limit:
            raise FileTooLargeError(f"{self.expected} bytes, and no more than {limit} are taken")
        self._limit = limit if self.expected is None else self.expected
        self._whole = offset == 0 and (self.expected == file.size or self.expected is None)
        self._known: dict[str, bytes] = {}
        self._digests: dict[str, Any] = {}
        self._promised = False
        told = file.hashes if self._whole else _range_hashes(asked)
        self._note(told)
        known = _best(str(one.algo) for one in told or file.hashes)
        promised = _best(str(one.algo) for one in file.hashes_used)
        # What is promised is computed beside what is known, never in place of it: a peer would pass by a digest that way.
        for name in [*known, *promised] or [HashAlgorithm.SHA_256]:
            self._digests[str(name)] = ALGORITHMS[name]()

    @property
    def complete(self) -> bool:
        """Whether all has come, where it is known how much that is."""
        return self.expected is not None and self.received >= self.expected

    @property
    def waits_for_digest(self) -> bool:
        """Whether no digest is known so far that could be checked."""
        return not (self._known.keys() & self._digests.keys())

    def feed(self, data: bytes) -> None:
        """The next bytes. Raises FileTooLargeError."""
        self.received += len(data)
        if self._limit is not None and self.received > self._limit:
            raise FileTooLargeError(f"more than {self._limit} bytes")
        for digest in self._digests.values():
            digest.update(data)

    def take_checksum(self, checksum: FileChecksum) -> None:
        """A digest that comes later (section 8.2). One that is known already does not change."""
        self._note(checksum.file.hashes if self._whole else _range_hashes(checksum.file))

    def finish(self) -> bool:
        """The stream has ended, or all has come: whether a digest has proved that it is the file; False where there was none.
        Raises FileIncompleteError, FileDamagedError."""
        if self.expected is not None and self.received < self.expected:
            raise FileIncompleteError(f"{self.received} of {self.expected} bytes")
        checked = self._known.keys() & self._digests.keys()
        for name in checked:
            if not _is_digest(self._known[name], self._digests[name].digest()):
                raise FileDamagedError(f"the {name} digest is another one")
        return bool(checked)

    def _note(self, hashes: Iterable[Hash]) -> None:
        for one in hashes:
            if one.digest and str(one.algo) in ALGORITHMS:
                self._known.setdefault(str(one.algo), one.digest)


def _is_digest(told: bytes, digest: bytes) -> bool:
    """Whether that is what a peer has told. Libervia 0.9 puts its hexadecimal digits into base64, in place of itself."""
    return hmac.compare_digest(told, digest) or hmac.compare_digest(told, digest.hex().encode())


class FileDigest:
    """The digest of a file that is being sent, for those who could not be told before."""

    def __init__(self, algo: HashAlgorithm = HashAlgorithm.SHA_256) -> None:
        self.algo = algo
        self._digest = ALGORITHMS[algo]()

    def used(self) -> HashUsed:
        """What the offer says of it."""
        return HashUsed(algo=self.algo)

    def feed(self, data: bytes) -> None:
        """The next bytes."""
        self._digest.update(data)

    def checksum(self, key: ContentKey, part: Range | None = None) -> FileChecksum:
        """What tells the receiver: the digest of the file, or of the part of it that was sent."""
        found = Hash(algo=self.algo, digest=self._digest.digest())
        if part is None or (part.offset == 0 and part.length is None):
            file = File(hashes=[found])
        else:
            file = File(range=Range(offset=part.offset, length=part.length, hashes=[found]))
        return FileChecksum(creator=key.creator, name=key.name, file=file)


def _range_hashes(file: File) -> list[Hash]:
    return [] if file.range is None else file.range.hashes


def _best(names: Iterable[str]) -> list[str]:
    """The functions to compute: the best of those that are to be relied on, else any that there is."""
    found = set(names)
    good = [str(name) for name in PREFERENCE if name in found]
    return good[:1] or sorted(found & ALGORITHMS.keys())[:1]
