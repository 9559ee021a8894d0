"""In-Band Registration (XEP-0077) for those who are logged in: with services, such as gateways, and for the own account.

    query = await client.run(fetch_registration("irc.montague.lit"))
    print(query.instructions, wanted_fields(query))
    await client.run(register("irc.montague.lit", fill_in(query, {"nick": "romeo"})))

An account that is made before the first login is asked for by `ClientConfig.register`. Some servers want a form filled in
before they change a password or end a registration:

    try:
        await client.run(change_password("juliet", "new"))
    except RegistrationFormWanted as wanted:
        form = PasswordChange.answer(wanted.form, username="juliet", old_password="old", password="new")
        await client.run(submit_form(form))
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..jid import JID
from ..operation import IqError, Operation, OperationError, request
from ..payload import PayloadError
from ..protocol.data_forms import DataForm, DataFormType, FieldType
from ..protocol.in_band_registration import RegistrationQuery
from ..protocol.register_forms import PasswordChange, Registration, RegistrationCancellation
from ..stanza import Iq, StanzaError

FIELDS = tuple(one.name for one in Registration.form_fields if hasattr(RegistrationQuery, one.name))
"""The fields that need no form (section 14.1)."""


class RegistrationFormWanted(IqError):  # noqa: N818
    """The host wants to know more: `form` is to be filled in and sent by `submit_form` (sections 3.2 and 3.3)."""

    def __init__(self, error: StanzaError, reply: Iq | None, form: DataForm) -> None:
        super().__init__(error, reply)
        self.form = form


class RegistrationElsewhere(OperationError):  # noqa: N818
    """Registration is to be done elsewhere (section 5). Show `url` and `instructions`; do not open the address unasked."""

    def __init__(self, url: str | None, instructions: str | None) -> None:
        super().__init__(url, instructions)
        self.url = url
        self.instructions = instructions

    def __str__(self) -> str:
        return f"registration is not done here: {self.instructions or ''} {self.url or ''}".rstrip()


def fetch_registration(service: JID | str | None = None) -> Operation[RegistrationQuery]:
    """What a service wants to know of somebody who registers, or what it knows already (`registered`). None: the own server.
    Raises what `request` raises."""
    reply = yield from request(Iq("get", service, payload=RegistrationQuery()))
    return reply.get(RegistrationQuery) or RegistrationQuery()


def wanted_fields(query: RegistrationQuery) -> list[str]:
    """The names of what is asked for. Where there is a form they are those of the form, which counts alone (section 6)."""
    if query.form is None:
        return [name for name in FIELDS if getattr(query, name) is not None]
    unasked = (FieldType.FIXED, FieldType.HIDDEN)
    return [one.var for one in query.form.fields if one.var is not None and one.type not in unasked]


def fill_in(query: RegistrationQuery, values: Mapping[str, object]) -> RegistrationQuery | DataForm:
    """The answer to what `fetch_registration` gave: the form, or the single fields, never both (section 4). What is known
    already stays as it is where `values` says nothing.

    Raises RegistrationElsewhere where nothing is asked for here, `PayloadError` for values that the form does not take, and
    ValueError for a single field that is not asked for, or that has no value: all of them have to be given (section 3.1).
    """
    names = wanted_fields(query)
    if query.form is not None:
        return query.form.submit(values)
    if not names:
        raise RegistrationElsewhere(None if query.oob is None else query.oob.url, query.instructions)
    known: dict[str, Any] = {name: getattr(query, name) for name in names}
    known |= {name: str(value) for name, value in values.items()}
    for name in known.keys() - set(names):
        raise ValueError(f"{name} is not asked for")
    if missing := [name for name, value in known.items() if not value]:
        raise ValueError(f"a value is required: {', '.join(missing)}")
    return RegistrationQuery(**known)


def register(service: JID | str, answer: RegistrationQuery | DataForm) -> Operation[None]:
    """Register with a service, such as a gateway. `answer` is what `fill_in` makes: the fields that `fetch_registration` gave,
    with values, or its form, filled in. Raises what `request` raises: `conflict` says that a name is taken."""
    query = RegistrationQuery(form=answer) if isinstance(answer, DataForm) else answer
    yield from request(Iq("set", service, payload=query))


def submit_form(form: DataForm, service: JID | str | None = None) -> Operation[None]:
    """Send a form that was wanted, filled in. None: to the own server. Raises what `request` raises."""
    yield from request(Iq("set", service, payload=RegistrationQuery(form=form)))


def unregister(service: JID | str | None = None) -> Operation[None]:
    """End a registration. None: the own account, for ever; the server closes the stream, perhaps without an answer.

    Raises RegistrationFormWanted, and what `request` raises: `registration-required` where there was none.
    """
    iq = Iq("set", service, payload=RegistrationQuery(remove=True))
    yield from _unless_form(iq, RegistrationCancellation.form_types)


def change_password(username: str, password: str, service: JID | str | None = None) -> Operation[None]:
    """Change the password of the account `username`. It is shown to the server: do it inside TLS.

    Raises RegistrationFormWanted, and what `request` raises: `not-allowed` where passwords are not changed this way.
    """
    iq = Iq("set", service, payload=RegistrationQuery(username=username, password=password))
    yield from _unless_form(iq, PasswordChange.form_types)


def _unless_form(iq: Iq, form_types: tuple[str, ...]) -> Operation[None]:
    """Send a request that may be answered with a form of one of these types in the error."""
    try:
        yield from request(iq)
    except IqError as error:
        try:
            query = None if error.reply is None else error.reply.get(RegistrationQuery)
        except PayloadError:
            query = None
        form = None if query is None else query.form
        if form is not None and form.type is DataFormType.FORM and form.form_type in form_types:
            raise RegistrationFormWanted(error.error, error.reply, form) from error
        raise
