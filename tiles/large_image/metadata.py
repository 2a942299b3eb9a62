"""Describe an image in large-image's words: levels, sizes, bounds, bands, frames."""

import math
from typing import Any

import numpy as np

from tiles.geo.cf_axes import geographic_system
from tiles.geo.extent import native_cell_size
from tiles.geo.grids import WGS84, Grid
from tiles.sources.description import crs_name, json_ready
from tiles.sources.protocol import Source

# Metres in a degree of the equator.
DEGREE_METRES = 111_319.49
_COLORS = {1: ("gray",), 2: ("gray", "alpha"), 3: ("red", "green", "blue"), 4: ("red", "green", "blue", "alpha")}


def levels(source: Source, grid: Grid) -> int:
    """Count the zoom levels until a tile's cells are no larger than the image's pixels."""
    if grid.is_pixels:
        return grid.maxzoom + 1
    cell, first = native_cell_size(source, grid), grid.matrices[0]
    return min(grid.maxzoom, max(0, math.ceil(math.log2(first.cell_size / cell) - 1e-9))) + 1


def metadata(source: Source, grid: Grid) -> dict[str, Any]:
    """Describe the image as `getMetadata` of large-image's tile source does, with the values' real type."""
    count = levels(source, grid)
    size = grid.matrices[0].tile_size
    world = size * 2 ** (count - 1)
    across = (source.width, source.height) if grid.is_pixels else (world, world)
    document: dict[str, Any] = {
        "levels": count,
        "sizeX": across[0],
        "sizeY": across[1],
        "tileWidth": size,
        "tileHeight": size,
        "magnification": None,
        "mm_x": None,
        "mm_y": None,
        "dtype": str(source.dtype),
        "bandCount": source.band_count,
        "geospatial": source.is_geospatial,
    }
    document["frames"] = False
    document |= {name: found for name in _SLIDE_KEYS if (found := source.metadata.get(name)) is not None}
    if not source.is_geospatial:
        return document if source.metadata else document | {"bands": bands(source)}
    return document | {
        "mm_x": pixel_metres(source)[0] * 1000,
        "mm_y": pixel_metres(source)[1] * 1000,
        "sourceLevels": source.pixel_grid.maxzoom + 1,
        "sourceSizeX": source.width,
        "sourceSizeY": source.height,
        "bounds": degrees(source),
        "sourceBounds": source_bounds(source),
        "projection": None if grid.is_pixels else _name(grid),
        "bands": bands(source),
    }


# Of slides: their scale and planes.
_SLIDE_KEYS = ("magnification", "mm_x", "mm_y", "frames", "IndexRange", "IndexStride", "channels", "channelmap")


def _name(grid: Grid) -> str:
    return grid.crs if grid.crs.startswith("EPSG:") else grid.identifier


def pixel_metres(source: Source) -> tuple[float, float]:
    """Return about how many metres the middle pixel is wide and high on the ground."""
    column, row = source.width / 2, source.height / 2
    x, y = source.reference(WGS84).to_coordinates(np.array([column, column + 1, column]), np.array([row, row, row + 1]))
    east, north = np.diff(x[[0, 1]])[0], np.diff(y[[0, 1]])[0]
    right, down = x[2] - x[0], y[2] - y[0]
    shrink = math.cos(math.radians(float(y[0]))) if np.isfinite(y[0]) else math.nan
    sizes = [float(math.hypot(dx * shrink, dy) * DEGREE_METRES) for dx, dy in ((east, north), (right, down))]
    return sizes[0], sizes[1]


def degrees(source: Source) -> dict[str, Any] | None:
    """Return the corners in degrees and the box around them; None where a corner has no coordinates."""
    return _bounds(source, WGS84, "EPSG:4326")


def source_bounds(source: Source) -> dict[str, Any] | None:
    if not source.wkt:
        return None
    return _bounds(
        source,
        Grid("source", source.wkt, ()),
        crs_name(source.dataset.GetSpatialRef() or geographic_system(source.dataset)),
    )


def bounds_in(source: Source, code: str) -> dict[str, Any] | None:
    """Return the corners in the system of a code, such as EPSG:3857, and the box around them."""
    return _bounds(source, Grid(code, code, ()), code)


def _bounds(source: Source, grid: Grid, srs: str) -> dict[str, Any] | None:
    columns = np.array([0.0, 0.0, source.width, source.width])
    rows = np.array([source.height, 0.0, source.height, 0.0])
    x, y = source.reference(grid).to_coordinates(columns, rows)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return None
    names = ("ll", "ul", "lr", "ur")
    corners: dict[str, Any] = {name: {"x": a, "y": b} for name, a, b in zip(names, x.tolist(), y.tolist(), strict=True)}
    edges = {"xmin": float(x.min()), "xmax": float(x.max()), "ymin": float(y.min()), "ymax": float(y.max())}
    return corners | edges | {"srs": srs}


def bands(source: Source) -> dict[int, dict[str, Any]]:
    """Describe every band by its index from 1: statistics of the raw values, and what it shows."""
    return {index: band(source, index) for index in range(1, source.band_count + 1)}


def band(source: Source, index: int) -> dict[str, Any]:
    """Describe one band. Raises InvalidParameter when there is none."""
    described = source.describe_band(index)
    scaling = source.scaling(index)
    if scaling is None:
        names = _COLORS.get(source.band_count, ())
        return {"interpretation": names[index - 1] if names else "gray"}
    document: dict[str, Any] = {}
    if found := source.band_statistics(index):
        document = {"min": found.minimum, "max": found.maximum, "mean": found.mean, "stdev": found.stddev}
    document |= {"scale": scaling[0], "offset": scaling[1]}
    if isinstance(described["nodata"], int | float):
        document["nodata"] = described["nodata"]
    return document | {"interpretation": described["interpretation"]}


def frames(source: Source) -> dict[str, Any]:
    """List the channels or bands of each frame, for a control that chooses among them."""
    planes = source.metadata.get("frames")
    if not planes:
        names = [(index, band(source, index)["interpretation"]) for index in range(1, source.band_count + 1)]
        shown = [{"index": index, "frame": None, "name": name} for index, name in names]
        return {"frames": [{"frame": "Frame null", "bands": shown}]}
    return {
        "frames": [
            {
                "frame": f"Frame {plane['Frame']}",
                "bands": [{"index": plane["Index"], "frame": plane["Frame"], "name": plane.get("Name", "")}],
            }
            for plane in planes
        ]
    }


def internal_metadata(source: Source) -> dict[str, Any]:
    """Return what the file itself says, with the bounds of what is on Earth."""
    document = json_ready(source.internal_metadata) | {"geospatial": source.is_geospatial, "frames": False}
    if not source.metadata:
        document["bounds"] = degrees(source) if source.is_geospatial else None
    return dict(document)
