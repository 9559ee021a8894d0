"""From a choice to a mechanism object, on either side."""

from __future__ import annotations

from collections.abc import Sequence

from .anonymous import AnonymousClient, AnonymousServer
from .base import ChannelBinding, ClientMechanism, RandomBytes, ServerMechanism
from .external import ExternalClient, ExternalServer
from .oauthbearer import OAuthBearerClient, OAuthBearerServer
from .plain import PlainClient, PlainServer
from .scram import MAX_ITERATIONS, MECHANISMS, MIN_ITERATIONS, Offer
from .scram_client import ScramClient
from .scram_server import ScramServer
from .selection import Choice, Credentials

SUPPORTED = (*MECHANISMS, "PLAIN", "EXTERNAL", "ANONYMOUS", "OAUTHBEARER")
"""The mechanisms of both halves."""


def client_mechanism(
    choice: Choice,
    credentials: Credentials,
    random: RandomBytes,
    *,
    offer: Offer | None = None,
    min_iterations: int = MIN_ITERATIONS,
    max_iterations: int = MAX_ITERATIONS,
    host: str | None = None,
    port: int | None = None,
    trace: str | None = None,
) -> ClientMechanism:
    """The client half for a choice of `select`.

    `offer` is what the server offered (checked against XEP-0474's hash), `host` and `port` go into OAUTHBEARER, `trace`
    into ANONYMOUS. Raises `ValueError` if the credentials lack what the choice needs or cannot be sent.
    """
    name = choice.mechanism
    if name in MECHANISMS:
        return ScramClient(
            name,
            credentials.username,
            credentials.password,
            random=random,
            keys=credentials.keys_for(MECHANISMS[name]),
            flag=choice.gs2,
            binding=choice.binding,
            authzid=credentials.authzid,
            offer=offer,
            prove_offer=choice.prove_offer,
            min_iterations=min_iterations,
            max_iterations=max_iterations,
        )
    if name == "PLAIN" and credentials.password is not None:
        return PlainClient(credentials.username, credentials.password, authzid=credentials.authzid)
    if name == "EXTERNAL":
        return ExternalClient(authzid=credentials.authzid)
    if name == "ANONYMOUS":
        return AnonymousClient(trace=trace)
    if name == "OAUTHBEARER" and credentials.token is not None:
        return OAuthBearerClient(credentials.token, authzid=credentials.authzid, host=host, port=port)
    raise ValueError(f"no credentials for {name}, or no such mechanism")


def server_mechanism(
    name: str,
    bindings: Sequence[ChannelBinding],
    random: RandomBytes,
    *,
    plus_offered: bool,
    offer: Offer | None = None,
    decoy_secret: bytes | None = None,
    decoy_iterations: int = MIN_ITERATIONS,
    decoy_salt_size: int = 16,
) -> ServerMechanism:
    """The server half of the mechanism that a client chose.

    `bindings` are those of the connection, `plus_offered` whether any `-PLUS` mechanism was offered on it. For the rest
    see `ScramServer`. Raises `ValueError` for an unknown name: whether a mechanism was offered is for the caller
    to check first (`invalid-mechanism`).
    """
    if name in MECHANISMS:
        return ScramServer(
            name,
            random=random,
            bindings=bindings,
            plus_offered=plus_offered,
            offer=offer,
            decoy_secret=decoy_secret,
            decoy_iterations=decoy_iterations,
            decoy_salt_size=decoy_salt_size,
        )
    match name:
        case "PLAIN":
            return PlainServer()
        case "EXTERNAL":
            return ExternalServer()
        case "ANONYMOUS":
            return AnonymousServer()
        case "OAUTHBEARER":
            return OAuthBearerServer()
        case _:
            raise ValueError(f"no such mechanism: {name!r}")
