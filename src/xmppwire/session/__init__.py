"""What outlives a single exchange on a client's stream: operations, automatic answers, the backlog of events."""

from .answers import AutomaticAnswers
from .runner import Running, repliers
from .session import ReplyIgnored, Session, SessionEvent

__all__ = ["AutomaticAnswers", "ReplyIgnored", "Running", "Session", "SessionEvent", "repliers"]
