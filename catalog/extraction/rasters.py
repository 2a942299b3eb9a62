"""A raster that GDAL reads, described as part of an item: with its place on Earth, or in pixel space."""

import json
import math
import operator
import time
from contextlib import suppress
from datetime import datetime
from functools import lru_cache, partial
from itertools import repeat
from typing import Any

import numpy as np
from osgeo import gdal

from catalog.extraction.acquisition import (
    acquired,
    aperio_fields,
    day_in_name,
    parse_product_name,
    period,
    plausible,
    positive_number,
    written,
)
from catalog.extraction.integrity import check_pixels, damage
from catalog.extraction.result import Acquisition, Extraction, ExtractionError, Limits
from tiles.errors import SourceCorrupt
from tiles.geo.footprint import to_lonlat
from tiles.geo.georeference import has_affine, placing_system, spatial_reference
from tiles.geo.grids import WGS84
from tiles.sources.cubes import moments_of
from tiles.sources.description import pixel_micrometres
from tiles.sources.raster import RasterSource
from tiles.sources.statistics import BandStatistics
from tiles.sources.subdatasets import subdatasets
from tiles.sources.validity import STAC_NAMES

# The one version that has `proj:epsg`, which GDAL's STACIT, stackstac and others read, and `proj:code`, its successor.
PROJECTION_EXTENSION = "https://stac-extensions.github.io/projection/v1.2.0/schema.json"
RASTER_EXTENSION = "https://stac-extensions.github.io/raster/v2.0.0/schema.json"
EO_EXTENSION = "https://stac-extensions.github.io/eo/v2.0.0/schema.json"
# How an image is placed that has no affine transform, by GDAL's names.
MODELS = {"GCP_POLYNOMIAL": "gcps", "RPC": "rpc", "GEOLOC_ARRAY": "geolocation"}
# Percent from which a candidate of OSRFindMatches is worth comparing.
MATCH_CONFIDENCE = 70
SAME = ["CRITERION=EQUIVALENT", "IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES"]
# Coordinate systems whose names a process remembers.
KEPT_SYSTEMS = 256
# Metres, IUGG mean radius.
EARTH_RADIUS = 6_371_008.8
# Subdatasets of a file that an item lists.
LISTED = 64
# Characters up to which a band's description is a name.
SHORT_NAME = 32
STATISTICS = ("minimum", "maximum", "mean", "stddev", "percentile_2", "percentile_98", "valid_percent")
# Colour interpretations that have an `eo:common_name`.
COMMON_NAMES = {
    gdal.GCI_RedBand: "red",
    gdal.GCI_GreenBand: "green",
    gdal.GCI_BlueBand: "blue",
    gdal.GCI_YellowBand: "yellow",
}
# Formats without a way to the middle.
SEQUENTIAL = frozenset({"PNG", "GIF", "BIGGIF"})
GENERIC_NAMES = {"", "gray", "undefined", "palette"}
DRIVER_MEDIA_TYPES = {
    "JP2OpenJPEG": "image/jp2",
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "netCDF": "application/netcdf",
    "HDF5": "application/x-hdf5",
    "HDF5Image": "application/x-hdf5",
    "HDF4": "application/x-hdf",
    "HDF4Image": "application/x-hdf",
    "GRIB": "application/wmo-GRIB2",
    "GPKG": "application/geopackage+sqlite3",
    "MBTiles": "application/vnd.sqlite3",
    "Zarr": "application/vnd+zarr",
    "NITF": "application/vnd.nitf",
    "COG": "image/tiff; application=geotiff; profile=cloud-optimized",
}


