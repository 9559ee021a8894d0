"""Sessions, their contents, and files in them (XEP-0166, 0234); bytestreams (XEP-0065)."""

from __future__ import annotations

import pytest

from xmppwire.jid import JID
from xmppwire.payload import PayloadError, find
from xmppwire.protocol.hashes import Hash
from xmppwire.protocol.jingle import (
    Action,
    AlternativeSession,
    Content,
    Creator,
    Jingle,
    JingleError,
    JingleErrorCondition,
    Reason,
    ReasonCondition,
)
from xmppwire.protocol.jingle_dtls_srtp import Fingerprint, Setup
from xmppwire.protocol.jingle_file_transfer import (
    NAMESPACE,
    OLDER_NAMESPACES,
    File,
    FileAbort,
    FileTransferDescription,
    Range,
)
from xmppwire.protocol.jingle_ice_udp import NAMESPACE as ICE_UDP
from xmppwire.protocol.jingle_ice_udp import IceUdpTransport
from xmppwire.protocol.jingle_rtp import Media, PayloadType, RtpDescription
from xmppwire.protocol.socks5_bytestreams import destination_address
from xmppwire.xml import Element

STUB = Element(("urn:xmpp:jingle:transports:stub:0", "transport"))


def again(jingle: Jingle) -> Jingle:
    return Jingle.from_element(jingle.to_element())


def test_contents_are_found_by_what_they_are() -> None:
    description = RtpDescription(media=Media.AUDIO, payload_types=[PayloadType(id=96, name="opus", clockrate=48000)])
    content = Content(name="voice", payloads=[description, IceUdpTransport(ufrag="8hhy", pwd="asd88fgpdd777uzjYhagZg")])
    (read,) = again(Jingle(action=Action.SESSION_INITIATE, sid="a73", contents=[content])).contents
    assert read.description == description
    assert isinstance(read.transport, IceUdpTransport)
    assert read.security is None


def test_what_is_unknown_is_found_as_well() -> None:
    content = Content(creator=Creator.RESPONDER, name="stub", payloads=[STUB])
    (read,) = again(Jingle(action=Action.TRANSPORT_REPLACE, sid="a73", contents=[content])).contents
    assert read.transport == STUB
    assert read.description is None


def test_a_bad_description_does_not_cost_the_session() -> None:
    bad = Element(("urn:xmpp:jingle:apps:rtp:1", "description"), {}, [])
    (read,) = again(
        Jingle(action=Action.SESSION_INITIATE, sid="a", contents=[Content(name="x", payloads=[bad])])
    ).contents
    assert read.description == bad
    with pytest.raises(PayloadError, match="media"):
        RtpDescription.from_element(bad)


def test_an_unknown_action_is_an_error_with_its_path() -> None:
    element = Element(("urn:xmpp:jingle:1", "jingle"), {"action": "session-dance", "sid": "a"})
    with pytest.raises(PayloadError) as raised:
        Jingle.from_element(element)
    assert raised.value.path == "jingle@action"


def test_reasons() -> None:
    busy = Reason(condition=ReasonCondition.BUSY, text="Later")
    instead = Reason(alternative_session=AlternativeSession(sid="b84"))
    assert [child.local for child in busy.to_element().elements()] == ["busy", "text"]
    for reason in (busy, instead):
        assert again(Jingle(action=Action.SESSION_TERMINATE, sid="a", reason=reason)).reason == reason
    unheard_of = Element(("urn:xmpp:jingle:1", "reason"), {}, [Element(("urn:xmpp:jingle:1", "tea-time"))])
    assert Reason.from_element(unheard_of).condition == "tea-time"


def test_error_conditions_have_a_class_each_finds() -> None:
    for condition in JingleErrorCondition:
        element = JingleError(condition=condition).to_element()
        assert element.local == condition
        assert find(element.name) is JingleError


@pytest.mark.parametrize("namespace", OLDER_NAMESPACES)
def test_a_description_moves_to_an_older_version_with_all_that_is_in_it(namespace: str) -> None:
    digest = Hash.of(b"data")
    file = File(name="minutes.txt", size=4, range=Range(offset=2, hashes=[digest]), hashes=[digest])
    moved = FileTransferDescription(file=file).in_namespace(namespace)
    assert moved.file is not None
    assert moved.file.range is not None
    assert {moved.namespace, moved.file.namespace, moved.file.range.namespace} == {namespace}
    element = moved.to_element()
    assert element.namespace == namespace
    assert FileTransferDescription.from_element(element) == moved
    assert moved.in_namespace(NAMESPACE) == FileTransferDescription(file=file)


def test_an_abort_is_of_version_3_only() -> None:
    assert FileAbort(file=File(namespace=OLDER_NAMESPACES[1])).to_element().namespace == OLDER_NAMESPACES[1]
    with pytest.raises(ValueError, match="not defined"):
        FileAbort(file=File(namespace=OLDER_NAMESPACES[1])).in_namespace(NAMESPACE)


def test_fingerprints_are_bytes() -> None:
    element = Element(
        ("urn:xmpp:jingle:apps:dtls:0", "fingerprint"), {"hash": "sha-1", "setup": "actpass"}, ["\n  02:1a:CC\n"]
    )
    fingerprint = Fingerprint.from_element(element)
    assert fingerprint == Fingerprint(hash="sha-1", setup=Setup.ACTPASS, fingerprint=b"\x02\x1a\xcc")
    assert fingerprint.to_element().text == "02:1A:CC"
    for text in ("021ACC", "0:21:ACC", "02:1A:", "02:1A:GG", "02 1A"):
        with pytest.raises(PayloadError, match="fingerprint/text"):
            Fingerprint.from_element(Element(element.name, {"hash": "sha-1"}, [text]))


@pytest.mark.parametrize(
    ("requester", "target", "address"),
    [
        # XEP-0260, examples 2 and 4: the two parties in both directions.
        ("romeo@montague.lit/orchard", "juliet@capulet.lit/balcony", "972b7bf47291ca609517f67f86b5081086052dad"),
        ("juliet@capulet.lit/balcony", "romeo@montague.lit/orchard", "1a12fb7bc625e55f3ed5b29a53dbe0e4aa7d80ba"),
    ],
)
def test_the_address_that_socks5_is_asked_for(requester: str, target: str, address: str) -> None:
    assert destination_address("vj3hs98y", JID(requester), JID(target)) == address


@pytest.mark.spec("XEP-0176", "5.3")
def test_a_candidate_as_stanza_js_writes_it() -> None:
    attributes = {"component": "1", "foundation": "1", "ip": "192.0.2.7", "port": "4001"}
    attributes |= {"priority": "2130706431", "protocol": "udp", "type": "host"}
    transport = Element(IceUdpTransport.element_names[0], {}, [Element((ICE_UDP, "candidate"), attributes)])
    (candidate,) = IceUdpTransport.from_element(transport).candidates
    assert (candidate.ip, candidate.id, candidate.generation) == ("192.0.2.7", None, 0)
