"""Data Forms Validation (XEP-0122).

A form says about a field what its type leaves open: the datatype of a value, how it is checked, how many may be chosen. Only
a hint to the one who fills in the form; the one who gets the answer has to look again.
"""

from __future__ import annotations

from xmppwire.payload import Payload, UnsignedInt, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "http://jabber.org/protocol/xdata-validate"

STANDARD = Standard(
    "XEP-0122",
    "Data Forms Validation",
    Status.STABLE,
    "1.0.2",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class Basic(Payload, ns=NAMESPACE, name="basic", nested=True):
    """The datatype is all there is to check."""


class Open(Payload, ns=NAMESPACE, name="open", nested=True):
    """A value that is none of the options may be given, too."""


class Range(Payload, ns=NAMESPACE, name="range", nested=True):
    """The smallest and the greatest value, written like values of the datatype."""

    min: str | None = field.attribute(default=None)
    max: str | None = field.attribute(default=None)


class Regex(Payload, ns=NAMESPACE, name="regex", nested=True):
    """A pattern for the whole value: a POSIX extended regular expression."""

    pattern: str = field.text(default="")


class ListRange(Payload, ns=NAMESPACE, name="list-range", nested=True):
    """How many values a field of many may have."""

    min: int | None = field.attribute(UnsignedInt, default=None)
    max: int | None = field.attribute(UnsignedInt, default=None)


class Validate(Payload, ns=NAMESPACE, name="validate"):
    """What the values of a field must be. No `method` means `Basic`; so does one that is not known."""

    datatype: str = field.attribute(default="xs:string")
    method: Basic | Open | Range | Regex | None = field.choice(default=None)
    list_range: ListRange | None = field.child(default=None)
