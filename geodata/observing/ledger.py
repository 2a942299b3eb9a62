"""Write requests into the metrics a moment later, by a thread of its own.

Each number of Prometheus' client is a lock that all threads share and a write into a mapped file, a dozen of them for a
tile. A request leaves its facts here instead, which is one append, and many are counted together.
"""

import logging
import os
import re
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import suppress

from geodata.observing import metrics
from tiles.stages import FROM_CACHE

logger = logging.getLogger(__name__)

# Seconds between two settlements: less than any collector's interval by far.
SETTLE_SECONDS = 0.25
MILLISECONDS = 1e-3
DURATION = re.compile(r"(\w+);dur=([0-9.]+)")

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
    seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
    outcomes: Counter[str] = Counter()
    stages: dict[str, list[float]] = defaultdict(list)
    for route, status, taken, timing in _noted():
        seconds[route, status].append(taken)
        if timing:
            outcomes["cache" if timing == FROM_CACHE else "rendered"] += 1
        for stage, milliseconds in DURATION.findall(timing):
            stages[stage].append(float(milliseconds) * MILLISECONDS)
    for (route, status), amounts in seconds.items():
        metrics.REQUESTS.labels(route, status).observe_all(amounts)
    for outcome, number in outcomes.items():
        metrics.TILES.labels(outcome).inc(number)
    for stage, amounts in stages.items():
        metrics.STAGES.labels(stage).observe_all(amounts)


def _noted() -> Iterator[_Entry]:
    with suppress(IndexError):
        while True:
            yield _entries.popleft()


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


# A process that was forked has none of its parent's threads, and counts for itself.
os.register_at_fork(after_in_child=_clerks.clear)
os.register_at_fork(after_in_child=_entries.clear)
