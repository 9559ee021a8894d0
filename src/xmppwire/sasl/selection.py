"""Which mechanism, and how it is bound to TLS: one table (RFC 5802 section 6, XEP-0440, XEP-0474).

`candidates` gives every acceptable way to log in, the best first; `select` gives the first. After a failure the caller
adds `Choice.label` to `excluded` and asks again.

Order: EXTERNAL, SCRAM with binding, SCRAM without (SHA-512, SHA-256, SHA-1), OAUTHBEARER, PLAIN, ANONYMOUS; each only
where the credentials for it are at hand. PLAIN and OAUTHBEARER need TLS. EXTERNAL is offered by servers even to those
without a certificate, so it is taken only by who has one. ANONYMOUS is a different identity and never a replacement: it
has to be asked for.

How SCRAM is bound depends on three things: is any `-PLUS` offered, which types does the server list (XEP-0440), and
which bindings do we have:

    at hand  -PLUS offered  the server's list  flag
    -------  -------------  -----------------  -------------------------------------
    none     no             absent             n
    none     no             has none of ours   n
    none     yes            absent             n
    none     yes            has none of ours   n
    some     no             absent             y
    some     no             has one of ours    y
    some     no             has none of ours   y
    some     yes            absent             p= each of ours in turn, then n *
    some     yes            has one of ours    p= the best common type, nothing else
    some     yes            has none of ours   n *

    * not where channel binding worked before, unless the server confirms its offer

Why so. Whoever stands between (with a certificate that we accept) may change the lists. Taking away `-PLUS` is found
out by the flag `y`: the server knows what it offered. `y` must never meet a server that did offer `-PLUS`, for it has
to refuse us; so where binding is offered but not possible, the flag is `n`. Once a common type is listed, nothing but
binding is tried, and PLAIN neither: a failure there is a wrong password, or an attack. Without a list the type is a
guess (older ejabberd and Prosody), so a failure may be the guess's fault, and `n` follows.

Over WebSocket and BOSH TLS often ends in front of the server: there it counts as nothing at hand where no `-PLUS` is
offered, unless a type that is at hand was used with this server before.

What is left open is the list with nothing in common, true or forged. XEP-0440 would abort; but Prosody 13 on TLS 1.3
offers only `tls-exporter`, which Python's `ssl` does not have, and everybody would be locked out. So we go on with `n`,
unless a type that is at hand was used with this server before: then the server has to confirm its offer by XEP-0474's
hash (`Choice.prove_offer`). That hash, if it is sent, is checked in any case.

A server that was once logged in to by SCRAM or EXTERNAL never gets PLAIN again (XEP-0474 section 6). No particular hash
or type is pinned, as that locks people out when a server changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Literal

from .base import ChannelBinding, SASLError
from .keys import HASHES, ScramKeys
from .scram import MECHANISMS, Offer

BINDING_TYPES = ("tls-exporter", "tls-unique", "tls-server-end-point")
"""The channel binding types known here, the strongest first: the order of choice among listed types."""

GUESSES = ("tls-unique", "tls-exporter", "tls-server-end-point")
"""The order in which types are guessed without a list: servers that old knew `tls-unique` first, and it is at hand
only where it is defined (up to TLS 1.2)."""


class BindingPolicy(Enum):
    """What channel binding is worth to the user."""

    PREFER = "prefer"
    """Follow the table."""
    REQUIRE = "require"
    """No login without it."""
    IGNORE = "ignore"
    """As if no binding were at hand: the way out where a server announces what it cannot do."""


class Listing(StrEnum):
    """The server's list of binding types, next to what is at hand."""

    ABSENT = "absent"
    COMMON = "has one of ours"
    FOREIGN = "has none of ours"


class Row(StrEnum):
    """How SCRAM is bound."""

    UNABLE = "n"
    UNSEEN = "y"
    BOUND = "p= the best common type, nothing else"
    GUESSED = "p= each of ours in turn, then n *"
    UNMATCHED = "n *"


TABLE: dict[tuple[bool, bool, Listing], Row] = {
    # a binding at hand, -PLUS offered, the server's list
    (False, False, Listing.ABSENT): Row.UNABLE,
    (False, False, Listing.FOREIGN): Row.UNABLE,
    (False, True, Listing.ABSENT): Row.UNABLE,
    (False, True, Listing.FOREIGN): Row.UNABLE,
    (True, False, Listing.ABSENT): Row.UNSEEN,
    (True, False, Listing.COMMON): Row.UNSEEN,
    (True, False, Listing.FOREIGN): Row.UNSEEN,
    (True, True, Listing.ABSENT): Row.GUESSED,
    (True, True, Listing.COMMON): Row.BOUND,
    (True, True, Listing.FOREIGN): Row.UNMATCHED,
}
"""The table of the module's documentation. With nothing at hand no list can have one of ours."""


