"""Stream compression (XEP-0138): both halves, the switch to the byte, and what a hostile peer can make of it."""

from __future__ import annotations

import random
import zlib
from typing import Any

import pytest

from tests.pair import CUTS, seeded
from tests.stream.sasl2_world import joined
from tests.stream.streams import (
    AUTH_PLAIN,
    BIND,
    CLIENT_HEADER,
    HEADER,
    JULIET,
    SUCCESS,
    Solo,
    client_config,
    client_in_tls,
    features,
    last_id,
    mechanisms,
    obliging_server,
    pair,
    server_config,
    server_in_tls,
    server_logged_in,
)
from xmppwire.stanza import Message
from xmppwire.stream import (
    AuthenticationStarted,
    CompressionFailed,
    CompressionStarted,
    EndReason,
    Established,
    FeaturesReceived,
    Limits,
    Phase,
    ResourceBound,
    Resumed,
    StreamErrorReceived,
    StreamManagement,
    StreamOpened,
    StreamSuspended,
)
from xmppwire.stream.compression import Deflater, Inflater
from xmppwire.stream.header import StreamFault

NS = "http://jabber.org/protocol/compress"
OFFER = (
    "<compression xmlns='http://jabber.org/features/compress'><method>lzw</method><method>zlib</method></compression>"
)
COMPRESS = f"<compress xmlns='{NS}'><method>zlib</method></compress>"
COMPRESSED = f"<compressed xmlns='{NS}'/>"
BIND_REQUEST = (
    "<iq type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>balcony</resource></bind></iq>"
)
SYNC = b"\x00\x00\xff\xff"


class Peer:
    """The other end's two halves of zlib, around a `Solo`."""

    def __init__(self, solo: Solo) -> None:
        self.solo = solo
        self.deflate = zlib.compressobj()
        self.inflate = zlib.decompressobj()

    def squeeze(self, text: str) -> bytes:
        return self.deflate.compress(text.encode()) + self.deflate.flush(zlib.Z_SYNC_FLUSH)

    def feed(self, *texts: str) -> None:
        for text in texts:
            self.solo.feed(self.squeeze(text))

    def sent(self) -> str:
        data = self.solo.engine.data_to_send()
        assert not data or data.endswith(SYNC)  # each send is flushed, so that the peer can read it
        return self.inflate.decompress(data).decode()


def client_asking(**changes: Any) -> Solo:
    """A client that was offered compression behind its login."""
    solo = client_in_tls(compression=True, **changes)
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS)
    solo.sent()
    solo.feed(HEADER + features(OFFER, BIND))
    return solo


def compressed_server(**changes: Any) -> Peer:
    """A server whose client compresses, and is bound."""
    solo = server_logged_in(compression=True, **changes)
    solo.feed(CLIENT_HEADER, COMPRESS)
    solo.sent()
    peer = Peer(solo)
    peer.feed(CLIENT_HEADER, BIND_REQUEST)
    assert solo.engine.phase is Phase.ESTABLISHED, solo.events
    peer.sent()
    solo.events.clear()
    return peer


# --- the ladder ----------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0138", "2", "5")
@pytest.mark.spec("XEP-0170", "2.2")
def test_a_client_compresses_behind_its_login_and_before_binding() -> None:
    solo = client_asking()
    assert solo.sent() == COMPRESS
    solo.feed(COMPRESSED)
    peer = Peer(solo)
    assert peer.sent().startswith("<?xml version='1.0'?><stream:stream ")
    peer.feed(HEADER + features(BIND))
    request = peer.sent()
    assert "<bind " in request
    peer.feed(f"<iq type='result' id='{last_id(request)}'>{BIND[:-2]}><jid>{JULIET}</jid></bind></iq>")
    assert solo.engine.phase is Phase.ESTABLISHED
    assert solo.one(CompressionStarted).method == "zlib"
    kinds = [type(event) for event in solo.events]
    assert kinds[kinds.index(CompressionStarted) + 1] is StreamOpened
    solo.engine.send(Message(to=JULIET, body="one"), 0.0)
    assert peer.sent().count("<body>one</body>") == 1
    solo.engine.send(Message(to=JULIET, body="two"), 0.0)
    assert "two" in peer.sent()


