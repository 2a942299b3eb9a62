"""Microscopy as an item in pixel space: size of a pixel, magnification, channels, when it was scanned."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from catalog.extraction.acquisition import parse_time
from catalog.extraction.rasters import PROJECTION_EXTENSION, RASTER_EXTENSION, statistics_fields
from catalog.extraction.result import Acquisition, Extraction, ExtractionError, Limits
from tiles.errors import RenderTimeout, SourceCorrupt
from tiles.limits import deadline
from tiles.sources.protocol import Source
from tiles.sources.statistics import BandStatistics

# By the number of bands that hold values; an alpha channel isn't one.
COLOR_NAMES = {1: ("gray",), 3: ("red", "green", "blue")}

MEDIA_TYPES = {"dicom": "application/dicom", "ometiff": "image/tiff"}

# Where readers keep the time of the scan: section of the internal metadata, key.
SCAN_TIMES = (
    ("dicom", "AcquisitionDateTime"),
    ("openslide", "dicom.AcquisitionDateTime"),
    ("openslide", "philips.DICOM_ACQUISITION_DATETIME"),
    ("openslide", "hamamatsu.Created"),
    ("openslide", "leica.creation-date"),
    ("openslide", "tiff.DateTime"),
    ("dicom", "ContentDate"),
    ("dicom", "StudyDate"),
)


def describe_slide(slide: Source, *, name: str, last_modified: datetime | None, limits: Limits) -> Extraction:
    """Describe an open slide. Raises ExtractionError `corrupt`, `too_large`."""
    reader, metadata, internal = slide.driver, slide.metadata, slide.internal_metadata
    if max(metadata["sizeX"], metadata["sizeY"]) > limits.side:
        raise ExtractionError("too_large", f"{name} says it has {metadata['sizeX']} x {metadata['sizeY']} pixels.")
    acquisition = scanned(internal) or Acquisition(last_modified, "file-modified" if last_modified else "unknown")
    media_type = media_type_of_slide(reader, name)
    return Extraction(
        kind="pixel",
        driver=reader,
        media_type=media_type,
        geometry=None,
        bbox=None,
        datetime=acquisition.moment,
        start_datetime=acquisition.start,
        end_datetime=acquisition.end,
        datetime_source=acquisition.source,
        properties=slide_properties(slide, metadata, internal) | {"geodata:datetime_source": acquisition.source},
        asset={
            "type": media_type,
            "roles": ["data"],
            "bands": sampled_bands(slide, name=name, limits=limits),
            "geodata:driver": reader,
        },
        stac_extensions=[PROJECTION_EXTENSION, RASTER_EXTENSION],
    )


def slide_properties(slide: Source, metadata: dict[str, Any], internal: dict[str, Any]) -> dict[str, Any]:
    """Return sizes in pixels, `geodata:pixel_size` in micrometres (x, y), magnification of the objective."""
    properties: dict[str, Any] = {
        "proj:shape": [metadata["sizeY"], metadata["sizeX"]],
        "geodata:levels": metadata["levels"],
        "geodata:frames": max(1, len(metadata.get("frames") or ())),
    }
    if metadata.get("mm_x") and metadata.get("mm_y"):
        properties["geodata:pixel_size"] = [round(metadata[key] * 1000, 6) for key in ("mm_x", "mm_y")]
    if metadata.get("magnification"):
        properties["geodata:magnification"] = round(float(metadata["magnification"]), 2)
    if channels := channel_names(metadata, internal):
        properties["geodata:channels"] = channels
    if associated := slide.associated_names:
        properties["geodata:associated_images"] = associated
    if vendor := (internal.get("openslide") or {}).get("openslide.vendor"):
        properties["instruments"] = [vendor]
    return properties


def channel_names(metadata: dict[str, Any], internal: dict[str, Any]) -> list[str]:
    if names := metadata.get("channels"):
        return [str(name) for name in names]
    pixels = first(internal.get("omeinfo"), "Image", "Pixels")
    channels = pixels.get("Channel") if pixels else None
    listed = channels if isinstance(channels, list) else [channels] if channels else []
    return [str(channel.get("Name") or f"channel {number}") for number, channel in enumerate(listed, 1)]


def first(document: Any, *keys: str) -> dict[str, Any]:
    """Walk down XML turned into dicts, where one child is a dict and several are a list."""
    for key in keys:
        document = (document or {}).get(key)
        document = document[0] if isinstance(document, list) and document else document
    return document if isinstance(document, dict) else {}


def scanned(internal: dict[str, Any]) -> Acquisition | None:
    aperio = internal.get("openslide") or {}
    ome = first(internal.get("omeinfo"), "Image")
    candidates = [
        ("slide:aperio", f"{aperio.get('aperio.Date', '')} {aperio.get('aperio.Time', '')}"),
        ("slide:ome", ome.get("AcquisitionDate")),
        ("slide:ome", ome.get("AcquiredDate")),
        *((f"slide:{section}", (internal.get(section) or {}).get(key)) for section, key in SCAN_TIMES),
    ]
    for source, text in candidates:
        if moment := parse_time(str(text) if text else None):
            return Acquisition(moment, source)
    return None


def media_type_of_slide(reader: str, name: str) -> str:
    tiff = name.lower().endswith((".svs", ".tif", ".tiff", ".ndpi", ".scn", ".bif"))
    return "image/tiff" if tiff else MEDIA_TYPES.get(reader, "application/octet-stream")


def sampled_bands(slide: Source, *, name: str, limits: Limits) -> list[dict[str, Any]]:
    """Describe the bands of the first frame, with statistics of a reduced copy of it. Raises ExtractionError.

    Of an image without smaller levels, whose whole would have to be read for them, there may be none.
    """
    names = COLOR_NAMES.get(slide.band_count) or tuple(f"b{index + 1}" for index in range(slide.band_count))
    found: list[tuple[str, BandStatistics | None]] = [(label, None) for label in names]
    try:
        with deadline(limits.statistics_seconds), suppress(RenderTimeout):
            found = [(label, slide.band_statistics(index)) for index, label in enumerate(names, 1)]
    except SourceCorrupt as error:
        raise ExtractionError("corrupt", f"{name} is damaged: its pixels can't be decoded.") from error
    bands = []
    for label, statistics in found:
        band: dict[str, Any] = {"name": label, "data_type": str(slide.dtype), "geodata:color_interpretation": label}
        if statistics:
            band |= statistics_fields(statistics, with_histogram=True)
        bands.append(band)
    return bands
