"""The parts of `xmppwire chat` that touch no terminal: keys, the line that is written, how text fits, what is shown."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from xmppwire import JID, Message
from xmppwire.im.conversation import Conversation
from xmppwire.im.messages import Composer, message_ids
from xmppwire.im.rooms import RoomState
from xmppwire.protocol import mam
from xmppwire.protocol.delay import Delay
from xmppwire.protocol.disco import DiscoInfo, Identity
from xmppwire.protocol.forward import Forwarded
from xmppwire.protocol.mam import ArchiveFin, ArchiveQuery, ArchiveResult
from xmppwire.protocol.reactions import Reactions
from xmppwire.protocol.receipts import Receipt
from xmppwire.protocol.rsm import First, ResultSet
from xmppwire.protocol.stanza_id import OriginId
from xmppwire.stanza import Iq
from xmppwire.stream.events import Established
from xmppwire.xml import Element
from xmppwire_io.cli.chat.editor import Editor
from xmppwire_io.cli.chat.keys import Key, Keyboard
from xmppwire_io.cli.chat.layout import columns, cut, window, wrap
from xmppwire_io.cli.chat.talk import Talk
from xmppwire_io.cli.chat.view import View

OWN, PEER = JID("juliet@capulet.lit/balcony"), JID("romeo@montague.lit")
NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"ab", ["a", "b"]),
        ("é日".encode(), ["é", "日"]),
        (b"\r\x7f\x03", [Key.ENTER, Key.BACKSPACE, Key.QUIT]),
        (b"\x1b[A\x1bOB\x1b[5~\x1b[6~x", [Key.UP, Key.DOWN, Key.PAGE_UP, Key.PAGE_DOWN, "x"]),
        (b"\x1b[200~one\r\ntwo\x1b[31m\x07\x1b[201~!", ["one\ntwo[31m", "!"]),
        (b"\x1b\r", ["\n"]),
        (b"\x1bx", [Key.ESCAPE, "x"]),
        (b"\x1b[99;99Zq", ["q"]),
        (b"\x00\x0f", []),
        (b"\xff", ["\N{REPLACEMENT CHARACTER}"]),
    ],
)
def test_keys(data: bytes, keys: list[Key | str]) -> None:
    assert list(Keyboard().feed(data)) == keys
    one_by_one = Keyboard()
    found = [key for byte in data for key in one_by_one.feed(bytes([byte]))]
    if b"\x1b\r" not in data and b"\x1bx" not in data:
        assert found == keys


def test_an_escape_character_alone_is_a_key_after_a_while() -> None:
    keyboard = Keyboard()
    assert list(keyboard.feed(b"\x1b")) == []
    assert keyboard.waiting
    assert list(keyboard.flush()) == [Key.ESCAPE]
    assert not keyboard.waiting
    assert list(keyboard.flush()) == []


def test_what_never_ends_is_dropped() -> None:
    keyboard = Keyboard()
    assert list(keyboard.feed(b"\x1b[" + b"1" * 40)) == ["1"] * 26
    assert not keyboard.waiting
    assert list(keyboard.feed(b"\x1b[200~" + b"x" * 70_000)) == []
    assert not keyboard.waiting


def test_the_editor() -> None:
    editor = Editor()
    for key in ("w", "o", "r", "d", Key.LEFT, Key.BACKSPACE, "m", Key.END, "s", Key.HOME, Key.DELETE, "W"):
        if isinstance(key, Key):
            assert editor.press(key)
        else:
            editor.insert(key)
    assert (editor.text, editor.place) == ("Womds", 1)
    editor.set("one two  ")
    editor.press(Key.KILL_WORD)
    assert editor.text == "one "
    editor.press(Key.KILL_LINE)
    assert (editor.text, editor.place) == ("", 0)
    assert editor.press(Key.BACKSPACE)
    assert not editor.press(Key.PAGE_UP)


@pytest.mark.parametrize(("text", "size"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("a\u200bb", 2), ("", 0)])
def test_columns(text: str, size: int) -> None:
    assert columns(text) == size


def test_wrapping() -> None:
    assert wrap("the quick brown fox", 10) == ["the quick", "brown fox"]
    assert wrap("abcdefghij klm", 4) == ["abcd", "efgh", "ij", "klm"]
    assert wrap("日本語です", 5) == ["日本", "語で", "す"]
    assert wrap("one\n\ntwo", 9) == ["one", "", "two"]
    assert wrap("", 9) == [""]
    assert wrap("\x1b[31mred", 40) == ["\N{REPLACEMENT CHARACTER}[31mred"]
    for width in range(2, 30):
        assert all(columns(line) <= width for line in wrap("Ein 日本語 Satz mit wörtern\tund Tabs " * 4, width))


def test_cutting() -> None:
    assert cut("short", 5) == "short"
    assert cut("longer", 5) == "long…"
    assert cut("日本語", 5) == "日本…"


def test_the_window_around_the_cursor() -> None:
    assert window("abc", 1, 10) == ("abc", 1)
    text, column = window("x" * 50 + "END", 53, 10)
    assert text.endswith("END")
    assert column == len(text) == 9
    text, column = window("a\nb" + "日" * 30, 4, 10)
    assert text.startswith("a⏎b日")
    assert column == 5


def test_the_view() -> None:
    conversation = Conversation(OWN, PEER)
    composer = Composer(PEER, random=lambda size: bytes(size))
    said = composer.text("Wherefore art thou?", receipt=True)
    conversation.sent(said, NOW)
    view, editor = View("romeo", UTC), Editor()

    def shown(height: int = 12, width: int = 40) -> list[str]:
        frame = view.frame(conversation.entries, editor, width, height)
        assert len(frame.lines) == height
        assert all(columns(line) <= width for line in frame.lines)
        return [line for line in frame.lines if line]

    assert shown() == ["romeo", "--- 2026-11-23", "08:05 me: Wherefore art thou?", "> "]
    conversation.feed(
        Message(OWN, type="chat", sender=PEER.with_resource("x"), payloads=[Receipt(id=said.id or "")]), NOW
    )
    assert shown()[2] == "08:05 me: Wherefore art thou? ✓"
    conversation.sent(composer.correction(message_ids(said), "Wherefore art thou Romeo?"), NOW)
    assert shown()[2:4] == ["08:05 me: Wherefore art thou Romeo?", "          (edited) ✓"]
    for number in range(20):
        text = f"/me sighs {number}" if number == 19 else f"number {number} \x1b[31m"
        later = NOW + timedelta(days=1, minutes=number)
        payload = OriginId(id=f"o{number}")
        answer = Message(OWN, text, type="chat", sender=PEER.with_resource("x"), id=f"i{number}", payloads=[payload])
        conversation.feed(answer, later)
    view.notes = [(1, "a note")]
    lines = shown()
    assert lines[-2] == "08:24 * romeo sighs 19"
    assert not any("\x1b" in line for line in lines)
    assert not view.at_top()
    view.back = 10_000
    lines = shown()
    assert view.at_top()
    assert lines[1] == "--- 2026-11-23"
    assert "* a note" in lines
    assert lines[-2].startswith(f"-- {view.back} lines further down")
    editor.set("x" * 100)
    view.editing = True
    frame = view.frame(conversation.entries, editor, 40, 12)
    assert frame.lines[-1].startswith("edit> x")
    assert frame.cursor[1] == 11
    assert frame.cursor[0] <= 40


def heard(text: str, number: int = 0) -> Message:
    return Message(OWN, text, type="chat", sender=PEER.with_resource("x"), id=f"i{number}")


def test_the_screen_costs_the_same_however_much_was_said() -> None:
    def cost(messages: int, size: int) -> int:
        conversation = Conversation(OWN, PEER)
        for number in range(messages):
            conversation.feed(heard("é" * size, number), NOW)
        view, count = View("romeo", UTC), 0

        def seen(_frame: object, event: str, _argument: object) -> None:
            nonlocal count
            count += event in ("call", "c_call")

        before = sys.getprofile()
        sys.setprofile(seen)
        try:
            view.frame(conversation.entries, Editor(), 80, 24)
        finally:
            sys.setprofile(before)
        return count

    assert cost(400, 100) < 2 * cost(50, 100)
    assert cost(2, 500_000) < 2 * cost(2, 10_000)


def test_of_a_long_message_the_beginning_is_shown() -> None:
    conversation = Conversation(OWN, PEER)
    conversation.feed(heard("x" * 6000), NOW)
    lines = View("romeo", UTC).frame(conversation.entries, Editor(), 80, 12).lines
    assert "characters more)" in " ".join(lines)


def test_marks_without_a_width_are_cut_too() -> None:
    conversation = Conversation(OWN, PEER)
    conversation.feed(heard("hi"), NOW)
    conversation.feed(
        Message(
            OWN,
            type="chat",
            sender=PEER.with_resource("x"),
            id="r",
            payloads=[Reactions(id="i0", reactions=["e" + "\N{COMBINING ACUTE ACCENT}" * 63 for _ in range(32)])],
        ),
        NOW,
    )
    frame = View("\N{COMBINING ACUTE ACCENT}" * 100_000, UTC).frame(conversation.entries, Editor(), 40, 12)
    assert max(map(len, frame.lines)) < 1000


@pytest.mark.parametrize("stamp", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)])
@pytest.mark.parametrize("hours", [-5, 5])
def test_the_ends_of_the_calendar(stamp: datetime, hours: int) -> None:
    room = JID("coven@chat.shakespeare.lit")
    conversation = Conversation(OWN, room, room=True)
    late = Message(OWN, "hi", type="groupchat", sender=room.with_resource("hag"))
    conversation.feed(late.with_(Delay(stamp=stamp, sender=room)))
    frame = View("room", timezone(timedelta(hours=hours))).frame(conversation.entries, Editor(), 40, 12)
    assert any("hag: hi" in line for line in frame.lines)


def test_whether_the_top_is_reached_at_any_height() -> None:
    conversation = Conversation(OWN, PEER)
    for number in range(30):
        conversation.feed(heard(f"number {number}", number), NOW + timedelta(days=number // 10))
    view = View("romeo", UTC, notes=[(0, "the first"), (15, "in between"), (30, "the last")])
    whole = view.frame(conversation.entries, Editor(), 40, 100).lines[1:-2]
    text = [line for line in whole if line]
    assert len(text) == 30 + 3 + 3
    for back in range(40):
        view.back = back
        frame = view.frame(conversation.entries, Editor(), 40, 13)
        assert view.back == min(back, 26)
        assert view.at_top() == (back >= 26)
        assert frame.lines[1:-2] == text[26 - view.back : 36 - view.back]


class Confused:
    """A client whose peers answer what nobody can read."""

    jid = OWN

    async def send(self, stanza: object) -> None:
        pass

    async def run(self, operation: Any, *, timeout: float) -> Any:
        assert timeout
        asked: Iq = next(operation).iq
        assert asked.payload_name is not None
        answer = Element(asked.payload_name, {}, [Element((asked.payload_name[0], "feature"))])
        try:
            operation.send(Iq("result", sender=asked.to, id="x", payload=answer))
        except StopIteration as end:
            return end.value
        raise AssertionError


def test_a_conversation_with_somebody_whose_answers_cannot_be_read() -> None:
    client: Any = Confused()
    talk = Talk(client, PEER, "juliet")
    asyncio.run(talk.begin())
    assert talk.room is None
    assert talk.last_own() is None


class Hall:
    """A client in a room whose archive never ends."""

    jid = OWN
    room = JID("hall@conference.capulet.lit")

    def __init__(self) -> None:
        self.pages = 0

    async def send(self, stanza: object) -> None:
        pass

    async def run(self, operation: Any, *, timeout: float) -> Any:
        assert timeout
        request = next(operation)
        try:
            operation.send(self._answer(request).replace(sender=request.iq.to, id="x"))
        except StopIteration as end:
            return end.value
        raise AssertionError

    def _answer(self, request: Any) -> Iq:
        asked: Iq = request.iq
        asked.id = "x"
        if asked.get(DiscoInfo) is not None:
            return asked.result(
                DiscoInfo(identities=[Identity(category="conference", type="text")], features=[mam.NAMESPACE])
            )
        query = asked.get(ArchiveQuery)
        if query is None:
            return asked.result()
        self.pages += 1
        assert self.pages < 1000
        request.named("q")
        said = Message(
            type="groupchat", sender=self.room.with_resource("hag"), body=f"{self.pages}", id=f"m{self.pages}"
        )
        result = ArchiveResult(id=f"a{self.pages}", queryid="q", forwarded=Forwarded(stanza=said))
        assert request.collect(Message(sender=self.room, payloads=[result]))
        place = f"a{self.pages}"
        return asked.result(ArchiveFin(set=ResultSet(first=First(id=place), last=place)))


def test_a_new_stream_enters_the_room_again_and_does_not_read_its_archive_for_ever() -> None:
    client: Any = Hall()
    talk = Talk(client, Hall.room, "juliet")
    asyncio.run(talk.begin())
    assert talk.room is not None
    assert talk.room.state is RoomState.ENTERING
    asyncio.run(talk.handle(Established(OWN, [])))
    assert talk.room.state is RoomState.ENTERING
    assert [text for _, text in talk.notes] == ["there is a new stream", "more was said than is shown"]
    assert client.pages < 100
