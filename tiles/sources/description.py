"""Describe an image's header in JSON-ready dictionaries, which never say where the file lies."""

import math
from typing import Any

from osgeo import gdal

from tiles.geo.cf_axes import geographic_system

# Domains of GDAL's metadata that name files and servers, or repeat whole documents.
PRIVATE_DOMAINS = ("DERIVED_SUBDATASETS", "SUBDATASETS", "xml:VRT", "xml:ESRI")
# Control points that are listed.
MAX_GCPS = 1000


def json_ready(value: Any) -> Any:
    """Return the value with what JSON can't hold as text: NaN, bytes, objects of readers."""
    if isinstance(value, dict):
        return {str(key): json_ready(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [json_ready(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    return valid_text(str(value))


def valid_text(text: str) -> str:
    """Return a text that can be written as UTF-8: what a file has in another encoding is read as Latin-1."""
    try:
        text.encode()
    except UnicodeEncodeError:
        # Bytes that are no UTF-8 come from GDAL as lone surrogates.
        return text.encode("utf-8", "surrogateescape").decode("latin-1") if _escaped(text) else _replaced(text)
    return text


def _escaped(text: str) -> bool:
    """Tell whether all of a text's surrogates stand for bytes."""
    return all(not "\ud800" <= one <= "\udfff" or "\udc80" <= one <= "\udcff" for one in text)


def _replaced(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def document_ready(value: Any) -> Any:
    """Return the value as a document can hold it: valid texts, and None instead of numbers that aren't finite."""
    if isinstance(value, dict):
        return {valid_text(str(key)): document_ready(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [document_ready(one) for one in value]
    if isinstance(value, str):
        return valid_text(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def crs_name(srs: Any) -> str:
    """Return ``EPSG:32618``, or WKT for a CRS that no authority numbers."""
    authority, code = srs.GetAuthorityName(None), srs.GetAuthorityCode(None)
    return f"{authority}:{code}" if authority and code else str(srs.ExportToWkt())


# Of TIFF's units of resolution, by number; and pixels up to which a resolution is a microscope's, all in micrometres:
# scanners of documents and printers' dots are coarser.
UNIT_MICROMETRES = {"2": 25_400.0, "3": 10_000.0}
LARGEST_PIXEL = 25.0


def pixel_micrometres(dataset: Any) -> tuple[float, float] | None:
    """Return a pixel's width and height by a TIFF's resolution; None where it says nothing, or of paper."""
    unit = UNIT_MICROMETRES.get((dataset.GetMetadataItem("TIFFTAG_RESOLUTIONUNIT") or "")[:1])
    texts = [dataset.GetMetadataItem(f"TIFFTAG_{axis}RESOLUTION") for axis in "XY"]
    if unit is None or not all(texts):
        return None
    try:
        across, down = (unit / float(text) for text in texts)
    except (ValueError, ZeroDivisionError):
        return None
    return (across, down) if 0 < across <= LARGEST_PIXEL and 0 < down <= LARGEST_PIXEL else None


def describe_header(dataset: Any) -> dict[str, Any]:
    """Describe a GDAL dataset as its file does: tags, coordinate system, control points."""
    domains = [domain for domain in dataset.GetMetadataDomainList() or [] if domain not in PRIVATE_DOMAINS]
    srs = dataset.GetSpatialRef() or geographic_system(dataset) or dataset.GetGCPSpatialRef()
    return {
        "driver": dataset.GetDriver().ShortName,
        "driver_name": dataset.GetDriver().LongName,
        "size": [dataset.RasterXSize, dataset.RasterYSize],
        "geotransform": list(dataset.GetGeoTransform(can_return_null=True) or ()) or None,
        "wkt": srs.ExportToWkt() if srs else None,
        "gcps": [json_ready(_describe_gcp(gcp)) for gcp in dataset.GetGCPs()[:MAX_GCPS]],
        "metadata": {domain or "default": json_ready(dataset.GetMetadata(domain)) for domain in domains},
    }


def _describe_gcp(gcp: Any) -> dict[str, float]:
    return {"column": gcp.GCPPixel, "row": gcp.GCPLine, "x": gcp.GCPX, "y": gcp.GCPY, "z": gcp.GCPZ}


def describe_band_header(band: Any) -> dict[str, Any]:
    """Describe how a GDAL band is stored: blocks, overviews, categories, tags."""
    overviews = [band.GetOverview(i) for i in range(band.GetOverviewCount())]
    return {
        "blocksize": list(band.GetBlockSize()),
        "overviews": [[overview.XSize, overview.YSize] for overview in overviews if overview],
        "categories": band.GetCategoryNames(),
        "metadata": json_ready(band.GetMetadata()),
    }


def large_image_header(dataset: Any) -> dict[str, Any]:
    """Describe a GDAL dataset as `getInternalMetadata` of large-image's GDAL source does, without a path."""
    driver, srs = dataset.GetDriver(), dataset.GetSpatialRef()
    return {
        "driverShortName": driver.ShortName,
        "driverLongName": driver.LongName,
        "RasterXSize": dataset.RasterXSize,
        "RasterYSize": dataset.RasterYSize,
        "GeoTransform": list(dataset.GetGeoTransform()),
        "Projection": srs.ExportToWkt() if srs else "",
        "GCPProjection": dataset.GetGCPProjection() or "",
        "Metadata": dataset.GetMetadata(),
        "IMAGE_STRUCTURE": dataset.GetMetadata("IMAGE_STRUCTURE"),
    }


def color_name(interpretation: int) -> str:
    """Return ``red``, ``gray``, ``palette`` … for one of ``gdal.GCI_*``."""
    return str(gdal.GetColorInterpretationName(interpretation).lower())
