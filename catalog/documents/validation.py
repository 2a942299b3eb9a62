"""What a document must be before the catalog takes it. Every objection names the path it is about."""

import warnings
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import orjson
from pystac.serialization import identify_stac_object, migrate_to_latest

from catalog.documents.footprints import check_bbox, flat_bbox, mended_footprint, merge_bboxes
from catalog.documents.identifiers import RULE, is_identifier
from catalog.documents.mending import Mending, is_bbox, mend_bbox, mend_extent, mend_times, without_nulls
from catalog.documents.schemas import Kind, schema_errors
from catalog.errors import InvalidDocument

Document = dict[str, Any]
VERSION = "1.1.0"
# Links that say where a document lies: made anew for each answer, so none of a document's own is kept.
STRUCTURAL_RELS = frozenset({"self", "root", "parent", "collection", "items", "item", "child", "data", "next", "prev"})
# The longest document. A page holds thousands.
MAX_DOCUMENT_BYTES = 8 * 2**20
# Levels of nesting that are left for what an answer wraps around a document: the writer of JSON stops at 254.
OUTER_LEVELS = 8


def checked_item(
    document: object, *, collection_id: str, mending: Mending | None = None, has_plain_footprint: bool = False
) -> Document:
    """Return a valid STAC 1.1.0 Item of this collection, made from a document of this version or an older one.

    Args:
        document: the document.
        collection_id: the collection it belongs to.
        mending: how to take what is not quite valid; by default it is mended and not told.
        has_plain_footprint: that of its geometry is known already, as by `read_plain_footprints`.

    Raises InvalidDocument. Its footprint's geometry is checked where it is read: `read_footprint`.
    """
    item = _mended_item(_prepared(document, kind="item"), mending or Mending(), has_plain_footprint=has_plain_footprint)
    if item.setdefault("collection", collection_id) != collection_id:
        raise InvalidDocument(f"collection: {item['collection']!r} is not {collection_id!r}, as the address says.")
    stub = {"type": "Point", "coordinates": [0, 0]} if isinstance(item.get("geometry"), dict) else item.get("geometry")
    # Positions are checked by GEOS, a thousand times faster, and the link to the collection is one of ours.
    links = [*item["links"], {"rel": "collection", "href": "./collection.json"}]
    _raise_first(schema_errors(item | {"geometry": stub, "links": links}, kind="item"))
    _check_identifier(item["id"])
    if item.get("geometry") is None:
        item["geometry"] = None
        if item.get("bbox") is None:
            item.pop("bbox", None)
    check_bbox(item.get("bbox"), name="bbox")
    return item


def checked_collection(document: object, *, mending: Mending | None = None) -> Document:
    """Return a valid STAC 1.1.0 Collection, made from a document of this version or an older one.

    `mending` as for `checked_item`. Raises InvalidDocument.
    """
    collection = _prepared(document, kind="collection")
    if "extent" in collection:
        collection["extent"] = mend_extent(collection["extent"], mending or Mending())
    _raise_first(schema_errors(collection, kind="collection"))
    _check_identifier(collection["id"])
    for number, bbox in enumerate(collection["extent"]["spatial"]["bbox"]):
        check_bbox(bbox, name=f"extent.spatial.bbox.{number}")
    return collection


def _mended_item(item: Document, mending: Mending, *, has_plain_footprint: bool) -> Document:
    """Return the item with what is not quite valid mended; members that it lacks stay lacking."""
    mended = dict(item)
    if "properties" in item:
        mended["properties"] = mend_times(item["properties"], mending)
    if "bbox" in item:
        mended["bbox"] = mend_bbox(item["bbox"], mending)
    if isinstance(item.get("geometry"), dict) and not has_plain_footprint:
        mended["geometry"] = mended_footprint(item["geometry"], mending)
    return mended


def _prepared(document: object, *, kind: Kind) -> Document:
    """Return the document migrated to the present version, with the links that are worth keeping."""
    if not isinstance(document, dict):
        raise InvalidDocument("document: give a JSON object.")
    text = _check_text(document)
    expected = {"item": "Feature", "collection": "Collection"}[kind]
    if document.get("type", expected) != expected:
        raise InvalidDocument(f"type: {document['type']!r} is not {expected!r}.")
    migrated = _migrated(document)
    migrated["type"] = expected
    links = migrated.get("links", [])
    if not isinstance(links, list) or not all(isinstance(link, dict) for link in links):
        raise InvalidDocument("links: give a list of objects.")
    kept = [link for link in links if str(link.get("rel")) not in STRUCTURAL_RELS]
    has_nulls = b"null" in text
    migrated["links"] = without_nulls(kept) if has_nulls else kept
    if has_nulls and "assets" in migrated:
        migrated["assets"] = without_nulls(migrated["assets"])
    return migrated


