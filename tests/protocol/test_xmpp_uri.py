"""`xmpp:` URIs with query components (XEP-0147, RFC 5122)."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmppwire.jid import JID, JIDError
from xmppwire.protocol.account_invitations import account_invitation, contact_invitation
from xmppwire.protocol.pubsub_attachments import attachment_node, summary_node
from xmppwire.protocol.xmpp_uri import XMPPURI, URIAction

ROMEO = JID("romeo@montague.net")


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("xmpp:romeo@montague.net", XMPPURI(ROMEO)),
        ("xmpp:romeo@montague.net?message", XMPPURI(ROMEO, URIAction.MESSAGE)),
        (
            "xmpp:romeo@montague.net?message;subject=Test%20Message;body=Here%27s%20a%20test%20message",
            XMPPURI(ROMEO, "message", (("subject", "Test Message"), ("body", "Here's a test message"))),
        ),
        (
            "xmpp:romeo@montague.net?roster;name=Romeo%20Montague;group=Friends",
            XMPPURI(ROMEO, URIAction.ROSTER, (("name", "Romeo Montague"), ("group", "Friends"))),
        ),
        (
            "xmpp:pubsub.example?;node=urn%3Axmpp%3Amicroblog%3A0;item=a",
            XMPPURI(JID("pubsub.example"), "", (("node", "urn:xmpp:microblog:0"), ("item", "a"))),
        ),
        (
            "xmpp://guest@example.com/support@example.com/desk%20one?message#top",
            XMPPURI(JID("support@example.com/desk one"), "message", (), JID("guest@example.com"), "top"),
        ),
        ("xmpp://guest@example.com", XMPPURI(None, account=JID("guest@example.com"))),
        ("xmpp:[2001:db8::1]", XMPPURI(JID("[2001:db8::1]"))),
        ("xmpp:nasty%24%25%5C%5B%5Dnode@example.com", XMPPURI(JID("nasty$%\\[]node@example.com"))),
        ("xmpp:a@b.example/r%2Fs%40t%3Fu%23v", XMPPURI(JID("a@b.example/r/s@t?u#v"))),
        ("xmpp:ji%C5%99i@%C4%8Dechy.example", XMPPURI(JID("jiři@čechy.example"))),
    ],
)
def test_examples_are_read_and_written(text: str, uri: XMPPURI) -> None:
    assert XMPPURI.parse(text) == uri
    assert XMPPURI.parse(str(uri)) == uri


def test_what_is_written() -> None:
    uri = XMPPURI(
        JID("jiři@čechy.example/Na stole"), "message", (("body", "a;b=c&d"),), JID("guest@example.com"), "x y"
    )
    assert str(uri) == (
        "xmpp://guest@example.com/ji%C5%99i@%C4%8Dechy.example/Na%20stole?message;body=a%3Bb%3Dc%26d#x%20y"
    )


def test_an_iri_and_liberal_spellings() -> None:
    assert XMPPURI.parse("XMPP:jiři@čechy.example/Na%20stole").jid == JID("jiři@čechy.example/Na stole")
    assert XMPPURI.parse("xmpp:pubsub.example?node=a;item=b") == XMPPURI.parse("xmpp:pubsub.example?;node=a;item=b")
    assert XMPPURI.parse("xmpp:romeo@montague.net?join;").parameters == ()
    assert XMPPURI.parse("xmpp:romeo@montague.net?join;password").get("password") == ""


def test_keys_may_repeat_and_a_plus_is_a_plus() -> None:
    uri = XMPPURI.parse("xmpp:romeo@montague.net?roster;group=a+b;group=c")
    assert uri.parameters == (("group", "a+b"), ("group", "c"))
    assert uri.get("group") == "a+b"
    assert uri.get("name") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "xmpp",
        "xmpp:",
        "http://example.com",
        "mailto:romeo@montague.net",
        "xmpp:?message",
        "xmpp:@example.com",
        "xmpp:romeo@",
        "xmpp:romeo@montague.net/",
        "xmpp://",
        "xmpp:///romeo@montague.net",
        "xmpp:romeo%ZZ@montague.net",
        "xmpp:romeo@montague.net?message;body=100%",
        "xmpp:romeo@montague.net?message;body=%FF",
        "xmpp:ro meo@montague.net",
        "xmpp:romeo@montague.net?message;body=a\nb",
        "xmpp:romeo@montague.net?message;body=<b>",
        "xmpp:romeo%40x@montague.net",
    ],
)
def test_what_is_no_uri_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        XMPPURI.parse(text)


def test_a_bad_address_is_named() -> None:
    with pytest.raises(JIDError):
        XMPPURI.parse("xmpp:romeo@-montague-")


def test_a_uri_without_address_is_not_written() -> None:
    with pytest.raises(ValueError, match="without an address"):
        str(XMPPURI(None, "message"))


def test_an_account_is_a_bare_address() -> None:
    assert str(XMPPURI(ROMEO, account=JID("guest@example.com/desk"))) == "xmpp://guest@example.com/romeo@montague.net"
    assert XMPPURI.parse("xmpp://guest@example.com?message") == XMPPURI(None, "message", (), JID("guest@example.com"))


ADDRESSES = st.sampled_from([ROMEO, JID("x.lit"), JID("é@ü.lit/<&>'"), JID("a@b/;?#%"), JID("[::1]")])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(ADDRESSES, TEXTS, st.lists(st.tuples(TEXTS, TEXTS)), st.none() | ADDRESSES, st.none() | TEXTS)
def test_there_and_back(
    jid: JID, action: str, parameters: list[tuple[str, str]], account: JID | None, fragment: str | None
) -> None:
    account = None if account is None else account.bare
    uri = XMPPURI(jid, action, tuple(parameters), account, fragment)
    assert XMPPURI.parse(str(uri)) == uri


@given(st.text())
def test_nothing_but_value_errors(text: str) -> None:
    try:
        uri = XMPPURI.parse("xmpp:" + text)
    except ValueError:
        return
    assert XMPPURI.parse(str(uri)) == uri


@pytest.mark.parametrize("filler", ["%41", ";", ";a=b", "@", "/", "#", "?", "="])
def test_long_input_takes_linear_time(filler: str) -> None:
    started = time.perf_counter()
    for head in ("xmpp:", "xmpp:a@b?x"):
        with suppress(ValueError):
            XMPPURI.parse(head + filler * 100_000)
    assert time.perf_counter() - started < 5


def test_invitations() -> None:
    assert str(contact_invitation(ROMEO, "TOKEN")) == "xmpp:romeo@montague.net?roster;preauth=TOKEN"
    assert (
        str(contact_invitation(ROMEO, "TOKEN", registration=True))
        == "xmpp:romeo@montague.net?roster;preauth=TOKEN;ibr=y"
    )
    assert str(account_invitation(JID("example.com"), "TOKEN")) == "xmpp:example.com?register;preauth=TOKEN"


def test_nodes_of_attachments() -> None:
    assert attachment_node(JID("juliet@capulet.lit"), "urn:xmpp:microblog:0", "balcony-restoration-afd1") == (
        "urn:xmpp:pubsub-attachments:1/"
        "xmpp:juliet@capulet.lit?;node=urn%3Axmpp%3Amicroblog%3A0;item=balcony-restoration-afd1"
    )
    assert summary_node("urn:xmpp:microblog:0") == "urn:xmpp:pubsub-attachments:summary:1/urn:xmpp:microblog:0"
