"""Field Standardization for Data Forms (XEP-0068): a class for each kind of form, by its FORM_TYPE.

    class RoomInfo(TypedForm, form_type="http://jabber.org/protocol/muc#roominfo"):
        occupants: int | None = form.field("muc#roominfo_occupants", default=None)
        contacts: list[JID] = form.fields("muc#roominfo_contactjid")

Fields are declared like those of payloads: codecs come from the annotations, what has no default is required. A form that
arrives becomes an instance by `RoomInfo.from_form(form)`, an instance becomes a form by `to_form()`, and
`RoomConfig.answer(form, public=True)` fills in a form that was received, with its own options and limits respected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, cast, dataclass_transform, overload

from xmppwire.payload import Codec, PayloadError
from xmppwire.payload.kinds import MISSING
from xmppwire.protocol._form_index import MODULES
from xmppwire.protocol._form_kinds import FormField, FormFields, FormLines, FormMedia
from xmppwire.protocol.data_forms import FORM_TYPE, DataForm, DataFormType, Field, FieldType, Item, Reported
from xmppwire.protocol.standard import Role, Standard, Status

STANDARD = Standard(
    "XEP-0068",
    "Field Standardization for Data Forms",
    Status.ACTIVE,
    "1.3.0",
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
    note="Typed forms by FORM_TYPE; no elements of its own.",
)

T = TypeVar("T")


@overload
def field(
    var: str, codec: None = None, *, default: Any = ..., type: FieldType | None = None, label: str | None = None
) -> Any: ...
@overload
def field(var: str, codec: Codec[T], *, type: FieldType | None = None, label: str | None = None) -> T: ...
@overload
def field(
    var: str, codec: Codec[T], *, default: None, type: FieldType | None = None, label: str | None = None
) -> T | None: ...
@overload
def field(var: str, codec: Codec[T], *, default: T, type: FieldType | None = None, label: str | None = None) -> T: ...
def field(
    var: str,
    codec: Codec[Any] | None = None,
    *,
    default: Any = MISSING,
    type: FieldType | None = None,
    label: str | None = None,
) -> Any:
    """A field with one value. None is no field; any other value is written, the default as well. `type` and `label` are for
    empty forms; the type follows from the codec: `boolean`, `jid-single`, `list-single` for enumerations, or `text-single`."""
    return FormField(var, codec, default, type, label)


def fields(
    var: str,
    codec: Codec[Any] | None = None,
    *,
    default: None = ...,  # type: ignore[assignment]  # pyright: ignore[reportArgumentType]
    type: FieldType | None = None,
    label: str | None = None,
) -> Any:
    """A field with any number of values, as a list in their order. An empty list is not written; with `default=None` it is,
    and None is what is not."""
    return FormFields(var, codec, None if default is None else MISSING, type, label)


def text(var: str, *, default: Any = MISSING, type: FieldType | None = None, label: str | None = None) -> Any:
    """A text of several lines (`text-multi`)."""
    return FormLines(var, None, default, type, label)


def media(var: str, *, default: Any = MISSING, label: str | None = None) -> Any:
    """A picture or a sound (XEP-0221) in a field without values."""
    return FormMedia(var, None, default, None, label)


def or_word(codec: Codec[T], *words: str) -> Codec[Any]:
    """The values of a codec, and some words in their place: `int | Literal["none"]`."""

    def encode(value: Any) -> str:
        return str(value) if value in words else codec.encode(value)

    return Codec(f"{codec.name} or word", lambda text: text if text in words else codec.decode(text), encode)


class _Kept:
    """What an instance keeps beside its fields (outside the class that type checkers turn into a dataclass)."""

    __slots__ = ("form_type", "unknown_fields")

    form_types: ClassVar[tuple[str, ...]]
    """The FORM_TYPEs that the class reads; the first is written unless told otherwise."""
    shared: ClassVar[bool]
    """Whether the FORM_TYPE alone does not tell the class."""
    form_fields: ClassVar[tuple[FormField, ...]]
    """The fields of the class, those of its base first."""
    form_type: str
    """The FORM_TYPE of the form."""
    unknown_fields: list[Field]
    """Fields that the class does not name; they are written back."""
    _bound: ClassVar[bool]

    @classmethod
    def bound_fields(cls) -> dict[str, FormField]:
        """The fields by their `var`, ready for use. Raises TypeError for a definition that makes no sense."""
        if not cls._bound:
            if not hasattr(cls, "form_types"):
                raise TypeError(f"{cls.__qualname__} has no FORM_TYPE")
            for one in cls.form_fields:
                one.bind(cls)
            cls._bound = True
        return {one.var: one for one in cls.form_fields}


@dataclass_transform(kw_only_default=True, field_specifiers=(field, text, media))
class TypedFormType(type):
    """The metaclass of `TypedForm`.

    Class keywords: `form_type`; `also`, other FORM_TYPEs that are read; `shared=True` where several classes have one
    FORM_TYPE, so that it alone does not tell the class.
    """

    def __new__(
        metacls, cls_name: str, bases: tuple[type, ...], body: dict[str, Any], /, **keywords: Any
    ) -> TypedFormType:
        own = {name: value for name, value in body.items() if isinstance(value, FormField)}
        for name in own.keys() & _RESERVED:
            raise TypeError(f"{cls_name}.{name}: the name is taken by TypedForm itself")
        for name, annotation in body.get("__annotations__", {}).items():
            # Type checkers take every annotated name for a field; so it must be one.
            if bases != (_Kept,) and name not in own and "ClassVar" not in str(annotation):
                raise TypeError(f"{cls_name}.{name}: say what kind of field it is, or annotate it with ClassVar")
        inherited: list[FormField] = [one for base in bases for one in getattr(base, "form_fields", ())]
        for name, one in own.items():
            del body[name]
            one.name = name
        shared = keywords.pop("shared", False)
        form_type, also = keywords.pop("form_type", None), keywords.pop("also", ())
        for extra in keywords:
            raise TypeError(f"{cls_name}: unknown class keyword {extra!r}")
        body |= {"__slots__": tuple(own), "__match_args__": (), "_bound": False}
        body["form_fields"] = (*inherited, *own.values())
        if form_type is not None:
            body["form_types"] = (form_type, *also)
        body["shared"] = shared or form_type is None
        cls = super().__new__(metacls, cls_name, bases, body)
        if form_type is not None and not shared:
            register(cast("type[TypedForm]", cls))
        return cls

    def __init__(cls, cls_name: str, bases: tuple[type, ...], body: dict[str, Any], /, **keywords: Any) -> None:
        super().__init__(cls_name, bases, body)


_RESERVED = frozenset(
    ("answer", "blank", "bound_fields", "field_of", "form_fields", "form_type", "form_types", "from_form", "replace")
) | {"rows", "self", "shared", "table", "to_form", "unknown_fields"}


class TypedForm(_Kept, metaclass=TypedFormType):
    """The base of all typed forms. Constructors take keywords only. Instances are values: equal where all fields are."""

    __slots__ = ()
    __hash__: ClassVar[None]  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleMethodOverride]

    if not TYPE_CHECKING:

        def __init__(self, **values: Any) -> None:
            cls = type(self)
            for one in cls.bound_fields().values():
                value = values.pop(one.name, MISSING)
                if value is MISSING:
                    value = one.fresh()
                    if value is MISSING:
                        raise TypeError(f"{cls.__name__}: {one.name} is required")
                setattr(self, one.name, value)
            for name in values:
                raise TypeError(f"{cls.__name__} has no field {name!r}")
            self.form_type = cls.form_types[0]
            self.unknown_fields = []

    @classmethod
    def from_form(cls, form: DataForm) -> Self:
        """Decode a form. Raises `PayloadError` for a value that does not decode, for a required field that is missing, and
        for another FORM_TYPE; a form without any is taken."""
        if form.form_type is not None and form.form_type not in cls.form_types:
            raise PayloadError(f"the form is {form.form_type!r}", f"x/field[{FORM_TYPE}]/value")
        return cls._read(form.fields, form.form_type, "x")

    @classmethod
    def rows(cls, form: DataForm) -> list[Self]:
        """Decode the table of a form, one instance each row. Raises `PayloadError`."""
        return [
            cls._read(item.fields, form.form_type, f"x/item[{number}]") for number, item in enumerate(form.items, 1)
        ]

    @classmethod
    def _read(cls, given: list[Field], form_type: str | None, path: str) -> Self:
        self = object.__new__(cls)
        self.form_type = form_type or cls.form_types[0]
        self.unknown_fields = []
        kinds = cls.bound_fields()
        missing = dict(kinds)
        for one in given:
            if one.var == FORM_TYPE:
                continue
            kind = missing.pop(one.var or "", None)
            if kind is not None:
                setattr(self, kind.name, kind.read(one, f"{path}/field[{one.var}]"))
            elif one.var in kinds:
                raise PayloadError("occurs more than once", f"{path}/field[{one.var}]")
            else:
                self.unknown_fields.append(one)
        for var, kind in missing.items():
            setattr(self, kind.name, kind.absent(f"{path}/field[{var}]"))
        return self

    def to_form(self, type: DataFormType = DataFormType.SUBMIT, /) -> DataForm:
        """The form with these values. In one of type `form` all fields stand, with their types, labels and options.

        Raises `PayloadError` for a value that has no text.
        """
        form = DataForm(type=type, fields=[_form_type_field(self.form_type)])
        form.fields += self._fields(described=type is DataFormType.FORM)
        form.fields += self.unknown_fields
        return form

    def _fields(self, *, described: bool) -> list[Field]:
        written: list[Field] = []
        for kind in type(self).bound_fields().values():
            value = getattr(self, kind.name)
            if kind.is_absent(value) and not described:
                continue
            written.append(_written(kind, value, kind.described() if described else Field(var=kind.var)))
        return written

    @classmethod
    def blank(cls, *, title: str | None = None, instructions: Iterable[str] = ()) -> DataForm:
        """An empty form of this kind, to be filled in by somebody else."""
        form = DataForm(type=DataFormType.FORM, title=title, instructions=list(instructions))
        form.fields = [_form_type_field(cls.form_types[0]), *(one.described() for one in cls.bound_fields().values())]
        return form

    @classmethod
    def table(cls, rows: Iterable[Self]) -> DataForm:
        """A form of type `result` with the rows of a table. Raises `PayloadError` for a value that has no text."""
        kinds = cls.bound_fields().values()
        head = [Field(var=one.var, type=one.type, label=one.label) for one in kinds]
        form = DataForm(type=DataFormType.RESULT, fields=[_form_type_field(cls.form_types[0])])
        form.reported = Reported(fields=head)
        form.items = [Item(fields=row._fields(described=False) + row.unknown_fields) for row in rows]
        return form

    @classmethod
    def answer(cls, form: DataForm, /, **changes: Any) -> DataForm:
        """Fill in a received form: the fields named, and what the form proposes for the others. None or an empty list
        empties a field. Raises TypeError for a field that the class does not have; all else is as with `DataForm.submit`.
        """
        kinds = {one.name: one for one in cls.bound_fields().values()}
        values: dict[str, object] = {}
        for name, value in changes.items():
            kind = kinds.get(name)
            if kind is None:
                raise TypeError(f"{cls.__name__} has no field {name!r}")
            values[kind.var] = _written(kind, value, Field(var=kind.var)).values
        return form.submit(values)

    @classmethod
    def field_of(cls, form: DataForm, name: str, /) -> Field | None:
        """The field of a form that the class calls `name`: its label, its options and so on. Raises KeyError where the class
        has no field of that name."""
        for var, one in cls.bound_fields().items():
            if one.name == name:
                return form.get_field(var)
        raise KeyError(name)

    def replace(self, **changes: Any) -> Self:
        """A copy with other values for some fields. Raises TypeError for a field that the class does not have."""
        cls = type(self)
        names = [one.name for one in cls.form_fields]
        for name in changes:
            if name not in names:
                raise TypeError(f"{cls.__name__} has no field {name!r}")
        copy = object.__new__(cls)
        for name in (*_Kept.__slots__, *names):
            setattr(copy, name, changes[name] if name in changes else getattr(self, name))
        return copy

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        names = (*_Kept.__slots__, *(one.name for one in type(self).form_fields))
        return all(getattr(self, name) == getattr(other, name) for name in names)

    def __repr__(self) -> str:
        parts = [f"{one.name}={getattr(self, one.name)!r}" for one in type(self).form_fields]
        parts += [f"unknown_fields={self.unknown_fields!r}"] if self.unknown_fields else []
        return f"{type(self).__name__}({', '.join(parts)})"


def _written(kind: FormField, value: Any, one: Field) -> Field:
    try:
        kind.write(value, one)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise PayloadError(f"cannot be written: {error}", f"x/field[{kind.var}]") from error
    return one


def _form_type_field(form_type: str) -> Field:
    return Field(var=FORM_TYPE, type=FieldType.HIDDEN, values=[form_type])


_classes: dict[str, type[TypedForm]] = {}


def register(cls: type[TypedForm]) -> None:
    """Enter a class under its FORM_TYPEs; the metaclass calls it. The first definition stays, as with payloads."""
    for form_type in cls.form_types:
        known = _classes.get(form_type)
        own = MODULES.get(form_type)
        if own is not None and cls.__module__ != f"{__package__}.{own}":
            continue
        if known is None or (known.__module__, known.__qualname__) == (cls.__module__, cls.__qualname__):
            _classes[form_type] = cls


def find_form(form_type: str) -> type[TypedForm] | None:
    """The class for forms of that FORM_TYPE: of those in this package, and of the definitions imported so far."""
    cls = _classes.get(form_type)
    if cls is None and form_type in MODULES:
        import_module(f"{__package__}.{MODULES[form_type]}")
        cls = _classes.get(form_type)
    return cls


def known_forms() -> Mapping[str, type[TypedForm]]:
    """All classes by FORM_TYPE; imports those of this package."""
    for form_type in MODULES:
        find_form(form_type)
    return dict(_classes)
