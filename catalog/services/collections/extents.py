"""What a collection spans: widened as items come, narrowed as the outermost go."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Min
from django.utils import timezone

from catalog.documents.footprints import flat_bbox, merge_bboxes
from catalog.models import Collection, Item


def widen_extent(
    *,
    collection_id: str,
    bbox: Sequence[float] | None,
    start: datetime | None,
    end: datetime | None,
    derived: Mapping[str, Any] | None = None,
) -> None:
    """Make the collection's extent hold more items. Most items change nothing, and then nothing is written.

    `derived` is what it says of its items from now on, where that is something else. Within a transaction.
    """
    rows = Collection.objects.filter(pk=collection_id)
    changes = {} if derived is None else {"derived": derived}
    row = rows.values("bbox", "start_datetime", "end_datetime").get()
    if not changes and row == _widened(dict(row), bbox, start, end):
        return
    row = rows.select_for_update().values("bbox", "start_datetime", "end_datetime").get()
    rows.update(**_widened(dict(row), bbox, start, end), **changes, version=F("version") + 1, updated=timezone.now())


def _widened(
    row: dict[str, Any], bbox: Sequence[float] | None, start: datetime | None, end: datetime | None
) -> dict[str, Any]:
    starts = [time for time in (row["start_datetime"], start) if time]
    ends = [time for time in (row["end_datetime"], end) if time]
    # One end alone: the other is open, as somebody said, and items don't close it.
    opens = row["end_datetime"] and not row["start_datetime"]
    goes_on = row["start_datetime"] and not row["end_datetime"]
    return {
        "bbox": merge_bboxes(row["bbox"], flat_bbox(bbox) if bbox else None),
        "start_datetime": None if opens else min(starts, default=None),
        "end_datetime": None if goes_on else max(ends, default=None),
    }


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
    """Return the box around the items; reading stops once it is as wide as it was, mostly among the first."""
    merged: list[float] | None = None
    bboxes = Item.objects.filter(collection=collection, bbox__isnull=False).order_by("-pk_id")
    for bbox in bboxes.values_list("bbox", flat=True).iterator():
        merged = merge_bboxes(merged, flat_bbox(bbox) if bbox else None)
        if merged == collection.bbox:
            break
    return merged


def _reaches_edge(bbox: Sequence[float], around: Sequence[float]) -> bool:
    return any(mine == edge for mine, edge in zip(bbox, around, strict=True))
