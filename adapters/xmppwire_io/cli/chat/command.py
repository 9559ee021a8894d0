"""The command itself: keys and events, each as they come, and the screen anew after each."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import time

from xmppwire import JID
from xmppwire.im.conversation import Entry
from xmppwire.session import ReconnectPolicy

from .. import loops
from ..login import login
from ..loops import Client
from ..signals import interruptible
from ..terminal import Failure, one_line
from .editor import Editor
from .keys import Key, Keyboard
from .screen import Screen
from .talk import Talk
from .view import View

POLICY = ReconnectPolicy(first=5.0)
_ESCAPE = 0.05
"""Seconds after which an escape character is a key by itself."""
_HELP = "Up edits, PgUp scrolls back, Ctrl-C leaves"


def run(arguments: argparse.Namespace) -> int:
    """Hold a conversation until somebody leaves."""
    peer: JID = arguments.peer
    screen = Screen()
    nick = arguments.nick or arguments.jid.localpart

    async def command() -> None:
        async with login(loops.choose("asyncio"), arguments, reconnect=POLICY) as client:
            talk = Talk(client, peer, nick, room=arguments.room)
            with screen:
                await _Chat(client, talk, screen).hold()
            if client.ended is not None and talk.left_by_server:
                raise Failure(f"the stream ended: {one_line(client.ended.error or client.ended.text)}")

    with interruptible():
        try:
            asyncio.run(command())
        except* KeyboardInterrupt:
            pass
    return 0


class _Chat:
    """A conversation on a screen."""

    def __init__(self, client: Client, talk: Talk, screen: Screen) -> None:
        self._client = client
        self._talk = talk
        self._screen = screen
        self._keyboard = Keyboard()
        self._editor = Editor()
        self._view = View(f"{talk.peer} -- {_HELP}")
        self._edited: Entry | None = None
        self._keys: asyncio.Queue[Key | str] = asyncio.Queue()
        self._over = asyncio.Event()
        self._escape: asyncio.TimerHandle | None = None

    async def hold(self) -> None:
        """From the first look to the last."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._screen.descriptor, self._read)
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(signal.SIGWINCH, lambda: self._keys.put_nowait(Key.REDRAW))
        try:
            self._talk.note("fetching what was said")
            self._draw()
            await self._talk.begin()
            self._talk.notes.clear()
            self._draw()
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(task()) for task in (self._events, self._typing, self._timers)]
                await self._over.wait()
                for task in running:
                    task.cancel()
        finally:
            loop.remove_reader(self._screen.descriptor)

    async def _events(self) -> None:
        async for event in self._client:
            await self._talk.handle(event)
            self._draw()
        self._talk.left_by_server = True
        self._over.set()

    async def _timers(self) -> None:
        while True:
            due = self._talk.next_timeout()
            await asyncio.sleep(1.0 if due is None else min(1.0, max(0.0, due - time.monotonic())))
            await self._talk.handle_timeout()

    def _read(self) -> None:
        data = self._screen.read()
        if not data:
            self._keys.put_nowait(Key.QUIT)
            asyncio.get_running_loop().remove_reader(self._screen.descriptor)
        if self._escape is not None:
            self._escape.cancel()
        for key in self._keyboard.feed(data):
            self._keys.put_nowait(key)
        if self._keyboard.waiting:
            self._escape = asyncio.get_running_loop().call_later(_ESCAPE, self._flush)

    def _flush(self) -> None:
        for key in self._keyboard.flush():
            self._keys.put_nowait(key)

    async def _typing(self) -> None:
        while True:
            key = await self._keys.get()
            if key is Key.QUIT:
                self._over.set()
                return
            before = self._editor.text
            await self._press(key)
            if self._editor.text != before and self._edited is None:
                await self._talk.typed(self._editor.text)
            self._draw(anew=key is Key.REDRAW)

    async def _press(self, key: Key | str) -> None:
        view, editor = self._view, self._editor
        rows = self._screen.size[1] - 4
        match key:
            case str():
                editor.insert(key)
            case Key.ENTER:
                await self._enter()
            case Key.UP if not editor.text and (last := self._talk.last_own()) is not None:
                self._edited, view.editing = last, True
                editor.set(last.text or "")
            case Key.ESCAPE if self._edited is not None:
                self._edited, view.editing = None, False
                editor.set("")
            case Key.PAGE_UP:
                if view.at_top():
                    await self._talk.older()
                view.back += rows
            case Key.PAGE_DOWN:
                view.back = max(0, view.back - rows)
            case _:
                editor.press(key)

    async def _enter(self) -> None:
        text, edited = self._editor.text.strip(), self._edited
        self._editor.set("")
        self._edited, self._view.editing, self._view.back = None, False, 0
        if not text:
            return
        if edited is None:
            await self._talk.say(text)
        elif text != edited.text:
            await self._talk.correct(edited, text)

    def _draw(self, *, anew: bool = False) -> None:
        self._view.notes = self._talk.notes
        self._view.status = self._talk.status
        frame = self._view.frame(self._talk.conversation.entries, self._editor, *self._screen.size)
        self._screen.show(frame, anew=anew)
