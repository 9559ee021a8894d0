"""Messages, presences and IQs: building, reading the parts, payloads by type, copies, comparison."""

from __future__ import annotations

import copy

import pytest

from tests.payload.xmltext import element
from xmppwire.jid import JID, JIDError
from xmppwire.payload import Payload, PayloadError, field
from xmppwire.stanza import (
    CLIENT_NAMESPACE,
    Body,
    ErrorCondition,
    Iq,
    IqType,
    Message,
    MessageType,
    Presence,
    PresenceType,
    Show,
    ShowValue,
    Stanza,
    StanzaError,
    Thread,
    read_stanza,
    write_stanza,
)
from xmppwire.xml import Element, XMLCharacterError

CLIENT = "xmlns='jabber:client'"
ROMEO = JID("romeo@montague.lit")


class Note(Payload, ns="urn:example:note", name="note"):
    count: int = field.attribute(default=0)
    text: str = field.text(default="")


class Outer(Payload, ns="urn:example:outer", name="outer"):
    inner: Stanza | None = field.child(Stanza, default=None)


def received(stanza: Stanza) -> Stanza:
    """The stanza as the other side reads it from the text."""
    back = element(f"<stream {CLIENT}>{write_stanza(stanza)}</stream>").children[0]
    assert isinstance(back, Element)
    return read_stanza(back)


@pytest.mark.parametrize(
    ("stanza", "text"),
    [
        (Message(), "<message/>"),
        (Message("romeo@montague.lit", "a < b"), "<message to='romeo@montague.lit'><body>a &lt; b</body></message>"),
        (
            Message(ROMEO, sender="x.lit/o'clock", id="&", type="chat", lang="en"),
            "<message to='romeo@montague.lit' from='x.lit/o&apos;clock' id='&amp;' type='chat' xml:lang='en'/>",
        ),
        (
            Message(body={"": "hi", "de": "hallo"}, subject="s", thread=Thread(text="t", parent="p")),
            "<message><subject>s</subject><body>hi</body><body xml:lang='de'>hallo</body><thread parent='p'>t"
            "</thread></message>",
        ),
        (
            Message(thread="t", subject={"en": "s"}),
            "<message><subject xml:lang='en'>s</subject><thread>t</thread></message>",
        ),
        (Message(payloads=[Note()]), "<message><note xmlns='urn:example:note'/></message>"),
        (Message(payloads=[Element(("urn:q", "q"))]), "<message><q xmlns='urn:q'/></message>"),
        (Presence(), "<presence/>"),
        (
            Presence(type="unavailable", status="bye", payloads=[Note()]),
            "<presence type='unavailable'><status>bye</status><note xmlns='urn:example:note'/></presence>",
        ),
        (
            Presence(ROMEO, show="dnd", status={"": "a", "cs": "b"}, priority=-128),
            "<presence to='romeo@montague.lit'><show>dnd</show><status>a</status><status xml:lang='cs'>b</status>"
            "<priority>-128</priority></presence>",
        ),
        (Iq.get(Note(), "x.lit", id="1"), "<iq to='x.lit' id='1' type='get'><note xmlns='urn:example:note'/></iq>"),
        (
            Iq.set(Note(count=2), id="1", lang="en"),
            "<iq id='1' type='set' xml:lang='en'><note xmlns='urn:example:note' count='2'/></iq>",
        ),
        (Iq("result", ROMEO, id="1"), "<iq to='romeo@montague.lit' id='1' type='result'/>"),
        (
            Message(type="error", error=StanzaError("gone", uri="xmpp:a@b")),
            "<message type='error'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>xmpp:a@b"
            "</gone></error></message>",
        ),
    ],
)
def test_what_is_sent_is_what_is_received(stanza: Stanza, text: str) -> None:
    assert write_stanza(stanza) == text
    back = received(stanza)
    assert back == stanza
    assert stanza == back
    assert type(back) is type(stanza)
    assert write_stanza(back) == text
    assert stanza.to_element() == back.to_element()


