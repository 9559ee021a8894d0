"""Files between one of ours and Libervia, which sends and takes them by Jingle (XEP-0234), over connections of their own
(XEP-0260) and through the servers (XEP-0261): real ones, and ours.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.interop import libervia, ours
from tests.interop.harness import Connect, account, missing, play
from tests.interop.libervia import Libervia
from tests.interop.servers import Lab, Launcher, NotInstalled, Server
from xmppwire import JID, Presence
from xmppwire.im.ping import ping
from xmppwire.protocol.jingle_file_transfer import File
from xmppwire.stanza import PresenceType
from xmppwire_io.bytestreams import anywhere
from xmppwire_io.file_transfer import FileTransfers, TransferOptions

DATA = os.urandom(150_000)
NAME = "photo.bin"
PLACES = pytest.mark.parametrize(
    ("place", "in_band"),
    [("prosody", False), ("ejabberd", True), (ours.NAME, False)],
    ids=["prosody-socks5", "ejabberd-in band", "local-socks5"],
)
SECONDS = 60.0


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Libervia]:
    with libervia.running(tmp_path_factory.mktemp("libervia")) as client:
        yield client


@pytest.fixture
def there(client: Libervia, place: str, launcher: Launcher) -> tuple[Server, JID]:
    """A server, and Libervia's address at it, as bob."""
    try:
        server = launcher.start(place)
    except NotInstalled as problem:
        missing(str(problem))
    if place not in client.profiles:
        password = launcher.lab().users["bob"]
        client.log_in(place, f"bob@{server.domain}", password, server.host, server.c2s)
        play("asyncio", partial(let_in, launcher.lab(), server), SECONDS)
    return server, client.profiles[place]


async def let_in(lab: Lab, server: Server, connect: Connect) -> None:
    """Let alice see that bob is there: some servers, as ours, let nobody else ask him anything."""
    async with connect(**account(lab, server, "alice")) as alice, connect(**account(lab, server, "bob")) as bob:
        await alice.send(Presence(bob.jid.bare, type=PresenceType.SUBSCRIBE))
        await alice.run(ping(server.domain))
        await bob.send(Presence(alice.jid.bare, type=PresenceType.SUBSCRIBED))
        await bob.run(ping(server.domain))


def transfers(alice: Any, peer: JID, in_band: bool) -> FileTransfers:
    """Those of our client, with that peer only."""
    options = TransferOptions(socks5=not in_band)
    return FileTransfers(alice, allowed=lambda jid: jid.bare == peer.bare, options=options, dialling=anywhere)


@PLACES
@pytest.mark.spec("XEP-0234", "6.1")
def test_a_file_to_libervia(
    client: Libervia, there: tuple[Server, JID], place: str, in_band: bool, launcher: Launcher, tmp_path: Path
) -> None:
    server, peer = there
    # A description has to be there: without it Libervia ends with a KeyError.
    told = File(name=NAME, size=len(DATA), desc={"en": "a photo"})

    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(launcher.lab(), server, "alice")) as alice,
            transfers(alice, peer, in_band) as files,
        ):
            await alice.send(Presence(peer))
            await files.send(peer, DATA, file=told)

    with client.busy("file", "receive", "-p", place, "--path", str(tmp_path)):
        play("asyncio", scenario, SECONDS)
    assert (tmp_path / NAME).read_bytes() == DATA


@PLACES
@pytest.mark.spec("XEP-0234", "6.1")
def test_a_file_from_libervia(
    client: Libervia, there: tuple[Server, JID], place: str, in_band: bool, launcher: Launcher, tmp_path: Path
) -> None:
    server, peer = there
    source, target = tmp_path / NAME, tmp_path / "received"
    source.write_bytes(DATA)

    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(launcher.lab(), server, "alice")) as alice,
            transfers(alice, peer, in_band) as files,
        ):
            await alice.send(Presence(peer))
            with client.busy("file", "send", "-p", place, str(source), str(alice.jid)):
                incoming = await anext(files)
                assert (incoming.peer, incoming.name, incoming.file.size) == (peer, NAME, len(DATA))
                assert (await files.receive(incoming, target)).verified

    play("asyncio", scenario, SECONDS)
    assert target.read_bytes() == DATA
