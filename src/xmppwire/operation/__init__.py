"""Conversations above the stream: `Operation` generators, the requests they yield, and the ways they fail."""

from .base import Operation, Request, request
from .errors import (
    BacklogFull,
    ConnectionLostError,
    IqError,
    OperationCancelled,
    OperationError,
    OperationTimeout,
)

__all__ = [
    "BacklogFull",
    "ConnectionLostError",
    "IqError",
    "Operation",
    "OperationCancelled",
    "OperationError",
    "OperationTimeout",
    "Request",
    "request",
]
