"""Facts about an image as JSON-ready dictionaries: extents, zooms, bands, statistics."""

import math
from typing import Any

import numpy as np
from osgeo import gdal

from tiles.geo.grids import Box, Grid, web_mercator
from tiles.slides.source import SlideSource
from tiles.sources.raster import RasterSource
from tiles.sources.registry import Source
from tiles.sources.statistics import BandStatistics
from tiles.sources.subdatasets import subdatasets
from tiles.styling.resolving import known_statistics

WGS84 = Grid("WGS84", "OGC:CRS84", (), period=360.0)
TILE_SIZE = 256
# Domains of GDAL's metadata that name files and servers, or repeat whole documents.
PRIVATE_DOMAINS = ("DERIVED_SUBDATASETS", "SUBDATASETS", "xml:VRT", "xml:ESRI")
# Control points that are listed.
MAX_GCPS = 1000
# Degrees beyond which Web Mercator has no tiles.
MERCATOR_LATITUDE = 85.0511287798066


def geographic_bounds(source: RasterSource) -> Box:
    """West, south, east, north in degrees; the whole round for an image across the antimeridian."""
    boxes = source.coverage(WGS84)
    if not boxes:
        return (-180.0, -90.0, 180.0, 90.0)
    west, east = min(box[0] for box in boxes), max(box[2] for box in boxes)
    south, north = min(box[1] for box in boxes), max(box[3] for box in boxes)
    if east > 180 or west < -180:
        west, east = -180.0, 180.0
    return max(-180.0, west), max(-90.0, south), min(180.0, east), min(90.0, north)


def zoom_range(source: Source, grid: Grid) -> tuple[int, int]:
    """The zoom at which the image is about one tile, and the one whose cells are nearest to its pixels in size."""
    if grid.is_pixels:
        return 0, grid.maxzoom
    assert isinstance(source, RasterSource)
    size = native_cell_size(source, grid)
    cells = [matrix.cell_size for matrix in grid.matrices]
    nearest = min(range(len(cells)), key=lambda z: abs(math.log(cells[z] / size)))
    levels = max(0, math.ceil(math.log2(max(source.width, source.height) / TILE_SIZE)))
    return grid.minzoom + max(0, nearest - levels), grid.minzoom + nearest


def native_cell_size(source: RasterSource, grid: Grid) -> float:
    """CRS units across one pixel in the middle of the image, or wherever around it there are coordinates."""
    for share in (0.5, 0.4, 0.6, 0.25, 0.75):
        column, row = source.width * share, source.height * share
        columns = np.array([column, column + 1, column])
        rows = np.array([row, row, row + 1])
        x, y = source.reference(grid).to_coordinates(columns, rows)
        steps = np.hypot(x[1:] - x[0], y[1:] - y[0])
        if np.isfinite(steps).all() and steps.min() > 0:
            return float(steps.min())
    west, _, east, _ = geographic_bounds(source)
    return max(1e-9, (east - west) / source.width * 111_320)


def describe(source: Source) -> dict[str, Any]:
    """Size, format, place and bands of an image."""
    if isinstance(source, SlideSource):
        return _describe_slide(source)
    document: dict[str, Any] = {
        "driver": source.dataset.GetDriver().ShortName,
        "subdatasets": list(subdatasets(source.ref)),
        "geospatial": source.is_geospatial,
        "width": source.width,
        "height": source.height,
        "count": source.band_count,
        "dtype": source.band(1).type_name.lower(),
        "overviews": [width for width, _ in source.level_sizes[1:]],
        "blocksize": list(source.dataset.GetRasterBand(1).GetBlockSize()),
    }
    grid = web_mercator() if source.is_geospatial else source.pixel_grid
    document["minzoom"], document["maxzoom"] = zoom_range(source, grid)
    if source.is_geospatial:
        document["bounds"] = list(geographic_bounds(source))
        document["georeferencing"] = source.method
        srs = source.dataset.GetSpatialRef() or source.dataset.GetGCPSpatialRef()
        if srs is not None:
            document["crs"] = crs_name(srs)
    return document


def crs_name(srs: Any) -> str:
    """``EPSG:32618``, or WKT for a CRS that no authority numbers."""
    authority, code = srs.GetAuthorityName(None), srs.GetAuthorityCode(None)
    return f"{authority}:{code}" if authority and code else str(srs.ExportToWkt())


