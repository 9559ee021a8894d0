"""What a person wants to know about a server's certificate, and what is wrong with it (RFC 6120 section 13.7.1.2)."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from xmppwire.idna import IDNAError, to_ascii_domain

from .. import der

_RELATIVE_NAMES = {"2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.10": "O", "2.5.4.11": "OU"}
_STRINGS = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}


@dataclass(slots=True)
class Certificate:
    """A certificate: whose it is, who says so, for which names, and from when to when (UTC)."""

    subject: str
    issuer: str
    names: list[str]
    not_before: datetime | None
    not_after: datetime | None
    sha256: str

    @classmethod
    def read(cls, data: bytes) -> Certificate:
        """From DER. What cannot be read is left empty: the TLS library took it, and a person still wants the rest."""
        issuer = subject = ""
        validity: Sequence[datetime | None] = (None, None)
        names: list[str] = []
        try:
            issuer, validity, subject = _body(data)
            names = [*der.dns_names(data), *(str(ipaddress.ip_address(ip)) for ip in der.ip_addresses(data))]
            names += [f"xmpp:{address}" for address in der.xmpp_addresses(data)]
        except (ValueError, IndexError):
            pass
        return cls(subject, issuer, names, validity[0], validity[1], hashlib.sha256(data).hexdigest())

    def problems(self, domain: str, now: datetime, distrust: str | None) -> list[str]:
        """What a client that expects `domain` would object to. `distrust` is what the TLS library said of the chain."""
        found: list[str] = []
        if self.not_after is not None and now > self.not_after:
            found.append(f"expired on {self.not_after:%Y-%m-%d}")
        if self.not_before is not None and now < self.not_before:
            found.append(f"not valid before {self.not_before:%Y-%m-%d}")
        if not any(matches(name, domain) for name in self.names):
            found.append(f"wrong name: it is not for {domain}")
        if distrust is not None and not (found and ("expired" in distrust or "not yet valid" in distrust)):
            found.append(f"untrusted: {distrust}")
        return found


def matches(name: str, domain: str) -> bool:
    """Whether a name in a certificate stands for `domain`; `*` stands for one whole label (RFC 6125 section 6.4.3)."""
    try:
        wanted = domain.strip("[]")
        wanted = wanted.lower() if ":" in wanted else to_ascii_domain(wanted)
    except IDNAError:
        return False
    name = name.lower()
    first, dot, rest = wanted.partition(".")
    return name == wanted or bool(first and dot and name == f"*.{rest}")


def _body(data: bytes) -> tuple[str, Sequence[datetime], str]:
    """Issuer, validity and subject, which stand one after the other (RFC 5280 section 4.1)."""
    parts = [content for tag, content in _items(_content(_content(data))) if tag == 0x30]
    times = [_time(tag, text) for tag, text in _items(parts[2])]
    return _name(parts[1]), times, _name(parts[3])


def _name(data: bytes) -> str:
    """A distinguished name: the parts of it that people know."""
    shown: list[str] = []
    for _, relative in _items(data):
        for _, pair in _items(relative):
            (kind, identifier), (tag, value) = list(_items(pair))[:2]
            short = _RELATIVE_NAMES.get(_oid((kind, identifier)))
            if short is not None:
                shown.append(f"{short}={value.decode(_STRINGS.get(tag, 'latin-1'), 'replace')}")
    return ", ".join(reversed(shown))


def _time(tag: int, text: bytes) -> datetime:
    digits = text.decode("ascii")
    if tag == 0x17:  # UTCTime has two digits for the year
        digits = ("19" if digits[:2] >= "50" else "20") + digits
    return datetime.strptime(digits, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _content(data: bytes) -> bytes:
    return next(_items(data), (0, b""))[1]


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    return der._items(data)  # pyright: ignore[reportPrivateUsage]


def _oid(item: tuple[int, bytes]) -> str:
    return der._oid(item)  # pyright: ignore[reportPrivateUsage]
