"""SIGTERM ends a command as Ctrl-C does: in order."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interruptible() -> Generator[None]:
    """Within it both signals raise KeyboardInterrupt in the main thread, or cancel the main task of asyncio.

    A shell starts what it puts into the background with SIGINT ignored; that is undone, since SIGTERM travels as SIGINT.
    """
    if threading.current_thread() is not threading.main_thread():  # signals are none of its business
        yield
        return
    before = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)
