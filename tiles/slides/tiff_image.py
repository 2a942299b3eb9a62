"""Read TIFFs by tifffile, page by page and segment by segment: planes of OME, ImageJ, QPTIFF or of no kind; any codec.

tifffile is given what lies in the file itself, never another file. `TiffImage` has as much of large-image's tile source
as `tiles.slides.source` asks for.
"""

import contextlib
import math
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tifffile import PHOTOMETRIC, TiffFile, TiffFileError

from tiles.errors import SourceCorrupt, SourceNotFound, SourceUnreadable, TooLarge
from tiles.limits import current_limits
from tiles.slides.color_profiles import converter
from tiles.slides.levels import Level, Part, Pyramid, Window, snap
from tiles.slides.native_tiff import COUNTS, OFFSETS, STRIP_COUNTS, LocalFile, read_pieces
from tiles.slides.ome import parse_ome
from tiles.slides.orientation import ORIENTATIONS
from tiles.slides.tiff_colors import as_shown
from tiles.slides.tiff_directories import Read, first_directory
from tiles.slides.tiff_planes import frames_of, named_planes, pixel_size
from tiles.styling.planes import Frames

MILLIMETRE = 1000.0
# Values of a byte or less that a segment of a hostile file may have.
SEGMENT_VALUES = 2**28
SAMPLE_TYPES = "buifc"
PHOTOMETRIC_TAG, ORIENTATION_TAG, PROFILE_TAG = 262, 274, 34675
# Of GeoTIFF: scale, tie points, transformation, coordinate system.
PLACE_TAGS = (33550, 33922, 34264, 34735)
# What large-image counts as levels: tiles of that side until one holds the image.
TILE = 256


def is_unlike_gdal(read: Read) -> bool:
    """Return whether GDAL would show a TIFF without a place otherwise than it is meant.

    That are pictures on their side, of inverted or printing colors, with a color profile, or with segments left out.
    """
    try:
        page = first_directory(read)
    except SourceUnreadable:
        return False
    photometric = page.number(PHOTOMETRIC_TAG, PHOTOMETRIC.MINISBLACK)
    counts = page.numbers(COUNTS) if OFFSETS in page.values else page.numbers(STRIP_COUNTS)
    return bool(
        page.number(ORIENTATION_TAG, 1) in ORIENTATIONS[1:]
        or photometric in {PHOTOMETRIC.MINISWHITE, PHOTOMETRIC.SEPARATED, PHOTOMETRIC.CIELAB}
        or converter(page.text(PROFILE_TAG)) is not None
        or (counts.size and not counts.all())
    )


