"""JID Preparation and Validation Service (XEP-0328): an entity that cannot prepare an address asks one that can."""

from __future__ import annotations

from xmppwire.payload import Base64, Payload, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:jidprep:1"

STANDARD = Standard(
    "XEP-0328",
    "JID Preparation and Validation Service",
    Status.DEFERRED,
    "0.2.1",
    namespaces=(NAMESPACE,),
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
)


class JidValidateRequest(Payload, ns=NAMESPACE, name="jid-validate-request"):
    """What may be an address."""

    maybe_jid: str = field.value()


class JidValidateBase64Request(Payload, ns=NAMESPACE, name="jid-validate-base64-request"):
    """The same where XML could not carry it: its bytes."""

    maybe_jid: bytes = field.value(Base64, name="base64-maybe-jid")


class ValidJid(Payload, ns=NAMESPACE, name="valid-jid", nested=True):
    """The parts, prepared."""

    localpart: str | None = field.value(default=None)
    domainpart: str = field.value()
    resourcepart: str | None = field.value(default=None)


class InvalidJid(Payload, ns=NAMESPACE, name="invalid-jid", nested=True):
    """Why it is none."""

    reason: str | None = field.value(default=None)


class JidValidateResult(Payload, ns=NAMESPACE, name="jid-validate-result"):
    """The answer."""

    verdict: ValidJid | InvalidJid = field.choice()
