"""OMEMO Encryption (XEP-0384): the envelopes. There is no cryptography here.

Each device of a user has keys that it publishes: the list of devices on one node (`DEVICES_NODE`), a bundle of keys for each on
another (`BUNDLES_NODE`). A message carries one ciphertext and, for each device that is to read it, a key. The form that most
software still speaks, `eu.siacs.conversations.axolotl`, is in `omemo_legacy`.
"""

from __future__ import annotations

from xmppwire.jid import JID
from xmppwire.payload import Base64, Base64Lines, Integer, Payload, UnsignedInt, field
from xmppwire.protocol.standard import Role, Standard, Status

NAMESPACE = "urn:xmpp:omemo:2"
LEGACY_NAMESPACE = "eu.siacs.conversations.axolotl"
DEVICES_NODE = f"{NAMESPACE}:devices"
BUNDLES_NODE = f"{NAMESPACE}:bundles"

STANDARD = Standard(
    "XEP-0384",
    "OMEMO Encryption",
    Status.EXPERIMENTAL,
    "0.9.1",
    namespaces=(NAMESPACE, LEGACY_NAMESPACE),
    roles=(Role.CLIENT,),
    note="the envelopes; encryption itself is left to others",
)

DeviceId = UnsignedInt
KeyId = Integer(0, 2147483647)


class OmemoDevice(Payload, ns=NAMESPACE, name="device", nested=True):
    """A device and what its user calls it; `labelsig` is a signature of the label (section 5.3.1)."""

    id: int = field.attribute(DeviceId)
    label: str | None = field.attribute(default=None)
    labelsig: bytes | None = field.attribute(Base64, default=None)


class OmemoDeviceList(Payload, ns=NAMESPACE, name="devices"):
    """The devices of a user (section 5.3.1)."""

    devices: list[OmemoDevice] = field.children()


class OmemoSignedPreKey(Payload, ns=NAMESPACE, name="spk", nested=True):
    """The public part of the signed pre-key."""

    id: int = field.attribute(KeyId)
    key: bytes = field.text(Base64Lines)


class OmemoPreKey(Payload, ns=NAMESPACE, name="pk", nested=True):
    """The public part of a pre-key, good for one session."""

    id: int = field.attribute(KeyId)
    key: bytes = field.text(Base64Lines)


class OmemoBundle(Payload, ns=NAMESPACE, name="bundle"):
    """The keys of a device: the signed pre-key and its signature, the identity key, and pre-keys to choose from
    (section 5.3.2)."""

    signed_prekey: OmemoSignedPreKey = field.child()
    signature: bytes = field.value(Base64Lines, name="spks")
    identity_key: bytes = field.value(Base64Lines, name="ik")
    prekeys: list[OmemoPreKey] = field.wrapped(field.children())


class OmemoKey(Payload, ns=NAMESPACE, name="key", nested=True):
    """What the device `rid` needs to read the message; with `kex` it begins a session (section 5.5.3)."""

    rid: int = field.attribute(DeviceId)
    kex: bool = field.attribute(default=False)
    key: bytes = field.text(Base64Lines)


class OmemoRecipient(Payload, ns=NAMESPACE, name="keys", nested=True):
    """The keys for the devices of one user."""

    jid: JID = field.attribute()
    keys: list[OmemoKey] = field.children()


class OmemoHeader(Payload, ns=NAMESPACE, name="header", nested=True):
    """The device that sends, and the keys for those that are to read."""

    sid: int = field.attribute(DeviceId)
    recipients: list[OmemoRecipient] = field.children()


class OmemoEncrypted(Payload, ns=NAMESPACE, name="encrypted"):
    """A message. `payload` is an envelope (XEP-0420) encrypted; without one the message only sets up or moves on sessions
    (section 5.5)."""

    header: OmemoHeader = field.child()
    payload: bytes | None = field.value(Base64Lines, default=None)


class OmemoOptOut(Payload, ns=NAMESPACE, name="opt-out"):
    """Stands in an envelope: its sender wants to go on without encryption (section 5.7)."""

    reason: str | None = field.value(default=None)
