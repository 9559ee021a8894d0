"""XMPP URI Scheme Query Components (XEP-0147): `xmpp:` URIs and IRIs (RFC 5122), what to do with the address included.

xmpp://account@server/romeo@montague.net?message;subject=Hello;body=Good%20morning#fragment
           |              |                  |       |                                |
           account        jid                action  parameters                       fragment

`XMPPURI.parse(text)` reads one, `str(uri)` writes it. What comes from outside is a proposal: show it to the user before
acting on it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from urllib.parse import quote, unquote_to_bytes

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
    """A URI. `jid` is None only where there is an `account` to act as, and nothing else. An `action` is `""` where none
    is named.

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
        """The URI, with all but letters, digits and `-._~` escaped. Raises ValueError where it would say nothing."""
        if self.jid is None and (self.account is None or self.action or self.parameters):
            raise ValueError("an xmpp: URI without an address")
        text = "xmpp:"
        if self.account is not None:
            text += f"//{_escaped(self.account)}" + ("/" if self.jid is not None else "")
        if self.jid is not None:
            text += _escaped(self.jid)
        if self.action or self.parameters:
            pairs = (f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in self.parameters)
            text += "?" + ";".join((quote(self.action, safe=""), *pairs))
        return text if self.fragment is None else f"{text}#{quote(self.fragment, safe='')}"


def _decoded(text: str) -> str:
    return unquote_to_bytes(text).decode()


def _pair(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return _decoded(key), _decoded(value)


def _address(text: str) -> JID:
    """Split before the escapes are resolved: an escaped separator is none."""
    bare, slash, resource = text.partition("/")
    local, at, domain = bare.rpartition("@")
    return JID.from_parts(_decoded(local) if at else None, _decoded(domain), _decoded(resource) if slash else None)


def _escaped(jid: JID) -> str:
    local = "" if jid.localpart is None else quote(jid.localpart, safe="") + "@"
    resource = "" if jid.resourcepart is None else "/" + quote(jid.resourcepart, safe="")
    return local + quote(jid.domainpart, safe="[]:") + resource
