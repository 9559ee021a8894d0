"""Files over Jingle with peers that are careless or hostile: a transfer ends with one of the errors that it documents."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from tests.im.jingle_stage import JULIET, ROMEO, key
from tests.im.transfer_stage import Sharer, Transfers, failed
from xmppwire.im.jingle import (
    FileCheck,
    FileDamagedError,
    FileExchange,
    FileIncompleteError,
    FileTooLargeError,
    FileTransferError,
    JingleSession,
    SessionState,
    TransferEndedError,
    TransferOptions,
    offered_file,
    plain_name,
)
from xmppwire.im.jingle.connecting import Connecting
from xmppwire.im.jingle.steps import Dial, Receive
from xmppwire.protocol.hashes import Hash, HashAlgorithm, HashUsed
from xmppwire.protocol.in_band_bytestreams import BlockStanza, Close, Data
from xmppwire.protocol.jingle import Action, Content, Creator, Jingle, Reason, ReasonCondition, Senders
from xmppwire.protocol.jingle_file_transfer import File, FileChecksum, FileTransferDescription, Range
from xmppwire.protocol.jingle_in_band import InBandTransport
from xmppwire.protocol.jingle_socks5 import Socks5CandidateType, Socks5Transport
from xmppwire.stanza import Iq, Presence, StanzaError
from xmppwire.xml import Element

DATA = bytes(range(256)) * 300
IN_BAND = TransferOptions(socks5=False)
FILE = File(name="a.bin", size=len(DATA))


class Taciturn(Sharer):
    """Has no sessions of her own, and acknowledges everything."""

    def asked(self, iq: Iq) -> Iq:
        return iq.result()


class Hostile:
    """Romeo sends a file, or takes one, and Juliet says whatever she likes."""

    def __init__(self, options: TransferOptions | None = None, *, sends: bool = True) -> None:
        self.stage = Transfers()
        self.stage.juliet = Taciturn(self.stage, JULIET, 2)
        self.stage.network.proxy = True
        self.romeo = self.stage.romeo
        self.romeo.source = DATA
        self.exchange = FileExchange(self.romeo.sessions, options, random=self.romeo.random)
        self.sid = "a-session"
        if sends:
            self.plan = self.stage.begin(self.romeo, self.exchange.send(ROMEO, JULIET, FILE))
            (_, offer) = self.stage.log[0]
            self.sid = offer.sid
            (content,) = offer.contents
            self.transport: Any = content.transport

    def offer(self, transport: Any, *others: Content, file: File = FILE) -> JingleSession:
        """Juliet offers a file."""
        contents = [self.content(transport, creator=Creator.INITIATOR, file=file), *others]
        assert self.says(Action.SESSION_INITIATE, contents) is None
        (session,) = self.romeo.sessions.take_incoming()
        return session

    def take(self, session: JingleSession, seen: File | None = None) -> None:
        self.plan = self.stage.begin(self.romeo, self.exchange.receive(session, seen=seen))

    def content(
        self,
        transport: Any = None,
        name: str = "file",
        creator: Creator = Creator.INITIATOR,
        file: File | None = FILE,
        senders: Senders = Senders.INITIATOR,
    ) -> Content:
        payloads = [FileTransferDescription(file=file)] if file is not None else []
        return Content(
            creator=creator, name=name, senders=senders, payloads=[*payloads, *([transport] if transport else [])]
        )

    def says(
        self, action: Action, contents: list[Content] | None = None, reason: Reason | None = None, *payloads: Any
    ) -> StanzaError | None:
        jingle = Jingle(action=action, sid=self.sid, contents=contents or [], reason=reason, payloads=list(payloads))
        iq = Iq("set", ROMEO, payload=jingle, id="j", sender=JULIET)
        return self.romeo.asked(Iq.from_element(iq.to_element())).error

    def accepts(self, transport: Any = None) -> None:
        assert self.says(Action.SESSION_ACCEPT, [self.content(transport or self.transport)]) is None

    def goes_on(self, *, late: bool = True) -> Exception:
        """Let Romeo do what he can, and then wait no more; what came of it."""
        while not self.plan.done:
            moved = self.plan.try_step()
            if not self.stage.deliver() and not moved:
                assert late, self.plan.step
                self.plan.try_step(late=True)
        self.stage.deliver()
        return failed(self.plan)


def answered(transport: Any) -> Any:
    """Juliet's side of a transport over SOCKS5, who cannot be reached anywhere."""
    return Socks5Transport(sid=transport.sid)


