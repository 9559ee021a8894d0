"""XMPP addresses, JIDs: parsing, preparation and comparison (RFC 7622), and XEP-0106 escaping.

`JID(text)` splits at the first `/`, then at the first `@` before it, prepares each part and keeps the result:

- localpart: PRECIS UsernameCaseMapped, without ``"&'/:<>@``;
- domainpart: one trailing dot dropped, then an IPv4 address, an IPv6 address in brackets, or IDNA2008 U-labels;
- resourcepart: PRECIS OpaqueString (a leading space is accepted: erratum 4560 of RFC 7622).

Each part has 1 to 1023 octets of UTF-8 after preparation. What cannot come down to that is refused before anything else
looks at it.

Three speeds: an address seen lately is found in a bounded cache (`parse_jid`); a plain ASCII one is matched by one
regular expression; `precis` and `idna` see the rest. Long addresses do not enter the cache, so its size is bounded in
octets too.

`JID` is immutable, and two of them are equal if their prepared parts are. No JID equals a string: preparation must
happen first. Unicode is that of the running interpreter; see `precis` on what that means.
"""

import re
import unicodedata
from collections.abc import Callable
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from itertools import islice
from typing import Any, Final, NoReturn, Self, final

from xmppwire.idna import IDNAError, to_unicode_domain
from xmppwire.precis import PrecisError, opaque_string, username_case_mapped

__all__ = ["JID", "JIDError", "escape_localpart", "parse_jid", "unescape_localpart"]

MAX_PART: Final = 1023
"""The most octets of a prepared localpart, domainpart or resourcepart (RFC 7622, section 3.1)."""

# Octets before preparation. It shortens by a factor of 3.5 at most: a fullwidth "u" with two marks, or "xn--4ca".
_MAX_RAW_PART = 4 * MAX_PART
_MAX_RAW_TEXT = 3 * _MAX_RAW_PART + 2

_CACHED_ADDRESSES = 4096
_CACHED_LENGTH = 512  # code points


class JIDError(ValueError):
    """A string that is no XMPP address.

    `part` is `"localpart"`, `"domainpart"`, `"resourcepart"` or `"jid"` (the whole). `rule` names the rule that is
    broken: `"empty"`, `"length"`, `"excluded"` (a character that localparts exclude), `"ip-address"`, `"escape"`, a
    rule of `PrecisError` or one of `IDNAError`. `detail` says more. The message has all three.
    """

    def __init__(self, part: str, rule: str, detail: str = "") -> None:
        super().__init__(part, rule, detail)
        self.part = part
        self.rule = rule
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.part}: {self.rule}" + (f": {self.detail}" if self.detail else "")


