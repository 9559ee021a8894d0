"""Stickers (XEP-0449): a shared picture (XEP-0447) that takes the place of words, and packs of them, published on pubsub.

A pack's id is made of the digest of what is in it, so nobody can change a pack under its id: `pack_hash`, `pack_id`.
"""

from __future__ import annotations

import base64

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.file_metadata import FileMetadata
from xmppwire.protocol.file_sharing import Sources
from xmppwire.protocol.hashes import Hash, HashAlgorithm
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:stickers:0"
STANDARD = Standard(
    "XEP-0449",
    "Stickers",
    Status.EXPERIMENTAL,
    "0.2.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class Sticker(Payload, ns=NAMESPACE, name="sticker"):
    """Says that the file in this message is a sticker, and of which pack: the item `pack` of the node `node` of `jid`; by
    default the sender's own node."""

    pack: str | None = field.attribute(default=None)
    jid: JID | None = field.attribute(default=None)
    node: str | None = field.attribute(default=None)


class Suggestion(Payload, ns=NAMESPACE, name="suggest", nested=True):
    """A text that the sticker can take the place of."""

    lang: str | None = field.language()
    text: str = field.text()


class PackItem(Payload, ns=NAMESPACE, name="item", nested=True):
    """One sticker of a pack. Its file has digests, and a description without a language: what the sticker says as text."""

    file: FileMetadata = field.child()
    sources: Sources | None = field.child(default=None)
    suggestions: list[Suggestion] = field.children()


class StickerPack(Payload, ns=NAMESPACE, name="pack"):
    """A pack (section 4.3.1). `restricted`: others must not use or import it."""

    names: dict[str, str] = field.language_map(name="name")
    summaries: dict[str, str] = field.language_map(name="summary")
    items: list[PackItem] = field.children()
    hash: Hash | None = field.child(default=None)
    restricted: bool = field.flag()


def pack_hash(pack: StickerPack, algo: HashAlgorithm | str = HashAlgorithm.SHA_256) -> Hash:
    """The digest of a pack (section 4.3.2). Raises ValueError for a function that is not known."""
    meta = [("name", lang, text) for lang, text in pack.names.items()]
    meta += [("summary", lang, text) for lang, text in pack.summaries.items()]
    data = b"".join(sorted(_record(one) for one in meta)) + b"\x1c"
    data += b"".join(sorted(_item(item.file) for item in pack.items)) + b"\x1c"
    return Hash.of(data, algo)


def pack_id(digest: Hash) -> str:
    """The id of a pack with this digest: its first 144 bits in base64."""
    return base64.b64encode(digest.digest[:18]).decode("ascii")


def _record(parts: tuple[str, ...]) -> bytes:
    return b"".join(part.encode() + b"\x1f" for part in parts) + b"\x1e"


def _item(file: FileMetadata) -> bytes:
    hashes = sorted(_record((str(one.algo), base64.b64encode(one.digest).decode("ascii"))) for one in file.hashes)
    return file.desc.get("", "").encode() + b"\x1e" + b"".join(hashes) + b"\x1d"