def describe_raster(
    source: RasterSource, *, name: str, size: int, last_modified: datetime | None, media_type: str, limits: Limits
) -> Extraction:
    """Describe an open raster, once its pixels have proved to be there.

    Args:
        source: the raster, which has only to be opened.
        name: the file's own name.
        size: bytes of the file, 0 if unknown.
        last_modified: dates what nothing else does.
        media_type: as a server or uploader names it.
        limits: what reading may cost.

    Raises ExtractionError for damaged and oversized files.
    """
    dataset = source.dataset
    check_limits(dataset, name=name, limits=limits)
    check_pixels(dataset, name=name, size=size, limits=limits)
    end = time.monotonic() + limits.statistics_seconds
    try:
        bands = list(map(partial(describe_band, source, limits=limits, end=end), range(1, source.band_count + 1)))
    except SourceCorrupt:
        raise damage(dataset, name=name, size=size) from None
    footprint = source.footprint
    gsd = ground_sample_distance(source) if footprint else None
    acquisition, named = find_acquisition(source, name=name, last_modified=last_modified)
    stated = stated_properties(dataset, gsd=gsd, source=acquisition.source)
    full_type = media_type_of(dataset, georeferenced=footprint is not None, given=media_type)
    extensions = [PROJECTION_EXTENSION, RASTER_EXTENSION]
    if any(map(operator.contains, bands, repeat("eo:common_name"))):
        extensions.append(EO_EXTENSION)
    return Extraction(
        kind="geospatial" if footprint else "pixel",
        driver=source.driver,
        media_type=full_type,
        geometry=footprint.geometry if footprint else None,
        bbox=footprint.bbox if footprint else None,
        datetime=acquisition.moment,
        start_datetime=acquisition.start,
        end_datetime=acquisition.end,
        datetime_source=acquisition.source,
        properties={**projection_fields(source), **stated, **named},
        asset=asset_of(source, media_type=full_type, bands=bands, gsd=gsd),
        stac_extensions=extensions,
    )


