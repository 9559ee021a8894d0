"""The RFCs that the library follows without elements of their own: addresses, internationalization, TLS, SASL, host
names.
"""

from __future__ import annotations

from xmppwire.protocol.standard import Role, Standard, Status

_ALL = (Role.CLIENT, Role.SERVER, Role.COMPONENT)

STANDARDS = (
    Standard(
        "RFC 2782",
        "A DNS RR for specifying the location of services (DNS SRV)",
        Status.PROPOSED,
        note="The order of hosts, in `xmppwire_io`.",
    ),
    Standard(
        "RFC 3921",
        "Extensible Messaging and Presence Protocol (XMPP): Instant Messaging and Presence",
        Status.OBSOLETE,
        note="The session request that older servers expect.",
    ),
    Standard(
        "RFC 4013",
        "SASLprep: Stringprep Profile for User Names and Passwords",
        Status.OBSOLETE,
        note="For SCRAM and PLAIN.",
    ),
    Standard(
        "RFC 4422",
        "Simple Authentication and Security Layer (SASL)",
        Status.PROPOSED,
        note="The profile of RFC 6120; EXTERNAL.",
    ),
    Standard(
        "RFC 4505",
        "Anonymous Simple Authentication and Security Layer (SASL) Mechanism",
        Status.PROPOSED,
    ),
    Standard(
        "RFC 4616",
        "The PLAIN Simple Authentication and Security Layer (SASL) Mechanism",
        Status.PROPOSED,
        note="Inside TLS only.",
    ),
    Standard(
        "RFC 5802",
        "Salted Challenge Response Authentication Mechanism (SCRAM) SASL and GSS-API Mechanisms",
        Status.PROPOSED,
        note="The SASL mechanisms, with channel binding.",
    ),
    Standard(
        "RFC 5890",
        "Internationalized Domain Names for Applications (IDNA): Definitions and Document Framework",
        Status.PROPOSED,
        roles=_ALL,
    ),
    Standard(
        "RFC 5891",
        "Internationalized Domain Names in Applications (IDNA): Protocol",
        Status.PROPOSED,
        roles=_ALL,
        note="For domains in addresses and for looking them up.",
    ),
    Standard(
        "RFC 5892",
        "The Unicode Code Points and Internationalized Domain Names for Applications (IDNA)",
        Status.PROPOSED,
        roles=_ALL,
    ),
    Standard(
        "RFC 5893",
        "Right-to-Left Scripts for Internationalized Domain Names for Applications (IDNA)",
        Status.PROPOSED,
        roles=_ALL,
    ),
    Standard(
        "RFC 5929",
        "Channel Bindings for TLS",
        Status.PROPOSED,
        note="tls-unique up to TLS 1.2, tls-server-end-point.",
    ),
    Standard(
        "RFC 7590",
        "Use of Transport Layer Security (TLS) in the Extensible Messaging and Presence Protocol (XMPP)",
        Status.PROPOSED,
        roles=_ALL,
    ),
    Standard(
        "RFC 7622",
        "Extensible Messaging and Presence Protocol (XMPP): Address Format",
        Status.PROPOSED,
        roles=_ALL,
    ),
    Standard(
        "RFC 7628",
        "A Set of Simple Authentication and Security Layer (SASL) Mechanisms for OAuth",
        Status.PROPOSED,
        note="OAUTHBEARER.",
    ),
    Standard(
        "RFC 7677",
        "SCRAM-SHA-256 and SCRAM-SHA-256-PLUS Simple Authentication and Security Layer (SASL) Mechanisms",
        Status.PROPOSED,
    ),
    Standard(
        "RFC 8264",
        "PRECIS Framework: Preparation, Enforcement, and Comparison of Internationalized Strings in Application Protocols",
        Status.PROPOSED,
        roles=_ALL,
        note="The classes that addresses and passwords need.",
    ),
    Standard(
        "RFC 8265",
        "Preparation, Enforcement, and Comparison of Internationalized Strings Representing Usernames and Passwords",
        Status.PROPOSED,
        roles=_ALL,
    ),
    Standard(
        "RFC 9266",
        "Channel Bindings for TLS 1.3",
        Status.PROPOSED,
        note="tls-exporter, where the TLS library has it.",
    ),
)
