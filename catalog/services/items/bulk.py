"""Write many items at once, by few queries a batch: what is good is kept, what is not is told with its reason."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import IntegrityError, transaction

from catalog.documents.footprints import of_wkb, read_plain_footprints
from catalog.documents.mending import LENIENT, Handling, Mending
from catalog.documents.validation import checked_item
from catalog.errors import CatalogError, Conflict
from catalog.models import Item
from catalog.services.access.permissions import get_editable_collection
from catalog.services.audit import Action, record
from catalog.services.collections.summaries import SummarizedItem, follow_items
from catalog.services.collections.versions import mark_changed
from catalog.services.items.dropping import drop_files
from catalog.services.items.editing import kept_files, lost_files
from catalog.services.items.inserting import insert_items
from catalog.services.items.showing import Showing, find_conflict, find_or_make_files
from catalog.services.items.writing import differs, item_fields

# Items of one transaction: enough to spare round trips, little enough that others don't wait.
BATCH_ITEMS = 2000
# How often a batch is tried when somebody else writes the same ids meanwhile.
ATTEMPTS = 3
WRITTEN = (
    "geometry", "bbox", "datetime", "start_datetime", "end_datetime", "words", "properties", "assets", "links",
    "stac_extensions", "extra", "asset_files", "version", "updated",
)  # fmt: skip


@dataclass(frozen=True)
class Refusal:
    """Say why the document at this position, counted from 0, was not taken."""

    position: int
    item_id: str
    code: str
    description: str


@dataclass(frozen=True)
class Mended:
    """Say what was mended in the document at this position, counted from 0."""

    position: int
    item_id: str
    description: str


@dataclass
class BulkReport:
    """Hold the ids of what was done, in the order of the documents."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    # What was not quite valid in those that were taken.
    mended: list[Mended] = field(default_factory=list)
    # Why imagery of those that were taken can't be seen.
    unshown: list[Mended] = field(default_factory=list)

    def add(self, other: "BulkReport") -> None:
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.refused += other.refused
        self.mended += other.mended
        self.unshown += other.unshown


@dataclass(frozen=True)
class _Candidate:
    position: int
    item_id: str
    fields: dict[str, Any]
    # Admitted addresses of imagery, by asset key.
    imagery: dict[str, str] = field(default_factory=dict)


def write_items_as(
    *,
    user: User | AnonymousUser,
    collection_id: str,
    documents: Sequence[object],
    replace: bool,
    handling: Handling = LENIENT,
) -> BulkReport:
    """Write items for an editor of the collection, as `write_items` does."""
    get_editable_collection(user=user, collection_id=collection_id)
    return write_items(collection_id=collection_id, documents=documents, replace=replace, handling=handling)


def write_items(
    *,
    collection_id: str,
    documents: Sequence[object],
    replace: bool,
    seen: set[str] | None = None,
    handling: Handling = LENIENT,
    showing: Showing | None = None,
) -> BulkReport:
    """Write STAC Items in batches. Those that are there already are replaced, or refused as conflicts.

    `seen` are ids that came before: one of them again is refused. Those of this call are added. `handling` is of what
    is not quite valid. With `showing` the imagery that documents name is admitted, and can be seen.
    """
    report, seen = BulkReport(), set[str]() if seen is None else seen
    for first in range(0, len(documents), BATCH_ITEMS):
        with collecting_later():
            batch = documents[first : first + BATCH_ITEMS]
            candidates = list(
                _candidates(
                    batch, first=first, collection_id=collection_id, seen=seen, handling=handling, report=report
                )
            )
            if showing:
                candidates = _with_imagery(candidates, showing=showing, report=report)
            report.add(_write_batch(candidates, collection_id=collection_id, replace=replace, showing=showing))
    report.refused.sort(key=lambda refusal: refusal.position)
    return report


