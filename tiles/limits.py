"""Bound what one request may cost: each limit with its unit and reason, and the time of a rendering.

A thread can't be stopped from outside, so `check_deadline` is called between a rendering's steps.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from tiles.errors import RenderTimeout


@dataclass(frozen=True, slots=True)
class Limits:
    """Hold what one request, or one process, may use at most."""

    # Files that one process keeps open. A viewport of a mosaic touches a few dozen.
    open_files: int = 64
    # Bytes of a process' open files, by estimate: block indexes of huge files take megabytes.
    open_bytes: int = 96 * 2**20
    # Seconds after which a rendering is given up, so that a slow file can't hold every thread.
    render_seconds: float = 15.0
    # Readings of one remote store (a server, a bucket) at a time in one process, and seconds without any of them
    # beginning or ending after which the store is taken for stalled.
    store_reads: int = 4
    store_stall_seconds: float = 4.0
    # Seconds for which a store is left alone that failed so slowly twice in a row.
    store_pause_seconds: float = 15.0
    # Source pixels (of all bands) that one tile may read: 10,980² x 3 would take seconds and a gigabyte.
    read_pixels: int = 64 * 2**20
    # Pixels of the longer side of thumbnails and tiles that may be asked for.
    output_side: int = 2048
    # Megabytes of decoded blocks that the threads of one process share.
    block_cache_megabytes: int = 200
    # Bands of one request: expressions and false colours need a handful.
    bands: int = 16
    # Values (pixels times bands) that a region or a zone's statistics may have: 64 MB of 16-bit data.
    region_values: int = 32 * 2**20
    # Pixels of a region's longer side: what WebP can hold.
    region_side: int = 16_383
    # Bytes of a GeoJSON body: the vertices below, with all their digits.
    body_bytes: int = 16 * 2**20
    # Vertices of all geometries of one request.
    vertices: int = 200_000
    # Features of one request.
    features: int = 1000
    # Points along a line at which a profile reads pixels.
    profile_samples: int = 4096
    # Buckets of a histogram, percentiles, categories.
    buckets: int = 4096
    # Images that are opened for one tile of a mosaic, those that lie there and are thought of, and seconds after which
    # no further one is opened. To leave one out that earlier ones cover takes microseconds, to open one milliseconds.
    mosaic_items: int = 100
    mosaic_scan: int = 1000
    mosaic_seconds: float = 8.0
    # Characters of one rendering parameter.
    parameter_length: int = 4096


DEFAULT_LIMITS = Limits()
_binding: list[Callable[[], Limits]] = [lambda: DEFAULT_LIMITS]


def bind_limits(find: Callable[[], Limits]) -> None:
    """Have what takes no limits of its own keep those that ``find`` returns, such as a site's settings."""
    _binding[0] = find


def current_limits() -> Limits:
    """Return the limits that bind in this process: the site's, if there is one, else the defaults."""
    return _binding[0]()


@dataclass(frozen=True, slots=True)
class _End:
    """Hold when a `deadline` is over, and make the error of what goes on nevertheless."""

    at: float
    late: Callable[[], Exception]


def _rendering_is_late() -> Exception:
    return RenderTimeout("Rendering takes too long here; zoom in, or try again later")


_NO_END = _End(float("inf"), _rendering_is_late)
_end: ContextVar[_End] = ContextVar("end", default=_NO_END)


@contextmanager
def deadline(seconds: float, *, late: Callable[[], Exception] = _rendering_is_late) -> Iterator[None]:
    """Have `check_deadline` raise what ``late`` returns within this block once so many seconds are over.

    Of one deadline within another, that which ends first holds.
    """
    own, around = _End(time.monotonic() + seconds, late), _end.get()
    token = _end.set(own if own.at < around.at else around)
    try:
        yield
    finally:
        _end.reset(token)


def seconds_left() -> float:
    """Return the seconds up to the `deadline` around, infinitely many without one; raise its error when it is over."""
    end = _end.get()
    left = end.at - time.monotonic()
    if left < 0:
        raise end.late()
    return left


def check_deadline() -> None:
    """Raise the error of the `deadline` around when its time is over: RenderTimeout, or what it names."""
    end = _end.get()
    if time.monotonic() > end.at:
        raise end.late()
