"""`read_stanza`: what every stanza must have, what is kept, what is refused and how it is answered (RFC 6120, section 8)."""

from __future__ import annotations

import json

import pytest

from tests.payload.xmltext import element
from tests.support import shared_dir
from xmppwire.jid import JID
from xmppwire.stanza import (
    ErrorCondition,
    Iq,
    IqType,
    Message,
    MessageType,
    Presence,
    PresenceType,
    Stanza,
    StanzaSyntaxError,
    read_stanza,
    write_stanza,
)
from xmppwire.xml import Element

CLIENT = "xmlns='jabber:client'"


def read(text: str, lang: str | None = None) -> Stanza:
    """The stanza in `text`, in which `@` stands for the declaration of the content namespace."""
    return read_stanza(element(text.replace("@", CLIENT, 1)), lang)


def fault(text: str) -> StanzaSyntaxError:
    with pytest.raises(StanzaSyntaxError) as caught:
        read(text)
    return caught.value


def test_the_common_attributes() -> None:
    stanza = read("<message @ to='b@x/r' from='A@x' id='i' type='chat' xml:lang='de'><body>hi</body></message>", "en")
    assert isinstance(stanza, Message)
    assert (stanza.to, stanza.sender, stanza.id) == (JID("b@x/r"), JID("a@x"), "i")
    assert (stanza.type, stanza.lang, stanza.inherited_lang, stanza.effective_lang) == (
        MessageType.CHAT,
        "de",
        "en",
        "de",
    )
    assert stanza.attributes is None
    bare = read("<presence @/>", "en")
    assert isinstance(bare, Presence)
    assert (bare.to, bare.sender, bare.id, bare.type, bare.lang, bare.effective_lang) == (
        None,
        None,
        None,
        None,
        None,
        "en",
    )


@pytest.mark.parametrize("kind", ["message", "presence", "iq"])
def test_other_attributes_are_kept_and_written_back(kind: str) -> None:
    child = "<q xmlns='urn:q'/>"
    text = f"<{kind} {CLIENT} xmlns:o='urn:o' id='1' type='error' odd='&lt;' o:even='2'>{child}</{kind}>"
    stanza = read_stanza(element(text))
    assert stanza.attributes == {"odd": "<", "{urn:o}even": "2"}
    assert element(f"<s {CLIENT}>{write_stanza(stanza)}</s>").children == [element(text)]
    assert stanza.to_element() == element(text)


@pytest.mark.spec("RFC 6121", "5.2.2")
def test_a_message_of_unknown_or_no_type_is_normal() -> None:
    assert read("<message @/>").type is MessageType.NORMAL  # type: ignore[attr-defined]
    normal = read("<message @ type='normal'/>")
    assert normal == Message()
    strange = read("<message @ type='shout' id='1'/>")
    assert isinstance(strange, Message)
    assert strange.type is MessageType.NORMAL
    assert write_stanza(strange) == "<message id='1' type='shout'/>"
    strange.type = MessageType.CHAT
    assert write_stanza(strange) == "<message id='1' type='chat'/>"


@pytest.mark.spec("RFC 6121", "4.7.1")
def test_a_presence_of_unknown_type_is_a_bad_request() -> None:
    error = fault("<presence @ type='available' from='a@b' id='7'/>")
    assert error.condition is ErrorCondition.BAD_REQUEST
    reply = error.reply()
    assert isinstance(reply, Presence)
    assert (reply.type, reply.to, reply.id) == (PresenceType.ERROR, JID("a@b"), "7")
    assert reply.error is not None
    assert reply.error.condition is ErrorCondition.BAD_REQUEST


@pytest.mark.spec("RFC 6120", "8.2.3")
@pytest.mark.parametrize(
    ("text", "answerable"),
    [
        ("<iq @ type='get' from='a@b'><q xmlns='urn:q'/></iq>", False),
        ("<iq @ id='1' from='a@b'><q xmlns='urn:q'/></iq>", True),
        ("<iq @ from='a@b'><q xmlns='urn:q'/></iq>", False),
        ("<iq @ id='1' type='ask' from='a@b'><q xmlns='urn:q'/></iq>", True),
        ("<iq @ type='ask' from='a@b'><q xmlns='urn:q'/></iq>", False),
        ("<iq @ id='1' type='get' from='a@b'/>", True),
        ("<iq @ id='1' type='set' from='a@b'>text</iq>", True),
        ("<iq @ id='1' type='get' from='a@b'><q xmlns='urn:q'/><q xmlns='urn:q'/></iq>", True),
        ("<iq @ id='1' type='result' from='a@b'><q xmlns='urn:q'/><q xmlns='urn:q'/></iq>", False),
    ],
)
def test_rules_for_iqs(text: str, answerable: bool) -> None:
    error = fault(text)
    assert error.condition is ErrorCondition.BAD_REQUEST
    assert isinstance(error.stanza, Iq)
    assert str(error).startswith("bad-request: ")
    reply = error.reply()
    assert (reply is not None) is answerable
    if reply is not None:
        assert isinstance(reply, Iq)
        assert (reply.type, reply.to, reply.id) == (IqType.ERROR, JID("a@b"), "1")
        write_stanza(reply)


