"""Blocking Command (XEP-0191): a list of addresses that the server keeps from a user.

The list is asked for with a get. A set blocks or unblocks, and comes back as a push to all resources. Pushes are to be believed
only from the own server.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.blocking_reports import Report
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:blocking"
ERRORS_NAMESPACE = "urn:xmpp:blocking:errors"
STANDARD = Standard("XEP-0191", "Blocking Command", Status.STABLE, "1.3", (NAMESPACE, ERRORS_NAMESPACE))


class BlockItem(Payload, ns=NAMESPACE, name="item", nested=True):
    """An address, and where it is being blocked, perhaps a report (XEP-0377)."""

    jid: JID = field.attribute()
    report: Report | None = field.child(default=None)


class BlockList(Payload, ns=NAMESPACE, name="blocklist"):
    """Who is blocked."""

    items: list[BlockItem] = field.children()


class Block(Payload, ns=NAMESPACE, name="block"):
    """Blocks; at least one address."""

    items: list[BlockItem] = field.children()


class Unblock(Payload, ns=NAMESPACE, name="unblock"):
    """Unblocks these addresses; all of them where it is empty."""

    items: list[BlockItem] = field.children()


class Blocked(Payload, ns=ERRORS_NAMESPACE, name="blocked"):
    """The condition of an error: the user blocks the one whom the stanza was for."""
