"""Keep the tallies of collections: counts of their items that are ready before anybody asks for them.

A change of many items is a row of what they add and take away, of all parts. One of a few is a row of these items,
counted when somebody asks. Of many such rows a row for each part is made.
"""

import logging
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import orjson
from django.contrib.gis.geos import GEOSGeometry
from django.db import transaction
from django.db.models import Count, OuterRef, Subquery

from catalog.models import Census, Item, TallyRow
from catalog.querying.cell_tallies import MIDDLES, coarser_cells, middle_part, tally_cells
from catalog.querying.finding import Sight
from catalog.querying.item_tallies import BEGIN, Part, Tally, add_up, tally_properties, tally_times
from catalog.querying.query import SearchQuery
from catalog.querying.sql.grids import Grid

if TYPE_CHECKING:
    from catalog.services.collections.summaries import SummarizedItem

logger = logging.getLogger(__name__)
Noted = tuple[datetime, datetime, bytes | None, Any]
# The part of a row of changes, and of the row that says that all items are counted; after another way to count they
# are counted anew, when its number is another.
CHANGES, NOTED, COMPLETE = "", "noted", "complete 1"
# What is noted of an item.
NOTED_OF = attrgetter("start", "end", "footprint", "properties")
# Items that came and went together and are noted, not counted at once.
FEW = 2
# Rows of changes that a reader adds up at most, and items that are counted together.
MOST_CHANGES, BATCH = 32, 1_000
FAST = 1
# How many rows of changes the collection of a census has, or NULL, as an expression.
CHANGES_OF_CENSUS = Subquery(
    TallyRow.objects.filter(collection=OuterRef("pk"), part__in=[CHANGES, NOTED])
    .order_by()
    .values("collection")
    .annotate(number=Count("*"))
    .values("number")
)
COLUMNS = ("start_datetime", "end_datetime", "geometry", "properties")


def follow_tally(
    collection_id: str, *, came: Sequence["SummarizedItem"], went: Sequence["SummarizedItem"], changes: int
) -> None:
    """Count items that came, and take away those that went. The caller holds the collection's census.

    `changes` is about how many rows of changes there are. While not all of the collection's items are counted, they are
    only kept until `tally_anew` takes their place.
    """
    tally = _difference(map(NOTED_OF, came), map(NOTED_OF, went))
    if tally:
        TallyRow.objects.create(collection_id=collection_id, part=CHANGES, counts=_packed(tally))
    if changes >= MOST_CHANGES:
        _merge(collection_id)


def tally_anew(collection_id: str) -> None:
    """Count the collection's items one by one. The caller holds its census."""
    rows = TallyRow.objects.filter(collection_id=collection_id)
    rows.delete()
    columns = Item.objects.filter(collection_id=collection_id).order_by().values_list(*COLUMNS).iterator()
    total: Tally = {}
    # As few sums as there may be: the total has more and more keys.
    while several := list(islice(_batches(columns), MOST_CHANGES)):
        total = add_up((tally, 1) for tally in (total, *several))
    _write(collection_id, total | {COMPLETE: {}})


def tally_missing() -> None:
    """Count the items of collections whose tallies there are not, as before they were kept."""
    lacking = Census.objects.exclude(collection__tallies__part=COMPLETE)
    for collection_id in list(lacking.values_list("pk", flat=True)):
        with transaction.atomic():
            # Who comes second finds what the first has counted.
            is_held = Census.objects.select_for_update().filter(pk=collection_id).exists()
            if is_held and lacking.filter(pk=collection_id).exists():
                tally_anew(collection_id)
                logger.info("Counted the items of %s for aggregations", collection_id)


def tallies_of(query: SearchQuery, *, sight: Sight | None, parts: Iterable[str]) -> dict[str, Tally] | None:
    """Return these parts for the collections that a search looks into; None where it filters, or as `read_tallies`."""
    if sight is None or not query.is_whole:
        return None
    named = sight.collections if query.collections is None else sight.collections.intersection(query.collections)
    return read_tallies(named, parts=parts)


