"""What the local server can be told to do (XEP-0050): by its users about themselves, and by administrators (XEP-0133).

    server = LocalServer(["capulet.lit"], accounts, administrators=["juliet"])

Users see how long the server has been running, which clients they have connected, and end those that they do not want any more.
Administrators make and remove accounts, change passwords, end sessions, count and list users, look at one, and write to all.
Each command is done at once, or asks one form. Who is no administrator does not see those commands.
"""

from .service import CommandService

__all__ = ["CommandService"]
