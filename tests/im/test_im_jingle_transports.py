"""Transports of Jingle: which candidate is used (XEP-0260), blocks in stanzas (XEP-0261), and the check of files (XEP-0234)."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import Any

import pytest

from tests.im.jingle_stage import JULIET, ROMEO, content, key
from xmppwire.im.jingle import FileCheck, FileDamagedError, FileIncompleteError, FileTooLargeError, plain_name
from xmppwire.im.jingle.applications.file_transfer import NAME_LENGTH, FileDigest, file_content, file_of, part_of
from xmppwire.im.jingle.transports.in_band import in_band_agreed, in_band_answer, in_band_offer
from xmppwire.im.jingle.transports.socks5 import CANDIDATES, Socks5Negotiation, candidate, host_of
from xmppwire.jid import JID
from xmppwire.protocol.hashes import Hash, HashAlgorithm, HashUsed
from xmppwire.protocol.in_band_bytestreams import BlockStanza
from xmppwire.protocol.jingle import Content, Creator, Senders
from xmppwire.protocol.jingle_file_transfer import File, FileChecksum, Range
from xmppwire.protocol.jingle_in_band import InBandTransport
from xmppwire.protocol.jingle_rtp import RtpDescription
from xmppwire.protocol.jingle_socks5 import Socks5Candidate, Socks5CandidateType, Socks5Transport
from xmppwire.protocol.socks5_bytestreams import Mode, StreamHost

DIRECT, ASSISTED, TUNNEL, PROXY = (
    Socks5CandidateType.DIRECT,
    Socks5CandidateType.ASSISTED,
    Socks5CandidateType.TUNNEL,
    Socks5CandidateType.PROXY,
)


def host(name: str, jid: JID = ROMEO, port: int = 1000) -> StreamHost:
    return StreamHost(jid=jid, host=name, port=port)


class Pair:
    """Both sides of a negotiation."""

    def __init__(self, ours: list[Socks5Candidate], theirs: list[Socks5Candidate]) -> None:
        self.romeo = Socks5Negotiation("vj3hs98y", Creator.INITIATOR, ROMEO, JULIET)
        self.juliet = Socks5Negotiation("vj3hs98y", Creator.RESPONDER, JULIET, ROMEO)
        self.offered = self.romeo.offer(ours)
        self.juliet.take(self.offered)
        self.answered = self.juliet.offer(theirs)
        self.romeo.take(self.answered)

    def reach(self, romeo: Socks5Candidate | None, juliet: Socks5Candidate | None) -> None:
        """What each has reached of the other's."""
        first = self.romeo.unreachable() if romeo is None else self.romeo.used(romeo)
        second = self.juliet.unreachable() if juliet is None else self.juliet.used(juliet)
        self.juliet.receive(first)
        self.romeo.receive(second)


def some(kind: Socks5CandidateType, cid: str = "a", preference: int = 0) -> Socks5Candidate:
    jid = JID("streamer.shakespeare.lit") if kind is PROXY else ROMEO
    return candidate(cid, host(cid, jid), kind, preference)


@pytest.mark.spec("XEP-0260", "2.2")
def test_priorities_and_destinations() -> None:
    found = [some(kind).priority for kind in (DIRECT, ASSISTED, TUNNEL, PROXY)]
    assert found == [126 << 16, 120 << 16, 110 << 16, 10 << 16]
    assert some(DIRECT, preference=65535).priority == (126 << 16) + 65535
    pair = Pair([some(PROXY)], [some(DIRECT, "b")])
    # the two values that the standard computes for these addresses (section 2.2)
    assert pair.offered.dstaddr == "972b7bf47291ca609517f67f86b5081086052dad"
    assert pair.answered.dstaddr is None
    assert pair.juliet.destination == "1a12fb7bc625e55f3ed5b29a53dbe0e4aa7d80ba"
    assert pair.romeo.their_destination == pair.juliet.destination
    assert pair.juliet.their_destination == pair.romeo.destination
    assert host_of(Socks5Candidate(cid="x", host="h", jid=ROMEO, priority=1)).port == 1080


