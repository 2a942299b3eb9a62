"""Define what an open image can do, whichever reader has it: all that is above readers is written to it.

Rasters of GDAL and slides of large-image implement it. What one of them can't do it refuses itself, by raising
UnsupportedOperation. ``style`` is a `tiles.styling.style.Style` and a picture a `tiles.styling.painting.Picture`
throughout: annotated as `Any`, since styling builds on sources and not the other way round.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from tiles.geo.footprint import Footprint
from tiles.geo.georeference import AnyReference
from tiles.geo.grids import Box, Grid, TileArea
from tiles.limits import Limits
from tiles.sources.raster import RasterSource
from tiles.sources.reference import SourceRef
from tiles.sources.statistics import BandStatistics

Values = npt.NDArray[Any]
Valid = npt.NDArray[np.bool_]


class Source(Protocol):
    """Stand for an open image. Belongs to one thread at a time unless it is ``shareable``."""

    # What it was opened by.
    ref: SourceRef
    # Pixels of the whole image.
    width: int
    height: int

    @property
    def driver(self) -> str:
        """Return the name of GDAL's driver or large-image's source that reads the image."""

    @property
    def band_count(self) -> int:
        """Return how many bands there are; a raster's alpha band is one, a slide's alpha channel isn't."""

    @property
    def alpha_band(self) -> int:
        """Return the number of the band that is alpha; 0 when none is."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the type of the first band's values."""

    @property
    def nodata(self) -> float | None:
        """Return the value that missing pixels of the first band have."""

    @property
    def shareable(self) -> bool:
        """Return whether several threads may use the image at once."""

    @property
    def estimated_bytes(self) -> int:
        """Return the memory that keeping the image open takes, about."""

    # Where it lies.

    @property
    def is_geospatial(self) -> bool:
        """Return whether the image has a place on Earth."""

    @property
    def footprint(self) -> Footprint | None:
        """Return the outline on Earth; None where the image has no place there."""

    @property
    def raster(self) -> RasterSource:
        """Return the image as a raster of GDAL. Raises UnsupportedOperation for what GDAL doesn't read."""

    @property
    def dataset(self) -> Any:
        """Return the open `osgeo.gdal.Dataset`; None for what another library reads."""

    @property
    def geotransform(self) -> tuple[float, ...] | None:
        """Return GDAL's six numbers; None for an image that isn't placed by them alone."""

    @property
    def wkt(self) -> str:
        """Return the coordinate system of the geotransform; empty where there is none."""

    @property
    def pixel_grid(self) -> Grid:
        """Return the grid of tiles of the image's own pixels."""

    def reference(self, grid: Grid) -> AnyReference:
        """Return the way between the grid's coordinates and pixels. Raises UnsupportedOperation for none."""

    def coverage(self, grid: Grid) -> tuple[Box, ...]:
        """Return boxes in the grid's coordinates that hold the image. Raises UnsupportedOperation."""

    # What is known about it.

    @property
    def metadata(self) -> dict[str, Any]:
        """Return scale, levels and frames in large-image's words; empty for rasters. Raises SourceCorrupt."""

    @property
    def internal_metadata(self) -> dict[str, Any]:
        """Return what the file says of itself, as large-image's reader of it does, without people and paths."""

    @property
    def associated_names(self) -> list[str]:
        """Return the names of pictures that come with the image, such as a slide's label."""

    def associated_image(self, name: str) -> Any:
        """Read one of those, a `PIL.Image.Image`. Raises OutsideBounds, SourceCorrupt."""

    def describe(self) -> dict[str, Any]:
        """Describe format, size, bands, and of slides scale and planes."""

    def describe_band(self, index: int) -> dict[str, Any]:
        """Describe band ``index`` (from 1): its type and what its values mean. Raises InvalidParameter."""

    def describe_frames(self) -> list[dict[str, Any]]:
        """Describe each frame, in large-image's words; one entry without any for an image of one."""

    def describe_internals(self) -> dict[str, Any]:
        """Describe what the file says of itself, as its reader has it: never where it lies."""

    def band_statistics(self, index: int) -> BandStatistics | None:
        """Return stored statistics of a band, else measure a sample once; None when no pixel is valid."""

    def sampled_values(self, index: int) -> Values:
        """Read the valid values of a band in a reduced copy of the image, (count,)."""

    def scaling(self, index: int) -> tuple[float, float] | None:
        """Return scale and offset of a band's values; None where the format has neither."""

    # What is asked of it.

    def check_band(self, index: int) -> None:
        """Raise InvalidParameter when there is no such band."""

    def check_style(self, style: Any) -> None:
        """Raise InvalidParameter or UnsupportedOperation for planes or arithmetic that the image has no way to show."""

    def read_band(
        self, index: int, grid: Grid, area: TileArea, *, style: Any, limits: Limits
    ) -> tuple[Values, Valid | None]:
        """Read raw values of one band on an area, (rows, columns), and where they are valid; None: everywhere."""

    def read_pixels(
        self, pixels: Sequence[tuple[int, int]], indexes: Sequence[int], *, style: Any
    ) -> list[tuple[Values, Valid]]:
        """Read raw values of single pixels (column, row), and whether each is valid, both (pixels,) for each band."""

    def render(self, grid: Grid, area: TileArea, *, style: Any, limits: Limits) -> Any:
        """Paint the area; None when it shows nothing. Raises what reading and the style's parameters do."""

    def shrink(self, area: TileArea, *, style: Any, limits: Limits) -> Any:
        """Paint the whole image by shrinking it as it lies, which is faster; None where that can't be done."""

    @property
    def has_native_tiles(self) -> bool:
        """Return whether the file's own JPEG tiles can be handed on."""

    def native_tile(self, grid: Grid, zxy: tuple[int, int, int], *, style: Any, size: int) -> bytes:
        """Read the file's own JPEG of a tile; empty when it has to be rendered."""

    def native_box(self, box: Box, size: tuple[int, int], *, style: Any) -> bytes:
        """Read the file's own JPEG of a box of pixels (left, top, right, bottom); empty when there is none."""