@pytest.mark.spec("XEP-0138", "2")
def test_a_server_offers_it_once_behind_the_login() -> None:
    solo = server_in_tls(compression=True)
    solo.feed(CLIENT_HEADER)
    assert "compress" not in solo.sent()
    solo.feed(AUTH_PLAIN, CLIENT_HEADER)
    assert "<compression xmlns='http://jabber.org/features/compress'><method>zlib</method></compression>" in solo.sent()
    solo.feed(COMPRESS)
    assert solo.sent() == COMPRESSED
    peer = Peer(solo)
    peer.feed(CLIENT_HEADER)
    answer = peer.sent()
    assert answer.startswith("<?xml version='1.0'?><stream:stream ")
    assert "<bind " in answer
    assert "compression" not in answer
    peer.feed(COMPRESS)
    assert peer.sent() == f"<failure xmlns='{NS}'><setup-failed/></failure>"
    peer.feed(BIND_REQUEST, "<message to='romeo@capulet.lit'><body>hi</body></message>")
    assert solo.events[-1] == Message(to="romeo@capulet.lit", body="hi", sender=JULIET)


@pytest.mark.spec("XEP-0138", "2")
@pytest.mark.parametrize(
    ("failure", "condition"),
    [
        (f"<failure xmlns='{NS}'><setup-failed/></failure>", "setup-failed"),
        (f"<failure xmlns='{NS}'><unsupported-method/></failure>", "unsupported-method"),
        (f"<failure xmlns='{NS}'/>", "undefined-condition"),
    ],
)
def test_a_client_goes_on_without_it_after_a_failure(failure: str, condition: str) -> None:
    solo = client_asking()
    solo.sent()
    solo.feed(failure)
    assert solo.one(CompressionFailed).condition == condition
    assert "<bind " in solo.sent()


@pytest.mark.spec("XEP-0138", "2")
@pytest.mark.parametrize("methods", ["<method>lzw</method>", "", "zlib", "<method xmlns='urn:x'>zlib</method>"])
def test_a_server_refuses_other_methods_and_goes_on(methods: str) -> None:
    solo = server_logged_in(compression=True)
    solo.feed(CLIENT_HEADER)
    solo.sent()
    solo.feed(f"<compress xmlns='{NS}'>{methods}</compress>")
    assert solo.sent() == f"<failure xmlns='{NS}'><unsupported-method/></failure>"
    solo.feed(COMPRESS)  # "free to retry"
    assert solo.sent() == COMPRESSED


def test_nobody_compresses_unless_asked_to() -> None:
    solo = client_in_tls()
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS, HEADER + features(OFFER, BIND))
    assert "compress" not in solo.sent()
    solo = server_logged_in()
    solo.feed(CLIENT_HEADER)
    assert "compress" not in solo.sent()
    solo.feed(COMPRESS)
    assert solo.sent() == f"<failure xmlns='{NS}'><setup-failed/></failure>"


@pytest.mark.parametrize("offer", ["", OFFER.replace("zlib", "lz4")])
def test_a_client_that_would_compress_need_not(offer: str) -> None:
    solo = client_in_tls(compression=True)
    solo.feed(HEADER + features(mechanisms("PLAIN")), SUCCESS, HEADER + features(offer, BIND))
    assert "compress" not in solo.sent()


def test_an_answer_that_is_none_ends_the_stream() -> None:
    solo = client_asking()
    solo.feed("<compressed xmlns='urn:x'/>")
    assert solo.error == "unsupported-stanza-type"


