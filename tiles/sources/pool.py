"""Keep images open, for the whole process, bounded by number and by memory.

GDAL's cache of decoded blocks belongs to an open file. Were each thread to open its own, four threads would decode
everything four times; so a file that another thread is using is waited for, for a while. Slides whose tiles are read by
offset keep nothing decoded and are read by all threads at once: for each of them, two wake-ups cost more than a tile.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from weakref import WeakValueDictionary

from tiles.errors import (
    SourceCorrupt,
    SourceNotFound,
    SourceReplaced,
    SourceStalled,
    SourceUnreachable,
    SourceUnreadable,
)
from tiles.limits import DEFAULT_LIMITS, Limits
from tiles.sources.conditions import TIES, asking, asking_by_turns, condition_of, etag_now, own_condition
from tiles.sources.drivers import forget_files
from tiles.sources.reference import SourceRef
from tiles.sources.registry import Source, open_source
from tiles.sources.stores import reading
from tiles.sources.zarr_folder import is_zarr

# Seconds to wait for a file in use before it is opened once more. A local one: dozens of ordinary tiles, since reading
# it twice at a time costs more than waiting; a remote one: a round trip, since most of its time is spent waiting.
LOCAL_PATIENCE = 0.5
REMOTE_PATIENCE = 0.05
# How the locations begin of what waits for a network.
REMOTE = "/vsi"


class SourcePool:
    """Lend open images to one thread at a time unless they are `shareable`; the longest unused are closed first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # For those who wait, by what they wait for; gone with the last of them.
        self._returned: WeakValueDictionary[SourceRef, threading.Condition] = WeakValueDictionary()
        # The longest unused first. An ordinary dictionary, whose values are gone through without hashing each key.
        self._idle: dict[SourceRef, list[Source]] = {}
        self._lent: Counter[SourceRef] = Counter()

    @contextmanager
    def lease(self, ref: SourceRef, *, limits: Limits = DEFAULT_LIMITS) -> Iterator[Source]:
        """Lend the image that ``ref`` names, for this block only. Raises what `open_source` and `reading` do."""
        with _reading_remote(ref, limits) if ref.location.startswith(REMOTE) else nullcontext():
            with own_condition(ref.location) if TIES.by_location else nullcontext():
                source = self._take(ref)
            try:
                yield source
            except (SourceCorrupt, SourceUnreachable):
                # Whatever state it is in, the next one begins afresh.
                self._end(ref)
                raise
            except BaseException:
                self._end(ref, source, limits)
                raise
            self._end(ref, source, limits)

    def count_open(self) -> int:
        """Return how many images are open, lent ones included."""
        with self._lock:
            return sum(map(len, self._idle.values())) + sum(self._lent.values())

    def close(self) -> None:
        """Close what nobody uses."""
        with self._lock:
            self._idle.clear()

    def _take(self, ref: SourceRef) -> Source:
        with self._lock:
            if ref not in self._idle and self._lent[ref]:
                self._wait(ref)
            self._lent[ref] += 1
            if ref in self._idle:
                sources = self._idle[ref]
                if sources[-1].shareable:
                    return sources[-1]
                source = sources.pop()
                if not sources:
                    del self._idle[ref]
                return source
        try:
            source = open_source(ref)
        except BaseException:
            self._end(ref)
            raise
        if source.shareable:
            with self._lock:
                self._idle[ref] = [source]
                if returned := self._returned.get(ref):
                    returned.notify_all()
        return source

    def _wait(self, ref: SourceRef) -> None:
        """Wait until the file is idle, nobody has it any more, or patience ends. Called with the lock."""
        returned = self._returned.setdefault(ref, threading.Condition(self._lock))
        until = time.monotonic() + (REMOTE_PATIENCE if ref.location.startswith(REMOTE) else LOCAL_PATIENCE)
        while ref not in self._idle and self._lent[ref] and (left := until - time.monotonic()) > 0:
            returned.wait(left)

    def _end(self, ref: SourceRef, source: Source | None = None, limits: Limits = DEFAULT_LIMITS) -> None:
        """End a lease. ``source``: the image to keep."""
        with self._lock:
            self._lent[ref] -= 1
            if not self._lent[ref]:
                del self._lent[ref]
            if source is not None:
                others = self._idle.pop(ref, [])
                self._idle[ref] = [source] if source.shareable else [*others, source]
                self._evict(limits)
            elif ref in self._idle and self._idle[ref][-1].shareable:
                del self._idle[ref]
            returned = self._returned.get(ref)
            if returned is not None:
                # One can take it; when there is nothing to take, each has to see for itself.
                wake = returned.notify if source is not None else returned.notify_all
                wake()

    def _evict(self, limits: Limits) -> None:
        """Close the longest unused images until the rest are within the limits. Called with the lock."""
        count, size = 0, 0
        for sources in self._idle.values():
            for source in sources:
                count, size = count + 1, size + source.estimated_bytes
        while count > 1 and (count > limits.open_files or size > limits.open_bytes):
            closed = self._idle.pop(next(iter(self._idle)))
            count, size = count - len(closed), size - sum(source.estimated_bytes for source in closed)


@contextmanager
def _reading_remote(ref: SourceRef, limits: Limits) -> Iterator[None]:
    """Read a remote image within its store's bulkhead, and forget what was seen of it where that fails.

    Raises SourceReplaced where another content lies there now: its server is asked for the known one alone.
    """
    condition = _tie(ref)
    try:
        with reading(ref.location, limits=limits), nullcontext() if TIES.by_location else asking(condition):
            yield
    except (SourceNotFound, SourceUnreadable, SourceCorrupt, SourceUnreachable, SourceStalled) as error:
        # What GDAL keeps, also that something is not there, would be believed until the process ends.
        forget_files(ref)
        if condition and not isinstance(error, SourceStalled) and etag_now(ref.location) not in {"", ref.etag}:
            name = ref.name or "The file"
            raise SourceReplaced(f"{name} was replaced since it was ingested; ingest it again to see it") from error
        raise


def _tie(ref: SourceRef) -> str:
    """Return the condition under which a remote image is asked for; empty where none is sure to be true."""
    # Files beside it have ETags of their own, and the chunks of a Zarr store too.
    return "" if ref.siblings or is_zarr(ref.location) else condition_of(ref.etag)


POOL = SourcePool()


@contextmanager
def lease_sources(refs: tuple[SourceRef, ...], *, limits: Limits = DEFAULT_LIMITS) -> Iterator[tuple[Source, ...]]:
    """Lend several images at once, always taken in the same order, so that nobody waits in a circle."""
    if len(refs) == 1:
        with POOL.lease(refs[0], limits=limits) as source:
            yield (source,)
        return
    remote = [ref for ref in refs if ref.location.startswith(REMOTE)]
    ties = {ref.location: condition for ref in remote if (condition := _tie(ref))}
    with asking_by_turns(ties) if ties else nullcontext(), ExitStack() as leases:
        in_order = sorted(set(refs), key=lambda ref: (ref.location, ref.subdataset, ref.version))
        taken = {ref: leases.enter_context(POOL.lease(ref, limits=limits)) for ref in in_order}
        yield tuple(taken[ref] for ref in refs)
