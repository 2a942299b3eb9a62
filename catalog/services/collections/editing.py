"""Write collections as STAC documents."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from catalog.documents.footprints import flat_bbox
from catalog.documents.mending import MENDING_RINGS, Mending
from catalog.documents.merge_patch import merge_patch
from catalog.documents.moments import read_moment
from catalog.documents.validation import VERSION, Document, checked_collection
from catalog.errors import InvalidDocument, PreconditionFailed
from catalog.models import Collection, IngestJob
from catalog.services.access.permissions import get_editable_collection, get_owned_collection
from catalog.services.audit import Action, record
from catalog.services.collections.lifecycle import check_collection, insert_collection
from catalog.services.collections.renders import check_renders
from catalog.services.collections.versions import mark_changed
from catalog.services.files.deleting import delete_file

# Members that have columns of their own, or that are made anew for each answer. `links` stay with the others.
OWN_MEMBERS = frozenset({"type", "id", "stac_version", "title", "description", "license", "keywords", "extent"})
# Of collections that were made because items name them.
DESCRIPTION_OF_MADE = "Made for the items that name it."
WHOLE_WORLD = [-180.0, -90.0, 180.0, 90.0]
Expected = Callable[[Collection], bool]


def create_collection_from_document(*, user: User, document: object, mending: Mending | None = None) -> Collection:
    """Make a collection whose owner is the user. Raise Conflict when there is one of that id.

    `mending` is told what was not quite valid, here and wherever a document is written.
    """
    checked = checked_collection(document, mending=mending)
    _check_renders(checked, before={})
    return _create(checked, owner=user)


def write_collection(*, document: object, owner: User | None, mending: Mending | None = None) -> Collection:
    """Make the collection, or replace the one of its id: for those who run the site."""
    checked = checked_collection(document, mending=mending)
    with transaction.atomic():
        present = Collection.objects.select_for_update().filter(pk=checked["id"]).first()
        return _write(present, checked) if present else _create(checked, owner=owner)


def adopt_collection(*, user: User, document: object) -> Collection:
    """Make a collection of another catalog's document, with the user for its owner, or find the one of its id.

    One that has no document of its own yet takes this one; what somebody wrote stays. Renderings that this site can't
    do are kept, as of loaded collections. Raises NotAllowed (or NotFound) where the user may not change the one that is
    there.
    """
    checked = checked_collection(document, mending=Mending(MENDING_RINGS))
    if not Collection.objects.filter(pk=checked["id"]).exists():
        return _create(checked, owner=user)
    present = get_editable_collection(user=user, collection_id=checked["id"])
    if present.extra or present.description not in {"", DESCRIPTION_OF_MADE}:
        return present
    if present.title:
        checked["title"] = present.title
    with transaction.atomic():
        return _write(Collection.objects.select_for_update().get(pk=present.pk), checked)


def _check_renders(document: object, *, before: Mapping[str, Any]) -> None:
    """Refuse renderings that this site can't do, unless the collection was loaded with them: those stay."""
    renders = document.get("renders") if isinstance(document, dict) else None
    if renders is not None and renders != before.get("renders"):
        check_renders(renders)


def _create(checked: Document, *, owner: User | None) -> Collection:
    collection = Collection(id=checked["id"], **collection_fields(checked))
    insert_collection(collection, owner=owner)
    mark_changed(collection.pk)
    return collection


def replace_collection(
    *,
    user: User | AnonymousUser,
    collection_id: str,
    document: object,
    expected: Expected | None = None,
    mending: Mending | None = None,
) -> Collection:
    get_editable_collection(user=user, collection_id=collection_id)
    with transaction.atomic():
        collection = _locked(collection_id, expected=expected)
        _check_renders(document, before=collection.extra)
        return _write_document(collection, _without_derived(collection, document), mending=mending)


def patch_collection(
    *,
    user: User | AnonymousUser,
    collection_id: str,
    patch: object,
    expected: Expected | None = None,
    mending: Mending | None = None,
) -> Collection:
    """Change what the JSON merge patch (RFC 7396) names."""
    get_editable_collection(user=user, collection_id=collection_id)
    if not isinstance(patch, dict):
        raise InvalidDocument("document: give a JSON object of what changes.")
    with transaction.atomic():
        collection = _locked(collection_id, expected=expected)
        merged = merge_patch(stored_document(collection), patch)
        _check_renders(merged, before=collection.extra)
        return _write_document(collection, merged, mending=mending)


def delete_collection(*, user: User | AnonymousUser, collection_id: str, expected: Expected | None = None) -> None:
    """Delete it with its items, jobs and stored files. Only its owners may."""
    get_owned_collection(user=user, collection_id=collection_id)
    with transaction.atomic():
        collection = _locked(collection_id, expected=expected)
        remove_collection(collection)


def remove_collection(collection: Collection) -> None:
    """Delete a collection with its items, jobs and stored files, whoever asks for it."""
    collection_id = collection.pk
    with transaction.atomic():
        # Jobs hold on to their files, so they go first.
        IngestJob.objects.filter(collection=collection).delete()
        for file in collection.files.iterator():
            delete_file(file)
        items = collection.items.count()
        collection.delete()
        record(Action.COLLECTION_DELETED, target=collection_id, collection_id=collection_id, items=items)
        mark_changed(collection_id)