@pytest.mark.spec("XEP-0170", "2.2")
def test_cve_2014_8760_compression_does_not_get_past_tls() -> None:
    solo = Solo(server_config(compression=True))
    solo.feed(CLIENT_HEADER, COMPRESS)
    assert solo.error == "unsupported-stanza-type"
    solo = server_in_tls(compression=True)
    solo.feed(CLIENT_HEADER, COMPRESS)
    assert solo.error == "unsupported-stanza-type"


def test_a_client_offered_it_too_early_does_not_take_it() -> None:
    solo = client_in_tls(compression=True)
    solo.sent()
    solo.feed(HEADER + features(OFFER, mechanisms("PLAIN")))
    assert "compress" not in solo.sent()


# --- with others ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", CUTS)
def test_two_engines_over_any_cut(cut: str) -> None:
    world, wire = pair(client_config(compression=True), server_config(compression=True), cut=CUTS[cut]())
    world.settle()
    for number in range(50):
        wire.client.engine.send(Message(to=JULIET, body=f"to the server, {number}"), world.now)
        wire.server.engine.send(Message(to=JULIET, body=f"to the client, {number}"), world.now)
        if number % 7 == 0:
            world.settle()
    world.advance(200)  # blanks, too
    wire.client.engine.close(world.now)
    world.settle()
    assert [m.body for m in wire.client.of(Message)] == [f"to the client, {n}" for n in range(50)]
    assert [m.body for m in wire.server.of(Message)] == [f"to the server, {n}" for n in range(50)]
    for end in (wire.client, wire.server):
        assert end.ended is not None
        assert end.ended.clean
        assert b"to the " not in end.sent
        assert len(end.one(CompressionStarted).method) == 4


@pytest.mark.spec("XEP-0198", "5")
@pytest.mark.parametrize("cut", ["whole", "bytes"])
def test_compression_comes_before_resumption(cut: str) -> None:
    managed = StreamManagement()
    server = server_config(compression=True, management=managed)
    client = client_config(compression=True, management=managed)
    world, wire = pair(client, server, cut=CUTS[cut]())
    world.settle()
    wire.client.engine.send(Message(to=JULIET, body="lost"), world.now)
    wire.client.engine.data_to_send()
    held = wire.server.engine.resumption
    wire.cut_off()
    world.settle()
    state = wire.client.one(StreamSuspended).resumption
    again = client_config(compression=True, management=managed, resume=state, random=seeded(3))

    def resuming(end: Any, event: Any) -> None:
        if type(event).__name__ == "ResumeRequested":
            end.engine.answer(event, held, end.world.now)
        else:
            obliging_server(end, event)

    world, wire = pair(again, server, cut=CUTS[cut](), on_server=resuming)
    world.settle()
    kinds = [type(event) for event in wire.client.events]
    assert kinds.index(CompressionStarted) < kinds.index(Resumed)
    assert [m.body for m in wire.server.of(Message)] == ["lost"]


@pytest.mark.spec("XEP-0170", "2.2")
@pytest.mark.parametrize("cut", ["whole", "bytes"])
def test_with_sasl2_it_comes_behind_the_login_too(cut: str) -> None:
    _, wire = joined(client={"compression": True}, server={"compression": True}, cut=CUTS[cut]())
    kinds = [type(event) for event in wire.client.events]
    assert not wire.client.of(ResourceBound)  # it would have been too late behind that
    tail = kinds[kinds.index(AuthenticationStarted) + 2 :]
    assert tail == [FeaturesReceived, CompressionStarted, StreamOpened, FeaturesReceived, Established]


def test_who_binds_with_the_login_is_offered_none() -> None:
    _, wire = joined(server={"compression": True})
    offered = wire.client.of(FeaturesReceived)[-1].features
    assert wire.client.of(ResourceBound)
    assert not [element for element in offered if "compress" in element.namespace]


# --- the switch ----------------------------------------------------------------------------------------------------


