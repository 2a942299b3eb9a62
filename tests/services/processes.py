"""Start a server for the time of a block and wait for its answer."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from geodata.supervision.child import Child, stop_children
from geodata.supervision.programs import Program


def free_port() -> int:
    """Find a loopback port that nobody listens on, kept for the caller: the kernel gives no one else it for a minute.

    A connection that its server closes first leaves the server's port in TIME_WAIT. The kernel then passes over it when
    it chooses a port itself, for a server or for a client, while a server that names it (and sets SO_REUSEADDR, as all
    do) may have it.
    """
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        with socket.create_connection(server.getsockname()):
            server.accept()[0].close()
        return int(server.getsockname()[1])


# Seconds after which something is broken, and not just slow: whole test runs go on beside it.
PATIENCE = 120.0


def wait_until(condition: Callable[[], bool], *, what: str = "the condition") -> None:
    """Poll until ``condition`` holds. Raises TimeoutError, naming ``what``, when it seems that it never will."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come true in {PATIENCE:g} s")
        time.sleep(0.05)


@contextmanager
def running(program: Program, *, logs: Path, ready: Callable[[], bool]) -> Iterator[Child]:
    """Run a program until the block ends. Raises RuntimeError with its last words when it isn't ready in time."""
    child = Child(program, logs=logs)
    child.start()
    try:
        wait_until(lambda: ready() or child.ended(), what=program.name)
        if child.ended():
            raise RuntimeError(f"{program.name} ended at once:\n{child.last_words()}")
        yield child
    finally:
        stop_children([child])


def lives(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    return _status(pid)[0] not in {"Z", "X"}


def descendants(pid: int) -> dict[int, str]:
    """Command lines of everything that a process started, directly or not, by process id."""
    parents = {int(folder.name): _status(int(folder.name))[1] for folder in Path("/proc").glob("[0-9]*")}
    found: dict[int, str] = {}
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        children = [child for child, its_parent in parents.items() if its_parent == parent and lives(child)]
        found |= {child: _command(child) for child in children}
        waiting += children
    return found


def _status(pid: int) -> tuple[str, int]:
    """State letter (X when it is gone) and parent's process id."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return "X", 0
    return state, int(parent)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
