"""From what a scene's metadata say, and what its images turned out to be, to the parts of a STAC item."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from catalog.documents.moments import read_moment
from catalog.errors import CatalogError
from catalog.extraction.result import Extraction
from catalog.scenes.scene import Description, SceneAsset
from tiles.geo.footprint import Footprint, footprint_of_ring

# What STAC takes for moments.
TIMES = ("datetime", "start_datetime", "end_datetime", "created", "updated")
# What each asset says of its grid, and what the item says of the coordinate system that all have.
OF_GRID = ("proj:shape", "proj:transform", "proj:bbox")
OF_SYSTEM = ("proj:code", "proj:epsg", "proj:wkt2", "proj:projjson")


def asset_document(asset: SceneAsset, extraction: Extraction | None, *, given: str = "") -> dict[str, Any]:
    """Return the asset of one file: what its bytes say, and what the sensor's conventions do.

    Args:
        asset: what it is to its scene.
        extraction: what opening it found; None of what is no raster.
        given: the media type that its server or uploader named.
    """
    named = {"title": asset.title, "description": asset.description}
    told = {name: text for name, text in named.items() if text} | {"roles": list(asset.roles)} | dict(asset.fields)
    if extraction is None:
        media_type = asset.media_type or given
        return ({"type": media_type} if media_type else {}) | told
    bands = [dict(band) for band in extraction.asset.get("bands", ())]
    for band, known in zip(bands, asset.bands, strict=False):
        band.update(known.fields)
    grid = {name: extraction.properties[name] for name in OF_GRID if name in extraction.properties}
    document = extraction.asset | told | grid | ({"bands": bands} if bands else {})
    if any(len(band.eo) > 1 for band in asset.bands):
        document["eo:bands"] = [band.eo for band in asset.bands[: len(bands)]]
    if gsd := extraction.properties.get("gsd"):
        document.setdefault("gsd", gsd)
    return document


def item_properties(
    description: Description, extractions: Mapping[str, Extraction], warnings: list[str]
) -> dict[str, Any]:
    """Return the item's properties; says in `warnings` that its images have several coordinate systems."""
    systems = {
        key: {name: found.properties[name] for name in OF_SYSTEM if name in found.properties}
        for key, found in extractions.items()
    }
    properties = _checked_times(description, warnings)
    told = [system for system in systems.values() if system]
    sizes = [found.properties["gsd"] for found in extractions.values() if "gsd" in found.properties]
    properties = ({"gsd": min(sizes)} if sizes else {}) | properties
    if told and all(system == told[0] for system in told):
        return properties | told[0]
    if told:
        codes = sorted({str(system.get("proj:code") or "one without a code") for system in told})
        warnings.append(f"The images have several coordinate systems: {', '.join(codes)}.")
    return properties


def _checked_times(description: Description, warnings: list[str]) -> dict[str, Any]:
    """Return the properties without times that are none, which are told."""
    properties = dict(description.properties)
    for name in TIMES:
        if properties.get(name) is None:
            continue
        try:
            read_moment(properties[name], name=name)
        except CatalogError:
            warnings.append(f"The metadata's {name} is no time: {str(properties.pop(name))[:40]!r}.")
    return properties


def footprint_of(description: Description, extractions: Mapping[str, Extraction]) -> Footprint | None:
    """Return where the scene lies: by its metadata, or else as the image that covers most."""
    geometry = description.geometry
    with suppress(ValueError, TypeError, IndexError, KeyError):
        if geometry and (found := footprint_of_ring(geometry["coordinates"][0])):
            return found
    placed = [found for found in extractions.values() if found.geometry and found.bbox]
    if not placed:
        return None
    largest = max(placed, key=lambda found: _extent(found.bbox or [0, 0, 0, 0]))
    return Footprint(largest.geometry or {}, largest.bbox or [])


def _extent(bbox: list[float]) -> float:
    west, south, east, north = bbox
    return ((east - west) % 360 or 360) * (north - south)
