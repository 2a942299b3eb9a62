"""Open slides, each with the reader that fits: large-image's sources, and ours for what they refuse.

They open paths by themselves: a remote slide is read by ranges where `ranged_tiff` can, else from a local copy.
"""

import logging
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from PIL import EpsImagePlugin

from tiles.errors import SourceNotFound, SourceUnreadable
from tiles.slides.dicom_image import DicomImage
from tiles.slides.image import SlideImage
from tiles.slides.native_tiff import tiff_levels
from tiles.slides.native_tiles import NativeLevel, check_complete, dicom_levels
from tiles.slides.pages import PagedSource
from tiles.slides.ranged import ASSOCIATED_BYTES, RangedTiff, ranged_tiff
from tiles.sources.copies import local_copy
from tiles.sources.drivers import LARGE_IMAGE_SOURCES, MEMORY_PREFIX, REMOTE_PREFIXES, check_location
from tiles.sources.external_files import check_file, is_dicom, is_tiff, openslide_may_read
from tiles.sources.external_files.heads import HEAD_BYTES
from tiles.sources.installed import check_content, load_source
from tiles.sources.ranges import Content, content_at, head_of
from tiles.sources.reference import SourceRef

# For files of that kind which large-image's reader refuses.
_OURS: dict[str, type[PagedSource] | type[DicomImage]] = {"ometiff": PagedSource, "dicom": DicomImage}
# Readers of files whose tiles may be TIFF's.
_TIFF_READERS = ("openslide", "ometiff", "tiff")
# Those that read the pictures that come with a slide as soon as they open it.
_EAGER = ("ometiff", "tiff")
# OpenSlide's formats of one file that are neither TIFF nor DICOM.
SLIDE_SUFFIXES = (".svslide", ".czi")
# It remarks on every oddity of a file that it reads all the same.
logging.getLogger("tifftools").setLevel(logging.ERROR)
# Pillow would have Ghostscript run the program that a PostScript file is.
EpsImagePlugin.gs_binary = False
# large-image's readers share state while they open files.
_opening = threading.Lock()


def open_slide(ref: SourceRef, readers: Iterable[str], *, seconds: float | None = None) -> SlideImage:
    """Open with the first of ``readers`` that can. ``seconds``: of `local_copy`, should a copy be needed.

    Raises SourceNotFound (also for a file of a series that is missing), SourceUnreadable, and what `local_copy` does.
    """
    check_location(ref.location)
    name = ref.name or Path(ref.location).name
    if ref.location.startswith(MEMORY_PREFIX):
        raise SourceUnreadable(f"{name} is a virtual file; slides are read from real ones")
    content = content_at(ref) if ref.location.startswith(REMOTE_PREFIXES) else None
    if content is None and not Path(ref.location).exists():
        raise SourceNotFound(f"{name} is no longer where it was")
    head = head_of(content, HEAD_BYTES) if content else _head(ref.location)
    fitting = _fitting(readers, head, name=ref.location)
    if ref.driver not in fitting and not may_be_slide(ref.location, head):
        fitting = []
    found = _open_by_ranges(ref, fitting, content) if content and is_tiff(head) else None
    if found is None and fitting:
        found = _open_path(ref, fitting, local_copy(ref, seconds=seconds) if content else ref.location)
    if found is None:
        raise SourceUnreadable(f"{name} is not in a format that can be read here")
    return found


def _head(path: str) -> bytes:
    """Read the file's first bytes; none of a folder, which is how Zarr keeps an image."""
    if Path(path).is_dir():
        return b""
    with Path(path).open("rb") as file:
        return file.read(HEAD_BYTES)


def may_be_slide(location: str, head: bytes) -> bool:
    """Return whether a remote file that GDAL doesn't read is worth a copy; a local one may always be tried."""
    if not location.startswith(REMOTE_PREFIXES):
        return True
    return is_dicom(head) or is_tiff(head) or location.lower().endswith(SLIDE_SUFFIXES)


def _fitting(readers: Iterable[str], head: bytes, *, name: str) -> list[str]:
    """Return the readers of that kind of file, the one that gives most first."""
    asked = [reader for reader in readers if reader != "openslide" or openslide_may_read(head, name)]
    if not head:
        return [reader for reader in asked if reader == "zarr"]
    if is_dicom(head):
        return ["dicom", *(reader for reader in asked if reader == "openslide")]
    others = {"dicom", "zarr"} if is_tiff(head) else {"dicom", "zarr", "ometiff", "tiff"}
    return [reader for reader in asked if reader not in others]


