"""Keep a site's programs running until a signal says stop."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from geodata.supervision.child import Child, stop_children
from geodata.supervision.programs import Program

POLL_SECONDS = 0.1
# Waits before a dead program is started again, in seconds: at once for an accident, seldom for what can't start.
BACKOFF_SECONDS = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)
# A program that ran for so many seconds had started well: its next death is an accident again.
SETTLED_SECONDS = 30.0


class StartFailed(Exception):
    """A program did not become ready; the message has the last lines of its log."""


class Stopped(Exception):
    """A signal asked for the end while something was being waited for."""


class Supervisor:
    """Starts programs in the order given and stops them in the opposite one.

    ``announce`` gets one sentence per event that its reader should know of.
    """

    def __init__(self, *, logs: Path, announce: Callable[[str], None]) -> None:
        self._logs = logs
        self._announce = announce
        self._children: list[Child] = []
        self._failures: dict[Child, int] = {}
        self._start_again_at: dict[Child, float] = {}
        self._signals = 0

    @contextmanager
    def running(self) -> Iterator["Supervisor"]:
        """Take SIGINT and SIGTERM for the time of the block; leave no process behind it."""
        before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield self
        finally:
            self.stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def start(self, program: Program, *, ready: Callable[[], bool] | None = None, within: float = 60.0) -> Child:
        """Start a program; with ``ready``, wait until it says so.

        Raises StartFailed when that takes longer than ``within`` seconds, Stopped when a signal comes first.
        """
        child = Child(program, logs=self._logs)
        child.start()
        self._children.append(child)
        deadline = time.monotonic() + within
        while ready and not ready():
            if time.monotonic() > deadline:
                raise StartFailed(f"{program.name} did not become ready in {within:.0f} s\n{child.last_words()}")
            self.tick()
        return child

    def tick(self) -> None:
        """Look after every child once. Raises Stopped after a signal."""
        time.sleep(POLL_SECONDS)
        if self._signals:
            raise Stopped
        now = time.monotonic()
        for child in self._children:
            if child in self._start_again_at:
                if now >= self._start_again_at[child]:
                    del self._start_again_at[child]
                    child.start()
            elif child.pid and child.ended():
                self._handle_end(child, now=now)

    def wait(self) -> None:
        """Look after the children until a signal comes."""
        try:
            while True:
                self.tick()
        except Stopped:
            return

    def stop(self) -> None:
        """Stop all, what was started first last: a worker's farewell still needs its broker."""
        programs, services = self._children[1:], self._children[:1]
        stop_children(programs, at_once=self._signals > 1)
        stop_children(services, at_once=self._signals > 1)
        self._children.clear()
        self._start_again_at.clear()

    def child(self, name: str) -> Child:
        return next(child for child in self._children if child.program.name == name)

    def _handle_end(self, child: Child, *, now: float) -> None:
        settled = now - child.started_at > SETTLED_SECONDS
        failures = 0 if settled else self._failures.get(child, 0)
        reason = describe_exit(child.reap())
        if child.program.once:
            return
        wait = BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS) - 1)]
        self._failures[child] = failures + 1
        self._start_again_at[child] = now + wait
        self._announce(f"{child.program.name} {reason}; starting it again in {wait:g} s (log: {child.log})")

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._signals += 1


def describe_exit(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
