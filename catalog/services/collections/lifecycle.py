"""Collections: made, changed, and grown with their items."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from catalog.documents.footprints import flat_bbox, merge_bboxes
from catalog.errors import Conflict, InvalidInput
from catalog.models import Collection, Membership
from catalog.services.access.permissions import get_editable_collection, get_owned_collection
from catalog.services.collections.versions import mark_changed

EDITABLE = frozenset({"title", "description", "license", "keywords", "visibility", "extra"})


def create_collection(*, user: User | None, collection_id: str, **fields: Any) -> Collection:
    """Make a collection whose owner is the user; without one only who runs the site may change it."""
    collection = Collection(id=collection_id, **_editable(fields))
    return insert_collection(collection, owner=user)


def insert_collection(collection: Collection, *, owner: User | None) -> Collection:
    """Write a new collection and who owns it; raise Conflict for an id that is taken."""
    check_collection(collection)
    try:
        with transaction.atomic():
            collection.save(force_insert=True)
            if owner:
                Membership.objects.create(collection=collection, user=owner, role=Membership.Role.OWNER)
    except IntegrityError:
        raise Conflict(f"There is a collection {collection.pk!r} already.", code="collection_exists") from None
    return collection


def update_collection(*, user: User, collection_id: str, **fields: Any) -> Collection:
    collection = get_editable_collection(user=user, collection_id=collection_id)
    if fields.get("visibility", collection.visibility) != collection.visibility:
        get_owned_collection(user=user, collection_id=collection_id)
    return change_collection(collection, **_editable(fields))


def change_collection(collection: Collection, **fields: Any) -> Collection:
    """Set fields of a collection, whoever asks for it, and count a version. Raises InvalidInput for bad values."""
    for name, value in fields.items():
        setattr(collection, name, value)
    check_collection(collection)
    Collection.objects.filter(pk=collection.pk).update(**fields, version=F("version") + 1, updated=timezone.now())
    mark_changed(collection.pk)
    collection.refresh_from_db()
    return collection


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


def _editable(fields: dict[str, Any]) -> dict[str, Any]:
    unknown = sorted(fields.keys() - EDITABLE)
    if unknown:
        raise InvalidInput(f"{unknown[0]}: not a field that can be set; these can: {', '.join(sorted(EDITABLE))}.")
    return fields


def check_collection(collection: Collection) -> None:
    try:
        collection.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        problems = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
        raise InvalidInput(problems) from None
