"""Service Discovery Extensions (XEP-0128): forms of type `result` in the answer to a question for information."""

from __future__ import annotations

from typing import TypeVar

from xmppwire.protocol.data_forms import DataFormType
from xmppwire.protocol.disco import DiscoInfo
from xmppwire.protocol.form import TypedForm
from xmppwire.protocol.standard import Role, Standard, Status

STANDARD = Standard(
    "XEP-0128",
    "Service Discovery Extensions",
    Status.ACTIVE,
    "1.0.1",
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
    note="Typed forms in answers of service discovery; no elements of its own.",
)

F = TypeVar("F", bound=TypedForm)


def get_extension(info: DiscoInfo, cls: type[F]) -> F | None:
    """The first form of a kind in an answer, or None. Raises `PayloadError` where it does not decode."""
    for form in info.forms:
        if form.form_type in cls.form_types:
            return cls.from_form(form)
    return None


def with_extension(info: DiscoInfo, extension: TypedForm) -> DiscoInfo:
    """The answer with a form of that kind in it, in the place of one that it had. Raises `PayloadError`."""
    others = [form for form in info.forms if form.form_type != extension.form_type]
    return info.replace(forms=[*others, extension.to_form(DataFormType.RESULT)])