@pytest.mark.spec("XEP-0260", "2.2", "4")
def test_candidates_are_tried_by_priority() -> None:
    kinds = [some(PROXY, "p"), some(DIRECT, "low"), some(DIRECT, "high", 10), some(TUNNEL, "t")]
    nowhere = [some(DIRECT, "zero").replace(port=0), some(DIRECT, "empty").replace(host="")]
    pair = Pair([*kinds, *nowhere], [])
    assert [one.cid for one in pair.juliet.attempts] == ["high", "low", "t", "p"]
    assert all(one.priority >= other.priority for one, other in pairwise(pair.juliet.attempts))


@pytest.mark.spec("XEP-0260", "2.2")
def test_the_responder_offers_nothing_twice() -> None:
    pair = Pair([some(PROXY, "a")], [some(PROXY, "b").replace(host="a"), some(DIRECT, "c")])
    assert [one.cid for one in pair.answered.candidates] == ["c"]


@pytest.mark.spec("XEP-0260", "2.4")
@pytest.mark.parametrize(
    ("romeo", "juliet", "theirs"),
    [
        (some(DIRECT, "j"), None, True),
        (None, some(DIRECT, "r"), False),
        (some(DIRECT, "j", 5), some(DIRECT, "r", 4), True),
        (some(DIRECT, "j", 4), some(DIRECT, "r", 5), False),
        (some(DIRECT, "j", 5), some(DIRECT, "r", 5), True),
    ],
)
def test_which_one_is_nominated(romeo: Any, juliet: Any, theirs: bool) -> None:
    pair = Pair([juliet] if juliet else [], [romeo] if romeo else [])
    assert pair.romeo.nominated is None
    pair.reach(romeo, juliet)
    assert pair.romeo.settled
    ours, others = pair.romeo.nominated, pair.juliet.nominated
    assert ours is not None
    assert others is not None
    assert ours.theirs is theirs
    assert others.theirs is not theirs
    assert ours.candidate == others.candidate == (romeo if theirs else juliet)
    assert not pair.romeo.failed


@pytest.mark.spec("XEP-0260", "2.3", "2.4")
def test_nothing_is_reached() -> None:
    pair = Pair([some(DIRECT)], [])
    pair.reach(None, None)
    assert pair.romeo.failed
    assert pair.juliet.failed
    assert pair.romeo.nominated is None


@pytest.mark.spec("XEP-0260", "2.4")
def test_a_proxy_is_activated_or_fails() -> None:
    pair = Pair([some(PROXY)], [])
    pair.juliet.receive(Socks5Transport(sid="vj3hs98y", activated="a"))  # too early
    assert not pair.juliet.activated
    pair.reach(None, some(PROXY))
    nominated = pair.romeo.nominated
    assert nominated is not None
    assert nominated.proxy
    assert nominated.host == host("a", JID("streamer.shakespeare.lit"))
    pair.romeo.receive(Socks5Transport(sid="vj3hs98y", activated="a"))  # it is not theirs to say
    assert not pair.romeo.activated
    pair.juliet.receive(Socks5Transport(sid="vj3hs98y", activated="other"))
    assert not pair.juliet.activated
    pair.juliet.receive(pair.romeo.activate())
    assert pair.juliet.activated
    pair.romeo.receive(pair.juliet.fail_proxy())
    assert pair.romeo.failed
    assert pair.juliet.failed


def test_what_does_not_fit_is_passed_over() -> None:
    pair = Pair([some(DIRECT)], [some(DIRECT, "b")])
    romeo = pair.romeo
    romeo.receive(Socks5Transport(sid="another", candidate_error=True))
    romeo.receive(Socks5Transport(sid="vj3hs98y", proxy_error=True))
    assert not romeo.failed
    romeo.unreachable()
    romeo.receive(Socks5Transport(sid="vj3hs98y", candidate_used="b"))  # its own, and no candidate of ours
    assert romeo.settled
    assert romeo.nominated is None
    romeo.receive(Socks5Transport(sid="vj3hs98y", candidate_used="a"))  # the first word counts
    assert romeo.nominated is None
    romeo.receive(Socks5Transport(sid="vj3hs98y", proxy_error=True))
    assert romeo.failed


