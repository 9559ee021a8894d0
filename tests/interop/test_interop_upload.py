"""Files that are put to the upload service of a real server (XEP-0363), over each adapter."""

from __future__ import annotations

import functools
import os
import ssl
import urllib.request
from typing import Any

import pytest

from tests.interop.harness import Connect, account, play, until
from tests.interop.servers import Lab, Server
from xmppwire import JID, Message
from xmppwire.im.upload import (
    BadSlotError,
    FileTooLargeError,
    UploadService,
    UploadSlot,
    file_message,
    find_upload_service,
    request_slot,
    shared_addresses,
)

pytest.importorskip("httpx")

from xmppwire_io.upload import TransferError, upload, upload_blocking

FILE = os.urandom(100_000)


async def transfer(adapter: str, slot: UploadSlot, data: bytes, **keywords: Any) -> None:
    if adapter == "blocking":
        upload_blocking(slot, data, **keywords)
    else:
        await upload(slot, data, **keywords)


async def ask(client: Any, service: UploadService | JID, *about: Any) -> UploadSlot:
    """Ask for a slot. Servers of a lab may have no certificate for it."""
    try:
        return await client.run(request_slot(service, *about))
    except BadSlotError as error:
        if "without TLS" not in str(error):
            raise
        return await client.run(request_slot(service, *about, allow_http=True))


def fetch(url: str, lab: Lab) -> tuple[bytes, str | None]:
    """What is at an address, and of which kind."""
    with urllib.request.urlopen(url, context=trust(lab.ca), timeout=10) as response:
        return response.read(), response.headers["Content-Type"]


@functools.cache
def trust(ca: Any) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca)


@pytest.mark.spec("XEP-0363", "3", "4", "7")
@pytest.mark.spec("XEP-0066", "3")
def test_a_file_goes_to_the_service_and_its_address_to_somebody(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with (
            connect(**account(lab, im_server, "alice")) as alice,
            connect(**account(lab, im_server, "bob")) as bob,
        ):
            service = await alice.run(find_upload_service(alice.jid.domain))
            if service is None:
                pytest.skip(f"{im_server.name} does not take files")
            slot = await ask(alice, service, "très cool.jpg", len(FILE), "image/jpeg")
            seen: list[int] = []
            await transfer(adapter, slot, FILE, ca_file=lab.ca, progress=lambda sent, total: seen.append(sent))
            assert seen[-1] == len(FILE)
            await alice.send(file_message(bob.jid, slot.get_url))
            message = await until(bob, Message)
            assert message.body == slot.get_url
            if slot.get_url.startswith("https:"):
                assert list(shared_addresses(message)) == [slot.get_url]
            data, kind = fetch(slot.get_url, lab)
            assert data == FILE
            assert kind == "image/jpeg"

    play(adapter, scenario)


@pytest.mark.spec("XEP-0363", "3", "6", "7")
def test_what_the_service_does_not_take(lab: Lab, im_server: Server, adapter: str) -> None:
    async def scenario(connect: Connect) -> None:
        async with connect(**account(lab, im_server, "alice")) as alice:
            service = await alice.run(find_upload_service(alice.jid.domain))
            if service is None:
                pytest.skip(f"{im_server.name} does not take files")
            limit = service.max_file_size
            assert limit is not None
            with pytest.raises(FileTooLargeError) as refused:  # by the service, which is not known to have a limit
                await alice.run(request_slot(service.jid, "a.bin", limit + 1))
            assert refused.value.max_file_size == limit
            slot = await ask(alice, service, "a.bin", 1000)
            other = UploadSlot(slot.url, (("Content-Length", "999"), *slot.headers[1:]), 999, slot.get_url)
            with pytest.raises(TransferError) as unfit:
                await transfer(adapter, other, FILE[:999], ca_file=lab.ca)
            assert unfit.value.status in range(400, 500)

    play(adapter, scenario)
