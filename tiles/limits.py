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


_ends: ContextVar[float] = ContextVar("ends", default=float("inf"))


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Have `check_deadline` raise within this block once so many seconds are over."""
    token = _ends.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends.reset(token)


def check_deadline() -> None:
    """Raise RenderTimeout when the time of the `deadline` around is over."""
    if time.monotonic() > _ends.get():
        raise RenderTimeout("Rendering takes too long here; zoom in, or try again later")