@pytest.mark.spec("XEP-0166", "7.2.10")
@pytest.mark.parametrize("offered", ["in band", "socks5"])
def test_another_transport_than_was_offered(offered: str) -> None:
    case = Hostile(IN_BAND if offered == "in band" else None)
    other = Socks5Transport(sid="x") if offered == "in band" else InBandTransport(sid="x", block_size=4096)
    case.accepts(other)
    error = case.goes_on(late=False)
    assert isinstance(error, TransferEndedError)
    assert case.stage.actions()[-1] == ("romeo", Action.SESSION_TERMINATE)


@pytest.mark.spec("XEP-0261", "2.2")
@pytest.mark.parametrize(
    "changed",
    [{"block_size": 0}, {"block_size": 65535}, {"sid": "../x y"}, {"sid": "other"}, {"stanza": BlockStanza.MESSAGE}],
)
def test_an_answer_in_band_that_does_not_fit_the_offer(changed: dict[str, Any]) -> None:
    case = Hostile(IN_BAND)
    case.accepts(case.transport.replace(**changed))
    assert isinstance(case.goes_on(late=False), TransferEndedError)


@pytest.mark.parametrize("options", [IN_BAND, None])
def test_a_content_that_is_removed_as_soon_as_it_was_accepted(options: TransferOptions | None) -> None:
    case = Hostile(options)
    case.accepts(case.transport if options else answered(case.transport))
    assert case.says(Action.CONTENT_REMOVE, [case.content(file=None)]) is None
    assert isinstance(case.goes_on(late=False), TransferEndedError)
    assert not case.romeo.sessions


@pytest.mark.parametrize("together", [True, False])
def test_a_content_that_is_removed_beside_another(together: bool) -> None:
    case = Hostile()
    case.accepts(answered(case.transport))
    if not together:
        case.plan.try_step()
        case.stage.deliver()
    more = case.content(InBandTransport(sid="m", block_size=10), "more", Creator.RESPONDER)
    assert case.says(Action.CONTENT_ADD, [more]) is None
    assert case.says(Action.CONTENT_REMOVE, [case.content(file=None)]) is None
    assert isinstance(case.goes_on(late=False), TransferEndedError)
    assert case.stage.actions()[-1] == ("romeo", Action.SESSION_TERMINATE)


@pytest.mark.spec("XEP-0166", "7.2.2", "7.2.4")
def test_contents_that_are_added_are_rejected() -> None:
    case = Hostile()
    case.accepts(answered(case.transport))
    for name in ("b", "c"):
        more = case.content(InBandTransport(sid=name, block_size=10), name, Creator.RESPONDER)
        assert case.says(Action.CONTENT_ADD, [more]) is None
    gone = case.content(name="b", creator=Creator.RESPONDER, file=None)
    assert case.says(Action.CONTENT_REMOVE, [gone]) is None
    assert isinstance(case.goes_on(), TransferEndedError)
    (rejected,) = [jingle for _, jingle in case.stage.log if jingle.action is Action.CONTENT_REJECT]
    assert [one.name for one in rejected.contents] == ["c"]


@pytest.mark.spec("XEP-0166", "7.2.15")
def test_the_responder_is_first_to_propose_another_transport() -> None:
    case = Hostile()
    case.accepts(answered(case.transport))
    proposed = case.content(InBandTransport(sid="theirs", block_size=4096), file=None)
    assert case.says(Action.TRANSPORT_REPLACE, [proposed]) is None
    error_told = case.content(Socks5Transport(sid=case.transport.sid, candidate_error=True), file=None)
    assert case.says(Action.TRANSPORT_INFO, [error_told]) is None
    assert isinstance(case.goes_on(), TransferEndedError)  # nobody takes ours
    actions = [action for _, action in case.stage.actions()]
    assert actions.index(Action.TRANSPORT_REJECT) < actions.index(Action.TRANSPORT_REPLACE)


