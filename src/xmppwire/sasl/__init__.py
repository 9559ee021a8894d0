"""SASL for XMPP (RFC 6120 section 6): the client and the server half of each mechanism, and which one to use.

Bytes in, bytes out: no XML, no base64 of the stream, no network, no clock. A client:

    choice = select(Offer(("SCRAM-SHA-1", "PLAIN")), [], Credentials("juliet", "r0m30"), tls=True)
    client = client_mechanism(choice, Credentials("juliet", "r0m30"), os.urandom)
    client.initial()                  # -> bytes to send
    client.challenge(data)            # -> bytes, or a KeyRequest: client.derived(request.derive())
    client.success(data)              # raises SASLError unless the server proved to know the password too

A server asks questions and gets answers:

    server = server_mechanism("SCRAM-SHA-1", [], os.urandom, plus_offered=False)
    step = server.start(initial)      # CredentialsQuestion: step = server.answer(stored)
    step = server.response(data)      # Challenge, Success, or SASLFailure raised
"""

from .anonymous import AnonymousClient, AnonymousServer
from .base import (
    MAX_MESSAGE,
    AnonymousQuestion,
    Answer,
    Challenge,
    ChannelBinding,
    ClientMechanism,
    Condition,
    CredentialsQuestion,
    ExternalQuestion,
    PasswordQuestion,
    Question,
    RandomBytes,
    SASLError,
    SASLFailure,
    ServerMechanism,
    ServerStep,
    Success,
    TokenQuestion,
)
from .external import ExternalClient, ExternalServer
from .factory import SUPPORTED, client_mechanism, server_mechanism
from .hashed_token import HT_MECHANISMS, HashedTokenClient, HashedTokenServer, ht_acceptable, ht_possible
from .keys import KeyRequest, ScramKeys, StoredCredentials
from .oauthbearer import OAuthBearerClient, OAuthBearerServer
from .plain import PlainClient, PlainServer
from .saslprep import PreparationError, saslprep
from .scram import MAX_ITERATIONS, MIN_ITERATIONS, Offer
from .scram_client import ScramClient
from .scram_server import ScramServer
from .selection import (
    BindingPolicy,
    Choice,
    Credentials,
    NoSuitableMechanism,
    Policy,
    candidates,
    select,
    selection_table,
)

__all__ = [
    "HT_MECHANISMS",
    "MAX_ITERATIONS",
    "MAX_MESSAGE",
    "MIN_ITERATIONS",
    "SUPPORTED",
    "AnonymousClient",
    "AnonymousQuestion",
    "AnonymousServer",
    "Answer",
    "BindingPolicy",
    "Challenge",
    "ChannelBinding",
    "Choice",
    "ClientMechanism",
    "Condition",
    "Credentials",
    "CredentialsQuestion",
    "ExternalClient",
    "ExternalQuestion",
    "ExternalServer",
    "HashedTokenClient",
    "HashedTokenServer",
    "KeyRequest",
    "NoSuitableMechanism",
    "OAuthBearerClient",
    "OAuthBearerServer",
    "Offer",
    "PasswordQuestion",
    "PlainClient",
    "PlainServer",
    "Policy",
    "PreparationError",
    "Question",
    "RandomBytes",
    "SASLError",
    "SASLFailure",
    "ScramClient",
    "ScramKeys",
    "ScramServer",
    "ServerMechanism",
    "ServerStep",
    "StoredCredentials",
    "Success",
    "TokenQuestion",
    "candidates",
    "client_mechanism",
    "ht_acceptable",
    "ht_possible",
    "saslprep",
    "select",
    "selection_table",
    "server_mechanism",
]
