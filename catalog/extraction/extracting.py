"""From a path to everything an item says about the file, and to the item itself."""

import errno
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from billiard.exceptions import SoftTimeLimitExceeded
from osgeo import gdal

from catalog.extraction.integrity import ends_early, explain_refusal, gdal_message, read_ahead
from catalog.extraction.rasters import describe_raster
from catalog.extraction.result import DEFAULT_LIMITS, Extraction, ExtractionError, Limits
from catalog.extraction.slides import describe_slide
from tiles.errors import RenderTimeout, SourceUnreadable, TilesError
from tiles.slides.source import SlideSource
from tiles.sources.description import document_ready
from tiles.sources.drivers import ALLOWED_DRIVERS, REMOTE_PREFIXES, forget_content, open_dataset
from tiles.sources.faults import Faults
from tiles.sources.gdal_env import configure_gdal
from tiles.sources.reference import SourceRef
from tiles.sources.registry import Source, open_source
from tiles.sources.zarr_folder import is_zarr

STAC_VERSION = "1.1.0"
FILE_EXTENSION = "https://stac-extensions.github.io/file/v2.1.0/schema.json"
# A disk of ours that is full, or a quota of it.
FULL = (errno.ENOSPC, errno.EDQUOT)
# Readers that take no file but microscopy. All others also take what is left of a damaged GeoTIFF.
MICROSCOPY_READERS = ("ometiff", "openslide", "dicom", "zarr")


@dataclass(frozen=True)
class OpenImage:
    """An image that `tiles` opened, with what its file system says: `size` in bytes, 0 of a folder."""

    source: Source
    name: str
    size: int
    last_modified: datetime | None


def extract(
    path: str,
    *,
    name: str,
    siblings: Sequence[str] = (),
    version: str = "",
    last_modified: datetime | None = None,
    size: int | None = None,
    media_type: str = "",
    limits: Limits = DEFAULT_LIMITS,
) -> Extraction:
    """Read the metadata of the image at `path`: a local file or folder, or a `/vsi…` path that GDAL opens.

    Args:
        path: where the file lies.
        name: its own name, the only one that messages show and whose conventions are read.
        siblings: base names of its side files.
        version: names the content of a remote file.
        last_modified: in UTC; dates images that tell nothing themselves. By default the file system's.
        size: in bytes. By default the file system's.
        media_type: as a server or uploader names it, for what nobody else knows.
        limits: what reading may cost.

    Raises ExtractionError, and nothing else, for whatever is wrong with the file.
    """
    ref = SourceRef(path, version=version, siblings=tuple(siblings), name=name)
    with reading(name):
        image = open_image(ref, last_modified=last_modified, size=size)
        return describe_image(image, media_type=media_type, limits=limits)


@contextmanager
def reading(name: str) -> Iterator[Faults]:
    """Read an untrusted file in this block: GDAL is silent, and whatever goes wrong becomes an ExtractionError.

    What it yields knows whether the file's store failed meanwhile. Our own full disk is no error of the file: OSError.
    """
    if not gdal.GetUseExceptions():
        # A program that is no site; a site has set GDAL up by its own settings.
        configure_gdal()
    faults = Faults()
    # What GDAL would print names paths and goes to nobody.
    gdal.PushErrorHandler(faults.note)
    try:
        yield faults
    except ExtractionError:
        raise
    except TilesError as error:
        raise ExtractionError.of(error) from error
    except SoftTimeLimitExceeded:
        # Nothing that the file says: the worker's time is over.
        raise
    except MemoryError as error:
        raise ExtractionError("too_large", f"{name} takes more memory than one file may.") from error
    except OSError as error:
        if error.errno in FULL:
            raise
        raise ExtractionError("corrupt", f"{name} is damaged or incomplete.") from error
    except (RuntimeError, EOFError, UnicodeError) as error:
        raise ExtractionError("corrupt", f"{name} is damaged or incomplete.") from error
    except Exception as error:
        # Whatever bytes made a reader stumble: the job has to go on with its other sources.
        raise ExtractionError("unreadable", f"{name} opens, but its description can't be read.") from error
    finally:
        gdal.PopErrorHandler()


