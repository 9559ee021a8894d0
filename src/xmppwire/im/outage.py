"""Where to look when a server cannot be reached, and what is said there (XEP-0455).

    addresses = await client.run(fetch_outage_addresses(client.jid.domain))    # remember them, for when it is away
    ...
    outage = await fetch_outage(addresses[0])                                  # see below
    if outage is not None and state_of(outage, datetime.now(UTC)) is OutageState.UNDER_WAY:
        print(outage.message("en"))

Fetching is for an HTTP client of your choice. With httpx (the extra `upload`) it is this, which raises httpx.HTTPError, and
ValueError for what is no status:

    async def fetch_outage(address: str) -> Outage | None:
        document = bytearray()
        async with (
            httpx.AsyncClient(timeout=10, headers={"Accept-Encoding": "identity"}) as web,
            web.stream("GET", address) as response,
        ):
            response.raise_for_status()
            async for piece in response.aiter_raw(4096):
                document += piece
                if len(document) > MAX_LENGTH:
                    break
        return read_status(bytes(document))

No more is read than a status can be long, nothing is unpacked, redirections are not followed, and no credentials go along. Ask
now and then while the server is away, not for each attempt to connect. The address is the server's choice, and so is the text:
show it as what it is, somebody else's words. A program that runs where more can be reached than its users may see should not
go to addresses of its own network.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import Enum

from ..jid import JID
from ..operation import Operation
from ..protocol.data_forms import DataFormType
from ..protocol.disco import DiscoInfo
from ..protocol.service_outage_status import MAX_LENGTH, Outage, OutageAddresses, parse_status
from ._web import web_address
from .disco import fetch_info

__all__ = [
    "MAX_LENGTH",
    "Outage",
    "OutageState",
    "fetch_outage_addresses",
    "outage_addresses",
    "read_status",
    "state_of",
]

ADDRESSES = 10
"""How many addresses are taken."""
MESSAGE_LENGTH = 4096
"""How many characters of a text are kept."""


class OutageState(Enum):
    """Where an outage stands (section 4)."""

    PLANNED = "planned"
    """It is to begin later."""
    UNDER_WAY = "under way"
    OVERDUE = "overdue"
    """It was to be over by now; nobody said that it is."""


def fetch_outage_addresses(domain: JID | str) -> Operation[list[str]]:
    """The addresses that a server names for the status of its service (section 2.1), those with TLS first.

    Raises what `request` raises.
    """
    info = yield from fetch_info(domain)
    return outage_addresses(info)


def outage_addresses(info: DiscoInfo) -> list[str]:
    """The same from an answer of discovery. Only a form of type `result` whose hidden FORM_TYPE is the right one counts, and
    only addresses of the web, without credentials in them."""
    for form in info.forms:
        if form.type is DataFormType.RESULT and form.form_type in OutageAddresses.form_types:
            found = dict.fromkeys(_addresses(form.values("external-status-addresses")))
            return sorted(list(found)[:ADDRESSES], key=lambda address: not address.lower().startswith("https:"))
    return []


def _addresses(values: list[str]) -> Iterator[str]:
    for value in values:
        try:
            yield web_address(value, tls=False)
        except ValueError:
            continue


def read_status(document: bytes | str) -> Outage | None:
    """What a document says (section 2.2): None where there is no outage. Texts are cut to `MESSAGE_LENGTH` characters.

    Raises ValueError for what is longer than `MAX_LENGTH` (so read no more than that), no JSON, or not as the standard has it,
    which says nothing about the server. An end before the beginning counts for nothing.
    """
    outage = parse_status(document)
    if outage is None:
        return None
    end = outage.expected_end
    return Outage(
        beginning=outage.beginning,
        expected_end=None if end is None or end < outage.beginning else end,
        planned=outage.planned,
        messages={language: text[:MESSAGE_LENGTH] for language, text in outage.messages.items()},
    )


def state_of(outage: Outage, now: datetime) -> OutageState:
    """Where an outage stands at `now`, an aware datetime."""
    if now < outage.beginning:
        return OutageState.PLANNED
    if outage.expected_end is not None and now > outage.expected_end:
        return OutageState.OVERDUE
    return OutageState.UNDER_WAY
