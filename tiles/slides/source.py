"""Read whole-slide and other pictures without a place on Earth: pyramids, planes, associated images.

large-image's `style` is never handed on: its `function` key runs any Python callable.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from tiles.errors import InvalidParameter, OutsideBounds, TilesError, UnsupportedOperation
from tiles.geo.georeference import PixelReference
from tiles.geo.grids import Box, Grid, TileArea, pixel_grid
from tiles.limits import Limits
from tiles.slides.color_profiles import Convert, converter
from tiles.slides.levels import Part, Pyramid, fit, read_levels
from tiles.slides.native_tiles import NativeLevel, read_pixels
from tiles.slides.orientation import UPRIGHT, shown_size, stored_edges, turn
from tiles.slides.ranged import RangedTiff
from tiles.sources.description import json_ready
from tiles.sources.drivers import explain_failure
from tiles.sources.protocol import Valid, Values
from tiles.sources.raster import RasterSource, check_band
from tiles.sources.reference import SourceRef
from tiles.sources.statistics import BandStatistics, summarize
from tiles.styling.planes import ONE_FRAME, Frames, Layer, Planes, find_frames, select
from tiles.styling.style import Style

# What an open slide costs besides decoded tiles.
OPEN_SLIDE_BYTES = 4 * 2**20
# Pixels of the longer side of the picture that statistics are taken from.
STATISTICS_SIDE = 1024
# Sides of a file's own tiles that ours may have too.
TILE_SIDES = range(128, 1025)
DEFAULT_TILE = 256
# The alpha, 0-255, from which a pixel counts.
MOSTLY_VALID = 128
# Parts of the names under which formats, DICOM above all, say who somebody is.
PERSONAL = ("patient", "physician", "accession", "institution", "operator", "referring", "birth", "barcode")


class SlideSource:
    """Know a picture in pixel space and read its raw values.

    `tiles.slides.image.SlideImage` adds what `tiles.sources.protocol.Source` paints.

    Args:
        ref: what it was opened by.
        tile_source: large-image's tile source, or one of ours that has as much of it as is called here.
        reader: the name of that tile source.
        levels: the file's own JPEG tiles; empty when it has others.
        pyramid: how all others are read; None where large-image does.
        file: what it is read from when that lies on a server and is read by ranges.
    """

    is_geospatial = False
    alpha_band = 0
    nodata = None
    dataset = None
    geotransform = None
    wkt = ""
    footprint = None

    def __init__(
        self,
        ref: SourceRef,
        tile_source: Any,
        *,
        reader: str,
        levels: tuple[NativeLevel, ...] = (),
        pyramid: Pyramid | None = None,
        file: RangedTiff | None = None,
    ) -> None:
        self.ref = ref
        self.file = file
        self.reader = reader
        self.tile_source = tile_source
        self.levels = levels
        self.pyramid = pyramid
        self.orientation = pyramid.orientation if pyramid else UPRIGHT
        self.stored_size: tuple[int, int] = (tile_source.sizeX, tile_source.sizeY)
        self.width, self.height = shown_size(self.stored_size, self.orientation)
        self._samples: dict[int, Part] = {}

    @property
    def driver(self) -> str:
        return self.reader

    @property
    def shareable(self) -> bool:
        """Return whether several threads may use it at once: its tiles are read by offset, each on its own."""
        return bool(self.levels) or (self.pyramid is not None and self.pyramid.shareable)

    @property
    def has_native_tiles(self) -> bool:
        return bool(self.levels) and self.orientation == UPRIGHT

    @cached_property
    def profile(self) -> bytes:
        """Return the ICC profile that the image's colors are to be shown by; empty for sRGB's and for none."""
        return self.pyramid.profile if self.pyramid and converter(self.pyramid.profile) else b""

    @property
    def to_srgb(self) -> Convert | None:
        """Return what turns the image's colors into sRGB's; None where they are, or aren't colors."""
        return converter(self.profile) if self.profile and self.dtype == np.uint8 and self.band_count >= 3 else None

    @property
    def raster(self) -> RasterSource:
        raise UnsupportedOperation("Slides have no place on Earth and can't be combined with other images")

    def _check_pixels(self, grid: Grid) -> None:
        if not grid.is_pixels:
            raise UnsupportedOperation(f"This image has no place on Earth, so it has no place in {grid.identifier}")

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """Return what large-image says of it: levels, scale, frames. Reads a tile. Raises SourceCorrupt."""
        try:
            found: dict[str, Any] = self.tile_source.getMetadata()
        except TilesError:
            raise
        except Exception as error:
            raise explain_failure(self.ref, error) from error
        return found

    @cached_property
    def frames(self) -> Frames:
        if self.levels:
            return ONE_FRAME
        if self.pyramid and self.pyramid.frames:
            return self.pyramid.frames
        own = getattr(self.tile_source, "frames", None)
        if isinstance(own, Frames):
            return own
        return find_frames(self.metadata.get("frames"), self.metadata.get("channels") or ())

    def select(self, planes: Planes | None) -> tuple[Layer, ...]:
        """Return the frames that a request names, with their colors. Raises InvalidParameter."""
        return select(self.frames, planes)

    @cached_property
    def pixel_grid(self) -> Grid:
        """Return a grid of tiles as large as the file's own, so that they can be handed on untouched."""
        first = self.levels[0] if self.levels else None
        fits = first and first.tile_width == first.tile_height and first.tile_width in TILE_SIDES
        return pixel_grid(self.width, self.height, tile_size=first.tile_width if first and fits else DEFAULT_TILE)

    def reference(self, grid: Grid) -> PixelReference:
        """Return the way from a grid of pixels to the picture's. Raises UnsupportedOperation for other grids."""
        if not grid.is_pixels:
            raise UnsupportedOperation(f"Slides have no place in {grid.identifier}, only in pixels")
        return PixelReference(self.width, self.height)

    def coverage(self, grid: Grid) -> tuple[Box, ...]:
        """Return the whole picture in a grid of pixels; nothing in others."""
        return ((0.0, 0.0, float(self.width), float(self.height)),) if grid.is_pixels else ()

    @cached_property
    def estimated_bytes(self) -> int:
        return OPEN_SLIDE_BYTES

    def frame_sample(self, frame: int) -> Part:
        """Return a small copy of a whole plane, raw values and their opacity."""
        if frame not in self._samples:
            if len(self._samples) > 64:
                self._samples.clear()
            whole = TileArea(0, 0, self.width, self.height, 1, 1)
            self._samples[frame] = self.part(whole, side=STATISTICS_SIDE, frame=frame)
        return self._samples[frame]

    @cached_property
    def _pixel_kind(self) -> tuple[np.dtype[Any], int]:
        """Return type and number of a pixel's values, by reading one pixel."""
        if self.levels:
            return np.dtype(np.uint8), 3
        corner = self.part(TileArea(0, 0, 1, 1, 1, 1)).pixels
        return corner.dtype, int(corner.shape[2])

    @property
    def dtype(self) -> np.dtype[Any]:
        return self._pixel_kind[0]

    @property
    def band_count(self) -> int:
        """Return how many bands have values; an alpha channel isn't one."""
        return self._pixel_kind[1]

    @cached_property
    def has_alpha(self) -> bool:
        """Return whether the image's opacity comes with it, whatever its file leaves out."""
        return not self.levels and self.part(TileArea(0, 0, 1, 1, 1, 1)).alpha is not None

    @property
    def is_inverted(self) -> bool:
        """Return whether the lowest value is meant to be white, as in radiographs."""
        return self.pyramid is not None and self.pyramid.is_inverted

    def check_band(self, index: int) -> None:
        """Raise InvalidParameter when there is no such band."""
        check_band(index, self.band_count)

    @cached_property
    def statistics(self) -> tuple[BandStatistics | None, ...]:
        if len(self.ref.statistics) >= self.band_count and all(self.ref.statistics):
            return self.ref.statistics
        return self.frame_statistics(0)

    def frame_statistics(self, frame: int) -> tuple[BandStatistics | None, ...]:
        total = self.frame_sample(frame).pixels[:, :, 0].size
        return tuple(
            summarize(self._valid_values(frame, index), total=total) for index in range(1, self.band_count + 1)
        )

    def _valid_values(self, frame: int, index: int) -> npt.NDArray[Any]:
        pixels, alpha = self.frame_sample(frame)
        values = pixels[:, :, index - 1]
        return values.ravel() if alpha is None else values[alpha >= MOSTLY_VALID]

    def band_statistics(self, index: int) -> BandStatistics | None:
        self.check_band(index)
        return self.statistics[index - 1]

    def sampled_values(self, index: int) -> npt.NDArray[Any]:
        self.check_band(index)
        return self._valid_values(0, index)

    def scaling(self, index: int) -> tuple[float, float] | None:
        """Return None: formats of slides have no scale and offset of values."""
        self.check_band(index)
        return None

    def check_style(self, style: Style) -> None:
        """Raise UnsupportedOperation for arithmetic, InvalidParameter for planes that there aren't."""
        if style.expression:
            raise UnsupportedOperation("Expressions are evaluated on rasters, not on slides")
        self.select(style.planes)

    def frame_of(self, style: Style) -> int:
        """Return the one plane whose values a style means. Raises InvalidParameter for several."""
        layers = self.select(style.planes)
        if len(layers) != 1:
            raise InvalidParameter(f"Values are of one plane, not of {len(layers)}: name one channel")
        return layers[0].frame

    def read_band(
        self, index: int, grid: Grid, area: TileArea, *, style: Style, limits: Limits
    ) -> tuple[Values, Valid | None]:
        """Read raw values of one band of the plane that the style names, and their validity."""
        del limits
        self._check_pixels(grid)
        left, top, width, height = self.covered(area)
        pixels, alpha = self.sized_part(area, width, height, frame=self.frame_of(style))
        values, valid = pixels[:, :, index - 1], None if alpha is None else alpha >= MOSTLY_VALID
        if (width, height) == (area.width, area.height):
            return values, valid
        here = slice(top, top + height), slice(left, left + width)
        around, shown = np.zeros((area.height, area.width), values.dtype), np.zeros((area.height, area.width), bool)
        around[here], shown[here] = values, True if valid is None else valid
        return around, shown

    def covered(self, area: TileArea) -> tuple[int, int, int, int]:
        """Return the part (left, top, width, height) of an area that the picture covers, in the area's pixels."""
        left, top = max(0, round(-area.x0 / area.dx)), max(0, round(-area.y0 / area.dy))
        width = round((min(self.width, area.box[2]) - max(0.0, area.x0)) / area.dx)
        height = round((min(self.height, area.box[3]) - max(0.0, area.y0)) / area.dy)
        return left, top, min(area.width - left, max(1, width)), min(area.height - top, max(1, height))

    def read_pixels(
        self, pixels: Sequence[tuple[int, int]], indexes: Sequence[int], *, style: Style
    ) -> list[tuple[Values, Valid]]:
        """Read raw values of single pixels, and which of them are valid, each (pixels,) for each band."""
        frame = self.frame_of(style)
        read = [self.part(TileArea(left, top, 1, 1, 1, 1), frame=frame) for left, top in pixels]
        valid = np.array([part.alpha is None or part.alpha[0, 0] >= MOSTLY_VALID for part in read], bool)
        kind = read[0].pixels.dtype if read else np.float64
        return [(np.array([part.pixels[0, 0, index - 1] for part in read], kind), valid) for index in indexes]

    def sized_part(self, area: TileArea, width: int, height: int, *, frame: int) -> Part:
        """Read as `part` does, at that size: large-image may return one row or column less."""
        return fit(self.part(area, frame=frame), width, height)

    def read(self, area: TileArea, *, frame: int = 0) -> npt.NDArray[Any]:
        """Read raw values (rows, columns, bands), as `part` does."""
        return self.part(area, frame=frame).pixels

    def part(self, area: TileArea, *, side: int = 0, frame: int = 0) -> Part:
        """Read raw values and their opacity in the part of ``area`` that the picture covers, at the area's scale.

        ``side``: instead, at most so many pixels a side. Raises SourceCorrupt.
        """
        right, bottom = min(float(self.width), area.box[2]), min(float(self.height), area.box[3])
        left, top = max(0.0, area.x0), max(0.0, area.y0)
        width, height = max(1, round((right - left) / area.dx)), max(1, round((bottom - top) / area.dy))
        if side:
            cell = max(1.0, (right - left) / side, (bottom - top) / side)
            width, height = max(1, round((right - left) / cell)), max(1, round((bottom - top) / cell))
        edges = stored_edges((left, top, right, bottom), self.stored_size, self.orientation)
        size = shown_size((width, height), self.orientation)
        try:
            return turn(self._read_stored(edges, size, frame), self.orientation)
        except TilesError:
            raise
        except Exception as error:
            raise explain_failure(self.ref, error) from error

    def _read_stored(self, edges: Box, size: tuple[int, int], frame: int) -> Part:
        """Read what lies between edges (left, top, right, bottom), as it is stored."""
        left, top, right, bottom = edges
        width, height = size
        if self.levels:
            return read_pixels(
                self.levels, TileArea(left, top, (right - left) / width, (bottom - top) / height, width, height)
            )
        if self.pyramid:
            return read_levels(self.pyramid.levels, edges, size, frame=frame)
        region = {"left": left, "top": top, "width": right - left, "height": bottom - top, "units": "base_pixels"}
        output = {"maxWidth": width, "maxHeight": height}
        plane = {"frame": frame} if frame else {}
        pixels, _ = self.tile_source.getRegion(region=region, output=output, format="numpy", **plane)
        pixels = np.atleast_3d(pixels)
        if pixels.shape[2] in {2, 4} and pixels.dtype == np.uint8:
            return Part(pixels[:, :, :-1], np.ascontiguousarray(pixels[:, :, -1]))
        return Part(pixels)

    @property
    def internal_metadata(self) -> dict[str, Any]:
        """Return what the file says of itself, without what it says of people."""
        found: dict[str, Any] = without_people(self.tile_source.getInternalMetadata() or {})
        if self.file:
            # OpenSlide makes it of pixels, which a sparse file has none of.
            found.get("openslide", {}).pop("openslide.quickhash-1", None)
        return found

    @property
    def associated_names(self) -> list[str]:
        """Return the names of the pictures that come with it: label, macro, thumbnail."""
        if not hasattr(self.tile_source, "getAssociatedImagesList"):
            return []
        return sorted(str(name) for name in self.tile_source.getAssociatedImagesList())

    def associated_image(self, name: str) -> Any:
        """Read one of those as a `PIL.Image.Image`. Raises OutsideBounds, SourceCorrupt."""
        names = self.associated_names
        if name not in names:
            there = f"there are {', '.join(names)}" if names else "there is none"
            raise OutsideBounds(f"No associated image is called {name[:60]!r}; {there}")
        try:
            if self.file:
                self.file.fetch_associated()
            # The public method encodes it first.
            return self.tile_source._getAssociatedImage(name).convert("RGB")  # noqa: SLF001
        except TilesError:
            raise
        except Exception as error:
            raise explain_failure(self.ref, error) from error

    def describe_band(self, index: int) -> dict[str, Any]:
        self.check_band(index)
        return {"index": index, "dtype": str(self.dtype)}

    def describe_frames(self) -> list[dict[str, Any]]:
        bands = [{"index": index, "interpretation": None} for index in range(1, self.band_count + 1)]
        found: list[dict[str, Any]] = json_ready(self.metadata.get("frames")) or [{}]
        return [{**frame, "bands": bands} for frame in found]

    def describe_internals(self) -> dict[str, Any]:
        return {"driver": self.reader, "metadata": json_ready(self.internal_metadata)}

    def describe(self) -> dict[str, Any]:
        """Describe size, scale and planes; µm is of a pixel's width and height."""
        found = self.metadata
        names = shown_size(("mm_x", "mm_y"), self.orientation)
        sizes = [None if (size := found.get(name)) is None else size * 1000 for name in names]
        return {
            "driver": self.reader,
            "geospatial": False,
            "width": self.width,
            "height": self.height,
            "count": self.band_count,
            "dtype": str(self.dtype),
            "levels": found.get("levels"),
            "magnification": found.get("magnification"),
            "mm_x": found.get(names[0]),
            "mm_y": found.get(names[1]),
            "pixel_size_um": sizes if all(sizes) else None,
            "native_tiles": self.has_native_tiles,
            **self.frames.describe(),
        }


def without_people(value: Any) -> Any:
    """Return the value without the entries, at any depth, whose names tell of a person."""
    if isinstance(value, dict):
        kept = {key: each for key, each in value.items() if not any(word in str(key).lower() for word in PERSONAL)}
        return {key: without_people(each) for key, each in kept.items()}
    return [without_people(each) for each in value] if isinstance(value, list) else value
