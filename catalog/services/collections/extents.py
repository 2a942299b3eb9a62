"""What a collection spans: widened as items come, narrowed as the outermost go."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, Min

from catalog.documents.footprints import flat_bbox, merge_bboxes
from catalog.models import Collection, Item


def narrow_extent(*, collection_id: str, bbox: Sequence[float] | None, start: datetime, end: datetime) -> None:
    """Fit the collection's extent to its items after one of this extent has gone or moved.

    Only an item that reached the collection's edge can have held it out; for the others nothing is read.
    """
    with transaction.atomic():
        collection = Collection.objects.select_for_update().get(pk=collection_id)
        changes: dict[str, object] = {}
        if collection.start_datetime == start or collection.end_datetime == end:
            changes |= _present_interval(collection)
        if bbox and collection.bbox and _reaches_edge(flat_bbox(bbox), collection.bbox):
            changes["bbox"] = _present_bbox(collection)
        if any(getattr(collection, name) != value for name, value in changes.items()):
            Collection.objects.filter(pk=collection_id).update(**changes, version=F("version") + 1)


def _present_interval(collection: Collection) -> dict[str, datetime | None]:
    found = Item.objects.filter(collection=collection).aggregate(start=Min("start_datetime"), end=Max("end_datetime"))
    # An end that is open was said to be so; items don't close it.
    return {
        "start_datetime": found["start"] if collection.start_datetime else None,
        "end_datetime": found["end"] if collection.end_datetime else None,
    }


def _present_bbox(collection: Collection) -> list[float] | None:
    """Stops at the item with which the extent is as wide as it was, which is mostly among the first."""
    merged: list[float] | None = None
    bboxes = Item.objects.filter(collection=collection, bbox__isnull=False).order_by("-pk_id")
    for bbox in bboxes.values_list("bbox", flat=True).iterator():
        merged = merge_bboxes(merged, flat_bbox(bbox) if bbox else None)
        if merged == collection.bbox:
            break
    return merged


def _reaches_edge(bbox: Sequence[float], around: Sequence[float]) -> bool:
    return any(mine == edge for mine, edge in zip(bbox, around, strict=True))
