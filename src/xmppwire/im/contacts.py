"""Whom to ask about a service (XEP-0157): addresses by what they are for.

    contacts = await client.run(fetch_contacts("montague.lit"))
    for jid in jids(contacts.abuse):
        await client.send(Message(jid, "Somebody of yours sends us spam."))

What stands there is what the service says, in discovery, without a proof. An address is a URI; show it, do not open it.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..jid import JID
from ..operation import Operation
from ..payload import URI
from ..protocol.contact_addresses import ServerInfo
from ..protocol.data_forms import DataForm, DataFormType, Field
from ..protocol.disco import DiscoInfo
from ..protocol.server_info import NODE_FIELD
from ..protocol.xmpp_uri import XMPPURI
from .disco import fetch_info

ADDRESSES = 20
"""How many addresses of a kind are taken."""


def fetch_contacts(domain: JID | str) -> Operation[ServerInfo]:
    """The addresses that a domain names; those that are no URIs are left out. Raises what `request` raises."""
    info = yield from fetch_info(domain)
    return contacts_of(info)


def contacts_of(info: DiscoInfo) -> ServerInfo:
    """The addresses in an answer of discovery. Only a form of type `result` whose hidden FORM_TYPE is the right one counts
    (XEP-0128, XEP-0068); without one there are none."""
    for form in info.forms:
        if form.type is DataFormType.RESULT and form.form_type in ServerInfo.form_types:
            return ServerInfo.from_form(_tidy(form))
    return ServerInfo()


def _tidy(form: DataForm) -> DataForm:
    """The form with each field once, and without what is no URI: one bad value does not hide the good ones."""
    known = ServerInfo.bound_fields()
    fields: dict[str | None, Field] = {}
    for one in form.fields:
        if one.var in fields:
            continue
        if one.var in known:
            limit = 1 if one.var == NODE_FIELD else ADDRESSES
            values = [value for value in one.values if _is_uri(value)][:limit]
            one = one.replace(values=values)
        if one.values:
            fields[one.var] = one
    return form.replace(fields=list(fields.values()))


def _is_uri(text: str) -> bool:
    try:
        URI.decode(text)
    except ValueError:
        return False
    return True


def jids(addresses: Iterable[str]) -> list[JID]:
    """Those of the addresses that are of XMPP (RFC 5122), each once; what a URI says beyond the address is left out."""
    found: dict[JID, None] = {}
    for address in addresses:
        try:
            jid = XMPPURI.parse(address).jid
        except ValueError:
            continue
        if jid is not None:
            found[jid] = None
    return list(found)
