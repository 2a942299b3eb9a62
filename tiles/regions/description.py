"""Describe an image in JSON-ready dictionaries: size, place, bands, statistics, what its file says of itself."""

from typing import Any

from tiles.geo.extent import geographic_bounds, zoom_range
from tiles.geo.grids import web_mercator
from tiles.geo.longitudes import document_box
from tiles.sources.description import crs_name, json_ready
from tiles.sources.protocol import Source
from tiles.sources.statistics import BandStatistics

__all__ = [
    "crs_name",
    "describe",
    "describe_bands",
    "describe_frames",
    "describe_internals",
    "describe_statistics",
    "json_ready",
]

# Bands whose statistics are told unless some are named.
MOST_BANDS = 16


def describe(source: Source) -> dict[str, Any]:
    """Describe size, format, place and bands of an image."""
    document = source.describe()
    grid = web_mercator() if source.is_geospatial else source.pixel_grid
    document["minzoom"], document["maxzoom"] = zoom_range(source, grid)
    if source.is_geospatial:
        document["bounds"] = list(document_box(geographic_bounds(source)))
    return document


def describe_bands(source: Source) -> list[dict[str, Any]]:
    """Describe each band: its type and what its values mean."""
    return [source.describe_band(index) for index in range(1, source.band_count + 1)]


def describe_internals(source: Source) -> dict[str, Any]:
    """Describe what the file says of itself, as its reader has it: never where it lies."""
    return source.describe_internals()


def describe_frames(source: Source) -> dict[str, Any]:
    """List frames and their bands, in large-image's words."""
    found = source.describe_frames()
    frames = [{"Frame": number, "Index": number, **frame} for number, frame in enumerate(found)]
    return {"frames": frames, "count": len(frames)}


def describe_statistics(source: Source, indexes: tuple[int, ...]) -> dict[str, Any]:
    """Return statistics by band name, ``b1``…; None for a band without valid pixels. Raises InvalidParameter."""
    chosen = indexes or tuple(range(1, min(source.band_count, MOST_BANDS) + 1))
    for index in chosen:
        source.check_band(index)
    return {f"b{index}": _statistics(source.band_statistics(index)) for index in chosen}


def _statistics(found: BandStatistics | None) -> dict[str, Any] | None:
    if found is None:
        return None
    step = (found.histogram_max - found.histogram_min) / max(1, len(found.histogram_counts))
    edges = [found.histogram_min + i * step for i in range(len(found.histogram_counts) + 1)]
    return {
        "min": found.minimum,
        "max": found.maximum,
        "mean": found.mean,
        "std": found.stddev,
        "percentile_2": found.percentile_2,
        "percentile_98": found.percentile_98,
        "valid_percent": found.valid_percent,
        "histogram": [list(found.histogram_counts), edges],
    }
