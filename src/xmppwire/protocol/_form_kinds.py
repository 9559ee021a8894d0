"""The kinds of field of a typed form: how each takes its value out of a `Field` and puts it into one."""

from __future__ import annotations

import inspect
from typing import Any

from xmppwire.payload import Codec, Jid, PayloadError, Text
from xmppwire.payload.codecs import codec_for
from xmppwire.payload.kinds import MISSING, members_of
from xmppwire.protocol._form_values import FormBool, lines_of
from xmppwire.protocol.data_forms import Field, FieldType, Option


class FormField:
    """One value, as a codec has it."""

    name: str
    """The name in Python."""
    many = False

    def __init__(
        self, var: str, codec: Codec[Any] | None, default: Any, type: FieldType | None, label: str | None
    ) -> None:
        self.var = var
        self.codec: Codec[Any] = codec or Text
        self.inferred = codec is None
        self.default = default
        self.type = type
        self.label = label

    def bind(self, owner: type) -> None:
        """Find the codec by the annotation, and the type of field by the codec. Raises TypeError."""
        if self.inferred:
            annotation = _annotation(owner, self.name)
            members = members_of(annotation)
            members = members_of(members[0]) if len(members) == 1 else members  # a list, or None
            codec = codec_for(members[0]) if len(members) == 1 else None
            if codec is None:
                raise TypeError(f"{owner.__qualname__}.{self.name}: no codec is known for {annotation}; name one")
            self.codec = FormBool if members[0] is bool else codec
        if self.type is None:
            self.type = self._type(self.codec)

    def _type(self, codec: Codec[Any]) -> FieldType:
        if codec.name == FormBool.name:
            return FieldType.BOOLEAN
        if codec is Jid:
            return FieldType.JID_MULTI if self.many else FieldType.JID_SINGLE
        if codec.table is not None:
            return FieldType.LIST_MULTI if self.many else FieldType.LIST_SINGLE
        return FieldType.TEXT_MULTI if self.many else FieldType.TEXT_SINGLE

    def fresh(self) -> Any:
        """The value of an instance that is given none."""
        return self.default

    def read(self, one: Field, path: str) -> Any:
        """The value in a field. Raises `PayloadError`."""
        if len(one.values) > 1:
            raise PayloadError("more than one value", f"{path}/value[2]")
        # An empty value is none, except where text is what is wanted.
        if not one.values or (not one.values[0] and self.codec is not Text):
            return self.absent(path)
        return self.decode(one.values[0], f"{path}/value")

    def absent(self, path: str) -> Any:
        """The value where there is no field. Raises `PayloadError` where one is required."""
        if self.default is MISSING:
            raise PayloadError("value missing", path)
        return self.fresh()

    def decode(self, text: str, path: str) -> Any:
        """One value."""
        try:
            return self.codec.decode(text)
        except ValueError as error:
            raise PayloadError(str(error), path) from error

    def is_absent(self, value: Any) -> bool:
        """Whether there is nothing to write."""
        return value is None

    def write(self, value: Any, one: Field) -> None:
        """Put the value into a field. Raises what the codec raises."""
        if value is not None:
            one.values = [self.codec.encode(value)]

    def described(self) -> Field:
        """The field as it stands in an empty form."""
        table = self.codec.table if self.type in _LISTS else None
        return Field(
            var=self.var,
            type=self.type,
            label=self.label,
            required=self.default is MISSING,
            options=[Option(value=text) for text in table or ()],
        )


_LISTS = (FieldType.LIST_SINGLE, FieldType.LIST_MULTI)


class FormFields(FormField):
    """A list of values; an address counts once."""

    many = True

    def fresh(self) -> Any:
        return [] if self.default is MISSING else self.default

    def absent(self, path: str) -> Any:
        return self.fresh()

    def read(self, one: Field, path: str) -> Any:
        if len(one.values) == 1 and not one.values[0] and self.codec is not Text:
            return []
        values = [self.decode(text, f"{path}/value[{number}]") for number, text in enumerate(one.values, 1)]
        return list(dict.fromkeys(values)) if self.type is FieldType.JID_MULTI else values

    def is_absent(self, value: Any) -> bool:
        return value is None or (self.default is MISSING and not value)

    def write(self, value: Any, one: Field) -> None:
        one.values = [self.codec.encode(member) for member in value or ()]

    def described(self) -> Field:
        one = super().described()
        one.required = False
        return one


class FormLines(FormField):
    """Text of several lines, one value each."""

    def bind(self, owner: type) -> None:
        self.type = self.type or FieldType.TEXT_MULTI

    def read(self, one: Field, path: str) -> Any:
        return "\n".join(one.values) if one.values else self.absent(path)

    def write(self, value: Any, one: Field) -> None:
        one.values = [] if value is None else lines_of(value)


class FormMedia(FormField):
    """A picture or a sound (XEP-0221)."""

    def bind(self, owner: type) -> None:
        pass

    def read(self, one: Field, path: str) -> Any:
        return self.absent(path) if one.media is None else one.media

    def write(self, value: Any, one: Field) -> None:
        one.media = value


def _annotation(owner: type, name: str) -> Any:
    for base in owner.__mro__:
        if name in inspect.get_annotations(base):
            return inspect.get_annotations(base, eval_str=True)[name]
    raise TypeError(f"{owner.__qualname__}.{name} has no annotation")
