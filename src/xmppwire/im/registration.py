"""In-Band Registration (XEP-0077) for those who are logged in: with services, and for the own account.

An account that is made before the first login is asked for by `ClientConfig.register`.
"""

from __future__ import annotations

from ..jid import JID
from ..operation import Operation, request
from ..protocol.data_forms import DataForm
from ..protocol.in_band_registration import RegistrationQuery
from ..stanza import Iq


def fetch_registration(service: JID | str | None = None) -> Operation[RegistrationQuery]:
    """What a service wants to know of somebody who registers, or what it knows already (`registered`). None: the own server.
    Raises what `request` raises."""
    reply = yield from request(Iq("get", service, payload=RegistrationQuery()))
    return reply.get(RegistrationQuery) or RegistrationQuery()


def register(service: JID | str, answer: RegistrationQuery | DataForm) -> Operation[None]:
    """Register with a service, such as a gateway. `answer` has the fields that `fetch_registration` gave, with values, or is
    its form, filled in."""
    query = RegistrationQuery(form=answer) if isinstance(answer, DataForm) else answer
    yield from request(Iq("set", service, payload=query))


def unregister(service: JID | str | None = None) -> Operation[None]:
    """End a registration. None: the own account, for ever; the server closes the stream, perhaps without an answer."""
    yield from request(Iq("set", service, payload=RegistrationQuery(remove=True)))


def change_password(username: str, password: str, service: JID | str | None = None) -> Operation[None]:
    """Change the password of the account `username`. It is shown to the server: do it inside TLS."""
    yield from request(Iq("set", service, payload=RegistrationQuery(username=username, password=password)))
