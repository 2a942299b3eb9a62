"""Keeps images open, for the whole process, bounded by number and by memory.

GDAL's cache of decoded blocks belongs to an open file. Were each thread to open its own, four threads would decode
everything four times; so a file that another thread is using is waited for, for a moment.
"""

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from .errors import SourceCorrupt, SourceUnreachable
from .limits import DEFAULT_LIMITS, Limits
from .references import SourceRef
from .sources import Source, open_source

# Seconds to wait for a file in use before it is opened once more: several ordinary tiles, one round trip to a far
# store. So slow files are read side by side, fast ones one after another, and nobody waits for each other in a circle.
PATIENCE = 0.05


class SourcePool:
    """Open images, lent to one thread at a time; the longest unused are closed first."""

    def __init__(self) -> None:
        self._returned = threading.Condition()
        self._idle: OrderedDict[SourceRef, list[Source]] = OrderedDict()
        self._lent: Counter[SourceRef] = Counter()

    @contextmanager
    def lease(self, ref: SourceRef, *, limits: Limits = DEFAULT_LIMITS) -> Iterator[Source]:
        """The image that ``ref`` names, for this block only. Raises what `tiles.sources.open_source` does."""
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

    def close(self) -> None:
        """Close what nobody uses."""
        with self._returned:
            self._idle.clear()

    def _take(self, ref: SourceRef) -> Source:
        until = time.monotonic() + PATIENCE
        with self._returned:
            while ref not in self._idle and self._lent[ref] and (left := until - time.monotonic()) > 0:
                self._returned.wait(left)
            self._lent[ref] += 1
            if ref in self._idle:
                sources = self._idle[ref]
                source = sources.pop()
                if not sources:
                    del self._idle[ref]
                return source
        try:
            return open_source(ref)
        except BaseException:
            self._end(ref)
            raise

    def _end(self, ref: SourceRef, source: Source | None = None, limits: Limits = DEFAULT_LIMITS) -> None:
        """A lease is over; ``source``: the image to keep."""
        with self._returned:
            self._lent[ref] -= 1
            if not self._lent[ref]:
                del self._lent[ref]
            if source is not None:
                self._idle.setdefault(ref, []).append(source)
                self._idle.move_to_end(ref)
                self._evict(limits)
            self._returned.notify_all()

    def _evict(self, limits: Limits) -> None:
        kept = [source for sources in self._idle.values() for source in sources]
        count, size = len(kept), sum(source.estimated_bytes for source in kept)
        while count > 1 and (count > limits.open_files or size > limits.open_bytes):
            _, closed = self._idle.popitem(last=False)
            count, size = count - len(closed), size - sum(source.estimated_bytes for source in closed)


POOL = SourcePool()


@contextmanager
def lease_sources(refs: tuple[SourceRef, ...], *, limits: Limits = DEFAULT_LIMITS) -> Iterator[tuple[Source, ...]]:
    """Several images at once."""
    with ExitStack() as leases:
        yield tuple(leases.enter_context(POOL.lease(ref, limits=limits)) for ref in refs)