def _describe_slide(source: SlideSource) -> dict[str, Any]:
    found = source.metadata
    return {
        "driver": source.reader,
        "geospatial": False,
        "width": source.width,
        "height": source.height,
        "count": source.band_count,
        "dtype": str(source.dtype),
        "levels": found.get("levels"),
        **source.describe(),
        "minzoom": 0,
        "maxzoom": source.pixel_grid.maxzoom,
    }


def describe_bands(source: Source) -> list[dict[str, Any]]:
    if isinstance(source, SlideSource):
        return [{"index": i + 1, "dtype": str(source.dtype)} for i in range(source.band_count)]
    return [_describe_band(source, index) for index in range(1, source.band_count + 1)]


def _describe_band(source: RasterSource, index: int) -> dict[str, Any]:
    band = source.band(index)
    nodata = band.nodata
    return {
        "index": index,
        "description": band.description,
        "dtype": band.type_name.lower(),
        # JSON has neither NaN nor infinity.
        "nodata": nodata if nodata is None or math.isfinite(nodata) else str(nodata),
        "interpretation": gdal.GetColorInterpretationName(band.interpretation).lower(),
        "scale": band.scale,
        "offset": band.offset,
        "unit": band.unit,
    }


def describe_internals(source: Source) -> dict[str, Any]:
    """What the file says of itself, as its reader has it: never where it lies."""
    if isinstance(source, SlideSource):
        return {"driver": source.reader, "metadata": json_ready(source.internal_metadata)}
    dataset = source.dataset
    domains = [domain for domain in dataset.GetMetadataDomainList() or [] if domain not in PRIVATE_DOMAINS]
    srs = dataset.GetSpatialRef() or dataset.GetGCPSpatialRef()
    return {
        "driver": dataset.GetDriver().ShortName,
        "driver_name": dataset.GetDriver().LongName,
        "size": [source.width, source.height],
        "geotransform": list(dataset.GetGeoTransform(can_return_null=True) or ()) or None,
        "wkt": srs.ExportToWkt() if srs else None,
        "gcps": [json_ready(_describe_gcp(gcp)) for gcp in dataset.GetGCPs()[:MAX_GCPS]],
        "metadata": {domain or "default": json_ready(dataset.GetMetadata(domain)) for domain in domains},
        "bands": [_band_internals(source, index) for index in range(1, source.band_count + 1)],
    }


def _describe_gcp(gcp: Any) -> dict[str, float]:
    return {"column": gcp.GCPPixel, "row": gcp.GCPLine, "x": gcp.GCPX, "y": gcp.GCPY, "z": gcp.GCPZ}


def _band_internals(source: RasterSource, index: int) -> dict[str, Any]:
    band = source.dataset.GetRasterBand(index)
    overviews = [band.GetOverview(i) for i in range(band.GetOverviewCount())]
    return {
        **_describe_band(source, index),
        "blocksize": list(band.GetBlockSize()),
        "overviews": [[overview.XSize, overview.YSize] for overview in overviews if overview],
        "categories": band.GetCategoryNames(),
        "metadata": json_ready(band.GetMetadata()),
    }


def json_ready(value: Any) -> Any:
    """The same with what JSON can't hold as text: NaN, bytes, objects of readers."""
    if isinstance(value, dict):
        return {str(key): json_ready(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [json_ready(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    # Bytes that are no text come from GDAL as lone surrogates.
    return str(value).encode("utf-8", "replace").decode()


def describe_frames(source: Source) -> dict[str, Any]:
    """Frames and their bands, in large-image's words."""
    found: list[dict[str, Any]] = [{}]
    if isinstance(source, SlideSource):
        found = json_ready(source.metadata.get("frames")) or found
        bands = [{"index": i + 1, "interpretation": None} for i in range(source.band_count)]
    else:
        bands = describe_bands(source)
    frames = [{"Frame": number, "Index": number, **frame, "bands": bands} for number, frame in enumerate(found)]
    return {"frames": frames, "count": len(frames)}


def describe_statistics(source: Source, indexes: tuple[int, ...]) -> dict[str, Any]:
    """By band name ``b1``…; None for a band without valid pixels."""
    if isinstance(source, SlideSource):
        return {f"b{i + 1}": _statistics(found) for i, found in enumerate(source.statistics)}
    chosen = indexes or tuple(range(1, min(source.band_count, 16) + 1))
    return {f"b{index}": _statistics(known_statistics(source, index)) for index in chosen if source.band(index)}


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
