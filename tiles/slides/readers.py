"""Open slides, each with the reader that fits: large-image's sources, and ours for what they refuse.

They open paths by themselves: a remote slide is read by ranges where `ranged_tiff` can, else from a local copy.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from osgeo import gdal
from PIL import EpsImagePlugin

from tiles.errors import SourceNotFound, SourceUnreadable
from tiles.slides.dicom_image import DicomImage
from tiles.slides.image import SlideImage
from tiles.slides.levels import Pyramid
from tiles.slides.native_tiff import tiff_levels
from tiles.slides.native_tiles import NativeLevel, check_complete, dicom_levels, with_scales
from tiles.slides.ngff import NgffImage
from tiles.slides.picture_file import PICTURE_DRIVERS, PICTURE_HEAD, PictureFile, is_picture, needs_pillow
from tiles.slides.ranged import ASSOCIATED_BYTES, RangedTiff, ranged_tiff
from tiles.slides.tiff_directories import MOST_DIRECTORIES, count_directories
from tiles.slides.tiff_image import TiffImage, is_unlike_gdal
from tiles.sources.copies import local_copy
from tiles.sources.drivers import LARGE_IMAGE_SOURCES, MEMORY_PREFIX, REMOTE_PREFIXES, check_location
from tiles.sources.external_files import check_file, is_dicom, is_tiff, openslide_may_read
from tiles.sources.external_files.heads import HEAD_BYTES
from tiles.sources.installed import check_content, load_source
from tiles.sources.ranges import Content, content_at, head_of
from tiles.sources.reference import SourceRef

# The reader of folders.
ZARR = "zarr"
# OpenSlide's name of TIFFs that no vendor wrote, of which it shows red, green and blue of eight bits alone.
GENERIC = "generic-tiff"
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
# Pages of a TIFF beyond which large-image's readers don't try it that go to each page from the first one: their time
# grows with the square. Slides have some dozen.
MOST_PAGES = 1000
BY_PAGES = frozenset({"openslide", "tiff", "ometiff"})
# large-image's readers share state while they open files.
_opening = threading.Lock()


def open_slide(ref: SourceRef, readers: Iterable[str], *, seconds: float | None = None) -> SlideImage:
    """Open with the first of ``readers`` that can. ``seconds``: of `local_copy`, should a copy be needed.

    Raises SourceNotFound (also for a file of a series that is missing), SourceUnreadable, and what `local_copy` does.
    """
    check_location(ref.location)
    name = ref.name or Path(ref.location).name
    if ref.driver == ZARR or (ZARR in readers and Path(ref.location).is_dir()):
        tile_source = NgffImage(ref)
        return SlideImage(ref, tile_source, reader=ZARR, pyramid=tile_source.pyramid)
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


def open_unlike_gdal(ref: SourceRef, dataset: Any) -> SlideImage:
    """Open a picture without a place on Earth that GDAL would show on its side, in other colors, or with black holes.

    ``dataset``: GDAL's. Raises SourceUnreadable for all pictures that it shows well.
    """
    driver = dataset.GetDriver().ShortName
    if driver == "GTiff" and is_unlike_gdal(partial(_read_at, ref.location)):
        return open_slide(ref, ("tiff",))
    if driver in PICTURE_DRIVERS and needs_pillow(_read_at(ref.location, 0, PICTURE_HEAD)):
        # Named, since of a remote picture no copy is made for a reader that isn't known to be needed.
        return open_slide(replace(ref, driver="pil"), ("pil",))
    raise SourceUnreadable("GDAL shows the picture well")


def _read_at(location: str, offset: int, count: int) -> bytes:
    handle = gdal.VSIFOpenL(location, "rb")
    if handle is None:
        return b""
    try:
        gdal.VSIFSeekL(handle, offset, 0)
        return bytes(gdal.VSIFReadL(1, count, handle) or b"")
    finally:
        gdal.VSIFCloseL(handle)


def _head(path: str) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(HEAD_BYTES)


def may_be_slide(location: str, head: bytes) -> bool:
    """Return whether a remote file that GDAL doesn't read is worth a copy; a local one may always be tried."""
    if not location.startswith(REMOTE_PREFIXES):
        return True
    return is_dicom(head) or is_tiff(head) or is_picture(head) or location.lower().endswith(SLIDE_SUFFIXES)


def _fitting(readers: Iterable[str], head: bytes, *, name: str) -> list[str]:
    """Return the readers of that kind of file, the one that gives most first."""
    asked = [reader for reader in readers if reader != "openslide" or openslide_may_read(head, name)]
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
        tile_source = open_tile_source(reader, file.path, read=content.read)
        if tile_source is None:
            continue
        levels = _scaled(tile_source, file.levels)
        if _shows(tile_source, levels):
            return SlideImage(
                ref, tile_source, reader=reader, levels=levels, pyramid=pyramid_of(tile_source), file=file
            )
        if isinstance(tile_source, TiffImage):
            if tile_source.ome is None:
                return None
        elif not _fetches(tile_source, file):
            return None
        return SlideImage(ref, tile_source, reader=reader, pyramid=pyramid_of(tile_source), file=file)
    return None


def _fetches(tile_source: Any, file: RangedTiff) -> bool:
    """Return whether large-image's reader could be had to fetch each tile before it reads it."""
    from tiles.slides.ranged_tiles import fetch_first  # noqa: PLC0415 -- imports large-image, which takes long

    return fetch_first(tile_source, file)