@final
class JID:
    """An XMPP address: `[localpart@]domainpart[/resourcepart]`, prepared (RFC 7622).

    `JID(text)` parses; `JID(jid)` is `jid`. Raises `JIDError`, or `TypeError` for anything but a string or a JID.
    `str()` gives the prepared address. JIDs sort by domainpart, localpart, resourcepart; an absent part comes first.
    """

    __slots__ = ("_bare", "_text", "domainpart", "localpart", "resourcepart")
    __match_args__ = ("localpart", "domainpart", "resourcepart")

    localpart: str | None
    """The part before the `@`, or None."""
    domainpart: str
    """The domain name in U-labels, the IPv4 address, or the IPv6 address in brackets."""
    resourcepart: str | None
    """The part behind the `/`, or None."""
    _text: str
    _bare: "JID"  # set at first use

    def __new__(cls, text: "str | JID") -> "JID":
        return text if isinstance(text, JID) else parse_jid(text)

    @classmethod
    def from_parts(cls, localpart: str | None, domainpart: str, resourcepart: str | None = None) -> "JID":
        """Prepare each part by itself and join them; an absent part is None. Raises `JIDError`."""
        return _make(
            None if localpart is None else _prepare_localpart(localpart),
            _prepare_domainpart(domainpart),
            None if resourcepart is None else _prepare_resourcepart(resourcepart),
        )

    @property
    def bare(self) -> "JID":
        """This address without its resourcepart."""
        if self.resourcepart is None:
            return self
        try:
            return self._bare
        except AttributeError:
            bare = _make(self.localpart, self.domainpart, None)
            _set_bare(self, bare)
            return bare

    @property
    def domain(self) -> "JID":
        """The domainpart alone, as an address."""
        return self if self.is_domain else _make(None, self.domainpart, None)

    @property
    def is_bare(self) -> bool:
        """Whether there is no resourcepart (RFC 6120, section 1.4: a mere domainpart is a bare JID too)."""
        return self.resourcepart is None

    @property
    def is_full(self) -> bool:
        """Whether there is a resourcepart."""
        return self.resourcepart is not None

    @property
    def is_domain(self) -> bool:
        """Whether there is a domainpart only."""
        return self.localpart is None and self.resourcepart is None

    def with_resource(self, resourcepart: str | None) -> "JID":
        """This address with another resourcepart, which is prepared, or without one. Raises `JIDError`."""
        if resourcepart is None:
            return self.bare
        return _make(self.localpart, self.domainpart, _prepare_resourcepart(resourcepart))

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"JID({self._text!r})"

    def __eq__(self, other: object) -> bool:
        # One text for each triple of parts: no localpart has an "@", no domainpart an "@" or a "/".
        return self is other or (isinstance(other, JID) and self._text == other._text)

    def __hash__(self) -> int:
        return hash(self._text)

    def __lt__(self, other: object) -> bool:
        return _sort_key(self) < _sort_key(other) if isinstance(other, JID) else NotImplemented

    def __le__(self, other: object) -> bool:
        return _sort_key(self) <= _sort_key(other) if isinstance(other, JID) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return _sort_key(self) > _sort_key(other) if isinstance(other, JID) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return _sort_key(self) >= _sort_key(other) if isinstance(other, JID) else NotImplemented

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a JID is immutable: cannot set {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a JID is immutable: cannot delete {name!r}")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return JID, (self._text,)


# The descriptors of the slots, the way around __setattr__.
_set_localpart: Callable[[JID, str | None], None] = JID.__dict__["localpart"].__set__
_set_domainpart: Callable[[JID, str], None] = JID.__dict__["domainpart"].__set__
_set_resourcepart: Callable[[JID, str | None], None] = JID.__dict__["resourcepart"].__set__
_set_text: Callable[[JID, str], None] = JID.__dict__["_text"].__set__
_set_bare: Callable[[JID, JID], None] = JID.__dict__["_bare"].__set__
_new: Callable[[type[JID]], JID] = object.__new__


def _make(localpart: str | None, domainpart: str, resourcepart: str | None, text: str | None = None) -> JID:
    """A JID of prepared parts."""
    if text is None:
        text = domainpart if localpart is None else f"{localpart}@{domainpart}"
        if resourcepart is not None:
            text = f"{text}/{resourcepart}"
    jid = _new(JID)
    _set_localpart(jid, localpart)
    _set_domainpart(jid, domainpart)
    _set_resourcepart(jid, resourcepart)
    _set_text(jid, text)
    return jid


def _sort_key(jid: JID) -> tuple[str, str, str]:
    return jid.domainpart, jid.localpart or "", jid.resourcepart or ""


# A plain address: the printable ASCII characters that may stand in a localpart; labels without doubled hyphens, the
# last one without a digit at its end, so that it is neither Punycode nor an IPv4 address; a printable ASCII
# resourcepart.
_plain = re.compile(
    r"(?:([!#-%(-.0-9;=?A-Z\[-~]+)@)?"
    r"([A-Za-z0-9]+(?:[-.][A-Za-z0-9]+)*(?<![0-9]))"
    r"(?:/([ -~]+))?"
).fullmatch


def _parse(text: str) -> JID:
    plain = _plain(text) if len(text) <= MAX_PART else None
    if plain is not None:
        localpart, domainpart, resourcepart = plain.groups()
        if len(domainpart) <= 63 or max(map(len, domainpart.split("."))) <= 63:
            lower = domainpart.lower()
            same = lower == domainpart
            if localpart is not None:
                domainpart, folded = lower, localpart.lower()
                same = same and folded == localpart
                localpart = folded
            return _make(localpart, lower, resourcepart, text if same else None)
    if len(text) > _MAX_RAW_TEXT:
        raise JIDError("jid", "length", f"{len(text)} code points")
    head, slash, tail = text.partition("/")
    before, at, after = head.partition("@")
    return _make(
        _prepare_localpart(before) if at else None,
        _prepare_domainpart(after if at else before),
        _prepare_resourcepart(tail) if slash else None,
    )


class _Cache(dict[str, JID]):
    """Text to JID. A dictionary, because its lookup runs in C and a miss may decide not to be kept."""

    __slots__ = ()

    def __missing__(self, text: object) -> JID:
        if not isinstance(text, str):
            raise TypeError(f"an address is a str, not {type(text).__name__}")
        text = str.__str__(text)  # of a subclass, the plain string
        jid = _parse(text)
        if len(text) <= _CACHED_LENGTH:
            if len(self) >= _CACHED_ADDRESSES:
                for oldest in list(islice(self, _CACHED_ADDRESSES // 2)):
                    self.pop(oldest, None)
            self[text] = jid
        return jid


parse_jid: Final[Callable[[str], JID]] = _Cache().__getitem__
"""`JID(text)` for a string, by the shortest way: the lookup in the cache. Raises `JIDError`."""


# Parts --------------------------------------------------------------------------------------------------------------

_excluded_from_localpart = re.compile("[\"&'/:<>@]").search


def _checked_length(part: str, prepared: str) -> str:
    octets = len(prepared) if prepared.isascii() else len(prepared.encode())
    if octets > MAX_PART:
        raise JIDError(part, "length", f"{octets} octets, {MAX_PART} are allowed")
    return prepared


def _check_raw(part: str, text: str) -> None:
    if not text:
        raise JIDError(part, "empty")
    octets = len(text) if len(text) > _MAX_RAW_PART else len(text.encode("utf-8", "surrogatepass"))
    if octets > _MAX_RAW_PART or (octets > MAX_PART and _has_long_run_of_marks(text)):
        raise JIDError(part, "length", f"{len(text)} code points before preparation")


def _has_long_run_of_marks(text: str) -> bool:
    """Whether combining marks alone, of which a letter absorbs no more than three, make the part too long.

    To be asked before normalization, which sorts a run of them in quadratic time.
    """
    run = 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) or char in "\uff9e\uff9f" else 0
        if run > 3 + MAX_PART // 2:
            return True
    return False


def _prepare_localpart(text: str) -> str:
    _check_raw("localpart", text)
    try:
        prepared = username_case_mapped(text)
    except PrecisError as error:
        raise JIDError("localpart", error.rule, error.detail) from None
    # After the mappings, which turn a fullwidth commercial at into an "@".
    excluded = _excluded_from_localpart(prepared)
    if excluded:
        raise JIDError("localpart", "excluded", f"U+{ord(excluded[0]):04X} at {excluded.start()}")
    return _checked_length("localpart", prepared)


def _prepare_resourcepart(text: str) -> str:
    _check_raw("resourcepart", text)
    try:
        prepared = opaque_string(text)
    except PrecisError as error:
        raise JIDError("resourcepart", error.rule, error.detail) from None
    return _checked_length("resourcepart", prepared)


_looks_like_ipv4 = re.compile(r"[0-9]+(?:\.[0-9]+){3}").fullmatch
_zone = re.compile(r"(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+").fullmatch


def _prepare_domainpart(text: str) -> str:
    _check_raw("domainpart", text)
    if text.startswith("["):
        return _prepare_ipv6(text.removesuffix("."))
    try:
        prepared = to_unicode_domain(text)  # drops the trailing dot
    except IDNAError as error:
        raise JIDError("domainpart", error.rule, error.detail) from None
    if _looks_like_ipv4(prepared):
        try:
            IPv4Address(prepared)
        except AddressValueError as error:
            raise JIDError("domainpart", "ip-address", str(error)) from None
    return _checked_length("domainpart", prepared)


def _prepare_ipv6(text: str) -> str:
    """An IP-literal with an IPv6 address in the form of RFC 5952; a zone follows `%25` (RFC 6874)."""
    if not text.endswith("]"):
        raise JIDError("domainpart", "ip-address", "no closing bracket")
    digits, percent, zone = text[1:-1].partition("%25")
    if "%" in digits or (percent and not _zone(zone)):
        raise JIDError("domainpart", "ip-address", "malformed zone identifier")
    try:
        address = IPv6Address(digits)
    except AddressValueError as error:
        raise JIDError("domainpart", "ip-address", str(error)[:200]) from None
    # Python 3.13 writes IPv4-mapped addresses this way; the older ones get it here.
    written = str(address) if address.ipv4_mapped is None else f"::ffff:{address.ipv4_mapped}"
    return _checked_length("domainpart", f"[{written}{percent}{zone}]")


# Escaping (XEP-0106) ------------------------------------------------------------------------------------------------

_ESCAPES = {char: f"\\{ord(char):02x}" for char in " \"&'/:<>@\\"}
_UNESCAPES = {escape: char for char, escape in _ESCAPES.items()}
_CODE = "20|22|26|27|2f|3a|3c|3e|40|5c"
# A backslash only where it would begin an escape. Case counts in escapes, but not in a localpart: "\3A" becomes "\3a"
# by preparation, so that its backslash is to be escaped as well.
_to_escape = re.compile(rf"[ \"&'/:<>@]|\\(?={_CODE})", re.IGNORECASE)
# A space at either end cannot have been escaped, so that what looks like one there is left alone.
_to_unescape = re.compile(rf"(?!\A\\20|\\20\Z)\\(?:{_CODE})")


def escape_localpart(text: str) -> str:
    """A name of another system, for instance `d'artagnan`, as the localpart that stands for it (XEP-0106, section 4).

    The result still is to be prepared, as by `JID.from_parts`. Raises `JIDError` (rule `"escape"`) if the name begins
    or ends with a space, which cannot be escaped there.
    """
    if text.startswith(" ") or text.endswith(" "):
        raise JIDError("localpart", "escape", "a space at the beginning or the end")
    return _to_escape.sub(lambda match: _ESCAPES[match[0]], text)


def unescape_localpart(localpart: str) -> str:
    """The name to show for an escaped localpart (XEP-0106, section 4); never to be compared or sent.

    Only the ten defined sequences are replaced; anything else stays as it is.
    """
    return _to_unescape.sub(lambda match: _UNESCAPES[match[0]], localpart)
