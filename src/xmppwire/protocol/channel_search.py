"""Extended Channel Search (XEP-0433): asking a service for public rooms and channels, by words, kind and size.

An empty `ChannelSearch` in an IQ get asks for the form; one with the form filled in gets a `ChannelSearchResult`, in
pages. What may go wrong is told beside the condition of the stanza error.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.jid import JID
from xmppwire.payload import Bool, Codec, Enumeration, Language, Payload, Unknown, UnsignedInt, field
from xmppwire.protocol.data_forms import DataForm
from xmppwire.protocol.rsm import ResultSet
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:channel-search:0:search"
ERROR_NAMESPACE = "urn:xmpp:channel-search:0:error"
FORM_TYPE = "urn:xmpp:channel-search:0:search-params"

STANDARD = Standard(
    "XEP-0433",
    "Extended Channel Search",
    Status.DEFERRED,
    "0.1.0",
    namespaces=(NAMESPACE, ERROR_NAMESPACE),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class SearchOrder(StrEnum):
    """Values of the field `key` of the form (section 6.1)."""

    ADDRESS = "{urn:xmpp:channel-search:0:order}address"
    """The only one whose pages neither repeat nor leave out anything."""
    USERS = "{urn:xmpp:channel-search:0:order}nusers"


class ServiceType(StrEnum):
    """What kind of channel it is."""

    MUC = "xep-0045"
    MIX = "xep-0369"


class AnonymityMode(StrEnum):
    """Who sees the JIDs of those in a channel."""

    NONE = "{urn:xmpp:channel-search:0:anonymity}none"
    """Everybody."""
    SEMI_ANONYMOUS = "muc_semianonymous"


_Open: Codec[bool] = Codec("boolean", lambda text: not text.strip() or Bool.decode(text), Bool.encode, plain=True)
"""The text speaks of a boolean, the examples of an empty element."""


class ChannelSearch(Payload, ns=NAMESPACE, name="search"):
    """Asks for the form, is the form, or is the form filled in."""

    set: ResultSet | None = field.child(default=None)
    form: DataForm | None = field.child(default=None)


class ChannelItem(Payload, ns=NAMESPACE, name="item", nested=True):
    """A channel, with what the service knows of it (section 6.2)."""

    address: JID = field.attribute()
    name: str | None = field.value(default=None)
    description: str | None = field.value(default=None)
    language: str | None = field.value(Language, default=None)
    nusers: int | None = field.value(UnsignedInt, default=None)
    service_type: ServiceType | str | None = field.value(Enumeration(ServiceType, Unknown.KEEP), default=None)
    is_open: bool | None = field.value(_Open, default=None)
    anonymity_mode: AnonymityMode | str | None = field.value(Enumeration(AnonymityMode, Unknown.KEEP), default=None)
    extensions: list[Payload | Element] = field.payloads()


class ChannelSearchResult(Payload, ns=NAMESPACE, name="result"):
    """A page of channels."""

    items: list[ChannelItem] = field.children()
    set: ResultSet | None = field.child(default=None)


class InvalidSortKey(Payload, ns=ERROR_NAMESPACE, name="invalid-sort-key"):
    """The service does not know that order (`feature-not-implemented`)."""


class InvalidSearchTerms(Payload, ns=ERROR_NAMESPACE, name="invalid-search-terms"):
    """Nothing in the words can be searched for (`bad-request`)."""


class SearchRateLimit(Payload, ns=ERROR_NAMESPACE, name="rate-limit"):
    """Too many searches (`resource-constraint`): wait `retry_after` seconds."""

    retry_after: int | None = field.attribute(UnsignedInt, default=None)


class FullSetRetrievalRejected(Payload, ns=ERROR_NAMESPACE, name="full-set-retrieval-rejected"):
    """The service does not list everything (`not-allowed`), or not for this user (`forbidden`)."""


class ConflictingFields(Payload, ns=ERROR_NAMESPACE, name="conflicting-fields"):
    """These fields of the form do not go together (`bad-request`)."""

    vars: list[str] = field.values(name="var")


class NoSearchConditions(Payload, ns=ERROR_NAMESPACE, name="no-search-conditions"):
    """The form does not say what to search for (`bad-request`)."""