@pytest.mark.parametrize(
    "other",
    [
        Message("romeo@montague.lit/x", "hi", id="1"),
        Message(ROMEO, "ho", id="1"),
        Message(ROMEO, "hi", id="2"),
        Message(ROMEO, "hi", id="1", sender="a@b"),
        Message(ROMEO, "hi", id="1", type="chat"),
        Message(ROMEO, "hi", id="1", lang="en"),
        Message(ROMEO, "hi", id="1", payloads=[Note()]),
        Message(ROMEO, "hi", id="1", attributes={"a": "b"}),
        Presence(ROMEO, id="1"),
        "<message/>",
    ],
)
def test_stanzas_that_differ_on_the_wire_are_not_equal(other: object) -> None:
    assert Message(ROMEO, "hi", id="1") != other
    assert Message(ROMEO, "hi", id="1") == Message(ROMEO, "hi", id="1")


def test_the_inherited_language_is_not_part_of_the_value() -> None:
    given = Message(body="hi").to_element()
    assert read_stanza(given, "en") == read_stanza(given)
    with pytest.raises(TypeError):
        hash(read_stanza(given))


def test_texts_by_language() -> None:
    text = (
        f"<message {CLIENT} xml:lang='en'><body xml:lang='de'>hallo</body><body>hi</body><body xml:lang='DE'>x"
        "</body></message>"
    )
    message = read_stanza(element(text))
    assert isinstance(message, Message)
    assert message.body == "hi"
    assert message.bodies == {"de": "hallo", "en": "hi", "DE": "x"}
    message.lang = "de"
    assert message.body == "hallo"
    message.lang = "fr"
    assert message.body == "hi"  # it has no language of its own, and so inherits this one
    assert message.subject is None
    assert message.subjects == {}
    message = read_stanza(
        element(f"<message {CLIENT}><body xml:lang='de'>hallo</body><body xml:lang='fr'>salut</body></message>"), "FR"
    )  # type: ignore[assignment]
    assert message.body == "salut"
    message.inherited_lang = None
    assert message.body == "hallo"
    built = Message(body={"cs": "ahoj", "de": "hallo"}, lang="de", subject="s")
    assert (built.body, built.subject, built.subjects) == ("hallo", "s", {"de": "s"})


def test_text_in_pieces_and_empty_text() -> None:
    message = Message(payloads=[Element(("jabber:client", "body"), {}, ["a", "b"])])
    assert message.body == "ab"
    assert read_stanza(element(f"<message {CLIENT}><body/></message>")).body == ""  # type: ignore[attr-defined]
    with_child = element(f"<message {CLIENT}><body>a<b/>c</body></message>")
    assert read_stanza(with_child).body == "ac"  # type: ignore[attr-defined]


def test_threads() -> None:
    message = received(Message(thread=Thread(text="t", parent="p")))
    assert isinstance(message, Message)
    assert message.thread == "t"
    assert message.get(Thread) == Thread(text="t", parent="p")
    assert Message().thread is None


@pytest.mark.spec("RFC 6121", "5.2.2", "5.2.5")
def test_answers_to_a_message() -> None:
    thread = Thread(text="t", parent="p")
    asked = received(Message("a@b/c", "1", sender="d@e/f", type="chat", id="7", thread=thread))
    assert isinstance(asked, Message)
    reply = asked.reply("2", payloads=[Element(("urn:x", "x"))])
    assert (reply.to, reply.sender, reply.type) == (JID("d@e/f"), JID("a@b/c"), "chat")
    assert (reply.body, reply.id) == ("2", None)
    assert reply.get(Thread) == thread
    assert reply.find(("urn:x", "x")) is not None
    assert asked.reply({"de": "zwei"}).bodies == {"de": "zwei"}
    said = Message("me@b/c", "1", sender="room@e/nick", type="groupchat").reply("2")
    assert (said.to, said.type) == (JID("room@e"), "groupchat")
    assert Message("a@b", "1", sender="d@e", type="headline").reply().type is MessageType.NORMAL
    with pytest.raises(ValueError, match="an error is not answered"):
        Message("a@b", "1", sender="d@e", type="error").reply("2")
    with pytest.raises(ValueError, match="nobody to answer to"):
        Message("a@b", "1").reply("2")


