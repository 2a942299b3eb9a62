"""Write items as STAC documents by editors of their collection.

A document never decides how files are opened: `Item.asset_files` loses the keys whose asset went elsewhere, and gains
those that a patch adds, by the rule of every source.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import IntegrityError, transaction

from catalog.documents.footprints import footprint_document
from catalog.documents.mending import Mending
from catalog.documents.merge_patch import merge_patch
from catalog.documents.validation import VERSION, Document, checked_item
from catalog.errors import Conflict, InvalidDocument, NotFound, PreconditionFailed
from catalog.models import Item
from catalog.services.access.permissions import get_editable_collection
from catalog.services.audit import Action, record
from catalog.services.collections.summaries import SummarizedItem, follow_items
from catalog.services.collections.versions import mark_changed
from catalog.services.items.adding import files_of_added, judge_assets
from catalog.services.items.dropping import drop_files
from catalog.services.items.writing import differs, item_fields

Reader = User | AnonymousUser
# Whether the row that is there is the one the client knows.
Expected = Callable[[Item], bool]
# The files of assets that an item does not have so, by their keys.
Added = Callable[[Item, Mapping[str, Any]], dict[str, str]]


def create_item(*, user: Reader, collection_id: str, document: object, mending: Mending | None = None) -> Item:
    """Write a new item for an editor of the collection. Raises Conflict when there is one of that id.

    `mending` is told what was not quite valid, here and in `replace_item` and `patch_item`.
    """
    get_editable_collection(user=user, collection_id=collection_id)
    checked = checked_item(document, collection_id=collection_id, mending=mending)
    fields = item_fields(checked)
    try:
        with transaction.atomic():
            item = Item.objects.create(collection_id=collection_id, item_id=checked["id"], **fields)
            follow_items(collection_id=collection_id, came=[SummarizedItem.of(item)])
            record(Action.ITEM_MADE, target=item.item_id, collection_id=collection_id, user=user)
            mark_changed(collection_id)
    except IntegrityError:
        raise Conflict(f"There is an item {checked['id']!r} already.", code="item_exists") from None
    return item


def replace_item(
    *,
    user: Reader,
    collection_id: str,
    item_id: str,
    document: object,
    expected: Expected | None = None,
    mending: Mending | None = None,
) -> Item:
    """Write the document in the place of an item's. Raises NotFound, and PreconditionFailed for an unexpected one."""
    get_editable_collection(user=user, collection_id=collection_id)
    with transaction.atomic():
        item = _locked(collection_id, item_id, expected=expected)
        return _write(item, document, mending=mending)


def patch_item(
    *,
    user: Reader,
    collection_id: str,
    item_id: str,
    patch: object,
    expected: Expected | None = None,
    mending: Mending | None = None,
) -> Item:
    """Change what the JSON merge patch (RFC 7396) names; otherwise as `replace_item`.

    Assets that it adds are shown where they lie at a place that this site reads, or are uploads of the user's.
    """
    get_editable_collection(user=user, collection_id=collection_id)
    if not isinstance(patch, dict):
        raise InvalidDocument("document: give a JSON object of what changes.")
    admitted = judge_assets(patch, collection_id=collection_id, user=user)
    with transaction.atomic():
        item = _locked(collection_id, item_id, expected=expected)
        merged = merge_patch(stored_document(item), patch)
        # A patch removes a member by null, but these are null, not absent.
        merged.setdefault("geometry", None)
        if isinstance(merged.get("properties"), dict):
            merged["properties"].setdefault("datetime", None)
        return _write(item, merged, mending=mending, added=partial(files_of_added, admitted=admitted, user=user))


def delete_item(*, user: Reader, collection_id: str, item_id: str, expected: Expected | None = None) -> bool:
    """Delete an item for an editor of the collection; return whether there was one."""
    get_editable_collection(user=user, collection_id=collection_id)
    with transaction.atomic():
        try:
            item = _locked(collection_id, item_id, expected=expected)
        except NotFound:
            return False
        remove_items([item])
    return True


def remove_items(items: Iterable[Item]) -> None:
    """Delete items, whoever asks for it; extents, summaries and versions of their collections follow."""
    by_collection: dict[str, list[int]] = {}
    for item in items:
        by_collection.setdefault(item.collection_id, []).append(item.pk)
    for collection_id, keys in by_collection.items():
        with transaction.atomic():
            rows = Item.objects.filter(pk__in=keys)
            locked = list(rows.select_for_update())
            went = [SummarizedItem.of(item) for item in locked]
            rows.delete()
            drop_files([item.asset_files for item in locked], collection_id=collection_id)
            follow_items(collection_id=collection_id, went=went)
            record(
                Action.ITEMS_DELETED,
                target=locked[0].item_id if len(locked) == 1 else collection_id,
                collection_id=collection_id,
                items=[item.item_id for item in locked],
            )
            mark_changed(collection_id)


def stored_document(item: Item) -> Document:
    """Return the item as it was written, without what each answer adds."""
    document: Document = {
        **item.extra,
        "type": "Feature",
        "stac_version": VERSION,
        "stac_extensions": item.stac_extensions,
        "id": item.item_id,
        "collection": item.collection_id,
        "geometry": footprint_document(item.geometry, extra=item.extra),
        "properties": item.properties,
        "links": item.links,
        "assets": item.assets,
    }
    return document if item.bbox is None else document | {"bbox": item.bbox}


def kept_files(item: Item, assets: Mapping[str, Any]) -> dict[str, str]:
    """Return the files of assets whose location is what it was."""
    return {
        key: file
        for key, file in item.asset_files.items()
        if key in assets and assets[key].get("href") == item.assets.get(key, {}).get("href")
    }


def lost_files(item: Item, kept: Mapping[str, str]) -> dict[str, str]:
    """Return the files that the item has and won't have any more."""
    return {key: file for key, file in item.asset_files.items() if kept.get(key) != file}


def _locked(collection_id: str, item_id: str, *, expected: Expected | None) -> Item:
    item = Item.objects.select_for_update().filter(collection_id=collection_id, item_id=item_id).first()
    if expected and not (item and expected(item)):
        raise PreconditionFailed(f"The item {item_id!r} is not the version that If-Match names.")
    if item is None:
        raise NotFound(f"There is no item {item_id!r} in a collection {collection_id!r}.", code="item_not_found")
    return item


def _changed_keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))


def _write(item: Item, document: object, *, mending: Mending | None, added: Added | None = None) -> Item:
    checked = checked_item(document, collection_id=item.collection_id, mending=mending)
    if checked["id"] != item.item_id:
        raise InvalidDocument(f"id: {checked['id']!r} is not {item.item_id!r}, as the address says.")
    fields = item_fields(checked)
    fields["asset_files"] = kept_files(item, fields["assets"])
    if added:
        fields["asset_files"] |= added(item, fields["assets"])
    if not differs(item, fields):
        return item
    before, files = SummarizedItem.of(item), lost_files(item, fields["asset_files"])
    changed = sorted(name for name, value in fields.items() if getattr(item, name) != value)
    changed_assets = _changed_keys(item.assets, fields["assets"])
    for name, value in fields.items():
        setattr(item, name, value)
    item.version += 1
    item.save()
    record(
        Action.ITEM_CHANGED,
        target=item.item_id,
        collection_id=item.collection_id,
        fields=changed,
        assets=changed_assets,
    )
    drop_files([files], collection_id=item.collection_id)
    follow_items(collection_id=item.collection_id, came=[SummarizedItem.of(item)], went=[before])
    mark_changed(item.collection_id)
    return item