def collection_fields(document: Mapping[str, Any]) -> dict[str, Any]:
    """Split a valid STAC Collection into the columns of `Collection`."""
    bbox = document["extent"]["spatial"]["bbox"][0]
    start, end = (_moment(end) for end in document["extent"]["temporal"]["interval"][0])
    if start and end and start > end:
        raise InvalidDocument("extent.temporal.interval.0: ends before it starts.")
    extra = {name: value for name, value in document.items() if name not in OWN_MEMBERS}
    if not extra.get("stac_extensions"):
        extra.pop("stac_extensions", None)  # Each answer has the list, empty or not.
    if document["extent"] != _plain_extent(document["extent"]):
        extra["extent"] = document["extent"]
    return {
        "title": document.get("title") or "",
        "description": document["description"],
        "license": document["license"],
        "keywords": document.get("keywords") or [],
        "bbox": flat_bbox(bbox),
        "start_datetime": start,
        "end_datetime": end,
        "extra": extra,
    }


def extent_document(collection: Collection, *, bbox: list[float], interval: list[str | None]) -> Document:
    """Return the extent that the columns have, with what else was written: its parts, heights, other members."""
    written = collection.extra.get("extent", {"spatial": {"bbox": []}, "temporal": {"interval": []}})
    bboxes, intervals = written["spatial"]["bbox"], written["temporal"]["interval"]
    whole = bboxes[0] if bboxes and flat_bbox(bboxes[0]) == bbox else bbox
    return {
        **written,
        "spatial": {**written["spatial"], "bbox": [whole, *bboxes[1:]]},
        "temporal": {**written["temporal"], "interval": [interval, *intervals[1:]]},
    }


def with_derived(collection: Collection) -> Document:
    """Return `extra`, with what the items have in common where it was not defined otherwise."""
    extra = dict(collection.extra)
    for part, derived in collection.derived.items():
        own = extra.get(part, {})
        extra[part] = {**derived, **own} if isinstance(own, dict) else own
    return extra


def _without_derived(collection: Collection, written: object) -> object:
    """Leave out what the items had in common: a client that writes back what it read defines nothing by it."""
    if not isinstance(written, dict):
        return written
    document = dict(written)
    for part, derived in collection.derived.items():
        given, own = document.get(part), collection.extra.get(part) or {}
        if not isinstance(given, dict) or not given:
            continue
        kept = {
            name: value for name, value in given.items() if name in own or name not in derived or derived[name] != value
        }
        document[part] = kept
        if not kept:
            del document[part]
    return document


def stored_document(collection: Collection) -> Document:
    """Return the collection as it was written, without what each answer adds."""
    interval = [
        moment.isoformat().replace("+00:00", "Z") if moment else None
        for moment in (collection.start_datetime, collection.end_datetime)
    ]
    document: Document = {
        "links": [],
        **collection.extra,
        "type": "Collection",
        "stac_version": VERSION,
        "id": collection.pk,
        "description": collection.description or collection.title or collection.pk,
        "license": collection.license,
        "extent": extent_document(collection, bbox=collection.bbox or WHOLE_WORLD, interval=interval),
    }
    optional = {"title": collection.title, "keywords": collection.keywords}
    return document | {name: value for name, value in optional.items() if value}


def _plain_extent(extent: Mapping[str, Any]) -> Document:
    """Return what the columns hold of an extent."""
    return {
        "spatial": {"bbox": [flat_bbox(extent["spatial"]["bbox"][0])]},
        "temporal": {"interval": [extent["temporal"]["interval"][0]]},
    }


def _moment(text: str | None) -> datetime | None:
    return None if text is None else read_moment(text, name="extent.temporal.interval.0")


def _locked(collection_id: str, *, expected: Expected | None) -> Collection:
    collection = Collection.objects.select_for_update().get(pk=collection_id)
    if expected and not expected(collection):
        raise PreconditionFailed(f"The collection {collection_id!r} is not the version that If-Match names.")
    return collection


def _write_document(collection: Collection, document: object, *, mending: Mending | None) -> Collection:
    return _write(collection, checked_collection(document, mending=mending))


def _write(collection: Collection, checked: Document) -> Collection:
    if checked["id"] != collection.pk:
        raise InvalidDocument(f"id: {checked['id']!r} is not {collection.pk!r}, as the address says.")
    fields = collection_fields(checked)
    if collection.bbox is None and fields["bbox"] == WHOLE_WORLD:
        # What an empty collection is shown with. Kept, it would hide where the first items lie.
        fields["bbox"] = None
    if all(getattr(collection, name) == value for name, value in fields.items()):
        return collection
    changed = sorted(name for name, value in fields.items() if getattr(collection, name) != value)
    for name, value in fields.items():
        setattr(collection, name, value)
    check_collection(collection)
    collection.version += 1
    collection.save()
    record(Action.COLLECTION_CHANGED, target=collection.pk, collection_id=collection.pk, fields=changed)
    mark_changed(collection.pk)
    return collection
