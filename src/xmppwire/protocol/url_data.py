"""URL Address Information (XEP-0103): an address of data, with what else is needed to get it."""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import URI, Payload, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "http://jabber.org/protocol/url-data"
STANDARD = Standard(
    "XEP-0103",
    "URL Address Information",
    Status.DEFERRED,
    "0.4.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class UrlErrorCondition(StrEnum):
    """Why the data was not fetched (section 5.3)."""

    MALFORMED_URL = "malformed-url"
    TRANSFER_FAILED = "transfer-failed"
    TRANSFER_REFUSED = "transfer-refused"


class UrlData(Payload, ns=NAMESPACE, name="url-data"):
    """Where the data is. `payloads` has what its scheme wants (headers of HTTP); `sid` is that of a stream initiation."""

    target: str = field.attribute(URI)
    sid: str | None = field.attribute(default=None)
    payloads: list[Payload | Element] = field.payloads()
    desc: dict[str, str] = field.language_map()


class UrlError(Payload, ns=NAMESPACE, names=[condition.value for condition in UrlErrorCondition]):
    """Stands in the stanza error that answers an address."""

    condition: UrlErrorCondition = field.name()
