"""What a collection says of its items, kept true as they come, change and go."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any

from django.db.models.fields.json import KeyTransform

from catalog.documents.footprints import flat_bbox, merge_bboxes
from catalog.documents.summaries import add_item, describe, empty_counts, remove_item
from catalog.models import Census, Item
from catalog.services.collections.extents import narrow_extent, widen_extent


@dataclass(frozen=True)
class SummarizedItem:
    """The parts of an item that its collection sums up."""

    bbox: Sequence[float] | None
    start: datetime
    end: datetime
    properties: Mapping[str, Any]
    assets: Mapping[str, Any]

    @classmethod
    def of(cls, item: Item) -> "SummarizedItem":
        return cls(item.bbox, item.start_datetime, item.end_datetime, item.properties, item.assets)

    @property
    def extent(self) -> tuple[tuple[float, ...] | None, datetime, datetime]:
        return tuple(self.bbox) if self.bbox else None, self.start, self.end


def follow_items(
    *, collection_id: str, came: Sequence[SummarizedItem] = (), went: Sequence[SummarizedItem] = ()
) -> None:
    """Tell the collection which items there are now, and which no longer: a changed one came and went.

    Call it last in the transaction that changed them: from here to its end no other changes items of this collection,
    so that whoever counts sees what the others wrote.
    """
    if not came and not went:
        return
    rows = Census.objects.select_for_update().filter(pk=collection_id)
    summary = rows.first()
    if summary is None:
        Census.objects.bulk_create([Census(collection_id=collection_id)], ignore_conflicts=True)
        summary = rows.get()
    derived = _count(summary, came=came, went=went)
    _follow_extent(collection_id, came=came, went=went, derived=derived)


def _count(summary: Census, *, came: Sequence[SummarizedItem], went: Sequence[SummarizedItem]) -> dict[str, Any] | None:
    """Return what the collection says of its items from now on, or None where that is what it said."""
    counts = deepcopy(summary.counts) or empty_counts()
    for item in came:
        add_item(counts, item.properties, item.assets)
    extremes: set[str] = set()
    for item in went:
        extremes |= remove_item(counts, item.properties, item.assets)
    for name in sorted(extremes & counts["ranges"].keys()):
        counts["ranges"][name] |= _present_range(summary.collection_id, name, counts["ranges"][name])
    if counts == summary.counts:
        return None
    Census.objects.filter(pk=summary.pk).update(counts=counts)
    derived = describe(counts)
    return None if summary.counts and derived == describe(summary.counts) else derived


def _present_range(collection_id: str, name: str, before: Mapping[str, Any]) -> dict[str, float]:
    """Read from the items. What lies between two numbers is a number, also where other items have texts."""
    numbers = (
        Item.objects.filter(collection_id=collection_id)
        .annotate(number=KeyTransform(name, "properties"))
        .filter(number__gte=before["minimum"], number__lte=before["maximum"])
    )
    lowest = numbers.order_by("number").values_list("number", flat=True).first()
    highest = numbers.order_by("-number").values_list("number", flat=True).first()
    return {} if lowest is None or highest is None else {"minimum": lowest, "maximum": highest}


def _follow_extent(
    collection_id: str,
    *,
    came: Sequence[SummarizedItem],
    went: Sequence[SummarizedItem],
    derived: Mapping[str, Any] | None,
) -> None:
    widen_extent(
        collection_id=collection_id,
        bbox=reduce(merge_bboxes, (flat_bbox(item.bbox) for item in came if item.bbox), None),
        start=min((item.start for item in came), default=None),
        end=max((item.end for item in came), default=None),
        derived=derived,
    )
    gone = {item.extent for item in went} - {item.extent for item in came} if went else ()
    for bbox, start, end in gone:
        narrow_extent(collection_id=collection_id, bbox=bbox, start=start, end=end)
