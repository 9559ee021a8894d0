"""Personal Eventing Protocol (XEP-0163), Persistent Storage of Public and of Private Data via PubSub (XEP-0222, XEP-0223).

Every account is a publish-subscribe service of its own: a user publishes to it, and the contacts hear of what they are
interested in. Nothing is added to the elements of XEP-0060. A client declares its interest in a node by a feature of its
capabilities (section 4.2). Data is kept publicly or privately by the options that it is published with, above all
`pubsub#persist_items` and `pubsub#access_model`.
"""

from __future__ import annotations

from xmppwire.protocol.standard import Standard, Status

STANDARDS = (
    Standard("XEP-0163", "Personal Eventing Protocol", Status.STABLE, "1.2.2", note="elements of XEP-0060"),
    Standard(
        "XEP-0222",
        "Persistent Storage of Public Data via PubSub",
        Status.ACTIVE,
        "1.0",
        note="elements of XEP-0060",
    ),
    Standard(
        "XEP-0223",
        "Persistent Storage of Private Data via PubSub",
        Status.ACTIVE,
        "1.1.1",
        note="elements of XEP-0060",
    ),
)


def notify_feature(node: str) -> str:
    """The feature (XEP-0030) by which a client asks for what contacts publish at `node`."""
    return node + "+notify"