def test_candidates_are_bounded_and_streams_are_named() -> None:
    juliet = Socks5Negotiation("vj3hs98y", Creator.RESPONDER, JULIET, ROMEO)
    many = [some(DIRECT, str(number)) for number in range(CANDIDATES + 5)]
    juliet.take(Socks5Transport(sid="vj3hs98y", candidates=many, dstaddr="not a digest"))
    assert len(juliet.attempts) == CANDIDATES
    assert len(juliet.their_destination) == 40
    for wrong in (Socks5Transport(sid="x"), Socks5Transport(sid="vj3hs98y", mode=Mode.UDP)):
        with pytest.raises(ValueError, match="another stream"):
            juliet.take(wrong)
    romeo = Socks5Negotiation("vj3hs98y", Creator.INITIATOR, ROMEO, JULIET)
    romeo.receive(Socks5Transport(sid="vj3hs98y", candidates=[some(DIRECT, "late")]))
    assert [one.cid for one in romeo.attempts] == ["late"]
    romeo.unreachable()
    romeo.receive(Socks5Transport(sid="vj3hs98y", candidates=[some(DIRECT, "too late")]))
    assert len(romeo.attempts) == 1


@pytest.mark.spec("XEP-0261", "2.2")
def test_blocks_that_both_agree_on() -> None:
    offered = in_band_offer("ch3d9s71", 4096)
    assert in_band_answer(offered, 2048) == InBandTransport(sid="ch3d9s71", block_size=2048)
    assert in_band_answer(offered, 8192) == offered
    assert in_band_agreed(offered, in_band_answer(offered, 2048)).block_size == 2048
    for wrong in (
        in_band_offer("another"),
        in_band_offer("ch3d9s71", 5000),
        in_band_offer("ch3d9s71", 0),
        offered.replace(stanza=BlockStanza.MESSAGE),
    ):
        with pytest.raises(ValueError, match="the answer"):
            in_band_agreed(offered, wrong)


# --- files ------------------------------------------------------------------------------------------------------------

DATA = b"0123456789" * 10


@pytest.mark.spec("XEP-0234", "4.1")
def test_who_offers_and_who_asks() -> None:
    transport = in_band_offer("x")
    for creator, offers, senders in (
        (Creator.INITIATOR, True, Senders.INITIATOR),
        (Creator.INITIATOR, False, Senders.RESPONDER),
        (Creator.RESPONDER, True, Senders.RESPONDER),
        (Creator.RESPONDER, False, Senders.INITIATOR),
    ):
        found = file_content("a", File(name="b"), transport, creator, offer=offers)
        assert found.senders is senders
        assert file_of(found) == File(name="b")
    assert file_of(Content(name="a", payloads=[RtpDescription(media="audio"), transport])) is None
    assert key() == ("initiator", content().name)


@pytest.mark.spec("XEP-0234", "5", "13")
@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("test.txt", "test.txt"),
        ("/etc/passwd", "passwd"),
        ("../../private.txt", "private.txt"),
        ("..\\..\\autoexec.bat", "autoexec.bat"),
        ("C:evil", "Cevil"),
        (".bashrc", "bashrc"),
        ("..", "file"),
        ("a/", "file"),
        ("", "file"),
        (None, "file"),
        ("a\x00b\n\u202ec", "abc"),
        ("x" * 1000, "x" * NAME_LENGTH),
    ],
)
def test_names_that_stay_in_their_folder(name: str | None, plain: str) -> None:
    assert plain_name(File(name=name)) == plain