@dataclass(slots=True, frozen=True)
class Credentials:
    """What the user can prove an identity with. `username` is the localpart; the rest is given where it is at hand.

    `keys` are those kept from earlier logins (`ClientMechanism.keys`). `certificate`: one was presented in TLS.
    `anonymous`: log in as a visitor. `authzid`: act as another identity (a bare JID), seldom wanted.
    """

    username: str = ""
    password: str | None = field(default=None, repr=False)
    keys: tuple[ScramKeys, ...] = ()
    certificate: bool = False
    token: str | None = field(default=None, repr=False)
    anonymous: bool = False
    authzid: str | None = None

    def keys_for(self, algorithm: str) -> ScramKeys | None:
        """The kept keys for a hash function."""
        return next((keys for keys in self.keys if keys.hash == algorithm), None)


@dataclass(slots=True, frozen=True)
class Policy:
    """What the user allows, and what is remembered of the server.

    `mechanisms`: only these (None: all). `known_mechanisms` and `known_bindings`: the names of mechanisms and binding
    types that led to a login at this server before. `allow_plain_without_tls` goes for OAUTHBEARER as well.
    """

    allow_plain_without_tls: bool = False
    mechanisms: Collection[str] | None = None
    channel_binding: BindingPolicy = BindingPolicy.PREFER
    known_mechanisms: frozenset[str] = frozenset()
    known_bindings: frozenset[str] = frozenset()

    @property
    def plain_forbidden(self) -> bool:
        """Whether this server was seen to know better than PLAIN."""
        return any(name in MECHANISMS or name == "EXTERNAL" for name in self.known_mechanisms)

    def binding_remembered(self, types: Collection[str]) -> bool:
        """Whether channel binding worked here before, with one of these types (any, if the types are not known)."""
        if self.known_bindings:
            return not self.known_bindings.isdisjoint(types)
        return bool(types) and any(name.endswith("-PLUS") for name in self.known_mechanisms)


@dataclass(slots=True, frozen=True)
class Choice:
    """One way to log in: the mechanism, for SCRAM the GS2 flag and the binding.

    `prove_offer`: go on only if the server confirms its offer by the hash of XEP-0474.
    """

    mechanism: str
    gs2: Literal["n", "y", "p"] = "n"
    binding: ChannelBinding | None = None
    prove_offer: bool = False

    @property
    def label(self) -> str:
        """The name for `excluded`: the mechanism, with the binding type where there is one."""
        return self.mechanism if self.binding is None else f"{self.mechanism} {self.binding.type}"