def kept_middles(query: SearchQuery, *, sight: Sight | None, grid: Grid) -> list[tuple[int, int]]:
    """Return cells of the grid and how many items have their middle there; none where that isn't kept."""
    part = middle_part(grid.kind)
    tallies = tallies_of(query, sight=sight, parts=[part]) if grid.precision <= MIDDLES[grid.kind] else None
    total = add_up((tally, 1) for tally in (tallies or {}).values())
    return [(int(cell), count) for cell, count in coarser_cells(total.get(part, {}), grid=grid).items()]


def count_tallied(collection_id: str) -> int | None:
    """Return how many items of the collection are counted; None where not all are."""
    tally = (read_tallies([collection_id], parts=[BEGIN]) or {}).get(collection_id)
    return None if tally is None else sum(tally.get(BEGIN, {}).values())


def read_tallies(collection_ids: Iterable[str], *, parts: Iterable[str]) -> dict[str, Tally] | None:
    """Return these parts of the collections' tallies; None where the items of one are not counted."""
    wanted = set(parts)
    ids = list(collection_ids)
    found: dict[str, list[Tally]] = {}
    complete = set()
    rows = TallyRow.objects.filter(collection_id__in=ids, part__in=[CHANGES, NOTED, COMPLETE, *wanted])
    for collection_id, part, counts in rows.values_list("collection_id", "part", "counts"):
        if part == COMPLETE:
            complete.add(collection_id)
            continue
        tally = _read(part, counts)
        found.setdefault(collection_id, []).append({name: tally[name] for name in wanted & tally.keys()})
    others = [each for each in ids if each not in complete]
    if others and Item.objects.filter(collection_id__in=others).exists():
        return None
    return {each: add_up((tally, 1) for tally in found.get(each, ())) for each in sorted(complete)}


def _merge(collection_id: str) -> None:
    rows = TallyRow.objects.filter(collection_id=collection_id)
    changes = rows.filter(part__in=[CHANGES, NOTED])
    total = add_up((_read(part, counts), 1) for part, counts in changes.values_list("part", "counts"))
    present = rows.filter(part__in=total.keys())
    total = add_up([(total, 1), *((_unpacked(counts), 1) for counts in present.values_list("counts", flat=True))])
    changes.delete()
    present.delete()
    _write(collection_id, total)


def _write(collection_id: str, total: Tally) -> None:
    TallyRow.objects.bulk_create(
        TallyRow(collection_id=collection_id, part=part, counts=_packed({part: counts}))
        for part, counts in total.items()
    )


def _batches(rows: Iterator[Any]) -> Iterator[Tally]:
    while batch := list(islice(rows, BATCH)):
        starts, ends, footprints, properties = zip(*batch, strict=True)
        yield _tally(zip(starts, ends, strict=True), footprints, properties)


def _read(part: str, counts: bytes | memoryview) -> Tally:
    """Return the tally that a row holds, or that of the items it holds."""
    if part != NOTED:
        return _unpacked(counts)
    came, went = orjson.loads(zlib.decompress(counts))
    return _difference(map(_as_noted, came), map(_as_noted, went))


def _as_noted(row: Any) -> Noted:
    start, end, footprint, properties = row
    shape = None if footprint is None else bytes.fromhex(footprint)
    return datetime.fromisoformat(start), datetime.fromisoformat(end), shape, properties


def _difference(came: Iterable[Noted], went: Iterable[Noted]) -> Tally:
    return add_up([(_of_noted(list(came)), 1), (_of_noted(list(went)), -1)])


def _of_noted(items: Sequence[Noted]) -> Tally:
    return _tally([item[:2] for item in items], [item[2] for item in items], [item[3] for item in items])


def _tally(times: Iterable[Any], footprints: Iterable[GEOSGeometry | bytes | None], properties: Iterable[Any]) -> Tally:
    shapes = [bytes(each.wkb) if isinstance(each, GEOSGeometry) else each for each in footprints]
    return tally_times(times) | tally_cells(shapes) | tally_properties(properties)


def _packed(tally: Tally) -> bytes:
    return zlib.compress(orjson.dumps(tally), FAST)


def _unpacked(counts: bytes | memoryview) -> Tally:
    tally: dict[str, Part] = orjson.loads(zlib.decompress(counts))
    return tally
