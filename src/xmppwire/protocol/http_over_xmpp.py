"""HTTP over XMPP transport (XEP-0332).

Requests and responses of HTTP in IQs, for servers of the web that are reached through XMPP. The body stands in the stanza
or comes after it, in chunks or over a stream.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Base64Lines, Integer, Payload, UnsignedInt, field
from xmppwire.protocol.shim import Headers
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:http"

STANDARD = Standard(
    "XEP-0332",
    "HTTP over XMPP transport",
    Status.DEFERRED,
    "0.5.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.COMPONENT),
)


class HttpMethod(StrEnum):
    """What a request does (section 4.1)."""

    DELETE = "DELETE"
    GET = "GET"
    HEAD = "HEAD"
    OPTIONS = "OPTIONS"
    PATCH = "PATCH"
    POST = "POST"
    PUT = "PUT"
    TRACE = "TRACE"


class HttpXml(Payload, ns=NAMESPACE, name="xml", nested=True):
    """A body of XML, as it stands (section 4.2.2)."""

    content: list[Element | str] = field.content()


class HttpData(Payload, ns=NAMESPACE, name="data", nested=True):
    """A body, in one of these forms (section 4.2): as text, XML or base64; as the name of a stream of chunks, or of an in-band
    bytestream (XEP-0047); or in `payloads` as an offer of a file (XEP-0137, XEP-0166)."""

    text: str | None = field.value(default=None)
    xml: HttpXml | None = field.child(default=None)
    base64: bytes | None = field.value(Base64Lines, default=None)
    chunked_base64: str | None = field.value(name="chunkedBase64", attribute="streamId", default=None)
    ibb: str | None = field.value(attribute="sid", default=None)
    payloads: list[Payload | Element] = field.payloads()


class HttpRequest(Payload, ns=NAMESPACE, name="req"):
    """A request (section 4.1); says as well in which forms the client can take the response."""

    method: HttpMethod = field.attribute()
    resource: str = field.attribute()
    version: str = field.attribute()
    max_chunk_size: int | None = field.attribute(Integer(256, 65536), name="maxChunkSize", default=None)
    sipub: bool = field.attribute(default=True)
    ibb: bool = field.attribute(default=True)
    jingle: bool = field.attribute(default=True)
    headers: Headers | None = field.child(default=None)
    data: HttpData | None = field.child(default=None)


class HttpResponse(Payload, ns=NAMESPACE, name="resp"):
    """A response (section 4.1)."""

    version: str = field.attribute()
    status_code: int = field.attribute(Integer(1, 999), name="statusCode")
    status_message: str | None = field.attribute(name="statusMessage", default=None)
    headers: Headers | None = field.child(default=None)
    data: HttpData | None = field.child(default=None)


class HttpChunk(Payload, ns=NAMESPACE, name="chunk"):
    """A part of a body (section 4.2.4), numbered from 0."""

    stream_id: str = field.attribute(name="streamId")
    nr: int = field.attribute(UnsignedInt)
    last: bool = field.attribute(default=False)
    data: bytes = field.text(Base64Lines)


class HttpClose(Payload, ns=NAMESPACE, name="close"):
    """The receiver wants no more chunks (section 4.2.4)."""

    stream_id: str = field.attribute(name="streamId")
