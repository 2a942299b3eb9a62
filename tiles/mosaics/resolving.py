"""Resolve what all tiles of a mosaic have in common (bands, stretch, colors) by looking at some of its images."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from tiles.errors import InvalidParameter, TilesError, UnsupportedOperation
from tiles.mosaics.members import ATTEMPTS, BROKEN, Images
from tiles.mosaics.selection import SELECTIONS
from tiles.rendering.composite import composite_ranges
from tiles.sources.raster import RasterSource
from tiles.sources.registry import Source, open_source
from tiles.sources.statistics import BandStatistics
from tiles.sources.stores import reading
from tiles.styling.resolving import resolve_style
from tiles.styling.style import Style

# Values of a count that isn't rescaled: black for none, white for so many.
COUNT_RANGE = (0.0, 10.0)
# Buckets of the common histogram while percentiles are looked up: images may lie far apart in brightness.
FINE_BUCKETS = 4096


@dataclass(frozen=True, slots=True)
class ResolvedMosaic:
    """Hold the style that all tiles of a mosaic are painted in. ``ranges``: empty when values are colors already."""

    style: Style
    selection: str
    ranges: tuple[tuple[float, float], ...]
    palette: npt.NDArray[np.uint8] | None = None

    @property
    def canonical(self) -> tuple[object, ...]:
        return self.style.canonical, self.selection, self.ranges, self.palette is not None


def resolve_mosaic(samples: Sequence[Images], *, style: Style, selection: str) -> ResolvedMosaic:
    """Resolve bands and stretch by some of the members: from their stored statistics, else from the first that opens.

    Raises what opening an image does, InvalidParameter for bands that it doesn't have.
    """
    if style.algorithm and selection == "count":
        raise InvalidParameter(
            f"algorithm={style.algorithm.name} is of heights, which pixel_selection=count has none of"
        )
    failure: TilesError | None = None
    for number in range(min(len(samples), ATTEMPTS)):
        try:
            return _resolve_by(samples[number:], style=style, selection=selection)
        except (*BROKEN, UnsupportedOperation) as error:
            failure = error
    raise failure or InvalidParameter("A mosaic has at least one image")


def _resolve_by(samples: Sequence[Images], *, style: Style, selection: str) -> ResolvedMosaic:
    """Resolve by the stored statistics of all samples, and by opening the first of them for the rest."""
    with open_aside(pooled(samples)) as sources:
        return _resolve_opened(sources, style=style, selection=selection)


@contextmanager
def open_aside(refs: Images) -> Iterator[tuple[Source, ...]]:
    """Open images aside from those that are kept open, and within the bulkheads of their stores."""
    with ExitStack() as around:
        for ref in refs:
            around.enter_context(reading(ref.location))
        yield tuple(open_source(ref) for ref in refs)


def _resolve_opened(sources: tuple[Source, ...], *, style: Style, selection: str) -> ResolvedMosaic:
    shared_style, palette = style, None
    if len(sources) > 1:
        ranges = composite_ranges(sources, style=style)
    else:
        raster = placed_raster(sources[0])
        resolved = resolve_style(raster, style)
        ranges, palette = resolved.ranges, resolved.palette
        shared_style = style if resolved.expression else replace(style, indexes=resolved.indexes)
    if palette is not None and not SELECTIONS[selection].for_palettes:
        raise InvalidParameter(f"pixel_selection can't be {selection}: the colors of a table have no order")
    if selection == "count":
        ranges, palette = style.rescale or (COUNT_RANGE,), None
    return ResolvedMosaic(style=shared_style, selection=selection, ranges=ranges, palette=palette)


def pooled(samples: Sequence[Images]) -> Images:
    """Return the first member's images, each with the pooled statistics of that image of all members."""
    return tuple(
        replace(ref, statistics=_pool([each[number].statistics for each in samples if number < len(each)]))
        for number, ref in enumerate(samples[0])
    )


def _pool(found: list[tuple[BandStatistics | None, ...]]) -> tuple[BandStatistics | None, ...]:
    bands = []
    for number in range(max(map(len, found))):
        known = [one[number] for one in found if len(one) > number]
        stored = [one for one in known if one is not None]
        bands.append(pool_statistics(stored) if stored else None)
    return tuple(bands)


def placed(source: Source) -> Source:
    """Return the image. Raises UnsupportedOperation for one without a place on Earth."""
    if not source.is_geospatial:
        raise UnsupportedOperation("A mosaic is made of images that have a place on Earth")
    return source


def placed_raster(source: Source) -> RasterSource:
    """Return the image as a raster of GDAL. Raises UnsupportedOperation for one without a place on Earth."""
    return placed(source).raster


def pool_statistics(found: Sequence[BandStatistics]) -> BandStatistics:
    """Pool statistics of several images, exact to a bucket's width; each image weighs by its sampled pixels."""
    weights = np.array([max(1, sum(one.histogram_counts)) for one in found], np.float64)
    weights /= weights.sum()
    low, high = min(one.minimum for one in found), max(one.maximum for one in found)
    mean = float(np.dot(weights, [one.mean for one in found]))
    squares = float(np.dot(weights, [one.stddev**2 + (one.mean - mean) ** 2 for one in found]))
    edges = np.linspace(low, high if high > low else low + 1, FINE_BUCKETS + 1)
    shares = np.sum([weight * _shares(one, edges) for weight, one in zip(weights, found, strict=True)], axis=0)
    percentiles = np.interp((0.02, 0.98), shares, edges)
    buckets = len(found[0].histogram_counts) or 1
    counts = np.diff(np.interp(np.linspace(edges[0], edges[-1], buckets + 1), edges, shares))
    pixels = sum(sum(one.histogram_counts) for one in found)
    return BandStatistics(
        minimum=low,
        maximum=high,
        mean=mean,
        stddev=squares**0.5,
        percentile_2=float(percentiles[0]),
        percentile_98=float(percentiles[1]),
        histogram_counts=tuple(int(count) for count in np.rint(counts * pixels)),
        histogram_min=float(edges[0]),
        histogram_max=float(edges[-1]),
        valid_percent=float(np.dot(weights, [one.valid_percent for one in found])),
    )


def _shares(one: BandStatistics, edges: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the share of an image's pixels below each edge, by its histogram."""
    counts = np.cumsum((0, *one.histogram_counts), dtype=np.float64)
    own = np.linspace(one.histogram_min, one.histogram_max, len(counts))
    return np.asarray(np.interp(edges, own, counts / max(1.0, counts[-1]), left=0.0, right=1.0))
