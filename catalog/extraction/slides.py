"""Microscopy as an item in pixel space: size of a pixel, magnification, channels, when it was scanned."""

from datetime import datetime
from typing import Any

import numpy as np

from catalog.extraction.acquisition import parse_time
from catalog.extraction.bands import histogram_object, statistics_object
from catalog.extraction.errors import ExtractionError
from catalog.extraction.fetching import as_extraction_error
from catalog.extraction.limits import Limits
from catalog.extraction.rasters import PROJECTION_EXTENSION, RASTER_EXTENSION
from catalog.extraction.result import Acquisition, Extraction
from tiles.errors import SourceCorrupt, TilesError
from tiles.slides.source import SlideSource
from tiles.sources.statistics import summarize

COLOR_NAMES = {1: ("gray",), 2: ("gray", "alpha"), 3: ("red", "green", "blue"), 4: ("red", "green", "blue", "alpha")}

MEDIA_TYPES = {"dicom": "application/dicom", "ometiff": "image/tiff"}

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
"""Where readers keep the time of the scan: section of the internal metadata, key."""


def describe_slide(slide: SlideSource, *, name: str, last_modified: datetime | None, limits: Limits) -> Extraction:
    """Everything about an open slide. Raises ExtractionError `corrupt`, `too_large`."""
    reader, metadata, internal = slide.reader, slide.metadata, slide.internal_metadata
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
            "bands": sampled_bands(slide, name=name),
            "geodata:driver": reader,
        },
        stac_extensions=[PROJECTION_EXTENSION, RASTER_EXTENSION],
    )


def slide_properties(slide: SlideSource, metadata: dict[str, Any], internal: dict[str, Any]) -> dict[str, Any]:
    """Sizes in pixels, `geodata:pixel_size` in micrometres (x, y), magnification of the objective."""
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


def sampled_bands(slide: SlideSource, *, name: str) -> list[dict[str, Any]]:
    """Bands of the first frame, with statistics of a reduced copy of it."""
    try:
        array = slide.sample
    except SourceCorrupt as error:
        raise ExtractionError("corrupt", f"{name} is damaged: its pixels can't be decoded.") from error
    except TilesError as error:
        raise as_extraction_error(error) from error
    names = COLOR_NAMES.get(array.shape[2], tuple(f"b{number + 1}" for number in range(array.shape[2])))
    bands = zip(names, np.moveaxis(array, 2, 0), strict=True)
    return [sampled_band(label, values) for label, values in bands if label != "alpha"]


def sampled_band(label: str, values: Any) -> dict[str, Any]:
    described: dict[str, Any] = {"name": label, "data_type": str(values.dtype), "geodata:color_interpretation": label}
    if statistics := summarize(values.ravel(), total=values.size):
        described |= {"statistics": statistics_object(statistics), "raster:histogram": histogram_object(statistics)}
    return described