def conversation() -> bytes:
    """What a client says behind its login that does not wait for the answers."""
    deflate = zlib.compressobj()
    text = (
        f"{CLIENT_HEADER}{BIND_REQUEST}<message to='romeo@capulet.lit'><body>\u00e4</body></message> </stream:stream>"
    )
    return f"{CLIENT_HEADER}{COMPRESS}".encode() + deflate.compress(text.encode()) + deflate.flush(zlib.Z_FINISH)


def test_the_switch_is_exact_at_every_split() -> None:
    data = conversation()
    outcomes: set[str] = set()
    for place in range(1, len(data)):
        solo = server_logged_in(compression=True)
        for piece in (data[:place], data[place:]):
            solo.engine.receive_data(piece, 0.0)
            solo.pull()
        clear, _, squeezed = solo.engine.data_to_send().partition(COMPRESSED.encode())
        text = zlib.decompressobj().decompress(squeezed).decode()
        outcomes.add(f"{clear.decode()}|{text}|{solo.events[5:]}")
    assert len(outcomes) == 1
    (outcome,) = outcomes
    assert "<body>\u00e4</body>" in outcome or "Message" in outcome
    assert outcome.count("</stream:stream>") == 1


def test_what_was_written_before_the_switch_stays_as_it_is() -> None:
    solo = server_logged_in(compression=True)
    solo.feed(conversation())
    data = solo.engine.data_to_send()
    clear, mark, squeezed = data.partition(COMPRESSED.encode())
    assert clear.startswith(b"<?xml")
    assert mark
    assert zlib.decompressobj().decompress(squeezed).endswith(b"</stream:stream>")
    assert solo.engine.data_to_send() == b""


def test_blanks_behind_the_request_are_not_skipped() -> None:
    solo = server_logged_in(compression=True)
    solo.feed(CLIENT_HEADER)
    solo.engine.data_to_send()
    solo.feed(COMPRESS + " ")
    solo.feed(zlib.compress(CLIENT_HEADER.encode()))
    assert solo.error == "undefined-condition"


# --- bad input -----------------------------------------------------------------------------------------------------


@pytest.mark.spec("XEP-0138", "2")
@pytest.mark.parametrize("damage", ["in", "behind", "header"])
def test_damage_ends_the_stream_behind_what_came_before_it(damage: str) -> None:
    peer = compressed_server()
    data = peer.squeeze("<message to='romeo@capulet.lit'><body>whole</body></message>" * 3)
    if damage == "in":
        data += b"\xff\xff\xff\xff\xff"
    elif damage == "behind":
        data += peer.deflate.flush(zlib.Z_FINISH) + b"x"
    else:
        data += zlib.compress(b"<message/>")
    peer.solo.feed(data)
    assert [event.body for event in peer.solo.events if isinstance(event, Message)] == ["whole"] * 3
    assert peer.solo.error == "undefined-condition"
    text = peer.sent()
    assert f"<failure xmlns='{NS}'><processing-failed/></failure></stream:error></stream:stream>" in text


@pytest.mark.spec("XEP-0138", "2")
def test_the_other_end_may_report_damage() -> None:
    peer = compressed_server()
    peer.feed(
        "<stream:error><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        f"<failure xmlns='{NS}'><processing-failed/></failure></stream:error></stream:stream>"
    )
    application = peer.solo.one(StreamErrorReceived).error.application
    assert application is not None
    assert application.name == (NS, "failure")


def test_the_end_of_the_transport_comes_behind_what_is_compressed() -> None:
    peer = compressed_server()
    peer.feed("<message to='romeo@capulet.lit'><body>last</body></message>")
    peer.solo.end_of_file()
    assert peer.solo.events[0] == Message(to="romeo@capulet.lit", body="last", sender=JULIET)
    assert peer.solo.ended.reason is EndReason.CONNECTION_LOST


