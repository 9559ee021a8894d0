"""Runs the programs in docs/examples on each kind of asynchronous I/O, with the local server, and with people who use them."""

from __future__ import annotations

import asyncio
import runpy
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
import trio

from tests.support import ROOT
from xmppwire import Message, Presence
from xmppwire.im.disco import fetch_info
from xmppwire.im.rooms import Joined, JoinFailed, JoinProblem, Left, Room, RoomMessage, SubjectChanged
from xmppwire.im.roster import fetch_roster
from xmppwire.localserver import LocalServer
from xmppwire.operation import IqError
from xmppwire.protocol.receipts import Receipt, ReceiptRequest
from xmppwire.stanza import PresenceType
from xmppwire_io.blocking import connect, serve
from xmppwire_io.certs import throwaway

EXAMPLES = ROOT / "docs" / "examples"
ACCOUNTS = {"bot": "b0t", "juliet": "r0m30"}
SECRET = "open sesame"


@pytest.fixture
def town(reader_of: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Generator[dict[str, Any]]:
    """A server for `localhost`, found by its name, and trusted; the bot's account is in the environment."""
    server = LocalServer(["localhost"], ACCOUNTS, components={"post.localhost": SECRET})
    with throwaway(["localhost"]) as certificates, serve(server, ssl_context=certificates.tls()) as place:
        reader_of("localhost", place.host, place.port, str(certificates.ca_file))
        for name, value in {"BOT": "bot@localhost", "PASSWORD": "b0t", "SECRET": SECRET, "PORT": place.port}.items():
            monkeypatch.setenv(name, str(value))
        yield {"host": place.host, "port": place.port, "ca_file": str(certificates.ca_file)}


def program(name: str, kind: str, folder: Path) -> dict[str, Any]:
    """The example as a reader would have it who changed the import."""
    source = (EXAMPLES / name).read_text(encoding="utf-8")
    assert len(source.splitlines()) < 40
    assert source.count("xmppwire_io.asyncio") == 1
    copy = folder / name
    copy.write_text(source.replace("xmppwire_io.asyncio", f"xmppwire_io.{kind}"), encoding="utf-8")
    return runpy.run_path(str(copy))


def play(kind: str, found: dict[str, Any], visit: Callable[[], None]) -> None:
    """Run the program until the visitor, in a thread, is done."""
    run, main = found["run"], found["main"]

    async def on_asyncio() -> None:
        bot = asyncio.create_task(main())
        visitor = asyncio.create_task(asyncio.to_thread(visit))
        done, _ = await asyncio.wait((bot, visitor), timeout=20, return_when=asyncio.FIRST_COMPLETED)
        bot.cancel()
        assert visitor in done, bot
        await visitor

    async def on_trio() -> None:
        with trio.fail_after(20):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(main)
                await trio.to_thread.run_sync(visit)
                nursery.cancel_scope.cancel()

    async def on_anyio() -> None:
        with anyio.fail_after(20):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(main)
                await anyio.to_thread.run_sync(visit)
                tasks.cancel_scope.cancel()

    run({"asyncio": on_asyncio, "trio": on_trio, "anyio": on_anyio}[kind])


def until(client: Any, kind: type[Any], condition: Callable[[Any], bool] = lambda _: True) -> Any:
    while True:
        event = client.next_event(10)
        assert event is not None
        if isinstance(event, kind) and condition(event):
            return event


def wait_for(client: Any, address: str) -> None:
    """Wait until what the program makes is there."""
    while True:
        try:
            client.run(fetch_info(address))
            return
        except IqError:
            time.sleep(0.01)


@pytest.mark.parametrize("kind", ["asyncio", "trio", "anyio"])
def test_echo_bot(kind: str, town: dict[str, Any], tmp_path: Path) -> None:
    def visit() -> None:
        with connect("juliet@localhost/balcony", password="r0m30", **town) as juliet:
            juliet.run(fetch_roster())  # who does not ask for it is not told of subscriptions
            juliet.send(Presence())
            juliet.send(Presence("bot@localhost", type=PresenceType.SUBSCRIBE))
            until(juliet, Presence, lambda presence: presence.type is PresenceType.SUBSCRIBED)
            juliet.send(Message("bot@localhost", "What's in a name?", type="chat"))
            assert until(juliet, Message).body == "What's in a name?"

    play(kind, program("echo_bot.py", kind, tmp_path), visit)


@pytest.mark.parametrize("kind", ["asyncio", "trio", "anyio"])
def test_moderator(kind: str, town: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOM", "verona@conference.localhost")

    def visit() -> None:
        with connect("juliet@localhost/balcony", password="r0m30", **town) as juliet:
            wait_for(juliet, "verona@conference.localhost")
            room = Room("verona@conference.localhost", "juliet")

            def told(kind: Any, condition: Callable[[Any], bool] = lambda _: True) -> Any:
                while True:
                    event = juliet.next_event(10)
                    assert event is not None
                    found = room.feed(event)
                    if isinstance(found, kind) and condition(found):
                        return found

            while not room.live:
                juliet.send(room.join())
                found = told((Joined, JoinFailed, SubjectChanged))
                if isinstance(found, JoinFailed):  # the bot has not made it yet, or not opened it
                    assert found.problem is JoinProblem.LOCKED
                    time.sleep(0.01)
                elif isinstance(found, Joined):
                    assert not found.created
                    told(SubjectChanged)
            told(RoomMessage, lambda said: "Welcome, juliet" in (said.message.body or ""))
            juliet.send(room.message("Good morrow"))
            juliet.send(room.message("thou knave"))
            told(RoomMessage, lambda said: said.message.body == "juliet, mind your tongue.")
            juliet.send(room.message("thou Zed"))
            assert told(Left).departure.reason == "twice rude"

    play(kind, program("moderator.py", kind, tmp_path), visit)


@pytest.mark.parametrize("kind", ["asyncio", "trio", "anyio"])
def test_gateway(kind: str, town: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOXES", str(tmp_path))

    def visit() -> None:
        with connect("juliet@localhost/balcony", password="r0m30", **town) as juliet:
            juliet.run(fetch_roster())
            wait_for(juliet, "post.localhost")
            info = juliet.run(fetch_info("post.localhost"))
            assert [(one.category, one.type) for one in info.identities] == [("gateway", "smtp")]
            letter = Message(
                "anne\\40example.org@post.localhost", "Come.", type="chat", id="l1", payloads=[ReceiptRequest()]
            )
            juliet.send(letter)
            assert until(juliet, Message).get(Receipt) == Receipt(id="l1")
            juliet.send(Message("..\\2fx@post.localhost", "Out.", type="chat"))
            juliet.send(Presence("anne\\40example.org@post.localhost", type=PresenceType.SUBSCRIBE))
            until(juliet, Presence, lambda presence: presence.type is PresenceType.SUBSCRIBED)

    play(kind, program("gateway.py", kind, tmp_path), visit)
    assert (tmp_path / "anne@example.org.txt").read_text() == "juliet@localhost/balcony: Come.\n"
    assert {path.name for path in tmp_path.iterdir()} == {"anne@example.org.txt", "..%2Fx.txt", "gateway.py"}
