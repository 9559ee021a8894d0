"""Private XML storage (XEP-0049) at a real server, over each adapter."""

from __future__ import annotations

import uuid

import pytest

from tests.interop.harness import Connect, account, play, skip_without
from tests.interop.servers import Lab, Server
from xmppwire import JID
from xmppwire.im.private_storage import clear_private, fetch_private, store_private
from xmppwire.operation import IqError
from xmppwire.protocol import private_xml
from xmppwire.protocol.annotations import Annotation, Annotations


@pytest.mark.spec("XEP-0049", "2.2", "2.3")
def test_what_one_client_stores_the_other_finds(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as phone,
            connect(**account(lab, im_server, "alice")) as tablet,
        ):
            try:
                await phone.run(clear_private(Annotations))
            except IqError as error:
                await skip_without(phone, im_server, private_xml.NAMESPACE)
                await skip_without(phone, im_server, private_xml.NAMESPACE, phone.jid.bare)
                raise AssertionError("offered, and refused") from error
            assert await tablet.run(fetch_private(Annotations)) is None
            notes = Annotations(
                annotations=[Annotation(jid=JID("bob@example.com"), text=f"owes me {uuid.uuid4().int} ducats")]
            )
            await phone.run(store_private(notes))
            assert await tablet.run(fetch_private(Annotations)) == notes
            await tablet.run(clear_private(Annotations))
            assert await phone.run(fetch_private(Annotations)) is None

    play(adapter, scenario)