BOMBS = {
    "blanks": " " * 60_000,
    "empty stanzas": "<presence/>" * 6_000,
    "one stanza": "<message><body>" + "x" * 300_000,
    "depth": "<a>" * 100_000,
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_cve_2014_2741_a_compression_bomb(bomb: str) -> None:
    peer = compressed_server(limits=Limits(inflate_ahead=20_000))
    data = peer.squeeze(BOMBS[bomb])
    assert len(data) * 150 < len(BOMBS[bomb])
    peer.solo.feed(data)
    assert peer.solo.error == "policy-violation"


def test_cve_2014_2741_only_a_piece_is_inflated_at_once() -> None:
    inflater = Inflater(100, 256 * 1024)
    inflater.feed(zlib.compress(b" " * 10_000_000))
    total = 0
    while total < 180_000:
        piece = inflater.next()
        assert 0 < len(piece) < 4096 + 64 * 1032
        total += len(piece)
    with pytest.raises(StreamFault, match="more than 100"):
        drain(inflater)


def test_a_bomb_that_waits_stops_the_reading() -> None:
    peer = compressed_server(limits=Limits(input_bytes=500))
    peer.solo.engine.receive_data(peer.squeeze("<presence/>" * 9_000), 0.0)
    peer.solo.engine.next_event(0.0)
    assert not peer.solo.engine.wants_read
    peer.solo.pull()
    assert peer.solo.engine.wants_read


@pytest.mark.parametrize(("more", "refused"), [(0, False), (1, True)])
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_the_limit_of_inflation(more: int, refused: bool, size: int) -> None:
    data = zlib.compress(b" " * 100_000)
    ahead = len(zlib.decompressobj().decompress(data)) - 10 * (len(data) - 4)  # all comes out before the checksum
    inflater = Inflater(10, ahead - more)
    assert was_refused(inflater, data, size) is refused


def test_the_limit_holds_for_each_window() -> None:
    honest = bytes(range(256)) * 4
    noise = zlib.compressobj(0)  # nothing is compressed: a credit that a bomb could use up later
    data = noise.compress(honest * 640) + noise.flush(zlib.Z_SYNC_FLUSH)
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    data += bomb.compress(b" " * 3_000_000) + bomb.flush(zlib.Z_SYNC_FLUSH)
    assert was_refused(Inflater(10, 100_000), data, 5000)
    assert not was_refused(Inflater(1100, 100_000), data, 5000)


def drain(inflater: Inflater) -> int:
    size = 0
    while inflater.waiting:
        size += len(inflater.next())
    return size


def was_refused(inflater: Inflater, data: bytes, size: int) -> bool:
    try:
        for start in range(0, len(data), size):
            inflater.feed(data[start : start + size])
            drain(inflater)
    except StreamFault as fault:
        return fault.error.condition.value == "policy-violation"
    return False


@pytest.mark.parametrize("damage", [None, 300, 900, 2000])
def test_what_comes_out_does_not_depend_on_the_pieces(damage: int | None) -> None:
    source = random.Random(7)
    text = b"".join(b"<message id='%d'><body>%d</body></message>" % (n, source.randint(0, 10**9)) for n in range(400))
    data = bytearray(Deflater().compress(text) + Deflater().compress(b""))
    if damage is not None:
        data[damage] ^= 0x55
    outcomes: set[tuple[bytes, str]] = set()
    for size in (1, 2, 63, 64, 65, 1000, 1024, 5000, len(data)):
        inflater = Inflater(100, 256 * 1024)
        came, fault = b"", ""
        for start in range(0, len(data), size):
            inflater.feed(bytes(data[start : start + size]))
            try:
                while inflater.waiting:
                    came += inflater.next()
            except StreamFault as error:
                fault = str(error)
                with pytest.raises(StreamFault):
                    inflater.next()  # again from then on
                break
        outcomes.add((came, fault))
    assert len(outcomes) == 1
    ((came, fault),) = outcomes
    assert text.startswith(came) or damage is not None
    assert (came == text) == (damage is None)
