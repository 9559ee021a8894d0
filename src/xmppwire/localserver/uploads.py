"""Places for files on the web (XEP-0363): the program gives them out, and serves them.

def slot(user: JID, request: UploadRequest) -> UploadSlot | None:
    url = f"https://files.capulet.lit/{token_urlsafe()}"
    return UploadSlot(put=Put(url=url), get=Get(url=url))

server = LocalServer(["capulet.lit"], accounts, uploads=Uploads(slot, max_file_size=10_000_000))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..jid import JID
from ..protocol.data_forms import DataForm, DataFormType
from ..protocol.http_upload import NAMESPACE, FileTooLarge, UploadRequest, UploadSlot
from ..protocol.http_upload_forms import UploadLimits
from ..stanza import ErrorCondition, Iq, IqType, StanzaError
from .service import Answer, Request, RequestError, Requests, Service

if TYPE_CHECKING:
    from .accounts import Account
    from .hub import Correspondent


@dataclass(frozen=True, slots=True)
class Uploads:
    """What a program does for files. `slot` gives a place to a user, or None where there is no room for now; it is called where
    stanzas are handled, so it must not wait. `max_file_size` is in bytes."""

    slot: Callable[[JID, UploadRequest], UploadSlot | None]
    max_file_size: int | None = None


class UploadService(Service):
    """Hands out slots at the address of the server itself, to its users alone."""

    features = (NAMESPACE,)

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads
        limits = UploadLimits(max_file_size=uploads.max_file_size)
        self.forms: Sequence[DataForm] = (limits.to_form(DataFormType.RESULT),)

    def requests(self) -> Requests:
        return {(IqType.GET, UploadRequest.element_names[0]): Request(self._slot)}

    def _slot(self, link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Answer:
        wanted = iq.get(UploadRequest)
        if account is not None or wanted is None:
            return ErrorCondition.SERVICE_UNAVAILABLE
        if link.account is None:
            return ErrorCondition.FORBIDDEN
        most = self._uploads.max_file_size
        if most is not None and wanted.size > most:
            too_large = FileTooLarge(max_file_size=most)
            raise RequestError(StanzaError(ErrorCondition.NOT_ACCEPTABLE, application=too_large))
        if not wanted.filename or "/" in wanted.filename or "\\" in wanted.filename:
            raise RequestError(ErrorCondition.BAD_REQUEST, "this is not the name of a file")
        slot = self._uploads.slot(link.account.jid, wanted)
        if slot is None:
            raise RequestError(ErrorCondition.RESOURCE_CONSTRAINT, "there is no room for now")
        return iq.result(slot)
