"""A small in-memory server, pure like the engine: for demonstrations, and for the tests of people who write clients.

    server = LocalServer(["capulet.lit"], {"juliet": "secret"})
    link = server.accept(now)       # an engine for one transport: move its bytes
    server.take_ready()             # other links that have something to write now

It is no server for strangers: see `LocalServer`.
"""

from .configuration import ConflictPolicy
from .external_services import ExternalServices
from .federation import Dial, Federation
from .limits import LocalLimits
from .link import Link
from .peers import FederationPolicy, Incoming, Outgoing
from .reports import AbuseReport
from .rooms.limits import RoomLimits
from .server import LocalServer
from .uploads import Uploads

__all__ = [
    "AbuseReport",
    "ConflictPolicy",
    "Dial",
    "ExternalServices",
    "Federation",
    "FederationPolicy",
    "Incoming",
    "Link",
    "LocalLimits",
    "LocalServer",
    "Outgoing",
    "RoomLimits",
    "Uploads",
]
