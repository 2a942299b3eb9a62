"""A raster GDAL reads, described as part of an item: with its place on Earth, or in pixel space."""

import json
from datetime import datetime
from typing import Any

from catalog.extraction.acquisition import acquired, written
from catalog.extraction.aperio import aperio_fields, aperio_properties, aperio_scanned
from catalog.extraction.bands import describe_bands
from catalog.extraction.georeference import Georeference, authority_code, find_georeference
from catalog.extraction.integrity import check_pixels, damage
from catalog.extraction.limits import Limits
from catalog.extraction.media_types import media_type_of
from catalog.extraction.opening import check_limits
from catalog.extraction.product_names import day_in_name, parse_product_name
from catalog.extraction.projecting import ground_sample_distance
from catalog.extraction.result import Acquisition, Extraction
from catalog.extraction.subdatasets import Chosen
from tiles.geo.footprint import find_footprint

PROJECTION_EXTENSION = "https://stac-extensions.github.io/projection/v2.0.0/schema.json"
RASTER_EXTENSION = "https://stac-extensions.github.io/raster/v2.0.0/schema.json"
EO_EXTENSION = "https://stac-extensions.github.io/eo/v2.0.0/schema.json"


def describe_raster(
    chosen: Chosen, *, name: str, size: int, last_modified: datetime | None, media_type: str, limits: Limits
) -> Extraction:
    """Everything about the chosen raster of a file. Raises ExtractionError for damaged and oversized ones."""
    dataset = chosen.dataset
    bands = readable_bands(dataset, name=name, size=size, limits=limits)
    georeference = find_georeference(dataset)
    width, height = dataset.RasterXSize, dataset.RasterYSize
    footprint = find_footprint(georeference, width=width, height=height) if georeference else None
    projection = projection_fields(dataset, georeference)
    gsd = ground_sample_distance(georeference, width=width, height=height) if georeference and footprint else None
    acquisition, named = find_acquisition(dataset, name=name, last_modified=last_modified)
    full_type = media_type_of(dataset, georeferenced=footprint is not None, given=media_type)
    return Extraction(
        kind="geospatial" if footprint else "pixel",
        driver=dataset.GetDriver().ShortName,
        media_type=full_type,
        geometry=footprint.geometry if footprint else None,
        bbox=footprint.bbox if footprint else None,
        datetime=acquisition.moment,
        start_datetime=acquisition.start,
        end_datetime=acquisition.end,
        datetime_source=acquisition.source,
        properties=properties_of(dataset, projection=projection, gsd=gsd, acquisition=acquisition, named=named),
        asset=asset_of(chosen, media_type=full_type, bands=bands, gsd=gsd),
        stac_extensions=extensions_of(bands),
    )


def readable_bands(dataset: Any, *, name: str, size: int, limits: Limits) -> list[dict[str, Any]]:
    check_limits(dataset, name=name, limits=limits)
    check_pixels(dataset, name=name, size=size, limits=limits)
    try:
        return describe_bands(dataset, limits=limits)
    except RuntimeError:
        raise damage(dataset, name=name, size=size) from None


def projection_fields(dataset: Any, georeference: Georeference | None) -> dict[str, Any]:
    """The projection extension's fields: https://github.com/stac-extensions/projection (version 2)."""
    width, height = dataset.RasterXSize, dataset.RasterYSize
    fields: dict[str, Any] = {"proj:shape": [height, width]}
    if georeference is None:
        return fields
    fields |= reference_system(georeference.srs)
    if georeference.geotransform:
        x0, dx, rx, y0, ry, dy = georeference.geotransform
        fields["proj:transform"] = [dx, rx, x0, ry, dy, y0]
        columns, rows = (0, width, 0, width), (0, 0, height, height)
        xs = [x0 + dx * column + rx * row for column, row in zip(columns, rows, strict=True)]
        ys = [y0 + ry * column + dy * row for column, row in zip(columns, rows, strict=True)]
        fields["proj:bbox"] = [min(xs), min(ys), max(xs), max(ys)]
    else:
        fields["geodata:georeference"] = georeference.model
    return fields


def reference_system(srs: Any) -> dict[str, Any]:
    if code := authority_code(srs):
        return {"proj:code": code}
    fields: dict[str, Any] = {"proj:code": None}
    try:
        fields["proj:projjson"] = json.loads(srs.ExportToPROJJSON())
    except (RuntimeError, ValueError):
        fields["proj:wkt2"] = srs.ExportToWkt(["FORMAT=WKT2_2019"])
    return fields


def find_acquisition(dataset: Any, *, name: str, last_modified: datetime | None) -> tuple[Acquisition, dict[str, Any]]:
    """When the image was taken, and what its product name tells beside.

    A name's date goes before the TIFF's own tag, which says when the file was written, often years later.
    """
    product = parse_product_name(name)
    stated = acquired(dataset) or aperio_scanned(aperio_fields(dataset))
    found = stated or (product and product.acquisition) or written(dataset) or day_in_name(name)
    fallback = Acquisition(last_modified, "file-modified" if last_modified else "unknown")
    return found or fallback, product.properties if product else {}


def properties_of(
    dataset: Any, *, projection: dict[str, Any], gsd: float | None, acquisition: Acquisition, named: dict[str, Any]
) -> dict[str, Any]:
    properties = {
        **projection,
        **named,
        **aperio_properties(aperio_fields(dataset)),
        "geodata:datetime_source": acquisition.source,
    }
    if gsd:
        properties["gsd"] = gsd
    if satellite := dataset.GetMetadataItem("SATELLITEID", "IMAGERY"):
        properties.setdefault("platform", satellite.lower())
    if clouds := dataset.GetMetadataItem("CLOUDCOVER", "IMAGERY"):
        properties |= cloud_cover(clouds)
    return properties


def cloud_cover(text: str) -> dict[str, float]:
    try:
        percent = float(text)
    except ValueError:
        return {}
    return {"eo:cloud_cover": percent} if 0 <= percent <= 100 else {}


def asset_of(chosen: Chosen, *, media_type: str, bands: list[dict[str, Any]], gsd: float | None) -> dict[str, Any]:
    driver = chosen.dataset.GetDriver().ShortName
    asset: dict[str, Any] = {"type": media_type, "roles": ["data"], "bands": bands, "geodata:driver": driver}
    if gsd:
        asset["raster:spatial_resolution"] = gsd
    if chosen.subdataset:
        asset["geodata:subdataset"] = chosen.subdataset
    if chosen.others:
        asset["geodata:other_subdatasets"] = list(chosen.others)
    return asset


def extensions_of(bands: list[dict[str, Any]]) -> list[str]:
    uses_eo = any(key.startswith("eo:") for band in bands for key in band)
    return [PROJECTION_EXTENSION, RASTER_EXTENSION, *([EO_EXTENSION] if uses_eo else [])]
