"""Write requests into the metrics a moment later, by a thread of its own.

Each number of Prometheus' client is a lock that all threads share and a write into a mapped file, a dozen of them for a
tile. A request leaves its facts here instead, which is one append.
"""

import logging
import os
import threading
import time
from collections import deque
from contextlib import suppress

from geodata.observing import metrics
from tiles.stages import FROM_CACHE

logger = logging.getLogger(__name__)

# Seconds between two settlements: less than any collector's interval by far.
SETTLE_SECONDS = 0.25
MILLISECONDS = 1e-3

# Route, status, seconds, and of tiles the value of their header `Server-Timing`.
_Entry = tuple[str, str, float, str]
# The oldest are forgotten where nobody settles.
_entries: deque[_Entry] = deque(maxlen=100_000)
_clerks: list[threading.Thread] = []
_hiring = threading.Lock()


def note(route: str, status: str, *, seconds: float, timing: str = "") -> None:
    """Have an answer counted."""
    _entries.append((route, status, seconds, timing))
    if not _clerks:
        _hire()


def settle() -> None:
    """Count what was noted so far."""
    with suppress(IndexError):
        while True:
            _count(*_entries.popleft())


def _hire() -> None:
    with _hiring:
        if not _clerks:
            _clerks.append(threading.Thread(target=_settle_for_ever, name="ledger", daemon=True))
            _clerks[0].start()


def _settle_for_ever() -> None:
    while True:
        time.sleep(SETTLE_SECONDS)
        try:
            settle()
        except Exception:
            logger.exception("An answer was not counted")


def _count(route: str, status: str, seconds: float, timing: str) -> None:
    metrics.REQUESTS.labels(route, status).observe(seconds)
    if not timing:
        return
    if timing == FROM_CACHE:
        metrics.TILES.labels("cache").inc()
        return
    metrics.TILES.labels("rendered").inc()
    for each in timing.split(", "):
        stage, _, milliseconds = each.partition(";dur=")
        metrics.STAGES.labels(stage).observe(float(milliseconds) * MILLISECONDS)


# A process that was forked has none of its parent's threads, and counts for itself.
os.register_at_fork(after_in_child=_clerks.clear)
os.register_at_fork(after_in_child=_entries.clear)
