"""The parts of `xmppwire chat` that touch no terminal: keys, the line that is written, how text fits, what is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from xmppwire import JID, Message
from xmppwire.im.conversation import Conversation
from xmppwire.im.messages import Composer, message_ids
from xmppwire.protocol.receipts import Receipt
from xmppwire.protocol.stanza_id import OriginId
from xmppwire_io.cli.chat.editor import Editor
from xmppwire_io.cli.chat.keys import Key, Keyboard
from xmppwire_io.cli.chat.layout import columns, cut, window, wrap
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
