"""Count what is asked for with every tile or search: in the process, and only now and then in the shared cache.

A throttle of Django REST framework asks the cache twice for each request, which is more than a cached answer costs.
Here a process counts by itself and tells the others every so often, so that a rate holds for all of them, give or take
what none has told yet.
"""

import logging
import threading
import time
from dataclasses import dataclass
from functools import lru_cache

from cachetools import LRUCache
from django.conf import settings
from django.core.cache import cache
from rest_framework.throttling import SimpleRateThrottle

logger = logging.getLogger(__name__)

# Part of a rate that a process counts before it tells the others, and the most that it keeps to itself.
UNTOLD_SHARE, MOST_UNTOLD = 0.1, 100
# Who is counted, at a time, by each process.
MOST_COUNTED = 10_000


@dataclass(slots=True)
class _Tally:
    """Hold what somebody had in one period: ``told`` by all processes when this one last asked, ``own`` since."""

    period: int
    told: float = 0.0
    own: float = 0.0


_tallies: LRUCache[tuple[str, str], _Tally] = LRUCache(MOST_COUNTED)
_lock = threading.Lock()


class _Rate(SimpleRateThrottle):
    """Read rates, as REST framework writes them."""

    def __init__(self) -> None:
        """Read no settings: there is no scope."""


@lru_cache(64)
def _parsed(rate: str) -> tuple[int, int]:
    """Return how many there may be in so many seconds."""
    most, seconds = _Rate().parse_rate(rate)
    return int(most or 0), int(seconds or 1)


def refused_seconds(scope: str, who: str, *, amount: float = 1) -> float | None:
    """Count ``amount`` more for somebody, and return None; when that is too much, the seconds until it is not.

    The rate is `settings.THROTTLES[scope]`. While the shared cache fails, each process counts for itself.
    """
    rate = settings.THROTTLES.get(scope)
    if not rate:
        return None
    most, seconds = _parsed(rate)
    now = time.time()
    period = int(now // seconds)
    with _lock:
        tally = _tallies.get((scope, who))
        if tally is None or tally.period != period:
            tally = _tallies[scope, who] = _Tally(period)
        if tally.told + tally.own + amount > most:
            return seconds - now % seconds
        tally.own += amount
        untold = int(tally.own) if tally.own >= min(MOST_UNTOLD, max(1, most * UNTOLD_SHARE)) else 0
        tally.own -= untold
        tally.told += untold
    if untold:
        told = _tell(f"tally:{scope}:{who}:{period}", untold, seconds=seconds)
        with _lock:
            tally.told = max(tally.told, told)
    return None


def add(scope: str, who: str, amount: float) -> None:
    """Count what somebody had already, whether it was too much or not."""
    if refused_seconds(scope, who, amount=amount) is not None:
        with _lock:
            if tally := _tallies.get((scope, who)):
                tally.own += amount


def forget() -> None:
    """Forget all that this process counted."""
    with _lock:
        _tallies.clear()


def _tell(key: str, amount: int, *, seconds: int) -> int:
    """Add to what all processes count, and return it; 0 while the cache fails."""
    try:
        try:
            return cache.incr(key, amount)
        except ValueError:  # Nobody told of this period yet, or others do so now.
            return amount if cache.add(key, amount, seconds) else cache.incr(key, amount)
    except Exception as error:  # noqa: BLE001  Whatever the cache's backend raises, who asks is answered.
        logger.warning("Requests are counted by each process alone while the cache fails: %s", error)
        return 0
