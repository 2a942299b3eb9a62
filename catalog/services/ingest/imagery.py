"""From a file of ours to an item: extraction, an id, the document, its thumbnail."""

import hashlib
import logging
import re
from pathlib import PurePosixPath
from typing import Any

from catalog.errors import Conflict
from catalog.extraction import Extraction, extract
from catalog.extraction.items import build_item_document
from catalog.models import ChecksumFile, Item
from catalog.services.files.storing import delete_file, gdal_path, multihash, store_blob
from catalog.services.items.assets import DATA_ASSET, asset_href, source_ref
from catalog.services.items.writing import upsert_item
from tiles.errors import TilesError
from tiles.rendering.preview import render_preview

logger = logging.getLogger(__name__)

THUMBNAIL_ASSET = "thumbnail"
THUMBNAIL_PIXELS = 512


def write_imagery_item(file: ChecksumFile, *, options: dict[str, Any]) -> Item:
    """Read the file and write its item, the same one at each time; return it."""
    extraction = extract(
        gdal_path(file),
        name=file.name,
        siblings=file.siblings,
        version=file.version,
        last_modified=file.last_modified or file.created,
        size=file.size,
    )
    stem = options.get("item_id") or _stem(file.name)
    thumbnail = _thumbnail(file, extraction, stem)
    try:
        return _upsert(file, extraction, thumbnail, item_id=stem)
    except Conflict:
        # Another file of the same name has that id already: this one's is told apart by where it lies.
        return _upsert(file, extraction, thumbnail, item_id=f"{stem}-{_short_hash(_identity(file))}")


def find_imagery_item(file: ChecksumFile) -> Item | None:
    """The item that was made of this content of the file, if there is one."""
    key = f"asset_files__{DATA_ASSET}"
    return Item.objects.filter(collection_id=file.collection_id, **{key: str(file.pk)}).first()


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


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _stem(name: str) -> str:
    """Return the name without its suffix, as an id that fits into a path."""
    stem = PurePosixPath(name).stem.removesuffix(".ome").removesuffix(".cog")
    plain = stem if stem.strip(".") else name.replace(".", "_")
    return re.sub(r"[/\\\x00-\x1f\x7f]", "_", plain)[:200]


def _thumbnail(file: ChecksumFile, extraction: Extraction, stem: str) -> ChecksumFile | None:
    """Render and store the thumbnail; imagery that can't be rendered is still found and described."""
    try:
        content = render_preview(source_ref(file, extraction.asset), max_size=THUMBNAIL_PIXELS, image_format="webp")
    except TilesError as error:
        logger.warning("No thumbnail of %s: %s", file.name, error)
        return None
    # One name for each item, so that none takes another's thumbnail with it when its own is replaced.
    name = f"thumbnail-{_short_hash(f'{_identity(file)} {stem}')}.webp"
    same = ChecksumFile.objects.filter(collection_id=file.collection_id, checksum=multihash(content), name=name).first()
    return same or store_blob(like=file, name=name, content=content, media_type="image/webp")


def _drop_old_thumbnail(before: Item, thumbnail: ChecksumFile | None) -> None:
    old = before.asset_files.get(THUMBNAIL_ASSET)
    if old and (thumbnail is None or old != str(thumbnail.pk)):
        for file in ChecksumFile.objects.filter(pk=old):
            delete_file(file)
