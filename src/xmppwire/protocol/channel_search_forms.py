"""The form of a search for channels (XEP-0433)."""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Enumeration, Unknown, UnsignedInt
from xmppwire.protocol import form
from xmppwire.protocol.data_forms import FieldType
from xmppwire.protocol.form import TypedForm

PART_OF = "XEP-0433"


class ChannelOrder(StrEnum):
    """How results are sorted."""

    ADDRESS = "{urn:xmpp:channel-search:0:order}address"
    NUSERS = "{urn:xmpp:channel-search:0:order}nusers"


class ChannelQuery(TypedForm, form_type="urn:xmpp:channel-search:0:search-params"):
    """What is looked for, and where (section 6.1): the words of `q`, or all channels there are."""

    q: str | None = form.field("q", default=None)
    all: bool | None = form.field("all", default=None)
    in_name: bool | None = form.field("sinname", default=None)
    in_description: bool | None = form.field("sindescription", default=None)
    in_address: bool | None = form.field("sinaddress", default=None)
    min_users: int | None = form.field("min_users", UnsignedInt, default=None)
    types: list[str] = form.fields("types", type=FieldType.LIST_MULTI)
    order: ChannelOrder | str | None = form.field("key", Enumeration(ChannelOrder, Unknown.KEEP), default=None)