class _CopiedAsJSON(Document):
    """Have a document copied as JSON, which takes a sixth of the time that `deepcopy` takes."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Document:
        copy: Document = orjson.loads(orjson.dumps(self))
        return copy


def _migrated(document: Document) -> Document:
    version = document.get("stac_version")
    if version is None or version == VERSION:  # The schema objects to none.
        return dict(document)
    try:
        with warnings.catch_warnings():
            # What pystac thinks of an extension or its values is no reason to refuse the document.
            warnings.simplefilter("ignore")
            _register_extensions()
            # pystac copies what it migrates, and changes nothing of a footprint.
            copied = _CopiedAsJSON(document | {"geometry": None})
            migrated = migrate_to_latest(copied, identify_stac_object(_as_written_then(document)))
    except Exception as error:  # noqa: BLE001  pystac takes documents for well-formed and fails as it may on others.
        raise InvalidDocument(f"stac_version: {version!r} can't be brought to {VERSION}: {error!r}") from None
    migrated.pop("geometry")
    if "geometry" in document:
        migrated["geometry"] = document["geometry"]
    return _with_overall_bbox(migrated)


def _as_written_then(document: Document) -> Document:
    """Drop the `type` of collections older than 1.0.0-rc.1: they had none, and pystac knows none that has one."""
    old = str(document["stac_version"]).startswith(("0.", "1.0.0-beta"))
    return {name: value for name, value in document.items() if not (old and name == "type" and value != "Feature")}


def _with_overall_bbox(document: Document) -> Document:
    """Put the box around both before two boxes: since 1.0.0 the first is the overall one, so two were parts."""
    extent = document.get("extent")
    spatial = extent.get("spatial") if isinstance(extent, dict) else None
    bboxes = spatial.get("bbox") if isinstance(spatial, dict) else None
    if isinstance(bboxes, list) and len(bboxes) == 2 and all(is_bbox(bbox) for bbox in bboxes):
        document["extent"]["spatial"]["bbox"] = [merge_bboxes(*map(flat_bbox, bboxes)), *bboxes]
    return document


@cache
def _register_extensions() -> None:
    """Import the extensions of pystac, which registers their migrations."""
    for module in (
        "eo",
        "projection",
        "raster",
        "view",
        "sar",
        "item_assets",
        "file",
        "label",
        "timestamps",
        "version",
    ):
        __import__(f"pystac.extensions.{module}")


def _check_text(document: Document) -> bytes:
    """Return the document as JSON. Refuse what can't be stored or written out again."""
    wrapped: Any = document
    for _ in range(OUTER_LEVELS):
        wrapped = [wrapped]
    try:
        text = orjson.dumps(wrapped)
    except TypeError as error:
        raise InvalidDocument(f"document: can't be written as JSON: {error}") from None
    if len(text) > MAX_DOCUMENT_BYTES:
        raise InvalidDocument(f"document: has more than {MAX_DOCUMENT_BYTES} bytes.")
    # As JSON writes NUL; a backslash before letters looks the same, so the paths decide.
    if b"\\u0000" in text:
        for path in _paths_with_nul(document, "document"):
            raise InvalidDocument(f"{path}: has a NUL character.")
    return text


def _paths_with_nul(value: object, path: str) -> Iterator[str]:
    if isinstance(value, str):
        if "\x00" in value:
            yield path
    elif isinstance(value, Mapping):
        for key, member in value.items():
            if "\x00" in key:
                yield f"{path}, the name of a member"
            yield from _paths_with_nul(member, f"{path}.{key}")
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from _paths_with_nul(member, f"{path}.{number}")


def _check_identifier(identifier: str) -> None:
    if not is_identifier(identifier):
        raise InvalidDocument(f"id: {RULE}")


def _raise_first(errors: list[str]) -> None:
    if errors:
        raise InvalidDocument("; ".join(errors))