@pytest.mark.spec("XEP-0260", "2.4")
def test_a_session_that_ends_while_the_proxy_is_tried() -> None:
    case = Hostile()
    (proxy,) = [one for one in case.transport.candidates if one.type is Socks5CandidateType.PROXY]
    case.accepts(answered(case.transport))
    used = Socks5Transport(sid=case.transport.sid, candidate_used=proxy.cid)
    assert case.says(Action.TRANSPORT_INFO, [case.content(used, file=None)]) is None
    while not isinstance(case.plan.step, Dial):
        case.plan.try_step()
        case.stage.deliver()
    case.stage.network.proxy = False
    assert case.says(Action.SESSION_TERMINATE, reason=Reason(condition=ReasonCondition.CANCEL)) is None
    assert isinstance(case.goes_on(), TransferEndedError)


def test_a_session_that_ends_as_the_transport_is_to_be_replaced() -> None:
    case = Hostile(sends=False)
    case.take(case.offer(Socks5Transport(sid="s")))
    error_told = case.content(Socks5Transport(sid="s", candidate_error=True), file=None)
    assert case.says(Action.TRANSPORT_INFO, [error_told]) is None
    while case.plan.try_step() or case.stage.deliver():
        pass
    proposed = case.content(InBandTransport(sid="i", block_size=4096), file=None)
    assert case.says(Action.TRANSPORT_REPLACE, [proposed]) is None
    assert case.says(Action.SESSION_TERMINATE, reason=Reason(condition=ReasonCondition.CANCEL)) is None
    assert isinstance(case.goes_on(), TransferEndedError)


@pytest.mark.spec("XEP-0166", "7.3")
def test_contents_say_who_sends_whatever_they_are_about() -> None:
    case = Hostile()
    case.accepts(answered(case.transport))
    error_told = case.content(Socks5Transport(sid=case.transport.sid, candidate_error=True), file=None)
    assert case.says(Action.TRANSPORT_INFO, [error_told]) is None
    case.goes_on()
    told = {jingle.action: one.senders for _, jingle in case.stage.log for one in jingle.contents}
    assert told == dict.fromkeys(
        [Action.SESSION_INITIATE, Action.TRANSPORT_INFO, Action.TRANSPORT_REPLACE], Senders.INITIATOR
    )


def test_a_file_that_turns_around() -> None:
    case = Hostile(sends=False)
    case.take(case.offer(Socks5Transport(sid="s")))
    turned = case.content(file=None, senders=Senders.RESPONDER)
    assert case.says(Action.CONTENT_MODIFY, [turned]) is None
    assert isinstance(case.goes_on(late=False), TransferEndedError)


# --- what is said of a file, and what comes -----------------------------------------------------------------------------


def asked(
    wanted: File, answer: File, sent: bytes, limit: int | None = None
) -> tuple[Hostile, FileExchange, Exception | None]:
    """Juliet gets asked for a file, answers that it is another one, and sends something."""
    case = Hostile(sends=False)
    taking = FileExchange(case.romeo.sessions, IN_BAND, random=case.romeo.random, limit=limit)
    case.plan = case.stage.begin(case.romeo, taking.request(ROMEO, JULIET, wanted))
    ((_, offer),) = case.stage.log
    case.sid = offer.sid
    transport: Any = offer.contents[0].transport
    content = case.content(transport, file=answer, senders=Senders.RESPONDER)
    assert case.says(Action.SESSION_ACCEPT, [content]) is None
    while not case.plan.done and not isinstance(case.plan.step, Receive):
        case.plan.try_step()
    blocks = [sent[start : start + 4096] for start in range(0, len(sent), 4096)]
    for number, block in enumerate(blocks):
        data = Data(seq=number, sid=transport.sid, data=block)
        case.romeo.asked(Iq("set", ROMEO, payload=data, id="d", sender=JULIET))
    digests = [Hash.of(sent, HashAlgorithm.SHA3_512), Hash.of(sent)]
    told = FileChecksum(creator=Creator.INITIATOR, name="file", file=File(hashes=digests))
    case.says(Action.SESSION_INFO, None, None, told)
    case.romeo.asked(Iq("set", ROMEO, payload=Close(sid=transport.sid), id="c", sender=JULIET))
    while not case.plan.done:
        if not case.plan.try_step() and not case.stage.deliver():
            case.plan.try_step(late=True)
    return case, taking, case.plan.error


