"""From a source to an item: a file of ours, what extraction finds out about it, the document, its thumbnail."""

import hashlib
import logging
import re
import uuid
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, urlsplit

from catalog.errors import Conflict, InvalidInput
from catalog.extraction.extracting import OpenImage, build_item_document, describe_image, open_image, reading
from catalog.extraction.result import Extraction, ExtractionError
from catalog.models import ChecksumFile, IngestSource, Item
from catalog.remote.admission import name_of
from catalog.remote.places import place_of
from catalog.remote.probing import describe, existing, exists, list_prefix
from catalog.remote.signed_urls import unsigned
from catalog.services.files.deleting import delete_file
from catalog.services.files.storing import gdal_path, store_blob
from catalog.services.ingest.readings import read_remote_image
from catalog.services.ingest.sidecars import find_sidecars
from catalog.services.items.writing import upsert_item
from tiles.encoding.formats import WEBP
from tiles.errors import TilesError
from tiles.limits import deadline
from tiles.rendering.tile import render_whole
from tiles.sources.protocol import Source
from tiles.sources.reference import SourceRef
from tiles.styling.painting import Picture
from tiles.styling.style import Style

logger = logging.getLogger(__name__)

ALTERNATE_ASSETS = "https://stac-extensions.github.io/alternate-assets/v1.2.0/schema.json"
DATA_ASSET = "data"
THUMBNAIL_ASSET = "thumbnail"
THUMBNAIL_PIXELS = 512
THUMBNAIL_SECONDS = 10.0
# Characters of a variable's name that a file's row has room for.
MAX_SUBDATASET = 1024
# Keys that begin like the file and are looked at; what belongs to it comes among the first.
MAX_LOOKED_AT = 200
# Suffixes of what may lie beside a file, appended to its name or put in the place of its own suffix.
MASK, MASK_OVERVIEWS = ".msk", ".msk.ovr"
APPENDED = (".ovr", MASK, MASK_OVERVIEWS, ".aux.xml")
REPLACED = (".rpb", ".RPB", "_rpc.txt", "_RPC.TXT", ".tfw", ".imd", ".IMD")
# Asking a web server costs a request each, so only what is common there; of a mask's overviews where there is a mask.
ASKED_BY_HTTP = (".ovr", MASK, ".aux.xml")


def admit_remote_file(source: IngestSource, *, href: str = "", siblings: Sequence[str] = ()) -> ChecksumFile:
    """Check the source's location, ask the store about it, and return the row of this version, still to be written.

    Of an image of several files, it is the row of the one that stands for it. `href`: of a scene, one of its files,
    which brings no others with it but these `siblings`.
    """
    if not name_of(href or source.href):
        raise InvalidInput("href: the URL ends without the name of a file.")
    remote, sidecars = (describe(href), []) if href else find_sidecars(describe(source.href))
    name = name_of(remote.href)
    collection_id, version = source.job.collection_id, remote.version[:256]
    address = _known_address(remote.href, collection_id=collection_id, version=version)
    known = ChecksumFile.objects.filter(collection_id=collection_id, url=address, version=version).first()
    file = known or ChecksumFile(collection_id=collection_id, version=version)
    file.url, file.name, file.owner = remote.href, name[:512], source.job.owner
    file.media_type, file.etag = remote.media_type[:128], remote.etag[:256]
    file.size, file.last_modified = remote.size, remote.last_modified
    file.siblings = list(siblings) if href else sidecars or find_siblings(remote.href)
    return file


def _known_address(href: str, *, collection_id: str, version: str) -> str:
    """Return the address that this version of the file is known by: an older signature of it, or this very one."""
    place = unsigned(href)
    if place == href:
        return href
    same = ChecksumFile.objects.filter(collection_id=collection_id, version=version, url__startswith=place)
    known = [url for url in same.values_list("url", flat=True) if unsigned(url) == place]
    return href if href in known or not known else known[0]


