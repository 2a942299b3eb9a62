"""From a file of ours to an item: extraction, an id, the document, its thumbnail."""

import hashlib
import logging
from pathlib import PurePosixPath
from typing import Any

from catalog.errors import Conflict
from catalog.extraction import Extraction, extract
from catalog.extraction.items import build_item_document
from catalog.models import ChecksumFile, Item
from catalog.services.files import delete_file, gdal_path, store_blob
from catalog.services.items import upsert_item
from catalog.services.sources import DATA_ASSET, asset_href, source_ref
from tiles.errors import TilesError
from tiles.preview import render_preview

logger = logging.getLogger(__name__)

THUMBNAIL_ASSET = "thumbnail"
THUMBNAIL_PIXELS = 512


def write_imagery_item(file: ChecksumFile, *, options: dict[str, Any]) -> Item:
    """Read the file and write its item, the same one at each time; return it."""
    extraction = extract(
        gdal_path(file),
        name=file.name,
        siblings=file.siblings,
        last_modified=file.last_modified or file.created,
        size=file.size,
    )
    thumbnail = _thumbnail(file, extraction)
    stem = options.get("item_id") or _stem(file.name)
    try:
        return _upsert(file, extraction, thumbnail, item_id=stem)
    except Conflict:
        # Another file of the same name has that id already: this one's is told apart by where it lies.
        return _upsert(file, extraction, thumbnail, item_id=f"{stem}-{_short_hash(file)}")


def _upsert(file: ChecksumFile, extraction: Extraction, thumbnail: ChecksumFile | None, *, item_id: str) -> Item:
    files = {DATA_ASSET: str(file.pk)}
    document = build_item_document(
        extraction,
        item_id=item_id,
        collection_id=str(file.collection_id),
        href=asset_href(file),
        size=file.size,
        checksum=file.checksum,
    )
    if thumbnail:
        files[THUMBNAIL_ASSET] = str(thumbnail.pk)
        document["assets"][THUMBNAIL_ASSET] = {
            "href": asset_href(thumbnail),
            "type": thumbnail.media_type,
            "title": "Thumbnail",
            "roles": ["thumbnail"],
            "file:size": thumbnail.size,
        }
    before = Item.objects.filter(collection_id=file.collection_id, item_id=item_id).first()
    item = upsert_item(
        collection_id=str(file.collection_id),
        document=document,
        asset_files=files,
        may_replace=lambda present: _is_of(present, file),
    )
    if before:
        _drop_old_thumbnail(before, thumbnail)
    return item


def _is_of(item: Item, file: ChecksumFile) -> bool:
    """Whether the item was made from this file, or from an older version of it."""
    present = ChecksumFile.objects.filter(pk=item.asset_files.get(DATA_ASSET)).first()
    return present is not None and _identity(present) == _identity(file)


def _identity(file: ChecksumFile) -> str:
    """Where a remote file lies; what an upload contains: two people's `image.tif` are two images."""
    return file.url or file.checksum


def _short_hash(file: ChecksumFile) -> str:
    return hashlib.sha256(_identity(file).encode()).hexdigest()[:8]


def _stem(name: str) -> str:
    path = PurePosixPath(name)
    stem = path.stem.removesuffix(".ome").removesuffix(".cog")
    return (stem or name)[:200]


def _thumbnail(file: ChecksumFile, extraction: Extraction) -> ChecksumFile | None:
    """Render and store the thumbnail; imagery that can't be rendered is still found and described."""
    try:
        content = render_preview(source_ref(file, extraction.asset), max_size=THUMBNAIL_PIXELS, image_format="webp")
    except TilesError as error:
        logger.warning("No thumbnail of %s: %s", file.name, error)
        return None
    name = f"{_stem(file.name)}-thumbnail.webp"
    digest = hashlib.sha256(content).hexdigest()
    same = ChecksumFile.objects.filter(collection_id=file.collection_id, checksum__endswith=digest, name=name).first()
    return same or store_blob(like=file, name=name, content=content, media_type="image/webp")


def _drop_old_thumbnail(before: Item, thumbnail: ChecksumFile | None) -> None:
    old = before.asset_files.get(THUMBNAIL_ASSET)
    if old and (thumbnail is None or old != str(thumbnail.pk)):
        for file in ChecksumFile.objects.filter(pk=old):
            delete_file(file)
