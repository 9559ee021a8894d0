"""SIGTERM ends a command as Ctrl-C does: in order."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
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


def wake_on_signals() -> None:
    """Within a loop of asyncio and `interruptible`: no signal waits until something else wakes the loop.

    Python runs its handlers between two steps of the main thread. A signal that comes just before the loop goes to sleep,
    or that the system gives to another thread, would be seen when the next bytes come, which may be never.
    """
    if signal.getsignal(signal.SIGTERM) is _interrupt:
        with suppress(NotImplementedError):  # not on Windows
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, signal.raise_signal, signal.SIGINT)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)
