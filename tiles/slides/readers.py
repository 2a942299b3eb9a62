"""Opens slides, each with the reader that fits: large-image's sources, and ours for what they refuse.

They open paths by themselves, so that a remote slide is read from a local copy.
"""

import importlib
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from osgeo import gdal
from PIL import EpsImagePlugin

from tiles.copies import local_copy
from tiles.drivers import MEMORY_PREFIX, REMOTE_PREFIXES, check_location
from tiles.errors import SourceNotFound, SourceUnreadable
from tiles.references import SourceRef

from .dicom_image import DicomImage
from .native_dicom import check_complete, dicom_levels
from .native_tiff import tiff_levels
from .native_tiles import NativeLevel
from .pages import PagedSource
from .source import SlideSource

_CLASSES = {
    "openslide": ("large_image_source_openslide", "OpenslideFileTileSource"),
    "ometiff": ("large_image_source_ometiff", "OMETiffFileTileSource"),
    "dicom": ("large_image_source_dicom", "DICOMFileTileSource"),
    "tiff": ("large_image_source_tiff", "TiffFileTileSource"),
    "zarr": ("large_image_source_zarr", "ZarrFileTileSource"),
    "pil": ("large_image_source_pil", "PILFileTileSource"),
}
# For files of that kind which large-image's reader refuses.
_OURS: dict[str, type[PagedSource] | type[DicomImage]] = {"ometiff": PagedSource, "dicom": DicomImage}
# Readers of files whose tiles may be TIFF's.
_TIFF_READERS = ("openslide", "ometiff", "tiff")
HEAD_BYTES = 132
# OpenSlide's formats of one file that are neither TIFF nor DICOM.
SLIDE_SUFFIXES = (".svslide", ".czi")
TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# Pillow would have Ghostscript run the program that a PostScript file is.
EpsImagePlugin.gs_binary = False
# large-image's readers share state while they open files.
_opening = threading.Lock()


def open_slide(ref: SourceRef, readers: Iterable[str]) -> SlideSource:
    """Open with the first of ``readers`` that can.

    Raises SourceNotFound (also for a file of a series that is missing), SourceUnreadable, and what `local_copy` does.
    """
    check_location(ref.location)
    name = ref.name or Path(ref.location).name
    if ref.location.startswith(MEMORY_PREFIX):
        raise SourceUnreadable(f"{name} is a virtual file; slides are read from real ones")
    if not ref.location.startswith(REMOTE_PREFIXES) and not Path(ref.location).exists():
        raise SourceNotFound(f"{name} is no longer where it was")
    head = _head(ref.location)
    fitting = _fitting(readers, head)
    if ref.driver not in fitting and not may_be_slide(ref.location, head):
        fitting = []
    path = local_copy(ref) if fitting and ref.location.startswith(REMOTE_PREFIXES) else ref.location
    for reader in fitting:
        tile_source = open_tile_source(reader, path)
        if tile_source is not None:
            levels = _levels(reader, tile_source, path)
            return SlideSource(ref, tile_source, reader=reader, levels=levels)
    raise SourceUnreadable(f"{name} is not in a format that can be read here")


def _head(path: str) -> bytes:
    """The file's first bytes; none of a folder, which is how Zarr keeps an image."""
    if Path(path).is_dir():
        return b""
    file = gdal.VSIFOpenL(path, "rb")
    if file is None:
        return b""
    try:
        return bytes(gdal.VSIFReadL(1, HEAD_BYTES, file) or b"")
    finally:
        gdal.VSIFCloseL(file)


def may_be_slide(location: str, head: bytes) -> bool:
    """Whether a remote file that GDAL doesn't read is worth a copy; a local one may always be tried."""
    if not location.startswith(REMOTE_PREFIXES):
        return True
    return is_dicom(head) or head[:4] in TIFF_MAGIC or location.lower().endswith(SLIDE_SUFFIXES)


def is_dicom(head: bytes) -> bool:
    return head[128:132] == b"DICM"


def _fitting(readers: Iterable[str], head: bytes) -> list[str]:
    """The readers of that kind of file, the one that gives most first; OpenSlide takes its own formats all."""
    asked, is_tiff = list(readers), head[:4] in TIFF_MAGIC
    if not head:
        return [reader for reader in asked if reader == "zarr"]
    if is_dicom(head):
        return ["dicom", *(reader for reader in asked if reader == "openslide")]
    others = {"dicom", "zarr"} if is_tiff else {"dicom", "zarr", "ometiff", "tiff"}
    return [reader for reader in asked if reader not in others]


def open_tile_source(reader: str, path: str) -> Any | None:
    """large-image's tile source, or ours for what it refuses or gets wrong; None when neither can.

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
    module, class_name = _CLASSES[reader]
    if reader == "zarr":
        # How large-image names a folder.
        path = next((str(file) for name in (".zattrs", ".zgroup") if (file := Path(path) / name).is_file()), path)
    try:
        with _opening:
            return getattr(importlib.import_module(module), class_name)(path, noCache=True)
    except Exception:  # noqa: BLE001 -- each reader has errors of its own, some of them bare
        return None


def _is_striped(tile_source: Any) -> bool:
    """Whether an OME-TIFF's pages are made of strips; large-image makes bytes without a sign of signed ones then."""
    directories = getattr(tile_source, "_tiffDirectories", None) or [None]
    info = getattr(directories[-1], "_tiffInfo", None)
    return info is not None and not info.get("istiled")


def _levels(reader: str, tile_source: Any, path: str) -> tuple[NativeLevel, ...]:
    """The file's own JPEG tiles, unless it has several planes."""
    if isinstance(tile_source, PagedSource | DicomImage):
        return ()
    if reader == "dicom":
        return dicom_levels(tile_source._dicom)  # noqa: SLF001 -- large-image has no name for it
    if reader not in _TIFF_READERS or getattr(tile_source, "frames", 1) not in (None, 0, 1):
        return ()
    levels = tiff_levels(path)
    same = levels and (levels[0].width, levels[0].height) == (tile_source.sizeX, tile_source.sizeY)
    return levels if same else ()
