"""Places for files (XEP-0363) at the local server."""

from __future__ import annotations

import pytest

from tests.localserver.town import Town
from xmppwire.im.upload import FileTooLargeError, UploadQuotaError, find_upload_service, request_slot
from xmppwire.jid import JID
from xmppwire.localserver import Uploads
from xmppwire.protocol.http_upload import Get, Put, UploadHeader, UploadRequest, UploadSlot
from xmppwire.stanza import ErrorCondition, Iq

ASKED = list[tuple[JID, UploadRequest]]


def uploads(asked: ASKED) -> Uploads:
    def slot(user: JID, request: UploadRequest) -> UploadSlot | None:
        asked.append((user, request))
        url = f"https://files.capulet.lit/{len(asked)}"
        put = Put(url=url, headers=[UploadHeader(name="Authorization", value="Bearer x")])
        return UploadSlot(put=put, get=Get(url=url)) if len(asked) < 3 else None

    return Uploads(slot, max_file_size=1000)


@pytest.mark.spec("XEP-0363", "3", "4", "6")
def test_slots_are_those_of_the_program() -> None:
    asked: ASKED = []
    juliet = Town(uploads=uploads(asked)).login("juliet@capulet.lit/balcony")
    service = juliet.run(find_upload_service("capulet.lit"))
    assert service is not None
    assert (service.jid, service.max_file_size) == (JID("capulet.lit"), 1000)
    slot = juliet.run(request_slot(service, "a.png", 1000, "image/png"))
    assert (slot.url, slot.headers[-1]) == ("https://files.capulet.lit/1", ("Authorization", "Bearer x"))
    assert asked == [(JID("juliet@capulet.lit"), UploadRequest(filename="a.png", size=1000, content_type="image/png"))]
    with pytest.raises(FileTooLargeError) as too_large:
        juliet.run(request_slot(service.jid, "a.png", 1001))
    assert too_large.value.max_file_size == 1000
    for name in ("", "../a", "a\\b"):
        reply = juliet.ask(Iq("get", service.jid, payload=UploadRequest(filename=name, size=1)))
        assert reply.error is not None
        assert reply.error.condition is ErrorCondition.BAD_REQUEST
    assert len(asked) == 1
    juliet.run(request_slot(service, "b", 1))
    with pytest.raises(UploadQuotaError):
        juliet.run(request_slot(service, "c", 1))


def test_without_a_program_that_serves_them_there_are_none() -> None:
    juliet = Town().login("juliet@capulet.lit/balcony")
    assert juliet.run(find_upload_service("capulet.lit")) is None
