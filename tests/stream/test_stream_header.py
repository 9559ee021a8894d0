"""Stream headers (RFC 6120 section 4.7 to 4.9.1), and errors during setup."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.stream.streams import (
    CLIENT_HEADER,
    HEADER,
    PROCEED,
    STARTTLS,
    Solo,
    client_config,
    client_in_tls,
    features,
    server_config,
    server_in_tls,
    server_logged_in,
)
from xmppwire.stream import Phase, S2SOutgoingConfig, StreamErrorCondition, StreamErrorSent, StreamOpened

NS = "http://etherx.jabber.org/streams"


@pytest.mark.spec("RFC 6120", "4.7.1")
def test_the_address_is_withheld_before_tls_and_shown_after() -> None:
    solo = Solo(client_config())
    assert "from=" not in solo.sent()
    solo.feed(HEADER, features(STARTTLS), PROCEED)
    solo.tls()
    assert "from='juliet@capulet.lit'" in solo.sent()


@pytest.mark.spec("RFC 6120", "4.7.2")
def test_the_response_is_addressed_only_if_the_client_said_who_it_is() -> None:
    solo = Solo(server_config())
    solo.feed(CLIENT_HEADER)
    assert " to=" not in solo.sent().split("<stream:features>")[0]
    solo = Solo(server_config())
    solo.feed(CLIENT_HEADER.replace(" to=", " from='juliet@capulet.lit/x' to="))
    assert " to='juliet@capulet.lit'" in solo.sent()


@pytest.mark.spec("RFC 6120", "4.7.3")
def test_stream_ids_are_new_for_every_stream() -> None:
    import re

    solo = Solo(server_config())
    solo.feed(CLIENT_HEADER, STARTTLS)
    first = re.findall(r" id='([^']+)'", solo.sent())
    solo.tls()
    solo.feed(CLIENT_HEADER)
    second = re.findall(r" id='([^']+)'", solo.sent())
    assert len(first) == len(second) == 1
    assert first != second
    assert len(first[0]) == 20


@pytest.mark.parametrize(
    ("asked", "answered"),
    [("en", "en"), ("EN", "EN"), ("en-GB", "en"), ("de", "en"), (None, "en"), ("not a tag!", "en")],
)
@pytest.mark.spec("RFC 6120", "4.7.4")
def test_language_negotiation(asked: str | None, answered: str) -> None:
    solo = Solo(server_config())
    lang = f"xml:lang='{asked}'" if asked else ""
    solo.feed(CLIENT_HEADER.replace("xml:lang='en'", lang))
    assert f"xml:lang='{answered}'" in solo.sent()


@pytest.mark.parametrize(
    ("version", "ok"),
    [
        ("version='1.0'", True),
        ("version='1.7'", True),
        ("version='2.0'", True),
        ("version='01.00'", True),
        ("version='0.9'", False),
        ("version='0.13'", False),
        ("", False),
        ("version='one'", False),
        ("version='1'", False),
        ("version=''", False),
    ],
)
@pytest.mark.parametrize("role", ["client", "server"])
@pytest.mark.spec("RFC 6120", "4.7.5")
def test_versions(version: str, ok: bool, role: str) -> None:
    solo = Solo(client_config() if role == "client" else server_config())
    header = HEADER if role == "client" else CLIENT_HEADER
    solo.feed(header.replace("version='1.0' xml", f"{version} xml"))
    if ok:
        assert solo.engine.phase is Phase.NEGOTIATING
        if role == "server":
            assert "version='1.0'" in solo.sent()
    else:
        assert solo.error == "unsupported-version"
        assert solo.ended.error is not None


@pytest.mark.spec("RFC 6120", "4.7.5")
def test_no_version_in_the_answer_to_a_client_without_one() -> None:
    solo = Solo(server_config())
    solo.feed(CLIENT_HEADER.replace("version='1.0' xml", "xml"))
    assert "version=" not in solo.sent().replace("<?xml version='1.0'?>", "")


BAD_HEADERS = [
    (f"<stream:stream xmlns='jabber:client' xmlns:stream='{NS}/' version='1.0'>", "invalid-namespace"),
    ("<stream:stream xmlns='jabber:client' xmlns:stream='http://wrong.example/' version='1.0'>", "invalid-namespace"),
    (f"<stream:stream xmlns='jabber:server' xmlns:stream='{NS}' version='1.0' to='capulet.lit'>", "invalid-namespace"),
    (f"<stream:strom xmlns='jabber:client' xmlns:stream='{NS}' version='1.0' to='capulet.lit'>", "bad-format"),
    ("<message xmlns='jabber:client'>", "invalid-namespace"),
    ("<stream:stream version='1.0'>", "not-well-formed"),
    (f"<stream:stream xmlns='jabber:client' xmlns:stream='{NS}' version='1.0' to='a@@b@c'>", "improper-addressing"),
    (
        f"<stream:stream xmlns='jabber:client' xmlns:stream='{NS}' version='1.0' to='capulet.lit' from='@x'>",
        "invalid-from",
    ),
    ("GET / HTTP/1.1\r\n", "not-well-formed"),
    ("\x16\x03\x01", "not-well-formed"),
    ("<!DOCTYPE x>", "restricted-xml"),
    ("<!-- hello -->", "restricted-xml"),
    ("<?php 1?>", "restricted-xml"),
    ("<?xml version='1.0' encoding='iso-8859-1'?>", "unsupported-encoding"),
]


@pytest.mark.parametrize(("header", "condition"), BAD_HEADERS)
@pytest.mark.spec("RFC 6120", "4.9.1.2", "4.9.3")
def test_server_answers_a_bad_header_with_its_own_and_the_error(header: str, condition: str) -> None:
    solo = Solo(server_config())
    solo.feed(header)
    assert solo.error == condition
    sent = solo.sent()
    assert sent.startswith("<?xml version='1.0'?><stream:stream from='capulet.lit' id='")
    assert f"<{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>" in sent
    assert sent.endswith("</stream:error></stream:stream>")
    assert sent.count("<stream:stream ") == 1
    assert solo.ended.error is solo.one(StreamErrorSent).error


@pytest.mark.parametrize(("header", "condition"), BAD_HEADERS)
def test_client_answers_a_bad_header_with_the_error(header: str, condition: str) -> None:
    solo = Solo(client_config())
    solo.feed(header)
    assert solo.error == condition
    assert solo.sent().count("<stream:stream ") == 1


@pytest.mark.spec("RFC 6120", "4.9.3.6")
def test_unknown_hosts() -> None:
    solo = Solo(server_config())
    solo.feed(CLIENT_HEADER.replace("capulet.lit", "montague.lit"))
    assert solo.error == "host-unknown"
    assert "from='capulet.lit'" in solo.sent()


@pytest.mark.spec("RFC 6120", "4.7.2")
def test_a_missing_host_is_taken_for_the_only_one() -> None:
    solo = Solo(server_config())
    solo.feed(CLIENT_HEADER.replace(" to='capulet.lit'", ""))
    assert "from='capulet.lit'" in solo.sent()
    assert solo.engine.phase is Phase.NEGOTIATING
    solo = Solo(server_config(domains=["capulet.lit", "verona.lit"]))
    solo.feed(CLIENT_HEADER.replace(" to='capulet.lit'", ""))
    assert solo.error == "host-unknown"


def test_one_of_several_hosts_is_served_under_its_own_name() -> None:
    solo = Solo(server_config(domains=["capulet.lit", "verona.lit"]))
    solo.feed(CLIENT_HEADER.replace("capulet.lit", "VERONA.lit"))
    assert "from='verona.lit'" in solo.sent()


@pytest.mark.parametrize(
    "header",
    [
        "<s:stream to='capulet.lit' version='1.0' xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams'>",
        "<stream to='capulet.lit' version='1.0' xmlns='http://etherx.jabber.org/streams'>",
        "<stream:stream xmlns:stream='http://etherx.jabber.org/streams' to='capulet.lit' version='1.0'>",
        "\ufeff<stream:stream xmlns:stream='http://etherx.jabber.org/streams' to='capulet.lit' version='1.0'>",
    ],
)
@pytest.mark.spec("RFC 6120", "4.8.5")
def test_other_prefixes_mean_the_same(header: str) -> None:
    solo = Solo(server_config())
    solo.feed(header)
    assert solo.one(StreamOpened).to is not None
    solo.feed(STARTTLS)
    assert PROCEED in solo.sent()


@pytest.mark.spec("RFC 6120", "4.3.3")
def test_the_domain_cannot_change_once_it_counts() -> None:
    """A login at one domain must not open a session at another."""
    solo = server_logged_in(domains=["capulet.lit", "verona.lit"])
    solo.feed(CLIENT_HEADER.replace("capulet.lit", "verona.lit"))
    assert solo.error == "not-authorized"
    solo = server_in_tls(domains=["capulet.lit", "verona.lit"])
    solo.feed(CLIENT_HEADER.replace("capulet.lit", "verona.lit"))
    assert solo.error == "not-authorized"


def test_the_account_cannot_change_once_it_is_known() -> None:
    solo = server_logged_in()
    solo.feed(CLIENT_HEADER.replace(" to=", " from='romeo@capulet.lit' to="))
    assert solo.error == "invalid-from"


@pytest.mark.parametrize("cut", range(1, len(HEADER)))
def test_a_header_cut_anywhere(cut: int) -> None:
    solo = Solo(client_config())
    solo.feed(HEADER[:cut])
    assert solo.events == []
    solo.feed(HEADER[cut:])
    assert solo.one(StreamOpened).id == "s1"


@pytest.mark.parametrize("cut", range(0, len(HEADER), 7))
def test_a_header_that_ends_in_the_middle(cut: int) -> None:
    solo = Solo(client_config())
    solo.feed(HEADER[:cut]) if cut else None
    solo.end_of_file()
    assert solo.ended.reason.value == "connection-lost"


@pytest.mark.parametrize("role", ["client", "server"])
def test_a_second_stream_header_is_refused_at_once(role: str) -> None:
    solo = Solo(client_config() if role == "client" else server_config())
    header = HEADER if role == "client" else CLIENT_HEADER
    solo.feed(header, header.split("?>")[1])
    assert solo.error == StreamErrorCondition.BAD_FORMAT


def test_bytes_behind_the_closing_tag_change_nothing() -> None:
    solo = client_in_tls()
    solo.feed(HEADER + "</stream:stream><message/>garbage")
    assert solo.ended.reason.value == "peer-close"


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: server_config(domains=[]),
        lambda: server_config(domains=["capulet.lit", "a@b"]),
        lambda: server_config(domains=["capulet.lit", "x\0y"]),
        lambda: server_config(lang="e\0n"),
        lambda: client_config(lang=""),
        lambda: S2SOutgoingConfig(local="im.example.com", remote="a@b"),
        lambda: S2SOutgoingConfig(local="\0", remote="example.net"),
    ],
)
def test_a_mistake_in_a_config_is_named_before_a_peer_connects(mistake: Callable[[], object]) -> None:
    with pytest.raises(ValueError):
        mistake()
