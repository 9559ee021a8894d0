"""Files over Jingle (XEP-0234), from beginning to end: over each transport, whole and in part, and what goes wrong."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.im.jingle_stage import JULIET, ROMEO
from tests.im.transfer_stage import Carrying, Sharer, Transfers, failed
from xmppwire.im.jingle import (
    FileCheck,
    FileDamagedError,
    FileExchange,
    FileIncompleteError,
    FileTooLargeError,
    JingleSession,
    TransferEndedError,
    TransferOptions,
    offered_file,
    requested_file,
)
from xmppwire.im.jingle.applications.file_transfer import NOT_AVAILABLE
from xmppwire.protocol.hashes import Hash, HashAlgorithm
from xmppwire.protocol.jingle import Action, ReasonCondition
from xmppwire.protocol.jingle_file_transfer import File, FileChecksum, FileError, FileReceived, Range
from xmppwire.protocol.jingle_socks5 import Socks5Transport

DATA = os.urandom(200_000)
IN_BAND = TransferOptions(socks5=False)


def exchange(sharer: Sharer, options: TransferOptions | None = None, **keywords: Any) -> FileExchange:
    return FileExchange(sharer.sessions, options, random=sharer.random, **keywords)


def offer(
    stage: Transfers,
    options: TransferOptions | None = None,
    data: bytes = DATA,
    file: File | None = None,
    **keywords: Any,
) -> tuple[Carrying, JingleSession]:
    """Romeo offers a file; the session as Juliet sees it."""
    stage.romeo.source = data
    plan = exchange(stage.romeo, options, **keywords).send(ROMEO, JULIET, file or File(name="a.bin", size=len(data)))
    sending = stage.begin(stage.romeo, plan)
    (session,) = stage.juliet.sessions.take_incoming()
    return sending, session


def transfer(
    stage: Transfers,
    sender: TransferOptions | None = None,
    receiver: TransferOptions | None = None,
    part: Range | None = None,
    **keywords: Any,
) -> tuple[Carrying, Carrying]:
    sending, session = offer(stage, sender, **keywords)
    receiving = Carrying(stage.juliet, exchange(stage.juliet, receiver).receive(session, part))
    stage.carry(sending, receiving)
    return sending, receiving


def arrived(stage: Transfers, sending: Carrying, receiving: Carrying, data: bytes = DATA) -> None:
    if sending.error or receiving.error:
        raise AssertionError from sending.error or receiving.error
    assert bytes(stage.juliet.written) == data
    assert len(stage.romeo.sessions) == len(stage.juliet.sessions) == 0


def transports(stage: Transfers) -> list[Any]:
    """What the parties have told each other about SOCKS5."""
    found = [content.transport for _, jingle in stage.log for content in jingle.contents]
    return [one for one in found if isinstance(one, Socks5Transport)]


@pytest.mark.spec("XEP-0261", "2.1", "2.2", "2.3", "2.5")
@pytest.mark.spec("XEP-0234", "6.1", "6.7", "8.1", "8.2")
def test_in_band() -> None:
    stage = Transfers()
    seen: list[tuple[int, int | None]] = []

    def progress(done: int, total: int | None) -> None:
        seen.append((done, total))

    arrived(stage, *transfer(stage, IN_BAND, progress=progress))
    assert seen[-1] == (len(DATA), len(DATA))
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert stage.actions() == [
        ("romeo", Action.SESSION_INITIATE),
        ("juliet", Action.SESSION_ACCEPT),
        ("romeo", Action.SESSION_INFO),
        ("juliet", Action.SESSION_INFO),
        ("juliet", Action.SESSION_TERMINATE),
    ]
    checksum, received = (jingle.payloads[0] for _, jingle in stage.log if jingle.action is Action.SESSION_INFO)
    assert isinstance(checksum, FileChecksum)
    assert checksum.file.hashes == [Hash.of(DATA)]
    assert isinstance(received, FileReceived)
    assert not stage.network.dialled


@pytest.mark.spec("XEP-0260", "2.1", "2.2", "2.3", "2.4", "2.6")
@pytest.mark.parametrize("reachable", ["romeo", "juliet", "romeo juliet"])
def test_direct(reachable: str) -> None:
    stage = Transfers()
    stage.network.direct = set(reachable.split())
    arrived(stage, *transfer(stage))
    told = [one for one in transports(stage) if not one.candidates]
    assert len([one for one in told if one.candidate_used]) == len(reachable.split())
    assert len(told) == 2
    assert all(one.dstaddr is None for one in transports(stage))  # without a proxy nobody needs it


@pytest.mark.spec("XEP-0260", "2.4")
@pytest.mark.spec("XEP-0065", "6.3.5")
@pytest.mark.parametrize("reachable", ["romeo", "juliet", "romeo juliet"])
def test_through_a_proxy(reachable: str) -> None:
    stage = Transfers()
    stage.network.proxy = True
    stage.network.proxy_reachable_by = set(reachable.split())
    arrived(stage, *transfer(stage))
    told = transports(stage)
    assert len([one for one in told if one.activated]) == (1 if reachable == "romeo juliet" else 0)
    failures = [one for one in told if one.proxy_error]
    assert len(failures) == (1 if reachable == "juliet" else 0)  # Romeo cannot connect to his own proxy
    replaced = ("romeo", Action.TRANSPORT_REPLACE) in stage.actions()
    assert replaced is (reachable != "romeo juliet")


@pytest.mark.spec("XEP-0260", "3")
@pytest.mark.spec("XEP-0166", "7.2.12", "7.2.15")
@pytest.mark.parametrize("proxy", [True, False])
def test_in_band_where_nothing_else_works(proxy: bool) -> None:
    stage = Transfers()
    stage.network.proxy, stage.network.activates = proxy, False
    arrived(stage, *transfer(stage))
    told = transports(stage)
    assert [one for one in told if one.proxy_error] if proxy else [one for one in told if one.candidate_error]
    assert ("romeo", Action.TRANSPORT_REPLACE) in stage.actions()
    assert ("juliet", Action.TRANSPORT_ACCEPT) in stage.actions()


@pytest.mark.spec("XEP-0260", "6.1")
@pytest.mark.parametrize("shy", ["sender", "receiver"])
def test_who_does_not_want_to_say_where_it_is(shy: str) -> None:
    stage = Transfers()
    stage.network.direct = {"romeo", "juliet"}
    arrived(stage, *(transfer(stage, IN_BAND) if shy == "sender" else transfer(stage, receiver=IN_BAND)))
    name = "romeo" if shy == "sender" else "juliet"
    assert not [one for one in stage.network.dialled if one.startswith(name)]


@pytest.mark.spec("XEP-0234", "6.4", "8.2")
def test_a_part_of_a_file() -> None:
    stage = Transfers()
    arrived(stage, *transfer(stage, IN_BAND, part=Range(offset=150_000, length=1000)), data=DATA[150_000:151_000])
    (checksum,) = [jingle.payloads[0] for who, jingle in stage.log if who == "romeo" and jingle.payloads]
    assert isinstance(checksum, FileChecksum)
    assert checksum.file.range is not None
    assert checksum.file.range.hashes == [Hash.of(DATA[150_000:151_000])]


@pytest.mark.spec("XEP-0234", "6.4")
def test_the_rest_of_a_file() -> None:
    stage = Transfers()
    file = File(name="a.bin", size=len(DATA), range=Range(offset=150_000), hashes=[Hash.of(DATA)])
    sending, receiving = transfer(stage, IN_BAND, file=file)
    arrived(stage, sending, receiving, DATA[150_000:])


@pytest.mark.spec("XEP-0234", "5")
@pytest.mark.parametrize("data", [b"", b"x", DATA[:65536]])
def test_sizes_at_the_edge(data: bytes) -> None:
    for file in (File(size=len(data)), File(name="no size")):
        stage = Transfers()
        stage.network.direct = {"romeo"}
        arrived(stage, *transfer(stage, data=data, file=file), data=data)


@pytest.mark.spec("XEP-0234", "4.1", "6.2")
def test_a_file_is_asked_for() -> None:
    stage = Transfers()
    stage.romeo.source = DATA
    wanted = File(hashes=[Hash.of(DATA)])
    asking = exchange(stage.juliet)
    receiving = stage.begin(stage.juliet, asking.request(JULIET, ROMEO, wanted))
    (session,) = stage.romeo.sessions.take_incoming()
    assert offered_file(session) is None
    found = requested_file(session)
    assert found is not None
    assert found[1].hashes == wanted.hashes
    with pytest.raises(ValueError, match="offers no file"):
        next(exchange(stage.romeo).receive(session))
    sending = Carrying(stage.romeo, exchange(stage.romeo).serve(session, File(name="a.bin", size=len(DATA))))
    stage.carry(sending, receiving)
    arrived(stage, sending, receiving)
    assert receiving.result.name == "a.bin"
    assert asking.verified


@pytest.mark.spec("XEP-0234", "6.2", "6.4")
def test_a_part_is_asked_for() -> None:
    stage = Transfers()
    stage.romeo.source = DATA
    wanted = File(name="a.bin", range=Range(offset=10, length=20))
    receiving = stage.begin(stage.juliet, exchange(stage.juliet, IN_BAND).request(JULIET, ROMEO, wanted))
    (session,) = stage.romeo.sessions.take_incoming()
    sending = Carrying(stage.romeo, exchange(stage.romeo).serve(session, File(name="a.bin", size=len(DATA))))
    stage.carry(sending, receiving)
    arrived(stage, sending, receiving, DATA[10:30])


@pytest.mark.spec("XEP-0234", "9.1")
def test_a_file_that_there_is_not() -> None:
    stage = Transfers()
    receiving = stage.begin(stage.juliet, exchange(stage.juliet, IN_BAND).request(JULIET, ROMEO, File(name="x")))
    (session,) = stage.romeo.sessions.take_incoming()
    session.terminate(NOT_AVAILABLE)
    stage.carry(receiving)
    error = failed(receiving)
    assert isinstance(error, TransferEndedError)
    assert error.event is not None
    assert error.event.reason is not None
    assert [type(one) for one in error.event.reason.payloads] == [FileError]


@pytest.mark.spec("XEP-0234", "6.1")
def test_an_offer_is_declined() -> None:
    stage = Transfers()
    sending, session = offer(stage)
    session.terminate(ReasonCondition.DECLINE)
    stage.carry(sending)
    assert "decline" in str(failed(sending))
    assert len(stage.romeo.sessions) == 0


def test_an_offer_that_nobody_answers() -> None:
    stage = Transfers()
    sending, session = offer(stage)
    stage.carry(sending)
    assert "does not go on" in str(failed(sending))
    receiving = Carrying(stage.juliet, exchange(stage.juliet).receive(session))
    stage.carry(receiving)
    assert isinstance(failed(receiving), TransferEndedError)


@pytest.mark.spec("XEP-0234", "8.2", "13")
@pytest.mark.parametrize("early", [True, False])
def test_a_file_that_was_damaged(early: bool) -> None:
    stage = Transfers()
    stage.damage = lambda data: b"!" + data[1:]
    hashes = [Hash.of(DATA, HashAlgorithm.SHA3_512)] if early else []
    sending, receiving = transfer(stage, IN_BAND, file=File(size=len(DATA), hashes=hashes))
    assert isinstance(failed(receiving), FileDamagedError)
    assert isinstance(failed(sending), TransferEndedError)


def test_a_digest_in_hexadecimal_digits() -> None:
    """As Libervia 0.9 writes it: base64 of the digits, in place of the digest itself."""
    digits = Hash.of(DATA).digest.hex().encode()
    check = FileCheck(File(size=len(DATA), hashes=[Hash(algo=HashAlgorithm.SHA_256, digest=digits)]))
    check.feed(DATA)
    assert check.finish()
    check = FileCheck(File(size=3, hashes=[Hash(algo=HashAlgorithm.SHA_256, digest=digits)]))
    check.feed(b"abc")
    with pytest.raises(FileDamagedError):
        check.finish()


@pytest.mark.spec("XEP-0234", "9.2")
def test_more_than_was_said() -> None:
    stage = Transfers()
    stage.network.direct = {"romeo"}
    stage.damage = lambda data: data + b"more"
    sending, receiving = transfer(stage)
    assert isinstance(failed(receiving), FileTooLargeError)
    error = failed(sending)
    assert isinstance(error, TransferEndedError | OSError)
    terminate = next(jingle for _, jingle in stage.log if jingle.action is Action.SESSION_TERMINATE)
    assert terminate.reason is not None
    assert terminate.reason.condition is ReasonCondition.MEDIA_ERROR
    assert [type(one) for one in terminate.reason.payloads] == [FileError]


def test_more_than_is_taken_of_a_file_without_a_size() -> None:
    stage = Transfers()
    sending, session = offer(stage, IN_BAND, file=File(name="endless"))
    receiving = Carrying(stage.juliet, exchange(stage.juliet, limit=1000).receive(session))
    stage.carry(sending, receiving)
    assert isinstance(failed(receiving), FileTooLargeError)


@pytest.mark.parametrize("direct", [True, False])
def test_less_than_was_said(direct: bool) -> None:
    stage = Transfers()
    stage.network.direct = {"romeo"} if direct else set()
    sending, receiving = transfer(stage, data=DATA[:1000], file=File(size=2000))
    assert isinstance(failed(sending), FileIncompleteError)
    assert isinstance(failed(receiving), TransferEndedError)


def test_a_digest_that_does_not_come() -> None:
    stage = Transfers()
    sending, session = offer(stage, IN_BAND)
    taking = exchange(stage.juliet)
    receiving = Carrying(stage.juliet, taking.receive(session))
    stage.lose = lambda who, jingle: who == "romeo" and jingle.action is Action.SESSION_INFO
    stage.carry(sending, receiving)
    arrived(stage, sending, receiving)
    assert not taking.verified


@pytest.mark.spec("XEP-0234", "6.7")
@pytest.mark.parametrize("direct", [True, False])
def test_a_peer_that_is_done_before_we_know(direct: bool) -> None:
    stage = Transfers()
    stage.network.direct = {"romeo"} if direct else set()
    file = File(size=len(DATA), hashes=[Hash.of(DATA)])
    sending, session = offer(stage, file=file)
    receiving = Carrying(stage.juliet, exchange(stage.juliet).receive(session))

    def hurry(data: bytes) -> bytes:
        if not stage.romeo.source:  # these are the last bytes: the peer ends the session while they are sent
            session.terminate(ReasonCondition.SUCCESS)
            stage.deliver()
        return data

    stage.damage = hurry
    stage.carry(sending, receiving)
    assert sending.error is None
    assert bytes(stage.juliet.written) == DATA


@pytest.mark.spec("XEP-0234", "6.6")
@pytest.mark.parametrize("who", ["romeo", "juliet"])
def test_a_transfer_is_given_up(who: str) -> None:
    stage = Transfers()

    def stop(done: int, total: int | None) -> None:
        if done > 100_000:
            raise KeyError("enough")

    stage.network.direct = {"romeo"}
    sending, session = offer(stage, progress=stop if who == "romeo" else None)
    taking = exchange(stage.juliet, progress=stop if who == "juliet" else None)
    receiving = Carrying(stage.juliet, taking.receive(session))
    stage.carry(sending, receiving)
    first, second = (sending, receiving) if who == "romeo" else (receiving, sending)
    assert isinstance(failed(first), KeyError)
    assert isinstance(failed(second), TransferEndedError)
    assert (who, Action.SESSION_TERMINATE) in stage.actions()
