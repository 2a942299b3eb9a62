"""A catalog made up of what real ones are: ties, nulls, lists, intervals, heights, and what lies nowhere on Earth."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from catalog.models import Collection
from catalog.services.collections.editing import write_collection
from catalog.services.items.bulk import write_items
from tests.catalog.stac.records import EPOCH

ITEMS = 60
PLATFORMS = ("sentinel-2a", "sentinel-2b", "landsat-8", None)


def write_catalog() -> list[Collection]:
    """Make the collections `scenes`, `slides` (which lie nowhere) and `scratch` (empty)."""
    collections = [write_collection(document=each, owner=None) for each in collection_documents()]
    for collection_id, items in (("scenes", scenes(ITEMS)), ("slides", slides(6))):
        report = write_items(collection_id=collection_id, documents=list(items), replace=False)
        assert not report.refused, report.refused
    return collections


def collection_documents() -> Iterator[dict[str, Any]]:
    for identifier, bbox in (("scenes", [-20, 20, 40, 70]), ("slides", None), ("scratch", [90, 70, 110, 80])):
        yield {
            "type": "Collection",
            "stac_version": "1.1.0",
            "id": identifier,
            "title": identifier.title(),
            "description": f"Made-up {identifier} of “Geodata”",
            "keywords": ["generated", identifier],
            "license": "CC0-1.0",
            "providers": [{"name": "Geodata", "roles": ["producer"], "url": "https://example.org/"}],
            "extent": {
                "spatial": {"bbox": [bbox or [-180, -90, 180, 90]]},
                "temporal": {"interval": [["2023-01-01T00:00:00Z", None]]},
            },
            "links": [{"rel": "license", "href": "https://example.org/license", "type": "text/html"}],
        }


def scenes(count: int) -> Iterator[dict[str, Any]]:
    """Four a moment, every fourth without a platform, every seventh without cloud cover, every tenth with heights.

    The same each time.
    """
    for number in range(count):
        moment = EPOCH + timedelta(days=number // 4, hours=6)
        chance = random.Random(number)
        # The first lies where the validator looks.
        west, south = (chance.uniform(-20, 39), chance.uniform(30, 69)) if number else (20, 20)
        yield _item(
            f"scene-{number:03d}",
            _box(west, south, height=100.5 if number % 10 == 9 else None),
            moment,
            **{
                "platform": PLATFORMS[number % 4],
                "eo:cloud_cover": None if number % 7 == 6 else (number * 13 % 50) / 2,
                "gsd": 10 * (1 + number % 3),
                "instruments": ["msi", "oli"][: 1 + number % 2],
                "s2:product_uri": f"S2{'AB'[number % 2]}_MSIL2A_{number:03d}.SAFE",
            },
        )


def slides(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield _item(f"slide-{number}", None, EPOCH - timedelta(days=number), **{"slide:stain": "H&E"})


def _item(item_id: str, geometry: dict[str, Any] | None, moment: datetime, **properties: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": [],
        "id": item_id,
        "geometry": geometry,
        "properties": {
            "datetime": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
            "title": item_id.title(),
            "created": f"{moment + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}",
            **{name: value for name, value in properties.items() if value is not None},
        },
        "links": [],
        "assets": {"image": {"href": "/stac/conformance", "type": "application/json", "roles": ["data"]}},
    }
    if geometry is not None:
        southwest, _, northeast, *_ = geometry["coordinates"][0]
        document["bbox"] = [*southwest, *northeast]
    return document


def _box(west: float, south: float, *, height: float | None = None) -> dict[str, Any]:
    corners = [[west, south], [west + 1, south], [west + 1, south + 1], [west, south + 1], [west, south]]
    return {"type": "Polygon", "coordinates": [corners if height is None else [[*each, height] for each in corners]]}
