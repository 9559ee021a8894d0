"""Personal eventing (XEP-0163): every account is a publish-subscribe service, and contacts hear what they are interested in.

    support = await client.run(fetch_pep_support())
    await client.run(publish_private("urn:example:settings", settings, support=support))

    events = PepEvents(contacts=[user_tune.NAMESPACE], own=["urn:example:settings"])
    ...                                      # announce events.features by service discovery and capabilities
    async for event in client:
        for change in events.feed(event, client.jid):
            match change:
                case ItemsPublished(node=user_tune.NAMESPACE, service=contact, items=items): ...

Anybody can send a message that looks like an event. `PepEvents` believes what accounts, by their bare JIDs, say about
themselves: servers let nobody else speak like that. Nodes with the own data are believed from the own account alone.

ejabberd tells of what was published those whom one client of the account has seen, and takes any client of the account for
that. Where one of them is not available (it has sent no presence), perhaps nobody is told.

Other operations of `xmppwire.im.pubsub` work too: without a service they go to the own account, with `service=contact` to
that of a contact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..jid import JID
from ..operation import IqError, Operation, OperationError
from ..payload import Payload
from ..protocol.avatar_conversion import NAMESPACE as AVATAR_CONVERSION
from ..protocol.bookmarks import COMPAT_FEATURE
from ..protocol.displayed_synchronization import SERVER_ASSIST_FEATURE
from ..protocol.pep import notify_feature
from ..protocol.pubsub import NAMESPACE
from ..protocol.pubsub_errors import PubsubFeature
from ..protocol.pubsub_forms import AccessModel, PublishOptionsForm, SendLastItem
from ..stanza import ErrorCondition, Message
from ..xml import Element
from .disco import fetch_info
from .pubsub.events import NodeEvent, RefusedEvent, read_events
from .pubsub.items import publish

_NOTHING_THERE = frozenset({ErrorCondition.ITEM_NOT_FOUND, ErrorCondition.SERVICE_UNAVAILABLE})


class NotPrivateError(OperationError):
    """The server does not promise that what is published stays private. Nothing was published."""


@dataclass(frozen=True, slots=True)
class PepSupport:
    """What the service of an account announces (section 6). `available`: there is one at all."""

    available: bool
    features: frozenset[str] = frozenset()

    def has(self, feature: PubsubFeature) -> bool:
        """Whether it has a feature of XEP-0060."""
        return f"{NAMESPACE}#{feature}" in self.features

    @property
    def publish_options(self) -> bool:
        """Whether a publication can say who may see it (XEP-0060 section 7.1.5)."""
        return self.available and self.has(PubsubFeature.PUBLISH_OPTIONS)

    @property
    def converts_bookmarks(self) -> bool:
        """Whether bookmarks of XEP-0402 are those of XEP-0049 too."""
        return COMPAT_FEATURE in self.features

    @property
    def converts_avatars(self) -> bool:
        """Whether the published avatar gets into the vCard and into presence (XEP-0398)."""
        return AVATAR_CONVERSION in self.features

    @property
    def assists_displayed(self) -> bool:
        """Whether the server takes what was displayed out of messages and publishes it (XEP-0490 section 4.5)."""
        return SERVER_ASSIST_FEATURE in self.features


def fetch_pep_support(account: JID | str | None = None) -> Operation[PepSupport]:
    """What the own account (or that of somebody else) offers. Raises what `request` raises."""
    info = yield from fetch_info(account)
    available = any(one.category == "pubsub" and one.type == "pep" for one in info.identities)
    return PepSupport(available, frozenset(info.features))


def private_options(max_items: int | None = None) -> PublishOptionsForm:
    """The options for what only the own clients are to see (XEP-0223). `max_items` None is as many as the server keeps."""
    return PublishOptionsForm(
        persist_items=True,
        max_items="max" if max_items is None else max_items,
        send_last_published_item=SendLastItem.NEVER,
        access_model=AccessModel.WHITELIST,
    )


def publish_private(
    node: str,
    payload: Payload | Element,
    *,
    id: str = "current",
    max_items: int | None = 1,
    support: PepSupport | None = None,
    timeout: float | None = None,
) -> Operation[None]:
    """Publish what nobody but the own clients is to see (XEP-0223). A node that others may read is closed to them first; who
    had subscribed to it can still read it on some servers (ejabberd 23.01), until `set_subscribers` ends that.

    `max_items` is how many items the node keeps, None for as many as possible. `support` is what `fetch_pep_support` found
    out; without it, that is asked first. Raises NotPrivateError where the server would not respect the options, what
    `publish` raises, and PayloadError where a node cannot be configured as it has to be.
    """
    if support is None:
        support = yield from fetch_pep_support()
    if not support.publish_options:
        raise NotPrivateError("the account does not offer publish-options")
    options = private_options(max_items)
    yield from publish(node, payload, id=id, options=options, reconfigure=True, timeout=timeout)


def publish_public(
    node: str, payload: Payload | Element, *, id: str = "current", timeout: float | None = None
) -> Operation[None]:
    """Publish the one item of a node, for everybody who asks (XEP-0222). Raises what `publish` raises."""
    options = PublishOptionsForm(persist_items=True, access_model=AccessModel.OPEN)
    yield from publish(node, payload, id=id, options=options, reconfigure=True, timeout=timeout)


def has_nothing(error: IqError) -> bool:
    """Whether an error says that there is no such node, or item, or that the account has no service at all."""
    return error.error.condition in _NOTHING_THERE


class PepEvents:
    """Events of accounts: about nodes of `contacts`, believed from each of these (and from the own account) about themselves,
    and about `own` nodes, believed from the own account only.

    `features` are to be announced by the client, so that servers send the events (section 4.2).
    """

    def __init__(self, contacts: Iterable[str] = (), own: Iterable[str] = ()) -> None:
        self.own = frozenset(own)
        self.contacts = frozenset(contacts) - self.own

    @property
    def features(self) -> list[str]:
        """What to announce."""
        return [notify_feature(node) for node in sorted(self.contacts | self.own)]

    def feed(self, event: object, own: JID) -> list[NodeEvent | RefusedEvent]:
        """Take an event of the client with the full JID `own`: what a message brings about these nodes, or that it was refused.
        Nothing for other nodes, and for all that is no event."""
        if not isinstance(event, Message):
            return []
        found: list[NodeEvent | RefusedEvent] = []
        for one in read_events(event):
            if one.node in self.own or one.node in self.contacts:
                reason = self._refusal(one, own)
                found.append(one if reason is None else RefusedEvent(one.service, one.node, reason))
        return found

    def _refusal(self, one: NodeEvent, own: JID) -> str | None:
        """Why the sender of an event is not believed."""
        if one.node in self.own:
            return None if one.service == own.bare else f"{one.node} is believed from {own.bare} only"
        return None if one.service.resourcepart is None else "a full JID does not speak for an account"