@pytest.mark.spec("XEP-0234", "6.2", "13")
@pytest.mark.spec("XEP-0300", "3")
@pytest.mark.parametrize(
    "answer",
    [
        File(size=5, hashes_used=[HashUsed(algo=HashAlgorithm.SHA3_512)]),
        File(size=5, hashes=[Hash.of(b"wrong")]),
        File(size=9, range=Range(offset=4, length=5)),
        File(size=5, range=Range(offset=0, length=5, hashes=[Hash.of(b"wrong")])),
        File(),
    ],
)
def test_another_file_than_was_asked_for(answer: File) -> None:
    """Neither a better function, nor another range, has us pass by the digest that we know."""
    _, taking, error = asked(File(hashes=[Hash.of(b"right")]), answer, b"wrong")
    assert isinstance(error, FileTransferError)
    assert not taking.verified


@pytest.mark.parametrize("size", [None, 9_000, 10**18])
def test_more_than_is_taken_of_a_file_that_was_asked_for(size: int | None) -> None:
    case, _, error = asked(File(name="a"), File(size=size), bytes(9_000), limit=1_000)
    assert isinstance(error, FileTooLargeError)
    assert len(case.romeo.written) <= 1_000


def test_the_size_that_is_known_counts() -> None:
    _, _, error = asked(File(name="a", size=5), File(size=9_000), bytes(9_000))
    assert isinstance(error, FileTooLargeError)


@pytest.mark.spec("XEP-0234", "6.4")
def test_the_digest_of_a_range_is_checked_by_its_own_function() -> None:
    part = Range(offset=3, length=5, hashes=[Hash.of(b"right", HashAlgorithm.SHA3_512)])
    for data, good in ((b"right", True), (b"wrong", False)):
        check = FileCheck(File(size=100, hashes=[Hash.of(b"all")], range=part), part)
        check.feed(data)
        if good:
            assert check.finish()
        else:
            with pytest.raises(FileDamagedError):
                check.finish()


# --- how much is kept ---------------------------------------------------------------------------------------------------


def test_what_a_peer_tells_of_a_session_is_bounded() -> None:
    case = Hostile(sends=False)
    session = case.offer(Socks5Transport(sid="s"))
    line = Connecting(TransferOptions())
    line.begin(session, key("file"))
    told = FileChecksum(creator=Creator.INITIATOR, name="file", file=File(desc={"": "x" * 1000}))
    for _ in range(500):
        assert case.says(Action.SESSION_INFO, None, None, told) is None
        line.absorb()
    assert 0 < len(line.infos) < 100


def test_offers_that_are_withdrawn_again_and_again_leave_nothing() -> None:
    case = Hostile(sends=False)
    offers: list[weakref.ref[JingleSession]] = []
    for number in range(500):
        case.sid = f"s{number}"
        assert case.says(Action.SESSION_INITIATE, [case.content(Socks5Transport(sid="s"))]) is None
        offers += [weakref.ref(one) for one in case.romeo.sessions]
        assert case.says(Action.SESSION_TERMINATE) is None
    assert len(case.romeo.sessions) == 0
    gc.collect()
    assert sum(one() is not None for one in offers) < 5


def test_nobody_begins_a_session_with_himself() -> None:
    case = Hostile(sends=False)
    with pytest.raises(ValueError, match="ourselves"):
        case.romeo.sessions.initiate(ROMEO, str(ROMEO), [case.content(Socks5Transport(sid="s"))])
    assert not case.romeo.sessions


