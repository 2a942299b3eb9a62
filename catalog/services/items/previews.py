"""Show small pictures of items whose documents name one that lies elsewhere: fetched by the site, through its gate."""

import hashlib
import logging

from django.core.cache import caches

from catalog.documents.imagery_assets import find_picture
from catalog.errors import CatalogError, NotAllowed, NotFound, SourceUnreachable
from catalog.extraction.previews import shrink_picture
from catalog.extraction.result import ExtractionError
from catalog.models import ChecksumFile, Item
from catalog.remote.admission import gdal_location, name_of
from catalog.remote.outgoing import require_judged_for_strangers
from catalog.remote.places import reading_for
from catalog.remote.probing import fetch_object
from tiles.conf import tiles_settings
from tiles.sources.stores import reading

logger = logging.getLogger(__name__)
ACCEPT = "image/webp, image/jpeg, image/png, image/gif"
# Bytes and seconds of one picture elsewhere.
MOST_BYTES = 16 * 2**20
SECONDS = 8.0
# Seconds that a picture is kept, and that one is not asked for again that can't be had.
KEPT_SECONDS, REFUSED_SECONDS = 7 * 24 * 3600, 300
# What is kept in the place of a picture that can't be had, before the reason.
REFUSED = b"refused: "


def find_preview(item: Item) -> bytes:
    """Return the picture that the item's document names as WebP of at most 512 pixels a side.

    Raises NotFound: `preview_not_found` where the document names none, `preview_refused` where it lies at a place that
    is not read here, or is no picture; SourceUnreachable where its server doesn't answer.
    """
    asset = find_picture(item.assets)
    if asset is None:
        raise NotFound(f"The document of {item.item_id!r} names no thumbnail.", code="preview_not_found")
    href = str(asset["href"])
    # Of each collection by itself: a storage may be for one alone.
    named = f"{item.collection_id} {href}".encode(errors="replace")
    key = f"preview:{hashlib.sha256(named).hexdigest()}"
    known = _kept(key)
    if known is None:
        try:
            with reading_for(item.collection_id):
                known = _own(item, href) or _fetched(href)
        except (CatalogError, ExtractionError) as error:
            if isinstance(error, NotAllowed) or (isinstance(error, SourceUnreachable) and error.transient):
                raise
            # As bytes, like pictures: their beginnings tell them apart.
            known = REFUSED + str(error).encode(errors="replace")[:500]
        _keep(key, known, seconds=REFUSED_SECONDS if known.startswith(REFUSED) else KEPT_SECONDS)
    if known.startswith(REFUSED):
        raise NotFound(known.removeprefix(REFUSED).decode(errors="replace"), code="preview_refused")
    return known


def _own(item: Item, href: str) -> bytes:
    """Return the thumbnail that the site made of an item's files; nothing of others."""
    if not href.startswith("/"):
        return b""
    keys = [key for key, asset in item.assets.items() if asset.get("href") == href]
    files = [item.asset_files[key] for key in keys if key in item.asset_files]
    file = ChecksumFile.objects.filter(pk__in=files, collection_id=item.collection_id).exclude(blob="").first()
    if file is None:
        return b""
    with file.blob.open("rb") as content:
        return bytes(content.read(MOST_BYTES))


def _fetched(href: str) -> bytes:
    # Whoever may see an item may have this fetched.
    require_judged_for_strangers(is_staff=False)
    # As images of the same store, so that a few read from it at a time and others' work goes on.
    with reading(gdal_location(href)):
        found = fetch_object(href, accept=ACCEPT, most_bytes=MOST_BYTES, seconds=SECONDS)
    return shrink_picture(found.content, name=name_of(href) or "The thumbnail")


def _kept(key: str) -> bytes | None:
    try:
        found: bytes | None = caches[tiles_settings().cache_alias].get(key)
    except Exception:  # noqa: BLE001  Whatever the cache's trouble is, it is no answer.
        return None
    return found


def _keep(key: str, content: bytes, *, seconds: int) -> None:
    try:
        caches[tiles_settings().cache_alias].set(key, content, seconds)
    except Exception:
        logger.debug("A preview could not be kept", exc_info=True)
