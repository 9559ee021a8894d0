"""The measurements of our own engine: what is run, and against which baseline in the same process.

An established `Connection` is had by giving it the bytes of a server that offers PLAIN without TLS; nothing is mocked.
"""

from __future__ import annotations

import gc
import itertools
import re
import statistics
import tracemalloc
from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape, quoteattr

from xmppwire import JID
from xmppwire.protocol.caps import Caps
from xmppwire.protocol.mam import ArchiveResult
from xmppwire.protocol.receipts import ReceiptRequest
from xmppwire.protocol.roster import Roster
from xmppwire.stanza import Iq, Message, Presence
from xmppwire.stream import (
    NEED_DATA,
    BindRequested,
    ClientConfig,
    Connection,
    Established,
    Limits,
    PasswordRequested,
    ServerConfig,
    Signal,
)
from xmppwire.xml import XMLLimits

from . import xml_reader
from .tally import SENT_TO, Tally, sent_text
from .workload import HEADER as WORKLOAD_HEADER

JULIET = JID("juliet@capulet.example/balcony")
HEADER = (
    b"<?xml version='1.0'?><stream:stream from='capulet.example' id='%d' version='1.0' xml:lang='en' "
    b"xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
)
MECHANISMS = (
    b"<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"
    b"</stream:features>"
)
SUCCESS = b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
BIND = b"<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>"
BOUND = (
    b"<iq type='result' id='%s'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    b"<jid>juliet@capulet.example/balcony</jid></bind></iq>"
)
SENT = 10_000
Run = Callable[[], object]
Prepare = Callable[[], Run]
"""Sets something up and returns what is to be timed."""


def client_config(limits: Limits | None = None) -> ClientConfig:
    return ClientConfig(
        jid=JULIET,
        password="secret",
        require_tls=False,
        allow_plain_without_tls=True,
        starttls_unoffered=False,
        limits=limits or Limits(),
    )


def established(limits: Limits | None = None) -> Connection:
    """A client's connection that has logged in and bound its resource."""
    connection = Connection(client_config(limits))
    connection.start(0.0)
    _pull(connection, HEADER % 1 + MECHANISMS)
    _pull(connection, SUCCESS)
    _pull(connection, HEADER % 2 + BIND)
    request = re.search(rb"""<iq[^>]*\bid=['"]([^'"]+)""", connection.data_to_send())
    assert request is not None
    events = _pull(connection, BOUND % request[1])
    assert any(isinstance(event, Established) for event in events), events
    connection.data_to_send()
    return connection


def _pull(connection: Connection, data: bytes) -> list[object]:
    connection.receive_data(data, 0.0)
    events: list[object] = []
    while not isinstance(event := connection.next_event(0.0), Signal):
        events.append(event)
    return events


# --- inbound -------------------------------------------------------------------------------------------------------


def pull_parser(pieces: Sequence[bytes]) -> Run:
    """The baseline: the C XMLPullParser finds the ends of the stanzas, and forgets them."""
    whole = [WORKLOAD_HEADER, *pieces]
    return lambda: xml_reader.pull_parser(whole)


def deliver(pieces: Sequence[bytes]) -> Run:
    """Bytes to stanza events; nothing is read from them."""
    connection = established()

    def run() -> int:
        count = 0
        receive, pull = connection.receive_data, connection.next_event
        for piece in pieces:
            receive(piece, 0.0)
            while pull(0.0) is not NEED_DATA:
                count += 1
        return count

    return run


def access(pieces: Sequence[bytes], found: Tally) -> Run:
    """The same, and a program that reads bodies, addresses and payloads."""
    connection = established()

    def run() -> int:
        receive, pull = connection.receive_data, connection.next_event
        for piece in pieces:
            receive(piece, 0.0)
            while (event := pull(0.0)) is not NEED_DATA:
                read(event, found)
        return found.stanzas

    return run


def read(event: object, found: Tally) -> None:
    """Read from one stanza what the tally sums up."""
    found.stanzas += 1
    match event:
        case Message():
            event.sender, event.to, event.type, event.id  # noqa: B018 - reading is what is measured
            result = event.get(ArchiveResult)
            if result is None:
                found.text += len(event.body or "")
                found.receipts += event.get(ReceiptRequest) is not None
            else:
                inner = result.forwarded.stanza
                assert isinstance(inner, Message)
                inner.sender, inner.to, result.forwarded.delay.stamp  # type: ignore[union-attr]  # noqa: B018
                found.archived += len(inner.body or "")
        case Presence():
            event.sender, event.to, event.type, event.show, event.priority  # noqa: B018
            found.status += len(event.status or "")
            caps = event.get(Caps)
            assert caps is not None
            found.caps += len(caps.ver)
        case Iq():
            event.sender, event.to, event.type, event.id  # noqa: B018
            roster = event.get(Roster)
            assert roster is not None
            for item in roster.items:
                item.jid, item.name, item.subscription, item.groups  # noqa: B018
                found.contacts += 1
        case _:
            raise AssertionError(event)


