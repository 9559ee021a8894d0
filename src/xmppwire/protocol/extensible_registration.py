"""Extensible In-Band Registration (XEP-0389): accounts are registered, or recovered, by answering a series of
challenges.

The server offers flows, as a stream feature or in answer to an IQ. The client picks one by its id; then challenges and
responses go back and forth, on the bare stream or in IQs, until one side cancels or the server reports success.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Payload, field
from xmppwire.protocol.standard import Role, Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:register:0"
STANDARD = Standard(
    "XEP-0389",
    "Extensible In-Band Registration",
    Status.EXPERIMENTAL,
    "0.6.0",
    (NAMESPACE,),
    (Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class RegistrationChallenge(Payload, ns=NAMESPACE, name="challenge"):
    """A challenge; within a flow its type alone. `type` tells what the payload is, mostly by its namespace."""

    type: str = field.attribute()
    payload: Payload | Element | None = field.payload(default=None)


class Flow(Payload, ns=NAMESPACE, name="flow", nested=True):
    """A way to register or recover, and the types of challenges that may come. The client sends the id alone."""

    id: str = field.attribute()
    names: dict[str, str] = field.language_map(name="name")
    challenges: list[RegistrationChallenge] = field.children()


class Register(Payload, ns=NAMESPACE, name="register"):
    """The flows that register an account; from the client the one it picks, or none to ask for them."""

    flows: list[Flow] = field.children()


class Recovery(Payload, ns=NAMESPACE, name="recovery"):
    """The same for flows that recover an account."""

    flows: list[Flow] = field.children()


class RegistrationResponse(Payload, ns=NAMESPACE, name="response"):
    """The answer to a challenge, which may be empty."""

    payload: Payload | Element | None = field.payload(default=None)


class RegistrationCancel(Payload, ns=NAMESPACE, name="cancel"):
    """Ends the flow without result; either side may send it."""


class RegistrationSuccess(Payload, ns=NAMESPACE, name="success"):
    """The account: its bare JID, and the user name for SASL."""

    jid: JID = field.value()
    username: str = field.value()


class InvalidFlow(Payload, ns=NAMESPACE, name="invalid-flow"):
    """In a stream error: the client picked a flow that was not offered (section 6.3)."""
