"""Components (XEP-0114): ours at real servers, over each adapter, and slixmpp's at our server."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import uuid
from pathlib import Path
from typing import Any

import pytest

import xmppwire_io.asyncio
from tests.interop.harness import Connect, account, fails, missing, play, until
from tests.interop.servers import Lab, Server
from tests.interop.test_interop_clients import SECONDS, running
from xmppwire import JID, Iq, Message, Presence
from xmppwire.im.ping import ping
from xmppwire.operation import request
from xmppwire.protocol.disco import DiscoInfo
from xmppwire.stanza import PresenceType
from xmppwire_io.errors import AuthenticationError
from xmppwire_io.options import for_components


def place(server: Server) -> dict[str, Any]:
    if server.component_port is None:
        pytest.skip(f"{server.name} takes no components")
    return {"host": server.host, "port": server.component_port}


@pytest.mark.spec("XEP-0114", "3")
def test_stanzas_both_ways(lab: Lab, server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        where = place(server)
        domain = server.component
        bot = JID(f"bot@{domain}")
        async with (
            for_components(connect)(domain, server.component_secret, **where) as component,
            connect(**account(lab, server, "alice")) as alice,
        ):
            assert component.jid == JID(domain)
            await alice.send(Message(bot, "hello <&> \u00e9", type="chat"))
            heard = await until(component, Message)
            assert (heard.sender, heard.to, heard.body) == (alice.jid, bot, "hello <&> \u00e9")
            await component.send(Message(alice.jid, "x" * 60_000, sender=bot.with_resource("there")))
            heard = await until(alice, Message)
            assert (heard.sender, heard.body) == (bot.with_resource("there"), "x" * 60_000)
            await component.send(Message(alice.jid, "from the domain itself"))
            assert (await until(alice, Message)).sender == JID(domain)
            await component.run(ping(server.domain))

    play(adapter, scenario)


@pytest.mark.spec("XEP-0030", "3.1")
@pytest.mark.spec("XEP-0199", "4.3")
def test_requests_to_every_address_of_the_domain(lab: Lab, server: Server) -> None:
    """Over asyncio only: the component must answer while the client waits."""

    async def scenario(connect: Connect) -> None:
        where = place(server)
        domain = server.component
        async with (
            for_components(connect)(domain, server.component_secret, **where),
            connect(**account(lab, server, "alice")) as alice,
        ):
            for target in (domain, f"bot@{domain}", f"bot@{domain}/there"):
                await alice.run(ping(target))
                info = (await alice.run(request(Iq.get(DiscoInfo(), to=target)))).get(DiscoInfo)
                assert info is not None
                assert [identity.category for identity in info.identities] == ["component"]

    play("asyncio", scenario)


@pytest.mark.spec("RFC 6121", "3.1", "4.2")
def test_presence_of_users_and_of_those_in_the_component(lab: Lab, server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        where = place(server)
        domain = server.component
        bot = JID(f"{uuid.uuid4().hex}@{domain}")
        async with (
            for_components(connect)(domain, server.component_secret, **where) as component,
            connect(**account(lab, server, "alice")) as alice,
        ):
            await alice.send(Presence())
            await alice.send(Presence(bot, type="subscribe"))
            asked = await until(component, Presence, lambda event: event.type is PresenceType.SUBSCRIBE)
            assert (asked.sender, asked.to) == (alice.jid.bare, bot)
            await component.send(Presence(alice.jid.bare, sender=bot, type="subscribed"))
            await component.send(Presence(alice.jid.bare, sender=bot, show="dnd"))
            seen = await until(alice, Presence, lambda event: event.sender == bot and event.type is None)
            assert seen.show == "dnd"

    play(adapter, scenario)


@pytest.mark.spec("XEP-0114", "3")
def test_a_wrong_secret(server: Server, adapter: str) -> None:
    error = fails(adapter, server.component, secret="wrong", **place(server))
    assert isinstance(error, AuthenticationError)
    assert error.error is not None
    assert error.error.condition == "not-authorized"


def test_a_component_of_slixmpp_at_our_server(tmp_path: Path) -> None:
    if importlib.util.find_spec("slixmpp") is None:
        missing("slixmpp is not installed")
    script = Path(__file__).parent / "clients" / "slixmpp_component.py"
    secrets = tmp_path / "components"
    secrets.write_text("echo.localhost:open sesame\n", encoding="utf-8")
    serve = ("-m", "xmppwire_io", "serve", "--domain", "localhost", "--listen", "127.0.0.1:0", "--user=alice:pw")

    async def scenario(where: dict[str, Any], ca_file: str) -> None:
        async with (
            asyncio.timeout(SECONDS),
            xmppwire_io.asyncio.connect("alice@localhost/ours", password="pw", ca_file=ca_file, **where) as alice,
        ):
            await alice.run(ping("bot@echo.localhost"))
            for text in ("hello <&> \u00e9", f"ping {alice.jid}", "ping localhost"):
                await alice.send(Message("bot@echo.localhost", text, type="chat"))
                heard = await until(alice, Message)
                assert (str(heard.sender), heard.body) == ("bot@echo.localhost", f"echo: {text}")

    with running(*serve, "--components", str(secrets), "--json") as lines:
        line = lines.next()
        assert line is not None
        where = {"host": line["host"], "port": line["port"]}
        options = {"jid": "echo.localhost", "secret": "open sesame", **where}
        with running(str(script), json.dumps(options)) as component:
            assert component.until("online") == "echo.localhost"
            asyncio.run(scenario(where, line["ca_file"]))
            assert component.until("pinged") == "alice@localhost/ours"
            assert component.until("pinged") == "localhost"
        with running(str(script), json.dumps({**options, "secret": "guess"})) as component:
            assert component.until("error") == "not-authorized"
