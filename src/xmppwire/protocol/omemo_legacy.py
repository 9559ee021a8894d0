"""OMEMO Encryption (XEP-0384) as of its version 0.3, which nearly all deployed software speaks: the envelopes.

Only the body of a message is encrypted. The keys are published on `DEVICES_NODE`, and each bundle on a node of its own, whose
name is `BUNDLES_NODE` with the number of the device.
"""

from __future__ import annotations

from xmppwire.payload import Base64Lines, Payload, field
from xmppwire.protocol.omemo import LEGACY_NAMESPACE as NAMESPACE
from xmppwire.protocol.omemo import DeviceId

PART_OF = "XEP-0384"
DEVICES_NODE = f"{NAMESPACE}.devicelist"
BUNDLES_NODE = f"{NAMESPACE}.bundles:"


class LegacyOmemoDevice(Payload, ns=NAMESPACE, name="device", nested=True):
    """A device."""

    id: int = field.attribute(DeviceId)
    label: str | None = field.attribute(default=None)


class LegacyOmemoDeviceList(Payload, ns=NAMESPACE, name="list"):
    """The devices of a user."""

    devices: list[LegacyOmemoDevice] = field.children()


class LegacyOmemoSignedPreKey(Payload, ns=NAMESPACE, name="signedPreKeyPublic", nested=True):
    """The public part of the signed pre-key."""

    id: int | None = field.attribute(DeviceId, name="signedPreKeyId", default=None)
    key: bytes = field.text(Base64Lines)


class LegacyOmemoPreKey(Payload, ns=NAMESPACE, name="preKeyPublic", nested=True):
    """The public part of a pre-key, good for one session."""

    id: int = field.attribute(DeviceId, name="preKeyId")
    key: bytes = field.text(Base64Lines)


class LegacyOmemoBundle(Payload, ns=NAMESPACE, name="bundle"):
    """The keys of a device: the signed pre-key and its signature, the identity key, and pre-keys to choose from."""

    signed_prekey: LegacyOmemoSignedPreKey = field.child()
    signature: bytes = field.value(Base64Lines, name="signedPreKeySignature")
    identity_key: bytes = field.value(Base64Lines, name="identityKey")
    prekeys: list[LegacyOmemoPreKey] = field.wrapped(field.children())


class LegacyOmemoKey(Payload, ns=NAMESPACE, name="key", nested=True):
    """What the device `rid` needs to read the message; with `prekey` it begins a session."""

    rid: int = field.attribute(DeviceId)
    prekey: bool = field.attribute(default=False)
    key: bytes = field.text(Base64Lines)


class LegacyOmemoHeader(Payload, ns=NAMESPACE, name="header", nested=True):
    """The device that sends, the keys for those that are to read, and the initialization vector."""

    sid: int = field.attribute(DeviceId)
    keys: list[LegacyOmemoKey] = field.children()
    iv: bytes = field.value(Base64Lines)


class LegacyOmemoEncrypted(Payload, ns=NAMESPACE, name="encrypted"):
    """A message. `payload` is the body encrypted; without one the message only sets up or moves on sessions."""

    header: LegacyOmemoHeader = field.child()
    payload: bytes | None = field.value(Base64Lines, default=None)
