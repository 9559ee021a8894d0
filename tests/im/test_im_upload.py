"""HTTP File Upload (XEP-0363): services that are found, slots that are given, refused, or not to be used, and shared files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.session.play import Play
from xmppwire.im.upload import (
    BadSlotError,
    FileTooLargeError,
    UploadQuotaError,
    UploadService,
    UploadSlot,
    file_message,
    find_upload_service,
    request_slot,
    shared_addresses,
)
from xmppwire.jid import JID
from xmppwire.operation import IqError
from xmppwire.protocol import http_upload
from xmppwire.protocol.disco import DiscoInfo, DiscoItem, DiscoItems
from xmppwire.protocol.disco_extensions import with_extension
from xmppwire.protocol.fallback_indication import body_without_fallback
from xmppwire.protocol.file_metadata import FileMetadata
from xmppwire.protocol.file_sharing import Disposition, FileSharing
from xmppwire.protocol.http_upload import (
    FileTooLarge,
    Get,
    Purpose,
    Put,
    UploadHeader,
    UploadPurpose,
    UploadRequest,
    UploadRetry,
)
from xmppwire.protocol.http_upload_forms import UploadLimits
from xmppwire.protocol.out_of_band_data import OutOfBand
from xmppwire.stanza import ErrorCondition, ErrorType, Iq, IqType, Message, StanzaError
from xmppwire.xml import Element

SERVICE = JID("upload.capulet.lit")
PUT = "https://upload.capulet.lit/4a77/tr%C3%A8s.jpg"
GET = "https://download.capulet.lit/4a77/tr%C3%A8s.jpg"
NOTHING = DiscoInfo()
INFO = DiscoInfo(features=[http_upload.NAMESPACE])


def answer(play: Play, payload: Any = None, sender: JID | str = SERVICE) -> None:
    play.say(play.asked().result(payload).replace(sender=sender))


def found(*infos: DiscoInfo, home: DiscoInfo = NOTHING) -> UploadService | None:
    """What becomes of services that say this about themselves, and of their domain."""
    play = Play()
    running = play.run(find_upload_service("capulet.lit"))
    names = ["upload.capulet.lit", *(f"other{n}.capulet.lit" for n in range(len(infos) - 1))]
    answer(play, DiscoItems(items=[DiscoItem(jid=JID(name)) for name in names[: len(infos)]]), "capulet.lit")
    for name, info in zip(["capulet.lit", *names], (home, *infos), strict=False):
        answer(play, info, name)
    return running.result()


@pytest.mark.spec("XEP-0363", "3", "5")
def test_a_service_is_found() -> None:
    features = [http_upload.NAMESPACE, f"{http_upload.PURPOSE_NAMESPACE}#profile"]
    info = with_extension(DiscoInfo(features=features), UploadLimits(max_file_size=5242880))
    assert found(info, INFO) == UploadService(SERVICE, 5242880, frozenset([UploadPurpose.PROFILE]))
    assert found(home=INFO) == UploadService(JID("capulet.lit"))
    assert found(DiscoInfo(features=["urn:xmpp:http:upload"])) is None


@pytest.mark.spec("XEP-0363", "3")
def test_a_limit_that_cannot_be_read_is_none_that_is_known() -> None:
    info = with_extension(INFO, UploadLimits(max_file_size=1))
    info.forms[0].fields[1].values = ["plenty"]
    assert found(info) == UploadService(SERVICE)


def slot(put: str = PUT, get: str = GET, *headers: tuple[str, str]) -> http_upload.UploadSlot:
    lines = [UploadHeader(name=name, value=value) for name, value in headers]
    return http_upload.UploadSlot(put=Put(url=put, headers=lines), get=Get(url=get))


def asked_for(given: Any, **keywords: Any) -> UploadSlot:
    """The slot that comes of this answer."""
    play = Play()
    running = play.run(request_slot(SERVICE, "a.jpg", 10, **keywords))
    answer(play, given)
    return running.result()


@pytest.mark.spec("XEP-0363", "4", "7")
def test_a_slot_is_a_request_to_be_made() -> None:
    play = Play()
    running = play.run(request_slot(UploadService(SERVICE, 23456), "très cool.jpg", 23456, "image/jpeg"))
    iq = play.asked()
    assert (iq.type, iq.to) == (IqType.GET, SERVICE)
    assert iq.get(UploadRequest) == UploadRequest(filename="très cool.jpg", size=23456, content_type="image/jpeg")
    headers = [("Authorization", "Basic Zm9v"), ("Cookie", "foo=bar"), ("cookie", "user=romeo")]
    play.say(iq.result(slot(PUT, GET, *headers)).replace(sender=SERVICE))
    given = running.result()
    assert given == UploadSlot(PUT, (("Content-Length", "23456"), ("Content-Type", "image/jpeg"), *headers), 23456, GET)
    assert given.method == "PUT"
    assert "Zm9v" not in repr(given)
    assert asked_for(slot()).headers == (("Content-Length", "10"),)


@pytest.mark.spec("XEP-0363", "4", "9.2")
def test_headers_that_others_slip_in_are_left_out() -> None:
    given = asked_for(
        slot(
            PUT,
            GET,
            ("Host", "evil.example"),
            ("Transfer-Encoding", "chunked"),
            ("Content-Length", "0"),
            ("eXpi\r\nres", "\n  never\r\nX-Evil: 1\n"),
            ("Cookie\r\nX-Evil: 1", "a"),
            ("Authorization", "\tBearer\ta "),
        )
    )
    assert given.headers == (
        ("Content-Length", "10"),
        ("eXpires", "neverX-Evil: 1"),
        ("Authorization", "Bearer a"),
    )


@pytest.mark.spec("XEP-0363", "4")
@pytest.mark.parametrize("header", [("Cookie", "sch\u00f6n"), ("Cookie", "a\x7fb"), ("Cookie", "a" * 9000)])
def test_headers_that_are_none(header: tuple[str, str]) -> None:
    with pytest.raises(BadSlotError, match="header"):
        asked_for(slot(PUT, GET, header))


@pytest.mark.spec("XEP-0363", "4")
@pytest.mark.parametrize(
    "url",
    [
        "http://upload.capulet.lit/1",
        "ftp://upload.capulet.lit/1",
        "file:///etc/passwd",
        "https:///1",
        "https:upload.capulet.lit",
        "https://user:secret@upload.capulet.lit/1",
        "https://upload.capulet.lit:port/1",
        "https://upload.capulet.lit:65536/1",
        "https://upload.capulet.lit@evil.example/1",
        "https://[::1/1",
        "https://upload.caf\u00e9.lit/1",
        "https://upload.capulet.lit/\x7f",
        "https://upload.capulet.lit/" + "a" * 9000,
    ],
)
def test_addresses_that_no_file_goes_to(url: str) -> None:
    with pytest.raises(BadSlotError):
        asked_for(slot(put=url))
    with pytest.raises(BadSlotError):
        asked_for(slot(get=url))


@pytest.mark.spec("XEP-0363", "4")
def test_addresses_without_tls_where_they_are_allowed() -> None:
    plain = slot("http://127.0.0.1:5280/a", "http://127.0.0.1:5280/a")
    assert asked_for(plain, allow_http=True).url == "http://127.0.0.1:5280/a"
    with pytest.raises(BadSlotError, match="not an address"):
        asked_for(slot("ftp://127.0.0.1/a"), allow_http=True)
    given = asked_for(slot("https://capulet.lit/tr\u00e8s.jpg"))
    assert given.url == "https://capulet.lit/tr%C3%A8s.jpg"


@pytest.mark.spec("XEP-0363", "4")
def test_answers_without_a_slot() -> None:
    half = Element(http_upload.UploadSlot.element_names[0], {}, [Put(url=PUT).to_element()])
    for given in (None, half, Element(("a", "b"))):
        with pytest.raises(BadSlotError):
            asked_for(given)


def refused(error: StanzaError) -> Exception:
    play = Play()
    running = play.run(request_slot(SERVICE, "a.jpg", 30000))
    iq = play.asked()
    play.say(Iq("error", iq.sender, payload=iq.payload, id=iq.id, sender=SERVICE, error=error))
    with pytest.raises((IqError, FileTooLargeError, UploadQuotaError)) as caught:
        running.result()
    return caught.value


@pytest.mark.spec("XEP-0363", "6")
def test_a_file_that_is_too_large() -> None:
    for most in (20000, None):
        condition = FileTooLarge(max_file_size=most)
        error = refused(StanzaError(ErrorCondition.NOT_ACCEPTABLE, "modify", application=condition))
        assert isinstance(error, FileTooLargeError)
        assert error.max_file_size == most
        assert isinstance(error.__cause__, IqError)
        assert ("20000" in str(error)) is (most is not None)


@pytest.mark.spec("XEP-0363", "3")
def test_what_is_known_to_be_too_large_is_not_asked_for() -> None:
    play = Play()
    running = play.run(request_slot(UploadService(SERVICE, 100), "a.jpg", 101))
    with pytest.raises(FileTooLargeError, match="over 100 bytes"):
        running.result()
    assert play.server.take() == []


@pytest.mark.spec("XEP-0363", "6")
def test_a_quota_that_is_used_up() -> None:
    when = datetime(2027, 12, 3, 23, 42, 5, tzinfo=UTC)
    text = "five files in five minutes"
    error = refused(
        StanzaError(ErrorCondition.RESOURCE_CONSTRAINT, ErrorType.WAIT, text, application=UploadRetry(stamp=when))
    )
    assert isinstance(error, UploadQuotaError)
    assert (error.retry, error.text) == (when, text)
    assert str(error) == "five files in five minutes, again from 2027-12-03T23:42:05+00:00 on"
    error = refused(StanzaError(ErrorCondition.RESOURCE_CONSTRAINT, ErrorType.WAIT))
    assert isinstance(error, UploadQuotaError)
    assert (error.retry, str(error)) == (None, "no more files for now")
    never = Element(UploadRetry.element_names[0], {"stamp": "never"})
    error = refused(StanzaError(ErrorCondition.RESOURCE_CONSTRAINT, ErrorType.WAIT, application=never))
    assert isinstance(error, UploadQuotaError)
    assert error.retry is None


@pytest.mark.spec("XEP-0363", "6")
def test_other_refusals_are_what_they_are() -> None:
    for condition in (ErrorCondition.FORBIDDEN, ErrorCondition.NOT_ACCEPTABLE):
        error = refused(StanzaError(condition))
        assert isinstance(error, IqError)
        assert error.error.condition is condition
        assert error.__cause__ is None
    broken = Element(FileTooLarge.element_names[0], {}, [Element((http_upload.NAMESPACE, "max-file-size"), {}, ["-"])])
    assert isinstance(refused(StanzaError(ErrorCondition.NOT_ACCEPTABLE, application=broken)), IqError)


@pytest.mark.spec("XEP-0363", "5")
def test_what_a_file_is_for() -> None:
    until = datetime(2027, 9, 10, 23, 8, 25, tzinfo=UTC)
    for purpose in (
        Purpose(purpose=UploadPurpose.EPHEMERAL, expire_before=until),
        Purpose(purpose=UploadPurpose.PROFILE),
    ):
        play = Play()
        play.run(request_slot(SERVICE, "a.jpg", 1, purpose=purpose))
        wanted = play.asked().get(UploadRequest)
        assert wanted is not None
        assert wanted.purpose == purpose
    with pytest.raises(ValueError, match="ephemeral"):
        next(request_slot(SERVICE, "a.jpg", 1, purpose=Purpose(purpose=UploadPurpose.EPHEMERAL)))


@pytest.mark.parametrize(
    ("name", "size", "content_type"),
    [
        ("", 1, None),
        ("../a", 1, None),
        ("C:\\a", 1, None),
        ("a", 0, None),
        ("a", 1, "image/jpeg\r\nX-Evil: 1"),
        ("a", 1, "im\u00e4ge/x"),
    ],
)
def test_files_that_no_slot_is_asked_for(name: str, size: int, content_type: str | None) -> None:
    with pytest.raises(ValueError):
        next(request_slot(SERVICE, name, size, content_type))


@pytest.mark.spec("XEP-0066", "3")
@pytest.mark.spec("XEP-0447", "3.1")
def test_a_message_that_shares_a_file() -> None:
    message = file_message("romeo@montague.lit", GET)
    assert (message.body, message.get(OutOfBand)) == (GET, OutOfBand(url=GET))
    assert list(shared_addresses(message)) == [GET]
    about = FileMetadata(name="très.jpg", media_type="image/jpeg", size=10)
    message = file_message("romeo@montague.lit", GET, about, disposition=Disposition.INLINE)
    message = Message.from_element(message.to_element())
    sharing = message.get(FileSharing)
    assert sharing is not None
    assert (sharing.file, sharing.disposition) == (about, Disposition.INLINE)
    assert body_without_fallback(message, {"urn:xmpp:sfs:0"}) is None
    assert body_without_fallback(message, set()) == GET
    assert list(shared_addresses(message)) == [GET]


@pytest.mark.spec("XEP-0447", "3.2")
def test_what_others_share() -> None:
    broken = Element(FileSharing.element_names[0])
    nowhere = Element(OutOfBand.element_names[0])
    message = Message("juliet@capulet.lit", GET).with_(
        broken,
        nowhere,
        OutOfBand(url="http://plain.example/a"),
        OutOfBand(url="xmpp:romeo@montague.lit"),
        OutOfBand(url=PUT),
    )
    assert list(shared_addresses(message)) == [PUT]
    assert list(shared_addresses(Message("juliet@capulet.lit", GET))) == []
