"""Looking for users (XEP-0055), where `LocalServer(directory=True)` allows it: by what they say of themselves in their vCards.

Values are compared without regard to case; one that ends in `*` is only the beginning. Users of the server may search, and
nobody else.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from ..payload import PayloadError
from ..protocol.jabber_search import NAMESPACE, SearchItem, SearchQuery
from ..protocol.vcard_temp import Name as PersonName
from ..protocol.vcard_temp import VCardTemp
from ..stanza import ErrorCondition, Iq, IqType
from ..xml import Element, Name
from .service import Answer, Request, RequestError, Requests, Service
from .stored import to_text

if TYPE_CHECKING:
    from .accounts import Account
    from .hub import Correspondent, Hub

QUERY: Name = SearchQuery.element_names[0]
FIELDS = SearchQuery(
    instructions="Fill in what you know. A star stands for any end of a word.", first="", last="", nick="", email=""
)
LENGTH = 256
"""Characters of a value that are kept for the directory."""


@dataclass(frozen=True, slots=True)
class Listing:
    """How a user is listed: given name, family name, nickname and address of mail."""

    first: str = ""
    last: str = ""
    nick: str = ""
    email: str = ""

    @classmethod
    def of(cls, card: Element) -> Listing:
        """What of a vCard gets into the directory; nothing of one that cannot be read."""
        try:
            read = VCardTemp.from_element(card)
        except PayloadError:
            return cls()
        name = read.name or PersonName()
        mail = next((one.userid for one in read.emails if one.userid), None)
        values = (name.given, name.family, next(iter(read.nicknames), None), mail)
        return cls(*((value or "")[:LENGTH] for value in values))

    def fits(self, wanted: Listing) -> bool:
        """Whether this has all the values that are looked for; empty ones are not."""
        return all(not value or _matches(own, value) for own, value in zip(astuple(self), astuple(wanted), strict=True))


class DirectoryService(Service):
    """The directory of all accounts, at the address of the server itself."""

    features = (NAMESPACE,)

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def requests(self) -> Requests:
        return {(IqType.GET, QUERY): Request(_fields), (IqType.SET, QUERY): Request(self._search)}

    def _search(self, link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Answer:
        query = _asked(link, iq, account)
        wanted = Listing(query.first or "", query.last or "", query.nick or "", query.email or "")
        if not any(value.rstrip("*") for value in astuple(wanted)):
            raise RequestError(ErrorCondition.NOT_ACCEPTABLE, "fill in at least one field")
        items: list[SearchItem] = []
        room = self._hub.limits.answer_bytes
        for one in self._hub.accounts:
            if one.listing.fits(wanted):
                item = SearchItem(jid=one.jid, **{name: getattr(one.listing, name) for name in Listing.__slots__})
                room -= len(to_text(item).encode())
                if room < 0 or len(items) == self._hub.limits.found:
                    break
                items.append(item)
        return iq.result(SearchQuery(items=items))


def _fields(link: Correspondent, iq: Iq, account: Account | None, _now: float) -> Answer:
    _asked(link, iq, account)
    return iq.result(FIELDS)


def _asked(link: Correspondent, iq: Iq, account: Account | None) -> SearchQuery:
    """The query of a user to the server. Raises RequestError for all others."""
    query = iq.get(SearchQuery)
    if account is not None or query is None:
        raise RequestError(ErrorCondition.SERVICE_UNAVAILABLE)
    if link.account is None:
        raise RequestError(ErrorCondition.FORBIDDEN)
    return query


def _matches(own: str, wanted: str) -> bool:
    own, wanted = own.casefold(), wanted.casefold()
    return own.startswith(wanted[:-1]) if wanted.endswith("*") else own == wanted
