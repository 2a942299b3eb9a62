"""What large-image says of an image, in its words: levels, sizes, bounds, bands, frames."""

import math
from typing import Any

import numpy as np
from osgeo import gdal

from tiles.geo.extent import native_cell_size
from tiles.geo.grids import WGS84, Grid
from tiles.regions.description import json_ready
from tiles.slides.source import SlideSource
from tiles.sources.raster import RasterSource
from tiles.sources.registry import Source
from tiles.styling.resolving import known_statistics

# Metres in a degree of the equator.
DEGREE_METRES = 111_319.49
_GDAL_TYPES = {"Byte": "uint8", "CInt16": "complex64", "CInt32": "complex64", "CFloat32": "complex64"}
_COLORS = {1: ("gray",), 2: ("gray", "alpha"), 3: ("red", "green", "blue"), 4: ("red", "green", "blue", "alpha")}


def levels(source: Source, grid: Grid) -> int:
    """Zoom levels until a tile's cells are no larger than the image's pixels."""
    if grid.is_pixels or not isinstance(source, RasterSource):
        return grid.maxzoom + 1
    cell, first = native_cell_size(source, grid), grid.matrices[0]
    return min(grid.maxzoom, max(0, math.ceil(math.log2(first.cell_size / cell) - 1e-9))) + 1


def metadata(source: Source, grid: Grid) -> dict[str, Any]:
    """`getMetadata` of large-image's tile source, with the type that the values really have."""
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
        "dtype": dtype(source),
        "bandCount": source.band_count,
        "geospatial": source.is_geospatial,
    }
    if isinstance(source, SlideSource):
        scale = {name: source.metadata.get(name) for name in ("magnification", "mm_x", "mm_y")}
        planes = {name: source.metadata[name] for name in _FRAME_KEYS if name in source.metadata}
        return document | scale | {"frames": False} | planes
    document["frames"] = False
    if not source.is_geospatial:
        return document | {"bands": bands(source)}
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


_FRAME_KEYS = ("frames", "IndexRange", "IndexStride", "channels", "channelmap")


def _name(grid: Grid) -> str:
    return grid.crs if grid.crs.startswith("EPSG:") else grid.identifier


def dtype(source: Source) -> str:
    if isinstance(source, SlideSource):
        return str(source.dtype)
    name = source.band(1).type_name
    return _GDAL_TYPES.get(name, "complex128" if name == "CFloat64" else name.lower())


def pixel_metres(source: RasterSource) -> tuple[float, float]:
    """Width and height of the middle pixel on the ground, about."""
    column, row = source.width / 2, source.height / 2
    x, y = source.reference(WGS84).to_coordinates(np.array([column, column + 1, column]), np.array([row, row, row + 1]))
    east, north = np.diff(x[[0, 1]])[0], np.diff(y[[0, 1]])[0]
    right, down = x[2] - x[0], y[2] - y[0]
    shrink = math.cos(math.radians(float(y[0]))) if np.isfinite(y[0]) else math.nan
    sizes = [float(math.hypot(dx * shrink, dy) * DEGREE_METRES) for dx, dy in ((east, north), (right, down))]
    return sizes[0], sizes[1]


def degrees(source: RasterSource) -> dict[str, Any] | None:
    """The corners in degrees and the box round them; None where a corner has no coordinates."""
    return _bounds(source, WGS84, "EPSG:4326")


def source_bounds(source: RasterSource) -> dict[str, Any] | None:
    srs = source.dataset.GetSpatialRef()
    if srs is None or source.method != "GEOTRANSFORM":
        return None
    authority, code = srs.GetAuthorityName(None), srs.GetAuthorityCode(None)
    own = Grid("source", srs.ExportToWkt(), ())
    return _bounds(source, own, f"{authority}:{code}" if authority and code else own.crs)


def _bounds(source: RasterSource, grid: Grid, srs: str) -> dict[str, Any] | None:
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
    """By index from 1: statistics of the raw values and what the band shows."""
    return {index: band(source, index) for index in range(1, source.band_count + 1)}


def band(source: Source, index: int) -> dict[str, Any]:
    """One band. Raises InvalidParameter when there is none."""
    if isinstance(source, SlideSource):
        source.check_band(index)
        names = _COLORS.get(source.band_count, ())
        return {"interpretation": names[index - 1] if names else "gray"}
    facts = source.band(index)
    found = known_statistics(source, index)
    document: dict[str, Any] = {}
    if found:
        document = {"min": found.minimum, "max": found.maximum, "mean": found.mean, "stdev": found.stddev}
    document |= {"scale": facts.scale, "offset": facts.offset}
    if facts.nodata is not None and math.isfinite(facts.nodata):
        document["nodata"] = facts.nodata
    return document | {"interpretation": gdal.GetColorInterpretationName(facts.interpretation).lower()}


def frames(source: Source) -> dict[str, Any]:
    """Lists of channels or bands by frame, for a control that chooses among them."""
    planes = source.metadata.get("frames") if isinstance(source, SlideSource) else None
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
    """What the file itself says."""
    if isinstance(source, SlideSource):
        return {**json_ready(source.internal_metadata), "geospatial": False, "frames": False}
    dataset = source.dataset
    driver, srs = dataset.GetDriver(), dataset.GetSpatialRef()
    return {
        "driverShortName": driver.ShortName,
        "driverLongName": driver.LongName,
        "RasterXSize": source.width,
        "RasterYSize": source.height,
        "GeoTransform": list(dataset.GetGeoTransform()),
        "Projection": srs.ExportToWkt() if srs else "",
        "GCPProjection": dataset.GetGCPProjection() or "",
        "Metadata": dataset.GetMetadata(),
        "IMAGE_STRUCTURE": dataset.GetMetadata("IMAGE_STRUCTURE"),
        "geospatial": source.is_geospatial,
        "bounds": degrees(source) if source.is_geospatial else None,
        "frames": False,
    }
