"""Aperio's slides as GDAL sees them: their scale stands in the TIFF's description.

Local ones go to OpenSlide, which knows more; those on a server are read by GDAL alone.
"""

import re
from typing import Any

from catalog.extraction.acquisition import parse_time
from catalog.extraction.result import Acquisition


def aperio_fields(dataset: Any) -> dict[str, str]:
    """The `key = value` pairs of an Aperio description; empty for any other image."""
    description = dataset.GetMetadataItem("TIFFTAG_IMAGEDESCRIPTION") or ""
    if not description.startswith("Aperio"):
        return {}
    return {key.strip(): value.strip() for key, value in re.findall(r"\|([^=|]+)=([^|]*)", description)}


def aperio_properties(fields: dict[str, str]) -> dict[str, Any]:
    """Micrometres a pixel (x, y) and the objective's magnification."""
    scale, magnification = number(fields.get("MPP")), number(fields.get("AppMag"))
    properties: dict[str, Any] = {}
    if scale:
        properties["geodata:pixel_size"] = [scale, scale]
    if magnification:
        properties["geodata:magnification"] = magnification
    return properties


def aperio_scanned(fields: dict[str, str]) -> Acquisition | None:
    moment = parse_time(f"{fields.get('Date', '')} {fields.get('Time', '')}")
    return Acquisition(moment, "slide:aperio") if moment else None


def number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 < value < 1e6 else None
