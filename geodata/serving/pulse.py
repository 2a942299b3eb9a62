"""What a web process shows to somebody outside: that it lives, and since when its requests are being worked on.

A small file that the process maps into its memory, an array of doubles; times are of the machine's monotonic clock, 0
stands for none. Writing one is a store into memory, so that each request can.
"""

import mmap
import os
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

PREFIX = "pulse-"
BEAT, CHANGED, THREADS, STUCK, FIRST_SLOT = range(5)
# Requests at a time: those in the server's own threads, and those that slow clients have put aside.
MAIN_SLOTS, ASIDE_SLOTS = 64, 128
SIZE = (FIRST_SLOT + MAIN_SLOTS + ASIDE_SLOTS) * 8


@dataclass(frozen=True, kw_only=True)
class Vitals:
    """Seconds since the last beat, since the oldest request's last progress, and since a request began or ended.

    ``busy`` of ``threads`` work on requests; ``stuck`` threads wait for clients that were given up.
    """

    silent: float
    oldest: float
    unchanged: float
    busy: int
    threads: int
    stuck: int


class Pulse:
    """The writing side, in the process itself."""

    def __init__(self, folder: Path, *, threads: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{PREFIX}{os.getpid()}"
        with path.open("w+b") as file:
            file.truncate(SIZE)
            self._values = memoryview(mmap.mmap(file.fileno(), SIZE)).cast("d")
        self._values[THREADS] = threads
        self._main = deque(range(FIRST_SLOT, FIRST_SLOT + MAIN_SLOTS))
        self._aside = deque(range(FIRST_SLOT + MAIN_SLOTS, FIRST_SLOT + MAIN_SLOTS + ASIDE_SLOTS))
        self.beat()

    def beat(self) -> None:
        """Say that the process lives; its caller needs the interpreter for it."""
        now = time.monotonic()
        self._values[BEAT] = now
        if not self._values[CHANGED]:
            self._values[CHANGED] = now

    def begin(self, *, aside: bool = False, since: float = 0.0) -> int:
        """Take a slot for a request that is worked on since then, or from now; return its number for :meth:`end`."""
        slot = (self._aside if aside else self._main).pop()
        now = time.monotonic()
        self._values[slot] = since or now
        if not aside:
            self._values[CHANGED] = now
        return slot

    def end(self, slot: int) -> None:
        self._values[slot] = 0.0
        if slot < FIRST_SLOT + MAIN_SLOTS:
            self._values[CHANGED] = time.monotonic()
            self._main.append(slot)
        else:
            self._aside.append(slot)

    def wait_for_client(self, slot: int) -> None:
        """Stop the slot's clock: what takes its time now is the client."""
        self._values[slot] = 0.0

    def go_on(self, slot: int) -> None:
        self._values[slot] = time.monotonic()

    def count_stuck(self, number: int) -> None:
        self._values[STUCK] = number


def read_pulse(path: Path) -> Vitals | None:
    """Return the vitals of a process by its file; None while there is none, or it is not yet whole."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    if len(data) != SIZE:
        return None
    values = memoryview(data).cast("d")
    if not values[BEAT]:
        return None
    now = time.monotonic()
    slots = [value for value in values[FIRST_SLOT:] if value]
    busy = sum(1 for value in values[FIRST_SLOT : FIRST_SLOT + MAIN_SLOTS] if value)
    return Vitals(
        silent=now - values[BEAT],
        oldest=now - min(slots, default=now),
        unchanged=now - values[CHANGED],
        busy=busy,
        threads=int(values[THREADS]),
        stuck=int(values[STUCK]),
    )