@pytest.mark.spec("RFC 6121", "4.7.2")
def test_presence_parts() -> None:
    presence = received(Presence(show=ShowValue.XA, status={"": "a", "de": "b"}, priority=7))
    assert isinstance(presence, Presence)
    assert (presence.show, presence.status, presence.statuses, presence.priority) == (
        ShowValue.XA,
        "a",
        {"": "a", "de": "b"},
        7,
    )
    assert presence.is_available
    plain = Presence(type=PresenceType.SUBSCRIBE)
    assert (plain.show, plain.status, plain.priority, plain.is_available) == (None, None, 0, False)


@pytest.mark.spec("RFC 6121", "4.7.2.3")
@pytest.mark.parametrize("text", ["128", "-129", "x", ""])
def test_a_bad_part_costs_nothing_until_it_is_asked_for(text: str) -> None:
    presence = read_stanza(
        element(f"<presence {CLIENT}><priority>{text}</priority><show>busy</show><status>s</status></presence>")
    )
    assert isinstance(presence, Presence)
    assert presence.status == "s"
    for _ in range(2):
        with pytest.raises(PayloadError) as caught:
            _ = presence.priority
        assert caught.value.path == "presence/priority/text()"
    with pytest.raises(PayloadError, match="presence/show"):
        _ = presence.show


def test_bad_arguments_are_refused_at_once() -> None:
    with pytest.raises(ValueError):
        Presence(priority=128)
    with pytest.raises(ValueError):
        Presence(show="busy")
    with pytest.raises(ValueError):
        Message(type="shout")
    with pytest.raises(ValueError):
        Iq("get")
    with pytest.raises(JIDError):
        Message("@")
    with pytest.raises(TypeError):
        Message("a@b", "c", "d")  # type: ignore[misc]


def test_payloads_by_type() -> None:
    message = received(Message(body="b", payloads=[Note(count=1), Element(("urn:x", "x")), Note(count=2, text="t")]))
    note = message.get(Note)
    assert note == Note(count=1)
    assert message.get(Note) is note  # decoded once
    assert message.get_all(Note) == [Note(count=1), Note(count=2, text="t")]
    assert message.get_all(Note)[0] is note
    assert message.get(Outer) is None
    assert message.get_all(Outer) == []
    assert message.without(Note) == Message(body="b", payloads=[Element(("urn:x", "x"))])
    assert message.get(Note) is note
    more = message.without(Note).with_(Note(count=3), Element(("urn:y", "y")))
    assert more.get(Note) == Note(count=3)
    assert more.find(("urn:y", "y")) == Element(("urn:y", "y"))
    assert more.find(("urn:example:note", "note")) == Note(count=3).to_element()
    assert more.find(("urn:z", "z")) is None
    assert more.get_all(Note) == [Note(count=3)]
    assert more.without(Note).get(Note) is None
    message.children.clear()
    assert message.get(Note) is None


def test_a_deep_copy_decodes_for_itself() -> None:
    message = received(Message(body="b", payloads=[Note(count=1)]))
    note = message.get(Note)
    twin = copy.deepcopy(message)
    assert twin == message
    assert twin.get(Note) == note
    assert twin.get(Note) is not note


def test_two_classes_for_one_element() -> None:
    class OtherNote(Payload, ns="urn:example:note", name="note", nested=True):
        count: str = field.attribute()

    message = received(Message(payloads=[Note(count=1)]))
    assert message.get(OtherNote) == OtherNote(count="1")
    assert message.get(Note) == Note(count=1)


def test_a_payload_that_does_not_decode_costs_only_itself() -> None:
    message = read_stanza(
        element(
            f"<message {CLIENT}><body>b</body><note xmlns='urn:example:note' count='x'/>"
            f"<note xmlns='urn:example:note'/></message>"
        )
    )
    with pytest.raises(PayloadError, match="message/note@count: not an integer"):
        message.get(Note)
    with pytest.raises(PayloadError):
        message.get_all(Note)
    assert message.body == "b"  # type: ignore[attr-defined]