def check_limits(dataset: Any, *, name: str, limits: Limits) -> None:
    """Raise ExtractionError `too_large` for a raster that can't be read in bounded memory."""
    width, height, bands = dataset.RasterXSize, dataset.RasterYSize, dataset.RasterCount
    if width > limits.side or height > limits.side or bands > limits.bands:
        raise ExtractionError("too_large", f"{name} says it has {width} x {height} pixels in {bands} bands.")
    if dataset.GetDriver().ShortName in SEQUENTIAL and width * height * bands > limits.sequential_pixels:
        raise ExtractionError(
            "too_large",
            f"{name} has {width} x {height} pixels in a format that is read from its beginning for each part. Rewrite "
            "it as a tiled TIFF.",
        )
    if not bands:
        return
    band = dataset.GetRasterBand(1)
    block_width, block_height = band.GetBlockSize()
    interleaved = bands if dataset.GetMetadataItem("INTERLEAVE", "IMAGE_STRUCTURE") == "PIXEL" else 1
    block_bytes = block_width * block_height * (gdal.GetDataTypeSize(band.DataType) // 8) * interleaved
    if block_bytes > limits.block_bytes:
        raise ExtractionError(
            "too_large",
            f"{name} keeps its pixels in blocks of {block_bytes // 2**20} MB; at most "
            f"{limits.block_bytes // 2**20} MB can be read. Rewrite it with tiles.",
        )


def projection_fields(source: RasterSource) -> dict[str, Any]:
    """Return the projection extension's fields: https://github.com/stac-extensions/projection (1.2)."""
    width, height = source.width, source.height
    fields: dict[str, Any] = {"proj:shape": [height, width]}
    srs = placing_system(source.dataset, source.method) if source.method else elsewhere(source.dataset)
    if srs is None:
        return fields
    fields |= reference_system(srs.ExportToWkt(["FORMAT=WKT2_2019"]))
    if source.method in MODELS:
        return fields | {"geodata:georeference": MODELS[source.method]}
    x0, dx, rx, y0, ry, dy = source.dataset.GetGeoTransform()
    columns, rows = np.array([0, width, 0, width]), np.array([0, 0, height, height])
    xs, ys = x0 + dx * columns + rx * rows, y0 + ry * columns + dy * rows
    fields["proj:transform"] = [dx, rx, x0, ry, dy, y0]
    fields["proj:bbox"] = [*map(float, (xs.min(), ys.min(), xs.max(), ys.max()))]
    return fields


def elsewhere(dataset: Any) -> Any | None:
    """Return the coordinate system of an image of another planet, which has no place on Earth; None of any other."""
    srs = dataset.GetSpatialRef()
    return srs if srs is not None and not srs.IsLocal() and has_affine(dataset) else None


@lru_cache(maxsize=KEPT_SYSTEMS)
def reference_system(wkt: str) -> dict[str, Any]:
    """Name a coordinate system by its code, also one that is spelled out without it, or write it out.

    Looked for once in a process: comparing with all that PROJ knows takes as long as reading a small file.
    """
    srs = spatial_reference(wkt)
    candidates = [(srs, 100)]
    with suppress(RuntimeError):
        candidates += [] if srs.GetAuthorityCode(None) else srs.FindMatches() or []
    for candidate, confidence in candidates:
        code = candidate.GetAuthorityCode(None)
        if code and confidence >= MATCH_CONFIDENCE and (candidate is srs or srs.IsSame(candidate, SAME)):
            named = {"proj:code": f"{candidate.GetAuthorityName(None)}:{code}"}
            is_epsg = candidate.GetAuthorityName(None) == "EPSG" and code.isdecimal()
            return named | ({"proj:epsg": int(code)} if is_epsg else {})
    try:
        return {"proj:code": None, "proj:projjson": json.loads(srs.ExportToPROJJSON())}
    except (RuntimeError, ValueError):
        return {"proj:code": None, "proj:wkt2": srs.ExportToWkt(["FORMAT=WKT2_2019"])}


def ground_sample_distance(source: RasterSource) -> float | None:
    """Return metres between neighbouring pixels at the image's centre, to four digits.

    Exact for projections in linear units, where the file's own number is what people look for. Mercator's, geographic
    and modelled ones are measured on a sphere (haversine), since their pixels differ from place to place.
    """
    srs = placing_system(source.dataset, source.method)
    is_affine = source.method == "GEOTRANSFORM"
    if is_affine and srs.IsProjected() and "Mercator_" not in (srs.GetAttrValue("PROJECTION") or ""):
        _, dx, rx, _, ry, dy = source.dataset.GetGeoTransform()
        return float(f"{math.sqrt(abs(dx * dy - rx * ry)) * srs.GetLinearUnits():.4g}")
    x, y = source.width / 2, source.height / 2
    step_x, step_y = min(1.0, x), min(1.0, y)
    pixels = np.array([[x, y], [x + step_x, y], [x, y + step_y]])
    here, right, down = to_lonlat(source.reference(WGS84), pixels)
    area = haversine(here, right) / step_x * haversine(here, down) / step_y
    return float(f"{math.sqrt(area):.4g}") if math.isfinite(area) and area > 0 else None


def haversine(a: Any, b: Any) -> float:
    """Return metres between two (longitude, latitude) in degrees, on the mean sphere."""
    (lon_a, lat_a), (lon_b, lat_b) = np.radians(a), np.radians(b)
    half = math.sin((lat_b - lat_a) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(half))


def find_acquisition(
    source: RasterSource, *, name: str, last_modified: datetime | None
) -> tuple[Acquisition, dict[str, Any]]:
    """Find when the image was taken, and what its product name tells beside.

    A name's date goes before the TIFF's own tag, which says when the file was written, often years later; so does a
    lone day in a name that follows no convention.
    """
    dataset = source.dataset
    # A Zarr's coordinates are arrays of their own, which GDAL's dataset of another one doesn't tell.
    steps = list(filter(None, map(plausible, moments_of(source.ref)))) if source.driver == "Zarr" else []
    product = parse_product_name(name)
    found = period(steps, "zarr-time") if steps else acquired(dataset)
    if found is None and product:
        found = product.acquisition
    if found is None and any(map(str.isdecimal, name)):
        found = day_in_name(name)
    found = found or written(dataset)
    fallback = Acquisition(last_modified, "file-modified" if last_modified else "unknown")
    return found or fallback, product.properties if product else {}


def stated_properties(dataset: Any, *, gsd: float | None, source: str) -> dict[str, Any]:
    """Return what an image's own metadata says of how it was taken; `source` is what dated it."""
    properties: dict[str, Any] = {"geodata:datetime_source": source}
    if fields := aperio_fields(dataset):
        if scale := positive_number(fields.get("MPP")):
            properties["geodata:pixel_size"] = [scale, scale]
        if magnification := positive_number(fields.get("AppMag")):
            properties["geodata:magnification"] = magnification
    elif gsd is None and (size := pixel_micrometres(dataset)):
        properties["geodata:pixel_size"] = [round(side, 6) for side in size]
    if gsd:
        properties["gsd"] = gsd
    if satellite := dataset.GetMetadataItem("SATELLITEID", "IMAGERY"):
        properties["platform"] = satellite.lower()
    try:
        clouds = float(dataset.GetMetadataItem("CLOUDCOVER", "IMAGERY") or math.nan)
    except ValueError:
        clouds = math.nan
    return properties | ({"eo:cloud_cover": clouds} if 0 <= clouds <= 100 else {})


def asset_of(
    source: RasterSource, *, media_type: str, bands: list[dict[str, Any]], gsd: float | None
) -> dict[str, Any]:
    """Return the asset: its type, its bands, and which of several variables of a file it is."""
    asset: dict[str, Any] = {"type": media_type, "roles": ["data"], "bands": bands, "geodata:driver": source.driver}
    if gsd:
        asset["raster:spatial_resolution"] = gsd
    ref, others = source.ref, []
    if ref.subdataset:
        # An item must not tell where its file lies.
        asset["geodata:subdataset"] = chosen = ref.subdataset.partition(f'"{ref.location}":')[2]
        others = [name for name in subdatasets(ref)[:LISTED] if not f"{chosen}:".startswith(f"{name}:")]
    elif subdatasets_of := source.dataset.GetSubDatasets()[:LISTED]:
        path = source.dataset.GetDescription()
        others = [full.replace(path, "").strip(":") for full, _ in subdatasets_of]
    return asset | ({"geodata:other_subdatasets": others} if others else {})


def media_type_of(dataset: Any, *, georeferenced: bool, given: str) -> str:
    """Return the type of what the file really is; `given`, as a server or uploader named it, where nobody knows."""
    driver = dataset.GetDriver().ShortName
    if driver == "GTiff":
        if not georeferenced:
            return "image/tiff"
        optimized = dataset.GetMetadataItem("LAYOUT", "IMAGE_STRUCTURE") == "COG"
        return "image/tiff; application=geotiff" + ("; profile=cloud-optimized" if optimized else "")
    return DRIVER_MEDIA_TYPES.get(driver) or given or "application/octet-stream"


def describe_band(source: RasterSource, index: int, *, limits: Limits, end: float = math.inf) -> dict[str, Any]:
    """Return a STAC 1.1 band with statistics and, for the first ones, a histogram. Raises SourceCorrupt.

    ``end``: by the monotonic clock, when there are no further statistics.
    """
    band, raw = source.band(index), source.dataset.GetRasterBand(index)
    color = gdal.GetColorInterpretationName(band.interpretation).lower()
    # For lists and formulas: the file's own name when it is short, else the color, else the number.
    short = band.description.strip() if len(band.description.strip()) <= SHORT_NAME else ""
    described: dict[str, Any] = {
        "name": short or (f"b{index}" if color in GENERIC_NAMES else color),
        "data_type": STAC_NAMES.get(band.type_name, "other"),
        "geodata:color_interpretation": color,
    }
    if description := band.description or raw.GetMetadataItem("long_name"):
        described["description"] = description
    if band.nodata is not None:
        described["nodata"] = json_number(band.nodata)
    if band.unit:
        described["unit"] = band.unit
    if common := COMMON_NAMES.get(band.interpretation):
        described["eo:common_name"] = common
    # Where they change anything.
    if band.scale != 1 and math.isfinite(band.scale):
        described["raster:scale"] = band.scale
    if band.offset != 0 and math.isfinite(band.offset):
        described["raster:offset"] = band.offset
    counted = index <= limits.described_bands and time.monotonic() < end
    if counted and (statistics := source.band_statistics(index)):
        described |= statistics_fields(statistics, with_histogram=index <= limits.histogram_bands)
    return described


def statistics_fields(statistics: BandStatistics, *, with_histogram: bool) -> dict[str, Any]:
    """Return STAC's statistics object, without what isn't finite, and the raster extension's histogram."""
    values = {}
    for name in STATISTICS:
        value = float(getattr(statistics, name))
        if math.isfinite(value):
            values[name] = value
    fields: dict[str, Any] = {"statistics": values}
    if with_histogram:
        fields["raster:histogram"] = {
            "count": len(statistics.histogram_counts),
            "min": statistics.histogram_min,
            "max": statistics.histogram_max,
            "buckets": list(statistics.histogram_counts),
        }
    return fields


def json_number(value: float) -> float | int | str:
    """Spell as STAC does values that JSON numbers can't hold; integers without a fraction."""
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return int(value) if value == int(value) and abs(value) < 2**53 else value