@pytest.mark.spec("XEP-0234", "13")
@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\windows\\x.dll", "x.dll"),
        ("a:b*c?.txt", "abc.txt"),
        ("...", "file"),
        (". .", "file"),
        ("..", "file"),
        ("folder/", "file"),
        (".bashrc", "bashrc"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("a\u2066b\u200bc\x85d\u2028e", "abcde"),
        ("x" * 300, "x" * 200),
        ("\u00e4" * 300, "\u00e4" * 100),
        ("a" + "\U0001f600" * 60, "a" + "\U0001f600" * 49),
        ("x" * 198 + ". y", "x" * 198),
        ("CON", "_CON"),
        ("nul.tar.gz", "_nul.tar.gz"),
        ("com1 .txt", "_com1 .txt"),
        ("LPT\u00b9", "_LPT\u00b9"),
        ("console.txt", "console.txt"),
        ("com10", "com10"),
    ],
)
def test_names_stay_where_they_belong(told: str, name: str) -> None:
    assert plain_name(File(name=told)) == name
    assert len(name.encode()) <= 201


@pytest.mark.spec("XEP-0234", "6.4")
@pytest.mark.parametrize("offset", [len(DATA) + 1, 2**63, 2**64 - 1])
def test_a_part_behind_the_end_of_the_file(offset: int) -> None:
    case = Hostile(IN_BAND)
    wanted = FILE.replace(range=Range(offset=offset))
    assert case.says(Action.SESSION_ACCEPT, [case.content(case.transport, file=wanted)]) is None
    assert isinstance(case.goes_on(late=False), FileIncompleteError)


def test_a_file_that_is_taken_back_or_turned_around_before_it_is_taken() -> None:
    case = Hostile(sends=False)
    session = case.offer(InBandTransport(sid="s", block_size=4096))
    turned = case.content(file=None, senders=Senders.RESPONDER)
    assert case.says(Action.CONTENT_MODIFY, [turned]) is None
    assert offered_file(session) is not None
    case.take(session)
    assert isinstance(case.goes_on(late=False), TransferEndedError)
    assert not case.romeo.sessions

    other = Content(creator=Creator.INITIATOR, name="b", payloads=[Element(("urn:example:b", "description"))])
    other.payloads.append(Socks5Transport(sid="t"))
    for others in ([], [other]):
        case = Hostile(sends=False)
        session = case.offer(InBandTransport(sid="s", block_size=4096), *others)
        assert case.says(Action.CONTENT_REMOVE, [case.content(file=None)]) is None
        case.take(session, seen=FILE)
        assert isinstance(case.goes_on(late=False), TransferEndedError)


@pytest.mark.parametrize("added", [True, False])
def test_a_file_that_is_exchanged_for_another_before_it_is_taken(added: bool) -> None:
    """Somebody has looked at a small one, and a large one is in its place."""
    case = Hostile(sends=False)
    large = case.content(InBandTransport(sid="l", block_size=4096), "large", file=File(name="a.bin", size=10**15))
    session = case.offer(InBandTransport(sid="s", block_size=4096), *([] if added else [large]))
    if added:
        assert case.says(Action.CONTENT_ADD, [large]) is None
    assert case.says(Action.CONTENT_REMOVE, [case.content(file=None)]) is None
    case.take(session, seen=FILE)
    assert isinstance(case.goes_on(late=False), TransferEndedError)
    assert case.stage.actions() == [("romeo", Action.SESSION_TERMINATE)]


@pytest.mark.spec("XEP-0166", "6.7", "6.8")
def test_a_peer_that_goes_offline_over_and_over_is_asked_once() -> None:
    case = Hostile(sends=False)
    session = case.offer(Socks5Transport(sid="s"))
    for _ in range(100):
        case.romeo.sessions.feed(Presence(sender=JULIET, type="unavailable"))
    iq = session.take_request()
    assert iq is not None
    case.romeo.sessions.feed(Presence(sender=JULIET, type="unavailable"))
    assert not session.has_requests
    session.replied(iq)
    case.romeo.sessions.feed(Presence(sender=JULIET, type="unavailable"))
    assert session.has_requests


def test_a_session_without_contents_ends_with_the_presence_of_the_peer() -> None:
    case = Hostile(sends=False)
    session = case.offer(Socks5Transport(sid="s"))
    session.remove_contents(key("file"))
    case.stage.deliver()
    case.romeo.sessions.feed(Presence(sender=JULIET, type="unavailable"))
    assert session.state is SessionState.ENDED
    assert not case.romeo.sessions
