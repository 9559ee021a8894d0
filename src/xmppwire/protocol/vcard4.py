"""vCard4 Over XMPP (XEP-0292): who somebody is, in the form of RFC 6351.

Everybody publishes their own (XEP-0163) at the node `NODE`; what a user notes about contacts is at `CONTACTS_NODE`, for
nobody else (XEP-0223).
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol import vcard4_values as values
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = values.NAMESPACE
NODE = "urn:xmpp:vcard4"
CONTACTS_NODE = "urn:xmpp:contacts"

STANDARD = Standard(
    "XEP-0292",
    "vCard4 Over XMPP",
    Status.EXPERIMENTAL,
    "0.12.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class _Properties(Payload):
    """The properties by name. Those that exist once are not lists; `extensions` has what RFC 6351 does not name."""

    sources: list[values.Source] = field.children()
    kind: values.Kind | None = field.child(default=None)
    formatted_names: list[values.FormattedName] = field.children()
    names: list[values.Name] = field.children()
    nicknames: list[values.Nickname] = field.children()
    photos: list[values.Photo] = field.children()
    birthdays: list[values.Birthday] = field.children()
    anniversaries: list[values.Anniversary] = field.children()
    gender: values.Gender | None = field.child(default=None)
    addresses: list[values.Address] = field.children()
    telephones: list[values.Telephone] = field.children()
    emails: list[values.Email] = field.children()
    impps: list[values.Impp] = field.children()
    languages: list[values.LanguageProperty] = field.children()
    time_zones: list[values.TimeZone] = field.children()
    positions: list[values.Geo] = field.children()
    titles: list[values.Title] = field.children()
    roles: list[values.RoleProperty] = field.children()
    logos: list[values.Logo] = field.children()
    organizations: list[values.Organization] = field.children()
    members: list[values.Member] = field.children()
    related: list[values.Related] = field.children()
    categories: list[values.Categories] = field.children()
    notes: list[values.NoteProperty] = field.children()
    product_id: values.ProductId | None = field.child(default=None)
    revision: values.Revision | None = field.child(default=None)
    sounds: list[values.Sound] = field.children()
    uid: values.Uid | None = field.child(default=None)
    pid_maps: list[values.PidMap] = field.children()
    urls: list[values.Url] = field.children()
    keys: list[values.Key] = field.children()
    busy_urls: list[values.BusyUrl] = field.children()
    calendar_addresses: list[values.CalendarAddress] = field.children()
    calendars: list[values.CalendarUri] = field.children()
    extensions: list[Payload | Element] = field.payloads()


class Group(_Properties, ns=NAMESPACE, name="group", nested=True):
    """Properties that belong together."""

    name: str = field.attribute()


class VCard4(_Properties, ns=NAMESPACE, name="vcard"):
    """A vCard. A valid one has a formatted name."""

    groups: list[Group] = field.children()


class VCards(Payload, ns=NAMESPACE, name="vcards"):
    """Several vCards, the root of a document; XMPP sends them one by one."""

    vcards: list[VCard4] = field.children()