def test_a_stanza_within_a_payload() -> None:
    inner = Message("a@b", "deep", type="chat", payloads=[Note()])
    message = received(Message(payloads=[Outer(inner=inner)]))
    outer = message.get(Outer)
    assert outer is not None
    assert outer.inner == inner
    for inside, problem in (
        ("<iq type='get'/>", "needs an id"),
        ("<message to='@'/>", "jid-malformed"),
        ("<presence type='x'/>", "type"),
    ):
        text = f"<message {CLIENT}><outer xmlns='urn:example:outer'>{inside.replace(' ', f' {CLIENT} ', 1)}</outer></message>"
        with pytest.raises(PayloadError, match=problem) as caught:
            read_stanza(element(text)).get(Outer)
        assert caught.value.path.startswith("message/outer/")
    with pytest.raises(PayloadError, match="message/iq"):
        read_stanza(element(f"<message {CLIENT}><iq/></message>")).get(Iq)


def test_iq_payloads() -> None:
    iq = received(Iq.get(Note(count=1), id="1"))
    assert isinstance(iq, Iq)
    assert iq.payload == Note(count=1)
    assert iq.payload is iq.get(Note)
    assert iq.payload_name == ("urn:example:note", "note")
    unknown = received(Iq.get(Element(("urn:x", "x")), id="1"))
    assert isinstance(unknown, Iq)
    assert unknown.payload == Element(("urn:x", "x"))
    assert Iq.get(Note()).payload_name == ("urn:example:note", "note")
    empty = Iq("result", id="1")
    assert (empty.payload, empty.payload_name) == (None, None)
    failed = Iq("error", id="1", payload=Note(), error=StanzaError("forbidden"))
    assert received(failed).payload == Note()  # type: ignore[attr-defined]
    assert received(Iq("error", id="1", error=StanzaError("forbidden"))).payload is None  # type: ignore[attr-defined]
    bad = read_stanza(element(f"<iq {CLIENT} id='1' type='get'> <note xmlns='urn:example:note' count='x'/></iq>"))
    with pytest.raises(PayloadError, match="iq/note@count"):
        _ = bad.payload  # type: ignore[attr-defined]


def test_replies() -> None:
    iq = Iq("set", "b@x", sender="a@x/r", id="9", payload=Note())
    assert iq.result() == Iq("result", "a@x/r", sender="b@x", id="9")
    assert iq.result(Note(count=5)).get(Note) == Note(count=5)
    for other in (iq.result(), Iq("error", id="1")):
        with pytest.raises(ValueError, match="is not answered"):
            other.result()
        with pytest.raises(ValueError, match="is not answered"):
            other.error_reply("bad-request")
    error = iq.error_reply(ErrorCondition.NOT_ALLOWED, text="no", application=Note())
    assert (error.type, error.to, error.sender, error.id) == (IqType.ERROR, JID("a@x/r"), JID("b@x"), "9")
    assert error.payload is None
    assert iq.error_reply("not-allowed", include=True).payload == Note()
    message = Message("b@x", "hi", sender="a@x", id="1", type="chat").error_reply(StanzaError("gone"), include=True)
    assert (message.type, message.body) == (MessageType.ERROR, "hi")
    assert message.error == StanzaError("gone")
    with pytest.raises(ValueError, match="not answered"):
        message.error_reply("gone")


def test_copies() -> None:
    message = Message("a@b", "hi", attributes={"x": "1"}, id="1")
    twin = message.copy()
    assert twin == message
    twin.children.append(Note())
    assert twin.attributes is not None
    twin.attributes["x"] = "2"
    assert message == Message("a@b", "hi", attributes={"x": "1"}, id="1")
    assert message.replace(to="c@d", id="2", attributes=None) == Message("c@d", "hi", id="2")
    assert message.replace(to=None).to is None
    assert Iq.get(Note()).replace(type=IqType.SET).type is IqType.SET
    for name in ("_decoded", "body", "nothing"):
        with pytest.raises(TypeError, match=name):
            message.replace(**{name: 1})
    with pytest.raises(AttributeError):
        message.nothing = 1  # type: ignore[attr-defined]


