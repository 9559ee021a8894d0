"""The ladder of a session: each element on its own line, in the right direction, readable whatever was sent."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from tests.pair import CUTS, World
from tests.stream.streams import client_config, obliging_server, plain, server_config
from xmppwire.jid import JID
from xmppwire.stanza import Iq, Message, MessageType, Presence
from xmppwire.stream import Phase
from xmppwire.trace import Ladder, StepKind, TextLadder, TraceError, record, render_svg, render_text, steps
from xmppwire.trace.labels import label
from xmppwire.trace.text import _columns  # pyright: ignore[reportPrivateUsage]
from xmppwire.xml import Element

SVG = "{http://www.w3.org/2000/svg}"


def session(
    client: dict[str, Any] | None = None,
    server: dict[str, Any] | None = None,
    *,
    cut: str = "whole",
    extra: tuple[Any, ...] = (),
    **options: Any,
) -> tuple[list[str], list[str]]:
    """The traces of both ends of a session in which the client sends a few things."""
    lines: tuple[list[str], list[str]] = ([], [])
    world = World()
    wire = world.join(
        record(client_config(**(client or {})), lines[0].append, **options),
        record(server_config(**(server or {})), lines[1].append, **options),
        cut=CUTS[cut](),
    )
    wire.server.on_event = obliging_server
    world.settle()
    if wire.client.engine.phase is Phase.ESTABLISHED:
        world.now += 0.5
        for item in (Message(to=JID("romeo@montague.lit"), body="Wherefore art thou?", type=MessageType.CHAT), *extra):
            wire.client.engine.send(item, world.now)
    wire.client.engine.close(world.now)
    world.settle()
    return lines


def shown(lines: list[str]) -> list[tuple[str, str]]:
    return [(step.kind.value, step.label) for step in steps(lines)]


LOGIN = [
    ("to-server", "stream to capulet.lit"),
    ("to-client", "stream from capulet.lit id "),
    ("to-client", "features: starttls (required)"),
    ("to-server", "starttls"),
    ("to-client", "proceed"),
    ("tls", "TLSv1.3, TLS_AES_256_GCM_SHA384"),
    ("to-server", "stream from juliet@capulet.lit to capulet.lit"),
    ("to-client", "stream from capulet.lit to juliet@capulet.lit id "),
    ("to-client", "features: SCRAM-SHA-512(-PLUS) SCRAM-SHA-256(-PLUS) SCRAM-SHA-1(-PLUS) PLAIN, "),
    ("to-server", "auth SCRAM-SHA-512-PLUS"),
    ("to-client", "challenge"),
    ("to-server", "response"),
    ("to-client", "success"),
    ("note", "logged in as juliet@capulet.lit (SCRAM-SHA-512-PLUS, bound to TLS by tls-exporter)"),
    ("to-server", "stream from juliet@capulet.lit to capulet.lit"),
    ("to-client", "stream from capulet.lit to juliet@capulet.lit id "),
    ("to-client", "features: bind, session"),
    ("to-server", "iq set: bind balcony"),
    ("to-client", "iq result: bind juliet@capulet.lit/balcony"),
    ("note", "session established: juliet@capulet.lit/balcony"),
    ("to-server", "message chat to romeo@montague.lit: “Wherefore art thou?”"),
    ("to-server", "end of stream"),
    ("to-client", "end of stream"),
    ("end", "stream ended, local-close"),
]


@pytest.mark.parametrize("cut", CUTS)
def test_the_ladder_of_a_session_does_not_depend_on_the_cut(cut: str) -> None:
    client, _ = session(cut=cut, label="juliet")
    told = shown(client)
    assert told[0] == ("title", "juliet")
    assert len(told) == len(LOGIN) + 1
    for (kind, text), (expected_kind, expected) in zip(told[1:], LOGIN, strict=True):
        assert kind == expected_kind
        assert text.startswith(expected)


def test_both_ends_draw_the_same_arrows() -> None:
    client, server = session()
    arrows = [[(k, text) for k, text in shown(lines) if k.startswith("to-")] for lines in (client, server)]
    assert sorted(arrows[0]) == sorted(arrows[1])
    assert shown(server)[0] == ("title", "a stream, recorded by the server")


def test_each_step_has_its_time_and_short_xml() -> None:
    client, _ = session()
    drawn = {step.label: step for step in steps(client)}
    message = drawn["message chat to romeo@montague.lit: “Wherefore art thou?”"]
    assert message.time == 0.5
    assert message.xml == "<message to='romeo@montague.lit' type='chat'><body>Wherefore art thou?</body></message>"
    assert drawn["starttls"].xml == "<starttls xmlns='…xmpp-tls'/>"


def test_sasl_messages_are_not_shown_even_if_the_trace_has_them() -> None:
    client, _ = session({"mechanisms": ["PLAIN"]}, secrets=True)
    assert any("AGp1bGlldA" in line for line in client)
    (auth,) = [step for step in steps(client) if step.label == "auth PLAIN"]
    assert auth.xml == "<auth xmlns='…xmpp-sasl' mechanism='PLAIN'>…</auth>"
    assert "AGp1bGlldA" not in render_text(client) + render_svg(client)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (Presence(), "presence"),
        (Presence(status="in the\norchard"), "presence: in the orchard"),
        (Message(to=JID("a@b"), body="x" * 100), f"message to a@b: “{'x' * 43}…”"),
        (Message(body="\u202egnp.exe"), "message: “\N{REPLACEMENT CHARACTER}gnp.exe”"),
        (Iq.get(Element(("jabber:iq:roster", "query"))), "iq get: roster"),
        (Iq.get(Element(("urn:example:strange", "thing"))), "iq get: thing"),
        (
            Message(body="hi").with_(
                Element(("urn:xmpp:receipts", "request")), Element(("urn:xmpp:receipts", "received"))
            ),
            "message: “hi”, receipt requested, receipt",
        ),
        (
            Iq.get(Element(("urn:xmpp:ping", "ping")))
            .replace(id="1")
            .error_reply("service-unavailable", text="no such"),
            "iq error: error service-unavailable - no such",
        ),
        (Element(("urn:example:x", "probe"), {"{http://www.w3.org/XML/1998/namespace}lang": "de"}), "probe"),
    ],
)
def test_labels(item: Any, expected: str) -> None:
    client, _ = session(extra=(item,))
    assert ("to-server", expected) in shown(client)


def test_errors_and_failures_are_told() -> None:
    client, _ = session({"password": "wrong", "mechanisms": ["SCRAM-SHA-1"]})
    told = shown(client)
    assert ("to-client", "SASL failure: not-authorized") in told
    assert any(kind == "note" and text.startswith("login failed: ") for kind, text in told)
    assert told[-1][0] == "end"
    lines: list[str] = []
    engine = record(client_config(**plain()), lines.append)
    engine.start(0.0)
    engine.data_to_send()
    engine.receive_data(b"HTTP/1.1 400 Bad Request\r\n\r\n", 0.1)
    for _ in range(5):
        engine.next_event(0.1)
    engine.data_to_send()
    engine.receive_data(b"", 0.2)
    told = shown(lines)
    assert ("to-client", "(not XMPP) HTTP/1.1 400 Bad Request") in told
    assert any(text.startswith("stream error not-well-formed") for _, text in told)


def test_a_lost_connection_and_failed_tls_are_told() -> None:
    lines: list[str] = []
    engine = record(client_config(direct_tls=True), lines.append)
    engine.start(0.0)
    engine.next_event(0.0)
    engine.tls_failed("certificate has expired", 0.1)
    engine.next_event(0.1)
    assert ("note", "TLS failed: certificate has expired") in shown(lines)
    lines.clear()
    engine = record(client_config(**plain()), lines.append)
    engine.start(0.0)
    engine.data_to_send()
    engine.receive_data(b"", 1.0)
    assert shown(lines)[-1] == ("note", "the server closed the connection")


# --- drawn as text ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [40, 80, 96, 100])
@pytest.mark.parametrize("ascii", [False, True])
def test_every_line_is_as_wide_as_asked(width: int, ascii: bool) -> None:
    client, _ = session(
        extra=(Message(body="日本語のとても長いメッセージ、終わりがない" * 5), Presence(status="e\u0301" * 60))
    )
    drawn = render_text(client, width=width, ascii=ascii)
    assert drawn.isascii() or not ascii
    for line in drawn.splitlines():
        assert _columns(line) == width, line


def test_the_text_ladder_shows_directions_and_tls() -> None:
    client, _ = session(label="juliet")
    drawn = render_text(client, width=100).splitlines()
    assert drawn[0].split() == ["client", "juliet", "server"]
    out = next(line for line in drawn if "auth SCRAM" in line)
    into = next(line for line in drawn if "challenge" in line)
    assert out.startswith("    0.000  ║── auth")
    assert out.endswith("▶║")
    assert into.startswith("    0.000  ║◀─ challenge")
    assert into.endswith("─║")
    before = next(line for line in drawn if "proceed" in line)
    assert "║" not in before
    (tls,) = [line for line in drawn if "TLS_AES" in line]
    assert "══ TLSv1.3, TLS_AES_256_GCM_SHA384 ══" in tls


def test_where_there_is_little_room_the_login_is_told_briefly() -> None:
    client, _ = session()
    wide, narrow = render_text(client, width=100), render_text(client, width=90)
    assert "(SCRAM-SHA-512-PLUS, bound to TLS by tls-exporter)" in wide
    assert "(SCRAM-SHA-512-PLUS, tls-exporter)" in narrow


def test_the_text_ladder_lives() -> None:
    """A step is drawn when it happens, not later."""
    drawn: list[str] = []
    engine = record(client_config(), TextLadder(drawn.append))
    engine.start(0.0)
    assert len(drawn) == 1
    engine.data_to_send()
    assert len(drawn) == 2
    assert "stream to capulet.lit" in drawn[1]
    engine.receive_data(
        b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' from='capulet.lit' ", 1.0
    )
    assert len(drawn) == 2
    engine.receive_data(b"id='1' version='1.0'>", 1.25)
    assert drawn[2].startswith("    1.250  │◀─ stream from capulet.lit id 1")


def test_a_ladder_needs_some_width() -> None:
    with pytest.raises(ValueError, match="40 columns"):
        TextLadder(print, width=39)


# --- drawn as SVG ----------------------------------------------------------------------------------------------------


def test_the_svg_is_xml_with_an_arrow_for_each_element() -> None:
    hostile = Message(to=JID("romeo@montague.lit"), body="]]><script>alert('&')</script>\"")
    client, _ = session(extra=(hostile,), label='<juliet> & "romeo"')
    root = ET.fromstring(render_svg(client))
    assert root.get("width") == "900"
    assert root.findtext(f"{SVG}title") == '<juliet> & "romeo"'
    arrows = [line.get("class") for line in root.iter(f"{SVG}line") if line.get("marker-end")]
    expected = [
        step.kind for step in steps(client) if step.xml or step.kind in (StepKind.TO_SERVER, StepKind.TO_CLIENT)
    ]
    assert arrows == ["out" if kind is StepKind.TO_SERVER else "in" for kind in expected]
    texts = [text.text or "" for text in root.iter(f"{SVG}text")]
    assert any("<script>" in text for text in texts)
    assert not list(root.iter(f"{SVG}script"))
    assert {"client", "server"} <= set(texts)


def test_arrows_point_the_right_way_and_stay_inside() -> None:
    client, _ = session()
    root = ET.fromstring(render_svg(client))
    height = float(root.get("height") or 0)
    last = 0.0
    for line in root.iter(f"{SVG}line"):
        if line.get("marker-end"):
            assert (float(line.get("x1") or 0) < float(line.get("x2") or 0)) == (line.get("class") == "out")
            assert last < float(line.get("y1") or 0) < height
            last = float(line.get("y1") or 0)


def test_tls_is_shaded_from_its_step_to_the_end() -> None:
    client, _ = session()
    root = ET.fromstring(render_svg(client, title="mine"))
    assert root.findtext(f"{SVG}title") == "mine"
    background, shade = root.findall(f"{SVG}rect")
    top = float(shade.get("y") or 0)
    inside = [float(line.get("y1") or 0) > top for line in root.iter(f"{SVG}line") if line.get("marker-end")]
    assert inside == sorted(inside)
    assert inside.count(False) == 5
    assert background.get("fill") != shade.get("fill")


def test_without_tls_nothing_is_shaded_and_an_open_stream_is_shaded_to_its_last_step() -> None:
    client, _ = session(plain(), plain(offer_tls=False))
    assert len(ET.fromstring(render_svg(client)).findall(f"{SVG}rect")) == 1
    client, _ = session()
    cut = client[: next(i for i, line in enumerate(client) if "Established" in line)]
    assert len(ET.fromstring(render_svg(cut)).findall(f"{SVG}rect")) == 2
    twice = [*cut, *[line for line in cut if "tls_established" in line], *cut[1:]]
    assert len(ET.fromstring(render_svg(twice)).findall(f"{SVG}rect")) == 4


# --- damaged and strange traces ---------------------------------------------------------------------------------------


def one_way(*pieces: bytes) -> list[tuple[str, str]]:
    lines = ['{"xmppwire-trace":1,"role":"client"}']
    lines += [json.dumps({"at": 0, "call": "receive_data", "in": piece.decode("latin-1")}) for piece in pieces]
    return shown(lines)[1:]


HEADER = b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='7'>"


def test_damaged_input_is_shown_as_such() -> None:
    assert one_way(HEADER, b"<a x=1></a>", b"<message><body>after</body></message>") == [
        ("to-client", "stream id 7"),
        ("to-client", "(not XMPP) <a x=1></a>"),
        ("to-client", "message: “after”"),
    ]
    assert one_way(b"<stream:stream x=1>", b"<presence/>") == [("to-client", "stream"), ("to-client", "presence")]
    (header,) = one_way(b"<stream:stream", b" id='1'/>", b"")
    assert header[1] in ("stream", "(not XMPP) <stream:stream id='1'/>")
    assert one_way(HEADER, b"</wrong>", b"<!-- c -->", b"</stream:stream>")[1:] == [
        ("to-client", "(not XMPP) </wrong>"),
        ("to-client", "(not XMPP) <!-- c -->"),
        ("to-client", "end of stream"),
    ]


def test_cdata_and_quotes_do_not_confuse_the_cutting() -> None:
    assert one_way(
        HEADER, b"<message><body><![CDATA[</message>]]>x</body></message>", b"<iq type='a>b' id='1'/>", b" \n"
    )[1:] == [
        ("to-client", "message: “</message>x”"),
        ("to-client", "iq a>b"),
        ("to-client", "(blank: keepalive)"),
    ]


def test_an_element_that_never_ends_is_given_out() -> None:
    told = one_way(HEADER, b"<message><body>" + b"x" * (1024 * 1024), b"yy", HEADER)
    assert told[1][1].startswith("(not XMPP) <message><body>xxx")
    assert told[-1] == ("to-client", "stream id 7")


def test_features_in_words() -> None:
    offered = (
        b"<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-1-PLUS</mechanism>"
        b"</mechanisms><register xmlns='http://jabber.org/features/iq-register'/></stream:features>"
    )
    assert one_way(HEADER, offered)[1] == ("to-client", "features: SCRAM-SHA-1-PLUS, registration")
    none = b"<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></stream:features>"
    assert one_way(HEADER, none, b"<stream:features/>")[1:] == [
        ("to-client", "features: no mechanisms"),
        ("to-client", "features: none"),
    ]


def test_odd_elements_in_words() -> None:
    elements = {
        b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>": "auth without a mechanism",
        b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>": "TLS failure",
        b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>": "SASL failure: without a condition",
        b"<message type='error'><error/></message>": "message error: error without a condition",
        b"<message from='a@b'><body>x</body><vCard xmlns='vcard-temp'/></message>": "message from a@b: “x”, vCard",
    }
    assert one_way(HEADER, *elements)[1:] == [("to-client", label) for label in elements.values()]


def test_of_two_addresses_the_other_one_is_shown() -> None:
    element = Element(("jabber:client", "message"), {"from": "a@b", "to": "c@d"})
    assert label(element) == "message from a@b to c@d"
    assert label(element, to_server=True) == "message to c@d"
    assert label(element, to_server=False) == "message from a@b"
    assert label(Element(element.name, {"to": "c@d"}), to_server=False) == "message to c@d"


def test_remarks_from_events() -> None:
    def event(**fields: Any) -> str:
        return json.dumps({"at": 1, "call": "next_event", "event": fields})

    lines = [
        '{"xmppwire-trace":1,"role":"server"}',
        "",
        event(**{"class": "Authenticated", "mechanism": "ANONYMOUS", "jid": None, "binding": None}),
        event(**{"class": "StanzaRejected", "condition": "bad-request", "text": "no"}),
        event(**{"class": "CertificateExpired"}),
        event(**{"class": "Established", "jid": None}),
        event(
            **{"class": "AuthenticationFailed", "final": True, "condition": {"enum": ["Condition", "NOT_AUTHORIZED"]}}
        ),
        event(**{"class": "StreamEnded", "reason": {"enum": ["EndReason", "PEER_CLOSE"]}, "text": "bye"}),
        json.dumps({"at": 2, "call": "receive_data", "in": None}),
    ]
    assert [label for _, label in shown(lines)[1:]] == [
        "logged in (ANONYMOUS)",
        "stanza rejected, bad-request: no",
        "the peer's certificate expired",
        "session established: ?",
        "login failed: not-authorized",
        "stream ended, peer-close: bye",
    ]


@pytest.mark.parametrize(
    "line", ["", "nonsense", "[1]", '{"call":"receive_data","in":5}', '{"call":"data_to_send","out":{}}']
)
def test_no_trace_no_ladder(line: str) -> None:
    with pytest.raises(TraceError):
        Ladder().feed(line)


def test_unknown_lines_draw_nothing() -> None:
    assert Ladder().feed('{"call":"later-version","at":5}') == []
