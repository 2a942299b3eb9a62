"""Start a server for the time of a block and wait for its answer."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from geodata.supervision.child import Child, stop_children
from geodata.supervision.programs import Program


def free_port() -> int:
    """A loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], bool], *, within: float = 30.0, what: str = "the condition") -> None:
    """Poll until ``condition`` holds. Raises TimeoutError, naming ``what``, after ``within`` seconds."""
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come true in {within:g} s")
        time.sleep(0.05)


@contextmanager
def running(program: Program, *, logs: Path, ready: Callable[[], bool], within: float = 30.0) -> Iterator[Child]:
    """Run a program until the block ends. Raises RuntimeError with its last words when it isn't ready in time."""
    child = Child(program, logs=logs)
    child.start()
    try:
        wait_until(lambda: ready() or child.ended(), within=within, what=program.name)
        if not ready():
            raise RuntimeError(f"{program.name} ended at once:\n{child.last_words()}")
        yield child
    finally:
        stop_children([child])
