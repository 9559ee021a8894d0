"""Data Forms (XEP-0004), with Field Standardization (XEP-0068).

A form is a list of named fields. One side sends it empty (`form`), the other sends it back filled in (`submit`) or not at all
(`cancel`); results are forms as well (`result`), with a table of `items` where there are many. Values are text here.
`xmppwire.payload.form` turns forms whose FORM_TYPE is known into classes with typed fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from xmppwire.payload import Enumeration, Payload, Unknown, field
from xmppwire.protocol.data_forms_layout import Page
from xmppwire.protocol.data_forms_validation import Validate
from xmppwire.protocol.media_element import Media
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "jabber:x:data"

STANDARD = Standard(
    "XEP-0004",
    "Data Forms",
    Status.FINAL,
    "2.13.2",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)

FORM_TYPE = "FORM_TYPE"
"""The name of the field that says what kind of form it is (XEP-0068)."""


class DataFormType(StrEnum):
    """What a form is for (section 3.1)."""

    FORM = "form"
    SUBMIT = "submit"
    CANCEL = "cancel"
    RESULT = "result"


class FieldType(StrEnum):
    """What the values of a field are, and how many (section 3.3)."""

    BOOLEAN = "boolean"
    FIXED = "fixed"
    HIDDEN = "hidden"
    JID_MULTI = "jid-multi"
    JID_SINGLE = "jid-single"
    LIST_MULTI = "list-multi"
    LIST_SINGLE = "list-single"
    TEXT_MULTI = "text-multi"
    TEXT_PRIVATE = "text-private"
    TEXT_SINGLE = "text-single"


class Option(Payload, ns=NAMESPACE, name="option", nested=True):
    """A value to choose, and what people are shown for it."""

    label: str | None = field.attribute(default=None)
    value: str = field.value()


class Field(Payload, ns=NAMESPACE, name="field", nested=True):
    """One field (section 3.2). All but fixed ones have a `var`.

    `type` is left out where the form that is answered tells it. The order of values is kept; it may mean something.
    """

    var: str | None = field.attribute(default=None)
    type: FieldType | str | None = field.attribute(Enumeration(FieldType, Unknown.KEEP), default=None)
    label: str | None = field.attribute(default=None)
    desc: str | None = field.value(default=None)
    required: bool = field.flag()
    values: list[str] = field.values(name="value")
    options: list[Option] = field.children()
    validate: Validate | None = field.child(default=None)
    media: Media | None = field.child(default=None)


class FieldList:
    """What has fields that are found by their `var`. Where a name comes twice, the first one counts."""

    __slots__ = ()
    fields: list[Field]

    def get_field(self, var: str) -> Field | None:
        """The field called `var`, or None."""
        for one in self.fields:
            if one.var == var:
                return one
        return None

    def get(self, var: str) -> str | None:
        """The first value of a field; None where there is no such field, or it has no value."""
        values = self.values(var)
        return values[0] if values else None

    def values(self, var: str) -> list[str]:
        """All values of a field; empty where there is no such field."""
        one = self.get_field(var)
        return [] if one is None else one.values

    def __getitem__(self, var: str) -> str:
        """The first value of a field. Raises KeyError where there is none."""
        value = self.get(var)
        if value is None:
            raise KeyError(var)
        return value

    def __contains__(self, var: object) -> bool:
        return any(one.var == var for one in self.fields)

    def __iter__(self) -> Iterator[str]:
        """The names of the fields."""
        return (one.var for one in self.fields if one.var is not None)


class Reported(FieldList, Payload, ns=NAMESPACE, name="reported", nested=True):
    """The head of a table of results (section 3.4): fields without values."""

    fields: list[Field] = field.children()


class Item(FieldList, Payload, ns=NAMESPACE, name="item", nested=True):
    """A row of a table of results."""

    fields: list[Field] = field.children()


class DataForm(FieldList, Payload, ns=NAMESPACE, name="x"):
    """A form (section 3). One without `type`, which the standard does not allow but some send, counts as `submit`."""

    type: DataFormType = field.attribute(default=DataFormType.SUBMIT, always=True)
    instructions: list[str] = field.values(name="instructions")
    title: str | None = field.value(default=None)
    pages: list[Page] = field.children()
    fields: list[Field] = field.children()
    reported: Reported | None = field.child(default=None)
    items: list[Item] = field.children()

    @property
    def form_type(self) -> str | None:
        """The FORM_TYPE, or None. Except in `submit` only a hidden field of that name counts (XEP-0068 section 4.3)."""
        one = self.get_field(FORM_TYPE)
        if one is None or not one.values:
            return None
        return one.values[0] if self.type is DataFormType.SUBMIT or one.type == FieldType.HIDDEN else None