@pytest.mark.spec("XEP-0234", "5", "6.4")
@pytest.mark.parametrize(
    ("size", "asked", "part"),
    [
        (100, None, (0, 100)),
        (100, Range(), (0, 100)),
        (100, Range(offset=40), (40, 60)),
        (100, Range(offset=40, length=10), (40, 10)),
        (100, Range(offset=40, length=100), (40, 60)),
        (100, Range(offset=200), (200, 0)),
        (None, Range(offset=40, length=10), (40, 10)),
        (None, Range(offset=40), (40, None)),
        (None, None, (0, None)),
    ],
)
def test_parts(size: int | None, asked: Range | None, part: tuple[int, int | None]) -> None:
    assert part_of(File(size=size, range=asked)) == part


@pytest.mark.spec("XEP-0234", "8.2")
@pytest.mark.spec("XEP-0300", "3")
def test_digests_prove_a_file() -> None:
    for algo in (HashAlgorithm.SHA_256, HashAlgorithm.SHA3_512, HashAlgorithm.SHA_1):
        check = FileCheck(File(size=100, hashes=[Hash.of(DATA, algo)]))
        assert not check.waits_for_digest
        for cut in range(0, 100, 7):
            assert not check.complete
            check.feed(DATA[cut : cut + 7])
        assert check.complete
        assert check.finish()
    check = FileCheck(File(size=100, hashes=[Hash.of(DATA), Hash.of(b"other", HashAlgorithm.SHA_512)]))
    check.feed(DATA)
    with pytest.raises(FileDamagedError, match="sha-512"):
        check.finish()


@pytest.mark.spec("XEP-0234", "8.2")
def test_digests_that_come_later() -> None:
    check = FileCheck(File(size=100, hashes_used=[HashUsed(algo="sha3-256")]))
    check.feed(DATA)
    assert check.waits_for_digest
    assert not check.finish()
    check.take_checksum(FileChecksum(file=File(hashes=[Hash.of(b"other", "sha3-256")])))
    check.take_checksum(FileChecksum(file=File(hashes=[Hash.of(DATA, "sha3-256")])))  # the first word counts
    with pytest.raises(FileDamagedError):
        check.finish()
    check = FileCheck(File(size=100, hashes_used=[HashUsed(algo="sha3-256")]))
    check.feed(DATA)
    unknown = [Hash(algo="whirlpool", digest=b"x"), Hash(algo="sha3-256", digest=b""), Hash.of(DATA, "md5")]
    check.take_checksum(FileChecksum(file=File(hashes=unknown)))
    assert check.waits_for_digest
    assert not check.finish()


@pytest.mark.spec("XEP-0234", "6.4", "8.2")
def test_digests_of_parts() -> None:
    whole = [Hash.of(DATA)]
    part = Range(offset=10, length=20)
    check = FileCheck(File(size=100, hashes=whole), part)  # what is known of the whole says nothing about it
    assert check.expected == 20
    check.feed(DATA[10:30])
    assert not check.finish()
    digest = FileDigest()
    digest.feed(DATA[10:30])
    told = digest.checksum(key(), part)
    assert told.file.range == Range(offset=10, length=20, hashes=[Hash.of(DATA[10:30])])
    check.take_checksum(told)
    assert check.finish()
    assert digest.used() == HashUsed(algo="sha-256")
    assert digest.checksum(key(), Range()).file.hashes[0].digest == hashlib.sha256(DATA[10:30]).digest()


@pytest.mark.spec("XEP-0234", "9.2")
def test_more_and_less_than_was_said() -> None:
    check = FileCheck(File(size=10))
    check.feed(b"x" * 10)
    with pytest.raises(FileTooLargeError):
        check.feed(b"x")
    check = FileCheck(File(size=10))
    check.feed(b"x" * 9)
    with pytest.raises(FileIncompleteError):
        check.finish()
    check = FileCheck(File(), limit=10)
    check.feed(b"x" * 10)
    assert not check.complete
    assert not check.finish()
    with pytest.raises(FileTooLargeError):
        check.feed(b"x")
    FileCheck(File()).feed(b"x" * 1000)
