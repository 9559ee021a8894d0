"""A place on the web for a file (XEP-0363): find the service, ask for a slot, put the file there, tell others the address.

    service = await client.run(find_upload_service(client.jid.domain))
    slot = await client.run(request_slot(service, "summit.jpg", size, "image/jpeg"))
    await upload(slot, Path("summit.jpg"))     # xmppwire_io.upload, or any other HTTP client
    await client.send(file_message(romeo, slot.get_url))

A slot is plain data: `method`, `url`, `headers`, and `size` bytes of content; status 201 says that the file is there. The
service tells the address and some of the headers: both are checked here. Who puts the file must not follow a redirection, which
would take the headers with it. A slot is good for some minutes. What is uploaded can be read by the service, and by everybody
who knows the address.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, TypeVar

from ..jid import JID
from ..operation import IqError, Operation, OperationError, request
from ..payload import Payload, PayloadError
from ..protocol import http_upload
from ..protocol.disco_extensions import get_extension
from ..protocol.fallback_indication import Fallback, FallbackBody
from ..protocol.file_metadata import FileMetadata
from ..protocol.file_sharing import NAMESPACE as FILE_SHARING
from ..protocol.file_sharing import Disposition, FileSharing, Sources
from ..protocol.http_upload import FileTooLarge, Purpose, UploadPurpose, UploadRequest, UploadRetry
from ..protocol.http_upload_forms import UploadLimits
from ..protocol.out_of_band_data import OutOfBand
from ..protocol.url_data import UrlData
from ..stanza import ErrorCondition, ErrorType, Iq, Message, MessageType, StanzaError
from ..xml import Element
from ._web import web_address
from .disco import Service, find_services

P = TypeVar("P", bound=Payload)

HEADER_LENGTH = 8192
"""How long the headers of a slot may be altogether: what HTTP servers take, as a rule."""


class UploadError(OperationError):
    """There is no slot for this file."""


class FileTooLargeError(UploadError):
    """The service takes no file of this size; `max_file_size` in bytes is what it takes, None where it does not say."""

    def __init__(self, max_file_size: int | None) -> None:
        super().__init__(max_file_size)
        self.max_file_size = max_file_size

    def __str__(self) -> str:
        return "the file is too large" + ("" if self.max_file_size is None else f" (over {self.max_file_size} bytes)")


class UploadQuotaError(UploadError):
    """There is no room for now; `retry` is when to ask again, None where the service does not say. `text` is for people."""

    def __init__(self, retry: datetime | None, text: str | None = None) -> None:
        super().__init__(retry, text)
        self.retry = retry
        self.text = text

    def __str__(self) -> str:
        when = "" if self.retry is None else f", again from {self.retry.isoformat()} on"
        return (self.text or "no more files for now") + when


class BadSlotError(UploadError):
    """The service gives a slot that is not to be used; the text says why."""


@dataclass(frozen=True, slots=True)
class UploadService:
    """A service that takes files: its address, how many bytes a file may have (None: it does not say), and the purposes that it
    tells apart (section 5)."""

    jid: JID
    max_file_size: int | None = None
    purposes: frozenset[UploadPurpose] = frozenset()


@dataclass(frozen=True, slots=True)
class UploadSlot:
    """A request to be made over HTTP: `method` to `url`, with all `headers` in their order (a name may come twice), and exactly
    `size` bytes. `get_url` is where the file is found then. The headers are not shown, since some are credentials."""

    method: ClassVar[str] = "PUT"
    url: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    size: int
    get_url: str


def find_upload_service(domain: JID | str) -> Operation[UploadService | None]:
    """The first service for files that a domain (mostly the own server: `client.jid.domain`) has, or None (section 3). Raises
    what `fetch_services` raises."""
    services = yield from find_services(domain, feature=http_upload.NAMESPACE)
    return _described(services[0]) if services else None


def _described(service: Service) -> UploadService:
    try:
        limits = get_extension(service.info, UploadLimits)
    except PayloadError:
        limits = None
    purposes = (one for one in UploadPurpose if service.supports(f"{http_upload.PURPOSE_NAMESPACE}#{one}"))
    return UploadService(service.jid, None if limits is None else limits.max_file_size, frozenset(purposes))


def request_slot(
    service: UploadService | JID | str,
    filename: str,
    size: int,
    content_type: str | None = None,
    *,
    purpose: Purpose | None = None,
    allow_http: bool = False,
) -> Operation[UploadSlot]:
    """Ask for a slot (section 4) for a file of `size` bytes; `filename` has no path, and all who get the address see it.

    `purpose` says how long the file is wanted, and counts only with a service that names it in its `purposes`. `allow_http`
    takes addresses without TLS, which the standard forbids: for tests.

    Raises FileTooLargeError, UploadQuotaError and BadSlotError; IqError for other refusals, such as `forbidden`, and all else
    that `request` raises; ValueError for a file without a name or content, and for an ephemeral one without its end.
    """
    if size < 1:
        raise ValueError("an empty file has no slot")
    if not filename or "/" in filename or "\\" in filename:
        raise ValueError(f"not the name of a file: {filename!r}")
    if content_type is not None and not _plain(content_type):
        raise ValueError(f"not a content type: {content_type!r}")
    if purpose is not None and purpose.purpose is UploadPurpose.EPHEMERAL and purpose.expire_before is None:
        raise ValueError("an ephemeral file needs a time when it is to be gone")
    if isinstance(service, UploadService):
        if service.max_file_size is not None and size > service.max_file_size:
            raise FileTooLargeError(service.max_file_size)
        service = service.jid
    wanted = UploadRequest(filename=filename, size=size, content_type=content_type, purpose=purpose)
    try:
        reply = yield from request(Iq("get", service, payload=wanted))
    except IqError as error:
        refusal = _refusal(error.error)
        if refusal is None:
            raise
        raise refusal from error
    try:
        slot = reply.get(http_upload.UploadSlot)
    except PayloadError as error:
        raise BadSlotError(str(error)) from error
    if slot is None:
        raise BadSlotError("the answer has no slot")
    headers = [("Content-Length", str(size))]
    if content_type is not None:
        headers.append(("Content-Type", content_type))
    headers += _headers(slot.put)
    try:
        put, get = (web_address(url, tls=not allow_http) for url in (slot.put.url, slot.get.url))
    except ValueError as error:
        raise BadSlotError(str(error)) from error
    return UploadSlot(put, tuple(headers), size, get)


def _refusal(error: StanzaError) -> UploadError | None:
    """What this standard names among refusals (section 6)."""
    too_large = _condition(error.application, FileTooLarge)
    if too_large is not None:
        return FileTooLargeError(too_large.max_file_size)
    retry = _condition(error.application, UploadRetry)
    full = error.condition is ErrorCondition.RESOURCE_CONSTRAINT and error.type is ErrorType.WAIT
    if retry is not None or full:
        return UploadQuotaError(None if retry is None else retry.stamp, error.text)
    return None


def _condition(found: Element | Payload | None, cls: type[P]) -> P | None:
    """The application-specific condition of an error, if it is of this kind."""
    if isinstance(found, Element) and found.name in cls.element_names:
        try:
            return cls.from_element(found)
        except PayloadError:
            return None
    return found if isinstance(found, cls) else None


def _plain(value: str) -> bool:
    return value.isascii() and value.isprintable()


def _headers(put: http_upload.Put) -> list[tuple[str, str]]:
    """The headers of a slot that are to be sent along, without white space around them. Raises BadSlotError."""
    headers = [(name, value.strip().replace("\t", " ")) for name, value in put.http_headers()]
    if not all(_plain(value) for _, value in headers):
        raise BadSlotError("a header with characters that no header has")
    if sum(len(name) + len(value) for name, value in headers) > HEADER_LENGTH:
        raise BadSlotError("the headers are too long")
    return headers


def file_message(
    to: JID | str,
    url: str,
    about: FileMetadata | None = None,
    *,
    disposition: Disposition | None = None,
    type: MessageType | str = MessageType.CHAT,
) -> Message:
    """A message that shares the file at an address: by out-of-band data (XEP-0066), and by file sharing (XEP-0447) where it is
    known `about` what. Other clients show a picture only where the body is the address and nothing else, as here."""
    message = Message(to, url, type=type).with_(OutOfBand(url=url))
    if about is None:
        return message
    sharing = FileSharing(disposition=disposition, file=about, sources=Sources(sources=[UrlData(target=url)]))
    return message.with_(sharing, Fallback(for_=FILE_SHARING, bodies=[FallbackBody()]))


def shared_addresses(message: Message) -> Iterator[str]:
    """The addresses of the web where a message says that a file is, each once: `https` only.

    Parts that do not decode are passed over. Fetching such an address tells somebody where the reader is: ask first.
    """
    found: dict[str, None] = {}
    for element in message.elements():
        try:
            if element.name in FileSharing.element_names:
                sources = FileSharing.from_element(element).sources
                targets = [] if sources is None else sources.sources
                found.update((one.target, None) for one in targets if isinstance(one, UrlData))
            elif element.name in OutOfBand.element_names:
                found[OutOfBand.from_element(element).url] = None
        except PayloadError:
            continue
    for url in found:
        try:
            yield web_address(url)
        except ValueError:
            continue
