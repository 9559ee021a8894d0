"""Extensible SASL Profile (XEP-0388): what the two ends of a stream want of it.

What goes along with a login is said here: who the client is, which resource it gets (XEP-0386), what is switched on, and tokens
(XEP-0484, in `fast`). Management and resumption go along as well, where the config has them. The conversations on the wire are
in `features.sasl2`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..sasl.scram import MECHANISMS, MIN_ITERATIONS
from ..xml import Element
from .fast import FastPolicy, FastToken

_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\Z", re.IGNORECASE)


def is_uuid4(text: str) -> bool:
    """Whether this is a UUID of version 4, as the id of a user agent must be (XEP-0388 section 2.4)."""
    return _UUID4.match(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserAgent:
    """One installation of a client (XEP-0388 section 2.4), for the server's eyes only.

    `id` is a UUID of version 4 that is drawn once (`str(uuid.uuid4())`) and kept as long as the installation lasts; `software`
    and `device` are names to show to the user.
    """

    id: str | None = None
    software: str | None = None
    device: str | None = None

    def __post_init__(self) -> None:
        if self.id is not None and not is_uuid4(self.id):
            raise ValueError("the id of a user agent is a UUID of version 4")


@dataclass(frozen=True, slots=True, kw_only=True)
class SASL2:
    """Client: what goes along with a login. Without anything, the resource, management and resumption do.

    A resource is bound along only where the address that logs in has none of its own: the server chooses it.
    """

    user_agent: UserAgent | None = None
    """What the server is told about this installation of the client."""
    tag: str | None = None
    """What the resource begins with that the server chooses: the name of the software. Everybody may see it."""
    inline: Sequence[Element] = ()
    """What to switch on with binding, such as `<enable xmlns='urn:xmpp:carbons:2'/>`: each where the server can;
    `ResourceBound` tells."""
    token: FastToken | None = None
    """A token from an earlier login (`TokenReceived`): spares round trips and the password. Where the server does not take it,
    the other credentials are used."""
    request_token: bool = False
    """Ask for a token. The server may renew one unasked."""
    invalidate_token: bool = False
    """Have the server forget `token`, once it led to this login: a log-out."""
    upgrade: bool = True
    """Hand in what the server lacks for a better mechanism, where it asks for it (XEP-0480) and knows the password."""
    known_features: Sequence[Element] = ()
    """The features that the server advertised inside TLS at an earlier login (`FeaturesReceived`). With them and `token`, the
    login is sent behind our stream header at once, and the stream is ready after one round trip."""

    def __post_init__(self) -> None:
        if (self.token is not None or self.request_token) and (self.user_agent is None or not self.user_agent.id):
            raise ValueError("tokens are for a user agent with an id")


@dataclass(frozen=True, slots=True, kw_only=True)
class SASL2Offer:
    """Server: what can go along with a login. The resource can, and management and resumption where the config has them."""

    bind_features: Sequence[str] = ()
    """The namespaces of what the program can switch on with binding (`BindRequested.features`)."""
    fast: FastPolicy | None = None
    """Give tokens to clients that ask, and let them log in with these. None: do not."""
    upgrades: Sequence[str] = ()
    """The SCRAM mechanisms (without -PLUS) for which clients may hand in keys that an account lacks (XEP-0480):
    `CredentialsRequested` asks whether it does, `CredentialsOffered` brings them."""
    upgrade_iterations: int = 10_000
    """The iterations of such keys."""

    def __post_init__(self) -> None:
        if wrong := [name for name in self.upgrades if name not in MECHANISMS or name.endswith("-PLUS")]:
            raise ValueError(f"there is no upgrade to {', '.join(wrong)}")
        if self.upgrade_iterations < MIN_ITERATIONS:
            raise ValueError(f"{MIN_ITERATIONS} iterations are the least")
