"""Who is not to reach us (XEP-0191), with reports to the operators (XEP-0377).

    blocked = await client.run(fetch_blocked())
    await client.run(block("tybalt@capulet.lit"))
    async for event in client:
        blocked.feed(event, client.jid)   # what our other clients block and unblock

    report = report_about("spammer@evil.example", ReportReason.SPAM, messages, archive=client.jid.bare)
    if not await client.run(block_and_report("spammer@evil.example", report, client.jid.domain)):
        ...                               # blocked, but the server takes no reports

The server keeps the list; what is kept here is what it told. Let people block without a report as well, and ask them before
a report goes further than to their own server.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..jid import JID
from ..operation import Operation, request
from ..payload import PayloadError
from ..protocol.blocking import Block, BlockItem, BlockList, Unblock
from ..protocol.blocking_reports import NAMESPACE, Report, ReportReason
from ..protocol.stanza_id import StanzaId
from ..stanza import Iq, IqType, Message
from .archive import ArchivedMessage
from .disco import fetch_info
from .messages import message_ids

__all__ = [
    "BlockedAddresses",
    "Report",
    "ReportReason",
    "block",
    "block_and_report",
    "fetch_blocked",
    "report_about",
    "unblock",
    "unblock_all",
]

MOST_MESSAGES = 100
"""So many messages are named in a report."""


class BlockedAddresses:
    """The addresses that an account blocks. `jid in blocked` says whether a stanza from there would be kept away."""

    def __init__(self, jids: Iterable[JID] = ()) -> None:
        self._jids = dict.fromkeys(jids)

    def __iter__(self) -> Iterator[JID]:
        return iter(self._jids)

    def __len__(self) -> int:
        return len(self._jids)

    def __contains__(self, jid: JID) -> bool:
        """Whether the address is on the list, or its account, or its domain, with that resource or without (section 5)."""
        if jid in self._jids or jid.bare in self._jids or jid.domain in self._jids:
            return True
        return jid.resourcepart is not None and JID.from_parts(None, jid.domainpart, jid.resourcepart) in self._jids

    def feed(self, event: object, own: JID) -> bool:
        """Take an event of the client with the full JID `own`. Whether it changed the list.

        Only what the server says in the name of the account counts (section 6); a session hands on nothing else as a push, but
        others might.
        """
        if not isinstance(event, Iq) or event.type is not IqType.SET or event.sender not in (None, own.bare):
            return False
        try:
            added, removed = event.get(Block), event.get(Unblock)
        except PayloadError:
            return False
        before = set(self._jids)
        if added is not None:
            self._jids.update(dict.fromkeys(item.jid for item in added.items))
        elif removed is not None:
            for item in removed.items:
                self._jids.pop(item.jid, None)
            if not removed.items:
                self._jids.clear()
        return set(self._jids) != before


def fetch_blocked() -> Operation[BlockedAddresses]:
    """Whom the account blocks. From then on the server tells of changes (section 3.3). Raises what `request` raises."""
    reply = yield from request(Iq("get", payload=BlockList()))
    found = reply.get(BlockList)
    return BlockedAddresses(item.jid for item in found.items) if found is not None else BlockedAddresses()


def block(*jids: JID | str, report: Report | None = None) -> Operation[None]:
    """Block addresses: accounts, resources, or whole domains. `report` says to the operators why, about each of them; only
    where the server announces `urn:xmpp:reporting:1` (see `block_and_report`). Raises what `request` raises, and ValueError
    without an address."""
    if not jids:
        raise ValueError("nobody to block")
    items = [BlockItem(jid=JID(jid), report=report) for jid in jids]
    yield from request(Iq("set", payload=Block(items=items)))


def block_and_report(jid: JID | str, report: Report, server: JID | str) -> Operation[bool]:
    """Block an address, and report it where `server`, our own, takes reports: the result says whether it does. Raises what
    `request` raises."""
    info = yield from fetch_info(server)
    reported = NAMESPACE in info.features
    yield from block(jid, report=report if reported else None)
    return reported


def report_about(
    jid: JID | str,
    reason: ReportReason | str,
    messages: Iterable[Message | ArchivedMessage] = (),
    *,
    archive: JID | None = None,
    text: str | Mapping[str, str] | None = None,
    report_origin: bool = False,
    third_party: bool = False,
) -> Report:
    """A report about an address that is to be blocked (XEP-0377 sections 4 and 6).

    `messages` are of this address; those count that have an id of the archive (XEP-0359) of `archive`, the account, which is
    to be given where the account announces `urn:xmpp:sid:0`; at most `MOST_MESSAGES`, the latest. `text` explains, alone or by
    language. `report_origin` and `third_party` let the server pass the report on, to the domain of that address and to others.

    Raises ValueError for a message of somebody else.
    """
    about, by = JID(jid), None if archive is None else archive.bare
    ids: dict[str, None] = {}
    for one in messages:
        message = one.message if isinstance(one, ArchivedMessage) else one
        sender = message.sender
        if sender is None or about not in (sender, sender.bare, sender.domain):
            raise ValueError(f"a message of {sender} in a report about {about}")
        if by is not None:
            id_ = one.id if isinstance(one, ArchivedMessage) else message_ids(message, by).stanza_id
            if id_ is not None:
                ids[id_] = None
    texts = {"": text} if isinstance(text, str) else dict(text or {})
    return Report(
        reason=reason,
        stanza_ids=[StanzaId(id=id_, by=by) for id_ in list(ids)[-MOST_MESSAGES:]] if by is not None else [],
        texts=texts,
        report_origin=report_origin,
        third_party=third_party,
    )


def unblock(*jids: JID | str) -> Operation[None]:
    """Unblock addresses. Raises what `request` raises, and ValueError without an address: see `unblock_all`."""
    if not jids:
        raise ValueError("nobody to unblock")
    yield from request(Iq("set", payload=Unblock(items=[BlockItem(jid=JID(jid)) for jid in jids])))


def unblock_all() -> Operation[None]:
    """Unblock everybody. Raises what `request` raises."""
    yield from request(Iq("set", payload=Unblock(items=[])))
