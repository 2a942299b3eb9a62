"""Compute which share of each pixel lies within a polygon: exact areas, not a test of centres.

The signed-area accumulation of font rasterizers: every edge adds, to the pixels of its row, the area between itself and
the right end of the row; edges downwards count positive, upwards negative, so what is left after the sum along a row is
the area inside. Cost goes with the pixels that edges touch, whatever lies between them.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from tiles.errors import TooLarge
from tiles.limits import check_deadline

Floats = npt.NDArray[np.float64]

# Pieces of edges, one a pixel touched, that are worked on at a time: some 100 MB.
CHUNK_PIECES = 2**20
# Pieces of one polygon. Only zigzags that cross the image thousands of times have more.
MAX_PIECES = 64 * 2**20
# Sums of areas are this exact; less than that is nothing.
EPSILON = 1e-9


def coverage_fractions(rings: Sequence[Floats], *, width: int, height: int) -> Floats:
    """Return the shares 0-1 of pixels (rows, columns) within closed ``rings`` of (columns, rows), each (points, 2).

    Outer rings run one way round and holes the other, as `oriented_rings` returns them. Raises TooLarge.
    """
    row_length = width + 1
    sums = np.zeros(height * row_length)
    for edges in _chunks(_edges(rings, width=width, height=height)):
        check_deadline()
        places, areas = _areas(edges, row_length=row_length)
        sums += np.bincount(places, areas, minlength=sums.size)
    totals = np.cumsum(sums.reshape(height, row_length), axis=1)[:, :width]
    shares: Floats = np.clip(np.abs(totals), 0, 1)
    shares[shares < EPSILON] = 0
    shares[shares > 1 - EPSILON] = 1
    return shares


def oriented_rings(rings: Sequence[Floats], *, hole: Sequence[bool]) -> list[Floats]:
    """Turn outer rings to positive area, holes to negative."""
    return [
        ring[::-1] if (_signed_area(ring) < 0) != is_hole else ring for ring, is_hole in zip(rings, hole, strict=True)
    ]


def _signed_area(ring: Floats) -> float:
    x, y = ring[:, 0] - ring[0, 0], ring[:, 1] - ring[0, 1]
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2)


def _edges(rings: Sequence[Floats], *, width: int, height: int) -> Floats:
    """Return (edges, 4) as x0, y0, x1, y1 within the window; what lies left of it is moved onto its left side."""
    pairs = [np.hstack([ring[:-1], ring[1:]]) for ring in rings]
    edges = _clip(np.concatenate(pairs) if pairs else np.zeros((0, 4)), axis=1, low=0, high=height)
    beyond = np.minimum(edges[:, 0], edges[:, 2]) < 0
    left = _clip(edges[beyond], axis=0, low=-np.inf, high=0)
    left[:, [0, 2]] = 0
    return np.concatenate([left, _clip(edges, axis=0, low=0, high=width)])


def _clip(edges: Floats, *, axis: int, low: float, high: float) -> Floats:
    """Return the parts of the edges between two lines across ``axis`` (0: x, 1: y)."""
    first, last = edges[:, axis], edges[:, axis + 2]
    seen = (np.maximum(first, last) >= low) & (np.minimum(first, last) <= high)
    edges, first, last = edges[seen], first[seen], last[seen]
    span = np.where(first == last, 1.0, last - first)
    bounds = np.sort(np.stack([(low - first) / span, (high - first) / span]), axis=0)
    flat = first == last
    start, end = (np.where(flat, value, np.clip(bound, 0, 1)) for value, bound in zip((0.0, 1.0), bounds, strict=True))
    other = 1 - axis
    out = np.empty_like(edges)
    for column, share in ((0, start), (2, end)):
        out[:, axis + column] = np.clip(first + share * (last - first), low, high)
        out[:, other + column] = edges[:, other] + share * (edges[:, other + 2] - edges[:, other])
    sloping: Floats = out[out[:, 1] != out[:, 3]]
    return sloping


def _chunks(edges: Floats) -> Iterator[Floats]:
    pieces = np.abs(edges[:, 2] - edges[:, 0]) + np.abs(edges[:, 3] - edges[:, 1]) + 3
    total = np.cumsum(pieces)
    if total.size and total[-1] > MAX_PIECES:
        raise TooLarge(f"The polygon's edges cross {total[-1]:,.0f} pixels; the limit is {MAX_PIECES:,}")
    start = 0
    while start < len(edges):
        before = total[start - 1] if start else 0.0
        end = max(start + 1, int(np.searchsorted(total, before + CHUNK_PIECES)))
        yield edges[start:end]
        start = end


def _areas(edges: Floats, *, row_length: int) -> tuple[npt.NDArray[np.intp], Floats]:
    """Return places in the flat window, and the area that each piece of an edge adds there."""
    x0, y0, x1, y1 = edges.T
    # Cut at each row …
    owner, rows, ya, yb = _cut(y0, y1)
    slope = (x1 - x0) / (y1 - y0)
    xa = x0[owner] + (ya - y0[owner]) * slope[owner]
    xb = x0[owner] + (yb - y0[owner]) * slope[owner]
    limit = row_length - 1.0
    xa, xb, height = np.clip(xa, 0, limit), np.clip(xb, 0, limit), yb - ya
    # … and those pieces at each column.
    piece, columns, ca, cb = _cut(xa, xb)
    length = xb - xa
    share = np.where(length[piece] == 0, 1.0, (cb - ca) / np.where(length == 0, 1.0, length)[piece])
    added = height[piece] * share
    beyond = (ca + cb) / 2 - columns
    columns = np.minimum(columns, row_length - 1)
    place = (rows[piece] * row_length + columns).astype(np.intp)
    # The last place of a row is beyond its last pixel, and takes what nobody sees.
    following = np.where(columns < row_length - 1, place + 1, place)
    return np.concatenate([place, following]), np.concatenate([added * (1 - beyond), added * beyond])


def _cut(start: Floats, end: Floats) -> tuple[npt.NDArray[np.intp], Floats, Floats, Floats]:
    """Cut intervals at whole numbers: whose each piece is, in which unit it lies, where it starts and ends."""
    low, high = np.minimum(start, end), np.maximum(start, end)
    first = np.floor(low)
    counts = np.maximum(1, np.ceil(high) - first).astype(np.intp)
    owner = np.repeat(np.arange(start.size), counts)
    position = np.arange(owner.size) - np.repeat(np.cumsum(counts) - counts, counts)
    unit = first[owner] + position
    a, b = np.maximum(low[owner], unit), np.minimum(high[owner], unit + 1)
    backwards = (start > end)[owner]
    return owner, unit, np.where(backwards, b, a), np.where(backwards, a, b)
