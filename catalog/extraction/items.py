"""STAC 1.1.0 Items from what extraction found."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from catalog.extraction.result import Extraction

STAC_VERSION = "1.1.0"
FILE_EXTENSION = "https://stac-extensions.github.io/file/v2.1.0/schema.json"


def build_item_document(
    extraction: Extraction,
    *,
    item_id: str,
    collection_id: str,
    href: str,
    asset_key: str = "data",
    title: str = "",
    size: int | None = None,
    checksum: str = "",
    links: Sequence[Mapping[str, Any]] = (),
    ingested: datetime | None = None,
) -> dict[str, Any]:
    """The Item of one file, with it as its only asset.

    `size` in bytes and `checksum` (a multihash in hexadecimal) become `file:size` and `file:checksum`. An image that
    nothing dates gets the time it is `ingested`, by default now: an Item can't be without any.
    """
    asset = {"href": href, **({"title": title} if title else {}), **extraction.asset}
    file_fields = {"file:size": size, "file:checksum": checksum or None}
    asset |= {key: value for key, value in file_fields.items() if value is not None}
    extensions = [*extraction.stac_extensions, *([FILE_EXTENSION] if size is not None or checksum else [])]
    document: dict[str, Any] = {
        "type": "Feature",
        "stac_version": STAC_VERSION,
        "stac_extensions": extensions,
        "id": item_id,
        "geometry": extraction.geometry,
        "properties": {**time_properties(extraction, ingested=ingested), **extraction.properties},
        "links": [dict(link) for link in links] or [collection_link(collection_id)],
        "assets": {asset_key: asset},
        "collection": collection_id,
    }
    if extraction.bbox is not None:
        document["bbox"] = extraction.bbox
    return document


def collection_link(collection_id: str) -> dict[str, str]:
    """STAC wants a link wherever an Item names its collection; the site's API replaces it with its own."""
    return {"rel": "collection", "href": f"../{collection_id}", "type": "application/json"}


def time_properties(extraction: Extraction, *, ingested: datetime | None) -> dict[str, str | None]:
    start, end = extraction.start_datetime, extraction.end_datetime
    properties: dict[str, str | None] = {}
    if start and end:
        properties = {"start_datetime": rfc3339(start), "end_datetime": rfc3339(end)}
    moment = extraction.datetime or (None if properties else ingested or datetime.now(UTC))
    return {"datetime": rfc3339(moment) if moment else None, **properties}


def rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
