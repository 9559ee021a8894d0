"""The publish-subscribe service of the local server (XEP-0060), beside the nodes that each account has (`pep`).

    server = LocalServer(["capulet.lit"], accounts)                     # it is at pubsub.capulet.lit
    server = LocalServer(["capulet.lit"], accounts, pubsub=None)        # there is none

What is done: users of the server make nodes, anybody who may reads and publishes there; their configuration and
publish-options, items with pages, all affiliations, subscriptions that owners see, end and approve, and the access models
`open`, `whitelist` and `authorize`. Nodes are in memory and gone with the server, or with the account of the last owner.
"""

from .service import PubsubService

__all__ = ["PubsubService"]
