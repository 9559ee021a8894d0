"""The server of the blocking adapter: a loop in a thread of its own. What waits for the DNS or for a connection to another
server runs in threads beside it, so that the loop goes on.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from . import race
from .dial import Attempt
from .driver import Driver
from .polling import Link, Listener, Loop, now
from .server import Hub, Plan, ServerBase


class Server(ServerBase):
    """A running server, in its thread."""

    def __init__(self, hub: Hub, host: str, port: int) -> None:
        super().__init__(hub)
        self._stopping = self._over = False
        self._failure: BaseException | None = None
        self._loop = Loop()
        self._listeners: list[Listener] = []
        self._plans: set[Plan] = set()
        self._attempts: dict[Plan, Link] = {}
        self._soon: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._nudge, self._nudged = socket.socketpair()
        self._loop.watch(self._nudged, 1, self._look)
        hub.on_plan = self._carry_out
        try:
            for place, accept, where in self.places(host, port):
                listener = Listener(where, self._loop, partial(self._accept, accept))
                self._listeners.append(listener)
                self.found(place, listener.address)
        except OSError:
            self._shut()
            raise
        self._thread = threading.Thread(target=self._run, name=f"xmppwire server on port {self.port}", daemon=True)
        self._thread.start()

    def _accept(self, accept: Callable[[float], Driver], sock: socket.socket) -> None:
        Link(accept(now()), sock, self._loop)

    # --- calls from other threads -----------------------------------------------------------------------------------

    def _call_soon(self, call: Callable[[], object]) -> None:
        """Have the loop call this."""
        self._soon.put(call)
        with contextlib.suppress(OSError):  # closed before
            self._nudge.send(b"\0")

    def _look(self, _: int) -> None:
        self._nudged.recv(64)
        while not self._soon.empty():
            self._soon.get()()

    # --- connections to others --------------------------------------------------------------------------------------

    def _carry_out(self, plan: Plan) -> None:
        self._plans.add(plan)
        self._call_soon(partial(self._go_on, plan))

    def _go_on(self, plan: Plan, result: Any = None, error: Exception | None = None) -> None:
        """The next step of a plan."""
        self._attempts.pop(plan, None)
        if plan not in self._plans:
            if isinstance(result, socket.socket):
                result.close()
            return
        try:
            step = plan.send(result) if error is None else plan.throw(error)
        except StopIteration:
            self._plans.discard(plan)
            return
        if isinstance(step, Attempt):
            self._beside(partial(race.connect, step.race), partial(self._connected, plan, step))
        else:
            self._beside(step.function, partial(self._go_on, plan))

    def _beside(self, work: Callable[[], Any], then: Callable[[Any, Exception | None], None]) -> None:
        """Do it in a thread; the loop goes on with what came of it."""

        def run() -> None:
            result: Any = None
            raised: Exception | None = None
            try:
                result = work()
            except (OSError, ValueError) as error:
                raised = error
            except BaseException as error:  # a mistake in the program: it is seen, but the plan goes on
                raised = OSError(f"it failed: {type(error).__name__}")
                raise
            finally:
                if self._over and isinstance(result, socket.socket):
                    result.close()
                self._call_soon(partial(then, result, raised))

        try:
            threading.Thread(target=run, name="xmppwire dials", daemon=True).start()
        except RuntimeError as error:  # the system has no thread left
            self._call_soon(partial(then, None, OSError(str(error))))

    def _connected(self, plan: Plan, step: Attempt, sock: Any, error: Exception | None) -> None:
        if error is not None or plan not in self._plans:
            self._go_on(plan, sock, error)
            return
        conversation = step.conversation
        told = False

        def tell() -> None:
            nonlocal told
            if not told and (conversation.settled or link.closed):
                told = True
                self._call_soon(partial(self._go_on, plan))

        link = Link(conversation.driver, sock, self._loop)
        link.turned = tell
        self._attempts[plan] = link
        tell()

    # --- its end ----------------------------------------------------------------------------------------------------

    def _stop(self) -> None:
        self._stopping = True
        for listener in self._listeners:
            listener.close()
        plans, self._plans = self._plans, set()
        for plan in plans:
            plan.close()
        for link in list(self._attempts.values()):
            link.close()
        self._hub.close(now())

    def _run(self) -> None:
        try:
            while not self._stopping or self._loop.links:
                self._loop.turn()
        except BaseException as error:  # the acceptor's: told to whoever closes the server
            self._failure = error
        finally:
            self._over = True
            self._plans.clear()
            while not self._soon.empty():  # a connection that comes too late is closed
                self._soon.get()()
            for listener in self._listeners:
                listener.close()
            self._loop.close()

    def close(self) -> None:
        """Stop listening, and end all streams in order. Done by leaving the `with` block."""
        self._call_soon(self._stop)
        self._thread.join()
        self._shut()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _shut(self) -> None:
        self._nudge.close()
        self._nudged.close()
        for listener in self._listeners:
            listener.close()

    def wait_closed(self) -> None:
        """Wait until somebody closes the server."""
        self._thread.join()
