"""Looking for people in a directory (XEP-0055): by the fields or the form that it has.

    directories = await client.run(find_services("capulet.lit", feature="jabber:iq:search"))
    found = await client.run(search(directories[0].jid, {"last": "Capulet"}))
    for user in found:
        print(user.jid, user.first, user.last)

What can be looked for depends on the directory: `fetch_search` and `search_fields` tell. Whether `*` stands for anything, and
how many letters it wants, is its affair too, and so is what it says about people: it is no proof of who they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..jid import JID
from ..operation import Operation, request
from ..payload import PayloadError
from ..protocol.data_forms import DataForm, FieldType
from ..protocol.jabber_search import NAMESPACE, SearchItem, SearchQuery
from ..stanza import Iq
from ..xml import Name

FIELDS = ("first", "last", "nick", "email")
"""The fields that need no form (section 6)."""
QUERY: Name = SearchQuery.element_names[0]


@dataclass(slots=True)
class FoundUser:
    """Somebody who was found. `first` is the given name, `last` the family name; `others` has what else the directory tells, by
    the names of its fields. Directories of other things may have no `jid`."""

    jid: JID | None = None
    first: str | None = None
    last: str | None = None
    nick: str | None = None
    email: str | None = None
    others: dict[str, list[str]] = field(default_factory=dict[str, list[str]])


@dataclass(slots=True)
class SearchResults:
    """Who was found. `labels` says how to call a field to people, where the directory does; `unreadable` is how many results
    have an address that is none, and are not among the users."""

    users: list[FoundUser] = field(default_factory=list[FoundUser])
    labels: dict[str, str] = field(default_factory=dict[str, str])
    unreadable: int = 0

    def __iter__(self) -> Iterator[FoundUser]:
        return iter(self.users)

    def __len__(self) -> int:
        return len(self.users)


def fetch_search(directory: JID | str) -> Operation[SearchQuery]:
    """What can be looked for. Raises what `request` raises."""
    reply = yield from request(Iq("get", directory, payload=SearchQuery()))
    return reply.get(SearchQuery) or SearchQuery()


def search_fields(query: SearchQuery) -> list[str]:
    """The names of what can be looked for. Where there is a form they are those of the form (section 3)."""
    if query.form is None:
        return [name for name in FIELDS if getattr(query, name) is not None]
    unasked = (FieldType.FIXED, FieldType.HIDDEN)
    return [one.var for one in query.form.fields if one.var is not None and one.type not in unasked]


def search(
    directory: JID | str, values: Mapping[str, object], *, query: SearchQuery | None = None
) -> Operation[SearchResults]:
    """Look for `values`, by the names of fields. `query` is what `fetch_search` gave; without it the directory is asked first.

    Raises what `request` raises: `not-acceptable` may say that there was too little to go by. Raises ValueError for a field
    that cannot be looked for, and `PayloadError` for values that the form does not take, or an answer that cannot be read.
    """
    if query is None:
        query = yield from fetch_search(directory)
    if query.form is not None:
        asked = SearchQuery(form=query.form.submit(values))
    else:
        given: dict[str, Any] = {name: str(value) for name, value in values.items()}
        for name in given.keys() - set(search_fields(query)):
            raise ValueError(f"{name} cannot be looked for")
        asked = SearchQuery(**given)
    reply = yield from request(Iq("set", directory, payload=asked))
    return _read(reply)


def _read(reply: Iq) -> SearchResults:
    """The results in an answer, as items or in a form."""
    results = SearchResults()
    found = reply.find(QUERY)
    if found is None:
        return results
    for element in found.find_all(SearchItem.element_names[0]):
        try:
            item = SearchItem.from_element(element)
        except PayloadError:
            results.unreadable += 1
            continue
        results.users.append(FoundUser(item.jid, item.first, item.last, item.nick, item.email))
    for element in found.find_all(DataForm.element_names[0]):
        form = DataForm.from_element(element)
        if form.form_type in (None, NAMESPACE):
            _read_form(form, results)
    return results


def _read_form(form: DataForm, results: SearchResults) -> None:
    if form.reported is not None:
        results.labels.update((one.var, one.label) for one in form.reported.fields if one.var and one.label)
    for row in form.items:
        user = FoundUser()
        for one in reversed(row.fields):  # where a name comes twice, the first one counts
            value = one.values[0] if one.values else None
            if one.var in FIELDS:
                setattr(user, one.var, value)
            elif one.var == "jid":
                user.jid = _address(value)
            elif one.var is not None:
                user.others[one.var] = one.values
        if user.jid is None and row.get("jid"):
            results.unreadable += 1
        else:
            results.users.append(user)


def _address(text: str | None) -> JID | None:
    try:
        return JID(text) if text else None
    except ValueError:
        return None
