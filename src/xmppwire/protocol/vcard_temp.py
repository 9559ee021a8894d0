"""vcard-temp (XEP-0054): who somebody is, in the old form that every server keeps.

The owner sets it, everybody gets it. Names are those of a draft from 1998, in capitals. Nearly all properties may come several
times. Much of what is around does not keep to the types of the draft: all values but pictures are text here.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Base64Lines, Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "vcard-temp"

STANDARD = Standard(
    "XEP-0054",
    "vcard-temp",
    Status.ACTIVE,
    "1.3.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class VCardClass(StrEnum):
    """How private a vCard is."""

    CONFIDENTIAL = "CONFIDENTIAL"
    PRIVATE = "PRIVATE"
    PUBLIC = "PUBLIC"


class Name(Payload, ns=NAMESPACE, name="N", nested=True):
    """A name in its parts; several values of one are separated by commas."""

    family: str | None = field.value(name="FAMILY", default=None)
    given: str | None = field.value(name="GIVEN", default=None)
    middle: str | None = field.value(name="MIDDLE", default=None)
    prefix: str | None = field.value(name="PREFIX", default=None)
    suffix: str | None = field.value(name="SUFFIX", default=None)


class _Binary(Payload):
    """A file, inside (`data` and its media `type`) or at an address."""

    type: str | None = field.value(name="TYPE", default=None)
    data: bytes | None = field.value(Base64Lines, name="BINVAL", default=None)
    uri: str | None = field.value(name="EXTVAL", default=None)


class Photo(_Binary, ns=NAMESPACE, name="PHOTO", nested=True):
    """A picture of the person."""


class Logo(_Binary, ns=NAMESPACE, name="LOGO", nested=True):
    """The sign of an organization."""


class _Place(Payload):
    """What an address is for."""

    home: bool = field.flag(name="HOME")
    work: bool = field.flag(name="WORK")
    postal: bool = field.flag(name="POSTAL")
    parcel: bool = field.flag(name="PARCEL")
    domestic: bool = field.flag(name="DOM")
    international: bool = field.flag(name="INTL")
    preferred: bool = field.flag(name="PREF")


class Address(_Place, ns=NAMESPACE, name="ADR", nested=True):
    """An address in its parts."""

    pobox: str | None = field.value(name="POBOX", default=None)
    extended: str | None = field.value(name="EXTADD", default=None)
    street: str | None = field.value(name="STREET", default=None)
    locality: str | None = field.value(name="LOCALITY", default=None)
    region: str | None = field.value(name="REGION", default=None)
    postal_code: str | None = field.value(name="PCODE", default=None)
    country: str | None = field.value(name="CTRY", default=None)


class Label(_Place, ns=NAMESPACE, name="LABEL", nested=True):
    """An address as it is written on a letter."""

    lines: list[str] = field.values(name="LINE")


class Telephone(Payload, ns=NAMESPACE, name="TEL", nested=True):
    """A number, empty or not (but the element has to be there), and what it is for."""

    home: bool = field.flag(name="HOME")
    work: bool = field.flag(name="WORK")
    voice: bool = field.flag(name="VOICE")
    fax: bool = field.flag(name="FAX")
    pager: bool = field.flag(name="PAGER")
    message: bool = field.flag(name="MSG")
    cell: bool = field.flag(name="CELL")
    video: bool = field.flag(name="VIDEO")
    bbs: bool = field.flag(name="BBS")
    modem: bool = field.flag(name="MODEM")
    isdn: bool = field.flag(name="ISDN")
    pcs: bool = field.flag(name="PCS")
    preferred: bool = field.flag(name="PREF")
    number: str | None = field.value(name="NUMBER", default=None)


class Email(Payload, ns=NAMESPACE, name="EMAIL", nested=True):
    """An address of electronic mail."""

    home: bool = field.flag(name="HOME")
    work: bool = field.flag(name="WORK")
    internet: bool = field.flag(name="INTERNET")
    preferred: bool = field.flag(name="PREF")
    x400: bool = field.flag(name="X400")
    userid: str | None = field.value(name="USERID", default=None)


class Geo(Payload, ns=NAMESPACE, name="GEO", nested=True):
    """A position, in decimal degrees."""

    latitude: str | None = field.value(name="LAT", default=None)
    longitude: str | None = field.value(name="LON", default=None)


class Agent(Payload, ns=NAMESPACE, name="AGENT", nested=True):
    """Somebody who acts for the person: a vCard, or the address of one."""

    vcard: VCardTemp | None = field.child(default=None)
    uri: str | None = field.value(name="EXTVAL", default=None)


class Organization(Payload, ns=NAMESPACE, name="ORG", nested=True):
    """An organization and the units within it."""

    name: str | None = field.value(name="ORGNAME", default=None)
    units: list[str] = field.values(name="ORGUNIT")


class Categories(Payload, ns=NAMESPACE, name="CATEGORIES", nested=True):
    """Keywords of the one who made the vCard."""

    keywords: list[str] = field.values(name="KEYWORD")


class Sound(Payload, ns=NAMESPACE, name="SOUND", nested=True):
    """How the name is pronounced: written, recorded, or recorded elsewhere."""

    phonetic: str | None = field.value(name="PHONETIC", default=None)
    data: bytes | None = field.value(Base64Lines, name="BINVAL", default=None)
    uri: str | None = field.value(name="EXTVAL", default=None)


class Privacy(Payload, ns=NAMESPACE, name="CLASS", nested=True):
    """How private the vCard is meant to be."""

    value: VCardClass | None = field.tag(default=None)


class Key(Payload, ns=NAMESPACE, name="KEY", nested=True):
    """A key or credential."""

    type: str | None = field.value(name="TYPE", default=None)
    credential: str | None = field.value(name="CRED", default=None)


class VCardTemp(Payload, ns=NAMESPACE, name="vCard"):
    """A vCard; empty in a get.

    `version` should be `3.0` (section 8); the draft has an element for it as well, `version_element`. Dates are as
    ISO 8601 has them.
    """

    version: str | None = field.attribute(default=None)
    version_element: str | None = field.value(name="VERSION", default=None)
    full_name: str | None = field.value(name="FN", default=None)
    name: Name | None = field.child(default=None)
    nicknames: list[str] = field.values(name="NICKNAME")
    photos: list[Photo] = field.children()
    birthdays: list[str] = field.values(name="BDAY")
    addresses: list[Address] = field.children()
    labels: list[Label] = field.children()
    telephones: list[Telephone] = field.children()
    emails: list[Email] = field.children()
    jids: list[str] = field.values(name="JABBERID")
    mailers: list[str] = field.values(name="MAILER")
    time_zones: list[str] = field.values(name="TZ")
    positions: list[Geo] = field.children()
    titles: list[str] = field.values(name="TITLE")
    roles: list[str] = field.values(name="ROLE")
    logos: list[Logo] = field.children()
    agents: list[Agent] = field.children()
    organizations: list[Organization] = field.children()
    categories: list[Categories] = field.children()
    notes: list[str] = field.values(name="NOTE")
    product_ids: list[str] = field.values(name="PRODID")
    revisions: list[str] = field.values(name="REV")
    sort_strings: list[str] = field.values(name="SORT-STRING")
    sounds: list[Sound] = field.children()
    uids: list[str] = field.values(name="UID")
    urls: list[str] = field.values(name="URL")
    privacy: list[Privacy] = field.children()
    keys: list[Key] = field.children()
    descriptions: list[str] = field.values(name="DESC")