def adopt_upload(source: IngestSource) -> ChecksumFile:
    """Make the uploaded file one of the collection's; one that another collection has gets a second row there."""
    file = source.file
    if file is None:
        raise InvalidInput("The upload was deleted before it was ingested.", code="file_not_found")
    collection_id = source.job.collection_id
    if file.collection_id == collection_id:
        return file
    if ChecksumFile.objects.filter(pk=file.pk, collection__isnull=True).update(collection_id=collection_id):
        file.refresh_from_db()
        return file
    twin = ChecksumFile.objects.filter(collection_id=collection_id, checksum=file.checksum, blob=file.blob.name).first()
    if twin:
        return twin
    file.pk = uuid.uuid4()
    file.collection_id = collection_id
    file.save(force_insert=True)
    return file


def find_siblings(href: str) -> list[str]:
    """Return the names of the files beside a remote one that belong to it: overviews, masks, coefficients."""
    folder, _, name = href.rpartition("/")
    stem = name.rpartition(".")[0] or name
    if href.startswith("s3://"):
        wanted = {name + suffix for suffix in APPENDED} | {stem + suffix for suffix in REPLACED}
        listed = (entry.href.rpartition("/")[2] for entry in islice(list_prefix(f"{folder}/{stem}"), MAX_LOOKED_AT))
        return sorted(wanted.intersection(listed))
    parts = urlsplit(href)
    place = place_of(href)
    if parts.query or (place and place.sas_url):
        return []  # A signed URL is good for the one file.
    found = [each.removeprefix(href) for each in existing([href + suffix for suffix in ASKED_BY_HTTP])]
    if MASK in found and exists(href + MASK_OVERVIEWS):
        found.append(MASK_OVERVIEWS)
    return [name + suffix for suffix in found]


def write_imagery_item(file: ChecksumFile, *, options: dict[str, Any]) -> Item:
    """Read the file and write its item, the same one at each time; return it."""
    try:
        image, extraction = read_image(file)
    except ExtractionError:
        # What was admitted is known, also what can't be read.
        file.save()
        raise
    stem = options.get("item_id") or _stem(file.name)
    thumbnail = _thumbnail(file, image.source, stem)
    write = partial(_upsert, file, extraction, thumbnail)
    try:
        return write(item_id=stem)
    except Conflict:
        # Another file of the same name has that id already: this one's is told apart by where it lies.
        return write(item_id=f"{stem}-{file_identity(file)[:8]}")
    except BaseException:
        if thumbnail and thumbnail.is_new:
            thumbnail.blob.delete(save=False)
        raise


def read_image(file: ChecksumFile, *, variable: str = "") -> tuple[OpenImage, Extraction]:
    """Open and describe the file, and note in its row, for the caller to write, what opened it.

    `variable`: the one to show of a file of several; by default the one that shows it best.
    """
    ref = SourceRef(gdal_path(file), version=file.version, siblings=tuple(file.siblings), name=file.name)
    if variable:
        ref = replace(ref, subdataset=variable, driver=file.driver)
    if file.url:
        image, extraction = read_remote_image(file, ref)
    else:
        with reading(file.name):
            image = open_image(ref, last_modified=file.created, size=file.size)
            extraction = describe_image(image)
    file.driver = extraction.asset.get("geodata:driver", "")
    file.subdataset = variable or extraction.asset.get("geodata:subdataset", "")
    if len(file.subdataset) > MAX_SUBDATASET:
        raise InvalidInput("The file's variable has too long a name.", code="unsupported_format")
    pictures = set(extraction.properties.get("geodata:associated_images", ()))
    file.personal = file.driver == "dicom" or bool(pictures - {"thumbnail"})
    return image, extraction


def find_imagery_item(file: ChecksumFile) -> Item | None:
    """Return the item that was made of this content of the file, if there is one."""
    key = f"asset_files__{DATA_ASSET}"
    return Item.objects.filter(collection_id=file.collection_id, **{key: str(file.pk)}).first()


