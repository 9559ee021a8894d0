"""What the server keeps for a user and shows to nobody else (XEP-0049)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..protocol.private_xml import NAMESPACE, PrivateQuery
from ..stanza import ErrorCondition, Iq, IqType
from ..stanza.content import CLIENT_NAMESPACE
from ..xml import Element, Name
from .service import Answer, Audience, Request, RequestError, Requests, Service
from .stored import to_element, to_text

if TYPE_CHECKING:
    from .accounts import Account
    from .hub import Correspondent, Hub

QUERY: Name = PrivateQuery.element_names[0]


class PrivateStorageService(Service):
    """Keeps one element for each name and namespace, of those that are not empty."""

    features = account_features = (NAMESPACE,)

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def requests(self) -> Requests:
        return {
            (IqType.GET, QUERY): Request(self._get, Audience.OWNER),
            (IqType.SET, QUERY): Request(self._set, Audience.OWNER),
        }

    def _get(self, _link: Correspondent, iq: Iq, account: Account | None, now: float) -> Answer:
        asked = _elements(iq)
        if account is None or len(asked) != 1:
            raise RequestError(ErrorCondition.BAD_REQUEST, "one element is asked for at a time")
        name = _checked(asked[0])
        text = account.private.get(name)
        element = Element(name) if text is None else to_element(text)
        for service in self._hub.services:
            element = service.private_shown(account, element, now)
        return iq.result(PrivateQuery(payloads=[element]))

    def _set(self, _link: Correspondent, iq: Iq, account: Account | None, now: float) -> Answer:
        given = {_checked(element): element for element in _elements(iq)}
        if account is None or not given:
            raise RequestError(ErrorCondition.NOT_ACCEPTABLE, "there is nothing to store")
        limits = self._hub.limits
        stored = _with(account.private, given)
        if len(stored) > limits.private_elements or sum(map(len, stored.values())) > limits.private_bytes:
            raise RequestError(ErrorCondition.RESOURCE_CONSTRAINT, "there is no room for that")
        for service in self._hub.services:
            given = {name: service.private_stored(account, element, now) for name, element in given.items()}
        account.private = _with(account.private, given)
        return iq.result()


def _with(private: dict[Name, str], given: dict[Name, Element]) -> dict[Name, str]:
    """What is kept when these take the place of those with their names; an empty element is none."""
    stored = {name: text for name, text in private.items() if name not in given}
    return stored | {name: to_text(one) for name, one in given.items() if one.attributes or one.children}


def _elements(iq: Iq) -> list[Element]:
    """What the query has in it, as it came: a payload class might leave something out."""
    query = iq.find(QUERY)
    return [] if query is None else list(query.elements())


def _checked(element: Element) -> Name:
    """What is stored has a namespace of its own (section 2.3)."""
    if element.name[0] in ("", NAMESPACE, CLIENT_NAMESPACE):
        raise RequestError(ErrorCondition.NOT_ACCEPTABLE, "this namespace cannot be stored")
    return element.name