def test_match_statements() -> None:
    match received(Message("a@b", "hi", type="chat")):
        case Message(body=str(text), type=MessageType.CHAT):
            assert text == "hi"
        case _:
            pytest.fail("did not match")
    match received(Iq.get(Note(count=4), id="1")):
        case Iq(IqType.GET, Note(count=count)):
            assert count == 4
        case _:
            pytest.fail("did not match")


def test_text_between_the_children_is_kept() -> None:
    given = element(f"<iq {CLIENT} id='1' type='get'>\n  <note xmlns='urn:example:note'/>\n</iq>")
    stanza = read_stanza(given)
    assert write_stanza(stanza) == "<iq id='1' type='get'>\n  <note xmlns='urn:example:note'/>\n</iq>"
    assert stanza.to_element() == given
    assert stanza.without(Note).children == ["\n  ", "\n"]
    assert "Note" not in repr(Iq("result", id="1"))


def test_what_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="needs an id"):
        write_stanza(Iq.get(Note()))
    for bad in (
        Message(body="\x00"),
        Message(id="\x07"),
        Message(lang="\x00"),
        Message(payloads=[Note(text="\ud800")]),
        Message(payloads=[Element(("urn:x", "x"), {}, ["\ufffe"])]),
        Message(attributes={"a b": "c"}),
    ):
        with pytest.raises(XMLCharacterError):
            write_stanza(bad)
    with pytest.raises(PayloadError, match="message/note@count: cannot be written"):
        write_stanza(Message(payloads=[Note(count="many")]))  # type: ignore[arg-type]
    for other in (7, b"bytes", [Note()], None):
        with pytest.raises(PayloadError, match=f"message: a {type(other).__name__} is no content of a stanza"):
            write_stanza(Message(payloads=[other]))  # type: ignore[list-item]


def test_attributes_of_the_standard_are_never_written_twice() -> None:
    message = Message(
        "a@b", type="chat", id="1", attributes={"to": "x@y", "from": "z", "type": "normal", "id": "2", "odd": "3"}
    )
    assert write_stanza(message) == "<message to='a@b' id='1' type='chat' odd='3'/>"


def test_shown_to_people() -> None:
    shown = repr(Message("a@b", "hi", type="chat", payloads=[Element(("urn:x", "x"))]))
    assert (
        shown
        == "Message(to='a@b', type='chat', Body(text='hi', lang=None), <Element {urn:x}x attributes=0 children=0>)"
    )
    assert Body(text="x") == Body(text="x")


def test_show_and_priority_as_they_came_and_as_they_were_built() -> None:
    show, priority = (CLIENT_NAMESPACE, "show"), (CLIENT_NAMESPACE, "priority")

    def presence(*children: Element | Payload) -> Presence:
        return Presence(payloads=children)

    assert presence(Element(show, {}, ["away"])).show is ShowValue.AWAY
    assert presence(Element(show, {}, [" away "])).show is ShowValue.AWAY
    assert presence(Element(show, {"extra": "1"}, ["xa"])).show is ShowValue.XA
    assert presence(Show(value=ShowValue.DND), Element(show, {}, ["away"])).show is ShowValue.DND
    assert presence(Element(priority, {}, ["-128"])).priority == -128
    assert presence(Element(priority, {}, [" 7 "])).priority == 7
    assert presence(Element(priority, {}, ["007"])).priority == 7
    for text in ("128", "-129", "1.5", "", "١"):
        with pytest.raises(PayloadError):
            presence(Element(priority, {}, [text])).priority  # noqa: B018 - reading is what raises
    with pytest.raises(PayloadError):
        presence(Element(show, {}, ["gone"])).show  # noqa: B018
