"""What matters most about an item: label and value, the empty ones left out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from frontend.wording import TIMES, box, day, document_date, length, pixels

Document = dict[str, Any]

DATE_SOURCES = {
    "file-modified": "by the file's modification time",
    "unknown": "by the time it was ingested: nothing in the file says",
}


@dataclass(frozen=True)
class Fact:
    label: str
    value: str
    # To be shown as preformatted text.
    long: bool = False


def facts(*pairs: tuple[str, Any]) -> list[Fact]:
    return [Fact(label, str(value)) for label, value in pairs if value not in (None, "", [])]


def data_asset(document: Document) -> Document:
    """The asset that the item is about: the first with the role `data`, else the first."""
    assets: list[Document] = list(document["assets"].values())
    return next((asset for asset in assets if "data" in asset.get("roles", ())), assets[0] if assets else {})


def key_facts(document: Document, *, collection_title: str, added: datetime) -> list[Fact]:
    properties, asset = document["properties"], data_asset(document)

    def either(name: str) -> Any:
        return asset.get(name, properties.get(name))

    return facts(
        ("Collection", collection_title),
        ("Acquired", acquired(properties)),
        ("Platform", properties.get("platform")),
        ("Instruments", ", ".join(map(str, properties.get("instruments", ())))),
        ("Resolution", length(either("gsd") or either("raster:spatial_resolution"))),
        ("Pixel size", pixel_size(properties.get("geodata:pixel_size"))),
        ("Magnification", magnification(properties.get("geodata:magnification"))),
        ("Size", pixels(either("proj:shape"))),
        ("Bands", len(asset.get("bands", ())) or ""),
        ("Channels", ", ".join(map(str, properties.get("geodata:channels", ())))),
        ("Reference system", either("proj:code")),
        ("Cloud cover", percent(properties.get("eo:cloud_cover"))),
        ("Bounds" if document["geometry"] else "Place", box(document.get("bbox")) or "Not georeferenced: pixel space"),
        ("Added", day(added)),
    )


def acquired(properties: Document) -> str:
    date = document_date(properties)
    note = DATE_SOURCES.get(properties.get("geodata:datetime_source", ""), "")
    return f"{date} ({note})" if date and note else date


def pixel_size(micrometres: Any) -> str:
    if not isinstance(micrometres, list | tuple) or len(micrometres) != 2:
        return ""
    x, y = micrometres
    return f"{x:.4g} µm" if x == y else f"{x:.4g} {TIMES} {y:.4g} µm"


def magnification(factor: Any) -> str:
    return f"{factor:g}{TIMES}" if isinstance(factor, int | float) else ""


def percent(value: Any) -> str:
    return f"{value:.3g} %" if isinstance(value, int | float) else ""
