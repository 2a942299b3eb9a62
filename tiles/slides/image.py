"""Implement the whole of `tiles.sources.protocol.Source` for slides: what they know and read, and their painting."""

from tiles.geo.grids import Grid, TileArea
from tiles.limits import Limits
from tiles.slides.source import SlideSource
from tiles.slides.tile import render_slide_area, untouched_box, untouched_tile
from tiles.styling.painting import Picture
from tiles.styling.style import Style


class SlideImage(SlideSource):
    """Paint a picture in pixel space. Belongs to one thread at a time unless it is ``shareable``."""

    native_tile = untouched_tile
    native_box = untouched_box

    def render(self, grid: Grid, area: TileArea, *, style: Style, limits: Limits) -> Picture | None:
        """Paint an area of the picture's own pixels. Raises UnsupportedOperation for any other grid."""
        del limits
        self._check_pixels(grid)
        return render_slide_area(self, area, style=style)

    def shrink(self, area: TileArea, *, style: Style, limits: Limits) -> Picture | None:
        """Return None: `render` reads slides from the level that fits."""
