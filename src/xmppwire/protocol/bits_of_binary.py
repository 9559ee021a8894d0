"""Bits of Binary (XEP-0231): small data, such as an emoticon, named by its digest and sent inside stanzas.

Other payloads refer to it by a `cid:` URI. Whoever does not have the data asks for it with an IQ that holds `BinaryData`
without data, and may keep it for `max_age` seconds. Up to 8 KiB; more belongs into a file transfer.
"""

from __future__ import annotations

import hmac
from typing import Self

from xmppwire.payload import Base64Lines, Integer, Payload, field
from xmppwire.protocol.hashes import Hash
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:bob"
CID_DOMAIN = "bob.xmpp.org"
STANDARD = Standard(
    "XEP-0231",
    "Bits of Binary",
    Status.STABLE,
    "1.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


def content_id(data: bytes, algo: str = "sha1") -> str:
    """The `cid` of `data` (section 2.5). SHA-1 is called `sha1` here; other functions as in `xmppwire.protocol.hashes`.

    Raises ValueError for a function that is not known.
    """
    return f"{algo}+{Hash.of(data, 'sha-1' if algo == 'sha1' else algo).digest.hex()}@{CID_DOMAIN}"


class BinaryData(Payload, ns=NAMESPACE, name="data"):
    """Data under its `cid`, or without data a request for it. `max_age` 0 says not to keep it."""

    cid: str = field.attribute()
    max_age: int | None = field.attribute(Integer(0), default=None)
    type: str | None = field.attribute(default=None)
    data: bytes = field.text(Base64Lines, default=b"")

    @classmethod
    def of(cls, data: bytes, type: str, *, max_age: int | None = None, algo: str = "sha1") -> Self:
        """The payload for `data` of a MIME type."""
        return cls(cid=content_id(data, algo), type=type, max_age=max_age, data=data)

    @property
    def uri(self) -> str:
        """What refers to it."""
        return f"cid:{self.cid}"

    @property
    def matches(self) -> bool:
        """Whether the data is what `cid` says. Nothing else is worth keeping under that name."""
        try:
            expected = content_id(self.data, self.cid.partition("+")[0])
        except ValueError:
            return False
        return hmac.compare_digest(expected.encode(), self.cid.lower().encode())
