"""What outlives an exchange, and a connection: operations, automatic answers, the backlog, resumption, reconnecting."""

from .answers import LATER, Answer, AutomaticAnswers, IqRequest, Later
from .events import CaughtUp, Disconnected, HandlerFailed, ReplyIgnored, SessionEvent, StanzasUnsent
from .habits import Habits, MakeHabits
from .leg import Leg
from .policy import FINAL_ERRORS, ReconnectPolicy, is_final
from .runner import Running, repliers
from .session import Session

__all__ = [
    "FINAL_ERRORS",
    "LATER",
    "Answer",
    "AutomaticAnswers",
    "CaughtUp",
    "Disconnected",
    "Habits",
    "HandlerFailed",
    "IqRequest",
    "Later",
    "Leg",
    "MakeHabits",
    "ReconnectPolicy",
    "ReplyIgnored",
    "Running",
    "Session",
    "SessionEvent",
    "StanzasUnsent",
    "is_final",
    "repliers",
]
