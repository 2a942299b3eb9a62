"""large-image's readers of microscopy: which of them reads a file, and the image as it shows it."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import large_image

from catalog.extraction.errors import ExtractionError
from catalog.extraction.fetching import as_extraction_error
from catalog.extraction.refusals import is_dicom
from tiles.errors import SourceNotFound, SourceUnreadable, TilesError
from tiles.slides.readers import may_be_slide
from tiles.slides.readers import open_slide as open_as_slide
from tiles.slides.source import SlideSource
from tiles.sources.drivers import REMOTE_PREFIXES
from tiles.sources.reference import SourceRef
from tiles.sources.registry import may_be_slide as is_slide_like

OME_MARK = b"<OME"
HEADER_BYTES = 2**18


def open_slide(ref: SourceRef, *, head: bytes, dataset: Any | None) -> SlideSource | None:
    """The file as the reader shows it that knows it as microscopy; None when none does.

    `dataset` is what GDAL makes of it, if anything. These readers open files by themselves, not through GDAL: a remote
    file that can't be read by ranges is copied first.
    """
    readers = _candidates(ref, head=head, dataset=dataset)
    source = try_readers(readers, ref) if readers else None
    return source if source and not is_generic(source) else None


def _candidates(ref: SourceRef, *, head: bytes, dataset: Any | None) -> Sequence[str]:
    """None for a folder, and for a remote file that is no slide."""
    if not ref.location.startswith(REMOTE_PREFIXES):
        return likely_readers(ref.location, head=head) if Path(ref.location).is_file() else ()
    if not may_be_slide(ref.location, head) or (dataset is not None and not is_slide_like(dataset)):
        return ()
    return ("dicom",) if is_dicom(head) else ("ometiff", "openslide")


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


def try_readers(readers: Sequence[str], ref: SourceRef) -> SlideSource | None:
    # Handles are used once here, so neither a cache nor the search for a memcached is of use.
    large_image.config.setConfig("cache_backend", "python")
    try:
        # The worker's own time limit ends a copy; what was fetched by then stays for the next attempt.
        return open_as_slide(ref, readers, seconds=math.inf)
    except SourceUnreadable:
        return None
    except SourceNotFound as error:
        raise ExtractionError("unreadable", f"{error.message}.") from error
    except TilesError as error:
        raise as_extraction_error(error) from error


def is_generic(source: SlideSource) -> bool:
    """Whether OpenSlide sees but a tiled TIFF, which GDAL describes better."""
    properties = source.internal_metadata.get("openslide") or {}
    return bool(properties.get("openslide.vendor") == "generic-tiff")
