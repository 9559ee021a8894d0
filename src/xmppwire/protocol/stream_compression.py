"""Stream Compression (XEP-0138). Obsolete: compressing what holds secrets can give them away."""

from __future__ import annotations

from enum import StrEnum

from xmppwire.payload import Enumeration, Payload, Unknown, field
from xmppwire.protocol.standard import Standard, Status
from xmppwire.stanza import ERROR_NAMESPACE, ErrorCondition

NAMESPACE = "http://jabber.org/protocol/compress"
FEATURE_NAMESPACE = "http://jabber.org/features/compress"

STANDARD = Standard("XEP-0138", "Stream Compression", Status.OBSOLETE, "2.1", namespaces=(NAMESPACE, FEATURE_NAMESPACE))


class CompressionCondition(StrEnum):
    """Why there is no compression (section 2)."""

    PROCESSING_FAILED = "processing-failed"
    SETUP_FAILED = "setup-failed"
    UNSUPPORTED_METHOD = "unsupported-method"


class Compression(Payload, ns=FEATURE_NAMESPACE, name="compression"):
    """The feature: the methods to choose from."""

    methods: list[str] = field.values(name="method")


class Compress(Payload, ns=NAMESPACE, name="compress"):
    """Chooses a method. (The schema allows several; the text does not.)"""

    methods: list[str] = field.values(name="method")


class Compressed(Payload, ns=NAMESPACE, name="compressed"):
    """A new, compressed stream begins."""


class CompressionFailure(Payload, ns=NAMESPACE, name="failure"):
    """There is none: a condition of compression, or of stanzas."""

    condition: CompressionCondition | None = field.tag(default=None)
    stanza_condition: ErrorCondition | str | None = field.tag(
        Enumeration(ErrorCondition, Unknown.KEEP), ns=ERROR_NAMESPACE, default=None
    )
    text: dict[str, str] = field.language_map(ns=ERROR_NAMESPACE)
