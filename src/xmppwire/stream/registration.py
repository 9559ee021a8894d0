"""In-Band Registration (XEP-0077) before a login: what a client says to get an account. The conversation is in
`features.registration`.

A server asks for fields, or with a form; what fits into it is taken from the address, the password, and `Registration.fields`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..payload import PayloadError
from ..protocol.data_forms import DataFormType
from ..protocol.in_band_registration import RegistrationQuery

FIELDS = (
    "username nick password name first last email address city state zip phone url date misc text".split()  # noqa: SIM905
)
"""What may be asked for without a form (section 3.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Client: make the account before the login. `fields` is what the server may want to know beside the user name and the
    password: pairs of name and value, such as `("email", "juliet@example.org")`."""

    fields: Sequence[tuple[str, str]] = ()

    def answer(self, query: RegistrationQuery, username: str, password: str) -> RegistrationQuery:
        """What to say to a server that asks for `query`. Raises ValueError, which names what is missing."""
        values: dict[str, Any] = {**dict(self.fields), "username": username, "password": password}
        form = query.form
        if form is not None and form.type is DataFormType.FORM:
            try:
                known = {var: value for var, value in values.items() if form.get_field(var) is not None}
                return RegistrationQuery(form=form.submit(known))
            except PayloadError as error:
                raise ValueError(f"the server's form cannot be filled in: {error}") from None
        wanted = [name for name in FIELDS if getattr(query, name) is not None]
        if not wanted:
            elsewhere = query.oob.url if query.oob is not None else query.instructions
            raise ValueError(f"accounts are made elsewhere: {elsewhere or 'the server does not say where'}")
        if missing := [name for name in wanted if not values.get(name)]:
            raise ValueError(f"the server wants to know: {', '.join(missing)}")
        return RegistrationQuery(key=query.key, **{name: values[name] for name in wanted})
