"""Write items from documents."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import filterfalse
from operator import attrgetter
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.contrib.gis.geos import GEOSGeometry
from django.db import IntegrityError, transaction

from catalog.documents.footprints import read_footprint, unstored_geometry
from catalog.documents.moments import read_moment
from catalog.documents.text_index import item_words
from catalog.errors import Conflict, InvalidDocument, NotFound
from catalog.models import ChecksumFile, Item
from catalog.services.audit import Action, record
from catalog.services.collections.summaries import SummarizedItem, follow_items
from catalog.services.collections.versions import mark_changed

IS_NEW = attrgetter("is_new")
# What of a file's row says how it is opened, and what its store says of it.
OPENED_AS = ("driver", "subdataset", "personal")
AS_STORED = ("url", "owner", "name", "media_type", "size", "etag", "last_modified", "siblings")
# Members of a STAC Item that have columns of their own, or that are made anew for each answer.
OWN_MEMBERS = frozenset(
    {"type", "id", "collection", "geometry", "bbox", "properties", "assets", "links", "stac_version", "stac_extensions"}
)


def get_visible_item(*, user: User | AnonymousUser, collection_id: str, item_id: str) -> Item:
    item = Item.objects.visible_to(user).filter(collection_id=collection_id, item_id=item_id).first()
    if item is None:
        raise NotFound(f"There is no item {item_id!r} in a collection {collection_id!r}.", code="item_not_found")
    return item


def upsert_item(
    *,
    collection_id: str,
    document: Mapping[str, Any],
    asset_files: Mapping[str, str] | None = None,
    files: Sequence[ChecksumFile] = (),
    may_replace: Callable[[Item], bool] = lambda _: True,
    user: User | None = None,
) -> Item:
    """Write a valid STAC Item document; raise Conflict when an item of that id is there that it may not replace.

    The same document twice changes nothing, not even the version. `asset_files` names, for each asset key, the
    ChecksumFile it was admitted as; `files` are rows of them that are written with it. Raises IntegrityError where
    somebody else writes the row of a file at the same moment: then nothing is written.
    """
    fields = item_fields(document) | {"asset_files": dict(asset_files or {})}
    with transaction.atomic():
        rows = Item.objects.select_for_update().filter(collection_id=collection_id, item_id=document["id"])
        item, created, went = rows.first(), False, []
        if item is None:
            item = Item(collection_id=collection_id, item_id=document["id"], **fields)
            try:
                with transaction.atomic():
                    item.save(force_insert=True)
                created = True
            except IntegrityError:
                # Another worker made it at the same moment.
                item = rows.get()
        if not created and not may_replace(item):
            raise Conflict(f"There is an item {item.item_id!r} already.", code="item_exists")
        for file in filterfalse(IS_NEW, files):
            file.save(update_fields=OPENED_AS if file.blob else (*AS_STORED, *OPENED_AS))
        ChecksumFile.objects.bulk_create(filter(IS_NEW, files))
        if not created and differs(item, fields):
            went = [SummarizedItem.of(item)]
            for name, value in fields.items():
                setattr(item, name, value)
            item.version += 1
            item.save()
        if created or went:
            action = Action.ITEM_MADE if created else Action.ITEM_CHANGED
            record(action, target=item.item_id, collection_id=collection_id, user=user)
            follow_items(collection_id=collection_id, came=[SummarizedItem.of(item)], went=went)
        mark_changed(collection_id)
    return item


def item_fields(document: Mapping[str, Any], *, footprint: GEOSGeometry | bytes | None = None) -> dict[str, Any]:
    """Split a STAC Item into the columns of `Item`. `footprint` is its geometry, where that has been read already."""
    properties = document["properties"]
    times: dict[str, datetime | None] = dict.fromkeys(("datetime", "start_datetime", "end_datetime"))
    for name in times:
        if properties.get(name) is not None:
            times[name] = read_moment(properties[name], name=f"properties.{name}")
    moment = times["datetime"]
    start, end = times["start_datetime"] or moment, times["end_datetime"] or moment
    if start is None or end is None:
        raise InvalidDocument("properties.datetime: give a time, or both start_datetime and end_datetime.")
    if start > end:
        raise InvalidDocument("properties.start_datetime: comes after end_datetime.")
    footprint = footprint or read_footprint(document.get("geometry"))
    # What no column holds, or not all of it.
    extra = dict(document)
    for name in OWN_MEMBERS & extra.keys():
        del extra[name]
    if (geometry := unstored_geometry(document.get("geometry"))) is not None:
        extra["geometry"] = geometry
    return {
        "geometry": footprint,
        "bbox": document.get("bbox"),
        "datetime": moment,
        "start_datetime": start,
        "end_datetime": end,
        "words": item_words(document["id"], properties),
        "properties": properties,
        "assets": document.get("assets", {}),
        "links": document.get("links", []),
        "stac_extensions": document.get("stac_extensions", []),
        "extra": extra,
    }


def differs(item: Item, fields: Mapping[str, Any]) -> bool:
    for name, value in fields.items():
        present = getattr(item, name)
        if name == "geometry":
            if (present is None) != (value is None) or (present and not present.equals_exact(value, 1e-9)):
                return True
        elif present != value:
            return True
    return False
