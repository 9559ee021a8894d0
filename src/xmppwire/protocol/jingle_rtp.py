"""Jingle RTP Sessions (XEP-0167).

Audio and video: the codecs that a party offers and the other one accepts, with what SDP says about them, keys for SRTP, and
news of a call (it rings, somebody is on hold).
"""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Enumeration, Payload, Unknown, UnsignedByte, UnsignedInt, field
from xmppwire.protocol.jingle import Creator
from xmppwire.protocol.standard import Standard, Status
from xmppwire.xml import Element

NAMESPACE = "urn:xmpp:jingle:apps:rtp:1"
ERRORS_NAMESPACE = "urn:xmpp:jingle:apps:rtp:errors:1"
INFO_NAMESPACE = "urn:xmpp:jingle:apps:rtp:info:1"
AUDIO_FEATURE = "urn:xmpp:jingle:apps:rtp:audio"
VIDEO_FEATURE = "urn:xmpp:jingle:apps:rtp:video"

STANDARD = Standard(
    "XEP-0167",
    "Jingle RTP Sessions",
    Status.STABLE,
    "1.2.3",
    namespaces=(NAMESPACE, ERRORS_NAMESPACE, INFO_NAMESPACE, AUDIO_FEATURE, VIDEO_FEATURE),
)


class Media(StrEnum):
    """The usual kinds of media; SDP knows more."""

    AUDIO = "audio"
    VIDEO = "video"


class RtpErrorCondition(StrEnum):
    """What is wrong with the keys offered (section 7)."""

    CRYPTO_REQUIRED = "crypto-required"
    INVALID_CRYPTO = "invalid-crypto"


class CallState(StrEnum):
    """News of a call that need no more than their name (section 8)."""

    ACTIVE = "active"
    HOLD = "hold"
    RINGING = "ringing"
    UNHOLD = "unhold"


class Muting(StrEnum):
    """Whether a party stops or goes on sending (section 8.3)."""

    MUTE = "mute"
    UNMUTE = "unmute"


class Parameter(Payload, ns=NAMESPACE, name="parameter", nested=True):
    """A parameter of a codec (`fmtp` of SDP)."""

    name: str = field.attribute()
    value: str = field.attribute()


class PayloadType(Payload, ns=NAMESPACE, name="payload-type", nested=True):
    """A codec (section 4): its number, its name, the rate in Hertz, packet times in milliseconds. Its feedback
    (XEP-0293) is among `payloads`."""

    channels: int = field.attribute(UnsignedByte, default=1)
    clockrate: int | None = field.attribute(UnsignedInt, default=None)
    id: int = field.attribute(UnsignedByte)
    maxptime: int | None = field.attribute(UnsignedInt, default=None)
    name: str | None = field.attribute(default=None)
    ptime: int | None = field.attribute(UnsignedInt, default=None)
    parameters: list[Parameter] = field.children()
    payloads: list[Payload | Element] = field.payloads()


class Crypto(Payload, ns=NAMESPACE, name="crypto", nested=True):
    """Keys for SRTP (section 7)."""

    crypto_suite: str = field.attribute()
    key_params: str = field.attribute()
    session_params: str | None = field.attribute(default=None)
    tag: str = field.attribute()


class Encryption(Payload, ns=NAMESPACE, name="encryption", nested=True):
    """The keys to choose from, and whether media are to be encrypted at all (section 7)."""

    required: bool = field.attribute(default=False)
    cryptos: list[Crypto] = field.children()
    payloads: list[Payload | Element] = field.payloads()


class Bandwidth(Payload, ns=NAMESPACE, name="bandwidth", nested=True):
    """The bandwidth wanted, in the unit of its `type` (`AS`: kilobits a second)."""

    type: str = field.attribute()
    value: str = field.text()


class RtpDescription(Payload, ns=NAMESPACE, name="description"):
    """The media of a content (section 4). Feedback, header extensions and sources (XEP-0293, 0294, 0339) are among
    `payloads`."""

    media: Media | str = field.attribute(Enumeration(Media, Unknown.KEEP))
    ssrc: int | None = field.attribute(UnsignedInt, default=None)
    payload_types: list[PayloadType] = field.children()
    rtcp_mux: bool = field.flag()
    encryption: Encryption | None = field.child(default=None)
    bandwidth: Bandwidth | None = field.child(default=None)
    payloads: list[Payload | Element] = field.payloads()


class RtpError(Payload, ns=ERRORS_NAMESPACE, names=tuple(RtpErrorCondition)):
    """Stands in the reason of a session that ends (section 7)."""

    condition: RtpErrorCondition = field.name()


class RtpInfo(Payload, ns=INFO_NAMESPACE, names=tuple(CallState)):
    """News of a call, in `session-info` (section 8)."""

    state: CallState = field.name()


class RtpMuting(Payload, ns=INFO_NAMESPACE, names=tuple(Muting)):
    """A content (all of them without a `name`) is muted or not any more, in `session-info` (section 8.3)."""

    muting: Muting = field.name()
    creator: Creator = field.attribute()
    name: str | None = field.attribute(default=None)
