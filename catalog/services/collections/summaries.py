"""Keep what a collection says of its items true as they come, change and go: their counts, and what they span."""

import zlib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

import orjson
from django.contrib.gis.geos import GEOSGeometry
from django.db import transaction
from django.db.models import F, Max, Min
from django.db.models.fields.json import KeyTransform
from django.utils import timezone

from catalog.documents.footprints import flat_bbox, merge_bboxes
from catalog.documents.summaries import add_item, describe, empty_counts, remove_item
from catalog.models import Census, Collection, Item, TallyRow
from catalog.services.collections import prepared_tallies

# What is read of a collection to tell whether its extent widens.
EXTENT = ("collection__bbox", "collection__start_datetime", "collection__end_datetime", "collection__version")


@dataclass(frozen=True)
class SummarizedItem:
    """Hold the parts of an item that its collection sums up."""

    bbox: Sequence[float] | None
    start: datetime
    end: datetime
    properties: Mapping[str, Any]
    assets: Mapping[str, Any]
    # As WKB.
    footprint: bytes | None

    @classmethod
    def of(cls, item: Item) -> "SummarizedItem":
        footprint = bytes(item.geometry.wkb) if item.geometry else None
        return cls(item.bbox, item.start_datetime, item.end_datetime, item.properties, item.assets, footprint)

    @classmethod
    def of_fields(cls, fields: Mapping[str, Any]) -> "SummarizedItem":
        """Return the parts of an item that is given by its columns."""
        geometry = fields["geometry"]
        footprint = bytes(geometry.wkb) if isinstance(geometry, GEOSGeometry) else geometry
        start, end = fields["start_datetime"], fields["end_datetime"]
        return cls(fields["bbox"], start, end, fields["properties"], fields["assets"], footprint)

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
    rows = Census.objects.select_for_update(of=("self",)).select_related("collection").only("counts", *EXTENT)
    rows = rows.filter(pk=collection_id).annotate(changes=prepared_tallies.CHANGES_OF_CENSUS)
    summary = rows.first()
    if summary is None:
        Census.objects.bulk_create([Census(collection_id=collection_id)], ignore_conflicts=True)
        summary = rows.get()
    changes = summary.changes or 0
    if not summary.counts:
        prepared_tallies.tally_anew(collection_id)
    elif len(came) + len(went) > prepared_tallies.FEW or changes >= prepared_tallies.MOST_CHANGES:
        prepared_tallies.follow_tally(collection_id, came=came, went=went, changes=changes)
    else:
        noted_of = prepared_tallies.NOTED_OF
        items = list(map(noted_of, came)), list(map(noted_of, went))
        counts = zlib.compress(orjson.dumps(items, default=bytes.hex), prepared_tallies.FAST)
        TallyRow.objects.create(collection_id=collection_id, part=prepared_tallies.NOTED, counts=counts)
    derived = _count(summary, came=came, went=went)
    bbox: list[float] | None = None
    for item in came:
        bbox = merge_bboxes(bbox, flat_bbox(item.bbox) if item.bbox else None)
    start = min(map(attrgetter("start"), came), default=None)
    end = max(map(attrgetter("end"), came), default=None)
    present = summary.collection
    widen_extent(collection_id=collection_id, bbox=bbox, start=start, end=end, derived=derived, present=present)
    gone = {item.extent for item in went} - {item.extent for item in came} if went else ()
    for gone_bbox, gone_start, gone_end in gone:
        narrow_extent(collection_id=collection_id, bbox=gone_bbox, start=gone_start, end=gone_end)


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


def recount(collection_id: str) -> None:
    """Count the collection's items anew, one by one, and have it say what they have in common."""
    with transaction.atomic():
        Census.objects.get_or_create(pk=collection_id)
        summary = Census.objects.select_for_update().get(pk=collection_id)
        counts = empty_counts()
        rows = Item.objects.filter(collection_id=collection_id).order_by().values_list("properties", "assets")
        for properties, assets in rows.iterator():
            add_item(counts, properties, assets)
        Census.objects.filter(pk=summary.pk).update(counts=counts)
        Collection.objects.filter(pk=collection_id).update(derived=describe(counts), version=F("version") + 1)
        prepared_tallies.tally_anew(collection_id)


def _present_range(collection_id: str, name: str, before: Mapping[str, Any]) -> dict[str, float]:
    """Read a property's least and greatest number from the items, also where other items have texts."""
    numbers = (
        Item.objects.filter(collection_id=collection_id)
        .annotate(number=KeyTransform(name, "properties"))
        .filter(number__gte=before["minimum"], number__lte=before["maximum"])
    )
    lowest = numbers.order_by("number").values_list("number", flat=True).first()
    highest = numbers.order_by("-number").values_list("number", flat=True).first()
    return {} if lowest is None or highest is None else {"minimum": lowest, "maximum": highest}


def widen_extent(
    *,
    collection_id: str,
    bbox: Sequence[float] | None,
    start: datetime | None,
    end: datetime | None,
    derived: Mapping[str, Any] | None = None,
    present: Collection | None = None,
) -> None:
    """Make the collection's extent hold more items. Most items change nothing, and then nothing is written.

    `derived` is what it says of its items from now on, where that is something else; `present` the collection as it
    was just read. Within a transaction.
    """
    rows = Collection.objects.filter(pk=collection_id)
    present = present or rows.only("bbox", "start_datetime", "end_datetime", "version").get()
    changes: dict[str, Any] = {} if derived is None else {"derived": derived}
    row: dict[str, Any] = {
        "bbox": present.bbox,
        "start_datetime": present.start_datetime,
        "end_datetime": present.end_datetime,
    }
    wide = _widened(row, bbox, start, end)
    if not changes and row == wide:
        return
    changes |= {"version": F("version") + 1, "updated": timezone.now()}
    if not rows.filter(version=present.version).update(**wide, **changes):
        # An editor changed it since.
        row = dict(rows.select_for_update().values("bbox", "start_datetime", "end_datetime").get())
        rows.update(**_widened(row, bbox, start, end), **changes)


def _widened(
    row: dict[str, Any], bbox: Sequence[float] | None, start: datetime | None, end: datetime | None
) -> dict[str, Any]:
    starts, ends = filter(None, (row["start_datetime"], start)), filter(None, (row["end_datetime"], end))
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