class TiffImage:
    """Know the planes and levels of a TIFF's first image. Any thread may read.

    Args:
        path: the file, or one that has all of it but its pixels.
        read: reads the pixels' bytes; by default from the file itself.
        others: large-image's tile source of the same file, which knows of associated images and vendors' metadata.
    """

    def __init__(self, path: str, *, read: Read | None = None, others: Any = None) -> None:
        self.path, self.others = Path(path), others
        self._files: dict[str, tuple[TiffFile, Read]] = {}
        own = self._open("", read)
        try:
            page: Any = own.pages.first
            text = page.description or ""
            self.ome = parse_ome(text, own_name=self.path.name) if "<OME" in text[:10_000] else None
            _check(page)
            self.page = page
            self._levels, self._frames, self.names = self._planes(own)
        except (TiffFileError, ValueError, IndexError, KeyError, AttributeError, TypeError, RuntimeError) as error:
            raise SourceUnreadable("The pages of the TIFF can't be made out") from error
        self.sizeX, self.sizeY = int(page.imagewidth), int(page.imagelength)
        if self.ome:
            for name in {plane.file for plane in self.ome.planes if plane.file}:
                self._open(name, None)

    def _open(self, name: str, read: Read | None) -> TiffFile:
        """Open the file, or another one of the series beside it. Raises SourceNotFound, SourceUnreadable."""
        if name in self._files:
            return self._files[name][0]
        path = self._companion(name) if name else self.path
        try:
            tiff = TiffFile(str(path), _multifile=False)
            weakref.finalize(self, tiff.close)
            self._files[name] = tiff, read or LocalFile(str(path)).read
        except (TiffFileError, OSError, ValueError, KeyError, IndexError) as error:
            raise SourceUnreadable("The file is no TIFF that can be read") from error
        return tiff

    def _companion(self, name: str) -> Path:
        if Path(name).name != name or name in {"", ".", ".."}:
            raise SourceUnreadable("The OME-TIFF names a file outside its folder")
        path = self.path.parent / name
        if not path.is_file():
            raise SourceNotFound(f"{name}, which holds planes of {self.path.name}, is missing")
        return path

    def _planes(self, tiff: TiffFile) -> tuple[list[tuple[int, int]], Frames, tuple[str, ...]]:
        """Find the sizes of the levels and the frames of the first image."""
        if self.ome:
            children = self.page.pages if self.page.subifds else None
            smaller = [each for each in children or () if _fits(each, self.page)]
            self._series: Any = None
            sizes = [(each.imagewidth, each.imagelength) for each in (self.page, *smaller)]
            return sizes, self.ome.frames, self.ome.frames.channels
        self._series = series = tiff.series[0]
        keyframes = [level.keyframe for level in series.levels]
        sizes = [(each.imagewidth, each.imagelength) for each in keyframes if _fits(each, keyframes[0])]
        frames = named_planes(tiff, frames_of(series))
        return sizes, frames, frames.channels

    @property
    def has_place(self) -> bool:
        """Return whether the file says where on Earth it lies, which only GDAL knows to read."""
        return any(code in self.page.tags for code in PLACE_TAGS)

    @property
    def frame_count(self) -> int:
        return self._frames.count

    # What it says of itself.

    @property
    def pyramid(self) -> Pyramid:
        """Return how its values are read."""
        base = self._levels[0]
        levels = tuple(
            Level(width, height, (snap(base[0], width), snap(base[1], height)), self._reader(number))
            for number, (width, height) in enumerate(self._levels)
        )
        orientation = int(_tag(self.page, 274) or 1)
        bits = self.page.bitspersample
        return Pyramid(
            levels=levels,
            frames=self._frames,
            orientation=orientation if orientation in ORIENTATIONS else 1,
            profile=bytes(self.page.iccprofile or b""),
            is_inverted=self.page.photometric == PHOTOMETRIC.MINISWHITE,
            bits=bits if isinstance(bits, int) and bits < 8 else 0,
            shareable=False,
        )

    def getMetadata(self) -> dict[str, Any]:  # noqa: N802 -- large-image's name
        width, height = self.ome.pixel_size if self.ome else pixel_size(self._files[""][0], self.page)
        found: dict[str, Any] = {}
        if self.others is not None:
            with contextlib.suppress(Exception):
                found = self.others.getMetadata()
        scale = {
            "magnification": found.get("magnification"),
            "mm_x": width / MILLIMETRE if width else found.get("mm_x"),
            "mm_y": height / MILLIMETRE if height else found.get("mm_y"),
        }
        entries = [
            {"Frame": frame, "Index": z * self._frames.t + t, "IndexZ": z, "IndexT": t, "IndexC": c}
            | ({"Channel": self.names[c]} if c < len(self.names) and self.names[c] else {})
            for frame, (z, t, c) in enumerate(self._frames.places)
        ]
        count = max(0, math.ceil(math.log2(max(self.sizeX, self.sizeY) / TILE))) + 1
        size = {"sizeX": self.sizeX, "sizeY": self.sizeY, "levels": found.get("levels") or count}
        planes = {"frames": entries, "channels": list(self.names)} if len(entries) > 1 or any(self.names) else {}
        return {**size, **scale, **planes}

    def getInternalMetadata(self) -> dict[str, Any]:  # noqa: N802 -- large-image's name
        if self.others is not None:
            with contextlib.suppress(Exception):
                return dict(self.others.getInternalMetadata() or {})
        return {"ome": self.getMetadata()} if self.ome else {"tiff": self.getMetadata()}

    def getAssociatedImagesList(self) -> list[str]:  # noqa: N802 -- large-image's name
        if self.others is None:
            return []
        with contextlib.suppress(Exception):
            return list(self.others.getAssociatedImagesList())
        return []

    def _getAssociatedImage(self, name: str) -> Any:  # noqa: N802 -- large-image's name
        return self.others._getAssociatedImage(name)  # noqa: SLF001 -- its public method encodes it first

    # Pixels.

    def _reader(self, level: int) -> Any:
        return lambda frame, window: self._read(frame, level, window)

    def _page(self, frame: int, level: int) -> tuple[Any, Read]:
        """Return the page that holds a frame's level, and what reads its file."""
        if self.ome:
            plane = self.ome.planes[frame]
            tiff = self._open(plane.file, None)
            page: Any = tiff.pages[plane.directory]
            if level:
                children = [each for each in page.pages or () if _fits(each, page)]
                page = children[level - 1]
            return page, self._files[plane.file][1]
        pages = self._series.levels[level].pages
        return pages[frame], self._files[""][1]

    def _read(self, frame: int, level: int, window: Window) -> Part:
        try:
            if self._is_contiguous(level):
                return as_shown(self._read_contiguous(frame, window), None, self.page, keep_index=False)
            page, read = self._page(frame, level)
            if page is None:
                return _nothing(self.page, window)
            values, alpha = read_window(page, read, window)
        except (TiffFileError, ValueError, IndexError, TypeError, RuntimeError, MemoryError) as error:
            raise SourceCorrupt(f"The pixels of {self.path.name} can't be decoded") from error
        return as_shown(values, alpha, page.keyframe, keep_index=self.ome is not None)

    def _is_contiguous(self, level: int) -> bool:
        """Return whether planes follow each other in the file with one page for all of them, as ImageJ writes them."""
        return bool(
            not level
            and self._series is not None
            and self._frames.count > 1
            and len(self._series.levels[0]._pages) < self._frames.count  # noqa: SLF001 -- those that the file has
            and self._series.levels[0].dataoffset is not None
        )

    def _read_contiguous(self, frame: int, window: Window) -> npt.NDArray[Any]:
        page = self.page
        kind = page.dtype.newbyteorder(self._files[""][0].byteorder)
        row = page.imagewidth * page.samplesperpixel * kind.itemsize
        start = self._series.levels[0].dataoffset + frame * page.imagelength * row + window.top * row
        content = self._files[""][1](start, window.height * row)
        rows = np.frombuffer(content, kind).reshape(window.height, page.imagewidth, -1)
        return rows[:, window.left : window.left + window.width].astype(page.dtype)


