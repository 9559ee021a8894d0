"""Bind 2 (XEP-0386): the resource is bound with the login (XEP-0388), and features are switched on with it.

<bind><tag/><enable xmlns=sm/>...</bind>  in <authenticate/> ->    <- <bound><enabled xmlns=sm/>...</bound>  in <success/>

It is no feature by itself: both halves are called by `sasl2`. Without `<bound/>`, binding follows as in RFC 6120.
"""

from __future__ import annotations

from collections.abc import Collection, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...jid import JID, JIDError
from ...protocol.client_state_indication import NAMESPACE as CSI_NS
from ...xml import Element
from ..events import Binding, BindRequested, ClientStateChanged, EndReason, ManagementEnabled, ResourceBound
from ..management import NS as SM_NS
from ..management import Acks
from ..sasl2 import SASL2, UserAgent
from .base import GiveUp, Refused, Step, ask
from .csi import indication
from .management import ENABLE, ENABLED, FAILED, conclude_enabling, enable_request, grant

if TYPE_CHECKING:
    from ..negotiation import Negotiation

NS = "urn:xmpp:bind:0"
BIND = (NS, "bind")
BOUND = (NS, "bound")
INLINE = (NS, "inline")
FEATURE = (NS, "feature")
TAG = (NS, "tag")
INACTIVE = indication(False)
MAX_TAG = 256
"""A longer tag is no tag: a resourcepart has 1023 bytes at most, and the server adds to it."""


# --- receiving entity ----------------------------------------------------------------------------------------------


def advertise(stream: Negotiation, features: Collection[str]) -> Element:
    """What goes into the `<inline/>` of SASL2."""
    server = stream.server_config
    states = [CSI_NS] if server is not None and server.client_state else []
    names = [*([SM_NS] if stream.config.management is not None else []), *states, *features]
    listed: list[Element | str] = [Element(FEATURE, {"var": name}) for name in names]
    return Element(BIND, {}, [Element(INLINE, {}, listed)] if listed else [])


@dataclass(slots=True)
class Bound:
    """A resource that is bound: its element, and what begins once that is sent."""

    element: Element
    event: ResourceBound
    acks: Acks | None
    inactive: bool
    """Whether nobody looks at the client (XEP-0352)."""


def bind(
    stream: Negotiation, request: Element, features: Collection[str], user_agent: UserAgent | None
) -> Generator[Step, Any, Bound | None]:
    """Bind a resource as `request` asks; None where the program refuses."""
    account = stream.account
    assert account is not None  # noqa: S101 - binding comes behind the login
    wanted = [child for child in request.elements() if child.namespace in features]
    question = BindRequested(account, None, True, _tag(account, request), user_agent, wanted)
    try:
        answer: str | JID | Binding = yield from ask(question)
    except Refused:
        return None
    binding = answer if isinstance(answer, Binding) else Binding(answer)
    resource = binding.resource
    stream.jid = resource if isinstance(resource, JID) else account.with_resource(resource)
    results: list[Element | str] = [*binding.results]
    acks: Acks | None = None
    enable, management = request.find(ENABLE), stream.config.management
    if enable is not None and management is not None:
        reply, acks = grant(stream, management, enable)
        results.insert(0, reply)
    event = ResourceBound(stream.jid, [child.namespace for child in wanted], binding.results)
    server = stream.server_config
    inactive = server is not None and server.client_state and request.find(INACTIVE.name) is not None
    return Bound(Element(BOUND, {}, results), event, acks, inactive)


def begin(stream: Negotiation, bound: Bound) -> Generator[Step, Any, None]:
    """`<bound/>` is sent: what it promised begins."""
    stream.done |= {"bind", "session"}
    if (acks := bound.acks) is not None:
        stream.manage(acks)
        stream.done.add("management")
        yield ManagementEnabled(acks.id, acks.max_seconds, acks.location)
    yield bound.event
    if bound.inactive:
        stream.client_active = False
        yield ClientStateChanged(False)


def _tag(account: JID, request: Element) -> str | None:
    """The client's tag, if a resourcepart may begin with it."""
    tag = request.find(TAG)
    if tag is None or not tag.text or len(tag.text) > MAX_TAG:
        return None
    try:
        return account.with_resource(tag.text).resourcepart
    except JIDError:
        return None


# --- initiating entity ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class BindRequest:
    """A request to bind, and what is asked for with it."""

    element: Element
    features: list[str]
    management: bool
    inactive: bool


def request(stream: Negotiation, along: SASL2, offered: Element) -> BindRequest:
    """The request for a server that advertises `offered`: what it does not know is left out."""
    management = stream.config.management
    inline = offered.find(INLINE)
    known: set[str | None] = (
        {feature.get("var") for feature in inline.find_all(FEATURE)} if inline is not None else set()
    )
    children: list[Element | str] = [Element(TAG, {}, [along.tag])] if along.tag else []
    managed = management is not None and SM_NS in known
    if management is not None and managed:
        children.append(enable_request(management))
    wanted = [element for element in along.inline if element.namespace in known]
    inactive = not stream.client.active and CSI_NS in known
    if inactive:
        children.append(INACTIVE)
    element = Element(BIND, {}, [*children, *wanted])
    return BindRequest(element, [element.namespace for element in wanted], managed, inactive)


def conclude(stream: Negotiation, request: BindRequest, bound: Element, address: JID) -> Generator[Step, Any, None]:
    """The server has bound us to `address`."""
    if not address.is_full:
        raise GiveUp(EndReason.NEGOTIATION_FAILED, f"the server bound no usable address: {address}")
    stream.jid = address
    stream.done |= {"bind", "session"}
    stream.client_active = not request.inactive
    management = stream.config.management
    for name in (ENABLED, FAILED):
        if request.management and management is not None and (reply := bound.find(name)) is not None:
            # What the features say of management afterwards is of no interest: some servers offer it once more.
            stream.done |= {"management", "resumption"}
            yield conclude_enabling(stream, management, reply)
            break
    yield ResourceBound(address, request.features, [child for child in bound.elements() if child.namespace != SM_NS])
