"""Push notifications (XEP-0357) of a real server to a component of ours, over each adapter."""

from __future__ import annotations

import uuid

import pytest

from tests.interop.harness import Connect, account, play, skip_without, until
from tests.interop.servers import Lab, Server
from xmppwire import JID, Message, Presence
from xmppwire.im.ping import ping
from xmppwire.im.push import PushDelivery, PushService, disable_push, enable_push
from xmppwire.protocol import push
from xmppwire.protocol.push_forms import PushPublishOptions
from xmppwire_io.options import for_components


@pytest.mark.spec("XEP-0357", "5", "6", "7")
def test_somebody_who_is_away_is_called(lab: Lab, im_server: Server, adapter: str) -> None:
    delivered: list[PushDelivery] = []
    service = PushService(delivered.append)
    node, secret = uuid.uuid4().hex, uuid.uuid4().hex
    options = PushPublishOptions(secret=secret)

    async def scenario(connect: Connect) -> None:
        if im_server.component_port is None:
            pytest.skip(f"{im_server.name} takes no components")
        where = {"host": im_server.host, "port": im_server.component_port}
        domain = JID(im_server.component)
        async with (
            for_components(connect)(domain, im_server.component_secret, **where) as component,
            connect(**account(lab, im_server, "alice")) as alice,
        ):
            service.attach(component.session.answers)
            async with connect(**account(lab, im_server, "carol")) as carol:
                await skip_without(carol, im_server, push.NAMESPACE, carol.jid.bare)
                service.add(node, carol.jid.domain, secret)
                await carol.run(enable_push(domain, node, options))
            body = f"are you there? {node}"
            await alice.send(Message(carol.jid.bare, body, type="chat"))
            await alice.run(ping(im_server.domain))
            for _ in range(2000):
                if delivered:
                    break
                await component.run(ping(im_server.domain))  # so that it moves
            (delivery,) = delivered
            assert (delivery.node, delivery.sender.domain) == (node, carol.jid.domain)
            async with connect(**account(lab, im_server, "carol")) as carol:
                await carol.send(Presence())
                await until(carol, Message, lambda message: message.body == body)
                await carol.run(disable_push(domain, node))
            await alice.send(Message(carol.jid.bare, body, type="chat"))
            await alice.run(ping(im_server.domain))
            await component.run(ping(im_server.domain))
            async with connect(**account(lab, im_server, "carol")) as carol:
                await carol.send(Presence())
                await until(carol, Message, lambda message: message.body == body)
            await component.run(ping(im_server.domain))
            assert len(delivered) == 1

    play(adapter, scenario)