def _check(page: Any) -> None:
    """Raise SourceUnreadable for a page whose values nobody could show, or whose segments are too large."""
    if page.dtype is None or page.dtype.kind not in SAMPLE_TYPES:
        raise SourceUnreadable("The TIFF's values are of no type that can be shown")
    if math.prod(_segment(page)) * page.samplesperpixel > SEGMENT_VALUES:
        raise SourceUnreadable("The TIFF keeps its pixels in pieces that are too large to be read at once")
    # Raises for what tifffile has no codec of.
    page.decode(None, 0)
    if page.imagedepth != 1:
        raise SourceUnreadable("The TIFF's pages are volumes")


def _segment(page: Any) -> tuple[int, int]:
    if page.is_tiled:
        return int(page.tilelength), int(page.tilewidth)
    return min(int(page.rowsperstrip), int(page.imagelength)), int(page.imagewidth)


def _fits(page: Any, base: Any) -> bool:
    """Return whether a page can be a smaller copy of the base: labels and macros have other proportions, or types."""
    if page is None or (page.dtype, page.samplesperpixel) != (base.dtype, base.samplesperpixel):
        return False
    across, down = base.imagewidth / page.imagewidth, base.imagelength / page.imagelength
    # One row or column more or less is rounding.
    slack = across / page.imagelength + across / page.imagewidth + 0.04 * across
    return page is base or (across >= 1 and down >= 1 and abs(across - down) <= slack)


def _tag(page: Any, code: int) -> Any:
    found = page.tags.get(code)
    return None if found is None else found.value


def _nothing(page: Any, window: Window) -> Part:
    bands = page.samplesperpixel
    return Part(np.zeros((window.height, window.width, bands), page.dtype), np.zeros(window[:1:-1], np.uint8))


def read_window(page: Any, read: Read, window: Window) -> tuple[npt.NDArray[Any], npt.NDArray[np.uint8] | None]:
    """Read a page's samples (rows, columns, samples) in a window, and where they are there; None: everywhere."""
    keyframe = page.keyframe
    values = np.zeros((window.height, window.width, keyframe.samplesperpixel), keyframe.dtype)
    alpha: npt.NDArray[np.uint8] | None = None
    if math.prod(values.shape) > current_limits().read_pixels * 4:
        raise TooLarge("So much of the image can't be read at once")
    numbers = list(_touched(keyframe, window))
    offsets, counts = page.dataoffsets, page.databytecounts
    wanted = [(int(offsets[number]), int(counts[number])) for number in numbers]
    tables = {"jpegtables": page.jpegtables, "jpegheader": keyframe.jpegheader} if _is_jpeg(keyframe) else {}
    for number, (_, count), content in zip(numbers, wanted, read_pieces(wanted, read), strict=True):
        segment, (sample, _, top, left, _), shape = keyframe.decode(
            content if count else None, number, **tables, _fullsize=False
        )
        rows = _overlap(top, shape[1], window.top, window.height)
        columns = _overlap(left, shape[2], window.left, window.width)
        if segment is None:
            alpha = np.full(values.shape[:2], 255, np.uint8) if alpha is None else alpha
            alpha[_within(rows, window.top), _within(columns, window.left)] = 0
            continue
        part = segment[0, _within(rows, top), _within(columns, left)]
        # Segments at the edges may hold less than they have room for.
        here = slice(rows[0] - window.top, rows[0] - window.top + part.shape[0])
        there = slice(columns[0] - window.left, columns[0] - window.left + part.shape[1])
        values[here, there, sample : sample + part.shape[2]] = part
    return values, alpha


def _is_jpeg(page: Any) -> bool:
    return int(page.compression) in {6, 7, 34892, 33007}


def _touched(page: Any, window: Window) -> Iterator[int]:
    """Give the numbers of the segments that a window touches, of all planes of samples."""
    height, width = _segment(page)
    across, down = math.ceil(page.imagewidth / width), math.ceil(page.imagelength / height)
    separate = page.samplesperpixel if int(page.planarconfig) == 2 else 1
    rows = range(window.top // height, min(down, -(-(window.top + window.height) // height)))
    columns = range(window.left // width, min(across, -(-(window.left + window.width) // width)))
    for sample in range(separate):
        for row in rows:
            yield from (sample * across * down + row * across + column for column in columns)


def _within(ends: tuple[int, int], start: int) -> slice:
    return slice(ends[0] - start, ends[1] - start)


def _overlap(start: int, length: int, first: int, count: int) -> tuple[int, int]:
    return max(start, first), min(start + length, first + count)
