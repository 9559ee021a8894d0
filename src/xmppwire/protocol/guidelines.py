"""Standards that add no elements of their own, and whose rules the library keeps: how a stream is set up, what text looks like,
how to design and how to spare a battery. Where each is kept is in its note."""

from __future__ import annotations

from xmppwire.protocol.standard import Role, Standard, Status

STANDARDS = (
    Standard(
        "XEP-0082",
        "XMPP Date and Time Profiles",
        Status.ACTIVE,
        "1.1.1",
        note="the codecs DateTime, Date, Time and Offset of xmppwire.payload",
    ),
    Standard(
        "XEP-0134",
        "XMPP Design Guidelines",
        Status.ACTIVE,
        "1.1",
        note="unknown content is kept and passed on; advice in the how-to on extensions of one's own",
    ),
    Standard(
        "XEP-0170",
        "Recommended Order of Stream Feature Negotiation",
        Status.ACTIVE,
        "1.0",
        note="the order in which features are negotiated",
    ),
    Standard(
        "XEP-0175",
        "Best Practices for Use of SASL ANONYMOUS",
        Status.ACTIVE,
        "1.2",
        note="both halves of the mechanism",
    ),
    Standard(
        "XEP-0178",
        "Best Practices for Use of SASL EXTERNAL with Certificates",
        Status.ACTIVE,
        "1.2",
        note="both halves of the mechanism; addresses of certificates in xmppwire_io",
    ),
    Standard(
        "XEP-0286",
        "Mobile Considerations on LTE Networks",
        Status.ACTIVE,
        "1.0.0",
        (),
        (Role.CLIENT,),
        note="what is sent in one step leaves in one write; the interval of keepalives is a field of the config",
    ),
    Standard(
        "XEP-0368",
        "SRV records for XMPP over TLS",
        Status.STABLE,
        "1.1.0",
        note="look-up, order and direct TLS of clients in xmppwire_io",
    ),
    Standard(
        "XEP-0495",
        "Happy Eyeballs",
        Status.EXPERIMENTAL,
        "0.1.0",
        note="addresses are looked up together and raced against each other in xmppwire_io, those of one priority",
    ),
)