def _open_by_ranges(ref: SourceRef, readers: Iterable[str], content: Content) -> SlideImage | None:
    """Open a remote TIFF to be read where it lies; None for one that has to be copied.

    Read so are one plane of JPEG tiles, by whichever reader, OME-TIFFs of one file, and what `ranged_tiles` can.
    """
    file = None if ref.siblings or not content.condition else ranged_tiff(content)
    if file is None:
        return None
    for reader in filter(_TIFF_READERS.__contains__, readers):
        if reader in _EAGER:
            if file.associated_bytes > ASSOCIATED_BYTES:
                return None
            file.fetch_associated()
        tile_source = open_tile_source(reader, file.path)
        if tile_source is None:
            continue
        if _shows(tile_source, file.levels):
            return SlideImage(ref, tile_source, reader=reader, levels=file.levels, file=file)
        if isinstance(tile_source, PagedSource):
            tile_source.read_from(content)
        elif not _fetches(tile_source, file):
            return None
        return SlideImage(ref, tile_source, reader=reader, file=file)
    return None


def _fetches(tile_source: Any, file: RangedTiff) -> bool:
    """Return whether large-image's reader could be had to fetch each tile before it reads it."""
    from tiles.slides.ranged_tiles import fetch_first  # noqa: PLC0415 -- imports large-image, which takes long

    return fetch_first(tile_source, file)


def _open_path(ref: SourceRef, readers: Iterable[str], path: str) -> SlideImage | None:
    check_file(path)
    # What was copied may be another file than what was looked at where it lies.
    for reader in _fitting(readers, _head(path), name=path):
        if reader not in LARGE_IMAGE_SOURCES:
            check_content(ref, path)
        tile_source = open_tile_source(reader, path)
        if tile_source is not None:
            return SlideImage(ref, tile_source, reader=reader, levels=_levels(reader, tile_source, path))
    return None


def open_tile_source(reader: str, path: str) -> Any | None:
    """Open large-image's tile source, or ours for what it refuses or gets wrong; None when neither can.

    Raises SourceNotFound for a file of a series that is missing, TooLarge.
    """
    found = _open_large_image(reader, path)
    if reader == "dicom" and found is not None:
        check_complete(found._dicom, name=Path(path).name)  # noqa: SLF001 -- large-image has no name for it
    if reader not in _OURS or (found is not None and not _is_striped(found)):
        return found
    try:
        return _OURS[reader](path)
    except SourceUnreadable:
        return found


def _open_large_image(reader: str, path: str) -> Any | None:
    if reader == "zarr":
        # How large-image names a folder.
        path = next((str(file) for name in (".zattrs", ".zgroup") if (file := Path(path) / name).is_file()), path)
    try:
        with _opening:
            kind = load_source(reader)
            # Else large-image's sources of what is on Earth paint what they read.
            raw = {"style": kind._unstyledStyle} if hasattr(kind, "_unstyledStyle") else {}  # noqa: SLF001
            return kind(path, noCache=True, **raw)
    except Exception:  # noqa: BLE001 -- each reader has errors of its own, some of them bare
        return None


def _is_striped(tile_source: Any) -> bool:
    """Return whether an OME-TIFF's pages are of strips; large-image takes the sign from signed bytes then."""
    directories = getattr(tile_source, "_tiffDirectories", None) or [None]
    info = getattr(directories[-1], "_tiffInfo", None)
    return info is not None and not info.get("istiled")


def _levels(reader: str, tile_source: Any, path: str) -> tuple[NativeLevel, ...]:
    """Return the file's own JPEG tiles, unless it has several planes."""
    if isinstance(tile_source, PagedSource | DicomImage):
        return ()
    if reader == "dicom":
        return dicom_levels(tile_source._dicom)  # noqa: SLF001 -- large-image has no name for it
    levels = tiff_levels(path) if reader in _TIFF_READERS else ()
    return levels if _shows(tile_source, levels) else ()


def _shows(tile_source: Any, levels: tuple[NativeLevel, ...]) -> bool:
    """Return whether the levels are those of the one plane that the reader sees."""
    if not levels or getattr(tile_source, "frames", 1) not in (None, 0, 1):
        return False
    return (levels[0].width, levels[0].height) == (tile_source.sizeX, tile_source.sizeY)
