"""Describe an image in JSON-ready dictionaries: size, place, bands, statistics, what its file says of itself."""

import math
from typing import Any

from osgeo import gdal

from tiles.geo.extent import geographic_bounds, zoom_range
from tiles.geo.grids import web_mercator
from tiles.slides.source import SlideSource
from tiles.sources.raster import RasterSource
from tiles.sources.registry import Source
from tiles.sources.statistics import BandStatistics
from tiles.sources.subdatasets import subdatasets
from tiles.styling.resolving import known_statistics

# Domains of GDAL's metadata that name files and servers, or repeat whole documents.
PRIVATE_DOMAINS = ("DERIVED_SUBDATASETS", "SUBDATASETS", "xml:VRT", "xml:ESRI")
# Control points that are listed.
MAX_GCPS = 1000


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
