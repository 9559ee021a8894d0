"""Fast Authentication Streamlining Tokens (XEP-0484): what the two ends keep, and what a server judges tokens by.

A client keeps one `FastToken` for each account and installation (`TokenReceived`, `TokenUsed`) and hands it to its next
connection. A server keeps `DeviceTokens` for each installation of an account: a token that was handed out and not used yet,
and the one that was used last. All of it is pure: the engine asks for the record, judges, and hands back the new one.

    issue       -> new                       what was new and never used is forgotten
    use of new  -> current                   what was current before is forgotten
    use of current                           what is new stays: perhaps it never arrived

The conversation on the wire is in `features.sasl2`. Whoever has a token can log in: keep it like a password, out of backups
and exports (section 4.1).
"""

from __future__ import annotations

import base64
import hmac
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from ..sasl import HT_MECHANISMS, Condition, HashedTokenServer, SASLFailure

MAX_COUNT = 2**31 - 1
"""The schema's bound for `count`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FastToken:
    """A token: the mechanism that it is good for, until when, and how often it was used with a count (0: never)."""

    mechanism: str
    token: str = field(repr=False)
    expiry: datetime
    count: int = 0

    def __post_init__(self) -> None:
        if self.mechanism not in HT_MECHANISMS or not self.token or not 0 <= self.count <= MAX_COUNT:
            raise ValueError("a token has a mechanism, a text, and a count")
        if self.expiry.tzinfo is None:
            raise ValueError("the expiry has a time zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class FastPolicy:
    """Server: which tokens are given out, and for how long they are good. Times are in seconds."""

    epoch: float
    """What to add to the engine's clock to get seconds since 1970: `time.time() - time.monotonic()`, in most programs."""
    mechanisms: Sequence[str] = tuple(HT_MECHANISMS)
    """Those offered, where the connection has the channel binding for them."""
    lifetime: float = 21 * 86_400.0
    """How long a token is good for."""
    rotate: float = 14 * 86_400.0
    """A token with less than this left is replaced when it is used (section 3.5)."""
    early_data: bool = False
    """Say that logins by token may come in the early data of TLS 1.3. Such a login needs a count (section 3.4)."""
    token_secret: bytes = field(default_factory=partial(os.urandom, 32), repr=False)
    """Goes into each token along with the engine's random bytes: who knows those (they are in traces) knows no token."""

    def __post_init__(self) -> None:
        if not self.mechanisms or not set(self.mechanisms) <= HT_MECHANISMS.keys():
            raise ValueError("the mechanisms of FAST are those of HT_MECHANISMS, one at least")
        if self.lifetime <= 0:
            raise ValueError("a token is good for some time")

    def time(self, now: float) -> datetime:
        """The engine's clock as a date."""
        return datetime.fromtimestamp(self.epoch + now, UTC)

    def issue(self, mechanism: str, now: float, random: Callable[[int], bytes]) -> FastToken:
        """A fresh token of 256 random bits."""
        digest = hmac.digest(self.token_secret, random(32), "sha256")
        text = base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")
        expiry = self.time(now).replace(microsecond=0) + timedelta(seconds=self.lifetime)
        return FastToken(mechanism=mechanism, token=text, expiry=expiry)

    def due(self, token: FastToken, now: float) -> bool:
        """Whether it is time for another token."""
        return (token.expiry - self.time(now)).total_seconds() < self.rotate


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTokens:
    """Server: the tokens of one installation of one account (section 5.1)."""

    new: FastToken | None = None
    """Handed out, and not used yet."""
    current: FastToken | None = None
    """The one that was used last."""

    def find(self, login: HashedTokenServer, now: datetime, count: int | None, *, early: bool = False) -> FastToken:
        """The token that a client used: the newer one is looked at first. With `early`, the login came in early data.

        Raises `SASLFailure`: `not-authorized` where none fits, was made for another mechanism, or comes with a count that was
        seen before; `credentials-expired` for the right token too late.
        """
        found: FastToken | None = None
        for token in (self.current, self.new):
            stand_in = "no token" if token is None else token.token
            if login.matches(stand_in) and token is not None and token.mechanism == login.name:
                found = token
        if found is None:
            raise SASLFailure(Condition.NOT_AUTHORIZED)
        if (count is None and early) or (count is not None and count <= found.count):
            raise SASLFailure(Condition.NOT_AUTHORIZED, "this login was seen before, or does not count")
        if found.expiry <= now:
            raise SASLFailure(Condition.CREDENTIALS_EXPIRED, "the token has expired")
        return found

    def used(self, token: FastToken, count: int | None) -> DeviceTokens:
        """After a login with `token`, which is one of these."""
        counted = token if count is None else replace(token, count=count)
        return DeviceTokens(new=None if token == self.new else self.new, current=counted)

    def issued(self, token: FastToken) -> DeviceTokens:
        """With another token, which the client may or may not get."""
        return replace(self, new=token)
