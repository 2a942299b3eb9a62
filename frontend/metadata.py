"""Every property of an item, in groups by the STAC extension that defines it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from frontend.wording import FILE_DATE, TIMES, UNDATED, box, date_source, day, document_date, length, pixels

Document = dict[str, Any]


@dataclass(frozen=True)
class MetadataEntry:
    label: str
    value: str
    # To be shown as preformatted text.
    long: bool = False


def entries(*pairs: tuple[str, Any]) -> list[MetadataEntry]:
    return [MetadataEntry(label, str(value)) for label, value in pairs if value not in (None, "", [])]


def data_asset(document: Document) -> Document:
    """Return the asset that the item is about: the first with the role `data`, else the first."""
    assets: list[Document] = list(document["assets"].values())
    return next((asset for asset in assets if "data" in asset.get("roles", ())), assets[0] if assets else {})


def key_facts(document: Document, *, collection_title: str, added: datetime) -> list[MetadataEntry]:
    properties, asset = document["properties"], data_asset(document)

    def either(name: str) -> Any:
        return asset.get(name, properties.get(name))

    return entries(
        ("Collection", collection_title),
        acquired(properties),
        ("Platform", properties.get("platform")),
        ("Instruments", names(properties.get("instruments"))),
        ("Resolution", length(either("gsd") or either("raster:spatial_resolution"))),
        ("Pixel size", pixel_size(properties.get("geodata:pixel_size"))),
        ("Magnification", magnification(properties.get("geodata:magnification"))),
        ("Size", pixels(either("proj:shape"))),
        ("Bands", len(asset.get("bands", ())) or ""),
        ("Channels", names(properties.get("geodata:channels"))),
        ("Reference system", either("proj:code")),
        ("Cloud cover", percent(properties.get("eo:cloud_cover"))),
        ("Bounds" if document["geometry"] else "Place", box(document.get("bbox")) or "Not georeferenced: pixel space"),
        ("Added", day(added)),
    )


def acquired(properties: Document) -> tuple[str, str]:
    """Return the item's date below what it is: a file's date says nothing of when the image was taken."""
    source, date = date_source(properties), document_date(properties)
    if source == UNDATED:
        return "Acquired", "Undated: nothing in the file says"
    return ("File date" if source == FILE_DATE else "Acquired"), date


def names(listed: Any) -> str:
    """Join the members of a list; a document may have anything there."""
    return ", ".join(text for each in listed if (text := str(each).strip())) if isinstance(listed, list) else ""


def pixel_size(micrometres: Any) -> str:
    if not isinstance(micrometres, list | tuple) or len(micrometres) != 2:
        return ""
    x, y = micrometres
    if not isinstance(x, int | float) or not isinstance(y, int | float):
        return ""
    return f"{x:.4g} µm" if x == y else f"{x:.4g} {TIMES} {y:.4g} µm"


def magnification(factor: Any) -> str:
    return f"{factor:g}{TIMES}" if isinstance(factor, int | float) else ""


def percent(value: Any) -> str:
    return f"{value:.3g} %" if isinstance(value, int | float) else ""


GROUPS = {
    "": "General",
    "geodata": "Reading",
    "eo": "Electro-optical",
    "sar": "Radar",
    "view": "Viewing geometry",
    "proj": "Projection",
    "raster": "Raster",
    "file": "File",
    "processing": "Processing",
}
SPELLINGS = {
    "datetime": "Date and time",
    "start_datetime": "From",
    "end_datetime": "Until",
    "gsd": "GSD",
    "epsg": "EPSG",
    "wkt2": "WKT",
    "projjson": "PROJJSON",
}
# Shown elsewhere on the page, or for machines.
LEFT_OUT = frozenset({"title", "description", "href", "type", "roles", "bands", "raster:histogram", "proj:geometry"})
# Characters beyond which a value gets its own scrolling block.
LONG = 160


@dataclass(frozen=True)
class Group:
    title: str
    entries: list[MetadataEntry]


def metadata_groups(document: Document) -> list[Group]:
    """Group the item's properties and its data asset's, general ones first, then each band."""
    asset = data_asset(document)
    grouped: dict[str, list[MetadataEntry]] = {}
    for name, value in {**document["properties"], **asset}.items():
        if name in LEFT_OUT or value in (None, [], {}):
            continue
        prefix, _, rest = name.rpartition(":")
        grouped.setdefault(GROUPS.get(prefix, prefix), []).append(entry(rest, value))
    order = {title: position for position, title in enumerate(GROUPS.values())}
    groups = [Group(title, grouped[title]) for title in sorted(grouped, key=lambda title: order.get(title, 99))]
    bands = [band_entry(band, number=number) for number, band in enumerate(asset.get("bands", ()), start=1)]
    return [*groups[:1], *([Group("Bands", bands)] if bands else []), *groups[1:]]


def label(name: str) -> str:
    words = name.replace("_", " ").strip()
    return SPELLINGS.get(name) or words[:1].upper() + words[1:]


def entry(name: str, value: Any) -> MetadataEntry:
    text = plain(value)
    if text is None:
        text = json.dumps(value, indent=2, ensure_ascii=False)
        return MetadataEntry(label(name), text, long=True)
    return MetadataEntry(label(name), text, long=len(text) > LONG)


def plain(value: Any) -> str | None:
    """Return a value on one line, None for what has more structure than a list."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.8g}"
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return ", ".join(plain(each) or "" for each in value)
    return None if isinstance(value, list | dict) else str(value)


def band_entry(band: Document, *, number: int) -> MetadataEntry:
    name = band.get("eo:common_name") or band.get("name") or ""
    statistics = band.get("statistics", {})
    parts = [
        band.get("description") if band.get("description") != name else "",
        band.get("data_type"),
        f"{statistics['minimum']:.5g} to {statistics['maximum']:.5g}"
        if {"minimum", "maximum"} <= set(statistics)
        else "",
        f"no data: {band['nodata']}" if band.get("nodata") is not None else "",
        band.get("unit"),
    ]
    return MetadataEntry(f"{number} · {name}" if name else str(number), " · ".join(str(part) for part in parts if part))