class NoSuitableMechanism(SASLError):  # noqa: N818 - says what happened
    """No mechanism is offered, allowed and possible with these credentials; `reason` says which of it failed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, abort=False)


def select(
    offer: Offer,
    bindings: Sequence[ChannelBinding],
    credentials: Credentials,
    *,
    tls: bool,
    policy: Policy | None = None,
    excluded: Collection[str] = (),
) -> Choice:
    """The best way to log in; raises `NoSuitableMechanism`. Arguments as for `candidates`."""
    policy = Policy() if policy is None else policy
    for choice in candidates(offer, bindings, credentials, tls=tls, policy=policy, excluded=excluded):
        return choice
    offered = ", ".join(offer.mechanisms) or "nothing"
    if excluded:
        raise NoSuitableMechanism(f"nothing else to try (offered: {offered}; failed: {', '.join(sorted(excluded))})")
    if "PLAIN" in offer.mechanisms and policy.plain_forbidden and credentials.password is not None:
        raise NoSuitableMechanism(f"the server knew better than PLAIN before, and now does not (offered: {offered})")
    if "PLAIN" in offer.mechanisms and not tls and credentials.password is not None:
        raise NoSuitableMechanism(f"PLAIN is not used without TLS (offered: {offered})")
    raise NoSuitableMechanism(
        f"no mechanism is offered, allowed and possible with these credentials (offered: {offered})"
    )


def candidates(
    offer: Offer,
    bindings: Sequence[ChannelBinding],
    credentials: Credentials,
    *,
    tls: bool,
    policy: Policy | None = None,
    excluded: Collection[str] = (),
) -> Iterator[Choice]:
    """Every acceptable way to log in, the best first.

    `offer` is what the server offers now, `bindings` what this TLS connection has (none without TLS), `tls` whether the
    stream is encrypted. `excluded` holds what failed: labels (`Choice.label`) or names of mechanisms.
    """
    policy = Policy() if policy is None else policy
    offered = {
        name
        for name in offer.mechanisms
        if (policy.mechanisms is None or name in policy.mechanisms) and name not in excluded
    }
    usable = _bindings_at_hand(bindings, policy) if tls else {}
    row = situation(offer, usable)
    binding_required = policy.channel_binding is BindingPolicy.REQUIRE
    secret_may_travel = (tls or policy.allow_plain_without_tls) and not binding_required

    if "EXTERNAL" in offered and credentials.certificate and tls:
        yield Choice("EXTERNAL")
    if credentials.username:
        for choice in _scram(offered, offer, usable, credentials, policy, row):
            if choice.label not in excluded and (choice.binding is not None or not binding_required):
                yield choice
    if "OAUTHBEARER" in offered and credentials.token is not None and secret_may_travel:
        yield Choice("OAUTHBEARER")
    if (
        "PLAIN" in offered
        and credentials.username
        and credentials.password is not None
        and secret_may_travel
        and not policy.plain_forbidden
        and row is not Row.BOUND
    ):
        yield Choice("PLAIN")
    if "ANONYMOUS" in offered and credentials.anonymous:
        yield Choice("ANONYMOUS")


def situation(offer: Offer, bindings: Collection[str]) -> Row:
    """The row of the table for an offer and the types of binding at hand."""
    plus = [name for name in offer.mechanisms if name.endswith("-PLUS")]
    listing = Listing.ABSENT
    if plus and not any(name in MECHANISMS for name in plus):
        listing = Listing.FOREIGN  # A mechanism that we do not know: whatever is listed, it is of no use to us.
    elif offer.binding_types:
        listing = Listing.FOREIGN if set(bindings).isdisjoint(offer.binding_types) else Listing.COMMON
    return TABLE[bool(bindings), bool(plus), listing]


def selection_table() -> str:
    """The table as text, as it stands in this module's documentation."""
    rows = [("at hand", "-PLUS offered", "the server's list", "flag")]
    for (at_hand, plus, listing), row in TABLE.items():
        rows.append(("some" if at_hand else "none", "yes" if plus else "no", listing.value, row.value))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(f"    {line}" for line in lines)


def _bindings_at_hand(bindings: Sequence[ChannelBinding], policy: Policy) -> dict[str, ChannelBinding]:
    if policy.channel_binding is BindingPolicy.IGNORE:
        return {}
    if policy.mechanisms is not None and not any(name.endswith("-PLUS") for name in policy.mechanisms):
        return {}  # Not allowed is as good as not able: `n`, and nobody is locked out.
    return {binding.type: binding for binding in bindings if binding.type in BINDING_TYPES}


def _scram(
    offered: Collection[str],
    offer: Offer,
    bindings: dict[str, ChannelBinding],
    credentials: Credentials,
    policy: Policy,
    row: Row,
) -> Iterator[Choice]:
    by_hash = {(MECHANISMS[name], name.endswith("-PLUS")): name for name in offered if name in MECHANISMS}
    able = [name for name in HASHES if credentials.password is not None or credentials.keys_for(name) is not None]
    bound = [by_hash[name, True] for name in able if (name, True) in by_hash]
    unbound = [by_hash[name, False] for name in able if (name, False) in by_hash]
    if row is Row.BOUND:
        listed = offer.binding_types or ()
        best = next(kind for kind in BINDING_TYPES if kind in bindings and kind in listed)
        for name in bound:
            yield Choice(name, "p", bindings[best])
        return
    if row is Row.GUESSED:
        # A guess fails for its type, not for its hash: one hash is enough.
        for name in bound if policy.channel_binding is BindingPolicy.REQUIRE else bound[:1]:
            for kind in sorted(GUESSES, key=lambda kind: kind not in policy.known_bindings):
                if kind in bindings:
                    yield Choice(name, "p", bindings[kind])
    flag: Literal["n", "y"] = "y" if row is Row.UNSEEN else "n"
    prove = row in (Row.GUESSED, Row.UNMATCHED) and policy.binding_remembered(bindings)
    for name in unbound:
        yield Choice(name, flag, prove_offer=prove)