# --- outgoing ------------------------------------------------------------------------------------------------------


def formatted() -> Run:
    """The baseline: f-strings, every value escaped by the standard library."""

    def run() -> int:
        size = 0
        for number in range(SENT):
            size += len(
                f"<message to={quoteattr(SENT_TO)} id={quoteattr(f'out{number}')} type={quoteattr('chat')}>"
                f"<body>{escape(sent_text(number))}</body><request xmlns='urn:xmpp:receipts'/></message>".encode()
            )
        return size

    return run


def send(count: int = SENT) -> Run:
    """A `Message` with body and receipt request, built and sent, its bytes taken at once."""
    connection = established()

    def run() -> int:
        size = 0
        queue, take = connection.send, connection.data_to_send
        for number in range(count):
            queue(Message(SENT_TO, sent_text(number), type="chat", id=f"out{number}", payloads=[ReceiptRequest()]), 0.0)
            size += len(take())
        return size

    return run


# --- memory --------------------------------------------------------------------------------------------------------


def accepted() -> Connection:
    """A server's connection whose client has logged in and bound its resource."""
    config = ServerConfig(
        domains=("capulet.example",), mechanisms=("PLAIN",), require_tls=False, allow_plain_without_tls=True
    )
    connection = Connection(config)
    connection.start(0.0)
    header = HEADER.replace(b"from='capulet.example' id='%d'", b"to='capulet.example'")
    auth = b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGp1bGlldABzZWNyZXQ=</auth>"
    bind = b"<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"
    done = False
    for data in (header, auth, header, bind):
        connection.receive_data(data, 0.0)
        while not isinstance(event := connection.next_event(0.0), Signal):
            match event:
                case PasswordRequested():
                    connection.answer(event, True, 0.0)
                case BindRequested():
                    connection.answer(event, "balcony", 0.0)
                case Established():
                    done = True
    assert done
    connection.data_to_send()
    return connection


def kibibytes_each(make: Callable[[], Connection], count: int = 200) -> float:
    """What one more connection costs, the engine alone, in KiB: the median of three, since one may catch a collection."""
    return statistics.median(_kibibytes_each(make, count) for _ in range(3))


def _kibibytes_each(make: Callable[[], Connection], count: int) -> float:
    kept = [make()]
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept += [make() for _ in range(count)]
        gc.collect()
        return (tracemalloc.get_traced_memory()[0] - before) / count / 1024
    finally:
        tracemalloc.stop()


# --- linear time ---------------------------------------------------------------------------------------------------

CONTENTS: dict[str, tuple[bytes, bytes, bytes]] = {
    "an attribute full of >": (b"<message><x a='", b">", b"'/></message>"),
    "CDATA full of ]]": (b"<message><body><![CDATA[", b"]] >", b"]]></body></message>"),
    "many elements": (b"<message>", b"<a>b</a>", b"</message>"),
    "text": (b"<message><body>", b"wherefore &amp; ", b"</body></message>"),
}
"""Of what a large stanza is made: how it begins, what is repeated, how it ends."""


def _at_each_tag(data: bytes) -> list[bytes]:
    return [piece + b">" for piece in data.split(b">")[:-1]]


CUTS: dict[str, Callable[[bytes], list[bytes]]] = {
    "whole": lambda data: [data],
    "4 KiB": lambda data: [data[at : at + 4096] for at in range(0, len(data), 4096)],
    "at each >": _at_each_tag,
    "single bytes": lambda data: [data[at : at + 1] for at in range(len(data))],
}
GENEROUS = Limits(after_login=XMLLimits(stanza_bytes=1024 * 1024, elements=200_000))


def large(content: str, cut: str, size: int) -> Prepare:
    """One stanza of about `size` bytes through an established connection."""
    begin, middle, end = CONTENTS[content]
    pieces = CUTS[cut](begin + middle * (size // len(middle)) + end)

    def prepare() -> Run:
        connection = established(GENEROUS)

        def run() -> int:
            count = 0
            receive, pull = connection.receive_data, connection.next_event
            for piece in pieces:
                receive(piece, 0.0)
                while not isinstance(event := pull(0.0), Signal):
                    assert isinstance(event, Message), event
                    count += 1
            assert count == 1
            return count

        return run

    return prepare


LINEAR_CASES = tuple(itertools.product(CONTENTS, CUTS))
