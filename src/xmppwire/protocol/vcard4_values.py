"""vCard4 Over XMPP (XEP-0292), the properties: the elements inside a vCard, as RFC 6351 defines them.

Most properties have a value of one kind and parameters, which say where, in which language and with which preference it counts.
Several kinds of value are allowed for some: then all but one are None. Dates and times are text, for they may lack any part.
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Enumeration, Int, Integer, Payload, Unknown, field

NAMESPACE = "urn:ietf:params:xml:ns:vcard-4.0"
PART_OF = "XEP-0292"


class EntityKind(StrEnum):
    """What a vCard is about (RFC 6350 section 6.1.4, RFC 6473)."""

    APPLICATION = "application"
    GROUP = "group"
    INDIVIDUAL = "individual"
    LOCATION = "location"
    ORG = "org"


# Parameters (RFC 6350 section 5)


class Preference(Payload, ns=NAMESPACE, name="pref", nested=True):
    """From 1, the most preferred, to 100. Some write the number without the element around it: `bare`."""

    integer: int | None = field.value(Integer(1, 100), default=None)
    bare: int | None = field.text(Integer(1, 100), default=None)


class _TextParameter(Payload):
    text: str = field.value()


class Altid(_TextParameter, ns=NAMESPACE, name="altid", nested=True):
    """Properties that have it in common are the same one, in several languages for instance."""


class MediaType(_TextParameter, ns=NAMESPACE, name="mediatype", nested=True):
    """The media type of what a URI leads to."""


class Calscale(_TextParameter, ns=NAMESPACE, name="calscale", nested=True):
    """The calendar of a date."""


class AddressLabel(_TextParameter, ns=NAMESPACE, name="label", nested=True):
    """An address as it is written on a letter."""


class LanguageParameter(Payload, ns=NAMESPACE, name="language", nested=True):
    """The language of a text."""

    language_tag: str = field.value()


class GeoParameter(Payload, ns=NAMESPACE, name="geo", nested=True):
    """Where an address is."""

    uri: str = field.value()


class TimeZoneParameter(Payload, ns=NAMESPACE, name="tz", nested=True):
    """The time zone of an address."""

    text: str | None = field.value(default=None)
    uri: str | None = field.value(default=None)


class Parameters(Payload, ns=NAMESPACE, name="parameters", nested=True):
    """The parameters of a property. `types` says what it is for: `work`, `home`, `voice`, ..."""

    language: LanguageParameter | None = field.child(default=None)
    altid: Altid | None = field.child(default=None)
    pids: list[str] = field.wrapped(field.values(name="text"), name="pid")
    pref: Preference | None = field.child(default=None)
    types: list[str] = field.wrapped(field.values(name="text"), name="type")
    mediatype: MediaType | None = field.child(default=None)
    calscale: Calscale | None = field.child(default=None)
    sort_as: list[str] = field.wrapped(field.values(name="text"), name="sort-as")
    geo: GeoParameter | None = field.child(default=None)
    tz: TimeZoneParameter | None = field.child(default=None)
    label: AddressLabel | None = field.child(default=None)


# Properties (RFC 6350 section 6), by the kind of value


class _Property(Payload):
    parameters: Parameters | None = field.child(default=None)


class _Text(_Property):
    text: str = field.value()


class FormattedName(_Text, ns=NAMESPACE, name="fn", nested=True):
    """The name as it is shown."""


class Email(_Text, ns=NAMESPACE, name="email", nested=True):
    """An address of electronic mail."""


class Title(_Text, ns=NAMESPACE, name="title", nested=True):
    """A position or job."""


class RoleProperty(_Text, ns=NAMESPACE, name="role", nested=True):
    """What somebody does in that position."""


class NoteProperty(_Text, ns=NAMESPACE, name="note", nested=True):
    """A remark."""


class ProductId(_Text, ns=NAMESPACE, name="prodid", nested=True):
    """The software that made the vCard."""


class _Texts(_Property):
    texts: list[str] = field.values(name="text")


class Nickname(_Texts, ns=NAMESPACE, name="nickname", nested=True):
    """Names that somebody is called by."""


class Organization(_Texts, ns=NAMESPACE, name="org", nested=True):
    """An organization, and the units within it."""


class Categories(_Texts, ns=NAMESPACE, name="categories", nested=True):
    """Keywords."""


class Kind(_Property, ns=NAMESPACE, name="kind", nested=True):
    """What the vCard is about; a person, where nothing is said."""

    text: EntityKind | str | None = field.value(Enumeration(EntityKind, Unknown.KEEP), default=None)


class _Uri(_Property):
    uri: str = field.value()


class Source(_Uri, ns=NAMESPACE, name="source", nested=True):
    """Where the vCard comes from, and later versions of it."""


class Photo(_Uri, ns=NAMESPACE, name="photo", nested=True):
    """A picture, perhaps within the URI (`data:`)."""


class Impp(_Uri, ns=NAMESPACE, name="impp", nested=True):
    """An address for instant messages: `xmpp:`."""


class Geo(_Uri, ns=NAMESPACE, name="geo", nested=True):
    """A position: `geo:`."""


class Logo(_Uri, ns=NAMESPACE, name="logo", nested=True):
    """The sign of an organization."""


class Member(_Uri, ns=NAMESPACE, name="member", nested=True):
    """A member of a group."""


class Sound(_Uri, ns=NAMESPACE, name="sound", nested=True):
    """How the name is pronounced."""


class Uid(_Uri, ns=NAMESPACE, name="uid", nested=True):
    """What identifies the entity everywhere."""


class Url(_Uri, ns=NAMESPACE, name="url", nested=True):
    """A site of the web."""


class BusyUrl(_Uri, ns=NAMESPACE, name="fburl", nested=True):
    """When somebody is busy."""


class CalendarAddress(_Uri, ns=NAMESPACE, name="caladruri", nested=True):
    """Where to send an invitation to a meeting."""


class CalendarUri(_Uri, ns=NAMESPACE, name="caluri", nested=True):
    """A calendar."""


class _TextOrUri(_Property):
    text: str | None = field.value(default=None)
    uri: str | None = field.value(default=None)


class Telephone(_TextOrUri, ns=NAMESPACE, name="tel", nested=True):
    """A number: `tel:`."""


class Related(_TextOrUri, ns=NAMESPACE, name="related", nested=True):
    """Somebody else, and by the types in the parameters, in which relation."""


class Key(_TextOrUri, ns=NAMESPACE, name="key", nested=True):
    """A key or certificate."""


class TimeZone(_TextOrUri, ns=NAMESPACE, name="tz", nested=True):
    """A time zone."""

    utc_offset: str | None = field.value(default=None)


class _When(_Property):
    date: str | None = field.value(default=None)
    date_time: str | None = field.value(default=None)
    time: str | None = field.value(default=None)
    text: str | None = field.value(default=None)


class Birthday(_When, ns=NAMESPACE, name="bday", nested=True):
    """The day of birth."""


class Anniversary(_When, ns=NAMESPACE, name="anniversary", nested=True):
    """The day of a wedding, or the like."""


class Revision(_Property, ns=NAMESPACE, name="rev", nested=True):
    """When the vCard was last changed."""

    timestamp: str = field.value()


class LanguageProperty(_Property, ns=NAMESPACE, name="lang", nested=True):
    """A language to speak with the entity."""

    language_tag: str = field.value()


class PidMap(_Property, ns=NAMESPACE, name="clientpidmap", nested=True):
    """Whose numbers the parameters `pids` have behind the dot."""

    sourceid: int = field.value(Int)
    uri: str = field.value()


class Name(_Property, ns=NAMESPACE, name="n", nested=True):
    """A name in its parts, each with any number of values."""

    surnames: list[str] = field.values(name="surname")
    given: list[str] = field.values(name="given")
    additional: list[str] = field.values(name="additional")
    prefixes: list[str] = field.values(name="prefix")
    suffixes: list[str] = field.values(name="suffix")


class Sex(Payload, ns=NAMESPACE, name="sex", nested=True):
    """`M`, `F`, `O` (other), `N` (none) or `U` (unknown). Some write it into an element of its own, `text`."""

    value: str = field.text(default="")
    text: str | None = field.value(default=None)


class Gender(_Property, ns=NAMESPACE, name="gender", nested=True):
    """Sex and gender identity."""

    sex: Sex | None = field.child(default=None)
    identity: str | None = field.value(default=None)


class Address(_Property, ns=NAMESPACE, name="adr", nested=True):
    """An address in its parts, each with any number of values."""

    pobox: list[str] = field.values(name="pobox")
    ext: list[str] = field.values(name="ext")
    street: list[str] = field.values(name="street")
    locality: list[str] = field.values(name="locality")
    region: list[str] = field.values(name="region")
    code: list[str] = field.values(name="code")
    country: list[str] = field.values(name="country")
