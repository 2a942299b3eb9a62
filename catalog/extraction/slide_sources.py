"""large-image's readers of microscopy: which of them reads a file, and its handle."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import large_image

from catalog.extraction.errors import ExtractionError
from catalog.extraction.signatures import is_dicom
from tiles.errors import SourceNotFound, TooLarge
from tiles.slides.readers import open_tile_source

OME_MARK = b"<OME"
HEADER_BYTES = 2**18


def open_slide(path: str, *, head: bytes) -> tuple[str, Any] | None:
    """Name and open source of the reader that knows this file as microscopy; None when none does.

    Only local files: these readers open files by themselves, not through GDAL.
    """
    if path.startswith("/vsi") or not Path(path).is_file():
        return None
    for reader in likely_readers(path, head=head):
        source = try_reader(reader, path)
        if source is not None and not is_generic(source):
            return reader, source
    return None


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