def open_image(ref: SourceRef, *, last_modified: datetime | None = None, size: int | None = None) -> OpenImage:
    """Open the image to describe, of a file of several the one that shows it best, exactly as it will be served.

    Raises ExtractionError: not_found, unreadable, not_an_image, unsupported_format, truncated, corrupt, too_large.
    """
    is_remote = ref.location.startswith(REMOTE_PREFIXES)
    if is_remote:
        # What this process read there before may have been replaced since.
        forget_content(ref.location)
    status = gdal.VSIStatL(ref.location)
    # Web servers don't have folders.
    is_folder = is_zarr(ref.location) if status is None else bool(status.IsDirectory())
    if status is None and not is_folder:
        raise ExtractionError("not_found", f"{ref.name} could not be reached, or does not exist.")
    if last_modified is None and status and status.mtime > 0:
        last_modified = datetime.fromtimestamp(status.mtime, UTC)
    length = None if is_folder else int(status.size)
    if is_remote and length:
        read_ahead(ref.location, size=length)
    # Before it is opened: the schema of half a database is damaged.
    if length is not None and ends_early(ref.location, size=length):
        raise ExtractionError("truncated", f"{ref.name} is incomplete: the end of the file is missing.")
    source: Source | None = None
    while source is None:
        try:
            source = open_source(ref, choose=True)
            if source.dataset is None and _is_of_any_picture(source):
                _check_whole(ref, source)
        except RenderTimeout:
            # A copy of a remote file: what was fetched by now stays. The worker's own time limit ends it.
            source = None
        except TilesError as error:
            raise explain_refusal(error, ref, length) from error
    return OpenImage(source, ref.name, (length or 0) if size is None else size, last_modified)


def _check_whole(ref: SourceRef, opened: Source) -> None:
    """Raise what GDAL says of a file that it should read and can't: others would show what is left of it.

    It is damaged then, unless GDAL doesn't know the format, or was built without a codec that we have.
    """
    try:
        open_dataset(ref)
    except SourceUnreadable as error:
        is_known = gdal.IdentifyDriverEx(ref.location, gdal.OF_RASTER, list(ALLOWED_DRIVERS)) is not None
        is_without_codec = "codec" in gdal_message(error).replace(ref.location, "").lower()
        if is_known and not (is_without_codec and isinstance(opened, SlideSource) and opened.pyramid):
            raise


def _is_of_any_picture(slide: Source) -> bool:
    """Tell whether a reader took the file that knows no format of microscopy in it."""
    vendor = (slide.internal_metadata.get("openslide") or {}).get("openslide.vendor")
    return slide.driver not in MICROSCOPY_READERS or vendor == "generic-tiff"


def describe_image(image: OpenImage, *, media_type: str = "", limits: Limits = DEFAULT_LIMITS) -> Extraction:
    """Describe an open image: a slide by its reader's metadata, a raster by GDAL's. Raises ExtractionError."""
    if image.source.dataset is None:
        return describe_slide(image.source, name=image.name, last_modified=image.last_modified, limits=limits)
    return describe_raster(
        image.source.raster,
        name=image.name,
        size=image.size,
        last_modified=image.last_modified,
        media_type=media_type,
        limits=limits,
    )


def build_item_document(
    extraction: Extraction,
    *,
    item_id: str,
    collection_id: str,
    href: str,
    asset_key: str = "data",
    title: str = "",
    size: int | None = None,
    checksum: str = "",
    links: Sequence[Mapping[str, Any]] = (),
    ingested: datetime | None = None,
) -> dict[str, Any]:
    """Build the STAC 1.1.0 Item of one file, with it as its only asset.

    `size` in bytes and `checksum` (a multihash in hexadecimal) become `file:size` and `file:checksum`. An image that
    nothing dates gets the time it is `ingested`, by default now: an Item can't be without any.
    """
    asset = {"href": href, **({"title": title} if title else {}), **extraction.asset}
    if size is not None:
        asset["file:size"] = size
    if checksum:
        asset["file:checksum"] = checksum
    extensions = [*extraction.stac_extensions, *([FILE_EXTENSION] if size is not None or checksum else [])]
    # STAC wants a link wherever an Item names its collection; the site's API replaces it with its own.
    collection = {"rel": "collection", "href": f"../{collection_id}", "type": "application/json"}
    document: dict[str, Any] = {
        "type": "Feature",
        "stac_version": STAC_VERSION,
        "stac_extensions": extensions,
        "id": item_id,
        "geometry": extraction.geometry,
        "properties": {**time_properties(extraction, ingested=ingested), **extraction.properties},
        "links": list(map(dict, links)) or [collection],
        "assets": {asset_key: asset},
        "collection": collection_id,
    }
    if extraction.bbox is not None:
        document["bbox"] = extraction.bbox
    # Texts and numbers come from files as they are: one that is no UTF-8, or none, would break every page of items.
    try:
        ready: dict[str, Any] = orjson.loads(orjson.dumps(document))
    except TypeError:
        ready = document_ready(document)
    return ready


def time_properties(extraction: Extraction, *, ingested: datetime | None) -> dict[str, str | None]:
    """Return the Item's moment, its period, or both, in RFC 3339's spelling."""
    start, end = extraction.start_datetime, extraction.end_datetime
    found: dict[str, datetime] = {}
    if start and end:
        found = {"start_datetime": start, "end_datetime": end}
    if moment := extraction.datetime or (None if found else ingested or datetime.now(UTC)):
        found["datetime"] = moment
    properties: dict[str, str | None] = {"datetime": None}
    for name, each in found.items():
        properties[name] = each.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return properties