@contextmanager
def collecting_later() -> Iterator[None]:
    """Put off Python's search for cycles, of which documents have none: it would go through all of them every time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _candidates(
    documents: Sequence[object],
    *,
    first: int,
    collection_id: str,
    seen: set[str],
    handling: Handling,
    report: BulkReport,
) -> Iterator[_Candidate]:
    """Yield the documents that are good, of which the first has the position `first`; the report gets the others."""
    geometries = [document.get("geometry") if isinstance(document, dict) else None for document in documents]
    footprints = read_plain_footprints(geometries)
    for position, (document, footprint) in enumerate(zip(documents, footprints, strict=True), start=first):
        mending = Mending(handling)
        try:
            checked = checked_item(
                document, collection_id=collection_id, mending=mending, has_plain_footprint=footprint is not None
            )
            fields, item_id = item_fields(checked, footprint=footprint), checked["id"]
            if item_id in seen:
                raise Conflict(f"id: {item_id!r} came before in this bulk.", code="duplicate_id")
        except CatalogError as error:
            report.refused.append(_refusal(position, document, error))
            continue
        seen.add(item_id)
        report.mended += [Mended(position, item_id, note) for note in mending.notes]
        yield _Candidate(position, item_id, fields)


def _with_imagery(candidates: Sequence[_Candidate], *, showing: Showing, report: BulkReport) -> list[_Candidate]:
    """Return the items with the imagery that may be read; the report says what may not."""
    admitted = showing.admitted([candidate.fields for candidate in candidates])
    for candidate, found in zip(candidates, admitted, strict=True):
        for reason, count in found.refused.items():
            assets = "1 asset stays" if count == 1 else f"{count} assets stay"
            report.unshown.append(
                Mended(candidate.position, candidate.item_id, f"{assets} a document, not shown: {reason}")
            )
    return [replaced(each, imagery=found.imagery) for each, found in zip(candidates, admitted, strict=True)]


def _refusal(position: int, document: object, error: CatalogError) -> Refusal:
    identifier = document.get("id") if isinstance(document, dict) else None
    return Refusal(position, identifier if isinstance(identifier, str) else "", error.code, error.message)


def _write_batch(
    candidates: Sequence[_Candidate], *, collection_id: str, replace: bool, showing: Showing | None
) -> BulkReport:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return _write_once(candidates, collection_id=collection_id, replace=replace, showing=showing)
        except IntegrityError:
            # Somebody wrote one of these ids since we looked; now it is seen.
            if attempt == ATTEMPTS:
                raise
    return BulkReport()


def _write_once(
    candidates: Sequence[_Candidate], *, collection_id: str, replace: bool, showing: Showing | None
) -> BulkReport:
    report = BulkReport()
    files = _files(candidates, collection_id=collection_id, showing=showing)
    ids = [candidate.item_id for candidate in candidates]
    rows = Item.objects.select_for_update().filter(collection_id=collection_id, item_id__in=ids)
    present = {item.item_id: item for item in rows}
    new: list[tuple[str, dict[str, Any]]] = []
    changed: list[Item] = []
    went: list[SummarizedItem] = []
    lost: list[dict[str, str]] = []
    for candidate in candidates:
        item = present.get(candidate.item_id)
        shown = {key: files[href] for key, href in candidate.imagery.items()}
        if item is None:
            new.append((candidate.item_id, candidate.fields | {"asset_files": shown}))
            report.created.append(candidate.item_id)
        elif error := _conflict(item, replace=replace, showing=showing):
            report.refused.append(Refusal(candidate.position, candidate.item_id, error.code, error.message))
        elif _changes(item, candidate.fields, shown=shown, went=went, lost=lost):
            changed.append(item)
            report.updated.append(candidate.item_id)
        else:
            report.unchanged.append(candidate.item_id)
    insert_items(collection_id, new)
    Item.objects.bulk_create(changed, update_conflicts=True, unique_fields=["pk_id"], update_fields=WRITTEN)
    drop_files(lost, collection_id=collection_id)
    if new or changed:
        came = [*(SummarizedItem.of_fields(fields) for _, fields in new), *map(SummarizedItem.of, changed)]
        follow_items(collection_id=collection_id, came=came, went=went)
        record(
            Action.ITEMS_WRITTEN,
            target=collection_id,
            collection_id=collection_id,
            made=report.created,
            changed=report.updated,
        )
        mark_changed(collection_id)
    return report


def _files(candidates: Sequence[_Candidate], *, collection_id: str, showing: Showing | None) -> Mapping[str, str]:
    if showing is None:
        return {}
    wanted = ((candidate.imagery, candidate.fields["assets"]) for candidate in candidates)
    return find_or_make_files(wanted, collection_id=collection_id, owner=showing.owner)


def _conflict(item: Item, *, replace: bool, showing: Showing | None) -> Conflict | None:
    """Return why a document may not take the place of an item that is there."""
    if not replace:
        return Conflict(f"There is an item {item.item_id!r} already.", code="item_exists")
    return find_conflict(item) if showing else None


def _changes(
    item: Item,
    fields: dict[str, Any],
    *,
    shown: Mapping[str, str],
    went: list[SummarizedItem],
    lost: list[dict[str, str]],
) -> bool:
    """Set the fields on the row and return True if they differ; `went` gets what it was, `lost` the files it had."""
    wkb = fields["geometry"]
    fields = fields | {
        "geometry": of_wkb(wkb) if isinstance(wkb, bytes) else wkb,
        "asset_files": {**shown, **kept_files(item, fields["assets"])},
    }
    if not differs(item, fields):
        return False
    went.append(SummarizedItem.of(item))
    lost.append(lost_files(item, fields["asset_files"]))
    for name, value in fields.items():
        setattr(item, name, value)
    item.version += 1
    return True
