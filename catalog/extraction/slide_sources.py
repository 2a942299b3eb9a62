"""large-image's readers of microscopy: which of them reads a file, and its handle."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import large_image

from catalog.extraction.errors import ExtractionError
from catalog.extraction.fetching import fetch
from catalog.extraction.signatures import is_dicom
from tiles.drivers import REMOTE_PREFIXES
from tiles.errors import SourceNotFound, TooLarge
from tiles.references import SourceRef
from tiles.slides.readers import may_be_slide, open_tile_source
from tiles.sources import may_be_slide as is_slide_like

OME_MARK = b"<OME"
HEADER_BYTES = 2**18


def open_slide(ref: SourceRef, *, head: bytes, dataset: Any | None) -> tuple[str, Any] | None:
    """Name and open source of the reader that knows this file as microscopy; None when none does.

    `dataset` is what GDAL makes of it, if anything. These readers open files by themselves, not through GDAL: a remote
    file that may be microscopy is copied first.
    """
    path = _local_path(ref, head=head, dataset=dataset)
    for reader in likely_readers(path, head=head) if path else ():
        source = try_reader(reader, path)
        if source is not None and not is_generic(source):
            return reader, source
    return None


def _local_path(ref: SourceRef, *, head: bytes, dataset: Any | None) -> str:
    """Where the file can be opened by its path; empty for a folder, and for a remote one that is no slide."""
    if not ref.location.startswith(REMOTE_PREFIXES):
        return ref.location if Path(ref.location).is_file() else ""
    if not may_be_slide(ref.location, head) or (dataset is not None and not is_slide_like(dataset)):
        return ""
    return fetch(ref)


def likely_readers(path: str, *, head: bytes) -> Sequence[str]:
    if is_dicom(head):
        return ("dicom",)
    return ("ometiff", "openslide") if mentions_ome(path) else ("openslide",)


def mentions_ome(path: str) -> bool:
    """OME-TIFF keeps its XML in the first image's description, written at either end of the file."""
    with Path(path).open("rb") as stream:
        if OME_MARK in stream.read(HEADER_BYTES):
            return True
        stream.seek(max(0, Path(path).stat().st_size - HEADER_BYTES))
        return OME_MARK in stream.read()


def try_reader(reader: str, path: str) -> Any | None:
    # Handles are used once here, so neither a cache nor the search for a memcached is of use.
    large_image.config.setConfig("cache_backend", "python")
    try:
        return open_tile_source(reader, path)
    except TooLarge as error:
        raise ExtractionError("too_large", f"{error.message}.") from error
    except SourceNotFound as error:
        raise ExtractionError("unreadable", f"{error.message}.") from error


def is_generic(source: Any) -> bool:
    """Whether OpenSlide sees but a tiled TIFF, which GDAL describes better."""
    properties = source.getInternalMetadata().get("openslide") or {}
    return bool(properties.get("openslide.vendor") == "generic-tiff")