def _open_path(ref: SourceRef, readers: Iterable[str], path: str) -> SlideImage | None:
    check_file(path)
    head = _head(path)
    pages = _count_pages(path) if is_tiff(head) else 0
    if pages > MOST_DIRECTORIES:
        raise SourceUnreadable(f"The TIFF has more than {MOST_DIRECTORIES:,} pages")
    # What was copied may be another file than what was looked at where it lies.
    for reader in _fitting(readers, head, name=path):
        if reader not in LARGE_IMAGE_SOURCES:
            check_content(ref, path)
        tile_source = open_tile_source(reader, path, is_long=pages > MOST_PAGES)
        if tile_source is not None:
            levels = _levels(reader, tile_source, path)
            return SlideImage(ref, tile_source, reader=reader, levels=levels, pyramid=pyramid_of(tile_source))
    return None


def _count_pages(path: str) -> int:
    """Return how many pages a TIFF has; none of one whose directories can't be read."""
    with Path(path).open("rb") as file:

        def read(offset: int, count: int) -> bytes:
            file.seek(offset)
            return file.read(count)

        try:
            return count_directories(read)
        except (SourceUnreadable, OSError, OverflowError):
            return 0


def open_tile_source(
    reader: str, path: str, *, read: Callable[[int, int], bytes] | None = None, is_long: bool = False
) -> Any | None:
    """Open what tells of the image, and of its pixels where we have a reader; None when nothing can.

    ``read``: of a file that is there only as far as it tells of its image; ``is_long``: of a TIFF of thousands of
    pages, which others than ours take minutes for. Raises SourceNotFound for a file of a series that is missing,
    TooLarge.
    """
    if reader == "pil":
        return _or_none(PictureFile, path)
    found = None if is_long and reader in BY_PAGES else _open_large_image(reader, path)
    if reader == "dicom":
        if found is None:
            return _or_none(DicomImage, path)
        check_complete(found._dicom, name=Path(path).name)  # noqa: SLF001 -- large-image has no name for it
    is_generic = reader == "openslide" and found is not None and _vendor(found) == GENERIC
    if reader in {"ometiff", "tiff"} or is_generic:
        try:
            image = TiffImage(path, read=read, others=found)
        except SourceUnreadable:
            return found
        # What says where on Earth it lies is nobody's but GDAL's, and OME-TIFF what says that it is.
        if image.has_place and reader == "tiff":
            return None
        return image if image.ome or reader != "ometiff" else found
    return found


def _or_none(kind: Callable[[str], Any], path: str) -> Any | None:
    try:
        return kind(path)
    except SourceUnreadable:
        return None


def _vendor(tile_source: Any) -> str:
    return str(tile_source._openslide.properties.get("openslide.vendor", ""))  # noqa: SLF001 -- as above


def pyramid_of(tile_source: Any) -> Pyramid | None:
    """Return how the values of an open image are read; None where large-image's own regions are all there is."""
    if isinstance(tile_source, TiffImage | DicomImage | PictureFile):
        return tile_source.pyramid
    if hasattr(tile_source, "_openslide"):
        from tiles.slides.openslide_levels import openslide_pyramid  # noqa: PLC0415 -- as large-image's own

        return openslide_pyramid(tile_source)
    if hasattr(tile_source, "_dicom"):
        from tiles.slides.dicom_slide import dicom_pyramid  # noqa: PLC0415 -- takes half a second, few files are DICOM

        return dicom_pyramid(tile_source._dicom)  # noqa: SLF001 -- as above
    return None


def _open_large_image(reader: str, path: str) -> Any | None:
    try:
        with _opening:
            kind = load_source(reader)
            # Else large-image's sources of what is on Earth paint what they read.
            raw = {"style": kind._unstyledStyle} if hasattr(kind, "_unstyledStyle") else {}  # noqa: SLF001
            return kind(path, noCache=True, **raw)
    except Exception:  # noqa: BLE001 -- each reader has errors of its own, some of them bare
        return None


def _levels(reader: str, tile_source: Any, path: str) -> tuple[NativeLevel, ...]:
    """Return the file's own JPEG tiles, unless it has several planes."""
    if reader == "dicom":
        # Ours reads what is no series of tiles.
        return dicom_levels(tile_source._dicom) if hasattr(tile_source, "_dicom") else ()  # noqa: SLF001 -- as above
    levels = _scaled(tile_source, tiff_levels(path)) if reader in _TIFF_READERS else ()
    return levels if _shows(tile_source, levels) else ()


def _scaled(tile_source: Any, levels: tuple[NativeLevel, ...]) -> tuple[NativeLevel, ...]:
    """Return the levels with OpenSlide's scales, where it reads the file: it knows them of each vendor's words."""
    if not levels or not hasattr(tile_source, "_openslide"):
        return levels
    from tiles.slides.openslide_levels import level_scales  # noqa: PLC0415 -- as large-image's own

    return with_scales(levels, level_scales(tile_source._openslide))  # noqa: SLF001 -- as above


def _shows(tile_source: Any, levels: tuple[NativeLevel, ...]) -> bool:
    """Return whether the levels are those of the one plane that the reader sees."""
    if not levels:
        return False
    if isinstance(tile_source, TiffImage):
        if tile_source.frame_count > 1:
            return False
    elif getattr(tile_source, "frames", 1) not in (None, 0, 1):
        return False
    return (levels[0].width, levels[0].height) == (tile_source.sizeX, tile_source.sizeY)
