"""Make a bulkhead of each remote store, so that one that is slow stops nothing but what lies in it.

A thread that reads can't be stopped. So a process reads from one store, a web server or a bucket, a few times at a
time; more readings wait for as long as those come and go. Once they don't, the store is stalled, and whoever wants more
of it is told so at once. A store that has failed slowly is left alone for a while; then one reading tries it for all.
"""

import math
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache

from osgeo import gdal

from tiles.errors import (
    RenderTimeout,
    SourceCorrupt,
    SourceNotFound,
    SourceStalled,
    SourceUnreachable,
    SourceUnreadable,
)
from tiles.limits import DEFAULT_LIMITS, Limits, seconds_left
from tiles.sources.faults import Faults

# What failed sooner is no stall: the store refuses, or isn't there.
SLOW_SECONDS = 4.0
FAILED = (SourceUnreachable, SourceUnreadable, SourceCorrupt)
# Slow failures in a row after which a store is left alone.
FAILURES = 2
# GDAL's option of the seconds that a single request may take, and the least that a reader with little time gives it.
TIMEOUT, LEAST_TIMEOUT = "GDAL_HTTP_TIMEOUT", 5
# Stores that are remembered without being read from.
MAX_STORES = 1000

_SERVER = re.compile(r"/vsicurl(?:_streaming)?/(https?://[^/?]+)", re.IGNORECASE)
_BUCKET = re.compile(r"/vsi(?:s3|gs|az|adls|oss|swift|webhdfs)(?:_streaming)?/[^/]+")

_waiting: list[Callable[[], AbstractContextManager[None]]] = [nullcontext]
# The stores that the present reading is in already.
_held: ContextVar[frozenset[str]] = ContextVar("held", default=frozenset())


def bind_waiting(find: Callable[[], AbstractContextManager[None]]) -> None:
    """Have threads that wait for others do so within what ``find`` returns, such as a server's place for that."""
    _waiting[0] = find


def waiting() -> AbstractContextManager[None]:
    """Return the context in which a thread waits for others: a store, or another thread's rendering."""
    return _waiting[0]()


@lru_cache(maxsize=4096)
def store_of(location: str) -> str:
    """Name the store of a location: scheme, host and port of a web server, or kind and bucket; empty: this machine."""
    if not location.startswith("/vsi"):
        return ""
    if servers := _SERVER.findall(location):
        return str(servers[-1]).lower()
    buckets = _BUCKET.findall(location)
    return str(buckets[-1]) if buckets else ""


@dataclass(slots=True)
class _Store:
    """Hold what is known of one store: its readings, when one began or ended last, and how the last ones failed."""

    readings: int = 0
    changed: float = 0.0
    failures: int = 0
    paused_until: float = 0.0


class Stores:
    """Let a process' threads read from stores, a few at a time from each."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._stores: dict[str, _Store] = {}

    @contextmanager
    def reading(self, name: str, *, limits: Limits) -> Iterator[None]:
        """Read from that store within this block. Raises SourceStalled at once, or after a wait, when it is stalled."""
        began = self._enter(name, limits)
        try:
            yield
        except RenderTimeout:
            # Of little here and much there: it says nothing of the store.
            self._leave(name, limits)
            raise
        except FAILED:
            self._leave(name, limits, failed=time.monotonic() - began > SLOW_SECONDS)
            raise
        except BaseException:
            self._leave(name, limits)
            raise
        self._leave(name, limits, failed=False)

    def check(self, name: str, limits: Limits) -> None:
        """Raise SourceStalled for a store that is left alone, or whose readings have all come to a halt."""
        store = self._stores.get(name)
        if store is None:
            return
        now = time.monotonic()
        halted = store.readings >= limits.store_reads and now - store.changed > limits.store_stall_seconds
        if halted or now < store.paused_until:
            raise _stalled()

    def _enter(self, name: str, limits: Limits) -> float:
        with self._lock:
            store = self._stores.get(name)
            if store is None:
                self._forget_idle()
                store = self._stores[name] = _Store()
            until = time.monotonic() + seconds_left()
            while True:
                now = time.monotonic()
                if now < store.paused_until:
                    raise _stalled()
                # One tries for all whether it is well again.
                places = 1 if store.failures >= FAILURES else limits.store_reads
                if store.readings < places:
                    break
                wait = min(store.changed + limits.store_stall_seconds, until) - now
                if wait <= 0 or places == 1:
                    raise _stalled()
                self._lock.wait(wait)
            store.readings += 1
            store.changed = now
            return now

    def _leave(self, name: str, limits: Limits, *, failed: bool | None = None) -> None:
        """End a reading, which failed slowly or went well, or (None) says nothing of the store."""
        with self._lock:
            store = self._stores[name]
            store.readings -= 1
            store.changed = time.monotonic()
            if failed is not None:
                store.failures = store.failures + 1 if failed else 0
            if failed and store.failures >= FAILURES:
                store.paused_until = store.changed + limits.store_pause_seconds
            self._lock.notify_all()

    def _forget_idle(self) -> None:
        """Forget stores that nobody reads, once there are many. Called with the lock."""
        if len(self._stores) >= MAX_STORES:
            now = time.monotonic()
            for name in [name for name, store in self._stores.items() if not store.readings]:
                if self._stores[name].paused_until < now:
                    del self._stores[name]


def _stalled() -> SourceStalled:
    return SourceStalled("Where the image lies is too slow at the moment; try again later")


STORES = Stores()


@contextmanager
def reading(location: str, *, limits: Limits = DEFAULT_LIMITS) -> Iterator[None]:
    """Read what lies there within this block, as one of the few that read from its store at a time.

    No request to the store is waited for longer than the `deadline` around. Nothing of this holds for files of this
    machine, nor for a store that is being read already.

    Raises SourceStalled, also in the place of what GDAL makes of a store that fails: that a file is not there, or is
    damaged.
    """
    name = store_of(location)
    if not name or name in _held.get():
        yield
        return
    STORES.check(name, limits)
    with _listening(), waiting(), STORES.reading(name, limits=limits), _bounded_requests():
        token = _held.set(_held.get() | {name})
        try:
            yield
        finally:
            _held.reset(token)


@contextmanager
def _listening() -> Iterator[None]:
    """Hear whether the store fails, and say so instead of what that looks like."""
    faults = Faults()
    gdal.PushErrorHandler(faults.note)
    try:
        yield
    except (SourceNotFound, *FAILED) as error:
        if faults:
            raise SourceStalled("Where the image lies fails at the moment; try again later") from error
        raise
    finally:
        gdal.PopErrorHandler()


@contextmanager
def _bounded_requests() -> Iterator[None]:
    """Bound the time of each request that GDAL makes in this thread by what is left."""
    if math.isinf(left := seconds_left()):
        yield
        return
    before = gdal.GetThreadLocalConfigOption(TIMEOUT)
    gdal.SetThreadLocalConfigOption(TIMEOUT, str(max(math.ceil(left), LEAST_TIMEOUT)))
    try:
        yield
    finally:
        gdal.SetThreadLocalConfigOption(TIMEOUT, before)
