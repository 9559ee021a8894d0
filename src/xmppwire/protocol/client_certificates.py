"""Client Certificate Management for SASL EXTERNAL (XEP-0257): users register certificates with which their clients
log in."""

from __future__ import annotations

from xmppwire.payload import Base64Lines, Payload, field
from xmppwire.protocol.standard import Standard, Status

NAMESPACE = "urn:xmpp:saslcert:1"
STANDARD = Standard("XEP-0257", "Client Certificate Management for SASL EXTERNAL", Status.DEFERRED, "0.3", (NAMESPACE,))


class AppendCertificate(Payload, ns=NAMESPACE, name="append"):
    """Registers a certificate (DER) under a name that is not in use. `no_cert_management`: who logs in with it may not
    register or remove any."""

    name: str = field.value()
    no_cert_management: bool = field.flag()
    x509cert: bytes = field.value(Base64Lines)


class CertificateItem(Payload, ns=NAMESPACE, name="item", nested=True):
    """A registered certificate (DER) and the resources that are logged in with it."""

    name: str = field.value()
    x509cert: bytes = field.value(Base64Lines)
    users: list[str] = field.wrapped(field.values(name="resource"))


class Certificates(Payload, ns=NAMESPACE, name="items"):
    """All registered certificates; an empty one asks for them."""

    items: list[CertificateItem] = field.children()


class DisableCertificate(Payload, ns=NAMESPACE, name="disable"):
    """Removes a certificate; who is logged in with it stays."""

    name: str = field.value()


class RevokeCertificate(Payload, ns=NAMESPACE, name="revoke"):
    """Removes a certificate, and ends the streams that were authenticated with it."""

    name: str = field.value()
