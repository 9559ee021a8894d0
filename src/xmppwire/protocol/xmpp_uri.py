"""XMPP URI Scheme Query Components (XEP-0147): `xmpp:` URIs and IRIs (RFC 5122), what to do with the address included.

    xmpp://guest@example.com/romeo@montague.net?message;subject=Hello;body=Good%20morning#note
           ----------------- ------------------ ------- ------------------------------ ----
           account           jid                action  parameters                     fragment

`XMPPURI.parse(text)` reads one, `str(uri)` writes it. What comes from outside is a proposal: show it to the user before
acting on it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from xmppwire.jid import JID
from xmppwire.protocol.standard import Role, Standard, Status

STANDARD = Standard(
    "XEP-0147",
    "XMPP URI Scheme Query Components",
    Status.ACTIVE,
    "1.2",
    roles=(Role.CLIENT, Role.SERVER, Role.COMPONENT),
    note="Parsing and making of xmpp: URIs (RFC 5122); no elements.",
)

_BAD_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_TO_ESCAPE = re.compile(rb"[^A-Za-z0-9._~-]")
_TO_ESCAPE_IN_DOMAIN = re.compile(rb"[^A-Za-z0-9._~:[\]-]")
_FORBIDDEN = re.compile('[\x00-\x20\x7f<>"]')


class URIAction(StrEnum):
    """Actions that the standard defines (section 3); many others are registered."""

    MESSAGE = "message"
    ROSTER = "roster"
    REMOVE = "remove"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class XMPPURI:
    """A URI. `account` is the one to act as (RFC 5122, section 2.3); only where there is one may `jid` be None. An `action`
    is `""` where none is named.

    Keys of `parameters` may repeat. All parts are kept decoded.
    """

    jid: JID | None
    action: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    account: JID | None = None
    fragment: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a URI or an IRI. A key without a value has the value `""`. Raises ValueError (`JIDError` for an
        address)."""
        scheme, colon, rest = text.partition(":")
        if not colon or scheme.lower() != "xmpp":
            raise ValueError(f"not an xmpp: URI: {text[:40]!r}")
        if _FORBIDDEN.search(rest) or _BAD_ESCAPE.search(rest):
            raise ValueError(f"a character that is not escaped, or an escape that is none: {text[:40]!r}")
        rest, hash_sign, fragment = rest.partition("#")
        path, _, query = rest.partition("?")
        account = None
        if path.startswith("//"):
            authority, _, path = path[2:].partition("/")
            account = _address(authority)
        action, *pairs = query.split(";")
        if "=" in action:  # some leave out the action together with its semicolon
            action, pairs = "", [action, *pairs]
        return cls(
            jid=_address(path) if path or account is None else None,
            action=_decoded(action),
            parameters=tuple(_pair(pair) for pair in pairs if pair),
            account=account,
            fragment=_decoded(fragment) if hash_sign else None,
        )

    def get(self, key: str) -> str | None:
        """The first value of a key, or None."""
        return next((value for name, value in self.parameters if name == key), None)

    def __str__(self) -> str:
        """The URI, with all but letters, digits and `-._~` escaped. Raises ValueError without an address."""
        if self.jid is None and self.account is None:
            raise ValueError("an xmpp: URI without an address")
        text = "xmpp:"
        if self.account is not None:
            text += f"//{_escaped(self.account.bare)}" + ("/" if self.jid is not None else "")
        if self.jid is not None:
            text += _escaped(self.jid)
        if self.action or self.parameters:
            pairs = (f"{_quoted(key)}={_quoted(value)}" for key, value in self.parameters)
            text += "?" + ";".join((_quoted(self.action), *pairs))
        return text if self.fragment is None else f"{text}#{_quoted(self.fragment)}"


def _decoded(text: str) -> str:
    return _ESCAPE.sub(lambda match: bytes.fromhex(match[1].decode()), text.encode()).decode()


def _quoted(text: str, reserved: re.Pattern[bytes] = _TO_ESCAPE) -> str:
    return reserved.sub(lambda match: b"%%%02X" % match[0][0], text.encode()).decode()


def _pair(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return _decoded(key), _decoded(value)


def _address(text: str) -> JID:
    """Split before the escapes are resolved: an escaped separator is none."""
    bare, slash, resource = text.partition("/")
    local, at, domain = bare.rpartition("@")
    return JID.from_parts(_decoded(local) if at else None, _decoded(domain), _decoded(resource) if slash else None)


def _escaped(jid: JID) -> str:
    local = "" if jid.localpart is None else _quoted(jid.localpart) + "@"
    resource = "" if jid.resourcepart is None else "/" + _quoted(jid.resourcepart)
    return local + _quoted(jid.domainpart, _TO_ESCAPE_IN_DOMAIN) + resource
