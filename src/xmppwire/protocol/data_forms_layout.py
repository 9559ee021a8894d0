"""Data Forms Layout (XEP-0141).

A form says in which order and under which headings its fields are best shown: pages, and sections within them, that refer
to the fields by name.
"""

from __future__ import annotations

from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "http://jabber.org/protocol/xdata-layout"

STANDARD = Standard(
    "XEP-0141",
    "Data Forms Layout",
    Status.STABLE,
    "1.0",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class FieldRef(Payload, ns=NAMESPACE, name="fieldref", nested=True):
    """The place of the field called `var`."""

    var: str = field.attribute()


class ReportedRef(Payload, ns=NAMESPACE, name="reportedref", nested=True):
    """The place of the table of a form; once in a form at most."""


class LayoutText(Payload, ns=NAMESPACE, name="text", nested=True):
    """A paragraph for people."""

    text: str = field.text(default="")


class Section(Payload, ns=NAMESPACE, name="section", nested=True):
    """A group of fields within a page or a section."""

    label: str | None = field.attribute(default=None)
    parts: list[LayoutText | Section | FieldRef | ReportedRef] = field.children()


class Page(Payload, ns=NAMESPACE, name="page"):
    """A page of a form."""

    label: str | None = field.attribute(default=None)
    parts: list[LayoutText | Section | FieldRef | ReportedRef] = field.children()
