"""Implement the whole of `tiles.sources.protocol.Source` for rasters: what they know, their reading and painting."""

from typing import Any

from tiles.geo.grids import Box, Grid
from tiles.rendering.band_values import read_band_area, read_raster_pixels
from tiles.rendering.preview import reduced_picture
from tiles.rendering.tile import render_raster
from tiles.sources.raster import RasterSource
from tiles.styling.planes import ONE_FRAME, select
from tiles.styling.style import Style


class RasterImage(RasterSource):
    """Read and paint a raster by GDAL. Belongs to the thread that opened it."""

    # As methods, so that a tile passes no function that only calls another one.
    render = render_raster
    shrink = reduced_picture
    read_band = read_band_area
    read_pixels = read_raster_pixels

    def check_style(self, style: Style) -> None:
        """Raise InvalidParameter for a plane: there is one."""
        select(ONE_FRAME, style.planes)

    def native_tile(self, grid: Grid, zxy: tuple[int, int, int], *, style: Any, size: int) -> bytes:  # noqa: ARG002
        return b""

    def native_box(self, box: Box, size: tuple[int, int], *, style: Any) -> bytes:  # noqa: ARG002
        return b""