def _upsert(file: ChecksumFile, extraction: Extraction, thumbnail: ChecksumFile | None, *, item_id: str) -> Item:
    files = {DATA_ASSET: str(file.pk)}
    if file.blob and file.siblings:
        # Kept with the item, and let go with it.
        folder = str(file.blob.name).rpartition("/")[0]
        parts = ChecksumFile.objects.filter(blob__startswith=f"{folder}/", collection_id=file.collection_id)
        others = parts.exclude(pk=file.pk).order_by("name")
        files |= {f"part-{number}": str(part.pk) for number, part in enumerate(others, 1)}
    document = build_item_document(
        extraction,
        item_id=item_id,
        collection_id=str(file.collection_id),
        href=file.url or own_address(file),
        size=file.size,
        checksum=file.checksum,
    )
    if file.url.startswith("s3://"):
        # For whoever reads no buckets, or not this one: https://github.com/stac-extensions/alternate-assets
        document["assets"][DATA_ASSET]["alternate"] = {
            "https": {"href": own_address(file), "alternate:name": "HTTPS, by this site"}
        }
        document["stac_extensions"].append(ALTERNATE_ASSETS)
    if thumbnail:
        files[THUMBNAIL_ASSET] = str(thumbnail.pk)
        document["assets"][THUMBNAIL_ASSET] = {
            "href": own_address(thumbnail),
            "type": thumbnail.media_type,
            "title": "Thumbnail",
            "roles": ["thumbnail"],
            "file:size": thumbnail.size,
        }
    before: list[str] = []

    def may_replace(present: Item) -> bool:
        """Return whether the item was made from this file, or from an older version of it; note its thumbnail."""
        made_from = ChecksumFile.objects.filter(pk=present.asset_files.get(DATA_ASSET)).first()
        before.append(present.asset_files.get(THUMBNAIL_ASSET, ""))
        return made_from is not None and file_identity(made_from) == file_identity(file)

    item = upsert_item(
        collection_id=str(file.collection_id),
        document=document,
        asset_files=files,
        files=[file, *([thumbnail] if thumbnail and thumbnail.is_new else ())],
        may_replace=may_replace,
        user=file.owner,
    )
    for old in filter(None, before):
        if old != files.get(THUMBNAIL_ASSET):
            for row in ChecksumFile.objects.filter(pk=old):
                delete_file(row)
    return item


def own_address(file: ChecksumFile) -> str:
    """Return the path under which the site hands the file out; each answer makes it absolute."""
    return f"/api/files/{file.pk}/{quote(file.name)}"


def file_identity(file: ChecksumFile, *more: str) -> str:
    """Return a hash of where a remote file lies, or of what an upload contains: two people's `image.tif` are two.

    `more` tells what is made of one file apart.
    """
    place = unsigned(file.url) if file.url else file.checksum
    return hashlib.sha256(" ".join((place, *more)).encode()).hexdigest()


def _stem(name: str) -> str:
    """Return the name without its suffix, as an id that fits into a path."""
    stem = PurePosixPath(name).stem.removesuffix(".ome").removesuffix(".cog")
    plain = stem if stem.strip(".") else name.replace(".", "_")
    return re.sub(r"[/\\\x00-\x1f\x7f]", "_", plain)[:200]


def _thumbnail(file: ChecksumFile, source: Source, stem: str) -> ChecksumFile | None:
    """Render and store the thumbnail; imagery that can't be rendered is still found and described."""
    try:
        with deadline(THUMBNAIL_SECONDS):
            content = WEBP.encode(render_whole(source, style=Style(), side=THUMBNAIL_PIXELS) or Picture.empty(1, 1))
    except TilesError as error:
        logger.warning("No thumbnail of %s: %s", file.name, error)
        return None
    # One name for each item, so that none takes another's thumbnail with it when its own is replaced.
    name = f"thumbnail-{file_identity(file, stem)[:8]}.webp"
    return store_blob(like=file, name=name, content=content, media_type="image/webp", with_row=False)
