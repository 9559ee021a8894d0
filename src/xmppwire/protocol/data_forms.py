"""Data Forms (XEP-0004).

A form is a list of named fields. One side sends it empty (`form`), the other sends it back filled in (`submit`) or not at all
(`cancel`); results are forms as well (`result`), with a table of `items` where there are many. Values are text here.
`xmppwire.protocol.form` has classes with typed fields for forms whose FORM_TYPE is known; `DataForm.typed` leads there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from xmppwire.payload import Enumeration, Payload, PayloadError, Unknown, field
from xmppwire.protocol._form_values import as_texts, fitting
from xmppwire.protocol.data_forms_layout import Page
from xmppwire.protocol.data_forms_validation import Validate
from xmppwire.protocol.media_element import Media
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

if TYPE_CHECKING:
    from xmppwire.protocol.form import TypedForm

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
    extensions: list[Payload | Element] = field.payloads()


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
    extensions: list[Payload | Element] = field.payloads()

    @property
    def form_type(self) -> str | None:
        """The FORM_TYPE, or None. Except in `submit` only a hidden field of that name counts (XEP-0068 section 4.3)."""
        one = self.get_field(FORM_TYPE)
        if one is None or not one.values:
            return None
        return one.values[0] if self.type is DataFormType.SUBMIT or one.type == FieldType.HIDDEN else None

    def typed(self) -> TypedForm | DataForm:
        """The form as an instance of the class for its FORM_TYPE; the form itself where none is known. Raises
        `PayloadError`."""
        from xmppwire.protocol.form import find_form

        cls = None if self.form_type is None else find_form(self.form_type)
        return self if cls is None else cls.from_form(self)

    def submit(self, values: Mapping[str, object] | None = None, /, *, extra: bool = False) -> DataForm:
        """The answer to a form of type `form`: `values` by the names of fields, and what the form proposes for the others.

        A value is text, a bool, a number, an address, a date, an enumeration's member, or a list of these; None stands for
        no value. Raises `PayloadError` for a value that does not fit into its field (section 3.3, and XEP-0122), for a
        required field without one, and for a field that the form does not have, unless `extra` lets it pass.
        """
        if self.type is not DataFormType.FORM:
            raise PayloadError(f"a form of type {self.type} is not to be filled in", "x@type")
        given = dict(values or {})
        fields = [_answered(one, given) for one in self.fields if one.var is not None and one.type != FieldType.FIXED]
        for var, value in given.items():
            if not extra:
                raise PayloadError("the form has no such field", f"x/field[{var}]")
            fields.append(Field(var=var, values=as_texts(value, None)))
        return DataForm(type=DataFormType.SUBMIT, fields=[one for one in fields if one is not None])

    def cancel(self) -> DataForm:
        """The answer that says that there will be none."""
        return DataForm(type=DataFormType.CANCEL)


def _answered(one: Field, given: dict[str, object]) -> Field | None:
    """A field as it is submitted, and None for one that nobody gave a value; takes the value out of `given`."""
    var, values = one.var or "", one.values
    changed = var in given
    if changed:
        try:
            values = as_texts(given.pop(var), one.type)
            values = fitting(values, one.type, [option.value for option in one.options], one.validate)
        except (TypeError, ValueError) as error:
            raise PayloadError(str(error), f"x/field[{var}]/value") from error
    if one.required and not any(values):
        raise PayloadError("a value is required", f"x/field[{var}]/value")
    if not changed and not values:
        return None
    return Field(var=var, type=one.type if one.type == FieldType.HIDDEN else None, values=values)