@pytest.mark.spec("RFC 6120", "8.2.3")
@pytest.mark.parametrize(
    "text",
    [
        "<iq @ id='1' type='get'><q xmlns='urn:q'/></iq>",
        "<iq @ id='1' type='set'>\n  <q xmlns='urn:q'/>\n</iq>",
        "<iq @ id='1' type='result'/>",
        "<iq @ id='1' type='result'>\n</iq>",
        "<iq @ id='1' type='result'> <q xmlns='urn:q'/> </iq>",
        "<iq @ id='1' type='error'><q xmlns='urn:q'/><error type='cancel'/></iq>",
        "<iq @ id='1' type='error'/>",
    ],
)
def test_iqs_that_keep_the_rules(text: str) -> None:
    stanza = read(text)
    assert isinstance(stanza, Iq)
    assert stanza.is_request is (stanza.type in (IqType.GET, IqType.SET))


@pytest.mark.spec("RFC 6120", "8.1.1", "8.1.2", "8.3.3.8")
def test_an_address_that_is_none() -> None:
    error = fault("<iq @ id='1' type='get' from='a@b/c' to='@'><q xmlns='urn:q'/></iq>".replace("to='@'", "to='@b'"))
    assert error.condition is ErrorCondition.JID_MALFORMED
    reply = error.reply()
    assert reply is not None
    assert (reply.to, reply.sender, reply.id) == (JID("a@b/c"), None, "1")
    assert reply.error is not None
    assert reply.error.condition is ErrorCondition.JID_MALFORMED

    error = fault("<message @ id='2' to='a@b' from=''/>")
    assert error.condition is ErrorCondition.JID_MALFORMED
    assert (error.stanza.to, error.stanza.sender, error.stanza.id) == (JID("a@b"), None, "2")
    assert error.reply() is not None

    for text in (
        "<iq @ id='1' type='result' from='a@' to=''/>",
        "<message @ type='error' from='a@'/>",
        "<iq @ from='a@' type='get'/>",
    ):
        error = fault(text)
        assert error.condition is ErrorCondition.JID_MALFORMED
        assert error.reply() is None


@pytest.mark.spec("RFC 6120", "4.8.3")
def test_other_content_namespaces_are_put_into_the_clients() -> None:
    stanza = read_stanza(
        element(
            "<message xmlns='jabber:server' to='a@b' from='c@d'><body>hi</body>"
            "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:server'><body>x</body></message>"
            "</forwarded></message>"
        )
    )
    assert isinstance(stanza, Message)
    assert stanza.body == "hi"
    forwarded = stanza.find(("urn:xmpp:forward:0", "forwarded"))
    assert forwarded is not None
    assert forwarded.find(("jabber:server", "message")) is not None
    assert write_stanza(stanza, "jabber:server").startswith(
        "<message to='a@b' from='c@d'><body>hi</body><forwarded xmlns="
    )
    assert isinstance(read_stanza(element("<iq xmlns='jabber:component:accept' id='1' type='result'/>")), Iq)


@pytest.mark.parametrize("name", [("jabber:client", "features"), ("urn:x", "body"), ("", "")])
def test_what_is_no_stanza(name: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="not a stanza"):
        read_stanza(Element(name))


def test_a_stanza_is_read_as_its_own_class_only() -> None:
    message = element(f"<message {CLIENT}/>")
    assert Stanza.from_element(message) == Message()
    assert Message.from_element(message) == Message()
    with pytest.raises(ValueError, match=r"not an? iq: message"):
        Iq.from_element(message)


def test_every_example_of_the_standards_is_read_or_refused_and_survives() -> None:
    seen = refused = 0
    for line in (shared_dir() / "corpus" / "examples.jsonl").read_text(encoding="utf-8").splitlines():
        example = json.loads(line)
        if not example["well_formed"] or example["wrapper"] != "client":
            continue
        try:
            stanzas = element(f"<stream {CLIENT}>{example['xml']}</stream>").elements()
        except SyntaxError:
            continue
        for given in stanzas:
            if given.name not in Stanza.element_names:
                continue
            seen += 1
            try:
                stanza = read_stanza(given)
            except StanzaSyntaxError as error:
                refused += 1
                error.reply()
                continue
            back = element(f"<s {CLIENT}>{write_stanza(stanza)}</s>").children[0]
            assert isinstance(back, Element)
            assert read_stanza(back) == stanza
            for name in ("to", "from"):
                if name in given.attributes:
                    given.attributes[name] = str(JID(given.attributes[name]))
            if given.get("type") != "normal":
                assert back == given, example
    assert seen > 1900
    # Figures and placeholders in the texts: IQs without an id, or with an address that is none.
    assert refused < seen / 10
