"""Rows for the tests, as ingest would have written them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.gis.geos import GEOSGeometry, Polygon

from catalog.documents.text_index import item_words
from catalog.models import Collection, Item

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)


def add_collection(collection_id: str = "scenes", **fields: Any) -> Collection:
    return Collection.objects.create(id=collection_id, description="Scenes", **fields)


def add_item(
    collection: Collection,
    item_id: str = "scene-1",
    *,
    bbox: tuple[float, float, float, float] | None = (10.0, 50.0, 11.0, 51.0),
    geometry: GEOSGeometry | None = None,
    start: datetime = EPOCH,
    end: datetime | None = None,
    **fields: Any,
) -> Item:
    if geometry is None and bbox is not None:
        geometry = Polygon.from_bbox(bbox)
        geometry.srid = 4326
    properties = {"datetime": start.isoformat().replace("+00:00", "Z"), **fields.pop("properties", {})}
    fields.setdefault("assets", {"image": {"href": "s3://bucket/scene.tif", "roles": ["data"]}})
    return Item.objects.create(
        collection=collection,
        item_id=item_id,
        geometry=geometry,
        bbox=list(bbox) if bbox else None,
        datetime=start if end is None else None,
        start_datetime=start,
        end_datetime=end or start,
        words=item_words(item_id, properties),
        properties=properties,
        **fields,
    )


def add_items(collection: Collection, count: int, **fields: Any) -> list[Item]:
    """Items named `scene-000…`, a day apart."""
    return [
        add_item(collection, f"scene-{number:03d}", start=EPOCH + timedelta(days=number), **fields)
        for number in range(count)
    ]
